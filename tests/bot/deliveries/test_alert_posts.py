"""Alerts over a real Socket Mode connection: set up, judged, told once when it begins and once when it is over."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path

from bot.playground.slack_validators import message_violations, view_violations
from bot.playground.workspace import Json
from bot.store import database
from bot.store.deliveries import ALERT, Deliveries, State
from bot.workspace.services import Services
from tests.bot.deliveries.test_subscription_posts import GENERAL, Hand, posts, with_general
from tests.bot.world import ANNA, LEAD, WAIT, World, world
from tests.shop import BRUSSELS

BEFORE = datetime(2026, 9, 28, 9, 0, tzinfo=BRUSSELS)
"""A Monday after a week of €104,785; the next two weeks have €83,951 and €110,598."""
WEEK = timedelta(days=7)


async def sent(slack: World, count: int) -> None:
    """Wait until so many messages of alerts are noted as sent."""
    engine = database.open_store(f"sqlite:///{slack.store}")
    deliveries = Deliveries(engine, "T0DEMO")

    def are_sent() -> bool:
        rows = [row for row in deliveries.newest(50) if row.what.part == ALERT]
        return [row.state for row in rows] == [State.SENT] * count

    await slack.until(are_sent)
    engine.dispose()


async def settled(slack: World) -> None:
    """Wait until the bot has looked at least once more."""
    for _ in range(2):
        await slack.say("status")


async def test_a_threshold_is_told_once_when_it_is_passed_and_once_when_it_is_over(
    demo_services: Services, tmp_path: Path
) -> None:
    """In the channel, with its figure, whose it is and how to stop it; another day tells nothing again."""
    clock = Hand(BEFORE)
    store = tmp_path / "store.sqlite"
    async with world("socket", demo_services, clock, store, every=0.2, prepare=with_general) as slack:
        said = await slack.say(f"alert sales last week below 90k in <#{GENERAL}|general>")
        assert "Your alert is set up." in said.text
        assert "below €90,000" in said.text
        assert said.private_to == ANNA
        await listed(slack, "nothing to tell")
        assert posts(slack, GENERAL) == []
        clock.now = BEFORE + WEEK
        await slack.until(lambda: len(posts(slack, GENERAL)) == 1)
        (begun,) = posts(slack, GENERAL)
        assert "Alert: Sales, week 40 (28 Sept–4 Oct 2026): €83,951, below €90,000." in begun.text
        assert f"Set up by <@{ANNA}>." in begun.text
        assert "/kpi alert stop 1" in begun.text
        await sent(slack, 1)
        clock.now += timedelta(days=1)
        await listed(slack, "not over yet")
        await settled(slack)
        assert len(posts(slack, GENERAL)) == 1
        clock.now = BEFORE + 2 * WEEK
        await slack.until(lambda: len(posts(slack, GENERAL)) == 2)
        over = posts(slack, GENERAL)[1]
        assert "Over: Sales, week 41 (5–11 Oct 2026): €110,598, no longer below €90,000." in over.text
        assert "It was told on Mon 5 Oct 2026 09:00." in over.text
        assert "Set up by" not in over.text
        await listed(slack, "nothing to tell")
        await settled(slack)
        assert len(posts(slack, GENERAL)) == 2


async def listed(slack: World, state: str) -> None:
    """Ask for the list until it says how an alert stands."""
    async with asyncio.timeout(WAIT):
        while state not in (await slack.say("alerts")).text:
            await asyncio.sleep(0.1)


async def test_the_window_does_what_a_line_does(demo_services: Services, tmp_path: Path) -> None:
    """From an answer, then changed: the same alert with its floor, its hours and its channel."""
    clock = Hand(BEFORE)
    store = tmp_path / "store.sqlite"
    async with world("socket", demo_services, clock, store, prepare=with_general) as slack:
        assert slack.sender
        answer = await slack.say("sales by region last week vs last year")
        await slack.press(answer, "Alert")
        await slack.until(lambda: ANNA in slack.workspace.views)
        view = slack.workspace.views[ANNA].content
        assert view_violations(view) == ()
        assert _fields(slack)["what"]["initial_value"] == "sales last week"
        typed = {"what": "sales last week", "rule": "below", "bound": "", "floor": ""}
        typed |= {"quiet": "quiet 18:00-08:00", "where": ""}
        wrong = await slack.sender.submit(ANNA, _given(typed))
        assert wrong == {"bound": "Below or above which number? Write it like 10k or 15%."}
        wrong = await slack.sender.submit(ANNA, _given(typed | {"bound": "90k", "what": "slaes last week"}))
        assert wrong["what"].endswith("sales last week")
        count = len(slack.workspace.messages)
        floor = {"bound": "90k", "floor": "by at least 1k"}
        assert await slack.sender.submit(ANNA, _given(typed | floor)) == {}
        kept = await slack.message_after(count)
        assert kept.private_to == ANNA
        assert "sales last week · below €90,000 by at least €1,000 · your direct messages · " in kept.text
        assert "quiet 18:00–08:00" in kept.text
        await slack.press(kept, "Edit")
        await slack.until(lambda: ANNA in slack.workspace.views)
        fields = _fields(slack)
        assert fields["rule"]["initial_option"]["value"] == "below"
        assert fields["bound"]["initial_value"] == "90000"
        assert fields["floor"]["initial_value"] == "by at least 1000"
        assert fields["quiet"]["initial_option"]["value"] == "quiet 18:00-08:00"
        count = len(slack.workspace.messages)
        changed = {"rule": "drop", "quiet": "any time", "where": GENERAL}
        assert await slack.sender.submit(ANNA, _given(typed | floor | changed)) == {}
        again = await slack.message_after(count)
        assert f"sales last week · unusually low by at least €1,000 · <#{GENERAL}> · " in again.text
        assert "quiet" not in again.text


def _given(typed: dict[str, str]) -> dict[str, dict[str, str]]:
    return {name: {name: value} for name, value in typed.items()}


def _fields(slack: World) -> dict[str, Json]:
    return {block["block_id"]: block["element"] for block in slack.workspace.views[ANNA].content["blocks"]}


async def test_the_list_pauses_resumes_and_stops(demo_services: Services, tmp_path: Path) -> None:
    """Each press changes the list in its place, also on the Home tab; Undo sets it up again."""
    clock = Hand(BEFORE)
    async with world("socket", demo_services, clock, tmp_path / "store.sqlite") as slack:
        assert slack.sender
        kept = await slack.say("alert sales last week below 90k any time")
        shown = await slack.say("alerts")

        def text() -> str:
            found = slack.workspace.find(shown.channel, shown.ts)
            assert found
            return found.text

        await slack.press(shown, "Pause")
        await slack.until(lambda: "paused" in text())
        await slack.press(shown, "Resume")
        await slack.until(lambda: "paused" not in text())
        await slack.sender.open_home(ANNA)
        await slack.until(lambda: ANNA in slack.workspace.homes)
        tab = json.dumps(slack.workspace.homes[ANNA].content, ensure_ascii=False)
        assert "Your alerts" in tab
        assert "below €90,000" in tab
        await slack.press(shown, "Stop")
        await slack.until(lambda: "Stopped: sales last week · below €90,000" in text())
        count = len(slack.workspace.messages)
        await slack.press(shown, "Undo")
        again = await slack.message_after(count)
        assert "Your alert is set up." in again.text
        assert "quiet" not in again.text
        count = len(slack.workspace.messages)
        await slack.press(kept, "Pause")
        assert "That alert was stopped or changed." in (await slack.message_after(count)).text


async def test_an_alert_in_a_channel_says_who_has_seen_it(demo_services: Services, tmp_path: Path) -> None:
    """In its thread, for everybody there; who presses Snooze says nothing to the others."""
    clock = Hand(BEFORE)
    store = tmp_path / "store.sqlite"
    async with world("socket", demo_services, clock, store, every=0.2, prepare=with_general) as slack:
        await slack.say(f"alert sales last week below 200k in <#{GENERAL}|general>")
        await slack.until(lambda: len(posts(slack, GENERAL)) == 1)
        await sent(slack, 1)
        (begun,) = posts(slack, GENERAL)
        assert message_violations({"text": begun.text, "blocks": begun.blocks}) == ()
        await slack.press(begun, "Acknowledge", LEAD)
        await slack.until(lambda: len(posts(slack, GENERAL)) == 2)
        seen = posts(slack, GENERAL)[1]
        assert seen.text.startswith(f"<@{LEAD}> acknowledged alert 1.")
        assert seen.thread == begun.ts
        own = "Everybody in the channel can see that you acknowledged it."
        await slack.until(lambda: any(own in message.text for message in slack.workspace.messages))
        count = len(slack.workspace.messages)
        await slack.press(begun, "Snooze for a week", LEAD)
        snoozed = await slack.message_after(count)
        assert snoozed.private_to == LEAD
        assert "Alert 1 is snoozed until Mon 5 Oct 2026 09:00." in snoozed.text
