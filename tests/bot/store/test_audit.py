"""The audit: each question is kept without its figures, can be listed and erased, and delays no answer."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from bot.cli import app
from bot.conversation.dispatch import dispatch
from bot.playground.standin import RefusedError
from bot.playground.workspace import Json
from bot.rights import Membership, Roles
from bot.runtime.clock import Clock
from bot.store import database
from bot.store.audit import Audit, AuditRows, Entry
from bot.workspace.request import Request, Via
from bot.workspace.services import Services
from tests.bot.held import held_services
from tests.bot.in_slack import in_slack
from tests.bot.rights.test_access import ADMIN, ANNA, GUEST, LISTED, people_of, request
from tests.bot.world import SALES, world


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    """A store in a file, with its tables."""
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(engine)
    yield engine
    engine.dispose()


class Noted(Audit):
    """Keeps what it is told in memory."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def note(self, entry: Entry) -> None:
        self.entries.append(entry)


@pytest.fixture
def company(demo_services: Services) -> Services:
    """The demo company with roles, as a customer would have them."""
    return replace(demo_services, demo=False, roles=Roles(LISTED))


def kept_in(path: Path) -> list[Entry]:
    """Return what a store has, the oldest first."""
    engine = database.open_store(f"sqlite:///{path}")
    found = list(reversed(AuditRows(engine, "T0DEMO").newest(100)))
    engine.dispose()
    return found


def entry(person: str, monday: Clock, question: str = "sales", days: int = 0) -> Entry:
    return Entry(
        person, SALES, "command", question, "answered", 1, 12, monday().replace(hour=9) - timedelta(days=days)
    )


async def test_questions_through_slack_are_kept_without_figures(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Who, where, the canonical question and how many rows; what was refused as well."""
    company = replace(demo_services, demo=False, roles=Roles(LISTED))
    path = tmp_path / "store.sqlite"
    async with world("http", company, monday, path, prepare=people_of) as slack:
        answer = await slack.say("sales by region last month", ADMIN)
        await slack.say("sales rep:jan", ANNA)
        await slack.say("omzet vorige maand", ANNA)
        await slack.say("sales", GUEST)
    kept = kept_in(path)
    engine = database.open_store(f"sqlite:///{path}")
    with engine.connect() as connection:
        everything = str(connection.execute(text("select * from audit")).all())
    engine.dispose()
    shown = [(row.person, row.channel, row.via, row.question, row.outcome) for row in kept]
    assert shown == [
        (ADMIN, SALES, "command", "sales by region 2026-10", "answered"),
        (ANNA, SALES, "command", "sales rep:jan", "failed"),
        (ANNA, SALES, "command", 'sales rep:"Anna de Vries" 2026-10', "answered"),
        (GUEST, SALES, "command", "sales", "refused"),
    ]
    assert kept[0].rows > 3
    assert kept[0].milliseconds > 0
    figures = [word for word in answer.text.split() if "," in word and word[-1].isdigit()]
    assert figures
    assert not any(figure in everything for figure in figures)


def asked(
    company: Services, monday: Clock, line: str, user: str = ADMIN, via: Via = "command"
) -> list[Entry]:
    """Ask a line and return what the audit kept of it."""
    noted = Noted()
    dispatch(request(user, line, monday, via), replace(company, audit=noted))
    return noted.entries


@pytest.mark.parametrize(
    ("line", "user", "question", "outcome", "rows"),
    [
        ("waarom omzet vorige maand", ADMIN, "why sales 2026-10", "answered", [1]),
        ("waarom omzet vorige maand per bron", ADMIN, "why sales by source 2026-10", "answered", range(2, 11)),
        ("waarom omzet vorige maand csv", ADMIN, "why sales 2026-10 csv", "answered", range(11, 999)),
        ("definitie omzet", ADMIN, "define sales", "answered", range(1)),
        ("overzicht wekelijks", ADMIN, "summary weekly", "answered", range(10, 999)),
        ("doelen omzet vorige maand", ADMIN, "targets sales 2026-10", "answered", range(2, 99)),
        ("doelen vorige maand", ADMIN, "targets 2026-10", "answered", range(2, 99)),
        ("instellingen taal nl", ADMIN, "settings taal nl", "failed", range(1)),
        ("sales by rep per month last 3 months", ADMIN, "sales by rep per month 2026-08..2026-10", "answered", [51]),
        ("sales by rep last month", ADMIN, "sales by rep 2026-10", "answered", [17]),
        ("sales per month last 3 months", ADMIN, "sales per month 2026-08..2026-10", "answered", [3]),
        ("omzet vorige maand", ADMIN, "sales 2026-10", "answered", [1]),
        ('omzet rep:"Jan Peeters" vorige maand', ANNA, 'sales rep:"Jan Peeters" 2026-10', "refused", [0]),
        ('waarom omzet rep:"Jan Peeters"', GUEST, 'why sales rep:"Jan Peeters"', "refused", [0]),
        ("omzet vorige maand", GUEST, "sales 2026-10", "refused", [0]),
        ("abonneer omzet elke maandag 9u", GUEST, "subscribe sales every monday 09:00", "refused", [0]),
        ("doel omzet rep:anna 300k", ANNA, 'target sales rep:"Anna de Vries" 300k', "failed", [0]),
        ("sales of nobody", ADMIN, "sales of nobody", "failed", [0]),
        ("", ADMIN, "help", "answered", [0]),
        ("?", ADMIN, "help", "answered", [0]),
    ],
)  # fmt: skip
def test_a_line_is_kept_in_the_grammars_words(
    line: str, user: str, question: str, outcome: str, rows: Container[int], company: Services, monday: Clock
) -> None:
    """Verbs as well, and what was refused, with how many figures were shown."""
    (kept,) = asked(company, monday, line, user)
    assert (kept.question, kept.outcome) == (question, outcome)
    assert kept.rows in rows


def test_a_home_tab_is_the_question_that_it_shows(company: Services, monday: Clock) -> None:
    """A rep's own numbers are a question of theirs; help, or a refusal, is none."""
    (kept,) = asked(company, monday, "", ANNA, "home")
    assert 'rep:"Anna de Vries" 2026-11' in kept.question
    assert (kept.outcome, kept.rows) == ("answered", len(kept.question.split("; ")))
    assert kept.rows > 1
    assert asked(company, monday, "", ADMIN, "home") == []
    assert asked(company, monday, "", GUEST, "home") == []


def test_a_line_that_breaks_the_reading_breaks_no_answer(
    company: Services, monday: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit keeps it as typed."""

    def broken(*_: object) -> str:
        raise RuntimeError

    monkeypatch.setattr("bot.conversation.dispatch.asked_words", broken)
    (kept,) = asked(company, monday, "omzet", GUEST)
    assert (kept.question, kept.outcome) == ("omzet", "refused")


def unavailable(_: Json) -> Json:
    """Answer a call as a Slack that is down."""
    raise RefusedError("internal_error")


async def test_what_was_turned_away_is_kept_as_failed(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """By a full queue, or because Slack doesn't say who asks."""
    services, warehouse = held_services(replace(demo_services, demo=False), monday)
    services = replace(services, roles=Roles(LISTED))
    path = tmp_path / "store.sqlite"
    async with world("http", services, monday, path, prepare=people_of, kpi_pool_size=1) as slack:
        assert slack.sender
        warehouse.held = True
        for month in range(1, 9):
            await slack.sender.command(SALES, ADMIN, f"/kpi leads 2025-0{month}")
            await slack.sender.command(SALES, ADMIN, f"/kpi orders 2025-0{month}")
        await slack.sender.command(SALES, ADMIN, "/kpi leads 2024-01")
        await slack.until(lambda: slack.in_pool == 17)
        assert "Too many questions" in (await slack.say("omzet vorige maand", ADMIN)).text
        slack.standin._methods["users.info"] = unavailable
        assert "who you are" in (await slack.say("leads", ANNA)).text
        warehouse.held = False
        warehouse.released.set()
        await slack.until(lambda: len(kept_in(path)) == 19)
    warehouse.close()
    failed = [(row.person, row.question, row.rows) for row in kept_in(path) if row.outcome == "failed"]
    assert failed == [(ADMIN, "omzet vorige maand", 0), (ANNA, "leads", 0)]


async def test_a_press_on_the_home_tab_asks_nothing(company: Services, monday: Clock, tmp_path: Path) -> None:
    """Each opening is one question; a tab that a press updates is none."""
    path = tmp_path / "store.sqlite"
    async with world("http", company, monday, path, prepare=people_of) as slack:
        assert slack.sender
        await slack.say("subscribe sales every monday", ANNA)
        for user in (ANNA, ADMIN):
            await slack.sender.open_home(user)
            await slack.until(lambda user=user: user in slack.workspace.homes)
        before = slack.workspace.homes[ANNA]
        block, button = next(
            (block, button)
            for block in before.content["blocks"]
            if block["type"] == "actions"
            for button in block["elements"]
            if button.get("text", {}).get("text") == "Pause"
        )
        await slack.sender.click_home(ANNA, block["block_id"], button)
        await slack.until(lambda: slack.workspace.homes[ANNA] is not before)
    assert [(row.person, row.via, row.outcome) for row in kept_in(path)] == [
        (ANNA, "command", "answered"),
        (ANNA, "home", "answered"),
    ]


def test_a_broken_store_delays_and_breaks_no_answer(
    demo_services: Services, monday: Clock, store: Engine
) -> None:
    """The table is gone, and the writing hangs: the answer comes all the same."""
    released, began = Event(), Event()

    class Hanging(AuditRows):
        def write(self, entry: Entry) -> None:
            began.set()
            assert released.wait(20)
            super().write(entry)

    with store.begin() as connection:
        connection.execute(text("drop table audit"))
    audit = Audit(Hanging(store, "T0DEMO"))
    services = replace(demo_services, audit=audit)
    typed = Request("T0DEMO", ADMIN, SALES, "sales", "command", monday(), "en", Membership.FULL)
    for _ in range(3):
        assert "€" in in_slack(dispatch(typed, services)).text
    assert began.wait(10)
    released.set()
    audit.close(10)


def test_what_waits_is_written_at_the_end(monday: Clock, store: Engine) -> None:
    """Closing loses no question."""
    rows = AuditRows(store, "T0DEMO")
    audit = Audit(rows)
    for number in range(50):
        audit.note(entry(ANNA, monday, f"sales {number}"))
    audit.close(10)
    assert len(rows.newest(100, ANNA)) == 50


def test_the_command_line_lists_and_erases(
    monday: Clock, store: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By person, by day and by reference; an erased person's questions are gone, and nobody else's."""
    rows = AuditRows(store, "T0DEMO")
    for made in (
        entry(ANNA, monday, "sales 2026-10"),
        entry(ANNA, monday, "leads 2026-09", days=2),
        replace(entry(ADMIN, monday, "churn [2026-08]"), reference="1f2e3d4c"),
    ):
        rows.write(made)
    AuditRows(store, "T0OTHER").write(entry(ANNA, monday, "orders"))
    monkeypatch.setenv("KPI_STORE_URL", f"sqlite:///{tmp_path / 'store.sqlite'}")

    def run(*words: str) -> str:
        found = CliRunner().invoke(app.app, ["audit", "--workspace", "T0DEMO", *words])
        assert found.exit_code == 0, found.output
        return found.output

    everything = run()
    assert all(word in everything for word in ("sales 2026-10", "leads 2026-09", "churn [2026-08]"))
    assert "orders" not in everything
    assert "churn" not in run("--person", ANNA)
    of_day = run("--person", ANNA, "--day", "2026-11-21")
    assert "leads 2026-09" in of_day
    assert "sales 2026-10" not in of_day
    of_apology = run("--reference", "1f2e3d4c")
    assert "churn" in of_apology
    assert "sales 2026-10" not in of_apology
    assert f"Erased for {ANNA} in T0DEMO: 2 questions, 0 subscriptions" in run("--erase", ANNA)
    assert not rows.newest(9, ANNA)
    assert len(rows.newest(9, ADMIN)) == 1
    assert len(AuditRows(store, "T0OTHER").newest(9, ANNA)) == 1
    assert "Nothing has been asked yet." in run("--person", ANNA)
