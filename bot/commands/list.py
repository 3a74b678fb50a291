"""`list`: every metric with its meaning."""

from __future__ import annotations

from bot.commands.verb import Verb
from bot.render.message import Message
from bot.render.replies import list_message
from bot.request import Request
from bot.services import Services


def run(request: Request, rest: str, services: Services) -> Message:  # noqa: ARG001 - takes no words
    """Return the list."""
    return list_message(services.sentences(request.language))


VERB = Verb("list", ("lijst", "metrics"), "every number I know", "list", run)
