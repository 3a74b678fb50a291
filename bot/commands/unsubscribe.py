"""`unsubscribe 3`: ends a subscription."""

from __future__ import annotations

from bot.commands.verb import Verb
from bot.render.message import Message
from bot.render.subscribed import done_message
from bot.request import Request
from bot.services import Services, subscriptions_of
from bot.subscribed import gone, require_stopper, subscription_of
from kpi_engine.errors import QueryError


def run(request: Request, rest: str, services: Services) -> Message:
    """Stop the subscription of a number; without one, the asker's only one. Raises QueryError."""
    book = subscriptions_of(services)
    if rest:
        found = subscription_of(rest, services)
    else:
        mine = [entry for entry in book.shown(request.user) if entry.draft.owner == request.user]
        if len(mine) != 1:
            raise QueryError(
                "Which subscription?" if mine else "You have no subscriptions yet.",
                hint="Say its number:" if mine else "",
                suggestions=tuple(f"{VERB.name} {entry.id}" for entry in mine),
            )
        found = mine[0]
    require_stopper(request, found, services)
    if not book.stop(found.id):
        raise gone()
    say = services.sentences(request.language).say
    return done_message(say("Subscription {number} is stopped.").format(number=found.id))


VERB = Verb(
    "unsubscribe",
    ("stop", "opzeggen", "zeg op", "uitschrijven"),
    "stop a subscription, by its number",
    "unsubscribe 3",
    run,
)
