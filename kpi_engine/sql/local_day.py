"""A day number of the business zone, in the SQL of each database."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Integer, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from kpi_engine.sql.time_columns import EPOCHS, TimeForm

_EPOCH = date(1970, 1, 1).toordinal()


class local_day(FunctionElement[int]):  # noqa: N801 - SQLAlchemy names its functions like SQL's
    """The number of the day (from a fixed day on) that a stored moment falls on, `minutes` ahead of it."""

    type = Integer()
    name = "local_day"
    inherit_cache = False

    def __init__(
        self, moment: ColumnElement[Any], minutes: ColumnElement[int] | None, form: TimeForm
    ) -> None:
        super().__init__(moment, literal_column("0") if minutes is None else minutes)
        self.form = form


_DAY_OF_1970 = {"sqlite": 2_440_587, "mysql": 719_528, "mariadb": 719_528}
"""The number of 1 January 1970, where it isn't 0."""


def day_of(number: int, dialect: str) -> date:
    """Return the date of a day number as a dialect gives it."""
    return date.fromordinal(_EPOCH + number - _DAY_OF_1970.get(dialect, 0))


def _parts(element: local_day, compiler: SQLCompiler, **kw: Any) -> tuple[str, str]:
    moment, minutes = element.clauses
    return str(compiler.process(moment, **kw)), str(compiler.process(minutes, **kw))


@compiles(local_day, "sqlite")
def _sqlite(element: local_day, compiler: SQLCompiler, **kw: Any) -> str:
    moment, minutes = _parts(element, compiler, **kw)
    if element.form is TimeForm.TEXT_MONTH:
        moment = f"({moment} || '-01')"
    divisor = EPOCHS.get(element.form)
    epoch = ", 'unixepoch'" if divisor else ""
    if divisor and divisor > 1:
        moment = f"({moment} / {divisor})"
    return f"CAST(julianday(date({moment}{epoch}, ({minutes}) || ' minutes')) AS INTEGER)"


@compiles(local_day, "mysql", "mariadb")
def _mysql(element: local_day, compiler: SQLCompiler, **kw: Any) -> str:
    moment, minutes = _parts(element, compiler, **kw)
    divisor = EPOCHS.get(element.form)
    if divisor:
        moment = f"(TIMESTAMP '1970-01-01 00:00:00' + INTERVAL ({moment} / {divisor}) SECOND)"
    return f"TO_DAYS(DATE_ADD({moment}, INTERVAL ({minutes}) MINUTE))"


@compiles(local_day, "snowflake", "redshift")
def _dateadd(element: local_day, compiler: SQLCompiler, **kw: Any) -> str:
    moment, minutes = _parts(element, compiler, **kw)
    divisor = EPOCHS.get(element.form)
    if divisor:
        seconds = f"CAST(FLOOR({moment} / {divisor}) AS BIGINT)"
        moment = f"DATEADD(second, {seconds}, CAST('1970-01-01 00:00:00' AS TIMESTAMP))"
    elif element.form is TimeForm.TIMESTAMP_WITH_ZONE and compiler.dialect.name == "snowflake":
        moment = f"CAST(CONVERT_TIMEZONE('UTC', {moment}) AS TIMESTAMP_NTZ)"
    elif element.form is TimeForm.TIMESTAMP_WITH_ZONE:
        moment = f"({moment} AT TIME ZONE 'UTC')"
    else:
        moment = _as_timestamp(moment, element.form)
    return f"DATEDIFF(day, CAST('1970-01-01' AS DATE), DATEADD(minute, {minutes}, {moment}))"


@compiles(local_day, "bigquery")
def _bigquery(element: local_day, compiler: SQLCompiler, **kw: Any) -> str:
    moment, minutes = _parts(element, compiler, **kw)
    divisor = EPOCHS.get(element.form)
    if divisor:
        moment = f"TIMESTAMP_SECONDS(CAST(FLOOR({moment} / {divisor}) AS INT64))"
    moment = _as_timestamp(moment, element.form, kind="DATETIME")  # a TIMESTAMP becomes UTC's
    return (
        f"DATE_DIFF(CAST(DATETIME_ADD({moment}, INTERVAL ({minutes}) MINUTE) AS DATE),"
        " DATE '1970-01-01', DAY)"
    )


@compiles(local_day, "trino")
def _trino(element: local_day, compiler: SQLCompiler, **kw: Any) -> str:
    moment, minutes = _parts(element, compiler, **kw)
    divisor = EPOCHS.get(element.form)
    if divisor:
        moment = f"CAST(from_unixtime({moment} / {divisor}.0) AT TIME ZONE 'UTC' AS TIMESTAMP)"
    elif element.form is TimeForm.TIMESTAMP_WITH_ZONE:
        moment = f"CAST({moment} AT TIME ZONE 'UTC' AS TIMESTAMP)"
    else:
        if element.form is TimeForm.TEXT_T:
            moment = f"replace({moment}, 'T', ' ')"
        moment = _as_timestamp(moment, element.form)
    return f"date_diff('day', DATE '1970-01-01', CAST(date_add('minute', {minutes}, {moment}) AS DATE))"


@compiles(local_day, "clickhouse", "clickhousedb")
def _clickhouse(element: local_day, compiler: SQLCompiler, **kw: Any) -> str:
    moment, minutes = _parts(element, compiler, **kw)
    divisor = EPOCHS.get(element.form)
    if divisor:
        moment = f"toDateTime(intDiv({moment}, {divisor}), 'UTC')"
    elif element.form is TimeForm.TIMESTAMP_WITH_ZONE:
        moment = f"toTimeZone({moment}, 'UTC')"
    elif element.form is TimeForm.DATE:
        moment = f"toDateTime({moment}, 'UTC')"
    elif element.form is not TimeForm.TIMESTAMP:
        text = f"concat({moment}, '-01')" if element.form is TimeForm.TEXT_MONTH else moment
        moment = f"parseDateTimeBestEffort({text}, 'UTC')"
    return f"toInt32(toDate32(addMinutes({moment}, {minutes})))"


@compiles(local_day, "databricks", "hive")
def _spark(element: local_day, compiler: SQLCompiler, **kw: Any) -> str:
    moment, minutes = _parts(element, compiler, **kw)
    divisor = EPOCHS.get(element.form)
    if divisor:
        moment = f"(TIMESTAMP '1970-01-01 00:00:00' + FLOOR({moment} / {divisor}) * INTERVAL '1' SECOND)"
    else:
        moment = _as_timestamp(moment, element.form)
    return f"DATEDIFF(CAST({moment} + ({minutes}) * INTERVAL '1' MINUTE AS DATE), DATE '1970-01-01')"


@compiles(local_day, "mssql")
def _mssql(element: local_day, compiler: SQLCompiler, **kw: Any) -> str:
    moment, minutes = _parts(element, compiler, **kw)
    divisor = EPOCHS.get(element.form)
    if divisor:
        # DATEADD takes whole numbers of 32 bits, too few for the seconds after 2038
        seconds = f"CAST(FLOOR({moment} / {divisor}) AS BIGINT)"
        days = f"CAST({seconds} / 86400 AS INT)"
        rest = f"CAST({seconds} - {seconds} / 86400 * 86400 AS INT)"
        moment = f"DATEADD(second, {rest}, DATEADD(day, {days}, CAST('1970-01-01' AS DATETIME2)))"
    elif element.form is TimeForm.TIMESTAMP_WITH_ZONE:
        moment = f"CAST({moment} AT TIME ZONE 'UTC' AS DATETIME2)"
    else:
        moment = _as_timestamp(moment, element.form, kind="DATETIME2")
    return f"DATEDIFF(day, CAST('1970-01-01' AS DATE), DATEADD(minute, {minutes}, {moment}))"


@compiles(local_day, "oracle")
def _oracle(element: local_day, compiler: SQLCompiler, **kw: Any) -> str:
    moment, minutes = _parts(element, compiler, **kw)
    divisor = EPOCHS.get(element.form)
    if divisor:
        moment = f"(DATE '1970-01-01' + {moment} / {divisor} / 86400)"
    elif element.form is TimeForm.TIMESTAMP_WITH_ZONE:
        moment = f"CAST({moment} AT TIME ZONE 'UTC' AS DATE)"
    elif element.form is TimeForm.TEXT_MONTH:
        moment = f"TO_DATE({moment}, 'YYYY-MM')"
    elif element.form is TimeForm.TEXT_DATE:
        moment = f"TO_DATE({moment}, 'YYYY-MM-DD')"
    elif element.form not in (TimeForm.TIMESTAMP, TimeForm.DATE):
        moment = f"TO_DATE(REPLACE(SUBSTR({moment}, 1, 19), 'T', ' '), 'YYYY-MM-DD HH24:MI:SS')"
    return f"(TRUNC(CAST({moment} AS DATE) + ({minutes}) / 1440) - DATE '1970-01-01')"


def _as_timestamp(moment: str, form: TimeForm, *, kind: str = "TIMESTAMP") -> str:
    """Return a day, a moment or a text of either as a moment without zone."""
    if form is TimeForm.TEXT_MONTH:
        moment = f"CONCAT({moment}, '-01')"
    return f"CAST({moment} AS {kind})"


@compiles(local_day)
def _standard(element: local_day, compiler: SQLCompiler, **kw: Any) -> str:
    moment, minutes = _parts(element, compiler, **kw)
    # DuckDB may cast values that a condition leaves out
    cast = "TRY_CAST" if compiler.dialect.name == "duckdb" else "CAST"
    divisor = EPOCHS.get(element.form)
    if divisor:
        moment = f"(TIMESTAMP '1970-01-01 00:00:00' + ({moment} / {divisor}) * INTERVAL '1 second')"
    elif element.form is TimeForm.TIMESTAMP_WITH_ZONE:
        moment = f"({moment} AT TIME ZONE 'UTC')"
    elif element.form is TimeForm.TEXT_MONTH:
        moment = f"{cast}({moment} || '-01' AS DATE)"
    elif element.form not in (TimeForm.TIMESTAMP, TimeForm.DATE):
        moment = f"{cast}({moment} AS TIMESTAMP)"
    return f"(CAST({moment} + ({minutes}) * INTERVAL '1 minute' AS DATE) - DATE '1970-01-01')"
