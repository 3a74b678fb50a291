"""What a database should count, so that it knows how many rows a question reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_engine.onboarding.advice import Advice, statistics
from kpi_engine.onboarding.advice.tables import Tables
from tests.conftest import own_database
from tests.kpi_engine.onboarding.advice.company import fill, opened, run


def advised(url: str, folder: Path) -> list[Advice]:
    with opened(url, folder) as shop:
        return list(statistics.advice(Tables(shop.catalogue, shop.engine._reader)))


def test_sqlite_without_statistics(tmp_path: Path) -> None:
    """It is said once, however many tables there are."""
    url = fill(f"sqlite:///{tmp_path / 'company.sqlite'}")
    (entry,) = advised(url, tmp_path)
    assert entry.ddl == "ANALYZE;"
    assert "no statistics" in entry.message
    run(url, entry.ddl)
    assert advised(url, tmp_path) == []


@pytest.mark.postgresql
def test_postgresql(postgresql_server: str, tmp_path: Path) -> None:
    """Tables that were never analysed, that changed since, and columns of which one tells the other."""
    url = fill(own_database(postgresql_server, "counted"))
    run(url, "ALTER TABLE orders SET (autovacuum_enabled = off)")
    run(url, "ALTER TABLE order_lines SET (autovacuum_enabled = off)", "ANALYZE order_lines")
    found = advised(url, tmp_path)
    name, columns = "st_orders_rep_id_region_id_customer_id", "rep_id, region_id, customer_id"
    assert [entry.ddl for entry in found] == [
        "ANALYZE orders;",
        f"CREATE STATISTICS {name} (ndistinct, dependencies) ON {columns} FROM orders; ANALYZE orders;",
    ]
    assert "has no statistics of the table orders" in found[0].message
    assert "nearly every rep_id has one region_id" in found[1].message
    run(url, *(entry.ddl for entry in found))
    assert advised(url, tmp_path) == []
    run(url, "UPDATE orders SET remark = '' WHERE id <= 4000", "SELECT pg_stat_force_next_flush()")
    (entry,) = advised(url, tmp_path)
    assert entry.ddl == "ANALYZE orders;"
    assert "4,000 of the 10,000 rows of the table orders have changed" in entry.message
