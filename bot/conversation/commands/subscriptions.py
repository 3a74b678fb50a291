"""`subscriptions`: what comes to you and to this channel, with buttons to see, send, pause and stop it."""

from __future__ import annotations

from collections.abc import Callable

from bot.conversation.commands.no_arguments import require_alone
from bot.conversation.commands.press import Pressing
from bot.conversation.commands.verb import Verb
from bot.render.document import Channel, filled
from bot.render.message import Message, Replacement, Reply
from bot.render.subscription_list import (
    PAUSE,
    RESUME,
    SEND,
    STOP,
    done_message,
    from_file,
    list_message,
    stopped_message,
)
from bot.store.subscriptions import Paused, Subscription
from bot.subscriptions.standing import (
    has_role,
    listed,
    order_line,
    require_role,
    require_stopper,
    shown,
    subscription_of,
)
from bot.workspace.request import Press, Request
from bot.workspace.services import Services, subscriptions_of


def run(request: Request, rest: str, services: Services) -> Message:
    """Return the list; `rest` may say from which place on.

    Raises ForbiddenError for whoever has no role, nor anything of their own to stop; QueryError for other
    words.
    """
    if not listed(request, services):
        require_role(request, services)
    return _list(request, services, _read(request, rest, services))


def _read(request: Request, rest: str, services: Services) -> int:
    """Return the place from which on subscriptions are listed, the first where nothing follows."""
    subscriptions_of(services)
    if rest.isdecimal() and len(rest) < 4 and int(rest):  # noqa: PLR2004
        return int(rest) - 1
    require_alone(VERB, request, rest, services)
    return 0


def press(request: Request, press: Press, services: Services) -> Reply:
    """Do what a button of the list says, for whoever may; what is shown shows it. Raises QueryError."""
    found = subscription_of(press.value, services)
    require_stopper(request, found, services)
    if press.action == SEND:
        return _send(request, found, services)
    change: dict[str, Callable[[], bool]] = {
        PAUSE: lambda: subscriptions_of(services).pause(found.id, Paused.ASKED),
        RESUME: lambda: subscriptions_of(services).resume(found.id, request.now),
        STOP: lambda: subscriptions_of(services).stop(found.id),
    }
    stopped = shown(found, request, services, services.sentences(request.language))
    change[press.action]()
    rest = _list(request, services, 0)
    if press.action == STOP:
        again = order_line(found.draft) if found.draft.owner == request.user else ""
        rest = stopped_message(stopped, rest, services.sentences(request.language), again)
    return Replacement(rest)


def _send(request: Request, subscription: Subscription, services: Services) -> Message:
    """Have a subscription sent besides its schedule."""
    subscriptions_of(services).send_now(subscription, request.now)
    services.wake()
    say, channel = services.sentences(request.language).say, subscription.draft.channel
    if channel is None:
        return done_message(say("It is on its way, in a direct message."))
    return done_message(filled(say("It is on its way to {channel}."), channel=Channel(channel)))


def _list(request: Request, services: Services, first: int) -> Message:
    sentences = services.sentences(request.language)
    entries = [shown(entry, request, services, sentences) for entry in listed(request, services)]
    beside = [
        from_file(spec.title.in_language(sentences.language), spec.schedule, sentences)
        for spec in services.catalogue.summaries.values()
        if request.channel in spec.channels and has_role(request, services)
    ]
    return list_message(entries, sentences, first if first < len(entries) else 0, beside=beside)


VERB = Verb(
    "subscriptions",
    ("abonnementen", "subscription", "abonnement"),
    "what comes to you and to this channel, and when",
    "subscriptions",
    run,
    _read,
)
PRESSING = Pressing((PAUSE, RESUME, STOP, SEND), press, once=(SEND,))
