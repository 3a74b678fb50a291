"""What a rep, a guest and somebody of another organisation get by every way in, gathered and searched at once."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from bot.conversation.dispatch import answers_of, dispatch
from bot.playground.workspace import Posted
from bot.render.formats import Formats
from bot.rights import Roles
from bot.runtime.clock import Clock
from bot.slack.listeners import MESSAGE_SHORTCUT, SHORTCUT
from bot.workspace.services import Services
from tests.bot.in_slack import in_slack
from tests.bot.rights.test_access import (
    ADMIN,
    ANNA,
    COLLEAGUES,
    EXTERNAL,
    GUEST,
    KARIM,
    LISTED,
    OPEN_CHANNEL,
    UNMAPPED,
    people_of,
    request,
)
from tests.bot.world import SALES, SCOPES, World, world
from tests.shop import BRUSSELS

EVERYTHING = SCOPES + ",files:write,im:write"
LINES = (
    "",
    "sales by rep last month",
    "sales by rep last month csv",
    "sales by rep last month xlsx",
    "sales by rep last month sql",
    "sales by rep last month share",
    "sales by rep last month chart",
    "sales by rep last month bottom 3",
    "sales by rep sales:>1 last month",
    "sales by rep per month last 3 months",
    "sales,leads by rep last month",
    "sales vs team last month",
    "sales by team last month",
    "sales by team rep:me last month csv",
    "sales by team this month vs 2026-09",
    "sales by team this year",
    "sales vs team this month",
    "why sales by team last month csv",
    'sales rep:"Jan Peeters" last month',
    'sales rep:"Jan Peters" last month',
    "sales jan peeters last month",
    "sales -rep:me last month",
    "conversion by rep",
    "why sales last month",
    "why sales by rep last month",
    "profit by customer last month top 5",
    "pairs",
    "nps last quarter",
    "targets",
    'target sales rep:"Jan Peeters" 5k',
    "summary weekly",
    "summary monthly",
    "define sales",
    "list",
    "help",
    "status",
    "settings",
    "subscriptions",
    "subscribe sales by rep every monday 08:30",
    "alerts",
    "alert sales unusual",
    'alert sales rep:"Jan Peeters" below 5k',
    "alert sales by rep below 5k",
)
"""One of each kind of line, and those that would name a colleague."""
PRESSES = (
    ("ask:0", "sales by rep 2026-10"),
    ("ask:csv", "sales by rep 2026-10 csv"),
    ("ask:xlsx", 'sales rep:"Jan Peeters" 2026-10 xlsx'),
    ("share", "sales by rep 2026-10"),
    ("show:chart", "sales by rep 2026-10 chart"),
)
"""Buttons as an admin's answer has them."""

METRICS = ("sales", "profit")
SPANS = ("last month", "this month", "per month last 3 months")
TELLING = 1000
"""Smaller amounts may stand anywhere by chance."""

Way = Callable[[World, str], Awaitable[None]]


@pytest.fixture
def company(demo_services: Services) -> Services:
    """The demo company with roles, as a customer would have them."""
    return replace(demo_services, demo=False, roles=Roles(LISTED))


async def answered(slack: World, ask: Awaitable[Any]) -> None:
    """Wait for the bot's answer to something: a message, a file or a window."""
    before, views = len(slack.workspace.messages), dict(slack.workspace.views)
    await ask
    own = slack.workspace.bot_user
    await slack.until(
        lambda: (
            any(message.user == own for message in slack.workspace.messages[before:])
            or slack.workspace.views != views
        )
    )


async def by_command(slack: World, user: str) -> None:
    assert slack.sender
    for line in LINES:
        await answered(slack, slack.sender.command(SALES, user, f"/kpi {line}"))


async def by_mention(slack: World, user: str) -> None:
    assert slack.sender
    for line in LINES[1:]:
        await answered(slack, slack.sender.message(OPEN_CHANNEL, user, f"@kpi-bot {line}", None))


async def by_direct_message(slack: World, user: str) -> None:
    assert slack.sender
    for line in LINES[1:]:
        await answered(slack, slack.sender.message(f"D{user[1:]}", user, line, None))


async def by_press(slack: World, user: str) -> None:
    assert slack.sender
    workspace = slack.workspace
    shown = workspace.add(Posted(OPEN_CHANNEL, workspace.next_ts(), workspace.bot_user, "An admin's answer"))
    for action, line in PRESSES:
        pressed = {"type": "button", "action_id": action, "value": line}
        await answered(slack, slack.sender.click(OPEN_CHANNEL, user, shown.ts, "next", pressed))


async def by_window(slack: World, user: str) -> None:
    assert slack.sender
    await answered(slack, slack.sender.shortcut(user, SHORTCUT))
    asked = Posted(OPEN_CHANNEL, "9.9", ADMIN, 'sales rep:"Jan Peeters" by rep last month')
    slack.workspace.add(asked)
    await answered(slack, slack.sender.message_shortcut(OPEN_CHANNEL, user, asked.ts, MESSAGE_SHORTCUT))
    if user in slack.workspace.views:
        given = {"build:metric": {"build:metric": "sales"}, "build:by:sales": {"build:by:sales": ["rep"]}}
        await answered(slack, slack.sender.submit(user, given))


async def by_home(slack: World, user: str) -> None:
    assert slack.sender
    await slack.sender.open_home(user)
    await slack.until(lambda: user in slack.workspace.homes)


WAYS: tuple[Way, ...] = (by_command, by_mention, by_direct_message, by_press, by_window, by_home)


def gathered(slack: World, user: str) -> str:
    """Return all that somebody got to see of the bot: messages, windows, the Home tab, files."""
    workspace = slack.workspace
    own = [message for message in workspace.messages if message.user == workspace.bot_user]
    seen = [message for message in own if message.private_to in (None, user)]
    parts = [f"{message.text} {json.dumps(message.blocks, ensure_ascii=False)}" for message in seen]
    parts += [
        json.dumps(view.content, ensure_ascii=False)
        for views in (workspace.views, workspace.homes)
        for name, view in views.items()
        if name == user
    ]
    return "\n".join([*parts, *(_held(file.name, file.content) for file in workspace.files.values())])


def _held(name: str, content: bytes) -> str:
    if not name.endswith(".xlsx"):
        return content.decode()
    sheets = openpyxl.load_workbook(BytesIO(content)).worksheets
    return "\n".join(
        str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row
    )


def _amounts_of_others(company: Services, monday: Clock, own: str, team: str) -> dict[str, set[float]]:
    """Return what colleagues and teams made, by their names, in all that a rep asks about.

    Without the rep's own, and without the team where its total may be shown.
    """
    found: dict[str, set[float]] = defaultdict(set)
    lines = [
        f"{metric} by {split} {span}" for metric in METRICS for split in ("rep", "team") for span in SPANS
    ]
    for line in lines:
        (answer,) = answers_of(request(ADMIN, line, monday), company)
        for group in answer.groups:
            name = group.labels[0] or ""
            figures = [group.figure, *(entry.figure for entry in group.comparisons)]
            values = [entry.value for entry in (*figures, *(point.figure for point in group.series))]
            if name not in (own, team):
                found[name] |= {value for value in values if value is not None and value >= TELLING}
    return found


def _told(values: set[float], seen: str) -> set[float]:
    """Return which amounts stand in a text, as the bot writes them in either language or as a file has them."""
    numbers = {number.rstrip(".,") for number in re.findall(r"\d[\d.,]*", seen)}
    numbers |= {whole for whole, dot, _ in (number.partition(".") for number in numbers) if dot}
    formats = [Formats(language, BRUSSELS) for language in ("en", "nl")]

    def forms(value: float) -> set[str]:
        return {str(int(value)), *(entry.money(value, "EUR").strip("€ \xa0") for entry in formats)}

    return {value for value in values if forms(value) & numbers}


@pytest.mark.parametrize(
    ("user", "own", "own_team", "is_total_shown", "language"),
    [(ANNA, "Anna de Vries", "Schelde", False, "en"), (KARIM, "Karim El Amrani", "Maas", True, "nl")],
)
async def test_nothing_of_a_colleague_is_told_to_a_rep_by_any_way(
    user: str,
    own: str,
    own_team: str,
    is_total_shown: bool,
    language: str,
    company: Services,
    monday: Clock,
    tmp_path: Path,
) -> None:
    """Whatever a rep of a team of three, or of five, types, presses, opens or sends: no name and no amount.

    What they get is theirs, and it is something.
    """
    store = tmp_path / "store.sqlite"
    async with world("http", company, monday, store, scopes=EVERYTHING, prepare=people_of) as slack:
        await slack.say(f"settings language {language}", user)
        for way in WAYS:
            await way(slack, user)
    seen = gathered(slack, user)  # what was still being answered ended with the bot
    names = {name for name in COLLEAGUES if name not in own}
    assert {name for name in names if name in _without_what_they_typed(seen)} == set()
    teams = {team.label for team in company.staff(monday()).teams}
    assert {name for name in teams if name in seen} == {own_team}
    others = _amounts_of_others(company, monday, own, own_team if is_total_shown else "")
    admins = in_slack(dispatch(request(ADMIN, "sales by rep last month", monday), company)).text
    assert len(_told(set().union(*others.values()), admins)) > 5
    assert {name: told for name, values in others.items() if (told := _told(values, seen))} == {}
    (mine,) = answers_of(request(user, "sales last month", monday), company)
    assert mine.figure.value is not None
    assert _told({mine.figure.value}, seen)
    assert seen.count(own) > len(LINES)
    assert len(slack.workspace.files) >= 6


def test_an_amount_is_found_in_every_form() -> None:
    """As both languages write it and as a file has it, and never inside a longer one."""
    for text in ("€12,345", "€\xa012.345", "12345.38", "12345.379999999"):
        assert _told({12345.38}, f"Sales: {text}, and more")
    for text in ("€112,345", "€\xa012.345.678", "412345.38", "12.3"):
        assert not _told({12345.38}, f"Sales: {text}, and more")


def _without_what_they_typed(seen: str) -> str:
    """Return a text without the names that somebody wrote and that are only said back."""
    for typed in ('rep:\\"Jan Peeters\\"', 'rep:"Jan Peeters"', "“Jan Peeters”", "jan peeters", "Jan Peters"):
        seen = seen.replace(typed, "")
    return seen


@pytest.mark.parametrize("user", [GUEST, EXTERNAL, UNMAPPED])
async def test_who_has_no_part_gets_no_figure_by_any_way(
    user: str, company: Services, monday: Clock, tmp_path: Path
) -> None:
    """A guest, somebody of another organisation, a member without a role: no amount, no name, no file."""
    store = tmp_path / "store.sqlite"
    async with world("http", company, monday, store, scopes=EVERYTHING, prepare=people_of) as slack:
        for way in WAYS:
            await way(slack, user)
    seen = gathered(slack, user)
    assert "€" not in seen.replace("€300,000", "")
    assert "Anna de Vries" not in seen
    assert not slack.workspace.files
    assert {name for name in COLLEAGUES if name in _without_what_they_typed(seen)} == set()
