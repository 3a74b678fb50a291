"""The Share button where nobody else reads along: it asks in which channel."""

from __future__ import annotations

from bot.conversation.commands.press import Pressing
from bot.render.message import Reply
from bot.render.next_steps import SHARE
from bot.render.share import where_modal
from bot.workspace.request import Press, Request
from bot.workspace.services import Services


def run(request: Request, press: Press, services: Services) -> Reply:
    """Return the window that asks for a channel, and remembers the line."""
    return where_modal(press.value, services.sentences(request.language))


PRESSING = Pressing((SHARE,), run)
