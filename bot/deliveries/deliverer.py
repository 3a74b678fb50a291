"""Delivering each message once, also if two bots run, one is killed, or Slack refuses it.

Each message to each recipient has one row in the store, and a process claims the row before it posts. A post
is tried once: if Slack didn't say whether it took it, the row says so and it isn't tried again. What is due,
and what it says, comes from the contents: summaries, subscriptions and survey prompts.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.deliveries.content import Content, Ending
from bot.render.message import Message
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.runtime.logs import log_unexpected
from bot.store.deliveries import Deliveries, Delivery, State
from bot.store.errors import StoreError
from kpi_engine.domain.errors import KpiError, WarehouseError

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""How long a claimed delivery may take; far longer than one post takes."""
LATER = timedelta(minutes=5)
"""How long a delivery is postponed if the database or Slack doesn't answer."""


class Poster(Protocol):
    """Posts a message to a channel, once."""

    def post(self, channel: str, message: Message) -> str:
        """Return the message's ts. Raises DeliveryError."""
        ...


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Delivers for one workspace. `contents` by the part of their deliveries; `owner` names this process."""

    deliveries: Deliveries
    contents: Mapping[str, Content]
    poster: Poster
    clock: Clock
    owner: str

    def tick(self) -> None:
        """Plan what is due and post what is ready. Never raises."""
        now = self.clock()
        try:
            expired = self.deliveries.expire(now)
            if expired:
                log.warning("%d deliveries have an unknown outcome; see kpi-bot deliveries", expired)
            self._round(now)
            self._round(now)  # the threads of what was just posted
        except StoreError:
            log.info("the deliveries wait for the store")
        except Exception as wrong:  # noqa: BLE001 - logged; the next tick tries again
            log_unexpected(log, "the deliveries can't be read; trying again at the next tick", wrong)

    def _round(self, now: datetime) -> None:
        """Plan what is due and post what is ready."""
        for content in self.contents.values():
            content.plan(now)
        for delivery in self.deliveries.ready(now):
            self._try(delivery)

    def _try(self, delivery: Delivery) -> None:
        """Post one delivery, unless another process has it. Never raises."""
        try:
            self._deliver(delivery)
        except StoreError:
            log.warning("the delivery of %s waits for the store", delivery.what.subscription)
        except Exception as wrong:  # noqa: BLE001 - logged; the other deliveries are still to be made
            what = delivery.what
            log_unexpected(log, f"the delivery of {what.subscription} ({what.period}) failed", wrong)

    def _deliver(self, delivery: Delivery) -> None:
        now, what = self.clock(), delivery.what
        content = self.contents.get(what.part)
        if content is None:
            log.warning("a delivery of %s is of a newer version of me; it waits", what.subscription)
            return
        ending = content.ending(delivery, now)
        if ending:
            self._end(delivery, delivery.state, ending, content)
            return
        try:
            hold = content.hold(delivery, now)
            if hold:
                self.deliveries.hold(delivery, hold.reason, hold.look_again_at, hold.until, now)
                return
            message = content.message(delivery, now)
        except (WarehouseError, DeliveryError) as wrong:
            log.warning("the delivery of %s waits: %s", what.subscription, wrong)
            self.deliveries.postpone(delivery, delivery.state, now + LATER, wrong.message, now)
            return
        except StoreError:
            raise  # nothing is wrong with the delivery
        except KpiError as wrong:
            # its words may name people; kpi-bot deliveries shows them
            log.error("the delivery of %s can't be made (%s)", what.subscription, type(wrong).__name__)  # noqa: TRY400
            self._end(delivery, delivery.state, Ending(State.FAILED, wrong.message), content)
            return
        if self.deliveries.claim(delivery, self.owner, now, now + LEASE):
            self._post(delivery, message, content)

    def _post(self, delivery: Delivery, message: Message, content: Content) -> None:
        try:
            ts = self.poster.post(delivery.what.target, message)
        except DeliveryError as refused:
            self._refused(delivery, refused, content)
        else:
            now = self.clock()
            self.deliveries.sent(delivery, ts, now)
            content.sent(delivery, now)

    def _refused(self, delivery: Delivery, refused: DeliveryError, content: Content) -> None:
        now, reason = self.clock(), refused.reason or refused.message
        log.warning("the delivery of %s was not taken by Slack: %s", delivery.what.subscription, refused)
        if refused.outcome == "unknown":
            self.deliveries.ended(delivery, State.SENDING, State.UNKNOWN, reason, now)
        elif refused.permanent:
            ending = Ending(State.FAILED, f"{reason}: {refused.hint}".rstrip(": "))
            self._end(delivery, State.SENDING, ending, content)
        else:
            wait = LATER if refused.retry_after is None else timedelta(seconds=refused.retry_after)
            self.deliveries.postpone(delivery, State.SENDING, now + wait, reason, now)

    def _end(self, delivery: Delivery, seen: State, ending: Ending, content: Content) -> None:
        now = self.clock()
        if self.deliveries.ended(delivery, seen, ending.state, ending.reason, now):
            content.not_sent(delivery, now)
