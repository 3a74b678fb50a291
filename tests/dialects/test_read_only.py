"""Each database is only read, in time, and what was stopped leaves nothing behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import column, create_engine, literal_column, select, table, text

from kpi_engine.database import warehouse as limits
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.errors import DataError, StatementRefusedError, WarehouseTimeoutError
from tests.shop import Shop, write_config

ENDLESS = "(select count(*) from leads a, leads b, leads c, leads d where a.id + b.id + c.id + d.id > 0)"
RUNNING = {
    "postgresql": "select count(*) from pg_stat_activity where state = 'active' and query like '%leads a, leads b%' and pid <> pg_backend_pid()",
    "mysql": "select count(*) from information_schema.processlist where info like '%leads a, leads b%' and id <> connection_id()",
}
WRITING = [
    ("query", "with gone as (delete from orders returning *) select id, ordered_on from gone"),
    ("query", "select id, ordered_on from orders for update"),
    ("query", "select id, ordered_on into copied from orders"),
    ("where", "1 = 1)) as x; delete from orders; --"),
    ("where", "1 = 1)) as x; commit; delete from orders; select (((1"),
]
"""A key of a model file and what it holds; a query of several statements isn't even loaded."""


@pytest.fixture(
    params=[
        "sqlite_url",
        "duckdb_url",
        pytest.param("postgresql_url", marks=pytest.mark.postgresql),
        pytest.param("mysql_url", marks=pytest.mark.mysql),
    ]
)
def url(request: pytest.FixtureRequest) -> str:
    """A database whose user may write everything."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def warehouse(url: str) -> Iterator[SqlWarehouse]:
    made = SqlWarehouse(url, timeout=1)
    yield made
    made.close()


def _orders(url: str) -> int:
    engine = create_engine(url, connect_args={"read_only": True} if url.startswith("duckdb") else {})
    with engine.connect() as connection:
        count = connection.execute(text("select count(*) from orders")).scalar_one()
    engine.dispose()
    return int(count)


@pytest.mark.parametrize(
    "statement", ["delete from orders", "create table more (id integer)", "update orders set amount = 0"]
)
def test_the_session_itself_refuses_a_write(warehouse: SqlWarehouse, url: str, statement: str) -> None:
    """Past every guard of ours, on the bare connection."""
    with warehouse._engine.connect() as connection:
        cursor = connection.connection.cursor()
        with pytest.raises(Exception, match=r"(?i)read.?only|read only"):
            cursor.execute(statement)
    warehouse.close()
    assert _orders(url) == 1500


@pytest.mark.parametrize(("key", "sql"), WRITING)
def test_sql_of_a_model_that_writes_never_leaves(url: str, key: str, sql: str, tmp_path: Path) -> None:
    """The question is refused with what to do; check names the file and the line."""
    source = f'query: "{sql}"' if key == "query" else f'table: orders\nwhere: "{sql}"'
    model = f"name: orders\n{source}\nkey: id\ntime: ordered_on\nmeasures: {{rows: {{agg: count}}}}\n"
    metric = "name: rows\nkind: simple\ntitle: {en: Rows}\ndescription: {en: Rows}\nunit: count\nbetter: up\nmeasure: {model: orders, measure: rows}\n"
    shop = Shop(url, write_config(tmp_path, {"orders": model}, {"rows": metric}), "2026-11-23T08:30")
    try:
        with pytest.raises(StatementRefusedError, match="does more than read"):
            shop.ask("rows 2026-03")
        (problem,) = shop.engine.problems()
        assert problem.file.endswith("models/orders.yaml")
        assert problem.line == model[: model.index(f"{key}:")].count("\n") + 1
        assert "does more than read" in problem.message
    finally:
        shop.engine.close()
    assert _orders(url) == 1500


def test_anything_but_a_select_of_ours_is_refused(warehouse: SqlWarehouse) -> None:
    """Not even a harmless one, when it isn't put together by us, and whoever gets hold of the connection."""
    for statement in (text("select 1"), text("delete from orders")):
        with pytest.raises(StatementRefusedError):
            warehouse.read(statement)  # type: ignore[arg-type]
    with warehouse._engine.connect() as connection:
        with pytest.raises(StatementRefusedError):
            connection.execute(table("orders").delete())
        with pytest.raises(StatementRefusedError):
            connection.exec_driver_sql("delete from orders")


def test_a_slow_statement_ends_in_time(warehouse: SqlWarehouse, url: str) -> None:
    """It is said, nothing of it runs on, and the next question is answered."""
    warehouse.read(select(literal_column("1")))
    begun = time.monotonic()
    with pytest.raises(WarehouseTimeoutError, match="took longer than 1 seconds"):
        warehouse.read(select(literal_column(ENDLESS)))
    assert time.monotonic() - begun < 20
    assert warehouse.read(select(literal_column("1"))) == [(1,)]
    running = RUNNING.get(warehouse.dialect.name)
    if running:
        engine = create_engine(url)
        with engine.connect() as connection:
            assert connection.execute(text(running)).scalar_one() == 0
        engine.dispose()


def test_more_rows_than_anyone_reads_are_not_fetched(
    warehouse: SqlWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row more than the limit is enough to know."""
    monkeypatch.setattr(limits, "ROW_LIMIT", 1000)
    leads = table("leads", column("id"))
    with pytest.raises(DataError, match="too many groups to show"):
        warehouse.read(select(leads.c.id))
    assert len(warehouse.read(select(leads.c.id).where(leads.c.id <= 1000))) == 1000


def test_a_failed_statement_leaves_a_usable_connection(warehouse: SqlWarehouse) -> None:
    """An error in one question is no error in the next."""
    with pytest.raises(DataError):
        warehouse.read(select(table("absent", column("id")).c.id))
    assert warehouse.read(select(literal_column("1"))) == [(1,)]


def test_the_picture_of_the_tables_is_let_through(warehouse: SqlWarehouse) -> None:
    """What SQLAlchemy asks about tables is no SELECT everywhere."""
    assert {"leads", "orders", "reps"} <= {entry.name for entry in warehouse.picture().tables}
