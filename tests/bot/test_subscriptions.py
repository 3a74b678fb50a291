"""Subscriptions over a real Socket Mode connection: set up by line and form, sent, paused, stopped, refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.playground.workspace import Channel, Posted
from bot.services import Services
from bot.store import database
from bot.store.deliveries import Deliveries, State
from tests.bot.world import ANNA, SocketStandIn, World, world
from tests.shop import BRUSSELS

GENERAL = "C0GENERAL"
SUNDAY = datetime(2026, 11, 22, 20, 0, tzinfo=BRUSSELS)
MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=BRUSSELS)


@dataclass
class Hand:
    """A clock that is turned by hand."""

    now: datetime = SUNDAY

    def __call__(self) -> datetime:
        return self.now


def with_general(standin: SocketStandIn) -> None:
    """Add a channel that no summary goes to."""
    standin.workspace.channels = (*standin.workspace.channels, Channel(GENERAL, "general"))


def posts(slack: World, channel: str) -> list[Posted]:
    """The bot's messages in a channel that everybody there sees."""
    return [
        message
        for message in slack.workspace.messages
        if message.channel == channel and message.user == slack.workspace.bot_user and not message.private_to
    ]


def states(slack: World) -> list[tuple[str, str]]:
    """The deliveries of subscriptions: what and how they stand."""
    engine = database.open_store(f"sqlite:///{slack.store}")
    rows = Deliveries(engine, "T0DEMO").newest(50)
    engine.dispose()
    return [(row.what.part, row.state) for row in rows if row.what.part in ("subscription", "notice")]


async def test_a_question_comes_when_it_is_due_and_says_once_who_set_it_up(
    demo_services: Services, tmp_path: Path
) -> None:
    """Not before, once at its time, again a week later; only the first post names the owner and the way out."""
    clock = Hand()
    async with world(
        "socket", demo_services, clock, tmp_path / "store.sqlite", every=0.2, prepare=with_general
    ) as slack:
        said = await slack.say(
            f"subscribe sales by region last week every monday 08:30 in <#{GENERAL}|general>"
        )
        assert "You are subscribed." in said.text
        assert "next on Mon 23 Nov 2026 08:30" in said.text
        assert said.private_to == ANNA
        assert posts(slack, GENERAL) == []
        clock.now = MONDAY + timedelta(minutes=1)
        await slack.until(lambda: len(posts(slack, GENERAL)) == 1)
        (first,) = posts(slack, GENERAL)
        assert "sales by region 2026-W47" in first.text
        assert f"Set up by <@{ANNA}>; it comes every Monday at 08:30." in first.text
        assert "/kpi unsubscribe 1" in first.text
        clock.now += timedelta(days=7)
        await slack.until(lambda: len(posts(slack, GENERAL)) == 2)
        second = posts(slack, GENERAL)[1]
        assert "sales by region 2026-W48" in second.text
        assert "Set up by" not in second.text
        assert states(slack) == [("subscription", State.SENT), ("subscription", State.SENT)]
