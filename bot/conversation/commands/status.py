"""`status`: how far the data is loaded and when the next summaries come."""

from __future__ import annotations

from bot.conversation.commands.no_arguments import require_alone
from bot.conversation.commands.verb import Verb
from bot.render.message import Message
from bot.render.replies import status_message
from bot.subscriptions import due_times
from bot.workspace.request import Request
from bot.workspace.services import Services


def run(request: Request, rest: str, services: Services) -> Message:
    """Return the status. Raises QueryError where words follow."""
    _read(request, rest, services)
    sentences = services.sentences(request.language)
    coming = [
        (
            spec.title.in_language(sentences.language),
            due_times.following(spec.schedule, request.now, services.zone, services.calendar).at,
        )
        for spec in services.catalogue.summaries.values()
        if spec.channels
    ]
    return status_message(services.engine.data_until(request.now), coming, sentences)


def _read(request: Request, rest: str, services: Services) -> None:
    require_alone(VERB, request, rest, services)


VERB = Verb("status", (), "how far the data is loaded, and when the next summary comes", "status", run, _read)
