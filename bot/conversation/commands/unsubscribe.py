"""`unsubscribe 3`: ends a subscription."""

from __future__ import annotations

import re

from bot.conversation.commands.verb import Verb
from bot.render.message import Message
from bot.render.subscription_list import done_message
from bot.store.subscriptions import Subscription
from bot.subscriptions.standing import gone, require_stopper, subscription_of
from bot.workspace.request import Request
from bot.workspace.services import Services, subscriptions_of
from kpi_engine.domain.errors import QueryError
from kpi_engine.language.folding import fold
from kpi_engine.language.lexicon import COMMANDS
from kpi_engine.language.phrases import one_of

_NUMBER = re.compile(rf"(?:{one_of(COMMANDS.number_signs)})? ?(\d{{1,9}})")


def run(request: Request, rest: str, services: Services) -> Message:
    """Stop the subscription of a number; without one, the asker's only one. Raises QueryError."""
    found = _read(request, rest, services)
    require_stopper(request, found, services)
    if not subscriptions_of(services).stop(found.id):
        raise gone()
    say = services.sentences(request.language).say
    return done_message(say("Subscription {number} is stopped.").format(number=found.id))


def _read(request: Request, rest: str, services: Services) -> Subscription:
    """Return the subscription that words name. Raises QueryError, with the asker's own to choose from."""
    book, number = subscriptions_of(services), _NUMBER.fullmatch(fold(rest))
    if number:
        return subscription_of(number.group(1), services)
    mine = [entry for entry in book.shown(request.user) if entry.draft.owner == request.user]
    if len(mine) == 1 and not rest:
        return mine[0]
    verb = VERB.typed(request.language)
    raise QueryError(
        "Which subscription?" if mine else "You have no subscriptions.",
        hint="Say its number:" if mine else "",
        suggestions=tuple(f"{verb} {entry.id}" for entry in mine),
    )


VERB = Verb(
    "unsubscribe",
    ("stop", "opzeggen", "zeg op", "uitschrijven"),
    "stop a subscription, by its number",
    "unsubscribe 3",
    run,
    _read,
)
