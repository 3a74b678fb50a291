"""A question that nobody wants any more: its statement ends in the database, its connection is free again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import column, event, literal_column, select, table, text

from kpi_engine.database.statement_stop import watched
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.cancellation import NEVER, Cancellation, cancelled_by, carried
from kpi_engine.domain.errors import KpiError, QuestionCancelledError, WarehouseTimeoutError
from tests.four_databases import FOUR
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


@pytest.fixture(params=FOUR)
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


def test_a_question_is_cancelled_on_two_connections_at_once(tmp_path: Path) -> None:
    """Both statements of one question end, each on its own thread and connection."""
    url = write_tables(tmp_path / "shop.sqlite", {"deals": ("id INTEGER", [(1,)])})
    warehouse = SqlWarehouse(url, timeout=LONG, connections=2)
    asked, running = Cancellation(), threading.Semaphore(0)
    event.listen(warehouse._engine, "before_cursor_execute", lambda *_: running.release())
    started = time.monotonic()
    with ThreadPoolExecutor(2) as threads:
        with cancelled_by(asked):
            read = carried(warehouse.read)
        both = [threads.submit(read, select(literal_column(COUNTING))) for _ in range(2)]
        assert all(running.acquire(timeout=20) for _ in range(2))
        asked.cancel()
        for each in both:
            with pytest.raises(QuestionCancelledError):
                each.result(20)
    assert time.monotonic() - started < LONG / 2
    assert warehouse.read(select(literal_column("1"))) == [(1,)]
    warehouse.close()


def test_statements_share_one_watching_thread() -> None:
    """However many run, one after the other or at once; it is there for the next ones, too."""
    with watched(lambda: None, LONG, NEVER):
        before = threading.active_count()
        for _ in range(50):
            with watched(lambda: None, LONG, NEVER), watched(lambda: None, LONG / 2, Cancellation()):
                assert threading.active_count() == before


def test_each_statement_is_stopped_at_its_own_time() -> None:
    """A statement with less time than one that runs already doesn't wait for that one; a slow stop delays none."""
    slow, first, second = Event(), Event(), Event()
    with (
        watched(lambda: None, LONG, NEVER) as untouched,
        watched(lambda: slow.wait(20), 0.01, NEVER),
        watched(first.set, 0.05, NEVER),
        watched(second.set, 0.1, NEVER),
    ):
        assert first.wait(10)
        assert second.wait(10)
        assert not untouched.is_set()
        slow.set()


def test_no_stop_is_under_way_after_the_end() -> None:
    """A connection is used again only once the stop of its last statement has returned."""
    begun, steps = Event(), []

    def stop() -> None:
        begun.set()
        time.sleep(0.1)
        steps.append("stopped")

    with watched(stop, 0, NEVER):
        assert begun.wait(20)
    steps.append("over")
    assert steps == ["stopped", "over"]
