"""`subscriptions`: what is sent to you and to this channel, with buttons to send, pause and stop it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.conversation.command import CommandContext, PressHandler, Verb
from bot.conversation.no_arguments import require_alone
from bot.render.document import Channel, filled
from bot.render.message import Message, Replacement, Reply
from bot.render.subscription_list import (
    LEAVE,
    PAUSE,
    RESUME,
    SEND,
    STOP,
    TAKE,
    done_message,
    from_file,
    kept_message,
    list_message,
    stopped_message,
)
from bot.store.subscriptions import Paused, Recipients, Subscription
from bot.subscriptions.new_subscription import taken_over
from bot.subscriptions.recipients import planned_reps
from bot.subscriptions.standing import (
    gone,
    has_role,
    is_left,
    is_recipient,
    listed,
    require_stopper,
    shown,
    subscribe_line,
    subscription_of,
)
from bot.workspace.request import Press
from bot.workspace.services import subscriptions_of


def run(context: CommandContext, rest: str) -> Message:
    """Return the list; `rest` may say from which number on.

    Raises ForbiddenError for people who have no role and no subscriptions, QueryError for other words.
    """
    found = listed(context)
    if not found:
        context.rights.require_role()
    return _list(context, found, _read(context, rest))


def _read(context: CommandContext, rest: str) -> int:
    """Return the index of the first subscription to list, 0 without words. Raises QueryError."""
    subscriptions_of(context.services)
    if rest.isdecimal() and len(rest) < 4 and int(rest):  # noqa: PLR2004
        return int(rest) - 1
    require_alone(VERB, context, rest)
    return 0


def press(context: CommandContext, press: Press) -> Reply:
    """Do what a button of the list says, and show the list again. Raises QueryError."""
    book = subscriptions_of(context.services)
    found = subscription_of(press.value, context.services)
    if press.action == LEAVE:
        return _leave(context, found)
    require_stopper(context, found)
    if press.action == TAKE:
        return _take(context, found)
    if press.action == SEND:
        return _send(context, found)
    change: dict[str, Callable[[], bool]] = {
        PAUSE: lambda: book.pause(found.id, Paused.ASKED),
        RESUME: lambda: book.resume(found.id, context.now),
        STOP: lambda: book.stop(found.id),
    }
    stopped = shown(found, context)
    change[press.action]()
    rest = _list(context, listed(context), 0)
    if press.action == STOP:
        again = subscribe_line(found.terms) if found.terms.owner == context.request.user else ""
        rest = stopped_message(stopped, rest, context.sentences, again)
    return Replacement(rest)


def _send(context: CommandContext, subscription: Subscription) -> Message:
    """Send a subscription now, besides its schedule."""
    terms, targets = subscription.terms, _targets(context, subscription)
    say, channel = context.sentences.say, terms.channel
    if not targets:
        return done_message(say("Nobody gets it at the moment."))
    subscriptions_of(context.services).send_now(subscription, context.now, targets)
    context.services.wake()
    if terms.recipients is not Recipients.ONE:
        return done_message(say("It is on its way to {count} people.").format(count=len(targets)))
    if channel is None:
        return done_message(say("It is on its way, in a direct message."))
    return done_message(filled(say("It is on its way to {channel}."), channel=Channel(channel)))


def _targets(context: CommandContext, subscription: Subscription) -> Sequence[str]:
    """Return whom a subscription is sent to now."""
    terms = subscription.terms
    if terms.recipients is Recipients.ONE:
        return (terms.target,)
    if terms.recipients is Recipients.PEOPLE:
        return terms.people
    left = subscriptions_of(context.services).who_left(subscription.id)
    reps = planned_reps(context.services, terms.owner, context.now)
    return [user for user in reps if user not in left]


def _leave(context: CommandContext, subscription: Subscription) -> Reply:
    """Send a subscription no longer to the asker, who is one of its recipients."""
    if not is_recipient(context, subscription):
        raise gone()
    subscriptions_of(context.services).leave(subscription.id, context.request.user)
    return Replacement(_list(context, listed(context), 0))


def _take(context: CommandContext, subscription: Subscription) -> Message:
    """Make the asker the owner of a subscription whose owner has left, with the asker's rights."""
    if not is_left(subscription):
        raise gone()
    taken = taken_over(context, subscription)
    return kept_message(shown(taken, context), context.sentences, is_new=True)


def _list(context: CommandContext, found: Sequence[Subscription], first: int) -> Message:
    sentences = context.sentences
    entries = [shown(entry, context) for entry in found]
    beside = [
        from_file(spec.title.in_language(sentences.language), spec.schedule, sentences)
        for spec in context.catalogue.summaries.values()
        if context.request.channel in spec.channels and has_role(context)
    ]
    return list_message(entries, sentences, first if first < len(entries) else 0, beside=beside)


VERB = Verb(
    "subscriptions",
    ("abonnementen", "subscription", "abonnement"),
    "what is sent to you and to this channel, and when",
    "subscriptions",
    run,
    _read,
)
PRESS_HANDLER = PressHandler((PAUSE, RESUME, STOP, SEND, LEAVE, TAKE), press, once=(SEND,))
