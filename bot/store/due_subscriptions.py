"""Planning subscriptions by set: what is due is taken in batches, and each batch is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, and_, or_, select, update

from bot.store.deliveries import State, What, new_row
from bot.store.inserting import insert_new
from bot.store.subscription_targets import SubscriptionTargets
from bot.store.subscriptions import Recipients, Subscription, subscriptions_in
from bot.store.tables import deliveries, subscriptions


@dataclass(frozen=True, slots=True)
class PlannedPost:
    """A delivery to plan: pending, or missed if it is too late for it."""

    what: What
    due_at: datetime
    state: State


@dataclass(frozen=True, slots=True)
class PlannedSubscription:
    """What of a subscription was due until now, and when it is due next."""

    subscription: Subscription
    posts: Sequence[PlannedPost]
    next_due_at: datetime


@dataclass(frozen=True, slots=True)
class DueSubscriptions:
    """The subscriptions of one workspace that are due."""

    engine: Engine
    workspace: str

    def until(self, now: datetime, limit: int, after: Subscription | None = None) -> Sequence[Subscription]:
        """Return those that are due until `now`, the longest due first, from the one behind `after` on."""
        wanted = [subscriptions.c.workspace == self.workspace, subscriptions.c.next_due_at <= now]
        if after is not None:
            due_at, number = subscriptions.c.next_due_at, subscriptions.c.id
            behind = and_(due_at == after.next_due_at, number > after.id)
            wanted.append(or_(due_at > after.next_due_at, behind))
        statement = (
            select(subscriptions)
            .where(*wanted)
            .order_by(subscriptions.c.next_due_at, subscriptions.c.id)
            .limit(limit)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
            return subscriptions_in(connection, self.workspace, rows)

    def who_left(self, found: Sequence[Subscription]) -> Mapping[int, frozenset[str]]:
        """Return the recipients who left those of some subscriptions that go to several, by number."""
        several = [entry.id for entry in found if entry.terms.recipients is not Recipients.ONE]
        if not several:
            return {}
        with self.engine.connect() as connection:
            return SubscriptionTargets(self.workspace).who_left(connection, several)

    def plan(self, planned: Sequence[PlannedSubscription], now: datetime) -> None:
        """Insert what was due, once, and move on when each is due next, in one transaction.

        One that was changed, paused or resumed since it was read isn't moved: it is due again.
        """
        rows = [
            new_row(self.workspace, post.what, post.due_at, now, post.state)
            for entry in planned
            for post in entry.posts
        ]
        alike: dict[tuple[datetime | None, datetime], list[int]] = {}
        for entry in planned:  # those of one schedule move together
            was = entry.subscription.next_due_at
            alike.setdefault((was, entry.next_due_at), []).append(entry.subscription.id)
        with self.engine.begin() as connection:
            insert_new(connection, deliveries, rows)
            for (was, next_due_at), numbers in alike.items():
                unchanged = (
                    subscriptions.c.workspace == self.workspace,
                    subscriptions.c.id.in_(numbers),
                    subscriptions.c.next_due_at == was,
                )
                connection.execute(update(subscriptions).where(*unchanged).values(next_due_at=next_due_at))
