"""Offers of subscriptions whose owner has left the workspace, to each admin in private.

They are planned when a post finds that the owner's account is deactivated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.deliveries.content import Ending, LanguageOf, OrdinaryContent
from bot.render.document import Person, filled
from bot.render.message import Message
from bot.render.subscription_list import notice_message
from bot.store.deliveries import Delivery, State
from bot.store.subscriptions import Subscription, number_of
from bot.subscriptions.standing import is_left, shown_as
from bot.workspace.services import Services, subscriptions_of
from kpi_engine.domain.errors import ForbiddenError, QueryError

_OFFERED_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class HandoverOffers(OrdinaryContent):
    """The subscriptions of one workspace that need another owner."""

    services: Services
    language_of: LanguageOf

    def plan(self, now: datetime) -> None:
        """Do nothing: they are planned with the pause."""

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return how an offer ends that is too late, or whose subscription has an owner; None to send it."""
        if _open(delivery, self.services) is None:
            return Ending(State.SKIPPED, "somebody took it over or stopped it")
        return Ending(State.MISSED, "too late") if now - delivery.due_at > _OFFERED_FOR else None

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """Return what happened, with the buttons to take it over or stop it. Raises KpiError."""
        user, found = delivery.what.target, _open(delivery, self.services)
        if found is None:
            raise QueryError("The subscription was stopped.")
        if user not in self.services.roles.listed.admins:
            raise ForbiddenError("Only admins take subscriptions over.")
        sentences = self.services.sentences(self.language_of(user) or self.services.language)
        told = filled(
            sentences.say("{owner} has left, so their subscription {number} is paused."),
            owner=Person(found.terms.owner),
            number=found.id,
        )
        fix = sentences.say("Take it over to have it sent with what you may see, or stop it.")
        entry = shown_as(found, now, self.services, sentences, may_stop=True, may_edit=False)
        made = notice_message(told, [fix], replace(entry, may_take=True), sentences)
        return self.services.marked(made, sentences)


def _open(delivery: Delivery, services: Services) -> Subscription | None:
    """Return the subscription of an offer if it still has no owner."""
    number = number_of(delivery.what.subscription)
    found = None if number is None else subscriptions_of(services).get(number)
    is_same = found is not None and found.key == delivery.what.subscription
    return found if found is not None and is_same and is_left(found) else None
