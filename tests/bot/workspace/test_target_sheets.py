"""Files of targets as tables: delimiters, encodings and workbooks as spreadsheets save them."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from bot.workspace import target_sheets
from bot.workspace.target_lines import lines_of, metric_of, period_meant
from bot.workspace.target_sheets import LARGEST_FILE, Sheet, read_sheet
from kpi_engine import Catalogue, load
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import FiscalGrain, FiscalYear, Grain, Period, period_of
from tests.shop import SHIPPED

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(SHIPPED, SHIPPED)


def _book(*rows: list[object], merge: str = "") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"metric,month,value\nsales,2027-01,5\n",
        b"metric;month;value\r\nsales;2027-01;5\r\n",
        b"metric\tmonth\tvalue\nsales\t2027-01\t5\n",
        b"\xef\xbb\xbfmetric;month;value\nsales;2027-01;5\n",
        "metric\tmonth\tvalue\nsales\t2027-01\t5\n".encode("utf-16"),
        b"sep=;\nmetric;month;value\nsales;2027-01;5\n",
        b'\n"metric";"month";"value"\n\nsales;2027-01;5\n;;\n',
    ],
)
def test_text_as_programs_save_it(content: bytes) -> None:
    """Any delimiter, byte order mark or empty line; the same cells."""
    sheet = read_sheet("Targets.CSV", content)
    assert sheet.header.cells == ("metric", "month", "value")
    (row,) = sheet.rows
    assert row.cells == ("sales", "2027-01", "5")


def test_windows_text_keeps_its_accents() -> None:
    sheet = read_sheet("t.csv", "rep;value\nFrançois;€ 5\n".encode("cp1252"))
    assert sheet.rows[0].cells == ("François", "€ 5")


def test_rows_keep_their_numbers() -> None:
    """Also behind empty lines and cells of several lines: a report names the row that a person sees."""
    sheet = read_sheet("t.csv", b'a,b\n\n"x\ny",1\nz,2\n')
    assert [row.number for row in sheet.rows] == [3, 5]


def test_workbooks_hold_numbers_days_and_values_of_formulas() -> None:
    """A formula without a saved value is an empty cell."""
    content = _book(
        ["metric", "month", "value"], ["sales", datetime(2027, 1, 1), 1234.5], ["sales", None, "=1+1"]
    )
    first, second = read_sheet("t.xlsx", content).rows
    assert first.cells == ("sales", date(2027, 1, 1), 1234.5)
    assert second.cells == ("sales", None, None)


def test_merged_headers_are_refused() -> None:
    content = _book(["metric", "months", None], ["sales", 1, 2], merge="B1:C1")
    with pytest.raises(QueryError, match=r"The header has merged cells \(B1:C1\)"):
        read_sheet("t.xlsx", content)


def test_merged_cells_elsewhere_are_read() -> None:
    content = _book(
        ["metric", "month", "value"], ["sales", "2027-01", 1], ["total", None, None], merge="A3:B3"
    )
    assert len(read_sheet("t.xlsx", content).rows) == 2


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("t.pdf", b"x", "CSV, TSV and XLSX files only"),
        ("t.xls", b"x", "CSV, TSV and XLSX files only"),
        ("t", b"x", "CSV, TSV and XLSX files only"),
        ("t.csv", b"", "That file is empty"),
        ("t.csv", b"\n;;\n", "That file is empty"),
        ("t.xlsx", b"not a workbook", "can't be opened"),
        ("t.xlsx", b"PK\x03\x04broken", "can't be opened"),
        ("t.csv", b"a" * (LARGEST_FILE + 1), "larger than 2 MB"),
        ("t.csv", b"a,b\n" + b"1,2\n" * 5001, "more than 5,000 rows"),
        ("t.csv", b"," * 250 + b"a", "more than 5,000 rows or 200 columns"),
    ],
)
def test_other_files_are_refused_with_what_to_do(name: str, content: bytes, told: str) -> None:
    with pytest.raises(QueryError, match=told) as refused:
        read_sheet(name, content)
    assert refused.value.hint


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything of it is unpacked."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * 1_000_000)
    monkeypatch.setattr(target_sheets, "_LARGEST_UNPACKED", 500_000)
    with pytest.raises(QueryError, match="larger than"):
        read_sheet("t.xlsx", content.getvalue())


@pytest.mark.parametrize(
    ("typed", "month"),
    [
        *(
            (text, date(2027, 1, 1))
            for text in ("2027-01", "Jan 2027", "januari 2027", "JANUARY 2027", "jan-27")
        ),
        *(
            (text, date(2027, 1, 1))
            for text in ("jan. 2027", "01/2027", "1-2027", "2027/01", "202701", "jan '27")
        ),
        *((text, date(2027, 1, 1)) for text in ("2027-01-01", "01/01/2027", "2027-01-01 00:00:00", 202701.0)),
        (date(2027, 3, 1), date(2027, 3, 1)),
        ("mrt 2027", date(2027, 3, 1)),
        ("december", date(2026, 12, 1)),
        ("January", date(2027, 1, 1)),
        *(
            (text, None)
            for text in ("2027-W01", "Q5 2027", "13/2027", "2027-02-02", "02/03/2027", "value", "Anna", "")
        ),
        (date(2027, 3, 2), None),
        (None, None),
    ],
)
def test_months_as_people_write_them(typed: str | float | date | None, month: date | None) -> None:
    """A name without a year is the coming one; a day other than the first is no month."""
    expected = period_of(Grain.MONTH, month) if month else None
    assert period_meant(typed, TODAY) == expected


@pytest.mark.parametrize(
    ("typed", "grain", "start"),
    [
        ("2027-Q1", Grain.QUARTER, date(2027, 1, 1)),
        ("Q2 2027", Grain.QUARTER, date(2027, 4, 1)),
        ("q4", Grain.QUARTER, date(2026, 10, 1)),
        ("2027", Grain.YEAR, date(2027, 1, 1)),
        (2027.0, Grain.YEAR, date(2027, 1, 1)),
        ("fy27 q2", FiscalGrain(Grain.QUARTER, FiscalYear(4)), date(2026, 7, 1)),
        ("boekjaar 2027", FiscalGrain(Grain.YEAR, FiscalYear(4)), date(2026, 4, 1)),
    ],
)
def test_quarters_and_years_as_people_write_them(
    typed: str | float, grain: Grain | FiscalGrain, start: date
) -> None:
    assert period_meant(typed, TODAY, FiscalYear(4)) == period_of(grain, start)


def test_metrics_by_name_alias_and_title(catalogue: Catalogue) -> None:
    for typed, name in (
        ("sales", "sales"),
        ("Omzet", "sales"),
        ("Cost per lead", "cost_per_lead"),
        ("COST_PER_LEAD", "cost_per_lead"),
        ("Kost per lead", "cost_per_lead"),
        ("New leads", "leads"),
        ("nothing", None),
        ("", None),
    ):
        assert metric_of(typed, catalogue) == name


def _lines(text: str, catalogue: Catalogue, metric: str = "") -> list[tuple[object, ...]]:
    sheet = read_sheet("t.csv", text.encode())
    return [
        (
            line.row,
            line.metric,
            str(line.month.start if isinstance(line.month, Period) else line.month),
            line.value,
            dict(line.members),
        )
        for line in lines_of(sheet, catalogue, TODAY, metric)
    ]


def test_long_tables_in_both_languages(catalogue: Catalogue) -> None:
    """Headers in any case; an empty member is the company, an empty value no target."""
    english = "Metric,Month,Rep,Region,Target,Comment\nsales,2027-01,Anna,,5,x\nsales,2027-02,,Noord,-,\nsales,2027-03,,,7,\n"
    dutch = "METRIEK;maand;Verkoper;Regio;Bedrag;Opmerking\nsales;2027-01;Anna;;5;x\nsales;2027-02;;Noord;;\nsales;2027-03;;;7;\n"
    expected = [
        (2, "sales", "2027-01", "5", {"rep": "Anna"}),
        (4, "sales", "2027-03", "7", {}),
    ]
    assert _lines(english, catalogue) == expected
    assert _lines(dutch, catalogue) == expected


def test_wide_tables_by_member_and_by_metric(catalogue: Catalogue) -> None:
    by_rep = _lines("rep;Jan 2027;feb 2027\nAnna;1;2\nBram;;3\n", catalogue, "sales")
    assert by_rep == [
        (2, "sales", "2027-01-01", "1", {"rep": "Anna"}),
        (2, "sales", "2027-02-01", "2", {"rep": "Anna"}),
        (3, "sales", "2027-02-01", "3", {"rep": "Bram"}),
    ]
    by_metric = _lines("kpi,2027-01\nsales,1\nleads,2\n", catalogue)
    assert [(metric, value) for _, metric, _, value, _ in by_metric] == [("sales", "1"), ("leads", "2")]


def test_metrics_as_columns_and_a_year_of_its_own(catalogue: Catalogue) -> None:
    assert _lines("year,month,sales,New leads\n2027,1,5,6\n2027,February,7,\n", catalogue) == [
        (2, "sales", "2027-01", "5", {}),
        (2, "leads", "2027-01", "6", {}),
        (3, "sales", "February 2027", "7", {}),
    ]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("metric,month,value,Regoin", "I don't know the column “Regoin”. Did you mean region?"),
        ("metric,month,value,xyzzy", "I don't know the column “xyzzy”. Columns are"),
        ("metric,month,value,maand", "Two columns mean the same: “maand”"),
        ("metric,2027-01,Jan 2027", "Two columns mean the same: “Jan 2027”"),
        ("metric,value", "That table has no months"),
        ("metric,month", "no column with the targets"),
        ("metric,month,value,2027-01", "months both as columns and in rows"),
        ("month,value", "doesn't say which metric"),
    ],
)
def test_headers_that_cannot_be_read(header: str, told: str, catalogue: Catalogue) -> None:
    """A column that means nothing is never ignored: it may have been the rep's."""
    with pytest.raises(QueryError) as refused:
        _lines(f"{header}\n1,2,3,4\n", catalogue)
    assert told in str(refused.value)


def test_a_sheet_without_rows_has_no_lines(catalogue: Catalogue) -> None:
    header = read_sheet("t.csv", b"metric,month,value\n").header
    assert lines_of(Sheet(header, ()), catalogue, TODAY) == ()
