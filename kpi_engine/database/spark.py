"""Spark's Thrift Server through PyHive, with statements that can be stopped.

PyHive waits for a statement on its only socket, so nothing could reach the server meanwhile. Here the
server runs it in the background and is asked how far it is; another session can stop it. The dialect also
mends what PyHive gets wrong for Spark: expressions with several dots, the names of tables, dead connections.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from pyhive import hive, sqlalchemy_hive
from sqlalchemy import Connection, text
from sqlalchemy import types as sqltypes
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.compiler import IdentifierPreparer, SQLCompiler
from sqlalchemy.sql.elements import ColumnClause
from TCLIService.ttypes import TCancelOperationReq, TOperationState
from thrift.Thrift import TException

_AT_WORK = frozenset(
    {TOperationState.INITIALIZED_STATE, TOperationState.PENDING_STATE, TOperationState.RUNNING_STATE}
)
_ENDS = {
    TOperationState.CANCELED_STATE: "the statement was interrupted",
    TOperationState.TIMEDOUT_STATE: "statement timeout",
}
"""What to say of a statement that ended otherwise, where the server says nothing."""

_TYPES: Mapping[str, type[sqltypes.TypeEngine[Any]]] = {
    "bigint": sqltypes.BigInteger,
    "binary": sqltypes.LargeBinary,
    "boolean": sqltypes.Boolean,
    "char": sqltypes.String,
    "date": sqltypes.Date,
    "decimal": sqltypes.Numeric,
    "double": sqltypes.Float,
    "float": sqltypes.Float,
    "int": sqltypes.Integer,
    "smallint": sqltypes.SmallInteger,
    "string": sqltypes.String,
    "timestamp": sqltypes.DateTime,
    "timestamp_ntz": sqltypes.DateTime,
    "tinyint": sqltypes.SmallInteger,
    "varchar": sqltypes.String,
}


class StoppableCursor(hive.Cursor):  # type: ignore[misc]
    """A cursor whose statements run in the background of the server."""

    def execute(self, operation: str, parameters: object = None, **kwargs: object) -> None:
        """Run a statement and wait until it ends. Raises OperationalError if it doesn't succeed."""
        super().execute(operation, parameters, **{**kwargs, "async_": True})
        self._connection.running = self._operationHandle
        try:
            status = self.poll(get_progress_update=False)  # the server answers when it is done, or every 5 s
            while status.operationState in _AT_WORK:
                status = self.poll(get_progress_update=False)
        finally:
            self._connection.running = None
        if status.operationState != TOperationState.FINISHED_STATE:
            said = status.errorMessage or _ENDS.get(status.operationState, "the statement failed")
            raise hive.OperationalError(said.partition("\n\tat ")[0])  # Java's stack follows


class StoppableConnection(hive.Connection):  # type: ignore[misc]
    """A session whose running statement can be cancelled from another thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._again = (args, kwargs)
        self.running: object = None
        super().__init__(*args, **kwargs)

    def cursor(self, *args: Any, **kwargs: Any) -> StoppableCursor:
        """Return a new cursor."""
        return StoppableCursor(self, *args, **kwargs)

    def cancel(self) -> None:
        """Stop the running statement, if any, from a session of its own: this one's socket is waiting."""
        running, (args, kwargs) = self.running, self._again
        if running is not None:
            with closing(hive.Connection(*args, **kwargs)) as other:
                other.client.CancelOperation(TCancelOperationReq(operationHandle=running))


class SparkCompiler(sqlalchemy_hive.HiveCompiler):  # type: ignore[misc]
    """PyHive's compiler, which cuts everything before the first dot of a column with two dots."""

    def visit_column(self, column: ColumnClause[Any], *args: Any, **kwargs: Any) -> str:
        """Return a column as it is, if it is an expression such as `price * 0.5 + cost * 0.1`."""
        if column.is_literal:
            return SQLCompiler.visit_column(self, column, *args, **kwargs)
        return str(super().visit_column(column, *args, **kwargs))


class SparkTypeCompiler(sqlalchemy_hive.HiveTypeCompiler):  # type: ignore[misc]
    """PyHive's names of types, which make a moment of a date and lose the digits of numbers."""

    def visit_DATE(self, *_: object, **__: object) -> str:  # noqa: N802 - SQLAlchemy's name
        """Return Spark's name of a day."""
        return "DATE"

    def visit_FLOAT(self, *_: object, **__: object) -> str:  # noqa: N802
        """Return Spark's name of a number of 64 bits."""
        return "DOUBLE"

    def visit_NUMERIC(self, type_: sqltypes.Numeric[Any], **_: object) -> str:  # noqa: N802
        """Return Spark's name of a decimal number; without digits it would be a whole one."""
        precision, scale = type_.precision, type_.scale
        return f"DECIMAL({38 if precision is None else precision}, {18 if scale is None else scale})"

    def visit_DECIMAL(self, type_: sqltypes.DECIMAL[Any], **_: object) -> str:  # noqa: N802
        """Return the same."""
        return self.visit_NUMERIC(type_)


class SparkIdentifierPreparer(IdentifierPreparer):
    """Quotes the names that need it; PyHive's quotes all, so it can't say which words are reserved."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect, initial_quote="`", escape_quote="`")


class SparkDialect(sqlalchemy_hive.HiveDialect):  # type: ignore[misc]
    """The dialect of `hive://` URLs."""

    dbapi = None  # PyHive's is a method that SQLAlchemy 2 warns of; it calls import_dbapi instead
    driver = "stoppable"
    supports_statement_cache = True
    statement_compiler = SparkCompiler
    type_compiler = SparkTypeCompiler
    preparer = SparkIdentifierPreparer

    def connect(self, *args: Any, **kwargs: Any) -> StoppableConnection:
        """Open a session."""
        return StoppableConnection(*args, **kwargs)

    def do_ping(self, dbapi_connection: Any) -> bool:
        """Whether a session of the pool still works; a dead one raises errors of Thrift's."""
        try:
            return bool(super().do_ping(dbapi_connection))
        except (TException, OSError):
            return False

    def get_table_names(self, connection: Connection, schema: str | None = None, **_: object) -> list[str]:
        """Return the tables of a schema, without its views."""
        views = set(self.get_view_names(connection, schema))
        return [name for name in self._named(connection, "TABLES", schema) if name not in views]

    def get_view_names(self, connection: Connection, schema: str | None = None, **_: object) -> list[str]:
        """Return the views of a schema."""
        return self._named(connection, "VIEWS", schema)

    def get_columns(
        self, connection: Connection, table_name: str, schema: str | None = None, **_: object
    ) -> list[dict[str, object]]:
        """Return the columns of a table, in their order."""
        quote = self.identifier_preparer.quote_identifier
        whole = ".".join(quote(part) for part in (schema, table_name) if part)
        found: list[dict[str, object]] = []
        for name, declared, _comment in connection.execute(text(f"DESCRIBE {whole}")):
            if not name or name.startswith("#"):  # partitions follow
                break
            kind = re.match(r"\w+", declared or "")
            type_ = _TYPES.get(kind.group() if kind else "", sqltypes.NullType)
            found.append({"name": name, "type": type_(), "nullable": True, "default": None})
        return found

    def _named(self, connection: Connection, what: str, schema: str | None) -> list[str]:
        """Return what Spark lists as schema, name and whether it is temporary."""
        inside = f" IN {self.identifier_preparer.quote_identifier(schema)}" if schema else ""
        return [row[1] for row in connection.execute(text(f"SHOW {what}{inside}")) if not row[2]]


class SparkHTTPDialect(SparkDialect, sqlalchemy_hive.HiveHTTPDialect):  # type: ignore[misc]
    """The dialect of `hive+http://` URLs."""

    supports_statement_cache = True


class SparkHTTPSDialect(SparkDialect, sqlalchemy_hive.HiveHTTPSDialect):  # type: ignore[misc]
    """The dialect of `hive+https://` URLs."""

    supports_statement_cache = True
