"""Answers as a workbook: numbers as numbers, and what they mean on a second sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

from kpi_engine.domain.answer import Answer
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.metrics import Unit
from kpi_engine.domain.translatable import said
from kpi_engine.domain.visible_text import visible
from kpi_engine.exports.frame import answer_frame
from kpi_engine.exports.rows import FIGURES, IN_UNIT, dimensions_of

if TYPE_CHECKING:
    import pandas as pd

_ROWS = 1_048_575
"""Rows that a sheet has under its header."""
_WIDEST, _NARROWEST = 48, 9
_HEADER = {"bold": True, "bottom": 1}
_DAY = "yyyy-mm-dd"
_TOO_LONG = 10**15
"""A spreadsheet keeps fifteen digits of a number."""

_PATTERNS: Mapping[Unit, str] = {
    "share": "0.0%",
    "score": "+0.0;-0.0;0",
    "ratio": "0.00",
    "days": "0.0",
    "count": "#,##0",
}

_Cell = str | float | bool | date | None
_Row = Mapping[str, Any]
"""The cells of one row of the frame, by column."""


@dataclass(frozen=True, slots=True)
class WorkbookLabels:
    """The words of a workbook in one language.

    `columns` holds the title of every column by its name as in a CSV file, and of each dimension;
    `about` the lines of the second sheet, `verdicts` the words of verdicts by those of a CSV file; `remarks`
    what a cost of each metric without a ratio lacks. The others name the sheets, a member's key and the
    column of remarks.
    """

    columns: Mapping[str, str]
    metrics: Mapping[str, str]
    about: Sequence[tuple[str, str]]
    figures: str
    about_title: str
    key: str
    remark: str
    verdicts: Mapping[str, str]
    remarks: Mapping[str, str] = field(default_factory=dict)


def workbook(answers: Sequence[Answer], labels: WorkbookLabels) -> bytes:
    """Return answers to one question as an XLSX file: a row for each metric, group and period, never cut.

    Text is stored as text whatever it begins with, so that no name is a formula. `through` is the last
    day that is included. Raises QueryError where a sheet has too few rows.
    """
    import xlsxwriter

    frame = answer_frame(answers)
    if len(frame) > _ROWS:
        raise QueryError(
            said("The answer has {count} rows, more than a sheet can hold.", count=len(frame)),
            hint="Ask for csv, or for a shorter period.",
        )
    content = BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "default_date_format": _DAY})
    units = {answer.metric: answer.unit for answer in answers}
    _figures_sheet(book, _rows(frame), dimensions_of(answers), units, labels)
    _about_sheet(book, labels)
    book.close()
    return content.getvalue()


def _rows(frame: pd.DataFrame) -> list[_Row]:
    """Return a frame's rows as plain values by column; None is what is missing."""
    cells = frame.astype(object).where(frame.notna(), None)
    for name in ("start", "end"):
        cells[name] = [None if moment is None else moment.date() for moment in cells[name]]
    return [dict(zip(cells.columns, row, strict=True)) for row in cells.itertuples(index=False, name=None)]


def _figures_sheet(
    book: Any, rows: Sequence[_Row], by: Sequence[str], units: Mapping[str, Unit], labels: WorkbookLabels
) -> None:
    sheet = book.add_worksheet(labels.figures[:31])
    keyed = [name for name in by if any(_is_telling(row, name) for row in rows)]
    titles = [labels.columns[name] for name in ("metric", "from", "through", *by)]
    titles += [labels.columns[name] for name in FIGURES]
    has_remarks = any(row["remark"] for row in rows)
    titles += [labels.remark] * has_remarks
    titles += [f"{labels.columns[name]} ({labels.key})" for name in keyed]
    header = book.add_format(_HEADER)
    widths = [max(_NARROWEST, len(title) + 2) for title in titles]
    for place, title in enumerate(titles):
        sheet.write_string(0, place, title, header)
    formats = {pattern: book.add_format({"num_format": pattern}) for pattern in _patterns(rows, units)}
    for at, row in enumerate(rows, start=1):
        cells = _cells(row, by, keyed, units, labels, has_remarks=has_remarks)
        for place, (cell, pattern) in enumerate(cells):
            _write(sheet, at, place, cell, formats.get(pattern))
            if isinstance(cell, str):
                widths[place] = min(_WIDEST, max(widths[place], len(cell) + 2))
    for place, width in enumerate(widths):
        sheet.set_column(place, place, max(width, 12) if place in (1, 2) else width)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(rows), len(titles) - 1)


def _about_sheet(book: Any, labels: WorkbookLabels) -> None:
    sheet = book.add_worksheet(labels.about_title[:31])
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for at, (name, text) in enumerate(labels.about):
        sheet.write_string(at, 0, name, bold)
        sheet.write_string(at, 1, text, wrapped)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 100)


def _is_telling(row: _Row, name: str) -> bool:
    """Whether a member's key says more than its name."""
    key = row[f"{name}_key"]
    return key is not None and str(key) != row[name]


def _cells(
    row: _Row,
    by: Sequence[str],
    keyed: Sequence[str],
    units: Mapping[str, Unit],
    labels: WorkbookLabels,
    *,
    has_remarks: bool,
) -> Iterator[tuple[_Cell, str]]:
    """Yield each cell with the pattern of its number."""
    yield labels.metrics[row["metric"]], ""
    yield row["start"], _DAY
    yield (row["end"] - timedelta(days=1) if row["end"] else None), _DAY
    for name in by:
        yield row[name], ""
    for name in FIGURES:
        cell = row[name]
        yield labels.verdicts.get(cell, cell) if name == "verdict" else cell, _pattern(row, name, units)
    if has_remarks:
        yield (labels.remarks[row["metric"]] if row["remark"] else None), ""
    for name in keyed:
        key = row[f"{name}_key"]
        is_long = isinstance(key, int) and abs(key) >= _TOO_LONG
        yield (str(key), "") if is_long else (key, "0" if isinstance(key, int) else "")


def _write(sheet: Any, at: int, place: int, cell: _Cell, form: Any) -> None:
    match cell:
        case None:
            return
        case str():
            sheet.write_string(at, place, visible(cell))
        case bool():
            sheet.write_boolean(at, place, cell)
        case date():
            sheet.write_datetime(at, place, cell, form)
        case _:
            sheet.write_number(at, place, cell, form)


def _patterns(rows: Sequence[_Row], units: Mapping[str, Unit]) -> Sequence[str]:
    used = (_pattern(row, name, units) for row in rows for name in FIGURES)
    return list(dict.fromkeys((_DAY, "0", *used)))


def _pattern(row: _Row, name: str, units: Mapping[str, Unit]) -> str:
    """Return how a number of a column is shown: in the metric's unit, or as what it is made of."""
    if name not in IN_UNIT:
        part = row[name]
        return "#,##0.00" if isinstance(part, float) and not part.is_integer() else "#,##0"
    unit = units[row["metric"]]
    if unit == "money":
        return f'#,##0.00 "{row["currency"] or "EUR"}"'
    return _PATTERNS[unit]
