"""`status`: how far the data reaches, when the next summaries are posted, and what went wrong with posts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.conversation.command import CommandContext, Verb
from bot.conversation.no_arguments import require_alone
from bot.render.document import Paragraph, Part
from bot.render.incidents import coming_line, deliveries_line, incident_page
from bot.render.message import Message
from bot.render.replies import status_message
from bot.subscriptions import due_times
from bot.subscriptions.incidents import Reader, shown_incident
from bot.workspace.services import subscriptions_of

_COUNTED = timedelta(days=7)
"""How far back posts are counted."""
_COMING = timedelta(days=1)
"""How far ahead subscriptions are counted."""


def run(context: CommandContext, rest: str) -> Message:
    """Return the status, to the day for who doesn't see everything: a moment is that of somebody's row.

    In private it lists the troubles with posts as well, from the number in `rest` on: to those who see
    everything all of them, to others their own. Raises QueryError if other words follow, and ForbiddenError
    for people without a role.
    """
    first = _read(context, rest)
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
    status = status_message(told, coming, sentences)
    return replace(status, parts=(*status.parts, *_troubles(context, first)))


def _troubles(context: CommandContext, first: int) -> tuple[Part, ...]:
    services, sentences = context.services, context.sentences
    if context.is_public or services.incidents is None or services.desk is None:
        return ()
    is_admin = context.rights.own.everything
    reader = Reader(context.request.user, is_admin)
    entries = [
        shown_incident(entry, services.desk.of_incident(entry), reader, services, sentences, context.today)
        for entry in services.incidents.open_ones(None if is_admin else reader.user)
    ]
    page = incident_page(entries, first if first < len(entries) else 0, sentences, in_list=True)
    if not is_admin:
        return (page,) if entries else ()
    counts = services.desk.counts(context.now - _COUNTED)
    coming = subscriptions_of(services).coming(context.now, context.now + _COMING)
    lines = (deliveries_line(counts, sentences), coming_line(*coming, sentences))
    return (Paragraph(lines), page)


def _to_the_day(until: Mapping[str, datetime | None], zone: ZoneInfo) -> Mapping[str, datetime | date | None]:
    return {name: moment and moment.astimezone(zone).date() for name, moment in until.items()}


def _read(context: CommandContext, rest: str) -> int:
    """Return the index of the first trouble to list, 0 without words. Raises QueryError."""
    if rest.isdecimal() and len(rest) < 4 and int(rest):  # noqa: PLR2004
        return int(rest) - 1
    require_alone(VERB, context, rest)
    return 0


VERB = Verb(
    "status", (), "how current the data is, and when the next summary is posted", "status", run, _read
)
