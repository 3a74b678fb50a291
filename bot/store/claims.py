"""Claims on deliveries: of all threads and processes, one at a time works on each.

A claim is a conditional write that ends before any work begins: it sets the state, a new epoch and a lease by
the store's clock. Every later write of the same work asks for that epoch, so a process that was overtaken
while it slept changes nothing. What this process has in hand it never claims again, even if the store's clock
jumps beyond the lease.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from sqlalchemy import Engine, and_, case, func, or_, select, update

from bot.store.database import is_file
from bot.store.deliveries import SHOWN, Delivery, State, delivery_of
from bot.store.post_tables import deliveries
from bot.store.store_clock import StoreClock, store_now

_ROW = deliveries.c
_LEASED = (State.PREPARING, State.SENDING, State.RECONCILING)
_CHOICE = 20
"""How many rows are looked at for one that no other process has claimed."""
_CLOCKS_DIFFER = timedelta(minutes=1)
"""By how much the clocks of two machines may differ."""


class Claims:
    """The claims of one process (`owner`) on the deliveries of one workspace. Raises StoreError."""

    def __init__(
        self, engine: Engine, workspace: str, owner: str, store_clock: StoreClock = store_now
    ) -> None:
        """Take the store, the workspace, the name of this process, and the clock that leases go by."""
        self._engine = engine
        self._workspace = workspace
        self._owner = owner
        self._store_clock = store_clock
        self._lock = Lock()
        self._in_hand: set[int] = set()
        # the threads of one process would wait for SQLite's lock by sleeping, and give up
        self._writing: AbstractContextManager[object] = Lock() if is_file(engine) else nullcontext()

    # what there is to do

    def unmade(self, now: datetime, up_to: int, parts: Sequence[str]) -> Sequence[Delivery]:
        """Return whose message may be made now, of priorities up to `up_to`, the most urgent first."""
        is_due = and_(_ROW.not_before <= now, _ROW.priority <= up_to, _ROW.part.in_(parts))
        found = [
            row
            for state in (State.PENDING, State.HELD)  # each is read in the order of the index
            for row in self._rows(and_(_ROW.state == state, is_due), _CHOICE)
        ]
        return sorted(found, key=lambda row: (row.priority, row.due_at, row.id))

    def unsent(self, now: datetime, parts: Sequence[str], busy: Collection[str] = ()) -> Sequence[Delivery]:
        """Return the most urgent ready delivery for each target that isn't busy, the most urgent first."""
        order = (_ROW.priority, _ROW.due_at, _ROW.id)
        place = func.row_number().over(partition_by=_ROW.target, order_by=order)
        is_ready = and_(
            _ROW.workspace == self._workspace,
            _ROW.state == State.READY,
            _ROW.not_before <= now,
            _ROW.part.in_(parts),
            _ROW.target.not_in(busy),
        )
        placed = select(_ROW.id, place.label("place")).where(is_ready).subquery()
        firsts = select(placed.c.id).where(placed.c.place == 1)
        return self._rows(_ROW.id.in_(firsts), _CHOICE)

    def unclear(self, parts: Sequence[str]) -> Sequence[Delivery]:
        """Return what may have been posted, and is to be looked for in Slack's history now."""
        is_unclear = and_(_ROW.state.in_((State.SENDING, State.RECONCILING)), _ROW.part.in_(parts))
        wanted = and_(is_unclear, self._lease_is_over())
        return self._rows(wanted, _CHOICE)

    def ready_count(self) -> int:
        """Return how many messages are made and wait to be posted."""
        wanted = and_(_ROW.workspace == self._workspace, _ROW.state == State.READY)
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.count()).where(wanted)).scalar_one())

    def next_moment(self, states: Sequence[State], now: datetime, up_to: int) -> datetime | None:
        """Return the earliest moment after now at which a delivery in one of these states may go on.

        Only those of priorities up to `up_to` count.
        """
        wanted = and_(
            _ROW.workspace == self._workspace,
            _ROW.state.in_(states),
            _ROW.priority <= up_to,
            _ROW.not_before > now,
        )
        statement = select(func.min(_ROW.not_before)).where(wanted)
        with self._engine.connect() as connection:
            found: datetime | None = connection.execute(statement).scalar_one()
        return found

    def payload(self, delivery: Delivery) -> str | None:
        """Return the frozen message of a delivery, None if it has none."""
        statement = select(_ROW.payload).where(_ROW.id == delivery.id)
        with self._engine.connect() as connection:
            found: str | None = connection.execute(statement).scalar()
        return found

    def uploaded(self, delivery: Delivery) -> tuple[str, ...]:
        """Return the ids that Slack gave the files of a delivery, as kept before they were uploaded."""
        statement = select(_ROW.uploaded).where(_ROW.id == delivery.id)
        with self._engine.connect() as connection:
            return tuple(json.loads(connection.execute(statement).scalar() or "[]"))

    def conversation(self, target: str) -> str | None:
        """Return in which conversation earlier messages to a target stand, None if there are none."""
        wanted = and_(
            _ROW.workspace == self._workspace, _ROW.target == target, _ROW.conversation.is_not(None)
        )
        with self._engine.connect() as connection:
            found: str | None = connection.execute(select(_ROW.conversation).where(wanted).limit(1)).scalar()
        return found

    # taking and leaving

    def take(
        self, delivery: Delivery, state: State, lease: timedelta, now: datetime, **values: Any
    ) -> Delivery | None:
        """Claim a delivery as it was read; None if another thread or process was first.

        A leased one is only taken after its lease. Call `leave` once the work on it has ended, however.
        """
        with self._lock:
            if delivery.id in self._in_hand:
                return None
            self._in_hand.add(delivery.id)
        taken = False
        try:
            taken = self._take(delivery, state, lease, now, values)
        finally:
            if not taken:
                self.leave(delivery)
        return replace(delivery, state=state, epoch=delivery.epoch + 1, **values) if taken else None

    def _take(
        self, delivery: Delivery, state: State, lease: timedelta, now: datetime, values: dict[str, Any]
    ) -> bool:
        with self._engine.connect() as connection:
            stored_now = self._store_clock(connection)
        is_as_read = and_(_ROW.id == delivery.id, _ROW.state == delivery.state, _ROW.epoch == delivery.epoch)
        if delivery.state in _LEASED:
            is_as_read = and_(is_as_read, or_(_ROW.lease_until.is_(None), _ROW.lease_until <= stored_now))
        claimed = {
            "state": state,
            "owner": self._owner,
            "epoch": delivery.epoch + 1,
            "lease_until": stored_now + lease,
            "changed_at": now,
        }
        return self._update(is_as_read, claimed | values) == 1

    def leave(self, delivery: Delivery) -> None:
        """Note that this process no longer works on a delivery."""
        with self._lock:
            self._in_hand.discard(delivery.id)

    def move(self, mine: Delivery, state: State, now: datetime, **values: Any) -> bool:
        """Write how a claimed delivery goes on; False, and nothing is written, if it is no longer mine.

        The same may be written again after a failure that didn't say whether it was.
        """
        changed = {"state": state, "owner": None, "lease_until": None, "changed_at": now}
        return self._update(self._is_mine(mine, state), changed | values) == 1

    def look_up_after(self, mine: Delivery, wait: timedelta, reason: str, now: datetime) -> bool:
        """Note that a message may have been posted, and is looked for after a while; as `move`."""
        with self._engine.connect() as connection:
            until = self._store_clock(connection) + wait
        return self.move(mine, State.RECONCILING, now, lease_until=until, reason=reason[:200])

    def keep_uploaded(self, mine: Delivery, files: Sequence[str], now: datetime) -> bool:
        """Write down the ids of a delivery's files before they are uploaded; False if it isn't mine."""
        values = {"uploaded": json.dumps(list(files)), "changed_at": now}
        return self._update(self._is_mine(mine), values) == 1

    def give_back(self, now: datetime) -> int:
        """Make deliveries pending again whose preparing process has died; return how many."""
        with self._lock:
            in_hand = tuple(self._in_hand)
        is_left = and_(
            _ROW.workspace == self._workspace,
            _ROW.state == State.PREPARING,
            self._lease_is_over(),
            _ROW.id.not_in(in_hand),
        )
        free = {"state": State.PENDING, "owner": None, "lease_until": None, "changed_at": now}
        return self._update(is_left, free)

    def put_clock_right(self, now: datetime) -> int:
        """Take back what was reckoned before the clock was set back; return of how many deliveries.

        What waits for a later moment waits until it is due, and what seemed missed is due again.
        """
        is_of_later = and_(_ROW.workspace == self._workspace, _ROW.changed_at > now + _CLOCKS_DIFFER)
        waits = and_(
            is_of_later, _ROW.state.in_((State.PENDING, State.HELD, State.READY)), _ROW.not_before > now
        )
        seemed_missed = and_(is_of_later, _ROW.state == State.MISSED, _ROW.due_at > now)
        right = {"not_before": case((_ROW.due_at > now, _ROW.due_at), else_=now), "changed_at": now}
        due_again = right | {"state": State.PENDING, "reason": None}
        return self._update(waits, right) + self._update(seemed_missed, due_again)

    def _is_mine(self, mine: Delivery, *or_already: State) -> Any:
        is_there = _ROW.state.in_((mine.state, *or_already))
        return and_(_ROW.id == mine.id, is_there, _ROW.epoch == mine.epoch)

    def _lease_is_over(self) -> Any:
        with self._engine.connect() as connection:
            return or_(_ROW.lease_until.is_(None), _ROW.lease_until <= self._store_clock(connection))

    def _update(self, wanted: Any, values: dict[str, Any]) -> int:
        with self._writing, self._engine.begin() as connection:
            return connection.execute(update(deliveries).where(wanted).values(values)).rowcount

    def _rows(self, wanted: Any, limit: int) -> Sequence[Delivery]:
        statement = (
            select(*SHOWN)
            .where(_ROW.workspace == self._workspace, wanted)
            .order_by(_ROW.priority, _ROW.due_at, _ROW.id)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            found = [delivery_of(row) for row in connection.execute(statement).mappings()]
        with self._lock:
            return [entry for entry in found if entry.id not in self._in_hand]
