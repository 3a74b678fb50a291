"""`unsubscribe 3`: stops a subscription."""

from __future__ import annotations

import re

from bot.conversation.command import CommandContext, Verb
from bot.render.message import Message
from bot.render.subscription_list import done_message
from bot.store.subscriptions import Subscription
from bot.subscriptions.standing import gone, is_recipient, may_stop, require_stopper, subscription_of
from bot.workspace.services import subscriptions_of
from kpi_engine import COMMANDS, fold, one_of
from kpi_engine.domain.errors import QueryError

_NUMBER = re.compile(rf"(?:{one_of(COMMANDS.number_signs)})? ?(\d{{1,9}})")


def run(context: CommandContext, rest: str) -> Message:
    """Stop the subscription with a number; without a number, the asker's only one. Raises QueryError.

    A recipient of somebody else's stops it for themselves.
    """
    found = _read(context, rest)
    book, say = subscriptions_of(context.services), context.sentences.say
    if not may_stop(context, found) and is_recipient(context, found):
        book.leave(found.id, context.request.user)
        return done_message(say("You no longer get subscription {number}.").format(number=found.id))
    require_stopper(context, found)
    if not book.stop(found.id):
        raise gone()
    return done_message(say("Subscription {number} is stopped.").format(number=found.id))


def _read(context: CommandContext, rest: str) -> Subscription:
    """Return the subscription that words name. Raises QueryError with the asker's own as suggestions."""
    user = context.request.user
    book, number = subscriptions_of(context.services), _NUMBER.fullmatch(fold(rest))
    if number:
        return subscription_of(number.group(1), context.services)
    mine = [entry for entry in book.shown(user) if entry.terms.owner == user]
    if len(mine) == 1 and not rest:
        return mine[0]
    verb = VERB.typed(context.language)
    raise QueryError(
        "Which subscription?" if mine else "You have no subscriptions.",
        hint="Give its number:" if mine else "",
        suggestions=tuple(f"{verb} {entry.id}" for entry in mine),
    )


VERB = Verb(
    "unsubscribe",
    ("stop", "opzeggen", "zeg op", "uitschrijven"),
    "stop a subscription by its number",
    "unsubscribe 3",
    run,
    _read,
)
