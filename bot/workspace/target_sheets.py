"""A file of targets as rows of cells: CSV, TSV or XLSX, in the forms that spreadsheets save."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.translatable import said

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

LARGEST_FILE = 2_000_000
"""Bytes of a file."""
_LARGEST_UNPACKED = 50_000_000
"""Bytes of a workbook's parts."""
_MOST_ROWS, _MOST_COLUMNS = 5_000, 200
_DELIMITERS = ";\t,|"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ENDINGS = (".csv", ".tsv", ".xlsx")

Value = str | float | date | None
"""A cell: text without spaces around it, a number, a day, or nothing."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that isn't empty, with its number (1 is the first of the file)."""

    number: int
    cells: tuple[Value, ...]

    def cell(self, place: int) -> Value:
        """Return the cell of a column, None beyond the last one."""
        return self.cells[place] if place < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The header of a table and the rows under it."""

    header: SheetRow
    rows: tuple[SheetRow, ...]


def read_sheet(name: str, content: bytes) -> Sheet:
    """Return the table in a file; of a workbook, the one on its first sheet that isn't empty.

    Formulas count as the values that were saved with them. Raises QueryError for what is no such file, too
    large or without a header of its own.
    """
    ending = PurePath(name.lower()).suffix
    if ending not in _ENDINGS:
        raise QueryError(
            "I read targets from CSV, TSV and XLSX files only.",
            hint="In Excel or Google Sheets, save or download the sheet as one of these.",
        )
    if len(content) > LARGEST_FILE:
        raise too_large()
    rows = list(_workbook_rows(content) if ending == ".xlsx" else _text_rows(_decoded(content)))
    if not rows:
        raise QueryError("That file is empty.", hint="Its first row names the columns: metric, month, value.")
    if len(rows) > _MOST_ROWS or max(len(row.cells) for row in rows) > _MOST_COLUMNS:
        raise QueryError(
            said(
                "That table has more than {rows} rows or {columns} columns.",
                rows=_MOST_ROWS,
                columns=_MOST_COLUMNS,
            ),
            hint="Split it into several files.",
        )
    return Sheet(rows[0], tuple(rows[1:]))


def too_large() -> QueryError:
    """Return the refusal of a file that is too large to be one of targets."""
    return QueryError(
        said("That file is larger than {size} MB.", size=LARGEST_FILE // 1_000_000),
        hint="Keep only the sheet with the targets.",
    )


# text


def _decoded(content: bytes) -> str:
    if content.startswith(_UTF_16):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # what Excel saves as "CSV" in Western Europe


def _text_rows(text: str) -> Iterator[SheetRow]:
    lines = text.splitlines(keepends=True)
    delimiter, skipped = _delimiter(lines)
    reader = csv.reader(io.StringIO("".join(lines[skipped:]), newline=""), delimiter=delimiter)
    while True:
        first = reader.line_num + skipped + 1
        try:
            cells = next(reader, None)
        except csv.Error as wrong:
            raise QueryError(
                said("Row {row} of that file can't be read.", row=first),
                hint="Save it again as CSV (UTF-8) or XLSX.",
            ) from wrong
        if cells is None:
            return
        row = tuple(_tidy(cell) for cell in cells)
        if any(cell is not None for cell in row):
            yield SheetRow(first, row)


def _delimiter(lines: Sequence[str]) -> tuple[str, int]:
    """Return what separates the cells, and how many lines before the table only say so (Excel's sep=;)."""
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == len("sep=;"):
        return lines[0].strip()[-1], 1
    header = next((line for line in lines if line.strip()), "")
    outside = "".join(header.split('"')[::2])
    return max(_DELIMITERS, key=outside.count), 0


def _tidy(text: str) -> str | None:
    """Return a text with plain spaces, None for nothing."""
    return " ".join(text.replace("\ufeff", "").split()) or None


# workbooks


def _workbook_rows(content: bytes) -> Iterator[SheetRow]:
    import openpyxl

    try:
        with ZipFile(io.BytesIO(content)) as parts:
            if sum(entry.file_size for entry in parts.infolist()) > _LARGEST_UNPACKED:
                raise too_large()
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    except (BadZipFile, KeyError, ValueError, TypeError, OSError) as wrong:
        raise QueryError(
            "That workbook can't be opened.", hint="Save it again as XLSX, without a password."
        ) from wrong
    for sheet in book.worksheets:
        rows = [row for row in _sheet_rows(sheet) if any(cell is not None for cell in row.cells)]
        if rows:
            _refuse_merged(sheet, rows[0].number)
            yield from rows
            return


def _sheet_rows(sheet: Worksheet) -> Iterator[SheetRow]:
    columns = min(sheet.max_column or 0, _MOST_COLUMNS + 1)
    last = min(sheet.max_row or 0, 4 * _MOST_ROWS)  # formatted rows without anything in them don't count
    for number, row in enumerate(sheet.iter_rows(max_row=last, max_col=columns, values_only=True), start=1):
        yield SheetRow(number, tuple(_value(cell) for cell in row))


def _value(cell: object) -> Value:
    match cell:
        case None:
            return None
        case bool():
            return str(cell)
        case int() | float():
            return float(cell)
        case datetime():
            return cell.date()
        case date():
            return cell
    return _tidy(str(cell))


def _refuse_merged(sheet: Worksheet, header: int) -> None:
    """Raise QueryError where cells of the header are merged: which column they name can't be told."""
    for area in sheet.merged_cells.ranges:
        if area.min_row <= header <= area.max_row:
            raise QueryError(
                said("The header has merged cells ({cells}).", cells=str(area)),
                hint="Unmerge them and give every column its own name.",
            )
