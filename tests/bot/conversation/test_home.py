"""The Home tab over real connections: who sees what, and what a press on it does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.runtime.clock import Clock
from bot.workspace.services import Services
from tests.bot.world import ANNA, DIRECT, GUEST, Mode, World, world


async def _opened(found: World, user: str) -> str:
    """Open somebody's Home tab and return its text."""
    assert found.sender
    before = found.workspace.homes.get(user)
    await found.sender.open_home(user)
    await found.until(lambda: found.workspace.homes.get(user) is not before)
    return str(found.workspace.homes[user].content["blocks"])


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_somebody_who_is_no_rep_sees_what_to_ask(
    mode: Mode, demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """The help stands there; a pressed example is answered in a direct message, and twice pressed once."""
    async with world(mode, demo_services, monday, tmp_path / "store.sqlite") as found:
        shown = await _opened(found, ANNA)
        for text in ("Your numbers", "Ask me for a metric", "next on"):
            assert text in shown
        assert found.sender
        rows = [
            row
            for row in found.workspace.homes[ANNA].content["blocks"]
            if row["type"] == "actions" and row["elements"][0]["action_id"].startswith("ask:")
        ]
        before = len(found.workspace.messages)
        for _ in range(2):
            await found.sender.click_home(ANNA, rows[0]["block_id"], rows[0]["elements"][0])
        answer = await found.message_after(before)
        assert answer.channel == DIRECT
        assert "data until" in answer.text
        await found.say("help")  # whatever was still under way is answered by then
        assert sum("data until" in message.text for message in found.workspace.messages[before:]) == 1


async def test_a_guest_sees_no_figure(demo_services: Services, monday: Clock, tmp_path: Path) -> None:
    """But the reason, in place of the numbers."""
    async with world("socket", demo_services, monday, tmp_path / "store.sqlite") as found:
        shown = await _opened(found, GUEST)
        assert "guests can" in shown
        assert "€" not in shown
        assert "next on" not in shown


async def test_the_operator_says_who_helps(demo_services: Services, monday: Clock, tmp_path: Path) -> None:
    """KPI_SUPPORT stands on the tab as it was written."""
    services = replace(demo_services, support="Ask <@U0CAROL>")
    async with world("socket", services, monday, tmp_path / "store.sqlite") as found:
        shown = await _opened(found, ANNA)
        assert "Who can help" in shown
        assert "Ask <@U0CAROL>" in shown
