"""What a press is: a button, or a modal that is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.render.message import Reply
from bot.workspace.request import Press, Request
from bot.workspace.services import Services


@dataclass(frozen=True, slots=True)
class Pressing:
    """What happens when a button of some actions is pressed; an action may go on after a colon ("score:7").

    `for_everyone`: guests and people of other organisations may press it too. `once`: the actions of which
    two presses within seconds are one.
    """

    actions: tuple[str, ...]
    run: Callable[[Request, Press, Services], Reply]
    for_everyone: bool = False
    once: tuple[str, ...] = ()
