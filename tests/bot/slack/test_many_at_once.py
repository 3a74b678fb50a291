"""Many questions at once: all acknowledged in time, and answered up to the one limit on questions."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bot.playground.workspace import Json
from bot.runtime.clock import Clock
from bot.slack import listeners
from bot.slack.admission import AT_ONCE
from bot.slack.own_store import OwnStore
from bot.store.seen import Seen
from bot.workspace.services import Services
from tests.bot.slack.signed import FORM, sent
from tests.bot.slack.test_receiving import handed_over, mention
from tests.bot.world import ANNA, SALES, Mode, World, world

LINES = ("sales 2025-{:02}", "leads 2025-{:02}", "orders 2025-{:02}", "conversion 2025-{:02}")
ACK_SECONDS = 3
BOTH = pytest.mark.parametrize("mode", ["http", "socket"])


async def at_once(slack: World, mode: Mode, count: int) -> list[float]:
    """Send commands at the same moment; return after how many seconds each was acknowledged."""

    async def one(number: int) -> float:
        line = LINES[number % len(LINES)].format(1 + number % 12)
        started = time.monotonic()
        if mode == "socket":
            await slack.standin.send("slash_commands", slack.command_payload(line))
        else:
            assert slack.sender
            await slack.sender.command(SALES, ANNA, f"/kpi {line}")
        return time.monotonic() - started

    return list(await asyncio.gather(*(one(number) for number in range(count))))


@BOTH
async def test_fifty_at_once_are_all_answered(
    mode: Mode, demo_services: Services, monday: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With figures; the store, whose disk is slow here, has two threads and refuses nobody."""
    is_first = Seen.is_first

    def slowly(*given: Any) -> bool:
        time.sleep(0.03)
        return is_first(*given)

    monkeypatch.setattr(Seen, "is_first", slowly)
    async with world(mode, demo_services, monday, tmp_path / "store.sqlite") as slack:
        assert max(await at_once(slack, mode, 50)) < ACK_SECONDS
        await slack.until(lambda: len(slack.workspace.messages) == 50)
        texts = [message.text for message in slack.workspace.messages]
        assert [text for text in texts if "2025" not in text or "Too many" in text] == []
        assert sum(call.method == "users.info" for call in slack.workspace.calls) <= 1


@BOTH
async def test_two_hundred_at_once_are_all_acknowledged_and_told(
    mode: Mode, demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """Of two threads: those that find no place are asked to try again, each with its line to press."""
    path = tmp_path / "store.sqlite"
    async with world(mode, demo_services, monday, path, kpi_pool_size=2) as slack:
        assert max(await at_once(slack, mode, 200)) < ACK_SECONDS
        await slack.until(lambda: len(slack.workspace.messages) == 200)
        refused = [entry for entry in slack.workspace.messages if "Too many questions" in entry.text]
        assert len(refused) <= 200 - 2 * 17, "a thread works on one, and sixteen wait for it"
        answered = [
            entry for entry in slack.workspace.messages if "2025" in entry.text and entry not in refused
        ]
        assert len(answered) == 200 - len(refused)


async def test_answers_hand_the_interpreter_over_quickly(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """The loop asks for it after each acknowledgement that it sends, while threads work on answers."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.005)
    try:
        async with world("socket", demo_services, monday, tmp_path / "store.sqlite") as slack:
            await slack.say("sales")
            assert sys.getswitchinterval() < 0.001
    finally:
        sys.setswitchinterval(before)


async def test_a_few_begin_at_once(
    demo_services: Services, monday: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that what is done for those that came doesn't delay those that come."""
    begin, now, most = OwnStore.begin, 0, 0

    async def counted(*given: Any) -> Any:
        nonlocal now, most
        now += 1
        most = max(most, now)
        found = await begin(*given)
        now -= 1
        return found

    monkeypatch.setattr(OwnStore, "begin", counted)
    async with world("socket", demo_services, monday, tmp_path / "store.sqlite") as slack:
        await at_once(slack, "socket", 40)
        await slack.until(lambda: len(slack.workspace.messages) == 40)
    assert most == AT_ONCE


@BOTH
async def test_beyond_every_limit_slack_is_asked_to_send_again(
    mode: Mode, demo_services: Services, monday: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By 503, or by no acknowledgement; nothing piles up here."""
    monkeypatch.setattr(listeners, "MOST_TURNS", 0)
    async with world(mode, demo_services, monday, tmp_path / "store.sqlite") as slack:
        if mode == "http":
            body = "&".join(f"{name}={value}" for name, value in _command(slack).items()).encode()
            assert (await sent(slack, body, FORM))[0] == 503
        else:
            sending = asyncio.create_task(handed_over(slack, mode, "events_api", mention()))
            done, _ = await asyncio.wait({sending}, timeout=1)
            assert not done
            sending.cancel()
        assert slack.workspace.messages == []
        monkeypatch.setattr(listeners, "MOST_TURNS", 5)
        await slack.say("help")


def _command(slack: World) -> Json:
    return {
        "team_id": slack.workspace.team,
        "command": "/kpi",
        "text": "sales",
        "user_id": ANNA,
        "channel_id": SALES,
    }
