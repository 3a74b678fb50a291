"""Read the customer's database, and never write to it: the only place that executes SQL on it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Event
from typing import Any, Protocol

from sqlalchemy import (
    URL,
    CompoundSelect,
    Connection,
    Engine,
    Select,
    SelectBase,
    TableClause,
    create_engine,
    delete,
    event,
    make_url,
    text,
)
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import DataError as RefusedValue
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from kpi_engine.database.drivers import is_of_driver, label_of, missing_driver, unusable
from kpi_engine.database.index_reflection import IndexedTable, TableName, indexed_tables
from kpi_engine.database.read_only_guard import only_reads
from kpi_engine.database.reflection import picture_of
from kpi_engine.database.session import (
    READ_ONLY_SESSIONS,
    begun,
    cancel_of,
    is_read_only,
    is_refused,
    limit_of,
    opening,
    ping_when_idle,
)
from kpi_engine.database.statement_stop import watched
from kpi_engine.database.table_schema import DatabasePicture
from kpi_engine.database.time_limit import shorter
from kpi_engine.domain.cancellation import current
from kpi_engine.domain.errors import (
    DataError,
    QuestionCancelledError,
    StatementRefusedError,
    WarehouseError,
    WarehouseTimeoutError,
)
from kpi_engine.domain.statements import recorded
from kpi_engine.domain.translatable import said

log = logging.getLogger(__name__)

ROW_LIMIT = 100_000
"""No answer needs more rows than this; more means that a split was too fine."""

_ABOUT_TABLES = "kpi_about_tables"
"""Marks a connection on which SQLAlchemy asks what tables there are."""

_SHOWING = ("PRAGMA", "SHOW", "DESC")
"""The statements besides SELECT that it asks that with."""

Row = tuple[Any, ...]
Statement = Select[Any] | CompoundSelect[Any]
_SELECTS = (Select, CompoundSelect)


class Warehouse(Protocol):
    """A database that can only be read."""

    def read(self, statement: Statement) -> Sequence[Row]:
        """Return the rows of a SELECT.

        Raises WarehouseError, WarehouseTimeoutError or DataError, and QuestionCancelledError where the
        question of this thread is cancelled (see `cancelling`).
        """
        ...

    @property
    def dialect_name(self) -> str:
        """The name of the SQL dialect."""
        ...

    def sql(self, statement: Statement) -> str:
        """Return a statement as text, with its values written in, as this database would get it."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


def sql_text(statement: Statement, dialect: Dialect) -> str:
    """Return a statement as text that can be run as it stands, its values written in."""
    text = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    # written for a driver that formats, it has every per cent sign twice
    doubles = dialect.paramstyle in ("format", "pyformat") and dialect.driver != "pymssql"
    return text.replace("%%", "%") if doubles else text


class EmptyWarehouse:
    """A database that doesn't exist yet: it has no rows."""

    dialect_name = ""

    def read(self, statement: Statement) -> Sequence[Row]:  # noqa: ARG002 - the protocol's signature
        """Return no rows."""
        return ()

    def sql(self, statement: Statement) -> str:
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
            how = opening(make_url(url), timeout)
            pool = (
                {}
                if how.url.get_backend_name() == "duckdb"
                else {"pool_size": connections, "max_overflow": 0}
            )
            self._engine: Engine = create_engine(
                how.url,
                connect_args=how.arguments,
                hide_parameters=True,  # an error or a log never shows what people typed
                execution_options=how.options,
                **pool,
            )
        except (ArgumentError, NoSuchModuleError, ImportError, TypeError, ValueError) as wrong:
            raise unusable(url, wrong) from wrong
        event.listen(self._engine, "connect", begun(self._engine.dialect.name, timeout))
        event.listen(self._engine, "before_cursor_execute", _refuse_unless_it_reads)
        ping_when_idle(self._engine)

    @property
    def dialect(self) -> Dialect:
        """The SQL dialect."""
        return self._engine.dialect

    @property
    def dialect_name(self) -> str:
        """The name of the SQL dialect."""
        return self._engine.dialect.name

    @property
    def address(self) -> str:
        """Where the database is, without the password."""
        return self._engine.url.render_as_string()

    def picture(self) -> DatabasePicture:
        """Return what the database says about its tables. Raises WarehouseError or WarehouseTimeoutError."""
        with self._session() as connection:
            return picture_of(connection.execution_options(**{_ABOUT_TABLES: True}))

    def indexes(self, names: Collection[TableName]) -> Mapping[TableName, IndexedTable]:
        """Return tables with their indexes, those that are there. Raises WarehouseError."""
        with self._session() as connection:
            return indexed_tables(connection.execution_options(**{_ABOUT_TABLES: True}), names)

    def read(self, statement: Statement) -> Sequence[Row]:
        """Return the rows of a SELECT, at most ROW_LIMIT."""
        return recorded(self, partial(self._rows, statement), partial(self.sql, statement))

    def _rows(self, statement: Statement) -> Sequence[Row]:
        with self._session() as connection:
            rows = connection.execute(_limited(self._with_bound(statement))).fetchall()
        if len(rows) > ROW_LIMIT:
            raise DataError(
                "That split gives too many groups to show.",
                hint="Add a filter, or split by something broader.",
            )
        return [row[:] for row in rows]  # the tuple that a row holds; tuple(row) would copy it value by value

    def grants(self) -> Sequence[str]:
        """Return the user's grants as MySQL and MariaDB print them. Raises WarehouseError."""
        with self._session() as connection:
            asked = connection.execution_options(**{_ABOUT_TABLES: True})
            role = asked.exec_driver_sql("SELECT current_role()").scalar()
            # MariaDB prints those of the role in use by itself
            using = f" FOR CURRENT_USER() USING {role}" if role and "@" in str(role) else ""
            return [str(row[0]) for row in asked.exec_driver_sql(f"SHOW GRANTS{using}")]

    def lets_write(self, target: TableClause) -> bool:
        """Whether a DELETE of no row would go through; tried only in a session that is read-only.

        True also where the database has read-only sessions and ours isn't one. Raises WarehouseError.
        """
        dialect = self._engine.dialect
        if dialect.name not in READ_ONLY_SESSIONS:
            return False
        nothing = str(delete(target).where(text("1 = 0")).compile(dialect=dialect))
        with self._session() as connection:
            raw = connection.connection.dbapi_connection
            return not (is_read_only(raw, dialect.name) and is_refused(raw, nothing))

    def sql(self, statement: Statement) -> str:
        """Return the statement with its values written in."""
        return sql_text(self._with_bound(statement), self._engine.dialect)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _with_bound(self, statement: Statement) -> Statement:
        return statement.params(self._bound) if self._bound else statement  # it copies the whole statement

    @contextmanager
    def _session(self) -> Iterator[Connection]:
        """Give a connection whose statements end in time and whose errors are ours.

        Raises QuestionCancelledError where the question of this thread is cancelled, before or meanwhile.
        """
        current().check()
        try:
            with self._engine.connect() as connection, self._stopped_in_time(connection):
                yield connection
        except PoolTimeoutError as busy:
            raise WarehouseError(
                "The sales database is busy with other questions.", hint="Ask again in a minute."
            ) from busy
        except Exception as wrong:
            if missing := missing_driver(self._engine.url, wrong):
                raise missing from wrong
            if isinstance(wrong, SQLAlchemyError | sqlite3.Error | OSError) or is_of_driver(wrong):
                raise _as_kpi_error(wrong, self._engine.url, self._timeout) from wrong
            raise

    @contextmanager
    def _stopped_in_time(self, connection: Connection) -> Iterator[None]:
        """Stop the statement after the timeout, or when its question is cancelled, and say which it was.

        A connection whose statement was stopped is given up: the stop may reach it late.
        """
        asked, limit = current(), shorter(limit_of(connection.dialect.name, self._timeout))
        stopped = Event()
        try:
            with watched(cancel_of(connection), limit, asked) as stopped:
                yield
        except Exception as wrong:
            if asked.is_cancelled:
                raise QuestionCancelledError from wrong
            if stopped.is_set():
                raise _timeout(self._timeout) from wrong
            raise
        finally:
            if stopped.is_set():
                connection.invalidate()
        asked.check()  # some drivers end a statement that was stopped as if it had no more rows


def _limited(statement: Statement) -> Statement:
    """Return a statement that gives one row more than ROW_LIMIT at most: drivers fetch all there is."""
    if not isinstance(statement, _SELECTS) or statement._limit_clause is not None:  # noqa: SLF001 - no public word for it
        return statement
    return statement.limit(ROW_LIMIT + 1)


def _refuse_unless_it_reads(
    connection: Connection,
    _cursor: Any,
    statement: str,
    _parameters: Any,
    context: Any,
    _executemany: bool,
) -> None:
    """Let through a SELECT that we compiled and what the dialect asks about tables; raise DataError else."""
    is_select = context.compiled is not None and isinstance(context.compiled.statement, SelectBase)
    if connection.get_execution_options().get(_ABOUT_TABLES):
        is_select = True  # SQLAlchemy's own, as text
        if statement.lstrip().upper().startswith(_SHOWING):
            return
    if is_select and only_reads(statement, connection.dialect.name):
        return
    raise StatementRefusedError(
        "A statement that does more than read was blocked before it reached the database.",
        hint="In the model files, query:, where: and sql: must be parts of one SELECT, without INTO, "
        "DELETE, UPDATE, locks or a second statement.",
    )


def _timeout(seconds: float) -> WarehouseTimeoutError:
    return WarehouseTimeoutError(
        said(
            "The sales database took longer than {seconds} seconds, so the question was stopped.",
            seconds=f"{seconds:g}",
        ),
        hint="Ask for a shorter period or fewer groups.",
    )


def _as_kpi_error(wrong: Exception, url: URL, timeout: float) -> WarehouseError | DataError:
    """Tell an unreachable database from one whose tables aren't as the model files say."""
    message = str(getattr(wrong, "orig", wrong)).lower()
    if any(
        sign in message
        for sign in (
            "statement timeout",
            "interrupted",
            "maximum statement execution time",
            "during query (timed out",
        )
    ):
        return _timeout(timeout)
    missing = (
        "no such",
        "does not exist",
        "doesn't exist",
        "not found",
        "unknown column",
        "binder error",
        "cannot be found",
        "cannot be resolved",
    )
    is_of_statement = isinstance(wrong, DBAPIError) and wrong.statement is not None  # else none was sent yet
    if is_of_statement and any(sign in message for sign in missing) and "database" not in message:
        return DataError(
            "The sales database doesn't have a table or column that this metric needs.",
            hint="Whoever connected the database can run kpi-bot check to see which one.",
        )
    if isinstance(wrong, RefusedValue):  # 'n/a' cast to a number, in the SQL of a model file
        return DataError(
            "A row holds a value that the SQL of a model file can't convert.",
            hint="Whoever connected the database can make that SQL give NULL for such values.",
        )
    return WarehouseError(
        said("The sales database ({kind}) isn't responding.", kind=label_of(url)),
        hint="Try again in a minute; kpi-bot check says what is wrong.",
    )
