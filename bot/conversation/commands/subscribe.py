"""`subscribe sales every monday`: a question or a summary that comes by itself; and the form for the same."""

from __future__ import annotations

from collections.abc import Mapping

from bot.conversation.commands.press import Pressing
from bot.conversation.commands.verb import Verb
from bot.render.message import Message, Reply
from bot.render.subscription_list import (
    AT,
    EDIT,
    FORM,
    NEW,
    WHAT,
    WHEN,
    WHERE,
    Form,
    day_words,
    form,
    kept_message,
    order_words,
)
from bot.store.subscriptions import Draft, Subscription
from bot.subscriptions.new_subscription import order, order_meant, ordered_words, read_draft
from bot.subscriptions.schedule_words import DEFAULT_AT, WEEKLY, read_order
from bot.subscriptions.standing import gone, require_owner, shown, subscription_of
from bot.workspace.request import Press, Request
from bot.workspace.services import Services, subscriptions_of
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.language.parser import normalised


def run(request: Request, rest: str, services: Services) -> Message:
    """Set up what a line orders. Raises QueryError."""
    return _ordered(request, rest, services, None)


def press(request: Request, press: Press, services: Services) -> Reply:
    """Open the form, or take what was written in it. Raises QueryError."""
    sentences = services.sentences(request.language)
    remembered = f"{request.channel} {press.message_ts}"
    if press.action == NEW:
        empty = Form(0, "", day_words(WEEKLY), DEFAULT_AT, None)
        return form(empty, f"0 {remembered}", sentences)
    if press.action == EDIT:
        found = subscription_of(press.value, services)
        require_owner(request, found)
        draft = found.draft
        given = Form(found.id, draft.line, day_words(draft.schedule), draft.schedule.at, draft.channel)
        return form(given, f"{found.id}.{found.revision} {remembered}", sentences)
    return _sent(request, press, services)


def _sent(request: Request, press: Press, services: Services) -> Message:
    """Take the form as the line that it stands for."""
    number, _, revision = press.value.partition(".")
    place = subscription_of(number, services) if number != "0" else None
    if place is not None and str(place.revision) != revision:
        raise gone()
    return _ordered(request, _line_of(press.fields), services, place)


def wrong_field(
    fields: Mapping[str, str], request: Request, services: Services
) -> tuple[str, QueryError] | None:
    """Return the field of a form that can't be kept as it is, and why; None where it can.

    What else may be asked is told without the verb and its day. Reads nothing but what is in memory.
    """
    if services.index.remembered(request.now) is None:
        return None  # it is told in a message, once it is kept
    begin = f"{order_words(request.language).subscribe} "
    try:
        read_draft(request, _line_of(fields), services)
    except QueryError as wrong:
        orders = (read_order(line.removeprefix(begin), request.language) for line in wrong.suggestions)
        wrong.suggestions = tuple(order.what for order in orders)
        return (WHERE if isinstance(wrong, ForbiddenError) and fields.get(WHERE) else WHAT), wrong
    return None


def _line_of(fields: Mapping[str, str]) -> str:
    where = f"in <#{fields[WHERE]}>" if fields.get(WHERE) else ""
    parts = (fields.get(WHAT, ""), fields.get(WHEN, ""), fields.get(AT, ""), where)
    return normalised(" ".join(part for part in parts if part))


def _ordered(request: Request, line: str, services: Services, place: Subscription | None) -> Message:
    kept = order(request, line, services, place)
    sentences = services.sentences(request.language)
    return kept_message(shown(kept.subscription, request, services, sentences), sentences, is_new=kept.is_new)


def _read(request: Request, rest: str, services: Services) -> Draft:
    """Return what a line orders. Raises QueryError."""
    subscriptions_of(services)
    return read_draft(request, rest, services)


def _meant(request: Request, line: str, services: Services) -> str | None:
    return order_meant(request, line, services) if services.subscriptions else None


VERB = Verb(
    "subscribe",
    ("abonneer", "abonneren"),
    "have a question or a summary sent to you or a channel, every week or month",
    "subscribe sales by rep every monday 08:30",
    run,
    _read,
    meant=_meant,
    kept=ordered_words,
)
PRESSING = Pressing((NEW, EDIT, FORM), press)
