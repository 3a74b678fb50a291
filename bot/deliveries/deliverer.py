"""The outbox: each message once, also if two bots run, one is killed, or Slack or the store fails.

    pending -> preparing -> ready -> sending -> sent | failed | unknown        missed: noticed too late
        ^-- held <-+           ^--- reconciling <-+  (sent | ready | unknown)

A delivery is a row before anything else. `planning` writes the rows of what is due, `preparing` makes and
freezes the messages, `sending` posts each with one attempt, and `reconciling` looks in Slack's history for
those whose attempt was unclear. `lanes` runs them on threads, at the speed of `pace`, and `circuit` stops all
while Slack refuses the bot. What is due, and what it says, comes from the contents. docs/deliveries.md is the
whole protocol.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bot.deliveries.circuit import Circuit
from bot.deliveries.content import Content
from bot.deliveries.crew import Bell
from bot.deliveries.lanes import Lanes
from bot.deliveries.outlet import Outlet
from bot.deliveries.pace import Pace
from bot.deliveries.planning import Planner
from bot.deliveries.preparing import Preparer
from bot.deliveries.reconciling import Reconciler
from bot.deliveries.sending import Sender
from bot.render.message import Message
from bot.runtime.clock import Clock
from bot.store.claims import Claims
from kpi_engine.domain.sharing import Sharing


class Poster(Protocol):
    """Posts a message to a channel, once."""

    def post(self, channel: str, message: Message) -> str:
        """Return the message's ts. Raises DeliveryError."""
        ...


class Deliverer:
    """Delivers for one workspace. `contents` by the part of their deliveries."""

    def __init__(
        self,
        claims: Claims,
        contents: Mapping[str, Content],
        outlet: Outlet,
        clock: Clock,
        pace: Pace | None = None,
        bell: Bell | None = None,
        sharing: Sharing | None = None,
    ) -> None:
        """Put the parts together; start nothing yet.

        `bell` is rung when something was planned; `sharing` is the engine's.
        """
        pace, self._bell = pace or Pace(), bell or Bell()
        self.circuit = Circuit(outlet)
        preparer = Preparer(claims, contents, clock, sharing)
        sender = Sender(claims, contents, outlet, self.circuit, pace, clock)
        reconciler = Reconciler(claims, contents, outlet, self.circuit, clock)
        self._planner = Planner(contents, claims, sender, clock)
        self._lanes = Lanes(claims, preparer, sender, reconciler, self.circuit, pace, clock, self._bell)

    def start(self) -> None:
        """Begin to prepare and to send."""
        self._lanes.start()

    def tick(self) -> None:
        """Plan what is due, and let it be sent. Never raises."""
        self._planner.tick()
        self._bell.ring()

    def stop(self, seconds: float) -> bool:
        """Begin nothing more, and wait for running posts; False if one still runs after so many seconds."""
        return self._lanes.stop(seconds)
