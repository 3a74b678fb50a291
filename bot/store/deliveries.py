"""Deliveries: each is a row before it is posted, and only one process may post it.

    pending -> sending -> sent | failed | unknown        missed: noticed too late

`sending` with an expired lease becomes `unknown`: the process that claimed it has died, perhaps after the
post. Such a row is listed, and never posted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, and_, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.tables import deliveries


class State(StrEnum):
    """The state of a delivery."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    MISSED = "missed"


SUMMARY = "summary"
"""The part of deliveries that are summaries."""
SUBSCRIPTION, NOTICE = "subscription", "notice"
"""The parts of deliveries that are subscriptions, and notices to their owners."""
ALERT = "alert"
"""The part of deliveries that are alerts: what was entered, and its end."""
SHORTFALL = "shortfall"
"""The part of deliveries that tell a person, or their lead, of a shortfall in private."""
MISTAKE = "mistake"
"""The part of deliveries that tell an admin of a mistake in the rows, and of its end."""
DETAILS = {SUMMARY: "summary details", SUBSCRIPTION: "subscription details"}
"""The parts of deliveries that are the threads below summaries, by the part of the summary itself."""


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


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the store."""

    id: int
    what: What
    state: State
    due_at: datetime
    attempts: int
    changed_at: datetime
    message_ts: str | None
    reason: str | None


class Deliveries:
    """The deliveries of one workspace."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace whose deliveries these are."""
        self._engine = engine
        self._workspace = workspace

    def plan(self, what: What, due_at: datetime, now: datetime, *, state: State = State.PENDING) -> bool:
        """Plan a delivery once; False if it is planned already, by this process or another one."""
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    insert(deliveries).values(new_row(self._workspace, what, due_at, now, state))
                )
        except IntegrityError:
            return False
        return True

    def knows(self, subscription: str, target: str) -> bool:
        """Whether anything of a subscription was ever planned for a target."""
        wanted = and_(deliveries.c.subscription == subscription, deliveries.c.target == target)
        return bool(self._rows(wanted, limit=1))

    def has(self, what: What) -> bool:
        """Whether a delivery was planned."""
        return self.of(what) is not None

    def ready(self, now: datetime) -> Sequence[Delivery]:
        """Return what may be sent now, the earliest due first."""
        return self._rows(and_(deliveries.c.state == State.PENDING, deliveries.c.not_before <= now))

    def newest(self, limit: int) -> Sequence[Delivery]:
        """Return the newest deliveries, newest first."""
        return self._rows(None, limit=limit, newest_first=True)

    def missed_before(self, subscription: str, target: str, due_at: datetime) -> Sequence[Delivery]:
        """Return the missed deliveries since the last one that was sent."""
        rows = self._rows(
            and_(
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

    def was_sent(self, subscription: str) -> bool:
        """Whether anything of a subscription was ever sent."""
        wanted = and_(deliveries.c.subscription == subscription, deliveries.c.state == State.SENT)
        return bool(self._rows(wanted, limit=1))

    def failed_since(self, part: str, moment: datetime) -> Sequence[Delivery]:
        """Return the deliveries of a part that failed since a moment, the earliest due first."""
        return self._rows(
            and_(
                deliveries.c.part == part,
                deliveries.c.state == State.FAILED,
                deliveries.c.changed_at >= moment,
            )
        )

    def claim(self, delivery: Delivery, owner: str, now: datetime, lease_until: datetime) -> bool:
        """Claim a pending delivery; False if another process was first."""
        return self._change(
            delivery,
            State.PENDING,
            {
                "state": State.SENDING,
                "owner": owner,
                "attempts": deliveries.c.attempts + 1,
                "lease_until": lease_until,
                "changed_at": now,
            },
        )

    def sent(self, delivery: Delivery, message_ts: str, now: datetime) -> None:
        """Note that Slack took the message."""
        self._change(
            delivery,
            State.SENDING,
            {"state": State.SENT, "message_ts": message_ts, "changed_at": now, "reason": None},
        )

    def ended(self, delivery: Delivery, seen: State, state: State, reason: str, now: datetime) -> bool:
        """Note that a delivery failed, was missed, or may or may not have been posted.

        `seen` is the state that the caller knows: PENDING before its claim, SENDING after it. Returns False,
        and changes nothing, if another process has claimed the delivery meanwhile.
        """
        return self._change(delivery, seen, {"state": state, "reason": reason[:200], "changed_at": now})

    def postpone(self, delivery: Delivery, seen: State, until: datetime, reason: str, now: datetime) -> None:
        """Postpone a delivery that was certainly not posted; `seen` as in `ended`."""
        values = {"state": State.PENDING, "not_before": until, "reason": reason[:200], "changed_at": now}
        self._change(delivery, seen, values)

    def expire(self, now: datetime) -> int:
        """Set deliveries with an expired lease to unknown; return how many."""
        statement = (
            update(deliveries)
            .where(
                deliveries.c.workspace == self._workspace,
                deliveries.c.state == State.SENDING,
                deliveries.c.lease_until < now,
            )
            .values(state=State.UNKNOWN, changed_at=now, reason="the bot stopped while it was sending")
        )
        with self._engine.begin() as connection:
            return connection.execute(statement).rowcount

    def _change(self, delivery: Delivery, expected: State, values: dict[str, Any]) -> bool:
        statement = (
            update(deliveries)
            .where(deliveries.c.id == delivery.id, deliveries.c.state == expected)
            .values(values)
        )
        with self._engine.begin() as connection:
            return connection.execute(statement).rowcount == 1

    def _rows(
        self, wanted: Any, *, limit: int | None = None, newest_first: bool = False
    ) -> Sequence[Delivery]:
        order = deliveries.c.due_at.desc() if newest_first else deliveries.c.due_at
        statement = select(deliveries).where(deliveries.c.workspace == self._workspace)
        if wanted is not None:
            statement = statement.where(wanted)
        statement = statement.order_by(order, deliveries.c.id).limit(limit)
        with self._engine.connect() as connection:
            return [_delivery(row) for row in connection.execute(statement).mappings()]


def new_row(
    workspace: str, what: What, due_at: datetime, now: datetime, state: State = State.PENDING
) -> dict[str, Any]:
    """Return the row of an unclaimed delivery."""
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
    }


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=row["id"],
        what=What(row["subscription"], row["period"], row["target"], row["part"]),
        state=State(row["state"]),
        due_at=row["due_at"],
        attempts=row["attempts"],
        changed_at=row["changed_at"],
        message_ts=row["message_ts"],
        reason=row["reason"],
    )
