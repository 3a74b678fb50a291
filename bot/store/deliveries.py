"""Deliveries: each is a row before it is posted, and only one process may post it.

    pending -> preparing -> ready -> sending -> sent | failed | unknown        missed: noticed too late
        ^-- held <-+           ^--- reconciling <-+  (sent | ready | unknown)

A `held` delivery waits for its data. `ready` has a frozen payload. `sending` whose answer wasn't clear,
or whose lease has expired, becomes `reconciling`: Slack's history says whether the message is there. Where
the history can't be read, it becomes `unknown`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, and_, insert, select
from sqlalchemy.exc import IntegrityError

from bot.store.post_tables import deliveries


class State(StrEnum):
    """The state of a delivery."""

    PENDING = "pending"
    HELD = "held"
    """It waits for its data; `reason` says for what, `not_before` when it is looked at again."""
    PREPARING = "preparing"
    """A process makes its message."""
    READY = "ready"
    """Its message is made and frozen, and certainly wasn't posted."""
    SENDING = "sending"
    """A process posts it, or has died while it did."""
    RECONCILING = "reconciling"
    """It may have been posted; Slack's history will say."""
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It may have been posted, and the history can't be read."""
    MISSED = "missed"
    """It was too late."""
    SKIPPED = "skipped"
    """It had nothing new to say, and was wanted only then."""


ENDED = (State.SENT, State.FAILED, State.UNKNOWN, State.MISSED, State.SKIPPED)
"""The states in which nothing happens any more by itself."""


SUMMARY = "summary"
"""The part of deliveries that are summaries."""
SUBSCRIPTION, NOTICE = "subscription", "notice"
"""The parts of deliveries that are subscriptions, and notices to their owners."""
POSTS = (SUMMARY, SUBSCRIPTION)
"""The parts of deliveries that are posts themselves, not beside one."""
ALERT = "alert"
"""The part of deliveries that are alerts: what was entered, and its end."""
SHORTFALL = "shortfall"
"""The part of deliveries that tell a person, or their lead, of a shortfall in private."""
MISTAKE = "mistake"
"""The part of deliveries that tell an admin of a mistake in the rows, and of its end."""
INCIDENT = "incident"
"""The part of deliveries that tell what went wrong with others, and when it is over."""
DETAILS = {SUMMARY: "summary details", SUBSCRIPTION: "subscription details"}
"""The parts of deliveries that are the threads below summaries, by the part of the summary itself."""
HELD = {SUMMARY: "summary held", SUBSCRIPTION: "subscription held"}
"""The parts of deliveries that say why a post is held, by the part of the post itself."""
CORRECTION = {SUMMARY: "summary correction", SUBSCRIPTION: "subscription correction"}
"""The parts of deliveries that say below a post which of its figures have changed, by its part."""
HANDOVER = "hand over"
"""The part of deliveries that offer an admin the subscription of somebody who has left."""
UNREADABLE = "history_unreadable"
"""The reason of a delivery begins with it if it may have been posted and the history can't be read."""
PROMPT = "prompt"
"""The part of deliveries that ask people for a score."""

NOT_MADE, UNEXPECTED = "not_made", "unexpected"
DATABASE, SLACK, STORE = "database", "slack", "store"
"""Codes that a delivery's reason begins with, besides Slack's own: its message can't be made, or not by a
mistake of ours; the sales database, Slack or the store doesn't answer what its message needs. A delivery that
failed without a code wasn't wanted any more.
"""

PRESSED, TOLD, POSTED, SUBSCRIBED, ASKED = range(5)
"""Priorities: what somebody pressed a button for, notices, summaries, subscriptions, surveys."""
PRIORITIES: Mapping[str, int] = {
    NOTICE: TOLD,
    ALERT: TOLD,
    SHORTFALL: TOLD,
    HANDOVER: TOLD,
    MISTAKE: TOLD,
    INCIDENT: TOLD,
    SUMMARY: POSTED,
    HELD[SUMMARY]: TOLD,
    HELD[SUBSCRIPTION]: TOLD,
    DETAILS[SUMMARY]: POSTED,
    CORRECTION[SUMMARY]: POSTED,
    SUBSCRIPTION: SUBSCRIBED,
    DETAILS[SUBSCRIPTION]: SUBSCRIBED,
    CORRECTION[SUBSCRIPTION]: SUBSCRIBED,
    PROMPT: ASKED,
}
"""The priority of each part, unless it is planned with another one."""


@dataclass(frozen=True, slots=True)
class What:
    """What is delivered to whom; unique in a workspace.

    `period` is canonical for summaries and subscriptions ("now" and the moment after Send now was pressed),
    and the wave of a survey.
    """

    subscription: str
    period: str
    target: str
    part: str = SUMMARY

    @property
    def is_pressed(self) -> bool:
        """Whether somebody pressed Send now: then it isn't about a period, and waits for nothing."""
        return self.period.startswith("now ")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the store.

    `reason` is why it failed, is held or waits: for a refusal Slack's error code, then ": " and what to do.
    `not_before` is the earliest moment of the next try. `conversation` is the channel where the message
    stands, also if `what.target` is a person. `note` is what the message's maker kept for `Content.sent`.
    """

    id: int
    what: What
    state: State
    due_at: datetime
    attempts: int
    changed_at: datetime
    message_ts: str | None
    reason: str | None
    not_before: datetime
    priority: int = SUBSCRIBED
    epoch: int = 0
    first_tried_at: datetime | None = None
    held_until: datetime | None = None
    marker: str | None = None
    reference: str | None = None
    conversation: str | None = None
    note: str = ""
    again_at: datetime | None = None

    @property
    def wanted_at(self) -> datetime:
        """The moment from which its lateness counts: when it was due, or last asked for again."""
        return self.again_at or self.due_at


SHOWN = tuple(column for column in deliveries.c if column.name not in ("payload", "uploaded"))
"""The columns that are read for a `Delivery`; the others are large, and read by those who need them."""


class Deliveries:
    """The deliveries of one workspace: planning them, and reading what became of them.

    `bot.store.claims` is how one of them goes on.
    """

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace whose deliveries these are."""
        self._engine = engine
        self._workspace = workspace

    def plan(
        self,
        what: What,
        due_at: datetime,
        now: datetime,
        *,
        state: State = State.PENDING,
        priority: int | None = None,
    ) -> bool:
        """Plan a delivery once; False if it is planned already, by this process or another one.

        Without a `priority` it has the one of its part.
        """
        row = new_row(self._workspace, what, due_at, now, state, priority)
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(deliveries).values(row))
        except IntegrityError:
            return False
        return True

    def last_of(self, summary: str, channel: str) -> Delivery | None:
        """Return the last post of a summary to a channel, sent or not; None if none was ever planned."""
        wanted = and_(
            deliveries.c.subscription == summary, deliveries.c.target == channel, deliveries.c.part == SUMMARY
        )
        return next(iter(self._rows(wanted, limit=1, newest_first=True)), None)

    def has(self, what: What) -> bool:
        """Whether a delivery was planned."""
        return self.of(what) is not None

    def newest(self, limit: int) -> Sequence[Delivery]:
        """Return the newest deliveries, newest first."""
        return self._rows(None, limit=limit, newest_first=True)

    def missed_before(self, subscription: str, target: str, due_at: datetime) -> Sequence[Delivery]:
        """Return the posts that were missed since the last one that was sent; threads and notices aside."""
        rows = self._rows(
            and_(
                deliveries.c.part.in_(POSTS),
                deliveries.c.subscription == subscription,
                deliveries.c.target == target,
                deliveries.c.due_at < due_at,
            ),
            newest_first=True,
        )
        missed = []
        for row in rows:
            if row.state is State.SENT:
                break
            if row.state is State.MISSED:
                missed.append(row)
        return missed[::-1]

    def sent_since(self, parts: Sequence[str], moment: datetime) -> Sequence[Delivery]:
        """Return the deliveries of some parts that were sent since a moment, the earliest due first."""
        return self._rows(
            and_(
                deliveries.c.part.in_(parts),
                deliveries.c.state == State.SENT,
                deliveries.c.changed_at >= moment,
            )
        )

    def of(self, what: What) -> Delivery | None:
        """Return a planned delivery, None if there is none."""
        columns = ("subscription", "period", "target", "part")
        wanted = and_(*(deliveries.c[name] == getattr(what, name) for name in columns))
        return next(iter(self._rows(wanted, limit=1)), None)

    def was_sent(self, subscription: str, target: str) -> bool:
        """Whether a post of a subscription was ever sent to a target."""
        wanted = and_(
            deliveries.c.subscription == subscription,
            deliveries.c.target == target,
            deliveries.c.part.in_(POSTS),
            deliveries.c.state == State.SENT,
        )
        return bool(self._rows(wanted, limit=1))

    def held(self, part: str) -> Sequence[Delivery]:
        """Return the deliveries of a part that wait for their data, the earliest due first."""
        return self._rows(and_(deliveries.c.part == part, deliveries.c.state == State.HELD))

    def failed_since(self, part: str, moment: datetime) -> Sequence[Delivery]:
        """Return the deliveries of a part that failed since a moment, the earliest due first."""
        return self._rows(
            and_(
                deliveries.c.part == part,
                deliveries.c.state == State.FAILED,
                deliveries.c.changed_at >= moment,
            )
        )

    def _rows(
        self, wanted: Any, *, limit: int | None = None, newest_first: bool = False
    ) -> Sequence[Delivery]:
        order = deliveries.c.due_at.desc() if newest_first else deliveries.c.due_at
        statement = select(*SHOWN).where(deliveries.c.workspace == self._workspace)
        if wanted is not None:
            statement = statement.where(wanted)
        statement = statement.order_by(order, deliveries.c.id).limit(limit)
        with self._engine.connect() as connection:
            return [delivery_of(row) for row in connection.execute(statement).mappings()]


def new_row(
    workspace: str,
    what: What,
    due_at: datetime,
    now: datetime,
    state: State = State.PENDING,
    priority: int | None = None,
) -> dict[str, Any]:
    """Return the row of an unclaimed delivery, with a marker that only its message will carry."""
    return {
        "workspace": workspace,
        "subscription": what.subscription,
        "period": what.period,
        "target": what.target,
        "part": what.part,
        "state": state,
        "due_at": due_at,
        "not_before": due_at,
        "attempts": 0,
        "changed_at": now,
        "priority": PRIORITIES.get(what.part, SUBSCRIBED) if priority is None else priority,
        "epoch": 0,
        "marker": secrets.token_hex(16),
        "reference": secrets.token_hex(4),
    }


def delivery_of(row: Any) -> Delivery:
    """Return what a row of the store says."""
    return Delivery(
        id=row["id"],
        what=What(row["subscription"], row["period"], row["target"], row["part"]),
        state=State(row["state"]),
        due_at=row["due_at"],
        attempts=row["attempts"],
        changed_at=row["changed_at"],
        message_ts=row["message_ts"],
        reason=row["reason"],
        not_before=row["not_before"],
        priority=row["priority"],
        epoch=row["epoch"],
        first_tried_at=row["first_tried_at"],
        held_until=row["held_until"],
        marker=row["marker"],
        reference=row["reference"],
        conversation=row["conversation"],
        again_at=row["again_at"],
    )
