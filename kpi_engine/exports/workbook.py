"""Answers as a workbook for a spreadsheet: numbers as numbers, and what they are on a sheet of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from kpi_engine.domain.answer import Answer
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.metrics import Unit
from kpi_engine.domain.translatable import said
from kpi_engine.exports.tables import FIGURES, Row, dimensions_of, rows_of

ROWS = 1_048_575
"""Rows that a sheet has under its header."""
_WIDEST, _NARROWEST = 48, 9
_HEADER = {"bold": True, "bottom": 1}
_DAY = "yyyy-mm-dd"
_TOO_LONG = 10**15
"""A spreadsheet keeps fifteen digits of a number."""
_IN_UNIT = ("value", "low", "high")

_PATTERNS: Mapping[Unit, str] = {
    "share": "0.0%",
    "score": "+0.0;-0.0;0",
    "ratio": "0.00",
    "days": "0.0",
    "count": "#,##0",
}

_Cell = str | float | date | None


@dataclass(frozen=True, slots=True)
class Labels:
    """The words of a workbook in one language.

    `columns` holds the title of every column by its name as in a CSV file, and of each dimension;
    `about` the lines of the second sheet. The others name the sheets and a member's key.
    """

    columns: Mapping[str, str]
    metrics: Mapping[str, str]
    about: Sequence[tuple[str, str]]
    figures: str
    about_title: str
    key: str


def workbook(answers: Sequence[Answer], labels: Labels) -> bytes:
    """Return answers to one question as an XLSX file: a row for each metric, group and period, never cut.

    Text is stored as text whatever it begins with, so that no name is a formula. `through` is the last
    day that is included. Raises QueryError where a sheet has too few rows.
    """
    import xlsxwriter  # noqa: PLC0415 - not before somebody wants a workbook

    rows = list(rows_of(answers))
    if len(rows) > ROWS:
        raise QueryError(
            said("These are {count} rows, more than a sheet has.", count=len(rows)),
            hint="Ask for csv, or for a shorter period.",
        )
    content = BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "default_date_format": _DAY})
    _figures_sheet(book, rows, dimensions_of(answers), labels)
    _about_sheet(book, labels)
    book.close()
    return content.getvalue()


def _figures_sheet(book: Any, rows: Sequence[Row], by: Sequence[str], labels: Labels) -> None:
    sheet = book.add_worksheet(labels.figures[:31])
    keyed = [name for name in by if any(_is_telling(row, name) for row in rows)]
    titles = [labels.columns[name] for name in ("metric", "from", "through", *by)]
    titles += [labels.columns[name] for name in FIGURES]
    titles += [f"{labels.columns[name]} ({labels.key})" for name in keyed]
    header = book.add_format(_HEADER)
    widths = [max(_NARROWEST, len(title) + 2) for title in titles]
    for place, title in enumerate(titles):
        sheet.write_string(0, place, title, header)
    formats = {pattern: book.add_format({"num_format": pattern}) for pattern in _patterns(rows)}
    for at, row in enumerate(rows, start=1):
        for place, (cell, pattern) in enumerate(_cells(row, by, keyed, labels)):
            _write(sheet, at, place, cell, formats.get(pattern))
            if isinstance(cell, str):
                widths[place] = min(_WIDEST, max(widths[place], len(cell) + 2))
    for place, width in enumerate(widths):
        sheet.set_column(place, place, max(width, 12) if place in (1, 2) else width)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(rows), len(titles) - 1)


def _about_sheet(book: Any, labels: Labels) -> None:
    sheet = book.add_worksheet(labels.about_title[:31])
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for at, (name, text) in enumerate(labels.about):
        sheet.write_string(at, 0, name, bold)
        sheet.write_string(at, 1, text, wrapped)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)


def _is_telling(row: Row, name: str) -> bool:
    """Whether a member's key says more than its name."""
    key = row.keys.get(name)
    return key is not None and str(key) != row.labels.get(name)


def _cells(row: Row, by: Sequence[str], keyed: Sequence[str], labels: Labels) -> Iterator[tuple[_Cell, str]]:
    """Yield each cell with the pattern of its number."""
    metric, period = row.answer.metric, row.period
    yield labels.metrics[metric], ""
    yield period.start, _DAY
    yield (period.end - timedelta(days=1) if period.end else None), _DAY
    for name in by:
        yield row.labels.get(name), ""
    for name, cell in zip(FIGURES, row.figures(), strict=True):
        yield (cell if isinstance(cell, str | int | float) else None), _pattern(row, name)
    for name in keyed:
        key = row.keys.get(name)
        is_long = isinstance(key, int) and abs(key) >= _TOO_LONG
        yield (str(key), "") if is_long else (key, "0" if isinstance(key, int) else "")


def _write(sheet: Any, at: int, place: int, cell: _Cell, form: Any) -> None:
    match cell:
        case None:
            return
        case str():
            sheet.write_string(at, place, cell)
        case date():
            sheet.write_datetime(at, place, cell, form)
        case _:
            sheet.write_number(at, place, cell, form)


def _patterns(rows: Sequence[Row]) -> set[str]:
    return {_DAY, "0", *(_pattern(row, name) for row in rows for name in FIGURES)}


def _pattern(row: Row, name: str) -> str:
    """Return how a number of a column is shown: in the metric's unit, or as what it is made of."""
    unit: Unit = row.answer.unit
    if name not in _IN_UNIT:
        part = row.figure.numerator if name == "numerator" else row.figure.denominator
        return "#,##0" if part is None or float(part).is_integer() else "#,##0.00"
    if unit == "money":
        return f'#,##0.00 "{row.answer.currency or "EUR"}"'
    return _PATTERNS[unit]
