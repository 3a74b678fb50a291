"""Erasing a person: nothing of them is left in any table of the store, and nobody else loses anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from typer.testing import CliRunner

from bot.cli import app
from bot.store import database
from bot.store.alerts import AlertBook, AlertTerms
from bot.store.audit import AuditRows, Entry
from bot.store.deliveries import ALERT, Deliveries, What
from bot.store.erasure import erase
from bot.store.incidents import IncidentBook, Kind, Trouble
from bot.store.missing_days import MissingDayBook
from bot.store.open_questions import OpenQuestion, OpenQuestions, Owner
from bot.store.post_tables import subscriptions, told_findings
from bot.store.posted import PostedFigure, PostedFigures
from bot.store.preferences import Preferences
from bot.store.responses import ResponseBook
from bot.store.seen import Seen
from bot.store.subscriptions import Recipients, SubscriptionBook, SubscriptionTerms
from bot.store.survey_records import Wave
from bot.store.tables import metadata
from bot.store.target_files import TargetFile, TargetFiles
from bot.store.targets import ERASED, SetTarget, TargetBook
from bot.store.team_totals import TeamTotalBook
from bot.store.told import Finding, ToldFindings
from bot.store.traces import Traces, is_user
from kpi_engine.domain.alerts import Rule, Watch
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.posts import Contact, Schedule
from kpi_engine.domain.team_totals import KeptTotal

ANNA, JAN, JANNE = "U0ANNA1", "U0JAN", "U0JANNE"
WORKSPACE, OTHER = "T0DEMO", "T0OTHER"
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
NOBODYS = {"missing_days", "mistakes", "proofs", "store_about"}
MONDAYS = Schedule("week", time(8, 30), weekday=0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    """A store in a file, with its tables."""
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(engine)
    yield engine
    engine.dispose()


def _asked(person: str, question: str) -> Entry:
    return Entry(person, "C0SALES", "command", question, "answered", 1, 12, NOW)


def _fill(store: Engine, person: str, other: str, workspace: str = WORKSPACE) -> None:
    """Write down everything that the bot keeps of a person, and of another who names them."""
    audit = AuditRows(store, workspace)
    for entry in (_asked(person, "sales"), _asked(other, f"sales rep:<@{person}> vs <@{other}>")):
        audit.write(entry)
    book, planned = SubscriptionBook(store, workspace), Deliveries(store, workspace)
    for channel in (None, "C0SALES"):
        kept = book.add(SubscriptionTerms(person, channel, "sales", False, MONDAYS, "UTC", "en"), NOW)
        assert book.send_now(kept, NOW)
    stopped = book.add(SubscriptionTerms(person, None, "leads", False, MONDAYS, "UTC", "en"), NOW)
    assert book.send_now(stopped, NOW)
    assert book.stop(stopped.id)
    assert not book.send_now(kept, NOW)
    named = SubscriptionTerms(
        other,
        None,
        "sales",
        False,
        MONDAYS,
        "UTC",
        "en",
        recipients=Recipients.PEOPLE,
        people=(person, other),
    )
    book.add(named, NOW)
    book.note_figures(kept.id, other, "hash")
    failed = What("subscription 99.1", "2026-10", other)
    assert planned.plan(failed, NOW, NOW)
    troubles = [
        Trouble(Kind.REFUSED, f"subscription {kept.id}.1", "is_archived", person, NOW, target="C0SALES"),
        Trouble(Kind.REFUSED, "subscription 98.1", "user_not_found", other, NOW, target=person),
    ]
    assert len(IncidentBook(store, workspace).note(troubles, NOW)) == 2
    Preferences(store, workspace).choose_language(person, "nl", NOW)
    Preferences(store, workspace).choose_language(other, "nl", NOW)
    holes = MissingDayBook(store, workspace)
    holes.missing([("sales", date(2026, 11, 12))], NOW)
    for place in (person, other):
        holes.tell(place, [("sales", date(2026, 11, 12))], NOW)
    responses, quiet = ResponseBook(store, workspace), timedelta(days=30)
    responses.ask(Wave("w1", "Shop", other), [Contact(person), Contact(other)], NOW, quiet)
    responses.answer("w1", person, 3, NOW)
    responses.give_reason("w1", person, "too slow", NOW)
    responses.answer("w1", other, 9, NOW)
    responses.give_reason("w1", other, f"<@{person}> helps", NOW)
    responses.ask(Wave("w2", "Shop", person), [Contact("U0THIRD")], NOW, quiet)
    TargetBook(store, workspace).add(SetTarget("sales", date(2026, 12, 1), {"rep": 1}, 9.0, person, NOW))
    people, month = (person, other, "U0THIRD", "U0FOURTH"), date(2026, 10, 1)
    total = KeptTotal("sales", "digest", 7, month, Figure(9.0), None, people, (None, *people))
    TeamTotalBook(store, workspace).keep(7, [total], {month: people}, NOW)
    for owner in (person, other):
        TargetFiles(store, workspace).keep(TargetFile(owner, f"of {person}.csv", "", b"month"), NOW)
    shortfall, told = (
        Finding("sales", "rep", person, "down", -9.0, is_told=True),
        ToldFindings(store, workspace),
    )
    shown = PostedFigure(f"sales rep:<@{person}> 2026-W47", "sales", 9.0, "money", "EUR", 3.0, "digest")
    for delivery in planned.newest(99):
        told.note(delivery.id, [shortfall])
        PostedFigures(store, workspace).note(delivery.id, [shown])
    for asker in (person, other):
        asked = OpenQuestion(asker, asker, "C0SALES", None, False, "", f"sales rep:<@{person}>", "", NOW)
        OpenQuestions(store, workspace, Owner("m", 1, "a")).begin(asked)
    watched, watch = AlertBook(store, workspace), Watch(Rule.BELOW, 1.0)
    for owner, channel in ((person, "C0SALES"), (other, None)):
        alert = watched.add(AlertTerms(owner, channel, "sales", "sales", "", watch, None, "UTC", "en"), NOW)
        assert watched.seen(alert, person, NOW)
        if owner == person:
            assert planned.plan(What(alert.key, "begun 1", alert.terms.target, ALERT), NOW, NOW)
    for key in (f"press:1.2:a:v:{person}", f"press:1.2:a:v:{other}", "turn:abc"):
        assert Seen(store, workspace).is_first(key, NOW)


def _counts(store: Engine, workspace: str = WORKSPACE) -> dict[str, int]:
    with store.connect() as connection:
        return {
            table.name: connection.execute(
                select(func.count()).select_from(table).where(table.c.workspace == workspace)
            ).scalar_one()
            for table in metadata.sorted_tables
        }


def _holding(store: Engine, person: str, workspace: str = WORKSPACE) -> list[str]:
    """Return the tables in which a person's id stands, looking at every value of every row."""
    with store.connect() as connection:
        return [
            table.name
            for table in metadata.sorted_tables
            for row in connection.execute(select(table).where(table.c.workspace == workspace))
            if any(person in str(value) for value in row)
        ]


def test_nothing_of_a_person_is_left_in_any_table(store: Engine) -> None:
    """Each table had something of them; what others did stays, without the id."""
    _fill(store, ANNA, JAN)
    assert set(_holding(store, ANNA)) == set(metadata.tables) - NOBODYS
    gone = erase(store, WORKSPACE, Traces(ANNA))
    assert (gone.questions, gone.subscriptions, gone.answers, gone.left) == (1, 2, 1, 0)
    assert _holding(store, ANNA) == []
    assert _counts(store) == {
        "alerts": 1,
        "arrivals_told": 1,
        "audit": 1,
        "deliveries": 3,
        "incidents": 1,
        "missing_days": 1,
        "mistakes": 0,
        "open_questions": 1,
        "posted_figures": 3,
        "preferences": 1,
        "proofs": 0,
        "seen": 2,
        "store_about": 0,
        "subscription_targets": 1,
        "subscriptions": 1,
        "survey_contacts": 2,
        "survey_responses": 2,
        "target_files": 1,
        "targets": 1,
        "team_members": 1,
        "team_totals": 1,
        "told_findings": 3,
    }
    (question,) = AuditRows(store, WORKSPACE).newest(9)
    assert question.question == f"sales rep:<@{ERASED}> vs <@{JAN}>"
    (target,) = TargetBook(store, WORKSPACE).history("sales", date(2026, 12, 1), date(2027, 1, 1), NOW)
    assert (target.value, target.set_by) == (9.0, ERASED)
    with store.connect() as connection:
        told = connection.execute(select(told_findings.c.delivery, told_findings.c.member)).all()
    kept = Deliveries(store, WORKSPACE).newest(99)
    assert sorted(told) == sorted((delivery.id, ERASED) for delivery in kept)


def test_nobody_else_loses_anything(store: Engine) -> None:
    """Neither whose id only begins with this one, nor the same id in another workspace."""
    _fill(store, JAN, JANNE)
    _fill(store, JAN, JANNE, OTHER)
    before, others = set(_holding(store, JANNE)), _counts(store, OTHER)
    assert erase(store, WORKSPACE, Traces(JAN)).left == 0
    assert set(_holding(store, JANNE)) == before
    assert _counts(store, OTHER) == others
    assert erase(store, WORKSPACE, Traces("U0JA")).left == 0
    assert set(_holding(store, JANNE)) == before


def test_a_key_of_the_companys_own_is_left_alone(store: Engine) -> None:
    """A target of a rep whose key in the sales database is their Slack id stays that rep's."""
    TargetBook(store, WORKSPACE).add(SetTarget("sales", date(2026, 12, 1), {"rep": ANNA}, 9.0, JAN, NOW))
    erase(store, WORKSPACE, Traces(ANNA))
    (target,) = TargetBook(store, WORKSPACE).history("sales", date(2026, 12, 1), date(2027, 1, 1), NOW)
    assert target.level == {"rep": ANNA}


def test_every_table_says_whose_workspace_a_row_is() -> None:
    """A table that is added is gone through as well."""
    assert all("workspace" in table.c for table in metadata.sorted_tables)


def test_the_command_line_erases_and_says_what_is_left(
    store: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One command; a name isn't taken for an id, which would blank a word in everybody's questions."""
    _fill(store, ANNA, JAN)
    monkeypatch.setenv("KPI_STORE_URL", f"sqlite:///{tmp_path / 'store.sqlite'}")
    found = CliRunner().invoke(app.app, ["audit", "--erase", ANNA])
    assert found.exit_code == 0, found.output
    said = " ".join(found.output.split())
    assert (
        f"Erased for {ANNA} in {WORKSPACE}: 1 questions, 2 subscriptions, 1 survey answers and the settings;"
        in said
    )
    assert "Left: none." in said
    assert not is_user("sales")
    with store.connect() as connection:
        rows = connection.execute(select(subscriptions.c.owner)).scalars().all()
    assert rows == [JAN]
