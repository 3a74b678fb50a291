"""A set of segments as the bits of a whole number, in the SQL of each database.

Bit i of a number stands for segment i. A number holds 62 segments, so that it fits a signed 64-bit integer.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import BigInteger, Integer, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

BITS = 62
"""Segments in one number."""

_UNITE = {
    "duckdb": "bit_or",
    "postgresql": "bit_or",
    "redshift": "bit_or",
    "mysql": "bit_or",
    "mariadb": "bit_or",
    "bigquery": "bit_or",
    "hive": "bit_or",
    "databricks": "bit_or",
    "starrocks": "bit_or",
    "snowflake": "bitor_agg",
    "trino": "bitwise_or_agg",
    "clickhouse": "groupBitOr",
    "clickhousedb": "groupBitOr",
}
_COMMON = {
    "snowflake": "bitand",
    "trino": "bitwise_and",
    "clickhouse": "bitAnd",
    "clickhousedb": "bitAnd",
    "oracle": "bitand",
}


def unites(dialect: str) -> bool:
    """Return whether a database has an aggregate that unites sets of several segments."""
    return dialect in _UNITE


class united(FunctionElement[int]):  # noqa: N801 - SQLAlchemy names its functions like SQL's
    """The union of the sets of all rows of a group; an aggregate. NULL stands for no set.

    Where the database has no such aggregate (see `unites`), each row's set may hold one segment only.
    """

    type = BigInteger()
    name = "united"
    inherit_cache = True

    def __init__(self, bits: ColumnElement[Any]) -> None:
        super().__init__(bits)


class common(FunctionElement[int]):  # noqa: N801
    """The segments that two sets have in common."""

    type = BigInteger()
    name = "common"
    inherit_cache = True

    def __init__(self, bits: ColumnElement[Any], others: int) -> None:
        super().__init__(bits, literal_column(str(others), BigInteger()))


def shares(bits: ColumnElement[Any], others: int) -> ColumnElement[bool]:
    """Return whether a set holds one of the segments `others`."""
    return common(bits, others) != literal_column("0", Integer())


def united_bit_by_bit(bits: ColumnElement[Any], places: Iterable[int]) -> ColumnElement[int]:
    """Return the union of the sets of all rows of a group, for databases without an aggregate for it.

    `places` are the segments that a set may hold.
    """
    found: list[ColumnElement[int]] = [func.max(common(bits, 1 << place)) for place in places]
    return reduce(add, found)


@compiles(united)
def _united(element: united, compiler: SQLCompiler, **kw: Any) -> str:
    (bits,) = element.clauses
    value = compiler.process(bits, **kw)
    named = _UNITE.get(compiler.dialect.name)
    return f"{named}({value})" if named else f"sum(DISTINCT {value})"  # different powers of two: their union


@compiles(common)
def _common(element: common, compiler: SQLCompiler, **kw: Any) -> str:
    bits, others = (str(compiler.process(part, **kw)) for part in element.clauses)
    named = _COMMON.get(compiler.dialect.name)
    return f"{named}({bits}, {others})" if named else f"({bits} & {others})"
