"""`subscribe sales every monday`: has a question or a summary sent regularly; and the form for it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.conversation.command import CommandContext, PressHandler, Verb
from bot.render.message import Message, Reply
from bot.render.schedule_words import day_words, order_words
from bot.render.subscription_list import (
    AT,
    CHANGES,
    EDIT,
    EVERY_TIME,
    FORM,
    NEW,
    ONE_PLACE,
    PEOPLE,
    REPS,
    WHAT,
    WHEN,
    WHERE,
    Form,
    form,
    kept_message,
)
from bot.store.subscriptions import Recipients, Subscription, SubscriptionTerms
from bot.subscriptions.new_subscription import (
    canonical_subscription,
    read_terms,
    subscribe,
    subscription_meant,
)
from bot.subscriptions.schedule_words import DEFAULT_AT, WEEKLY, read_order
from bot.subscriptions.standing import gone, require_owner, shown, subscription_of
from bot.workspace.context import RequestContext
from bot.workspace.request import Press
from bot.workspace.services import subscriptions_of
from kpi_engine import normalised
from kpi_engine.domain.errors import ForbiddenError, QueryError

Given = Mapping[str, tuple[str, ...]]
"""The values of a form by field."""


def run(context: CommandContext, rest: str) -> Message:
    """Set up the subscription that a line asks for. Raises QueryError."""
    return _subscribed(context, rest, None)


def press(context: CommandContext, press: Press) -> Reply:
    """Open the form, or keep what was entered in it. Raises QueryError."""
    sentences = context.sentences
    carried = f"{context.request.channel} {press.message_ts}"
    if press.action == NEW:
        others = _may_send_to_others(context)
        empty = Form(0, "", day_words(WEEKLY), DEFAULT_AT, None, may_send_to_others=others)
        return form(empty, f"0 {carried}", sentences)
    if press.action == EDIT:
        found = subscription_of(press.value, context.services)
        require_owner(context, found)
        terms = found.terms
        given = Form(
            found.id,
            terms.line,
            day_words(terms.schedule),
            terms.schedule.at,
            terms.channel,
            terms.people,
            terms.recipients is Recipients.REPS,
            terms.only_changes,
            _may_send_to_others(context),
        )
        return form(given, f"{found.id}.{found.revision} {carried}", sentences)
    return _submitted(context, press)


def _submitted(context: CommandContext, press: Press) -> Message:
    """Keep a submitted form: the subscription of the line that its fields make."""
    number, _, revision = press.value.partition(".")
    place = subscription_of(number, context.services) if number != "0" else None
    if place is not None and str(place.revision) != revision:
        raise gone()
    return _subscribed(context, _line_of(press.given), place)


def _may_send_to_others(context: RequestContext) -> bool:
    try:
        own = context.rights.own
    except ForbiddenError:
        return False
    return own.everything or bool(own.led)


def wrong_field(given: Given, context: RequestContext) -> tuple[str, QueryError] | None:
    """Return the field of a form that is wrong, and why; None if all are right.

    The suggestions of the error are questions, without the verb and the day. Waits for no database, except
    for a name of a dimension that has too many to hold.
    """
    if context.services.index.remembered(context.now) is None:
        return None  # what is wrong is told in a message, once the names are read
    begin = f"{order_words(context.language).subscribe} "
    try:
        read_terms(context, _line_of(given))
    except QueryError as wrong:
        ordered = (read_order(line.removeprefix(begin), context.language) for line in wrong.suggestions)
        wrong.suggestions = tuple(order.what for order in ordered)
        return (WHERE if isinstance(wrong, ForbiddenError) and given.get(WHERE) else WHAT), wrong
    return None


def _line_of(given: Given) -> str:
    """Return the line that the fields of the form make."""
    fields = {name: values[0] for name, values in given.items() if values}
    where = f"in <#{fields[WHERE]}>" if fields.get(WHERE) else ""
    mentions = ", ".join(f"<@{person}>" for person in given.get(PEOPLE, ()))
    people = order_words("en").to_people.format(people=mentions) if mentions else ""
    chosen = [fields.get(name, "") for name in (REPS, CHANGES)]
    parts = (
        *(fields.get(name, "") for name in (WHAT, WHEN, AT)),
        where,
        people,
        *(words for words in chosen if words not in (EVERY_TIME, ONE_PLACE)),
    )
    return normalised(" ".join(part for part in parts if part))


def _subscribed(context: CommandContext, line: str, place: Subscription | None) -> Message:
    kept = subscribe(context, line, place)
    return kept_message(shown(kept.subscription, context), context.sentences, is_new=kept.is_new)


def _read(context: CommandContext, rest: str) -> SubscriptionTerms:
    """Return the subscription that a line asks for. Raises QueryError."""
    subscriptions_of(context.services)
    return read_terms(context, rest)


def _meant(context: CommandContext, line: str) -> str | None:
    return subscription_meant(context, line) if context.services.subscriptions else None


VERB = Verb(
    "subscribe",
    ("abonneer", "abonneren"),
    "have a question or a summary sent to you or a channel, every day, week, month or quarter",
    "subscribe sales by rep every monday 08:30",
    run,
    _read,
    meant=_meant,
    kept=canonical_subscription,
)
PRESS_HANDLER = PressHandler((NEW, EDIT, FORM), press)
