"""The lanes: threads beside the tick that prepare, send and reconcile what is planned.

- Two threads prepare, and two others prepare only what a person pressed a button for. So a pressed "Send now"
  never waits behind a long query of a summary, nor behind 10,000 planned posts.
- Posts are prepared only about two minutes' worth ahead, so that figures are fresh; notices always at once.
- Eight threads send. Each channel is a lane with one message at a time and one a second; the workspace's rate
  goes to the most urgent message first.
- One thread reads the history, within Slack's rate for that.
- A timer waits for the next moment at which something may go on, so nothing waits for the tick.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from bot.deliveries.circuit import Circuit
from bot.deliveries.crew import Bell, Crew
from bot.deliveries.pace import Pace
from bot.deliveries.preparing import BATCH, Preparer
from bot.deliveries.reconciling import Reconciler
from bot.deliveries.sending import Sender
from bot.runtime.clock import Clock
from bot.store.claims import Claims
from bot.store.deliveries import ASKED, PRESSED, TOLD, Delivery, State

_PREPARING, _PRESSED, _SENDING = 2, 2, 8
"""How many threads."""
_MINUTES_AHEAD = 2
_LOOK_EVERY = 15.0
"""Seconds until it is looked for what other processes have planned, frozen or left."""
_HISTORY_EVERY = 1.2
"""Seconds between two readings of a history: Slack allows 50 a minute."""
_AHEAD_AGAIN = 1.0
_LANE_AGAIN = 0.2
"""Seconds until a lane that was busy may be free."""


@dataclass(slots=True)
class Lanes:
    """The threads of one workspace's outbox in one process; `planned` is rung when there is more to do."""

    claims: Claims
    preparer: Preparer
    sender: Sender
    reconciler: Reconciler
    circuit: Circuit
    pace: Pace
    clock: Clock
    planned: Bell
    _frozen: Bell = field(default_factory=Bell)
    _crews: tuple[Crew[Any], ...] = ()
    _read_at: float = 0.0

    def start(self) -> None:
        """Begin to work."""
        self._crews = (
            Crew(
                "prepare-pressed", _PRESSED, lambda: self._to_prepare(PRESSED, 1), self._prepare, self.planned
            ),
            Crew("prepare", _PREPARING, lambda: self._to_prepare(ASKED, BATCH), self._prepare, self.planned),
            Crew("send", _SENDING, self._to_send, self._send, self._frozen),
            Crew("reconcile", 1, self._to_reconcile, self._reconcile, self.planned),
        )
        for crew in self._crews:
            crew.start()

    def stop(self, seconds: float) -> bool:
        """Begin nothing more, and wait for what runs; False if it still runs after so many seconds."""
        self.preparer.stopping.set()
        for crew in self._crews:
            crew.stop()
        until = monotonic() + seconds
        ended = [crew.join(max(0.0, until - monotonic())) for crew in self._crews]
        return all(ended)

    # what the crews find and do

    def _to_prepare(self, up_to: int, most: int) -> Sequence[Delivery] | float:
        stopped = self.circuit.wait()
        if stopped:
            return min(stopped, _LOOK_EVERY)
        is_ahead = up_to > PRESSED and self.claims.ready_count() >= _MINUTES_AHEAD * self.pace.a_minute
        found = self.preparer.claimed(TOLD if is_ahead else up_to, most)
        if found:
            return found
        return _AHEAD_AGAIN if is_ahead else self._until_next(up_to, State.PENDING, State.HELD)

    def _prepare(self, batch: Sequence[Delivery]) -> None:
        self.preparer.prepare(batch)
        self._frozen.ring()

    def _to_send(self) -> Delivery | float:
        stopped = max(self.circuit.wait(), self.pace.wait())
        if stopped:
            return min(stopped, _LOOK_EVERY)
        busy = self.pace.busy()
        for ready in self.claims.unsent(self.clock(), tuple(self.sender.contents), busy):
            if not self.pace.begin(ready.what.target):
                return ready
        return _LANE_AGAIN if busy else self._until_next(ASKED, State.READY)

    def _send(self, ready: Delivery) -> None:
        try:
            self.sender.send(ready)
        finally:
            self.pace.ended(ready.what.target)
        self.planned.ring()  # its thread, or what is looked for

    def _to_reconcile(self) -> Delivery | float:
        wait = max(self.circuit.wait(), self._read_at + _HISTORY_EVERY - monotonic())
        if wait > 0:
            return min(wait, _LOOK_EVERY)
        return self.reconciler.claimed() or _LOOK_EVERY / 3

    def _reconcile(self, mine: Delivery) -> None:
        self.reconciler.reconcile(mine)
        self._read_at = monotonic()
        self._frozen.ring()

    def _until_next(self, up_to: int, *states: State) -> float:
        """Return for how many seconds there is certainly nothing of this process to do."""
        now = self.clock()
        at = self.claims.next_moment(states, now, up_to)
        return _LOOK_EVERY if at is None else min(_LOOK_EVERY, max(0.05, (at - now).total_seconds()))
