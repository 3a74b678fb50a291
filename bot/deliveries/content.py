"""What a kind of delivery must say of itself: which are due, whether they wait, and what they say.

Contents are summaries, subscriptions, notices, survey questions and so on; the outbox knows them by the part
of their deliveries, and nothing else of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.render.message import Message
from bot.store.deliveries import Delivery, State

LanguageOf = Callable[[str], str | None]
"""Returns the language of a Slack user, None if it isn't known."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a delivery ends that isn't posted, and why."""

    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a delivery waits for its data, and when it is looked at again; at `until` it is sent as it is."""

    reason: str
    look_again_at: datetime
    until: datetime | None = None


class Content(Protocol):
    """One kind of delivery. `OrdinaryContent` has defaults for what few kinds need.

    All methods but `plan` may be called by several threads at the same moment, never for the same delivery.
    """

    def plan(self, now: datetime) -> None:
        """Plan what is due by now."""
        ...

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return how a delivery ends that is no longer wanted; None if it is to be posted.

        Asked before the message is made, and again before it is posted.
        """
        ...

    def hold(self, delivery: Delivery, now: datetime) -> Hold | None:
        """Return why a delivery isn't made yet, such as data that is still missing; None to make it now."""
        ...

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """Return what is posted. Raises KpiError; WarehouseError and DeliveryError mean: try later.

        It may be called several times until the message is posted, also by several processes.
        """
        ...

    def repeats_unclear(self, delivery: Delivery) -> bool:
        """Whether a message that may have been posted is posted again where the history can't be read."""
        ...

    def sent(self, delivery: Delivery, now: datetime) -> None:
        """Called after Slack took the message; perhaps twice, perhaps in another process than `message`.

        `delivery.note` is the `note` of the message.
        """
        ...

    def not_sent(self, delivery: Delivery, now: datetime) -> None:
        """Called once it is certain that the message wasn't and won't be posted."""
        ...


class OrdinaryContent:
    """What most kinds of deliveries do: never wait, never post twice, and keep nothing beside the row."""

    __slots__ = ()

    def hold(self, delivery: Delivery, now: datetime) -> Hold | None:  # noqa: ARG002 - the protocol's signature
        """Return None: it never waits for data."""
        return None

    def repeats_unclear(self, delivery: Delivery) -> bool:  # noqa: ARG002 - the protocol's signature
        """Return False: rather lost than twice, and somebody is told."""
        return False

    def sent(self, delivery: Delivery, now: datetime) -> None:
        """Do nothing: the delivery's row has it."""

    def not_sent(self, delivery: Delivery, now: datetime) -> None:
        """Do nothing: the delivery's row has it."""
