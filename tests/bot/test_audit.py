"""The audit: each question is kept without its figures, can be listed and erased, and is in nobody's way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from bot import cli
from bot.access import Membership, Roles
from bot.clock import Clock
from bot.dispatch import dispatch
from bot.request import Request
from bot.services import Services
from bot.store import database
from bot.store.audit import Audit, AuditRows, Entry
from tests.bot.test_access import ADMIN, ANNA, GUEST, LISTED, people_of
from tests.bot.world import SALES, world


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    """A store in a file, with its tables."""
    engine = database.open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    database.migrate(engine)
    yield engine
    engine.dispose()


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
    engine = database.open_store(f"sqlite:///{path}")
    kept = list(reversed(AuditRows(engine, "T0DEMO").newest(10)))
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
    request = Request("T0DEMO", ADMIN, SALES, "sales", "command", monday(), "en", Membership.FULL)
    for _ in range(3):
        assert "€" in dispatch(request, services).text
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
    """By person and by day; an erased person's questions are gone, and nobody else's."""
    rows = AuditRows(store, "T0DEMO")
    for made in (
        entry(ANNA, monday, "sales 2026-10"),
        entry(ANNA, monday, "leads 2026-09", days=2),
        entry(ADMIN, monday, "churn [2026-08]"),
    ):
        rows.write(made)
    AuditRows(store, "T0OTHER").write(entry(ANNA, monday, "orders"))
    monkeypatch.setenv("KPI_STORE_URL", f"sqlite:///{tmp_path / 'store.sqlite'}")

    def run(*words: str) -> str:
        found = CliRunner().invoke(cli.app, ["audit", "--workspace", "T0DEMO", *words])
        assert found.exit_code == 0, found.output
        return found.output

    everything = run()
    assert all(word in everything for word in ("sales 2026-10", "leads 2026-09", "churn [2026-08]"))
    assert "orders" not in everything
    assert "churn" not in run("--person", ANNA)
    of_day = run("--person", ANNA, "--day", "2026-11-21")
    assert "leads 2026-09" in of_day
    assert "sales 2026-10" not in of_day
    assert f"Of {ANNA} 2 questions, 0 subscriptions" in run("--erase", ANNA)
    assert not rows.newest(9, ANNA)
    assert len(rows.newest(9, ADMIN)) == 1
    assert len(AuditRows(store, "T0OTHER").newest(9, ANNA)) == 1
    assert "Nothing was asked yet." in run("--person", ANNA)
