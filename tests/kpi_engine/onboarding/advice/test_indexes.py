"""Indexes that would help: tried on a copy where that needs no writing, and gone from the advice once made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select

from kpi_engine.database.warehouse import Row, SqlWarehouse
from kpi_engine.domain.errors import WarehouseTimeoutError
from kpi_engine.onboarding.advice import candidates, copied_rows, copy_plan, timing, trial
from kpi_engine.onboarding.advice.tables import Tables
from tests.conftest import own_database, own_mysql_database
from tests.kpi_engine.onboarding.advice.company import MODELS, ORDERS, advised, fill, opened, run

OF_REP = (
    "CREATE INDEX ix_orders_rep_id_ordered_at ON orders (rep_id, ordered_at, id, status); ANALYZE orders;"
)
OF_CUSTOMER = (
    "CREATE INDEX ix_orders_customer_id_ordered_at ON orders (customer_id, ordered_at, id, status); "
    "ANALYZE orders;"
)
OF_ORDER = "CREATE INDEX ix_order_lines_order_id ON order_lines (order_id); ANALYZE order_lines;"
OF_MONTH = "CREATE INDEX ix_orders_ordered_at ON orders (ordered_at); ANALYZE orders;"


@pytest.fixture(autouse=True)
def every_question_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The company is small, so that its questions are answered quickly."""
    monkeypatch.setattr(timing, "_QUICK_SECONDS", 0.0)


def test_what_helps_sqlite(tmp_path: Path) -> None:
    """Each index is measured on a copy of the rows; the file stays as it is."""
    path = tmp_path / "company.sqlite"
    url = fill(f"sqlite:///{path}")
    before = path.read_bytes()
    found = {entry.ddl: entry for entry in advised(url, tmp_path) if entry.measured}
    assert path.read_bytes() == before
    assert {OF_CUSTOMER, OF_ORDER} <= found.keys() <= {OF_CUSTOMER, OF_ORDER, OF_REP, OF_MONTH}
    for entry in found.values():
        assert entry.measured
        assert entry.measured.today
        assert entry.measured.before
        assert entry.measured.after
        assert entry.measured.before > 1.3 * entry.measured.after
    order, customer = found[OF_ORDER], found[OF_CUSTOMER]
    assert (order.file, order.line) == ("own/models/lines.yaml", 8)
    assert "The table order_lines has 20,000 rows and no index that begins with order_id" in order.message
    assert customer.measured
    assert customer.measured.rows == ORDERS
    assert "With id, status in the index too, the table itself isn't read." in customer.message


def test_an_index_that_is_there_is_not_advised(tmp_path: Path) -> None:
    """The owner ran every statement: nothing is left to say."""
    url = fill(f"sqlite:///{tmp_path / 'company.sqlite'}")
    run(url, OF_REP, OF_CUSTOMER, OF_ORDER, OF_MONTH)
    assert advised(url, tmp_path) == ()


def test_a_small_or_quick_table_needs_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many questions read it."""
    url = fill(f"sqlite:///{tmp_path / 'company.sqlite'}")
    monkeypatch.setattr(timing, "_QUICK_SECONDS", 60.0)
    assert [entry.measured for entry in advised(url, tmp_path) if entry.measured] == []


def test_a_large_table_is_copied_in_part_with_the_rows_that_are_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines of the copied orders only, so that every line finds its order."""
    url = fill(f"sqlite:///{tmp_path / 'company.sqlite'}")
    for module in (copy_plan, copied_rows):
        monkeypatch.setattr(module, "ROW_LIMIT", 5_000)
    (entry,) = [entry for entry in advised(url, tmp_path) if entry.ddl == OF_ORDER]
    assert entry.measured
    assert 4_500 < entry.measured.rows <= 5_000


def test_duckdb_scans_quickly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Indexes are tried on a copy there as well, and advised only if they help."""
    pytest.importorskip("duckdb_engine", reason="DuckDB is not installed")
    url = fill(f"duckdb:///{tmp_path / 'company.duckdb'}")
    tried: list[tuple[float, float]] = []
    is_gain = trial._is_gain

    def told(before: float, after: float) -> bool:
        tried.append((before, after))
        return is_gain(before, after)

    monkeypatch.setattr(trial, "_is_gain", told)
    monkeypatch.setattr(trial, "_LEAST_GAIN", 1_000.0)
    assert advised(url, tmp_path) == ()
    assert len(tried) > 10
    monkeypatch.setattr(trial, "_is_gain", lambda before, after: True)
    found = advised(url, tmp_path)
    assert {entry.ddl for entry in found} == {
        "CREATE INDEX ix_orders_rep_id_ordered_at ON orders (rep_id, ordered_at);",
        "CREATE INDEX ix_orders_customer_id_ordered_at ON orders (customer_id, ordered_at);",
        "CREATE INDEX ix_order_lines_order_id ON order_lines (order_id);",
        "CREATE INDEX ix_orders_ordered_at ON orders (ordered_at);",
    }
    assert {entry.measured.rows for entry in found if entry.measured} <= {10_000, 20_000}


@pytest.fixture(
    params=[
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mysql),
    ]
)
def server_url(request: pytest.FixtureRequest) -> str:
    """A company on a database server."""
    if request.param == "postgresql":
        return fill(own_database(request.getfixturevalue("postgresql_server"), "advice"))
    return fill(own_mysql_database(request.getfixturevalue("mysql_server"), "advice"))


def test_a_server_says_how_long_questions_take_today(server_url: str, tmp_path: Path) -> None:
    """Nothing can be tried there without writing; once the statements are run, there is nothing to say."""
    found = advised(server_url, tmp_path)
    indexes = {entry.ddl: entry.measured for entry in found if entry.measured}
    expected = {
        "ix_orders_rep_id_ordered_at ON orders (rep_id, ordered_at",
        "ix_orders_customer_id_ordered_at ON orders (customer_id, ordered_at",
        "ix_order_lines_order_id ON order_lines (order_id",
        "ix_orders_ordered_at ON orders (ordered_at",
    }
    if server_url.startswith("postgresql"):
        made, held = "CREATE INDEX CONCURRENTLY ", ") INCLUDE (id, status);"
    else:  # status is a text, which not every index can hold
        made, held = "CREATE INDEX ", ");"
    assert indexes.keys() == {
        f"{made}{index}{held if 'id, ordered_at' in index else ');'}" for index in expected
    }
    for measured in indexes.values():
        assert measured
        assert measured.today
        assert measured.before is None
    run(server_url, *(entry.ddl for entry in found))
    assert advised(server_url, tmp_path) == ()


CUSTOMERS = """
name: customers
database: sales
table: customers
key: id
columns: {name: {column: Name}}
members: {customer: {label: name}}
"""


@pytest.mark.parametrize(("rows", "is_advised"), [(20_000, False), (20_001, True)])
def test_names_that_are_looked_up(rows: int, is_advised: bool, tmp_path: Path) -> None:
    """Only where there are too many to hold."""
    url = f"sqlite:///{tmp_path / 'company.sqlite'}"
    run(
        url,
        'CREATE TABLE customers (id INTEGER PRIMARY KEY, "Name" TEXT)',
        f"INSERT INTO customers WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {rows})"
        " SELECT i, char(65 + i % 26, 65 + i % 25, 65 + i % 24) || ' and sons' FROM s",
        "ANALYZE",
    )
    with opened(url, tmp_path, {"customers": CUSTOMERS}) as shop:
        found = shop.engine.advice(shop.now)
    assert [entry.ddl for entry in found] == [
        'CREATE INDEX "ix_customers_Name" ON customers ("Name"); ANALYZE customers;'
    ] * is_advised
    for entry in found:
        assert (entry.file, entry.line) == ("own/models/customers.yaml", 7)
        assert "names of customer that people type are looked up there" in entry.message
        assert entry.measured
        assert entry.measured.rows == rows


def test_how_far_rows_are_loaded(tmp_path: Path) -> None:
    """A column of its own for that needs an index too: it is asked for in nearly every answer."""
    url = fill(f"sqlite:///{tmp_path / 'company.sqlite'}")
    run(url, "ALTER TABLE orders ADD COLUMN loaded_at TIMESTAMP", "UPDATE orders SET loaded_at = ordered_at")
    run(url, OF_REP, OF_CUSTOMER, OF_MONTH)
    models = {"orders": MODELS["orders"].replace("time: ordered_at", "time: ordered_at\nfresh: loaded_at")}
    with opened(url, tmp_path, models) as shop:
        (entry,) = shop.engine.advice(shop.now)
    assert (entry.file, entry.line) == ("own/models/orders.yaml", 7)
    assert entry.ddl == "CREATE INDEX ix_orders_loaded_at ON orders (loaded_at); ANALYZE orders;"
    assert "to see how far it is loaded, all are read" in entry.message


def test_a_table_with_too_many_rows_to_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a table needs an index most of all."""
    url = fill(f"sqlite:///{tmp_path / 'company.sqlite'}")
    read = SqlWarehouse.read

    def too_slow(warehouse: SqlWarehouse, statement: Select[Any]) -> Sequence[Row]:
        if "count(*) AS count_1 \nFROM orders" in str(statement) and "WHERE" not in str(statement):
            raise WarehouseTimeoutError("It took too long.")
        return read(warehouse, statement)

    monkeypatch.setattr(SqlWarehouse, "read", too_slow)
    with opened(url, tmp_path) as shop:
        found = candidates.candidates(Tables(shop.catalogue, shop.engine._reader))
    messages = [entry.message for entry in found if entry.table.name == (None, "orders")]
    assert messages
    assert all("has more rows than can be counted in time and no index" in text for text in messages)
