"""Everything that is kept about a person: handed out, and erased also where others wrote their name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.store import database
from bot.store.audit import AuditRows, Entry
from bot.store.claims import Claims
from bot.store.deliveries import Deliveries, State, What
from bot.store.open_questions import OpenQuestion, OpenQuestions, Owner
from bot.store.post_tables import told_findings
from bot.store.preferences import Preferences
from bot.store.responses import ResponseBook
from bot.store.survey_records import Wave
from bot.store.tables import metadata
from bot.store.targets import SetTarget, TargetBook
from bot.store.told import Finding, ToldFindings
from bot.store.traces import Traces, parts_of, replaced
from kpi_engine.domain.posts import Contact
from tests.shop import write_config, write_tables

ANNA, LEAD = "U0ANNA1", "U0LEAD"
NAME, ADDRESS = "Anaïs Dupont", "anais.dupont@shop.example"
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
MODEL = """
name: reps
table: reps
key: id
members:
  rep: {label: name, user: slack, email: mail}
"""
LINES = {
    'sales rep:"Anaïs Dupont" 2026-10': 'sales rep:"erased" 2026-10',
    'sales rep:"Anaïs Dupont","Bo Peeters"': 'sales rep:"erased","Bo Peeters"',
    "sales of ANAIS DUPONT please": "sales of erased please",
    "sales rep:anaïs,bo": "sales rep:erased,bo",
    'sales verkoper:"dupont"': 'sales verkoper:"erased"',
    f"who is {ADDRESS.upper()}": "who is erased",
    f"sales <@{ANNA}>": "sales <@erased>",
    "sales anais": "sales anais",
    "leads source:dupontcars": "leads source:dupontcars",
    "sales rep:bo": "sales rep:bo",
}
"""What others asked, and what stays of it."""


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A company whose reps have Slack ids and addresses, and its store with two workspaces."""
    rows = [(17, NAME, ANNA, ADDRESS), (18, "Bo Peeters", None, None)]
    url = write_tables(
        tmp_path / "own.sqlite", {"reps": ("id INTEGER, name TEXT, slack TEXT, mail TEXT", rows)}
    )
    config = write_config(tmp_path / "config", {"reps": MODEL})
    store = f"sqlite:///{tmp_path / 'store.sqlite'}"
    for name, value in {
        "KPI_DATABASE_URL": url,
        "KPI_CONFIG_DIR": str(config),
        "KPI_STORE_URL": store,
        "KPI_TIMEZONE": "UTC",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    engine = database.open_store(store)
    database.migrate(engine)
    for workspace in ("T1", "T2"):
        _fill(engine, workspace)
    yield engine
    engine.dispose()


def _fill(store: Engine, workspace: str) -> None:
    audit = AuditRows(store, workspace)
    for person, line in ((ANNA, "sales rep:me"), *((LEAD, line) for line in LINES)):
        audit.write(Entry(person, "C1", "command", line, "answered", 1, 1, NOW))
    Preferences(store, workspace).choose_language(ANNA, "nl", NOW)
    TargetBook(store, workspace).add(SetTarget("sales", date(2026, 12, 1), {"rep": 17}, 9.0, ANNA, NOW))
    book = ResponseBook(store, workspace)
    book.ask(Wave("w", "Acme", LEAD), [Contact(ANNA, rep="17"), Contact(LEAD)], NOW, timedelta(days=1))
    for person, reason in ((ANNA, "fine"), (LEAD, "anaïs dupont never calls back")):
        book.answer("w", person, 9, NOW)
        book.give_reason("w", person, reason, NOW)
    OpenQuestions(store, workspace, Owner("m", 1, "x")).begin(
        OpenQuestion("t", LEAD, "C1", None, False, "https://hooks.example/x", f"why sales {NAME}", "", NOW)
    )
    planned = Deliveries(store, workspace)
    what = What("weekly", "2026-w47", "C1")
    assert planned.plan(what, NOW, NOW)
    (row,) = [entry for entry in planned.newest(9) if entry.what == what]
    ToldFindings(store, workspace).note(row.id, [Finding("sales", "rep", "17", "down", 1.0, is_told=True)])
    Claims(store, workspace, "me").move(row, State.FAILED, NOW, reason=f"There is no rep “{NAME}”.")


def run(*words: str) -> Result:
    return CliRunner().invoke(app.app, ["audit", *words])


def everything(store: Engine, workspace: str) -> str:
    with store.connect() as connection:
        return "\n".join(
            str(tuple(row))
            for table in metadata.sorted_tables
            for row in connection.execute(select(table).where(table.c.workspace == workspace))
        )


def questions(store: Engine, workspace: str, person: str) -> list[str]:
    return [entry.question for entry in reversed(AuditRows(store, workspace).newest(99, person))]


def test_others_no_longer_name_whoever_was_erased(company: Engine, tmp_path: Path) -> None:
    """Names, addresses and parts of a name where a rep is asked for; the rest stays and is counted."""
    found = run("--erase", ANNA, "--workspace", "T1")
    assert found.exit_code == 0, found.output
    said = " ".join(found.output.split())
    assert f"Erased for {ANNA} in T1: 1 questions, 0 subscriptions, 1 survey answers" in said
    assert "Left: none." in said
    assert "1 rows have a part of the name (Anaïs, Dupont), which may be somebody else's" in said
    assert f"Besides the id, I looked for: {NAME}, {ADDRESS}." in said
    for place in ("messages in Slack", "backups of the store", "log files", "the sales database"):
        assert place in said
    assert questions(company, "T1", LEAD) == list(LINES.values())
    left = everything(company, "T1").casefold()
    assert ANNA.casefold() not in left
    assert NAME.casefold() not in left
    assert ADDRESS not in left
    with company.connect() as connection:
        members = connection.execute(select(told_findings.c.workspace, told_findings.c.member)).all()
    assert sorted(members) == [("T1", "erased"), ("T2", "17")]
    assert questions(company, "T2", LEAD) == list(LINES)


def test_in_every_workspace_asked_for(company: Engine, tmp_path: Path) -> None:
    """Named one by one, or all; afterwards no byte of the files has the id or the name."""
    unclear = run("--erase", ANNA)
    assert isinstance(unclear.exception, Exception)
    assert "more than one workspace" in str(unclear.exception)
    assert NAME in everything(company, "T1")
    assert run("--erase", ANNA, "--workspace", "T2", "--workspace", "T1").exit_code == 0
    for workspace in ("T1", "T2"):
        assert questions(company, workspace, LEAD) == list(LINES.values())
    found = run("--erase", ANNA, "--workspace", "all", "--name", "anais")
    assert "1 rows of others" in " ".join(found.output.split())
    assert "sales erased" in questions(company, "T1", LEAD)
    company.dispose()
    bytes_left = b"".join(path.read_bytes() for path in tmp_path.glob("store.sqlite*"))
    for trace in (ANNA, NAME, ADDRESS):
        assert trace.encode() not in bytes_left


def test_everything_that_is_kept_is_handed_out(company: Engine) -> None:
    """As JSON: their own rows, what they did, and rows of others that name them, without who those are."""
    found = run("--export", ANNA, "--workspace", "all")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    assert (told["schema"], told["person"]) == ("kpi-bot person 1", ANNA)
    assert (told["names"], told["addresses"]) == ([NAME], [ADDRESS])
    assert set(told["workspaces"]) == {"T1", "T2"}
    kept = told["workspaces"]["T1"]
    assert [row["question"] for row in kept["own"]["audit"]] == ["sales rep:me"]
    assert kept["own"]["preferences"][0]["language"] == "nl"
    assert kept["own"]["survey_responses"][0]["reason"] == "fine"
    assert kept["done"]["targets"][0]["value"] == 9.0
    named = [row["question"] for row in kept["named"]["audit"]]
    assert named == [line for line, left in LINES.items() if line != left]
    assert {row["person"] for row in kept["named"]["audit"]} == {"somebody else"}
    assert kept["named"]["open_questions"][0]["line"] == f"why sales {NAME}"
    assert LEAD not in json.dumps({name: rows for name, rows in kept.items() if name != "own"})
    assert "hooks.example" not in found.stdout
    assert everything(company, "T1").count(ANNA) > 3  # nothing was changed


def test_without_the_sales_database_a_name_is_given(
    company: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it wasn't looked up is said; a name that was given is found all the same."""
    monkeypatch.setenv("KPI_DATABASE_URL", f"sqlite:///{tmp_path / 'gone.sqlite'}")
    found = run("--erase", ANNA, "--workspace", "T1")
    assert "so give it with --name" in " ".join(found.output.split())
    assert "I looked for: no name and no address" in found.output
    assert NAME in everything(company, "T1")
    assert run("--erase", ANNA, "--workspace", "T1", "--name", NAME, "--address", ADDRESS).exit_code == 0
    assert NAME not in everything(company, "T1")
    assert ADDRESS.upper() not in everything(company, "T1")


def test_a_name_that_two_reps_share_is_no_trace() -> None:
    """Nor a word that is too short."""
    assert parts_of("Jan de Smet", ("Jan Peeters", "Ann Smets")) == ("Smet",)
    traces = Traces("U1", ("Jan Łukasz",), parts=("Łukasz",))
    assert replaced(
        "rep:łukasz, JAN LUKASZ, jan lukaszek", traces.names_in("rep:łukasz, JAN LUKASZ, jan lukaszek"), "x"
    ) == ("rep:x, x, jan lukaszek")
