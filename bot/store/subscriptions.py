"""Subscriptions: questions and summaries that people have sent to themselves or to a channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, and_, delete, func, insert, or_, select, update

from bot.store.deliveries import PRESSED, SUBSCRIPTION, Deliveries, What
from bot.store.post_tables import subscriptions
from bot.store.subscription_targets import SubscriptionTargets
from kpi_engine.domain.posts import Schedule


class Paused(StrEnum):
    """Why a subscription is paused."""

    ASKED = "asked"
    """Its owner, or an admin, paused it."""
    ROLE = "role"
    """Its owner, or the channel, may no longer see it."""
    LINE = "line"
    """Its line can no longer be read."""
    ZONE = "zone"
    """Its time zone isn't known any more, so that nobody can say when it is due."""
    LEFT = "left"
    """Its owner's account is deactivated; an admin can take it over."""


class Recipients(StrEnum):
    """Who gets a subscription."""

    ONE = "one"
    """Its channel, or its owner."""
    PEOPLE = "people"
    """The people whom it names, each what they may see."""
    REPS = "reps"
    """Each rep, their own rows."""


@dataclass(frozen=True, slots=True)
class SubscriptionTerms:
    """What a subscription sends, where and when: `line` is a question, or (`is_summary`) a summary's name.

    `owner` is a Slack user id; `channel` a channel's id, None for direct messages. `zone` is the name of the
    schedule's time zone. `people` are the ids of those whom it names, if it goes to people. With
    `only_changes` a post is left out whose figures are those of the last one.
    """

    owner: str
    channel: str | None
    line: str
    is_summary: bool
    schedule: Schedule
    zone: str
    language: str
    only_changes: bool = False
    recipients: Recipients = Recipients.ONE
    people: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """The channel, or the person, that one without other recipients goes to."""
        return self.channel or self.owner


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription that was kept. Nothing that was due before `since` is sent.

    `next_due_at`: all that was due before is planned; None while it is paused.
    """

    id: int
    terms: SubscriptionTerms
    revision: int
    since: datetime
    created_at: datetime
    paused: Paused | None
    next_due_at: datetime | None = None

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
        self._targets = SubscriptionTargets(workspace)

    def add(self, terms: SubscriptionTerms, now: datetime) -> Subscription:
        """Keep a subscription and return it with its number."""
        row = _row(terms) | {
            "workspace": self._workspace,
            "revision": 1,
            "since": now,
            "created_at": now,
            "paused": None,
            "next_due_at": now,
        }
        with self._engine.begin() as connection:
            key = connection.execute(insert(subscriptions).values(row)).inserted_primary_key
            number = int(key[0]) if key else 0
            self._targets.name(connection, number, terms.people)
        return Subscription(number, terms, 1, now, now, None, now)

    def change(
        self, subscription: Subscription, terms: SubscriptionTerms, now: datetime
    ) -> Subscription | None:
        """Change the terms and resume it; None if it is gone or was changed meanwhile."""
        seen = subscriptions.c.revision == subscription.revision
        values = _row(terms) | {"revision": subscription.revision + 1} | _resumed(now)
        with self._engine.begin() as connection:
            if not self._update(connection, subscription.id, seen, values):
                return None
            self._targets.name(connection, subscription.id, terms.people)
            self._targets.forget_figures(connection, subscription.id)
        return self.get(subscription.id)

    def pause(self, number: int, reason: Paused) -> bool:
        """Pause a subscription; False if it is paused already or gone."""
        values = {"paused": reason, "next_due_at": None}
        with self._engine.begin() as connection:
            return self._update(connection, number, subscriptions.c.paused.is_(None), values)

    def resume(self, number: int, now: datetime) -> bool:
        """Resume a subscription from now on; False if it isn't paused or is gone."""
        with self._engine.begin() as connection:
            return self._update(connection, number, subscriptions.c.paused.is_not(None), _resumed(now))

    def stop(self, number: int) -> bool:
        """Delete a subscription; False if it is gone already."""
        statement = delete(subscriptions).where(self._mine(subscriptions.c.id == number))
        with self._engine.begin() as connection:
            self._targets.drop(connection, number)
            return connection.execute(statement).rowcount == 1

    def send_now(self, subscription: Subscription, now: datetime, targets: Sequence[str] = ()) -> bool:
        """Plan a delivery now, besides the scheduled ones; False if this second has one already.

        `targets` are its recipients, where they aren't its channel or its owner.
        """
        planned = [
            self._deliveries.plan(
                What(subscription.key, f"now {now:%Y-%m-%d %H:%M:%S}", target, SUBSCRIPTION),
                now,
                now,
                priority=PRESSED,
            )
            for target in targets or (subscription.terms.target,)
        ]
        return any(planned)

    def leave(self, number: int, person: str) -> bool:
        """Send a subscription no longer to one of its recipients; False if they had left it already."""
        with self._engine.begin() as connection:
            return self._targets.leave(connection, number, person)

    def who_left(self, number: int) -> frozenset[str]:
        """Return the recipients who no longer want a subscription."""
        with self._engine.connect() as connection:
            return self._targets.who_left(connection, (number,)).get(number, frozenset())

    def figures(self, number: int, target: str) -> str | None:
        """Return the hash of the figures that were posted last to a target, None if there is none."""
        with self._engine.connect() as connection:
            return self._targets.figures(connection, number, target)

    def note_figures(self, number: int, target: str, figures: str) -> None:
        """Keep the hash of the figures that were posted last to a target."""
        with self._engine.begin() as connection:
            self._targets.note_figures(connection, number, target, figures)

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

    def owners(self) -> Mapping[int, str]:
        """Return the owner of each subscription by its number."""
        wanted = select(subscriptions.c.id, subscriptions.c.owner).where(
            subscriptions.c.workspace == self._workspace
        )
        with self._engine.connect() as connection:
            return {int(row[0]): str(row[1]) for row in connection.execute(wanted)}

    def coming(self, now: datetime, until: datetime) -> tuple[int, datetime | None]:
        """Return how many are due between two moments, and when the first of them is."""
        due = subscriptions.c.next_due_at
        wanted = self._mine(and_(subscriptions.c.paused.is_(None), due > now, due <= until))
        with self._engine.connect() as connection:
            row = connection.execute(select(func.count(), func.min(due)).where(wanted)).one()
        return int(row[0]), row[1]

    def keys(self) -> frozenset[str]:
        """Return the keys of all subscriptions as they are now."""
        wanted = select(subscriptions.c.id, subscriptions.c.revision).where(
            subscriptions.c.workspace == self._workspace
        )
        with self._engine.connect() as connection:
            return frozenset(f"{SUBSCRIPTION} {row[0]}.{row[1]}" for row in connection.execute(wanted))

    def shown(
        self, person: str, channel: str | None = None, *, is_rep: bool = False
    ) -> Sequence[Subscription]:
        """Return a person's subscriptions, those that name them, and all of a channel, by number.

        `is_rep`: they get what is sent to each rep too.
        """
        theirs = self._targets.naming(person)
        if is_rep:
            theirs = or_(theirs, self._targets.of_reps_with(person))
        wanted = or_(subscriptions.c.owner == person, theirs)
        if channel is not None:
            wanted = or_(wanted, subscriptions.c.channel == channel)
        return self._rows(wanted)

    def _mine(self, wanted: Any) -> Any:
        return and_(subscriptions.c.workspace == self._workspace, wanted)

    def _update(self, connection: Connection, number: int, seen: Any, values: dict[str, Any]) -> bool:
        wanted = self._mine(and_(subscriptions.c.id == number, seen))
        return connection.execute(update(subscriptions).where(wanted).values(values)).rowcount == 1

    def _rows(self, wanted: Any) -> Sequence[Subscription]:
        statement = select(subscriptions).where(self._mine(wanted)).order_by(subscriptions.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
            return subscriptions_in(connection, self._workspace, rows)


def number_of(key: str) -> int | None:
    """Return the number of the subscription with this key, None if the key is something else's."""
    name, _, rest = key.partition(" ")
    number = rest.partition(".")[0]
    return int(number) if name == SUBSCRIPTION and number.isdecimal() else None


def subscriptions_in(
    connection: Connection, workspace: str, rows: Sequence[RowMapping]
) -> list[Subscription]:
    """Return the subscriptions of some rows, with the people whom they name."""
    naming = [row["id"] for row in rows if row["recipients"] == Recipients.PEOPLE]
    people = SubscriptionTargets(workspace).named(connection, naming) if naming else {}
    return [_subscription(row, people.get(row["id"], ())) for row in rows]


def _resumed(now: datetime) -> dict[str, Any]:
    return {"paused": None, "since": now, "next_due_at": now}


def schedule_row(schedule: Schedule) -> dict[str, Any]:
    """Return a schedule as its columns hold it."""
    return {
        "every": schedule.every,
        "weekday": schedule.weekday,
        "working_day": schedule.working_day,
        "at": f"{schedule.at:%H:%M}",
    }


def schedule_of(row: RowMapping) -> Schedule:
    """Return the schedule that a row holds."""
    return Schedule(row["every"], time.fromisoformat(row["at"]), row["weekday"], row["working_day"])


def _row(terms: SubscriptionTerms) -> dict[str, Any]:
    return schedule_row(terms.schedule) | {
        "owner": terms.owner,
        "channel": terms.channel,
        "line": terms.line,
        "is_summary": terms.is_summary,
        "zone": terms.zone,
        "language": terms.language,
        "only_changes": terms.only_changes,
        "recipients": terms.recipients,
    }


def _subscription(row: RowMapping, people: tuple[str, ...]) -> Subscription:
    terms = SubscriptionTerms(
        row["owner"],
        row["channel"],
        row["line"],
        row["is_summary"],
        schedule_of(row),
        row["zone"],
        row["language"],
        row["only_changes"],
        Recipients(row["recipients"]),
        people,
    )
    paused = Paused(row["paused"]) if row["paused"] else None
    return Subscription(
        row["id"], terms, row["revision"], row["since"], row["created_at"], paused, row["next_due_at"]
    )
