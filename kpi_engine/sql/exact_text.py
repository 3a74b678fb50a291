"""Compare values byte for byte on every database.

MySQL, MariaDB and SQL Server compare text by a collation that by default takes "web", "WEB" and "web "
for the same; there the bytes are compared, beside the value itself.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import NullType


class exact(FunctionElement[Any]):  # noqa: N801 - SQLAlchemy names its functions like SQL's
    """A value for comparisons and distinct counts."""

    type = NullType()
    name = "exact"
    inherit_cache = True

    def __init__(self, value: ColumnElement[Any]) -> None:
        super().__init__(value)


class exactly(ColumnElement[Any]):  # noqa: N801
    """A value in a GROUP BY, PARTITION BY or ORDER BY.

    It is no function: SQLAlchemy gives those a label, by which BigQuery's dialect would group.
    """

    __visit_name__ = "exactly"
    _traverse_internals = [("value", InternalTraversal.dp_clauseelement)]  # noqa: RUF012 - as SQLAlchemy's own
    type = NullType()
    inherit_cache = True

    def __init__(self, value: ColumnElement[Any]) -> None:
        self.value = value


class same_bytes(FunctionElement[Any]):  # noqa: N801
    """Two keys are the same: by value, so that an index is used, and byte for byte.

    It has no Boolean type: SQLite has none, and SQLAlchemy would write `a = b = 1` there.
    """

    type = NullType()
    name = "same_bytes"
    inherit_cache = True

    def __init__(self, near: ColumnElement[Any], far: ColumnElement[Any]) -> None:
        super().__init__(near == far, near, far)


_COLLATING = ("mysql", "mariadb", "mssql")


def _bytes(value: str, compiler: SQLCompiler) -> str:
    if compiler.dialect.name == "mssql":
        return f"CAST(CONVERT(NVARCHAR(4000), {value}) AS VARBINARY(8000))"
    return f"CAST(CONVERT({value} USING utf8mb4) AS BINARY)"


def _inner(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:
    (value,) = element.clauses
    return str(compiler.process(value, **kw))


@compiles(exact)
def _exact(element: exact, compiler: SQLCompiler, **kw: Any) -> str:
    return _inner(element, compiler, **kw)


@compiles(exact, *_COLLATING)
def _exact_bytes(element: exact, compiler: SQLCompiler, **kw: Any) -> str:
    return _bytes(_inner(element, compiler, **kw), compiler)


@compiles(exactly)
def _exactly(element: exactly, compiler: SQLCompiler, **kw: Any) -> str:
    return str(compiler.process(element.value, **kw))


@compiles(exactly, *_COLLATING)
def _exactly_bytes(element: exactly, compiler: SQLCompiler, **kw: Any) -> str:
    value = str(compiler.process(element.value, **kw))
    return f"{value}, {_bytes(value, compiler)}"


@compiles(same_bytes)
def _same(element: same_bytes, compiler: SQLCompiler, **kw: Any) -> str:
    by_value, *_ = element.clauses
    return str(compiler.process(by_value, **kw))


@compiles(same_bytes, *_COLLATING)
def _same_bytes(element: same_bytes, compiler: SQLCompiler, **kw: Any) -> str:
    by_value, near, far = (str(compiler.process(part, **kw)) for part in element.clauses)
    return f"({by_value} AND {_bytes(near, compiler)} = {_bytes(far, compiler)})"
