"""`status`: how far the data reaches, and when the next summaries are posted."""

from __future__ import annotations

from bot.conversation.command import CommandContext, Verb
from bot.conversation.no_arguments import require_alone
from bot.render.message import Message
from bot.render.replies import status_message
from bot.subscriptions import due_times


def run(context: CommandContext, rest: str) -> Message:
    """Return the status. Raises QueryError if words follow."""
    _read(context, rest)
    sentences = context.sentences
    coming = [
        (
            spec.title.in_language(sentences.language),
            due_times.following(
                spec.schedule, context.now, context.services.zone, context.services.calendar
            ).at,
        )
        for spec in context.catalogue.summaries.values()
        if spec.channels
    ]
    return status_message(context.services.engine.data_until(context.now), coming, sentences)


def _read(context: CommandContext, rest: str) -> None:
    require_alone(VERB, context, rest)


VERB = Verb(
    "status", (), "how current the data is, and when the next summary is posted", "status", run, _read
)
