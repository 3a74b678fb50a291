"""Inspect the tables of a database that isn't mapped yet, by small and bounded reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from sqlalchemy import ColumnElement, Select, TableClause, column, func, literal_column, select, table

from kpi_engine.database.table_schema import ColumnPicture, DatabasePicture, TablePicture
from kpi_engine.database.warehouse import Row
from kpi_engine.domain.errors import DataError, WarehouseError
from kpi_engine.sql.exact_text import exactly

_SAMPLE_ROWS = 2_000
_LONGEST_LIST = 200
"""Values that are looked up in another table to prove a link."""

Known = TypeVar("Known")

_ISO = re.compile(r"\d{4}-\d{2}(-\d{2}([ T]\d{2}:\d{2}.*)?)?$")
_DAY_FIRST = re.compile(r"(\d{2})[/.-](\d{2})[/.-]\d{4}")
_FIRST_EPOCH, _LAST_EPOCH = 300_000_000, 5_000_000_000
_FIRST_DAY_NUMBER, _LAST_DAY_NUMBER = 19_000_101, 21_001_231
_MONTHS = 12
_HEAD = 4096


class Stored(StrEnum):
    """How the values of a column are stored, as far as a sample tells."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TEXT_MOMENT = "text such as 2026-10-01"
    TEXT_DAY_FIRST = "text such as 31/10/2026"
    TEXT_MONTH_FIRST = "text such as 10/31/2026"
    DAY_NUMBER = "number such as 20261031"
    EPOCH_SECONDS = "seconds since 1970"
    EPOCH_MILLISECONDS = "milliseconds since 1970"
    BINARY = "binary"
    EMPTY = "nothing"


MOMENTS = frozenset(
    {
        Stored.DATE,
        Stored.TIMESTAMP,
        Stored.TEXT_MOMENT,
        Stored.TEXT_DAY_FIRST,
        Stored.TEXT_MONTH_FIRST,
        Stored.DAY_NUMBER,
    }
)
"""Forms that are moments whatever the column's name; numbers since 1970 need a name that says so."""

_NEARLY_ALL = 0.9
"""From this share on, the values of another kind are taken for mistakes."""

EPOCHS = frozenset({Stored.EPOCH_SECONDS, Stored.EPOCH_MILLISECONDS})


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """A column as its sample shows it. `values` are the distinct ones found; `nulls` is a share, 0 to 1.

    `is_sure` is False where the order of day and month can't be told.
    """

    column: ColumnPicture
    stored: Stored
    values: tuple[object, ...]
    nulls: float
    rows: int
    is_sure: bool = True

    @property
    def is_numeric(self) -> bool:
        """Whether sums of it make sense as far as its type tells."""
        return self.stored is Stored.NUMBER or (self.stored is Stored.EMPTY and self.column.kind == "number")

    @property
    def numbers(self) -> tuple[float, ...]:
        """The sample's values as numbers."""
        return tuple(float(value) for value in self.values if isinstance(value, int | float | Decimal))

    @property
    def has_time_of_day(self) -> bool:
        """Whether any moment of the sample isn't at midnight."""
        return any(
            (value.hour, value.minute, value.second) != (0, 0, 0)
            if isinstance(value, datetime)
            else isinstance(value, str) and bool(re.search(r"\d{2}:\d{2}", value)) and "00:00:00" not in value
            for value in self.values
        )


class Inspectable(Protocol):
    """A database that can be read, with its tables."""

    def picture(self) -> DatabasePicture:
        """Return what the database says about its tables."""
        ...

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        """Return the rows of a SELECT."""
        ...


class Inspection:
    """The facts of one database, each read once, when asked for."""

    def __init__(self, warehouse: Inspectable) -> None:
        """Read what the database says about its tables. Raises WarehouseError."""
        self._warehouse = warehouse
        self.picture = warehouse.picture()
        self._known: dict[tuple[object, ...], Any] = {}

    def profiles(self, entry: TablePicture) -> dict[str, ColumnProfile]:
        """Return each column as some rows show it; nothing where the table can't be read."""
        return self._once(("profiles", entry), lambda: self._profiles(entry), {})

    def rows(self, entry: TablePicture) -> int:
        """Return the number of rows; 0 where that can't be told."""
        counted = select(func.count()).select_from(_source(entry))
        return self._once(("rows", entry), lambda: int(self._warehouse.read(counted)[0][0]), 0)

    def is_unique(self, entry: TablePicture, columns: tuple[str, ...]) -> bool:
        """Whether the columns together tell all rows apart and are never empty."""
        return self._once(("unique", entry, columns), lambda: self._is_unique(entry, columns), False)

    def frequencies(self, entry: TablePicture, name: str, limit: int = 30) -> tuple[tuple[object, int], ...]:
        """Return the most frequent values of a column with their counts, most frequent first."""
        values: ColumnElement[Any] = column(name)
        counted = (
            select(values, func.count().label("times"))
            .select_from(_source(entry))
            .group_by(exactly(values))
            .order_by(func.count().desc())
            .limit(limit)
        )

        def read() -> tuple[tuple[object, int], ...]:
            return tuple((row[0], int(row[1])) for row in self._warehouse.read(counted))

        return self._once(("frequencies", entry, name), read, ())

    def missing(
        self, entry: TablePicture, name: str, target: TablePicture, target_name: str
    ) -> tuple[object, ...] | None:
        """Return the values of a column that another table's lacks; None where none can be compared."""
        profile = self.profiles(entry).get(name)
        values = profile.values[:_LONGEST_LIST] if profile else ()
        if not values:
            return None
        other: ColumnElement[Any] = column(target_name)
        found = select(other).select_from(_source(target)).where(other.in_(values)).group_by(exactly(other))

        def read() -> tuple[object, ...]:
            present = {row[0] for row in self._warehouse.read(found)}
            return tuple(value for value in values if value not in present)

        return self._once(("missing", entry, name, target, target_name), read, None)

    def total(self, entry: TablePicture, expression: str) -> float | None:
        """Return the sum of an SQL expression over a table; None where it can't be computed."""
        summed: Select[Any] = select(func.sum(literal_column(expression))).select_from(_source(entry))
        read = lambda: float(self._warehouse.read(summed)[0][0] or 0)  # noqa: E731 - named for `_once` only
        return self._once(("total", entry, expression), read, None)

    def newest(self, entry: TablePicture, expression: str) -> object:
        """Return the greatest value of an SQL expression over a table; None where it can't be computed."""
        latest: Select[Any] = select(func.max(literal_column(expression))).select_from(_source(entry))
        return self._once(("newest", entry, expression), lambda: self._warehouse.read(latest)[0][0], None)

    def pairs(
        self, entry: TablePicture, expressions: tuple[str, ...], limit: int, where: str | None = None
    ) -> tuple[Row, ...]:
        """Return some rows of SQL expressions over a table; nothing where they can't be computed."""
        columns: list[ColumnElement[Any]] = [
            literal_column(sql).label(f"c{i}") for i, sql in enumerate(expressions)
        ]
        some: Select[Any] = select(*columns)
        some = some.select_from(_source(entry)).limit(limit)
        if where:
            some = some.where(literal_column(f"({where})"))
        return self._once(("pairs", entry, expressions, where), lambda: tuple(self._warehouse.read(some)), ())

    def _once(self, key: tuple[object, ...], read: Callable[[], Known], otherwise: Known) -> Known:
        if key not in self._known:
            try:
                self._known[key] = read()
            except (DataError, WarehouseError):
                self._known[key] = otherwise  # a table without rights or too large proves nothing
        return self._known[key]  # type: ignore[no-any-return]  # what was kept is what `read` gave

    def _profiles(self, entry: TablePicture) -> dict[str, ColumnProfile]:
        readable = [part for part in entry.columns if part.kind != "binary"]
        columns: list[ColumnElement[Any]] = [
            column(part.name).label(f"c{index}") for index, part in enumerate(readable)
        ]
        rows = self._warehouse.read(select(*columns).select_from(_source(entry)).limit(_SAMPLE_ROWS))
        return {
            part.name: _profile(part, [row[index] for row in rows]) for index, part in enumerate(readable)
        }

    def _is_unique(self, entry: TablePicture, columns: tuple[str, ...]) -> bool:
        parts: list[ColumnElement[Any]] = [column(name) for name in columns]
        empty = select(func.count()).select_from(_source(entry))
        for part in parts:
            empty = empty.where(part.is_not(None))
        groups = select(*parts).select_from(_source(entry)).group_by(*map(exactly, parts))
        twice = groups.having(func.count() > 1).limit(1)
        return int(self._warehouse.read(empty)[0][0]) == self.rows(entry) and not self._warehouse.read(twice)


def _source(entry: TablePicture) -> TableClause:
    return table(entry.name, schema=entry.schema)


def _profile(part: ColumnPicture, values: list[object]) -> ColumnProfile:
    filled = [value for value in values if value not in (None, "")]
    shown = [value[:_HEAD] if isinstance(value, str) else value for value in filled]
    distinct = _usual(tuple(dict.fromkeys(value for value in shown if value.__hash__ is not None)))
    stored, is_sure = _stored(part, distinct)
    share = 1 - len(filled) / len(values) if values else 0.0
    return ColumnProfile(part, stored, distinct, share, len(values), is_sure)


def _usual(values: tuple[object, ...]) -> tuple[object, ...]:
    """Return the values without the few that are no dates among dates, or no numbers among numbers.

    Drivers give a date that Python can't hold as text.
    """
    kinds = (lambda value: isinstance(value, date), _is_number, _is_iso)
    for is_kind in kinds:
        alike = tuple(value for value in values if is_kind(value))
        if alike and len(alike) >= _NEARLY_ALL * len(values):
            return alike
    return values


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_iso(value: object) -> bool:
    return isinstance(value, str) and bool(_ISO.match(value.strip()))


def _stored(part: ColumnPicture, values: tuple[object, ...]) -> tuple[Stored, bool]:
    if not values:
        declared = {"date": Stored.DATE, "timestamp": Stored.TIMESTAMP}
        return declared.get(part.kind, Stored.EMPTY), True
    plain = ((datetime, Stored.TIMESTAMP), (date, Stored.DATE), (bool, Stored.FLAG))
    for kind, stored in plain:
        if all(isinstance(value, kind) for value in values):
            return stored, True
    if all(isinstance(value, int | float | Decimal) for value in values):
        return _number(values), True
    if all(isinstance(value, str) for value in values):
        return _text([str(value).strip() for value in values])
    return (Stored.BINARY if any(isinstance(value, bytes) for value in values) else Stored.TEXT), True


def _number(values: tuple[object, ...]) -> Stored:
    numbers = [float(str(value)) for value in values]
    low, high = min(numbers), max(numbers)
    if any(number % 1 for number in numbers):
        return Stored.NUMBER
    if low >= _FIRST_DAY_NUMBER and high <= _LAST_DAY_NUMBER and all(_is_day(number) for number in numbers):
        return Stored.DAY_NUMBER
    if low >= _FIRST_EPOCH and high <= _LAST_EPOCH:
        return Stored.EPOCH_SECONDS
    if low >= _FIRST_EPOCH * 1000 and high <= _LAST_EPOCH * 1000:
        return Stored.EPOCH_MILLISECONDS
    return Stored.NUMBER


def _is_day(number: float) -> bool:
    text = f"{number:.0f}"
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def _text(values: list[str]) -> tuple[Stored, bool]:
    if all(_ISO.match(value) for value in values):
        return Stored.TEXT_MOMENT, True
    parts = [_DAY_FIRST.match(value) for value in values]
    if not all(parts):
        return Stored.TEXT, True
    first = max(int(part[1]) for part in parts if part)
    second = max(int(part[2]) for part in parts if part)
    if first > _MONTHS and second > _MONTHS:
        return Stored.TEXT, True
    return (Stored.TEXT_MONTH_FIRST if second > _MONTHS else Stored.TEXT_DAY_FIRST), max(
        first, second
    ) > _MONTHS
