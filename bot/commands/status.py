"""`status`: how far the data is loaded and when the next summaries come."""

from __future__ import annotations

from bot import schedule
from bot.commands.verb import Verb
from bot.render.message import Message
from bot.render.replies import status_message
from bot.request import Request
from bot.services import Services


def run(request: Request, rest: str, services: Services) -> Message:  # noqa: ARG001 - takes no words
    """Return the status."""
    sentences = services.sentences(request.language)
    coming = [
        (
            spec.title.in_language(sentences.language),
            schedule.following(spec.schedule, request.now, services.zone, services.calendar).at,
        )
        for spec in services.catalogue.summaries.values()
        if spec.channels
    ]
    return status_message(services.engine.data_until(request.now), coming, sentences)


VERB = Verb("status", (), "how far the data is loaded, and when the next summary comes", "status", run)
