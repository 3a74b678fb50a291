"""`status`: how far the data reaches, and when the next summaries are posted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.conversation.command import CommandContext, Verb
from bot.conversation.no_arguments import require_alone
from bot.render.message import Message
from bot.render.replies import status_message
from bot.subscriptions import due_times


def run(context: CommandContext, rest: str) -> Message:
    """Return the status, to the day for who doesn't see everything: a moment is that of somebody's row.

    Raises QueryError if words follow, and ForbiddenError for people without a role.
    """
    _read(context, rest)
    sentences, viewer = context.sentences, context.viewer
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
    until = context.services.engine.data_until(context.now)
    told = until if viewer.everything else _to_the_day(until, context.services.zone)
    return status_message(told, coming, sentences)


def _to_the_day(until: Mapping[str, datetime | None], zone: ZoneInfo) -> Mapping[str, datetime | date | None]:
    return {name: moment and moment.astimezone(zone).date() for name, moment in until.items()}


def _read(context: CommandContext, rest: str) -> None:
    require_alone(VERB, context, rest)


VERB = Verb(
    "status", (), "how current the data is, and when the next summary is posted", "status", run, _read
)
