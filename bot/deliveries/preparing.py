"""Preparing: from a planned delivery to a frozen message, as often as it takes.

    pending or held -> preparing -> ready | held | pending (later) | failed | missed

Guards, and why:

- The claim has a lease of its own. If the process dies, the row is pending again afterwards; nothing was
  posted, so this is harmless however often it happens.
- The result is written under the claim's epoch. A process that was overtaken while its query ran throws its
  result away, so the payload never changes once it is ready.
- A batch shares one computation of what its deliveries ask alike. It begins after all of them were found to
  be complete, so no answer is older than the look at the data that it rests on.
- Only about two minutes' worth of messages is made ahead (see `lanes`): figures are fresh when they are
  posted. What a person pressed a button for doesn't wait for that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from time import monotonic

from bot.deliveries.content import Content, Ending
from bot.deliveries.frozen import frozen, frozen_text
from bot.render.message import Message
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError, NothingToPostError
from bot.runtime.failpoints import reached
from bot.runtime.logs import log_unexpected
from bot.runtime.references import referring_to
from bot.store.claims import Claims
from bot.store.deliveries import DATABASE, NOT_MADE, SLACK, STORE, UNEXPECTED, Delivery, State
from bot.store.errors import StoreError
from kpi_engine.domain.errors import KpiError, WarehouseError
from kpi_engine.domain.sharing import Sharing, asked_at

log = logging.getLogger(__name__)

PREPARING_LEASE = timedelta(minutes=5)
"""How long making a message may take before another process makes it as well."""
BATCH = 20
"""How many messages are made together at most, so that they share what they ask alike."""
LATER = timedelta(minutes=5)
"""How long a delivery is postponed if the database or Slack doesn't answer."""


@dataclass(frozen=True, slots=True)
class Preparer:
    """Makes the messages of one workspace's deliveries; `contents` by the part of their deliveries.

    `sharing` is the engine's: what several deliveries of a batch ask alike is computed once.
    """

    claims: Claims
    contents: Mapping[str, Content]
    clock: Clock
    sharing: Sharing | None = None
    seconds: Callable[[], float] = monotonic
    stopping: Event = field(default_factory=Event)

    def claimed(self, up_to: int, most: int = BATCH) -> Sequence[Delivery]:
        """Claim and return the most urgent deliveries whose message isn't made, of priorities up to `up_to`.

        Raises StoreError.
        """
        now, batch = self.clock(), list[Delivery]()
        for row in self.claims.unmade(now, up_to, tuple(self.contents)):
            reached("preparing.chosen")
            mine = self.claims.take(row, State.PREPARING, PREPARING_LEASE, now)
            if mine is not None:
                batch.append(mine)
            if len(batch) == most:
                break
        return batch

    def prepare(self, batch: Sequence[Delivery]) -> None:
        """Make and freeze the messages of claimed deliveries. Never raises."""
        started = self.seconds()
        wanted = [mine for mine in batch if self._does(mine, self._is_wanted)]
        arrival = None if self.sharing is None else self.sharing.arrive()
        try:
            with nullcontext() if arrival is None else asked_at(arrival):
                for mine in wanted:
                    self._does(mine, partial(self._make, started=started))
        finally:
            if arrival is not None:
                arrival.close()
            for mine in batch:
                self.claims.leave(mine)

    def _does(self, mine: Delivery, step: Callable[[Delivery, Content], bool]) -> bool:
        """Do one step for a delivery; return what it says, and False if it failed."""
        with referring_to(mine.reference or ""):
            try:
                return step(mine, self.contents[mine.what.part])
            except StoreError:
                self._postpone(mine, f"{STORE}: the store was away")
            except Exception as wrong:  # noqa: BLE001 - logged; the other deliveries are still to be made
                what = mine.what
                log_unexpected(log, f"the delivery of {what.subscription} ({what.period}) failed", wrong)
                self._postpone(mine, f"{UNEXPECTED}: an unexpected error; the log says which")
            return False

    def _is_wanted(self, mine: Delivery, content: Content) -> bool:
        """Whether a delivery is to be made now; if it has ended or is held, its row says so."""
        reached("preparing.claimed")
        now = self.clock()
        ending = content.ending(mine, now)
        if ending:
            end(self.claims, content, mine, ending, now)
            return False
        try:
            hold = content.hold(mine, now)
        except KpiError as wrong:
            self._not_made(mine, content, wrong)
            return False
        if hold is None:
            return True
        reached("preparing.holding")
        self.claims.move(
            mine,
            State.HELD,
            now,
            reason=hold.reason[:200],
            not_before=hold.look_again_at,
            held_until=hold.until,
        )
        return False

    def _make(self, mine: Delivery, content: Content, *, started: float) -> bool:
        """Make the message of a delivery; gives it back if the bot stops or the batch takes too long."""
        is_late = self.seconds() - started > PREPARING_LEASE.total_seconds() / 2
        now = self.clock()
        if is_late or self.stopping.is_set():
            return self.claims.move(mine, State.PENDING, now)
        try:
            message = content.message(mine, now)
        except KpiError as wrong:
            self._not_made(mine, content, wrong)
            return False
        reached("preparing.made")
        self._freeze(mine, message)
        return True

    def _not_made(self, mine: Delivery, content: Content, wrong: KpiError) -> None:
        """Write down why a message can't be made: now, or at all. Raises StoreError."""
        match wrong:
            case StoreError():
                raise wrong  # nothing is wrong with the delivery
            case WarehouseError() | DeliveryError():
                log.warning("the delivery of %s waits: %s", mine.what.subscription, wrong)
                code = DATABASE if isinstance(wrong, WarehouseError) else SLACK
                self._postpone(mine, f"{code}: {wrong.message}")
            case NothingToPostError():
                end(self.claims, content, mine, Ending(State.SKIPPED, wrong.message), self.clock())
            case _:  # its words may name people; kpi-bot deliveries shows them
                kind = type(wrong).__name__
                log.error("the delivery of %s can't be made (%s)", mine.what.subscription, kind)
                ending = Ending(State.FAILED, f"{NOT_MADE}: {wrong.message}")
                end(self.claims, content, mine, ending, self.clock())

    def _freeze(self, mine: Delivery, message: Message) -> None:
        now = self.clock()
        payload = frozen_text(frozen(message, now))
        reached("preparing.freezing")
        self.claims.move(mine, State.READY, now, payload=payload, not_before=now, reason=None)
        reached("preparing.frozen")

    def _postpone(self, mine: Delivery, reason: str) -> None:
        """Give a delivery back for a while; if the store is away, its lease does the same."""
        now = self.clock()
        try:
            self.claims.move(mine, State.PENDING, now, not_before=now + LATER, reason=reason[:200])
        except StoreError:
            log.info("delivery %s waits for the store", mine.reference)


def end(claims: Claims, content: Content, delivery: Delivery, ending: Ending, now: datetime) -> None:
    """End a delivery that certainly wasn't posted, and tell its content; unless it was claimed meanwhile."""
    if claims.move(delivery, ending.state, now, reason=ending.reason[:200], payload=None):
        content.not_sent(delivery, now)
