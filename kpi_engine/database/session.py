"""Open connections that can't write, and whose statements don't run for ever.

Each database is asked for what it offers: a read-only session, a limit of its own on a statement's
time, or a call that stops a running statement.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.exc import InvalidatePoolError

from kpi_engine.domain.errors import WarehouseError
from kpi_engine.domain.translatable import said

log = logging.getLogger(__name__)

READ_ONLY_SESSIONS = frozenset({"sqlite", "duckdb", "postgresql", "mysql", "mariadb"})
"""The dialects whose sessions are made read-only here; elsewhere only the user's grants decide."""

_OTHER_FILES = "enable_external_access"
"""DuckDB's setting that lets SQL read any file that the process may read, and addresses."""
_SECONDS_MORE = 5
"""How much longer than the database's own limit the client waits before it gives the connection up."""

registry.register("duckdb.caching", "kpi_engine.database.duckdb_caching", "CachingDialect")

_IN_THIS_PROCESS = frozenset({"sqlite", "duckdb"})
"""These read a file themselves: there is no server that could have closed the connection."""

_IDLE_SECONDS = 2.0
"""How long an idle connection is trusted. The statements of one question follow each other faster."""
_IDLE_SINCE = "kpi_idle_since"
"""Where a pooled connection notes when its last statement was over."""

_LIMITED_BY_THEMSELVES = frozenset({"mysql", "mariadb"})
"""The server ends a statement in time by itself; to cancel one earlier takes a second session."""

_STOPPABLE = {
    "hive": ("hive+stoppable", "SparkDialect"),
    "hive+http": ("hive+stoppable_http", "SparkHTTPDialect"),
    "hive+https": ("hive+stoppable_https", "SparkHTTPSDialect"),
}
"""By the scheme of a URL, the scheme and class of our own dialect, which can stop a statement."""

for _scheme, _class in _STOPPABLE.values():
    registry.register(_scheme.replace("+", "."), "kpi_engine.database.spark", _class)


@dataclass(frozen=True, slots=True)
class Opening:
    """How to open a database: the address, the driver's arguments, SQLAlchemy's execution options."""

    url: URL
    arguments: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


def opening(url: URL, timeout: float) -> Opening:
    """Return how to open an address read-only, with `timeout` in seconds per statement.

    Raises WarehouseError where it names a file that isn't there.
    """
    backend, seconds = url.get_backend_name(), ceil(timeout)
    if backend == "sqlite":
        return _sqlite(url)
    if url.drivername in _STOPPABLE:
        return Opening(url.set(drivername=_STOPPABLE[url.drivername][0]))
    if backend in ("clickhouse", "clickhousedb"):
        # without the second, a row whose partner is missing gets '' and 0 instead of NULL
        return Opening(
            url.update_query_dict({"ch_max_execution_time": str(seconds), "ch_join_use_nulls": "1"})
        )
    if backend == "duckdb":
        url = url.set(drivername="duckdb+caching")
    arguments: dict[str, dict[str, Any]] = {
        "duckdb": _duckdb(url),
        "snowflake": {"session_parameters": {"STATEMENT_TIMEOUT_IN_SECONDS": seconds}},
        "trino": {"session_properties": {"query_max_run_time": f"{seconds}s"}},
        "databricks": {"session_configuration": {"STATEMENT_TIMEOUT": str(seconds)}},
    }
    if url.drivername == "mssql+pymssql":
        arguments[backend] = {"timeout": seconds}
    if backend in _LIMITED_BY_THEMSELVES and url.get_driver_name() in ("pymysql", "mysqldb"):
        arguments[backend] = {"read_timeout": seconds + _SECONDS_MORE}
    options = {"postgresql_readonly": True} if backend in ("postgresql", "redshift") else {}
    return Opening(url, arguments.get(backend, {}), options)


def _duckdb(url: URL) -> dict[str, Any]:
    """Return a connection that writes nothing, and reads no other file unless the URL asks for it."""
    arguments: dict[str, Any] = {}
    if url.database not in (None, "", ":memory:"):
        arguments["read_only"] = True
    if _OTHER_FILES not in url.query:
        arguments["config"] = {_OTHER_FILES: False}
    return arguments


def _sqlite(url: URL) -> Opening:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        return Opening(url)
    path = Path(url.database).expanduser().resolve()
    if not path.is_file():
        raise WarehouseError(
            said("There is no database file {name}.", name=path.name), hint="Correct KPI_DATABASE_URL."
        )
    address = url.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})
    return Opening(address, {"check_same_thread": False})


def begun(dialect: str, timeout: float) -> Callable[[Any, Any], None]:
    """Return the hook that makes a new session read-only and limits its statements' time."""

    def on_connect(raw: Any, _record: Any) -> None:
        if dialect == "sqlite":
            _run(raw, "PRAGMA query_only = ON")
        elif dialect in _LIMITED_BY_THEMSELVES:
            _run(raw, "SET SESSION TRANSACTION READ ONLY")
            (version,) = _run(raw, "SELECT VERSION()")
            if "mariadb" in str(version).lower():
                _run(raw, f"SET SESSION max_statement_time = {timeout:.3f}")
            else:
                _run(raw, f"SET SESSION max_execution_time = {ceil(timeout * 1000)}")
        elif dialect == "oracle":
            raw.call_timeout = ceil(timeout * 1000)
        elif dialect == "postgresql" and hasattr(raw, "adapters"):  # psycopg's own
            from kpi_engine.database.postgresql_dates import load_every_date  # noqa: PLC0415 - a driver of its own

            load_every_date(raw)
        elif dialect == "hive":
            _run(raw, "SET spark.sql.session.timeZone=UTC")  # else a stored moment depends on the server's
            # only if we can't stop it ourselves any more
            _run(raw, f"SET spark.sql.thriftServer.queryTimeout={ceil(timeout) + _SECONDS_MORE}s")

    return on_connect


def ping_when_idle(engine: Engine) -> None:
    """Test a pooled connection before it is used again, but only if it was idle; if it is gone, open others.

    `pool_pre_ping` would test it before each statement, although the one before has just come back. That is
    a round trip for each statement, and a query of its own on some warehouses.
    """
    dialect = engine.dialect
    if dialect.name in _IN_THIS_PROCESS:
        return

    def on_checkin(_raw: Any, record: Any) -> None:
        record.info[_IDLE_SINCE] = monotonic()

    def on_checkout(raw: Any, record: Any, _fairy: Any) -> None:
        since = record.info.get(_IDLE_SINCE)  # a new connection has none
        if since is None or monotonic() - since <= _IDLE_SECONDS:
            return
        try:
            dialect.do_ping(raw)
        except Exception as gone:
            raise InvalidatePoolError from gone

    event.listen(engine, "checkin", on_checkin)
    event.listen(engine, "checkout", on_checkout)


def is_read_only(raw: Any, dialect: str) -> bool:
    """Whether a session says of itself that it is read-only; False where the database knows no such thing."""
    match dialect:
        case "sqlite":
            return _run(raw, "PRAGMA query_only") == (1,)
        case "duckdb":
            return _run(raw, "SELECT lower(current_setting('access_mode'))") == ("read_only",)
        case "postgresql":
            return _run(raw, "SHOW transaction_read_only") == ("on",)
        case "mysql" | "mariadb":
            named = _run(
                raw, "SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_read_only', 'transaction_read_only')"
            )
            return named[1:] == ("ON",)
    return False


def is_refused(raw: Any, statement: str) -> bool:
    """Whether the database refuses a statement; what it may have changed is rolled back."""
    try:
        _run(raw, statement)
    except Exception:  # noqa: BLE001 - each driver has its own
        return True
    finally:
        with suppress(Exception):  # DuckDB has no transaction left to roll back
            raw.rollback()
    return False


def _run(raw: Any, statement: str) -> tuple[Any, ...]:
    """Run a statement of ours on a new session and return its first row, if it has one."""
    cursor = raw.cursor()
    try:
        cursor.execute(statement)
        return tuple((cursor.fetchone() or ()) if cursor.description else ())
    finally:
        cursor.close()


def limit_of(dialect: str, timeout: float) -> float | None:
    """Return after how many seconds a statement must be stopped; None where the server does by itself."""
    return None if dialect in _LIMITED_BY_THEMSELVES else timeout


def cancel_of(connection: Connection) -> Callable[[], Any]:
    """Return what stops the running statement of a connection; it may be called again and again."""
    raw = connection.connection.driver_connection
    if connection.dialect.name in _LIMITED_BY_THEMSELVES:
        known = getattr(raw, "thread_id", None)
        number = known() if callable(known) else getattr(raw, "connection_id", None)
        return partial(_kill, connection.engine, number)
    for name in ("interrupt", "cancel_safe", "cancel"):  # drivers differ
        method = getattr(raw, name, None)
        if callable(method):
            return method  # type: ignore[no-any-return]
    fairy = connection.connection
    return lambda: fairy.invalidate() if fairy.is_valid else None


def _kill(engine: Engine, number: object) -> None:
    """Stop the statement of a session from a session of its own: these drivers have no call for it."""
    if not isinstance(number, int):
        log.warning("the driver doesn't tell the number of its session, so its statement can't be cancelled")
        return
    spare = engine.pool.recreate()  # ours may be in use to the last connection
    try:
        with closing(spare.connect()) as session:
            _run(session, f"KILL QUERY {number}")
    finally:
        spare.dispose()
