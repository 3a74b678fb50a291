"""A line that is too long to be a question costs next to nothing, whatever its words."""

from __future__ import annotations

from time import process_time

import pytest

from bot.conversation.dispatch import dispatch
from bot.render.plain_text import text_of
from bot.rights import Membership
from bot.runtime.clock import Clock
from bot.workspace.request import Request
from bot.workspace.services import Services


@pytest.mark.parametrize("filler", ["de ", "my ", "please ", "x ", "mondays ", "every "])
def test_ten_thousand_characters_of_fillers_are_refused_at_once(
    filler: str, demo_services: Services, monday: Clock
) -> None:
    """Words that may stand before a verb aren't each tried as one, with all of the line behind them."""

    def cost(line: str) -> tuple[float, str]:
        asked = Request("T0DEMO", "U0WHO", "C0", line, "cli", monday(), "en", Membership.FULL)
        started = process_time()
        message = dispatch(asked, demo_services)
        return process_time() - started, text_of(message)

    cost("sales")  # reads the names
    seconds, text = cost((filler * 10_000)[:10_000])
    assert text.startswith("That line is too long to be a question")
    assert seconds < 1  # of CPU; trying each took two to six
