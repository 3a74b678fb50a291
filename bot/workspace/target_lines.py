"""The lines of a table of targets: what each cell with a number in it is the target of, still as text.

Two layouts are read. Long: one target a row, with columns for the metric, the month and the value. Wide: the
months as columns, and a row for each metric, member or both. Columns named like a metric hold its values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from bot.workspace.target_rules import is_target_period
from bot.workspace.target_sheets import Sheet, SheetRow, Value
from bot.workspace.targets import month_ahead
from kpi_engine import fold, near_names, parse_period, parts, vocabulary_of
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import UNKNOWN_FISCAL_YEAR, FiscalYear, Grain, Period, period_of
from kpi_engine.domain.translatable import said

T = TypeVar("T")

_METRIC = frozenset({"metric", "metrics", "kpi", "measure", "indicator", "metriek", "maatstaf", "cijfer"})
_MONTH = frozenset({"month", "period", "date", "maand", "periode", "datum"})
_YEAR = frozenset({"year", "jaar"})
_VALUE = frozenset(
    {
        *("value", "target", "targets", "amount", "quota", "goal", "number"),
        *("waarde", "doel", "doelen", "bedrag", "streefwaarde", "getal"),
    }
)
_IGNORED = frozenset(
    {"comment", "comments", "note", "notes", "remark", "remarks", "total", "currency"}
    | {"opmerking", "opmerkingen", "nota", "totaal", "munt", "valuta"}
)
_EMPTY = frozenset({"-", "–", "—", "n/a", "nvt", "n.v.t."})
"""What people type into a cell that has no number."""

_YEAR_FIRST = re.compile(r"(20\d\d)[-/. ]?(\d\d?)(?:-0?1(?:[ T]00:00(?::00)?)?)?")
_YEAR_LAST = re.compile(r"(?:0?1[-/.])?(\d\d?)[-/. ](20\d\d)")
"""With or without the first day of the month before it."""
_SHORT_YEAR = re.compile(r"([^\W\d_]+)\.?[-/ '’]*(\d\d)")
_JOINED = re.compile(r"([^\W\d_]+)\.?[-/]?(20\d\d)")
_NEAR = 60


@dataclass(frozen=True, slots=True)
class TargetLine:
    """A target as the file has it: its row, the title of its column, and the cells that say what it is for.

    `month` is a cell, or the period of the column's title. `members` holds a cell for each dimension that one
    is filled in for.
    """

    row: int
    column: str
    metric: str
    month: Value | Period
    value: Value
    members: Mapping[str, str]


@dataclass(slots=True)
class _Columns:
    """What the columns of a table hold, by their places."""

    metric: int | None = None
    month: int | None = None
    year: int | None = None
    value: int | None = None
    dimensions: dict[int, str] = field(default_factory=dict)
    months: dict[int, Period] = field(default_factory=dict)
    metrics: dict[int, str] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=dict)


def lines_of(sheet: Sheet, catalogue: Catalogue, today: date, metric: str = "") -> tuple[TargetLine, ...]:
    """Return the targets of a table; `metric` is what they are of where no column says it.

    Raises QueryError where the header can't be read.
    """
    columns = _columns(sheet.header, catalogue, today)
    _require_complete(columns, metric)
    return tuple(line for row in sheet.rows for line in _lines(row, columns, metric))


def period_meant(
    typed: Value | Period, today: date, fiscal_year: FiscalYear = UNKNOWN_FISCAL_YEAR
) -> Period | None:
    """Return the month, quarter or year that a cell means; None for anything else.

    A name without a year is this month or quarter, or the next one with that name.
    """
    if isinstance(typed, Period):
        return typed
    if isinstance(typed, date):
        return period_of(Grain.MONTH, typed) if typed.day == 1 else None
    text = _text(typed)
    if found := _YEAR_FIRST.fullmatch(text):
        return _month(int(found[1]), int(found[2]))
    if found := _YEAR_LAST.fullmatch(text):
        return _month(int(found[2]), int(found[1]))
    if found := _SHORT_YEAR.fullmatch(text):
        text = f"{found[1]} 20{found[2]}"
    elif found := _JOINED.fullmatch(text):
        text = f"{found[1]} {found[2]}"
    try:
        period = month_ahead(text, today) or parse_period(text, today, fiscal_year)
    except QueryError:
        return None
    return period if is_target_period(period) else None


def metric_of(typed: str, catalogue: Catalogue) -> str | None:
    """Return the metric that a text names, by its name, an alias or its title; None without one."""
    found = vocabulary_of(catalogue).metrics.get(tuple(parts(typed)))
    if found is not None:
        return found
    titles = {
        fold(title): name
        for name, metric in catalogue.metrics.items()
        for title in (metric.title.en, metric.title.nl)
    }
    return titles.get(fold(typed)) if typed else None


def _month(year: int, month: int) -> Period | None:
    is_month = 1 <= month <= 12  # noqa: PLR2004 - the months of a year
    return period_of(Grain.MONTH, date(year, month, 1)) if is_month else None


def _text(value: Value) -> str:
    """Return a cell as a person would type it: a whole number without decimals."""
    if isinstance(value, float):
        return f"{value:g}" if value.is_integer() else repr(value)
    return "" if value is None else str(value)


def is_empty(value: Value) -> bool:
    """Whether a cell stands for no target."""
    return value is None or (isinstance(value, str) and fold(value) in _EMPTY)


# the header


def _columns(header: SheetRow, catalogue: Catalogue, today: date) -> _Columns:
    columns = _Columns()
    for place, cell in enumerate(header.cells):
        if cell is not None:
            columns.titles[place] = _text(cell)
            _place(place, cell, columns, catalogue, today)
    return columns


def _place(place: int, cell: Value, columns: _Columns, catalogue: Catalogue, today: date) -> None:
    """Note what a column holds. Raises QueryError if its title says nothing, or the same as another one's."""
    title = _text(cell)
    name = fold(title)
    for field_name, words in (("metric", _METRIC), ("month", _MONTH), ("year", _YEAR), ("value", _VALUE)):
        if name in words:
            if getattr(columns, field_name) is not None:
                raise _twice(title)
            setattr(columns, field_name, place)
            return
    dimension = _dimension(title, catalogue)
    month, metric = period_meant(cell, today, catalogue.fiscal_year), metric_of(title, catalogue)
    if dimension is not None:
        _add(columns.dimensions, place, dimension, title)
    elif month is not None:
        _add(columns.months, place, month, title)
    elif metric is not None:
        _add(columns.metrics, place, metric, title)
    elif name not in _IGNORED:
        raise _unknown_column(title, catalogue)


def _add(known: dict[int, T], place: int, value: T, title: str) -> None:
    if value in known.values():
        raise _twice(title)
    known[place] = value


def _dimension(title: str, catalogue: Catalogue) -> str | None:
    found = vocabulary_of(catalogue).dimensions.get(tuple(parts(title)))
    if found is not None:
        return found
    titles = {
        fold(word): name
        for name, entry in catalogue.dimensions.items()
        for word in (entry.title.en, entry.title.nl)
    }
    return titles.get(fold(title))


def _twice(title: str) -> QueryError:
    return QueryError(said("Two columns mean the same: “{title}”.", title=title), hint="Keep one of them.")


def _unknown_column(title: str, catalogue: Catalogue) -> QueryError:
    known = ["metric", "month", "value", *catalogue.dimensions, *catalogue.metrics]
    near = near_names(fold(title), known, 1, _NEAR)
    if near:
        return QueryError(
            said("I don't know the column “{title}”.", title=title),
            hint=said("Did you mean {name}? Rename it, or remove it.", name=near[0]),
        )
    return QueryError(
        said("I don't know the column “{title}”.", title=title),
        hint="Columns are metric, month, value and names such as rep or region; or months, such as 2027-01.",
    )


def _require_complete(columns: _Columns, metric: str) -> None:
    """Raise QueryError where a table lacks what every target needs."""
    if columns.months and (columns.month is not None or columns.value is not None or columns.metrics):
        raise QueryError(
            "That table has months both as columns and in rows.",
            hint="Use a column month with a column value, or a column for each month.",
        )
    if not columns.months and columns.month is None:
        raise QueryError(
            "That table has no months.",
            hint="Add a column month, or a column for each month, such as 2027-01.",
        )
    if not columns.months and columns.value is None and not columns.metrics:
        raise QueryError("That table has no column with the targets.", hint="Call it value.")
    if columns.metric is None and not columns.metrics and not metric:
        raise QueryError(
            "That table doesn't say which metric its targets are for.",
            hint="Add a column metric, or write the metric's name beside the file.",
        )


# the rows


def _lines(row: SheetRow, columns: _Columns, metric: str) -> Iterator[TargetLine]:
    members = {
        dimension: _text(cell)
        for place, dimension in columns.dimensions.items()
        if not is_empty(cell := row.cell(place))
    }
    named = "" if columns.metric is None else _text(row.cell(columns.metric))
    values: list[tuple[int, str, Value | Period]] = []
    if columns.months:
        values = [(place, named or metric, month) for place, month in columns.months.items()]
    else:
        month = _month_cell(row, columns)
        if columns.value is not None:
            values.append((columns.value, named or metric, month))
        values += [(place, name, month) for place, name in columns.metrics.items()]
    for place, name, period in values:
        value = row.cell(place)
        if not is_empty(value):
            yield TargetLine(row.number, columns.titles[place], name, period, value, members)


def _month_cell(row: SheetRow, columns: _Columns) -> Value:
    """Return the month of a row, with the year of its own column where there is one."""
    month = None if columns.month is None else row.cell(columns.month)
    year = None if columns.year is None else row.cell(columns.year)
    if year is None or month is None or isinstance(month, date):
        return month
    text = _text(month)
    return f"{_text(year)}-{int(text):02}" if text.isdecimal() else f"{text} {_text(year)}"
