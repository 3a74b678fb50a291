"""`alerts`: what is watched for you and for this channel, with buttons; acknowledging and snoozing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.alerts.standing import alert_of, episode_of, listed, require_reader, require_stopper, shown
from bot.conversation.command import CommandContext, PressHandler, Verb
from bot.conversation.commands.alert import resumed, snoozed
from bot.conversation.no_arguments import require_alone
from bot.render.alerts import PAUSE, RESUME, SEEN, SNOOZE, STOP, done_message, list_message, stopped_message
from bot.render.document import Person, filled
from bot.render.message import Message, Replacement, Reply
from bot.store.alerts import Alert, PausedAlert
from bot.workspace.request import Press
from bot.workspace.services import alerts_of
from kpi_engine.domain.errors import QueryError

_SHOWS = ("alerts",)


def run(context: CommandContext, rest: str) -> Message:
    """Return the list; `rest` may say from which number on.

    Raises ForbiddenError for people who have no role and no alerts, QueryError for other words.
    """
    found = listed(context)
    if not found:
        context.rights.require_role()
    return _list(context, found, _read(context, rest))


def _read(context: CommandContext, rest: str) -> int:
    """Return the index of the first alert to list, 0 without words. Raises QueryError."""
    alerts_of(context.services)
    if rest.isdecimal() and len(rest) < 4 and int(rest):  # noqa: PLR2004
        return int(rest) - 1
    require_alone(VERB, context, rest)
    return 0


def press(context: CommandContext, press: Press) -> Reply:
    """Do what a button of the list or of a message says. Raises QueryError."""
    number, _, of_message = press.value.partition(" ")
    alert = alert_of(number, context.services)
    action, _, days = press.action.rpartition(":")
    if press.action == SEEN:
        return _seen(context, alert, press, of_message)
    if action == SNOOZE:
        return snoozed(context, alert, context.now + timedelta(days=int(days)))
    require_stopper(context, alert)
    book = alerts_of(context.services)
    change: dict[str, Callable[[], bool]] = {
        PAUSE: lambda: book.pause(alert, PausedAlert.ASKED),
        RESUME: lambda: resumed(context, alert),
        STOP: lambda: book.stop(alert),
    }
    stopped = shown(alert, context)
    change[press.action]()
    rest = _list(context, listed(context), 0)
    if press.action == STOP:
        again = stopped.again if alert.terms.owner == context.request.user else ""
        rest = stopped_message(stopped, rest, context.sentences, again)
    return Replacement(rest)


def _seen(context: CommandContext, alert: Alert, press: Press, of_message: str) -> Message:
    """Note who has seen the last message of an alert; in a channel it is said below it. Raises QueryError."""
    require_reader(context, alert)
    say, user = context.sentences.say, context.request.user
    if of_message != episode_of(alert) or not alert.is_firing:
        raise QueryError(
            "That is over, or was told again since.", hint="How it stands now:", suggestions=_SHOWS
        )
    if not alerts_of(context.services).seen(alert, user, context.now):
        already = filled(say("{person} acknowledged it already."), person=Person(alert.seen_by or user))
        return done_message(already, context.sentences)
    line = filled(say("{person} acknowledged alert {number}."), person=Person(user), number=str(alert.id))
    message = done_message(line, context.sentences)
    if alert.terms.channel is None:
        return message
    own = done_message(say("Everybody in the channel can see that you acknowledged it."), context.sentences)
    return replace(own, shared=replace(message, reply_to=press.message_ts))


def _list(context: CommandContext, found: Sequence[Alert], first: int) -> Message:
    entries = [shown(entry, context) for entry in found]
    return list_message(entries, context.sentences, first if first < len(entries) else 0)


VERB = Verb(
    "alerts",
    ("waarschuwingen", "alarmen"),
    "what is watched for you and for this channel",
    "alerts",
    run,
    _read,
)
PRESS_HANDLER = PressHandler((PAUSE, RESUME, STOP, SEEN, SNOOZE), press, once=(SEEN,))
