"""Subscriptions: questions and summaries that people have sent to themselves or to a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, and_, delete, insert, or_, select, update

from bot.store.deliveries import PRESSED, SUBSCRIPTION, Deliveries, What
from bot.store.tables import subscriptions
from kpi_engine.domain.posts import Schedule


class Paused(StrEnum):
    """Why a subscription is paused."""

    ASKED = "asked"
    """Its owner, or an admin, paused it."""
    ROLE = "role"
    """Its owner, or the channel, may no longer see it."""
    LINE = "line"
    """Its line can no longer be read."""


@dataclass(frozen=True, slots=True)
class SubscriptionTerms:
    """What a subscription sends, where and when: `line` is a question, or (`is_summary`) a summary's name.

    `owner` is a Slack user id; `channel` a channel's id, None for the owner's direct messages. `zone` is the
    name of the schedule's time zone.
    """

    owner: str
    channel: str | None
    line: str
    is_summary: bool
    schedule: Schedule
    zone: str
    language: str

    @property
    def target(self) -> str:
        """The channel, or the person, that it goes to."""
        return self.channel or self.owner


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription that was kept. Nothing that was due before `since` is sent."""

    id: int
    terms: SubscriptionTerms
    revision: int
    since: datetime
    created_at: datetime
    paused: Paused | None

    @property
    def key(self) -> str:
        """What its deliveries are found by; each change of the terms has its own key."""
        return f"{SUBSCRIPTION} {self.id}.{self.revision}"


class SubscriptionBook:
    """The subscriptions of one workspace."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace whose subscriptions these are."""
        self._engine = engine
        self._workspace = workspace
        self._deliveries = Deliveries(engine, workspace)

    def add(self, terms: SubscriptionTerms, now: datetime) -> Subscription:
        """Keep a subscription and return it with its number."""
        row = _row(terms) | {
            "workspace": self._workspace,
            "revision": 1,
            "since": now,
            "created_at": now,
            "paused": None,
        }
        with self._engine.begin() as connection:
            key = connection.execute(insert(subscriptions).values(row)).inserted_primary_key
        return Subscription(int(key[0]) if key else 0, terms, 1, now, now, None)

    def change(
        self, subscription: Subscription, terms: SubscriptionTerms, now: datetime
    ) -> Subscription | None:
        """Change the terms and resume it; None if it is gone or was changed meanwhile."""
        seen = subscriptions.c.revision == subscription.revision
        values = _row(terms) | {"revision": subscription.revision + 1, "since": now, "paused": None}
        return self.get(subscription.id) if self._update(subscription.id, seen, values) else None

    def pause(self, number: int, reason: Paused) -> bool:
        """Pause a subscription; False if it is paused already or gone."""
        return self._update(number, subscriptions.c.paused.is_(None), {"paused": reason})

    def resume(self, number: int, now: datetime) -> bool:
        """Resume a subscription from now on; False if it isn't paused or is gone."""
        return self._update(number, subscriptions.c.paused.is_not(None), {"paused": None, "since": now})

    def stop(self, number: int) -> bool:
        """Delete a subscription; False if it is gone already."""
        statement = delete(subscriptions).where(self._mine(subscriptions.c.id == number))
        with self._engine.begin() as connection:
            return connection.execute(statement).rowcount == 1

    def send_now(self, subscription: Subscription, now: datetime) -> bool:
        """Plan a delivery now, besides the scheduled ones; False if this second has one already."""
        what = What(subscription.key, f"now {now:%Y-%m-%d %H:%M:%S}", subscription.terms.target, SUBSCRIPTION)
        return self._deliveries.plan(what, now, now, priority=PRESSED)

    def get(self, number: int) -> Subscription | None:
        """Return a subscription by its number, None if there is none."""
        found = self._rows(subscriptions.c.id == number)
        return found[0] if found else None

    def active(self) -> Sequence[Subscription]:
        """Return those that aren't paused."""
        return self._rows(subscriptions.c.paused.is_(None))

    def paused_by_themselves(self) -> Sequence[Subscription]:
        """Return those that are paused because something is wrong with them."""
        paused = subscriptions.c.paused
        return self._rows(and_(paused.is_not(None), paused != Paused.ASKED))

    def keys(self) -> frozenset[str]:
        """Return the keys of all subscriptions as they are now."""
        wanted = select(subscriptions.c.id, subscriptions.c.revision).where(
            subscriptions.c.workspace == self._workspace
        )
        with self._engine.connect() as connection:
            return frozenset(f"{SUBSCRIPTION} {row[0]}.{row[1]}" for row in connection.execute(wanted))

    def shown(self, person: str, channel: str | None = None) -> Sequence[Subscription]:
        """Return a person's subscriptions, and everybody's that go to a channel, ordered by number."""
        wanted = subscriptions.c.owner == person
        if channel is not None:
            wanted = or_(wanted, subscriptions.c.channel == channel)
        return self._rows(wanted)

    def _mine(self, wanted: Any) -> Any:
        return and_(subscriptions.c.workspace == self._workspace, wanted)

    def _update(self, number: int, seen: Any, values: dict[str, Any]) -> bool:
        wanted = self._mine(and_(subscriptions.c.id == number, seen))
        with self._engine.begin() as connection:
            return connection.execute(update(subscriptions).where(wanted).values(values)).rowcount == 1

    def _rows(self, wanted: Any) -> Sequence[Subscription]:
        statement = select(subscriptions).where(self._mine(wanted)).order_by(subscriptions.c.id)
        with self._engine.connect() as connection:
            return [_subscription(row) for row in connection.execute(statement).mappings()]


def number_of(key: str) -> int | None:
    """Return the number of the subscription with this key, None if the key is something else's."""
    name, _, rest = key.partition(" ")
    number = rest.partition(".")[0]
    return int(number) if name == SUBSCRIPTION and number.isdecimal() else None


def _row(terms: SubscriptionTerms) -> dict[str, Any]:
    schedule = terms.schedule
    return {
        "owner": terms.owner,
        "channel": terms.channel,
        "line": terms.line,
        "is_summary": terms.is_summary,
        "every": schedule.every,
        "weekday": schedule.weekday,
        "working_day": schedule.working_day,
        "at": f"{schedule.at:%H:%M}",
        "zone": terms.zone,
        "language": terms.language,
    }


def _subscription(row: Any) -> Subscription:
    schedule = Schedule(row["every"], time.fromisoformat(row["at"]), row["weekday"], row["working_day"])
    terms = SubscriptionTerms(
        row["owner"],
        row["channel"],
        row["line"],
        row["is_summary"],
        schedule,
        row["zone"],
        row["language"],
    )
    paused = Paused(row["paused"]) if row["paused"] else None
    return Subscription(row["id"], terms, row["revision"], row["since"], row["created_at"], paused)
