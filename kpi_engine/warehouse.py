"""The customer's database, read and never written: the only place that executes SQL on it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Timer
from typing import Any, Protocol
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, Select, create_engine, event, make_url
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from kpi_engine.errors import DataError, WarehouseError, WarehouseTimeoutError
from kpi_engine.picture import DatabasePicture
from kpi_engine.reflection import picture_of

log = logging.getLogger(__name__)

ROW_LIMIT = 100_000
"""No answer needs more rows than this; more means that a split was too fine."""

Row = tuple[Any, ...]


class Warehouse(Protocol):
    """A database that can only be asked."""

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        """Return the rows of a SELECT. Raises WarehouseError, WarehouseTimeoutError or DataError."""
        ...

    def sql(self, statement: Select[Any]) -> str:
        """Return a statement as text, with its values written in, as this database would get it."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


class EmptyWarehouse:
    """A database that isn't there yet: nothing is in it."""

    def read(self, statement: Select[Any]) -> Sequence[Row]:  # noqa: ARG002 - the protocol's signature
        """Return no rows."""
        return ()

    def sql(self, statement: Select[Any]) -> str:
        """Return the statement as text."""
        return str(statement)

    def close(self) -> None:
        """Nothing to close."""


class SqlWarehouse:
    """A SQL database behind SQLAlchemy, its sessions set read-only wherever the database can do that."""

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 30,
        connections: int = 5,
        bound: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare, but don't connect. `timeout` in seconds per statement.

        `bound` are values of parameters that every statement may name, such as the workspace.

        Raises WarehouseError where the URL is unusable or its driver isn't installed.
        """
        self._timeout = timeout
        self._bound = dict(bound or {})
        try:
            parsed = make_url(url)
            address, arguments = _read_only(parsed)
            pool = (
                {} if parsed.get_backend_name() == "duckdb" else {"pool_size": connections, "max_overflow": 0}
            )
            self._engine: Engine = create_engine(address, connect_args=arguments, pool_pre_ping=True, **pool)
        except (ArgumentError, NoSuchModuleError, ImportError, TypeError, ValueError) as wrong:
            raise WarehouseError(
                "The address of the sales database can't be used.",
                hint="Set KPI_DATABASE_URL to an SQLAlchemy URL (postgresql+psycopg://user:pw@host/name) "
                "and install its driver (the extras duckdb, postgresql, mysql).",
            ) from wrong
        event.listen(self._engine, "connect", _set_read_only(self._engine.dialect.name))

    @property
    def dialect(self) -> Dialect:
        """The SQL dialect."""
        return self._engine.dialect

    def picture(self) -> DatabasePicture:
        """Return what the database says about its tables. Raises WarehouseError or WarehouseTimeoutError."""
        with self._session() as connection:
            return picture_of(connection)

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        """Return the rows of a SELECT, at most ROW_LIMIT."""
        with self._session() as connection:
            rows = connection.execute(statement.params(self._bound)).fetchmany(ROW_LIMIT + 1)
        if len(rows) > ROW_LIMIT:
            raise DataError(
                "That split gives more groups than anyone can read.",
                hint="Add a filter, or split by something coarser.",
            )
        return [tuple(row) for row in rows]

    def sql(self, statement: Select[Any]) -> str:
        """Return the statement with its values written in."""
        compiled = statement.params(self._bound).compile(
            dialect=self._engine.dialect, compile_kwargs={"literal_binds": True}
        )
        return str(compiled)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    @contextmanager
    def _session(self) -> Iterator[Connection]:
        """Give a connection whose statements end in time and whose errors are ours."""
        try:
            with self._engine.connect() as connection, self._cancelled_in_time(connection):
                yield connection
        except PoolTimeoutError as busy:
            raise WarehouseError(
                "The sales database is busy with other questions.", hint="Ask again in a minute."
            ) from busy
        except (SQLAlchemyError, sqlite3.Error, OSError) as wrong:
            raise _as_kpi_error(wrong, self._timeout) from wrong

    @contextmanager
    def _cancelled_in_time(self, connection: Connection) -> Iterator[None]:
        """Cancel the statement after the timeout and say so with WarehouseTimeoutError."""
        expired = Event()
        cancel = _cancel_of(connection)

        def stop() -> None:
            expired.set()
            try:
                cancel()
            except Exception:
                log.exception("a statement that took too long could not be cancelled")

        timer = Timer(self._timeout, stop)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception as wrong:
            if expired.is_set():
                raise _timeout(self._timeout) from wrong
            raise
        finally:
            timer.cancel()


def _timeout(seconds: float) -> WarehouseTimeoutError:
    return WarehouseTimeoutError(
        f"The sales database took longer than {seconds:g} seconds, so the question was stopped.",
        hint="Ask for a shorter period or fewer groups.",
    )


def _cancel_of(connection: Connection) -> Callable[[], Any]:
    """Return what stops a running statement; drivers call it interrupt or cancel."""
    raw = connection.connection.driver_connection
    for name in ("interrupt", "cancel_safe", "cancel"):
        method = getattr(raw, name, None)
        if callable(method):
            return method  # type: ignore[no-any-return]
    return connection.connection.invalidate


def _as_kpi_error(wrong: Exception, timeout: float) -> WarehouseError | DataError:
    """Tell an unreachable database from one whose tables aren't as the model files say."""
    text = str(getattr(wrong, "orig", wrong)).lower()
    if any(sign in text for sign in ("statement timeout", "interrupted", "maximum statement execution time")):
        return _timeout(timeout)
    missing = ("no such", "does not exist", "doesn't exist", "not found", "unknown column", "binder error")
    if isinstance(wrong, DBAPIError) and any(sign in text for sign in missing) and "database" not in text:
        return DataError(
            "The sales database lacks a table or column that this number needs.",
            hint="The person who maps the database can run kpi-bot check, which names it.",
        )
    return WarehouseError(
        "The sales database doesn't answer.", hint="Try again in a minute; kpi-bot check says what is wrong."
    )


def _read_only(url: URL) -> tuple[URL, dict[str, Any]]:
    """Return the URL and driver arguments that open the database read-only where it can be."""
    backend = url.get_backend_name()
    if (
        backend == "sqlite"
        and url.database
        and url.database != ":memory:"
        and not url.database.startswith("file:")
    ):
        path = Path(url.database).expanduser().resolve()
        if not path.is_file():
            raise WarehouseError(f"There is no database file {path.name}.", hint="Correct KPI_DATABASE_URL.")
        return url.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"}), {
            "check_same_thread": False
        }
    if backend == "duckdb" and url.database and url.database != ":memory:":
        return url, {"read_only": True}
    if backend == "postgresql":
        return url, {"options": "-c default_transaction_read_only=on"}
    return url, {}


def _set_read_only(dialect: str) -> Callable[[Any, Any], None]:
    """Return the hook that makes a new session read-only."""
    statements = {
        "sqlite": "PRAGMA query_only = ON",
        "mysql": "SET SESSION TRANSACTION READ ONLY",
        "mariadb": "SET SESSION TRANSACTION READ ONLY",
    }

    def on_connect(raw: Any, _record: Any) -> None:
        if dialect in statements:
            cursor = raw.cursor()
            cursor.execute(statements[dialect])
            cursor.close()

    return on_connect
