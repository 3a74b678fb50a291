"""Planning subscriptions by set: what is due is taken in batches, and each batch is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Engine, and_, case, func, or_, select, update

from bot.store.deliveries import State, What, new_row
from bot.store.inserting import insert_new
from bot.store.post_tables import deliveries, subscriptions
from bot.store.subscription_targets import SubscriptionTargets
from bot.store.subscriptions import Recipients, Subscription, schedule_of, schedule_row, subscriptions_in
from kpi_engine.domain.posts import Schedule


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

    def coming(self, now: datetime) -> Mapping[tuple[Schedule, str], datetime]:
        """Return when the last subscription with each schedule and zone is due next, after `now`."""
        about = (*_OF_SCHEDULE, subscriptions.c.zone)
        wanted = (
            select(*about, func.max(subscriptions.c.next_due_at).label("due"))
            .where(subscriptions.c.workspace == self.workspace, subscriptions.c.next_due_at > now)
            .group_by(*about)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(wanted).mappings()
            return {(schedule_of(row), row["zone"]): row["due"] for row in rows}

    def pull_back(self, schedule: Schedule, zone: str, due_at: datetime, now: datetime) -> int:
        """Let those be planned from `now` on that are due after `due_at`, which is next; return how many.

        They were planned, or set up, before the clock was set back.
        """
        is_of = [column.is_not_distinct_from(value) for column, value in _values(schedule).items()]
        statement = (
            update(subscriptions)
            .where(
                subscriptions.c.workspace == self.workspace,
                subscriptions.c.zone == zone,
                subscriptions.c.next_due_at > due_at,
                *is_of,
            )
            .values(
                next_due_at=now, since=case((subscriptions.c.since > now, now), else_=subscriptions.c.since)
            )
        )
        with self.engine.begin() as connection:
            return connection.execute(statement).rowcount

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


_OF_SCHEDULE = (
    subscriptions.c.every,
    subscriptions.c.weekday,
    subscriptions.c.working_day,
    subscriptions.c.at,
)


def _values(schedule: Schedule) -> Mapping[Column[Any], Any]:
    """Return what the columns of a schedule hold."""
    row = schedule_row(schedule)
    return {column: row[column.name] for column in _OF_SCHEDULE}
