"""The customer's database is only read, in time, and its failures are sentences."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import (
    Integer,
    String,
    bindparam,
    column,
    event,
    literal_column,
    make_url,
    select,
    table,
    text,
)
from sqlalchemy.engine.interfaces import CacheStats

from kpi_engine.database import session
from kpi_engine.database.session import opening
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.domain.errors import DataError, StatementRefusedError, WarehouseError, WarehouseTimeoutError
from tests.shop import write_tables

TABLES = {"deals": ("id INTEGER, amount NUMERIC", [(1, 5), (2, 7)])}
ENDLESS = "(WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_tables(tmp_path / "a b ü#.sqlite", TABLES)
    return tmp_path / "a b ü#.sqlite"


def test_it_reads_rows_from_a_file_with_an_odd_name(path: Path) -> None:
    """Spaces and signs in the path are no problem."""
    warehouse = SqlWarehouse(f"sqlite:///{path}")
    assert warehouse.read(select(table("deals", column("id")).c.id)) == [(1,), (2,)]
    warehouse.close()


def test_a_write_is_refused_by_the_session(path: Path) -> None:
    """Even a statement that slipped through couldn't change a row."""
    warehouse = SqlWarehouse(f"sqlite:///{path}")
    with pytest.raises((WarehouseError, DataError)):
        warehouse.read(text("DELETE FROM deals"))  # type: ignore[arg-type]
    warehouse.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM deals").fetchone() == (2,)


def test_a_text_that_was_read_as_a_select_is_refused_as_a_text(path: Path) -> None:
    """The guard keeps its verdict on a text, but not on who wrote the statement."""
    warehouse = SqlWarehouse(f"sqlite:///{path}")
    assert warehouse.read(select(literal_column("1")).limit(3)) == [(1,)]
    sent: list[str] = []
    event.listen(warehouse._engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    warehouse.read(select(literal_column("1")).limit(3))
    with pytest.raises(StatementRefusedError):
        warehouse.read(text(sent[0]))  # type: ignore[arg-type]
    warehouse.close()


def test_a_bound_value_is_in_every_statement_that_names_it(path: Path) -> None:
    """Where nothing is bound the statement is sent as it is."""
    named = select(bindparam("workspace", type_=String))
    bound = SqlWarehouse(f"sqlite:///{path}", bound={"workspace": "T1"})
    assert bound.read(named) == [("T1",)]
    assert "'T1'" in bound.sql(named)
    bound.close()
    unbound = SqlWarehouse(f"sqlite:///{path}")
    with pytest.raises(WarehouseError):
        unbound.read(named)
    unbound.close()


def test_a_connection_is_tested_only_after_it_was_idle(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The statements of one question don't pay for it; a connection that is gone meanwhile is replaced."""
    monkeypatch.setattr(session, "_IN_THIS_PROCESS", frozenset())  # as if it were a server
    warehouse = SqlWarehouse(f"sqlite:///{path}")
    opened: list[object] = []
    pings: list[object] = []
    event.listen(warehouse._engine, "connect", lambda raw, _: opened.append(raw))

    def ping(raw: sqlite3.Connection) -> bool:
        pings.append(raw)
        raw.execute("SELECT 1")
        return True

    monkeypatch.setattr(warehouse.dialect, "do_ping", ping)
    one = select(literal_column("1"))
    assert [warehouse.read(one) for _ in range(3)] == [[(1,)]] * 3
    assert (len(opened), pings) == (1, [])
    monkeypatch.setattr(session, "_IDLE_SECONDS", -1)
    assert warehouse.read(one) == [(1,)]
    assert (len(opened), len(pings)) == (1, 1)
    opened[0].close()  # type: ignore[attr-defined]
    assert warehouse.read(one) == [(1,)]
    assert (len(opened), len(pings)) == (2, 2)
    warehouse.close()


@pytest.mark.parametrize(("query", "is_read"), [("", False), ("?enable_external_access=true", True)])
def test_duckdb_reads_no_other_file_unless_asked(tmp_path: Path, query: str, is_read: bool) -> None:
    """The operator's SQL may read the database; other files and addresses only if its URL says so."""
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    duckdb.connect(str(tmp_path / "shop.duckdb")).close()
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")
    warehouse = SqlWarehouse(f"duckdb:///{tmp_path / 'shop.duckdb'}{query}")
    asked = select(literal_column("a")).select_from(text(f"read_csv('{other}')"))
    with closing(warehouse):
        if is_read:
            assert warehouse.read(asked) == [(1,)]
        else:
            with pytest.raises(WarehouseError):
                warehouse.read(asked)


def test_statements_of_one_shape_are_compiled_once_on_duckdb(tmp_path: Path) -> None:
    """Each still gets its own values, and lists of any length."""
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as made:
        made.execute("CREATE TABLE deals AS SELECT range AS id, range * 2 AS amount FROM range(9)")
    warehouse = SqlWarehouse(f"duckdb:///{tmp_path / 'shop.duckdb'}")
    kept: list[CacheStats] = []
    event.listen(warehouse._engine, "before_cursor_execute", lambda *args: kept.append(args[4].cache_hit))
    deals = table("deals", column("id", Integer), column("amount", Integer))
    for least, ids in ((4, (1, 2, 3)), (6, (3,)), (0, (5, 7, 8, 1))):
        statement = (
            select(deals.c.id).where(deals.c.amount >= least, deals.c.id.in_(ids)).order_by(deals.c.id)
        )
        expected = [(number,) for number in sorted(ids) if number * 2 >= least]
        assert warehouse.read(statement) == expected
    assert kept == [CacheStats.CACHE_MISS, CacheStats.CACHE_HIT, CacheStats.CACHE_HIT]
    warehouse.close()


def test_a_slow_statement_is_stopped_and_said(path: Path) -> None:
    """An endless statement ends at the timeout with a sentence."""
    warehouse = SqlWarehouse(f"sqlite:///{path}", timeout=0.3)
    with pytest.raises(WarehouseTimeoutError, match=r"took longer than 0\.3 seconds"):
        warehouse.read(select(literal_column(ENDLESS)))
    assert warehouse.read(select(literal_column("1"))) == [(1,)]
    warehouse.close()


@pytest.mark.parametrize("wrong", [table("absent", column("id")), table("deals", column("absent"))])
def test_a_missing_table_or_column_is_a_data_error(path: Path, wrong: object) -> None:
    """The sentence holds no SQL and no name of the database's."""
    warehouse = SqlWarehouse(f"sqlite:///{path}")
    with pytest.raises(DataError) as error:
        warehouse.read(select(*wrong.c))  # type: ignore[attr-defined]
    assert "SELECT" not in str(error.value)
    assert "doesn't have a table or column" in error.value.message
    warehouse.close()


def test_a_database_that_is_down_is_said() -> None:
    """Nobody listens there."""
    warehouse = SqlWarehouse("postgresql+psycopg://nobody:secret@127.0.0.1:9/none")
    with pytest.raises(WarehouseError, match=r"\(.+\) isn't responding") as error:
        warehouse.read(select(literal_column("1")))
    assert "secret" not in str(error.value)
    warehouse.close()


@pytest.mark.parametrize("url", ["nonsense", "oracle+cx://x", "sqlite:////no/such/file.sqlite"])
def test_an_unusable_address_says_which_setting(url: str) -> None:
    """The fix names the setting."""
    with pytest.raises(WarehouseError, match="KPI_DATABASE_URL"):
        SqlWarehouse(url)


def test_the_shown_statement_holds_its_values(path: Path) -> None:
    """What is printed for `sql` can be run as it stands."""
    warehouse = SqlWarehouse(f"sqlite:///{path}")
    deals = table("deals", column("id"), column("amount"))
    statement = select(deals.c.id).where(deals.c.amount > 5)
    assert "amount > 5" in warehouse.sql(statement)
    warehouse.close()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("snowflake://u:p@account/db", {"session_parameters": {"STATEMENT_TIMEOUT_IN_SECONDS": 3}}),
        ("trino://u@host:8080/catalog", {"session_properties": {"query_max_run_time": "3s"}}),
        ("databricks://token:t@host", {"session_configuration": {"STATEMENT_TIMEOUT": "3"}}),
        ("mysql+pymysql://u:p@host/db", {"read_timeout": 8}),
        ("mssql+pymssql://u:p@host/db", {"timeout": 3}),
    ],
)
def test_a_limit_on_time_is_asked_in_the_databases_own_words(url: str, expected: dict[str, object]) -> None:
    """What these offer for a session; whole seconds, rounded up."""
    assert opening(make_url(url), 2.5).arguments == expected


def test_clickhouse_is_told_that_a_missing_partner_is_null() -> None:
    """Settings stand in the address there, beside the operator's own."""
    asked = opening(make_url("clickhousedb://u@host/db?compression=zstd"), 2.5).url.query
    assert asked == {"compression": "zstd", "ch_max_execution_time": "3", "ch_join_use_nulls": "1"}
