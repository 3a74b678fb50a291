"""The SQL that makes dates of what spreadsheets keep instead: numbers of days, 20261031, 31/10/2026."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kpi_engine.domain.models import ColumnType

_FIRST, _LAST = 20_000, 80_000
"""Days since 30 December 1899 that a business may mean: from 1954 to 2119."""
_OF_1904 = 1462
"""The days from 30 December 1899 to 1 January 1904."""
_EPOCH = "1899-12-30"
_JULIAN = "2415018.5"
_DAY_NUMBER = re.compile(r"(19|20|21)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_DAY_FIRST = re.compile(r"(\d\d)([/.-])(\d\d)\2(\d{4})( \d\d:\d\d(:\d\d)?)?")
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Derived:
    """A moment derived from another form: its SQL and type, the form in words, and what to look out for."""

    sql: str
    kind: ColumnType
    form: str
    caution: str = ""


def moment_of(values: Sequence[object], stored: str, dialect: str) -> Derived | None:
    """Return the SQL that makes moments of a stored column, told from some of its values.

    None where they aren't all of one form, or where the dialect isn't one whose SQL is known.
    """
    texts = [str(value).strip() for value in values if value is not None]
    if not texts or any(isinstance(value, bool) for value in values):
        return None
    if all(map(_DAY_NUMBER.fullmatch, texts)):
        return _of_day_numbers(stored, dialect)
    if all(map(_is_serial, texts)):
        is_whole = all(Decimal(text) % 1 == 0 for text in texts)
        return _of_serials(stored, dialect, is_whole=is_whole)
    return _of_written_days(texts, stored, dialect)


def _is_serial(text: str) -> bool:
    return re.fullmatch(r"\d{5}(\.\d+)?", text) is not None and _FIRST <= float(text) <= _LAST


def _of_serials(stored: str, dialect: str, *, is_whole: bool) -> Derived | None:
    """Days since 30 December 1899, the fraction being the time of day."""
    sql = {
        "sqlite": f"{'date' if is_whole else 'datetime'}({stored} + {_JULIAN})",
        "postgresql": f"date '{_EPOCH}' + cast({stored} as integer)"
        if is_whole
        else f"timestamp '{_EPOCH}' + round(cast({stored} as numeric) * 86400) * interval '1 second'",
        "duckdb": f"date '{_EPOCH}' + cast({stored} as integer)"
        if is_whole
        else f"timestamp '{_EPOCH}' + to_seconds(cast(round(cast({stored} as double) * 86400) as bigint))",
        "mysql": f"date_add(date '{_EPOCH}', interval cast({stored} as signed) day)"
        if is_whole
        else f"timestampadd(second, round({stored} * 86400), timestamp '{_EPOCH} 00:00:00')",
    }.get(_family(dialect))
    caution = (
        "In a workbook with the 1904 date system (older Excel for Mac) the days count from 1 January 1904:"
        f" write ({stored} + {_OF_1904}) for {stored} then."
    )
    kind: ColumnType = "date" if is_whole else "timestamp"
    return (
        Derived(sql, kind, "days since 30 December 1899, as spreadsheets count them", caution)
        if sql
        else None
    )


def _of_day_numbers(stored: str, dialect: str) -> Derived | None:
    text = f"cast({stored} as char(8))"
    parts = [f"substr({text}, 1, 4)", "'-'", f"substr({text}, 5, 2)", "'-'", f"substr({text}, 7, 2)"]
    return Derived(_joined(parts, dialect), "date", "numbers such as 20261031")


def _of_written_days(texts: Sequence[str], stored: str, dialect: str) -> Derived | None:
    found = [_DAY_FIRST.fullmatch(text) for text in texts]
    if not all(found):
        return None
    matches = [match for match in found if match]
    first, second = (max(int(match[place]) for match in matches) for place in (1, 3))
    if min(first, second) > _MONTHS:
        return None
    day, month = (4, 1) if second > _MONTHS else (1, 4)
    parts = [
        f"substr({stored}, 7, 4)",
        "'-'",
        f"substr({stored}, {month}, 2)",
        "'-'",
        f"substr({stored}, {day}, 2)",
    ]
    has_time = any(match[5] for match in matches)
    if has_time:
        parts += [f"substr({stored}, 11)"]
    form = "text such as 10/31/2026" if second > _MONTHS else "text such as 31/10/2026"
    caution = ""
    if max(first, second) <= _MONTHS:
        caution = (
            "Whether the day or the month comes first can't be told from the values; here it is the day."
        )
    return Derived(_joined(parts, dialect), "timestamp" if has_time else "date", form, caution)


def _joined(parts: Sequence[str], dialect: str) -> str:
    return f"concat({', '.join(parts)})" if _family(dialect) in ("mysql", "mssql") else " || ".join(parts)


def _family(dialect: str) -> str:
    return "mysql" if dialect == "mariadb" else dialect
