"""The Share button of a private answer: it asks in which channel."""

from __future__ import annotations

from bot.conversation.command import CommandContext, PressHandler
from bot.render.message import Reply
from bot.render.next_steps import SHARE
from bot.render.share import where_modal
from bot.workspace.request import Press


def run(context: CommandContext, press: Press) -> Reply:
    """Return the window that asks for a channel and carries the line to share."""
    return where_modal(press.value, context.sentences)


PRESS_HANDLER = PressHandler((SHARE,), run)
