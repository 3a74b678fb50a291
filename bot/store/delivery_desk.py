"""The deliveries for those who look after the bot: what failed, what waits, and sending one again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, and_, func, null, select, update

from bot.store.deliveries import PRESSED, Delivery, State, delivery_of
from bot.store.incidents import Incident
from bot.store.post_tables import deliveries

_ROW = deliveries.c
TROUBLED = (State.FAILED, State.UNKNOWN, State.MISSED)
"""The states of what wasn't sent, or perhaps wasn't, and won't be by itself."""
_WAITS = (State.PENDING, State.HELD, State.READY, State.RECONCILING)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many deliveries wait for one reason, and since when the first of them was due."""

    state: State
    reason: str
    count: int
    since: datetime


class DeliveryDesk:
    """The deliveries of one workspace, for those who look after them."""

    def __init__(self, engine: Engine, workspace: str) -> None:
        """Take the store and the workspace."""
        self._engine = engine
        self._workspace = workspace

    def of(self, number: int) -> Delivery | None:
        """Return a delivery by its number, None if there is none."""
        return next(iter(self._rows(_ROW.id == number, 1)), None)

    def of_incident(self, incident: Incident) -> Delivery | None:
        """Return the newest delivery that an incident is about, None if it is about none."""
        number = incident.trouble.delivery
        return None if number is None else self.of(number)

    def newest(self, limit: int, states: Collection[State] = ()) -> Sequence[Delivery]:
        """Return the newest deliveries, of some states or all, newest first."""
        return self._rows(_ROW.state.in_(list(states)) if states else None, limit)

    def troubled(self, since: datetime) -> Sequence[Delivery]:
        """Return what ended without being sent, or perhaps without, since a moment; the newest first."""
        return self._rows(and_(_ROW.state.in_(TROUBLED), _ROW.changed_at >= since))

    def counts(self, since: datetime) -> Mapping[State, int]:
        """Return how many deliveries are in each state; of those that have ended, since a moment."""
        still = _ROW.state.in_(_WAITS)
        wanted = select(_ROW.state, func.count()).where(self._own, still | (_ROW.changed_at >= since))
        with self._engine.connect() as connection:
            return {State(row[0]): int(row[1]) for row in connection.execute(wanted.group_by(_ROW.state))}

    def waiting(self, due_before: datetime, parts_left_out: Collection[str] = ()) -> Sequence[Waiting]:
        """Return what was due before a moment and waits for a reason, by reason.

        What waits for its turn has no reason and isn't meant.
        """
        late = and_(
            _ROW.state.in_(_WAITS),
            _ROW.due_at < due_before,
            _ROW.reason.is_not(None),
            _ROW.part.not_in(list(parts_left_out)),
        )
        wanted = select(_ROW.state, _ROW.reason, func.count(), func.min(_ROW.due_at)).where(self._own, late)
        with self._engine.connect() as connection:
            rows = connection.execute(wanted.group_by(_ROW.state, _ROW.reason)).all()
        return [Waiting(State(row[0]), str(row[1]), int(row[2]), row[3]) for row in rows]

    def send_again(self, number: int, now: datetime) -> bool:
        """Have a delivery that wasn't sent, or perhaps wasn't, sent once more, ahead of all others.

        Its message is made again. False if it was sent, or is on its way already: two presses send it once.
        """
        again = {
            "state": State.PENDING,
            "again_at": now,
            "changed_at": now,
            "not_before": now,
            "priority": PRESSED,
            "epoch": _ROW.epoch + 1,
            **dict.fromkeys(
                ("reason", "payload", "uploaded", "first_tried_at", "held_until", "message_ts"), null()
            ),
        }
        wanted = and_(self._own, _ROW.id == number, _ROW.state.in_(TROUBLED))
        with self._engine.begin() as connection:
            return connection.execute(update(deliveries).where(wanted).values(again)).rowcount == 1

    @property
    def _own(self) -> Any:
        return _ROW.workspace == self._workspace

    def _rows(self, wanted: Any, limit: int | None = None) -> Sequence[Delivery]:
        statement = select(deliveries).where(self._own)
        if wanted is not None:
            statement = statement.where(wanted)
        statement = statement.order_by(_ROW.due_at.desc(), _ROW.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [delivery_of(row) for row in connection.execute(statement).mappings()]
