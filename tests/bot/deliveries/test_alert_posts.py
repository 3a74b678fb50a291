"""Alerts over a real Socket Mode connection: set up, judged, told once when it begins and once when it is over."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from bot.store import database
from bot.store.deliveries import ALERT, Deliveries, State
from bot.workspace.services import Services
from tests.bot.deliveries.test_subscription_posts import GENERAL, Hand, posts, with_general
from tests.bot.world import ANNA, WAIT, World, world
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
