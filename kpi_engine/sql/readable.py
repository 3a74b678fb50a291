"""Values that can't be read: no dates where dates are kept, no numbers where amounts are.

Such a value counts as not known. Where a column has a type of its own, bounds and a comparison tell it, and
the bare column stays comparable by an index. Text is looked at besides, row by row of those within bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, func, literal, literal_column, not_, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import NullType

from kpi_engine.sql.time_columns import EPOCHS, TEXTS, TimeColumn, TimeForm

_DAYS = (
    "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
)
_LEAP_YEARS = "[0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00"
_DATE = f"([0-9]{{4}}-({_DAYS})|({_LEAP_YEARS})-02-29)"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?"
_OFFSET = "[ ]?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
_MOMENT = f"^{_DATE}([ T]{_TIME}({_OFFSET})?)?$"
"""Dates of the calendar, with a time of day or without: 2026-02-28, but not 2026-02-30."""
_MONTH = "^[0-9]{4}-(0[1-9]|1[0-2])$"
_NUMBER = "^ *[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)? *$"
_MOST = "1e300"
"""Beyond it are only infinity and, in databases that order it, NaN."""
_LAST_SECOND = "1e17"
"""More than the microseconds of 3,000 years."""

_MATCHES: dict[str, Callable[[str, str], str]] = {
    "postgresql": "({} ~ '{}')".format,
    "redshift": "({} ~ '{}')".format,
    "duckdb": "regexp_matches({}, '{}')".format,
    "mysql": "({} REGEXP '{}')".format,
    "mariadb": "({} REGEXP '{}')".format,
    "snowflake": "REGEXP_LIKE({}, '{}')".format,
    "bigquery": "REGEXP_CONTAINS({}, r'{}')".format,
    "trino": "regexp_like({}, '{}')".format,
    "clickhouse": "match({}, '{}')".format,
    "clickhousedb": "match({}, '{}')".format,
    "databricks": "({} RLIKE '{}')".format,
    "hive": "({} RLIKE '{}')".format,
}
"""How each database compares a text with a pattern."""


class NumberForm(StrEnum):
    """What a column of numbers may hold besides them."""

    PLAIN = "numbers only"
    FLOATING = "numbers, NaN and infinity"
    TEXT = "text"
    MIXED = "numbers and text"
    """SQLite keeps the type with each value, whatever the column was declared as."""


def number_form(sample: object, dialect: str) -> NumberForm:
    """Tell what else a column may hold from one value as the driver returns it; None: no value is known."""
    if dialect == "sqlite":
        return NumberForm.MIXED
    if isinstance(sample, str):
        return NumberForm.TEXT
    has_nan = dialect == "postgresql" or isinstance(sample, float)
    is_whole = isinstance(sample, int) or sample is None
    return NumberForm.FLOATING if has_nan and not is_whole and dialect not in _MYSQL else NumberForm.PLAIN


_MYSQL = ("mysql", "mariadb")


class is_moment(ColumnElement[Any]):  # noqa: N801 - SQLAlchemy names its functions like SQL's
    """Whether a stored value, other than NULL, is a date or moment of the column's form: true or false.

    It has no Boolean type: SQLAlchemy would write `... = 1` where a database has none.
    """

    __visit_name__ = "is_moment"
    _traverse_internals = [  # noqa: RUF012 - as SQLAlchemy's own
        ("value", InternalTraversal.dp_clauseelement),
        ("form", InternalTraversal.dp_string),
    ]
    type = NullType()
    inherit_cache = True

    def __init__(self, value: ColumnElement[Any], form: TimeForm) -> None:
        self.value, self.form = value, form


class as_number(ColumnElement[Any]):  # noqa: N801
    """A stored value as a number; NULL where it is none, or is NaN or infinite."""

    __visit_name__ = "as_number"
    _traverse_internals = [  # noqa: RUF012
        ("value", InternalTraversal.dp_clauseelement),
        ("form", InternalTraversal.dp_string),
    ]
    type = NullType()
    inherit_cache = True

    def __init__(self, value: ColumnElement[Any], form: NumberForm) -> None:
        self.value, self.form = value, form


def number_of(value: ColumnElement[Any], form: NumberForm) -> ColumnElement[Any]:
    """Return a value as a number, or NULL; a column that holds nothing else as it is."""
    return value if form is NumberForm.PLAIN else as_number(value, form)


def is_no_number(value: ColumnElement[Any], form: NumberForm) -> ColumnElement[bool]:
    """Return whether a value that is there is no number; an empty text isn't there."""
    is_none = and_(value.is_not(None), as_number(value, form).is_(None))
    if form is NumberForm.FLOATING:
        return is_none
    is_text = and_(func.trim(value) != "", is_none)
    if form is NumberForm.TEXT:
        return is_text
    # of the numbers, which most values are, little is asked
    return or_(
        and_(func.typeof(value).in_(("text", "blob")), is_text), func.abs(value) > literal_column(_MOST)
    )


def known(at: Any, stored: TimeColumn) -> list[ColumnElement[bool]]:
    """Return the conditions, besides bounds, under which a stored moment is one."""
    return [is_moment(at, stored.form)] if stored.is_checked else []


def is_unknown(at: Any, stored: TimeColumn) -> ColumnElement[bool]:
    """Return whether no moment is known: there is no value, or one that can't be read."""
    return or_(at.is_(None), not_(is_moment(at, stored.form)))


def is_no_moment(at: Any, stored: TimeColumn) -> ColumnElement[bool]:
    """Return whether a value that is there is no moment; an empty text isn't there."""
    tests: list[ColumnElement[bool]] = [at.is_not(None), not_(is_moment(at, stored.form))]
    if stored.form in TEXTS:
        tests.append(func.trim(at) != "")
    return and_(*tests)


def happened(at: Any, stored: TimeColumn, now: datetime) -> ColumnElement[bool]:
    """Return whether a stored moment is one, and before `now` (zone-aware)."""
    return and_(at < literal(stored.before(now), stored.sql_type()), *known(at, stored))


def _value(element: is_moment | as_number, compiler: SQLCompiler, **kw: Any) -> str:
    return str(compiler.process(element.value, **kw))


@compiles(is_moment)
def _is_moment(element: is_moment, compiler: SQLCompiler, **kw: Any) -> str:
    value, dialect = _value(element, compiler, **kw), compiler.dialect.name
    if element.form in EPOCHS:
        return f"({value} BETWEEN -{_LAST_SECOND} AND {_LAST_SECOND})"
    if element.form in TEXTS:
        pattern = _MONTH if element.form is TimeForm.TEXT_MONTH else _MOMENT
        matches = _MATCHES.get(dialect)
        return matches(value, pattern) if matches else f"({value} LIKE '____-__%')"
    if dialect in ("postgresql", "duckdb"):  # infinity, and years that no program reads
        return f"({value} >= DATE '0001-01-01' AND {value} < DATE '10000-01-01')"
    return f"({value} IS NOT NULL)"


@compiles(is_moment, "mysql", "mariadb")
def _is_moment_mysql(element: is_moment, compiler: SQLCompiler, **kw: Any) -> str:
    if element.form in (TimeForm.DATE, TimeForm.TIMESTAMP):
        value = _value(element, compiler, **kw)  # 0000-00-00, 2026-02-00 and, where it is let in, 2026-02-31
        return f"COALESCE(DAYOFMONTH({value}) BETWEEN 1 AND DAYOFMONTH(LAST_DAY({value})), 0)"
    return _is_moment(element, compiler, **kw)


@compiles(is_moment, "sqlite")
def _is_moment_sqlite(element: is_moment, compiler: SQLCompiler, **kw: Any) -> str:
    value = _value(element, compiler, **kw)
    if element.form in EPOCHS:  # text is above all numbers
        return f"(typeof({value}) <> 'text' AND {value} BETWEEN -{_LAST_SECOND} AND {_LAST_SECOND})"
    if element.form is TimeForm.TEXT_MONTH:
        return f"(date({value} || '-01') IS {value} || '-01')"
    # a modifier makes 30 February a day of March, and 24:00 one of the next day; an offset would move the day
    return f"(date(substr({value}, 1, 19), '0 days') IS substr({value}, 1, 10))"


@compiles(as_number)
def _as_number(element: as_number, compiler: SQLCompiler, **kw: Any) -> str:
    value, dialect = _value(element, compiler, **kw), compiler.dialect.name
    if element.form is not NumberForm.TEXT:
        return f"CASE WHEN {value} BETWEEN -{_MOST} AND {_MOST} THEN {value} END"
    matches = _MATCHES.get(dialect)
    if matches is None:
        return value
    number = f"CAST({value} AS {_NUMBER_TYPES.get(dialect, 'DOUBLE')})"
    if dialect in _MYSQL:
        number = f"({value} + 0.0)"
    elif dialect == "duckdb":  # it may cast before it looks
        number = f"TRY_{number}"
    return f"CASE WHEN {matches(value, _NUMBER)} THEN {number} END"


_NUMBER_TYPES = {
    "postgresql": "NUMERIC",
    "redshift": "DOUBLE PRECISION",
    "bigquery": "FLOAT64",
    "clickhouse": "Float64",
}


@compiles(as_number, "sqlite")
def _as_number_sqlite(element: as_number, compiler: SQLCompiler, **kw: Any) -> str:
    value = _value(element, compiler, **kw)
    digits = f"ltrim(trim({value}), '+-')"
    is_number = f"{digits} GLOB '[0-9.]*' AND NOT {digits} GLOB '*[^0-9.]*' AND {digits} GLOB '*[0-9]*'"
    return (
        f"CASE typeof({value}) WHEN 'text' THEN CASE WHEN {is_number} AND NOT {value} LIKE '%.%.%'"
        f" THEN CAST({value} AS REAL) END WHEN 'blob' THEN NULL"
        f" ELSE CASE WHEN {value} BETWEEN -{_MOST} AND {_MOST} THEN {value} END END"
    )
