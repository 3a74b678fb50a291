"""Sending: one attempt to post a frozen message, and what its answer means.

    ready -> sending -> sent | failed | ready (later) | reconciling

Guards, and why:

- The claim is committed before anything is sent, with a lease and a new epoch. A process that finds an
  expired lease knows that the message may have been posted, and looks for it first.
- Right before the request is written, less than the lease minus W must have passed on the monotonic clock.
  Otherwise the process slept, and somebody may be looking for the message already: nothing is written.
- One attempt, without the SDK's retries: those post twice if Slack reads a request and drops the connection.
- Every later write asks for the epoch of the claim.
- Only an answer that surely means "not posted" makes it ready or failed. All others are unclear: Slack's
  history is read after W (see `reconciling`).
- With Slack's ts in hand, a store that is away is tried again for the lease and then at each tick: the
  message is there, and only the store doesn't know.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.deliveries.circuit import Circuit
from bot.deliveries.content import Content, Ending
from bot.deliveries.frozen import Frozen, frozen_of
from bot.deliveries.outlet import CLIENT_SECONDS, MayWrite, Outlet, Taken
from bot.deliveries.pace import Pace
from bot.deliveries.preparing import end
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.runtime.failpoints import reached
from bot.runtime.logs import log_unexpected
from bot.runtime.references import referring_to
from bot.store.claims import Claims
from bot.store.deliveries import Delivery, State
from bot.store.errors import StoreError

log = logging.getLogger(__name__)

_MARGIN, _HISTORY_LAG = timedelta(seconds=10), timedelta(seconds=30)
W = timedelta(seconds=CLIENT_SECONDS) + _MARGIN + _HISTORY_LAG
"""After this time a request has taken effect and is in the history, or never will be."""
SENDING_LEASE = timedelta(minutes=3)
_STALE = timedelta(minutes=10)
"""A message that was made longer ago is made again before its next attempt."""
_LONGEST_WAIT = timedelta(minutes=5)
_FIRST_WAIT = timedelta(seconds=10)
_UNREACHED_SECONDS = 5.0
"""How long nothing else is tried after Slack couldn't be reached."""
_STORE_AGAIN_SECONDS = 1.0
_RATE = ("ratelimited", "rate_limited")
_NO_LEASE = "lease"


@dataclass(frozen=True, slots=True)
class Sender:
    """Posts the ready messages of one workspace; safe to use from several threads."""

    claims: Claims
    contents: Mapping[str, Content]
    outlet: Outlet
    circuit: Circuit
    pace: Pace
    clock: Clock
    seconds: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _unrecorded: dict[int, tuple[Delivery, Taken, str]] = field(default_factory=dict)
    """What Slack has taken and the store doesn't know yet, with the maker's note."""

    def send(self, ready: Delivery) -> None:
        """Post a delivery that is ready, unless another process does. Never raises."""
        reached("sending.chosen")
        try:
            with referring_to(ready.reference or ""):
                self._send(ready)
        except StoreError:
            log.warning("delivery %s waits for the store", ready.reference)
        except Exception as wrong:  # noqa: BLE001 - logged; the other deliveries are still to be sent
            log_unexpected(log, f"delivery {ready.reference} of {ready.what.subscription} failed", wrong)

    def record(self) -> None:
        """Write down what Slack took while the store was away. Raises StoreError if it still is."""
        for mine, taken, note in list(self._unrecorded.values()):
            self._recorded(mine, taken, note)
            self._unrecorded.pop(mine.id, None)
            self.claims.leave(mine)

    def _send(self, ready: Delivery) -> None:
        now, content = self.clock(), self.contents[ready.what.part]
        ending = content.ending(ready, now)
        if ending:
            end(self.claims, content, ready, ending, now)
            return
        payload = self.claims.payload(ready)
        message = None if payload is None else frozen_of(payload)
        if message is None or abs(now - message.made_at) > _STALE:
            self.claims.move(ready, State.PENDING, now, payload=None)
            return
        started = self.seconds()
        tried = {"attempts": ready.attempts + 1, "first_tried_at": ready.first_tried_at or now}
        mine = self.claims.take(ready, State.SENDING, SENDING_LEASE, now, **tried)
        if mine is None:
            return
        reached("sending.claimed")
        try:
            self._attempt(mine, message, content, started)
        finally:
            if mine.id not in self._unrecorded:
                self.claims.leave(mine)

    def _attempt(self, mine: Delivery, message: Frozen, content: Content, started: float) -> None:
        def may_write() -> None:
            if self.seconds() - started > (SENDING_LEASE - W).total_seconds():
                raise DeliveryError("It took too long to begin.", outcome="not_sent", reason=_NO_LEASE)
            reached("sending.checked")

        try:
            taken = self._post(mine, message, may_write)
        except DeliveryError as refused:
            self._insist(self._refused(mine, refused, content), started)
            return
        reached("sending.answered")
        if not self._insist(lambda: self._recorded(mine, taken, message.note), started):
            log.error("Slack took delivery %s, but the store can't note it yet", mine.reference)
            self._unrecorded[mine.id] = (mine, taken, message.note)

    def _insist(self, write: Callable[[], object], started: float) -> bool:
        """Write until the store takes it or the lease is over; return whether it did."""
        while True:
            try:
                write()
            except StoreError:
                if self.seconds() - started > SENDING_LEASE.total_seconds():
                    return False
                self.sleep(_STORE_AGAIN_SECONDS)
            else:
                return True

    def _post(self, mine: Delivery, message: Frozen, may_write: MayWrite) -> Taken:
        """Post once; files get their ids into the row before anybody can see them. Raises DeliveryError."""
        if not message.files:
            return self.outlet.post(mine.what.target, message, mine.marker or "", may_write)
        conversation = self.outlet.conversation(mine.what.target)
        uploads = []
        for file in message.files:
            uploads.append(self.outlet.begin_upload(file))
            reached("files.address")
        ids = [upload.file for upload in uploads]
        try:
            is_mine = self.claims.keep_uploaded(mine, ids, self.clock())
        except StoreError as away:
            raise DeliveryError("The store is away.", outcome="not_sent", reason="store") from away
        if not is_mine:
            raise DeliveryError("It took too long to begin.", outcome="not_sent", reason=_NO_LEASE)
        reached("files.kept")
        for file, upload in zip(message.files, uploads, strict=True):
            self.outlet.upload(file, upload)
            reached("files.uploaded")
        return self.outlet.show_files(conversation, message, ids, may_write)

    def _recorded(self, mine: Delivery, taken: Taken, note: str) -> None:
        """Note that Slack has the message. Raises StoreError."""
        now, content = self.clock(), self.contents[mine.what.part]
        if record_sent(self.claims, mine, taken, now):
            reached("sending.recorded")
            log.info("the delivery of %s (%s) was sent", mine.what.subscription, mine.what.period)
            tell_sent(content, replace(mine, state=State.SENT, message_ts=taken.ts, note=note), now)
            reached("sending.told")
        else:
            log.warning("delivery %s was taken over while it was posted", mine.reference)

    def _refused(self, mine: Delivery, refused: DeliveryError, content: Content) -> Callable[[], object]:
        """Return how to write down what an answer other than "taken" means."""
        now, reason = self.clock(), refused.reason or refused.message
        log.warning("Slack didn't take the delivery of %s: %s", mine.what.subscription, reason)
        if refused.outcome == "unknown":
            reached("sending.unclear")
            return lambda: self.claims.look_up_after(mine, W, reason, now)
        reached("sending.refused")
        if refused.permanent and not self.circuit.stops_for(refused):
            ending = Ending(State.FAILED, f"{reason}: {refused.hint}".rstrip(": "))
            return lambda: end(self.claims, content, mine, ending, now)
        until = now if refused.permanent else now + self._wait(mine, refused)
        return lambda: self.claims.move(mine, State.READY, now, not_before=until, reason=reason[:200])

    def _wait(self, mine: Delivery, refused: DeliveryError) -> timedelta:
        """Return how long a delivery waits that Slack may take another time; the others may wait as well."""
        if refused.reason == _NO_LEASE:
            return timedelta(0)
        if refused.retry_after is not None or refused.reason in _RATE:
            self.pace.slow_down(refused.retry_after)
        else:
            self.pace.pause(_UNREACHED_SECONDS)
        if refused.retry_after is not None:
            return timedelta(seconds=refused.retry_after)
        doubled = 2.0 ** min(mine.attempts, 10)
        return min(_LONGEST_WAIT, _FIRST_WAIT * doubled)


def record_sent(
    claims: Claims, mine: Delivery, taken: Taken, now: datetime, reason: str | None = None
) -> bool:
    """Write down that Slack has a message; False if the delivery was taken over. Raises StoreError."""
    return claims.move(
        mine,
        State.SENT,
        now,
        message_ts=taken.ts or None,
        conversation=taken.conversation,
        payload=None,
        reason=reason,
    )


def tell_sent(content: Content, delivery: Delivery, now: datetime) -> None:
    """Tell a content that its message was posted. Never raises: the message is there, whatever fails now."""
    try:
        content.sent(delivery, now)
    except StoreError:
        log.warning("delivery %s was sent, but what follows from it waits for the store", delivery.reference)
    except Exception as wrong:  # noqa: BLE001 - logged; the delivery itself is done
        log_unexpected(log, f"what follows from delivery {delivery.reference} failed", wrong)
