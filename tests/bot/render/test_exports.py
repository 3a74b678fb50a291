"""Answers as files: what a spreadsheet makes of them, whatever names the database holds."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from io import BytesIO, StringIO

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from bot.conversation.dispatch import answers_of, dispatch
from bot.playground.slack_validators import message_violations
from bot.render.exports import csv_file, file_name, sql_message, subject_of, xlsx_file
from bot.rights import Membership
from bot.runtime.clock import Clock
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.answer import Answer, Group
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.visible_text import visible
from tests.bot.in_slack import in_slack

RISKY = ['=HYPERLINK("http://x.invalid","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1"]
NAMES = [*RISKY, "Acme;=1+1", 'x; "@y"', "\u202efdp.exe", "Zoë D'Hondt", "a,b;c", 'say "hi"', "two\nlines"]


def asked(services: Services, monday: Clock, line: str) -> tuple[Answer, ...]:
    return answers_of(Request("T0", "", "C0", line, "command", monday(), "en", Membership.FULL), services)


def named(answer: Answer, names: list[str]) -> Answer:
    """The answer with groups of these names, their key the name as well."""
    groups = tuple(Group((name,), (name,), Figure(1000.5 + at)) for at, name in enumerate(names))
    return replace(answer, groups=groups)


def read(content: bytes) -> tuple[Worksheet, Worksheet]:
    book = openpyxl.load_workbook(BytesIO(content))
    figures, about = book.worksheets
    return figures, about


def test_no_name_is_a_formula_and_each_can_be_read(demo_services: Services, monday: Clock) -> None:
    """In CSV an apostrophe stands before what a sheet would run; in a workbook text is text."""
    (answer,) = asked(demo_services, monday, "sales by customer")
    answers = (named(answer, NAMES),)
    sentences = demo_services.sentences("en")
    content = csv_file(answers, sentences).content.decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(content)))
    shown = [visible(name) for name in NAMES]
    assert [row["customer"].replace("'", "") for row in rows] == [name.replace("'", "") for name in shown]
    for row in rows:
        for column in ("customer", "customer_key"):
            assert not re.search(r"(^|[;\t\n])[ \"]*[=+\-@＝]", row[column])
    sheet, _ = read(xlsx_file(answers, sentences).content)
    cells = [sheet.cell(at, 4) for at in range(2, len(NAMES) + 2)]
    assert [cell.value for cell in cells] == shown
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def test_a_dutch_spreadsheet_splits_the_cells_and_reads_the_numbers(
    demo_services: Services, monday: Clock
) -> None:
    """Semicolons and decimal commas behind the mark of UTF-8, which a line such as "sep=;" would undo."""
    answers = asked(demo_services, monday, "sales by rep 2026-07")
    content = csv_file(answers, demo_services.sentences("nl")).content
    assert content.startswith(b"\xef\xbb\xbfmetric;start;")
    rows = list(csv.DictReader(StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert "François Lemaître" in {row["rep"] for row in rows}
    shown = {row["rep"]: row["value"] for row in rows}
    for group in answers[0].groups:
        assert float(shown[group.labels[0] or ""].replace(",", ".")) == round(group.figure.value or 0, 2)
    assert not any("." in value for value in shown.values())


def test_numbers_are_numbers_in_their_unit(demo_services: Services, monday: Clock) -> None:
    """Money, percent and counts with their formats; the header row stays; days are days."""
    answers = asked(demo_services, monday, "sales,conversion,leads 2026-07 by rep")
    figures, about = read(xlsx_file(answers, demo_services.sentences("en")).content)
    titles = [cell.value for cell in figures[1]]
    assert titles[:5] == ["Metric", "From", "Through", "Rep", "Value"]
    assert figures.freeze_panes == "A2"
    shown = {}
    for row in figures.iter_rows(min_row=2):
        assert row[4].data_type == "n"
        shown[row[0].value] = row[4].number_format
        assert (str(row[1].value)[:10], str(row[2].value)[:10]) == ("2026-07-01", "2026-07-31")
    assert shown == {"Sales": '#,##0.00 "EUR"', "Conversion": "0.0%", "New leads": "#,##0"}
    expected = [group.figure.value for answer in answers for group in answer.groups]
    assert [row[4].value for row in figures.iter_rows(min_row=2)] == pytest.approx(expected)
    said = {str(name): str(text) for name, text in about.iter_rows(values_only=True)}
    assert said["Question"].startswith("sales,conversion,leads by rep 2026-07")
    assert "22 Nov 2026" in said["Data until"]
    assert "of the leads created" in said["Conversion"]


def test_a_long_table_is_whole_in_a_file(demo_services: Services, monday: Clock) -> None:
    """Every customer, where the message shows ten."""
    answers = asked(demo_services, monday, "sales by customer 2026-10")
    count = len(answers[0].groups)
    assert count > 50
    sentences = demo_services.sentences("en")
    rows = list(csv.reader(StringIO(csv_file(answers, sentences).content.decode("utf-8-sig"))))
    assert len(rows) == count + 1
    assert read(xlsx_file(answers, sentences).content)[0].max_row == count + 1


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("sales by customer 2026-10", "sales-by-customer-2026-10.csv"),
        ('conversion rep:"Zoë D\'Hondt" 2026-07', "conversion-rep-zoe-d-hondt-2026-07.csv"),
        ("sales,leads 2026-01..2026-03", "sales-leads-2026-01-to-2026-03.csv"),
        ("sales by customer,region per month 2026-01..2026-03 -region:noord", None),
    ],
)
def test_a_files_name_tells_the_question(
    line: str, name: str | None, demo_services: Services, monday: Clock
) -> None:
    """In signs that are safe on every computer, and not too long."""
    subject = subject_of(asked(demo_services, monday, line), demo_services.sentences("en"))
    found = file_name(subject.named, "csv")
    assert name in (found, None)
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,80}\.csv", found)


def test_sql_is_shown_where_it_fits_and_else_sent(demo_services: Services, monday: Clock) -> None:
    """Preformatted, with all of it in the text; a long one as a file that holds the same statements."""
    answers = asked(demo_services, monday, "leads today vs none")
    sentences = demo_services.sentences("en")
    subject = subject_of(answers, sentences)
    short = sql_message(subject, answers[0].sql, sentences)
    assert "SELECT" in in_slack(short).text
    assert "SELECT" in str(in_slack(short).blocks[1])
    assert message_violations({"text": in_slack(short).text, "blocks": list(in_slack(short).blocks)}) == ()
    long = sql_message(subject, (answers[0].sql[0], "SELECT '" + "x" * 3000 + "'"), sentences)
    assert long.files
    (file,) = long.files.files
    assert file.name == "leads-2026-11-23.sql"
    assert file.content.decode().startswith(answers[0].sql[0])
    assert "x" * 3000 in file.content.decode()
    assert "SELECT" not in in_slack(long).text


def test_a_team_total_beside_own_rows_is_a_row_without_a_name(demo_services: Services, monday: Clock) -> None:
    """Answers that are split differently stand in one table."""
    (split,), (total,) = (
        asked(demo_services, monday, line) for line in ("sales by rep 2026-10", "sales 2026-10")
    )
    rows = list(
        csv.DictReader(
            StringIO(csv_file((split, total), demo_services.sentences("en")).content.decode("utf-8-sig"))
        )
    )
    assert rows[-1]["rep"] == ""
    assert float(rows[-1]["value"]) == pytest.approx(total.figure.value)


def test_the_demo_says_so_in_the_workbook(demo_services: Services, monday: Clock) -> None:
    """A workbook leaves the message that says that its data is made up; it says it itself."""
    request = Request("T0", "", "C0", "sales xlsx", "command", monday(), "nl", Membership.FULL)
    message = dispatch(request, demo_services)
    assert message.files
    _, about = read(message.files.files[0].content)
    assert "Demogegevens" in str([cell for row in about.iter_rows(values_only=True) for cell in row])
