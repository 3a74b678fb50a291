"""A question that nobody wants any more: its statement ends in the database, its connection is free again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import column, event, literal_column, select, table, text

from kpi_engine.database.statement_stop import watched
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.cancellation import Cancellation, cancelled_by
from kpi_engine.domain.errors import KpiError, QuestionCancelledError, WarehouseTimeoutError
from tests.shop import write_tables

COUNTING = "(WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n)"
COLUMNS = ", ".join(f"information_schema.columns c{number}" for number in range(6))
ENDLESS = {"mysql": f"(SELECT count(*) FROM {COLUMNS})"}
RUNNING = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity"
    " WHERE state = 'active' AND query LIKE '%RECURSIVE n%' AND pid <> pg_backend_pid()",
    "mysql": "SELECT count(*) FROM information_schema.processlist"
    " WHERE info LIKE '%columns c5%' AND id <> connection_id()",
}
LONG = 60


@pytest.fixture(
    params=[
        "sqlite",
        "duckdb",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("mysql", marks=pytest.mark.mysql),
    ]
)
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlWarehouse]:
    """A database with a single connection, so that one that isn't given back is missed."""
    if request.param in ("postgresql", "mysql"):
        url = str(request.getfixturevalue(f"{request.param}_server"))
    elif request.param == "sqlite":
        url = write_tables(tmp_path / "shop.sqlite", {"deals": ("id INTEGER", [(1,)])})
    else:
        duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
        duckdb.connect(str(tmp_path / "shop.duckdb")).close()
        url = f"duckdb:///{tmp_path / 'shop.duckdb'}"
    made = SqlWarehouse(url, timeout=LONG, connections=1)
    yield made
    made.close()


def _cancelled_while(warehouse: SqlWarehouse, at: str) -> KpiError | None:
    """Ask what never ends, cancel it `at` an event of its statement, and return what was raised."""
    asked, begun = Cancellation(), Event()
    raised: list[KpiError] = []

    def begin(*_: Any) -> None:
        begun.set()

    def ask() -> None:
        try:
            with cancelled_by(asked):
                warehouse.read(select(literal_column(ENDLESS.get(warehouse.dialect.name, COUNTING))))
        except KpiError as wrong:
            raised.append(wrong)

    event.listen(warehouse._engine, at, begin)
    asking = Thread(target=ask, daemon=True)
    asking.start()
    assert begun.wait(20)
    asked.cancel()
    asking.join(20)
    event.remove(warehouse._engine, at, begin)
    assert not asking.is_alive()
    return raised[0] if raised else None


def test_a_statement_that_never_ends_is_cancelled(warehouse: SqlWarehouse) -> None:
    """It ends in the database as well, and the only connection answers the next question, still read-only."""
    warehouse.read(select(literal_column("1")))
    started = time.monotonic()
    assert isinstance(_cancelled_while(warehouse, "before_cursor_execute"), QuestionCancelledError)
    assert time.monotonic() - started < LONG / 2
    running = RUNNING.get(warehouse.dialect.name)
    if running:
        assert warehouse.read(select(text(running.removeprefix("SELECT ")))) == [(0,)]
    assert warehouse.read(select(literal_column("2"))) == [(2,)]
    assert not warehouse.lets_write(table("deals"))


def test_a_cancelled_question_asks_nothing_more(warehouse: SqlWarehouse) -> None:
    """Between two statements it ends without touching the database; other questions don't."""
    asked = Cancellation()
    asked.cancel()
    asked.cancel()
    statements: list[str] = []
    event.listen(warehouse._engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with cancelled_by(asked), pytest.raises(QuestionCancelledError):
        warehouse.read(select(table("deals", column("id")).c.id))
    assert statements == []
    assert warehouse.read(select(literal_column("1"))) == [(1,)]


def test_cancelling_one_question_leaves_another_alone(tmp_path: Path) -> None:
    """Two questions of one database: the one that wasn't cancelled is stopped by its time alone."""
    url = write_tables(tmp_path / "shop.sqlite", {"deals": ("id INTEGER", [(1,)])})
    warehouse = SqlWarehouse(url, timeout=0.4)
    raised: list[KpiError] = []

    def ask() -> None:
        try:
            with cancelled_by(Cancellation()):
                warehouse.read(select(literal_column(COUNTING)))
        except KpiError as wrong:
            raised.append(wrong)

    other = Thread(target=ask, daemon=True)
    other.start()
    assert isinstance(_cancelled_while(warehouse, "before_cursor_execute"), QuestionCancelledError)
    other.join(20)
    assert [type(wrong) for wrong in raised] == [WarehouseTimeoutError]
    warehouse.close()


def test_a_stop_that_comes_too_early_is_tried_again() -> None:
    """SQLite forgets an interrupt that comes before its statement; the watch goes on until it ends."""
    asked, enough, tries = Cancellation(), Event(), []

    def stop() -> None:
        tries.append(1)
        if len(tries) == 3:
            enough.set()
            raise OSError("the server is gone")

    asked.cancel()
    with watched(stop, LONG, asked) as stopped:
        assert enough.wait(20)
    assert stopped.is_set()
    count = len(tries)
    assert not Event().wait(0.1)
    assert len(tries) == count, "nothing is stopped after its end"
