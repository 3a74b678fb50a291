"""A file of targets that is dropped in direct messages: preview, press, report; and what is refused."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from bot.playground.workspace import Posted
from bot.rights import Roles
from bot.runtime.clock import Clock
from bot.slack.dropped_files import is_of_slack
from bot.store import database
from bot.store.audit import AuditRows
from bot.store.target_files import TargetFile, TargetFiles
from bot.store.targets import SetTarget, TargetBook
from bot.workspace.services import Services
from bot.workspace.target_sheets import LARGEST_FILE
from tests.bot.rights.test_access import ADMIN, ANNA, LIEN, LISTED, people_of
from tests.bot.world import SCOPES, Mode, World, world

BOTH = pytest.mark.parametrize("mode", ["http", "socket"])
FILE = b"metric;2027-01;2027-02;2027-03\nwon;40;41;410\nwno;1;2;\n"
"""Two likely targets, one ten times as high, and two of a metric that isn't there."""


@pytest.fixture
def company(demo_services: Services) -> Services:
    """The demo company with roles, as a customer would have them."""
    return replace(demo_services, demo=False, roles=Roles(LISTED))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[Engine]:
    """The bot's own store, read beside it."""
    engine = database.open_store(f"sqlite:///{path}")
    database.migrate(engine)
    yield engine
    engine.dispose()


async def dropped(
    slack: World, content: bytes, user: str = ADMIN, name: str = "targets.csv", text: str = ""
) -> Posted:
    """Drop a file in somebody's direct messages and return the answer."""
    assert slack.sender
    count = len(slack.workspace.messages)
    await slack.sender.drop(f"D{user[1:]}", user, name, content, text)
    return await slack.message_after(count)


def targets(store: Engine, metric: str, clock: Clock) -> list[SetTarget]:
    book = TargetBook(store, "T0DEMO")
    return list(book.history(metric, date(2026, 1, 1), date(2030, 1, 1), clock() + timedelta(days=1)))


def labels(message: Posted) -> list[str]:
    rows = [block for block in message.blocks if block["type"] == "actions"]
    return [entry["text"]["text"] for row in rows for entry in row["elements"]]


async def pressed(slack: World, message: Posted, label: str, user: str = ADMIN) -> Posted:
    """Press a button and return the message as it is then."""
    await slack.press(message, label, user)

    def now() -> Posted:
        found = slack.workspace.find(message.channel, message.ts)
        assert found
        return found

    await slack.until(lambda: now().edited)
    return now()


@BOTH
async def test_a_file_is_previewed_and_set_by_a_press(
    mode: Mode, company: Services, monday: Clock, path: Path, store: Engine
) -> None:
    """Nothing is set before; the press replaces the preview with the report, line by line."""
    async with world(mode, company, monday, path, prepare=people_of) as slack:
        preview = await dropped(slack, FILE)
        assert "targets.csv: 2 to set, 1 to check, 2 refused" in preview.text
        assert "Row 3 (2027-01): There is no metric “wno”. Did you mean won?" in preview.text
        assert "That is 10 times the target of February 2027 (41)." in preview.text
        assert labels(preview) == ["Set 2 targets", "Set all 3", "Cancel"]
        assert targets(store, "won", monday) == []
        report = await pressed(slack, preview, "Set 2 targets")
        assert "targets.csv: 2 set, 1 to check, not set, 2 refused" in report.text
        assert "Row 2: Deals won, January 2027: 40" in report.text
        assert labels(report) == []
    kept = targets(store, "won", monday)
    assert [(entry.month.month, entry.value, entry.set_by) for entry in kept] == [
        (1, 40, ADMIN),
        (2, 41, ADMIN),
    ]
    assert any(
        entry.question == "targets import targets.csv" for entry in AuditRows(store, "T0DEMO").newest(9)
    )


async def test_all_with_those_to_check(company: Services, monday: Clock, path: Path, store: Engine) -> None:
    async with world("http", company, monday, path, prepare=people_of) as slack:
        report = await pressed(slack, await dropped(slack, FILE), "Set all 3")
        assert "3 set, 2 refused" in report.text
    assert [entry.value for entry in targets(store, "won", monday)] == [40, 41, 410]


async def test_cancel_sets_nothing(company: Services, monday: Clock, path: Path, store: Engine) -> None:
    async with world("http", company, monday, path, prepare=people_of) as slack:
        after = await pressed(slack, await dropped(slack, FILE), "Cancel")
        assert after.text == "targets.csv: nothing was set."
    assert targets(store, "won", monday) == []


async def test_it_is_checked_again_at_the_press(
    company: Services, monday: Clock, path: Path, store: Engine
) -> None:
    """What was set meanwhile is unchanged then, and set once."""
    async with world("http", company, monday, path, prepare=people_of) as slack:
        preview = await dropped(slack, b"metric;2027-01;2027-02\nwon;40;41\n")
        month, at = date(2027, 1, 1), monday() - timedelta(minutes=1)
        TargetBook(store, "T0DEMO").add(SetTarget("won", month, {}, 40.0, LIEN, at))
        report = await pressed(slack, preview, "Set 2 targets")
        assert "1 set, 1 unchanged" in report.text
    assert [(entry.month.month, entry.set_by) for entry in targets(store, "won", monday)] == [
        (1, LIEN),
        (2, ADMIN),
    ]


async def test_only_the_one_who_dropped_it_and_only_once(
    company: Services, monday: Clock, path: Path, store: Engine
) -> None:
    """A press of somebody else sets nothing and takes nothing away; a second one finds nothing."""
    async with world("http", company, monday, path, prepare=people_of) as slack:
        preview = await dropped(slack, FILE)
        count = len(slack.workspace.messages)
        await slack.press(preview, "Set 2 targets", LIEN)
        refused = await slack.message_after(count)
        assert "Only the person who dropped this file can answer that." in refused.text
        assert targets(store, "won", monday) == []
        await pressed(slack, preview, "Set 2 targets")
        assert slack.sender
        count = len(slack.workspace.messages)
        (row,) = [block for block in preview.blocks if block["type"] == "actions"]
        await slack.sender.click(preview.channel, ADMIN, preview.ts, row["block_id"], row["elements"][1])
        assert "That file no longer waits" in (await slack.message_after(count)).text
    assert len(targets(store, "won", monday)) == 2


async def test_a_workbook_and_the_metric_beside_it(
    company: Services, monday: Clock, path: Path, store: Engine
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["rep", "Jan 2027"], ["Anna de Vries", 20_000]):
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    async with world("http", company, monday, path, prepare=people_of) as slack:
        alone = await dropped(slack, content.getvalue(), name="2027.xlsx")
        assert "doesn't say which metric its targets are for" in alone.text
        named = await dropped(slack, content.getvalue(), name="2027.xlsx", text="omzet")
        await pressed(slack, named, next(label for label in labels(named) if label.startswith("Set")))
        other = await dropped(slack, content.getvalue(), name="2027.xlsx", text="please import")
        assert "There is no metric “please import”." in other.text
    assert [entry.value for entry in targets(store, "sales", monday)] == [20_000]


async def test_people_without_the_right_are_told(
    company: Services, monday: Clock, path: Path, store: Engine
) -> None:
    """A rep can't set targets; a lead only those of her people, line by line."""
    async with world("http", company, monday, path, prepare=people_of) as slack:
        assert "Only leads and admins can set targets." in (await dropped(slack, FILE, ANNA)).text
        hers = await dropped(slack, b"metric;team;2027-01\nwon;Schelde;9\nwon;;40\n", LIEN)
        assert "1 to set, 1 refused" in hers.text
        assert "You can only set targets for your own people." in hers.text
        await pressed(slack, hers, "Set 1 target", LIEN)
    assert [entry.set_by for entry in targets(store, "won", monday)] == [LIEN]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("photo.png", b"x", "I read targets from CSV, TSV and XLSX files only."),
        ("t.csv", b"a" * (LARGEST_FILE + 1), "larger than 2 MB"),
        ("t.csv", b"Regoin;2027-01\nx;1\n", "I don't know the column “Regoin”."),
    ],
)
async def test_other_files_are_refused(
    name: str, content: bytes, told: str, company: Services, monday: Clock, path: Path
) -> None:
    async with world("http", company, monday, path, prepare=people_of) as slack:
        answer = await dropped(slack, content, name=name)
        assert told in answer.text
        assert labels(answer) == []


async def test_without_the_scope_the_answer_names_it(company: Services, monday: Clock, path: Path) -> None:
    scopes = SCOPES.replace(",files:read", "")
    async with world("http", company, monday, path, prepare=people_of, scopes=scopes) as slack:
        answer = await dropped(slack, FILE)
        assert "doesn't have the scope files:read" in answer.text
        assert "config/slack-manifest.yaml" in answer.text


async def test_a_page_instead_of_the_file_is_no_file(company: Services, monday: Clock, path: Path) -> None:
    """Slack answers a token that may not read with its sign-in page, status 200."""
    async with world("http", company, monday, path, prepare=people_of) as slack:
        slack.standin._uploads._token = "another"
        assert "doesn't have the scope files:read" in (await dropped(slack, FILE)).text


@pytest.mark.parametrize(
    ("url", "api", "is_trusted"),
    [
        ("https://files.slack.com/files-pri/T1-F1/download/t.csv", "https://slack.com/api/", True),
        ("https://files.slack.com/x", "https://www.slack.com/api/", True),
        ("https://files.slack-gov.com/x", "https://slack-gov.com/api/", True),
        ("http://127.0.0.1:81/x", "http://127.0.0.1:81/api/", True),
        ("http://files.slack.com/x", "https://slack.com/api/", False),
        ("https://files.slack.com.evil.example/x", "https://slack.com/api/", False),
        ("https://evil.example/files.slack.com", "https://slack.com/api/", False),
        ("https://evil@files.slack.com/x", "https://slack.com/api/", False),
        ("https://files.slack.com:444/x", "https://slack.com/api/", False),
        ("http://127.0.0.1:82/x", "http://127.0.0.1:81/api/", False),
        ("https://docs.google.com/x", "https://slack.com/api/", False),
    ],
)
def test_the_token_goes_to_slack_only(url: str, api: str, is_trusted: bool) -> None:
    assert is_of_slack(url, api) is is_trusted


def test_a_file_waits_for_an_hour(store: Engine, monday: Clock) -> None:
    """And only in its workspace; what is over is deleted with the next one."""
    files, now = TargetFiles(store, "T1"), monday()
    token = files.keep(TargetFile(ADMIN, "t.csv", "sales", b"x"), now)
    assert files.person(token, now + timedelta(minutes=59)) == ADMIN
    assert files.person(token, now + timedelta(minutes=61)) is None
    assert TargetFiles(store, "T2").take(token, now) is None
    assert files.take(token, now + timedelta(minutes=61)) is None
    kept = files.keep(TargetFile(ADMIN, "t.csv", "sales", b"x"), now)
    assert files.take(kept, now) == TargetFile(ADMIN, "t.csv", "sales", b"x")
    assert files.take(kept, now) is None
