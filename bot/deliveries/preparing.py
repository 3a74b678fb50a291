"""Preparing: from a planned delivery to a frozen message, as often as it takes.

    pending or held -> preparing -> ready | held | pending (later) | failed | missed

Guards, and why:

- The claim has a lease of its own. If the process dies, the row is pending again afterwards; nothing was
  posted, so this is harmless however often it happens.
- The result is written under the claim's epoch. A process that was overtaken while its query ran throws its
  result away, so the payload never changes once it is ready.
- Only about two minutes' worth of messages is made ahead (see `lanes`): figures are fresh when they are
  posted. What a person pressed a button for doesn't wait for that.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.deliveries.content import Content, Ending
from bot.deliveries.frozen import frozen, frozen_text
from bot.render.message import Message
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.runtime.failpoints import reached
from bot.runtime.logs import log_unexpected
from bot.runtime.references import referring_to
from bot.store.claims import Claims
from bot.store.deliveries import DATABASE, NOT_MADE, SLACK, STORE, UNEXPECTED, Delivery, State
from bot.store.errors import StoreError
from kpi_engine.domain.errors import KpiError, WarehouseError

log = logging.getLogger(__name__)

PREPARING_LEASE = timedelta(minutes=5)
"""How long making a message may take before another process makes it as well."""
LATER = timedelta(minutes=5)
"""How long a delivery is postponed if the database or Slack doesn't answer."""


@dataclass(frozen=True, slots=True)
class Preparer:
    """Makes the messages of one workspace's deliveries; `contents` by the part of their deliveries."""

    claims: Claims
    contents: Mapping[str, Content]
    clock: Clock

    def claimed(self, up_to: int) -> Delivery | None:
        """Claim and return the most urgent delivery whose message isn't made, of priorities up to `up_to`.

        Raises StoreError.
        """
        now = self.clock()
        for row in self.claims.unmade(now, up_to, tuple(self.contents)):
            reached("preparing.chosen")
            mine = self.claims.take(row, State.PREPARING, PREPARING_LEASE, now)
            if mine is not None:
                return mine
        return None

    def prepare(self, mine: Delivery) -> None:
        """Make and freeze the message of a claimed delivery. Never raises."""
        reached("preparing.claimed")
        try:
            with referring_to(mine.reference or ""):
                self._prepare(mine, self.contents[mine.what.part])
        except StoreError:
            self._postpone(mine, f"{STORE}: the store was away")
        except Exception as wrong:  # noqa: BLE001 - logged; the other deliveries are still to be made
            what = mine.what
            log_unexpected(
                log, f"delivery {mine.reference} of {what.subscription} ({what.period}) failed", wrong
            )
            self._postpone(mine, f"{UNEXPECTED}: an unexpected error; the log says which")
        finally:
            self.claims.leave(mine)

    def _prepare(self, mine: Delivery, content: Content) -> None:
        now = self.clock()
        ending = content.ending(mine, now)
        if ending:
            end(self.claims, content, mine, ending, now)
            return
        try:
            hold = content.hold(mine, now)
            if hold:
                reached("preparing.holding")
                self.claims.move(
                    mine,
                    State.HELD,
                    now,
                    reason=hold.reason[:200],
                    not_before=hold.look_again_at,
                    held_until=hold.until,
                )
                return
            message = content.message(mine, now)
        except (WarehouseError, DeliveryError) as wrong:
            log.warning("the delivery of %s waits: %s", mine.what.subscription, wrong)
            code = DATABASE if isinstance(wrong, WarehouseError) else SLACK
            self._postpone(mine, f"{code}: {wrong.message}")
        except StoreError:
            raise  # nothing is wrong with the delivery
        except KpiError as wrong:
            # its words may name people; kpi-bot deliveries shows them
            name = type(wrong).__name__
            log.error("the delivery of %s can't be made (%s)", mine.what.subscription, name)  # noqa: TRY400
            end(
                self.claims, content, mine, Ending(State.FAILED, f"{NOT_MADE}: {wrong.message}"), self.clock()
            )
        else:
            reached("preparing.made")
            self._freeze(mine, message)

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
