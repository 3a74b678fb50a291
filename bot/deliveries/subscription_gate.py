"""The gate before subscriptions: one waits for the rows of its own days as its owner may see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.deliveries.content import Hold
from bot.deliveries.gate import Awaited, Gate, Reading, Terms, patience_of
from bot.deliveries.subscription_planning import grace_of
from bot.render.document import Bold, Code, Span
from bot.render.sentences import Sentences
from bot.rights import Account, Rights, require_visible
from bot.store.deliveries import Delivery
from bot.store.subscriptions import Subscription, SubscriptionTerms, number_of
from bot.subscriptions.recipients import reader_for
from bot.subscriptions.standing import question_of, zone_of
from bot.workspace.services import Services, subscriptions_of
from bot.workspace.summaries import spec_named, visible_queries


@dataclass(frozen=True, slots=True)
class SubscriptionGate:
    """What the subscriptions of one workspace wait for.

    `sentences_of` returns the sentences of a post's language.
    """

    services: Services
    account_of: Callable[[str], Account]
    sentences_of: Callable[[SubscriptionTerms, str], Sentences]

    def hold(self, delivery: Delivery, now: datetime) -> Hold | None:
        """Return the hold of a post whose rows haven't arrived. Raises WarehouseError and DeliveryError."""
        subscription = self._subscription(delivery)
        if subscription is None:
            return None
        patience = self._terms(subscription.terms).patience
        return Gate(self.services).hold(self.awaited(delivery, now), patience, now)

    def awaited(self, delivery: Delivery, now: datetime) -> Awaited | None:
        """Return what a post waits for. Raises WarehouseError and DeliveryError."""
        subscription = self._subscription(delivery)
        if subscription is None:
            return None
        terms = subscription.terms
        return Gate(self.services).awaited(
            delivery, self._terms(terms), self._reading(terms, delivery, now), now
        )

    def title(self, delivery: Delivery) -> tuple[Span, Sentences] | None:
        """Return a summary's title or a question's line, in the language of the post; None if it is gone."""
        subscription = self._subscription(delivery)
        if subscription is None:
            return None
        terms = subscription.terms
        sentences = self.sentences_of(terms, delivery.what.target)
        spec = self.services.catalogue.summaries.get(terms.line) if terms.is_summary else None
        return (Bold(spec.title.in_language(sentences.language)) if spec else Code(terms.line)), sentences

    def remarks(
        self, subscription: Subscription, delivery: Delivery, sentences: Sentences, now: datetime
    ) -> tuple[str, ...]:
        """Return what stands below a post that waited in vain. Raises WarehouseError and DeliveryError."""
        terms = subscription.terms
        reading = self._reading(terms, delivery, now)
        return Gate(self.services).remarks(delivery, self._terms(terms), reading, sentences, now)

    def _subscription(self, delivery: Delivery) -> Subscription | None:
        """Return the subscription of a scheduled post; None if it was stopped, or if Send now was pressed."""
        number = number_of(delivery.what.subscription)
        if number is None or delivery.what.is_pressed:
            return None
        return subscriptions_of(self.services).get(number)

    def _terms(self, terms: SubscriptionTerms) -> Terms:
        spec = self.services.catalogue.summaries.get(terms.line) if terms.is_summary else None
        patience = patience_of(spec, self.services.patience)
        return Terms(terms.schedule, zone_of(terms, self.services), grace_of(terms, self.services), patience)

    def _reading(self, terms: SubscriptionTerms, delivery: Delivery, now: datetime) -> Callable[[], Reading]:
        def reading() -> Reading:
            services, target = self.services, delivery.what.target

            def rights_of(user: str) -> Rights:
                return services.rights_of(self.account_of(user), now)

            reader = reader_for(terms, target, rights_of(terms.owner), rights_of, services, now)
            viewer = reader.viewer
            if not terms.is_summary:
                query = question_of(terms, delivery.due_at, services)
                require_visible(query, viewer, services.catalogue)
                return Reading((query,), viewer)
            spec, rep = spec_named(services.catalogue, terms.line), reader.rep
            if rep is None and spec.is_private:
                rep = services.asker(target, now, viewer).rep
            queries = visible_queries(services.engine, spec, services.members(now), now, viewer, rep)
            return Reading(queries, viewer)

        return reading
