"""Reconciling: whether a message that may have been posted is there, as Slack's history says.

    sending with an expired lease, or an unclear answer -> reconciling -> sent | ready | unknown

Guards, and why:

- The history is read W after the last moment at which the message may have been written: until then it may
  still take effect, or not be in the history yet. An unclear answer waits for W; a lease ends at least W
  after the last write that its holder allows itself.
- The message is known by the marker in its metadata (files by their ids) and by being the bot's own. Nothing
  else is compared: two subscriptions may well post the same words.
- Found: it is sent. Found more than once: the oldest stays, the others are deleted, and the log says so.
- Not found: it certainly isn't there, so it is ready again. The epoch is new, so the first attempt, should it
  still wake up, writes nothing into the row.
- A history that can't be read just now is read again later. Where it can never be read (a scope is missing),
  the content decides: by default nothing is posted, the delivery is `unknown`, and somebody is told.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.deliveries.circuit import Circuit
from bot.deliveries.content import Content
from bot.deliveries.frozen import frozen_of
from bot.deliveries.outlet import Outlet, Taken, Wanted
from bot.deliveries.sending import SENDING_LEASE, record_sent, tell_sent
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.runtime.failpoints import reached
from bot.runtime.logs import log_unexpected
from bot.runtime.references import referring_to
from bot.store.claims import Claims
from bot.store.deliveries import UNREADABLE, Delivery, State
from bot.store.errors import StoreError

log = logging.getLogger(__name__)

_AGAIN = timedelta(seconds=30)
"""How long until a history that can't be read just now is read again."""
_CLOCKS_DIFFER = timedelta(hours=1)
"""By how much the bot's clock may have been ahead of Slack's at the first attempt."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Looks for the messages of one workspace that may have been posted."""

    claims: Claims
    contents: Mapping[str, Content]
    outlet: Outlet
    circuit: Circuit
    clock: Clock

    def claimed(self) -> Delivery | None:
        """Claim and return a delivery that may have been posted; None if there is none. Raises StoreError."""
        now, parts = self.clock(), tuple(self.contents)
        for row in self.claims.unclear(parts):
            mine = self.claims.take(row, State.RECONCILING, SENDING_LEASE, now)
            if mine is not None:
                return mine
        return None

    def reconcile(self, mine: Delivery) -> None:
        """Find out whether a claimed delivery was posted. Never raises; after the lease it is tried again."""
        reached("reconciling.claimed")
        try:
            with referring_to(mine.reference or ""):
                self._reconcile(mine)
        except StoreError:
            log.warning("delivery %s waits for the store", mine.reference)
        except Exception as wrong:  # noqa: BLE001 - logged; the others are still to be looked for
            log_unexpected(log, f"delivery {mine.reference} can't be looked for", wrong)
        finally:
            self.claims.leave(mine)

    def _reconcile(self, mine: Delivery) -> None:
        if mine.marker is None or mine.first_tried_at is None:
            self._unreadable(mine, "a version without markers sent it")
            return
        try:
            target = mine.what.target
            conversation = self.claims.conversation(target) or self.outlet.conversation(target)
            found = self.outlet.find(conversation, self._wanted(mine, mine.marker, mine.first_tried_at))
            reached("reconciling.read")
            if found:
                reached("reconciling.found")
                self._found(mine, conversation, found)
                return
        except DeliveryError as refused:
            self._unread(mine, refused)
            return
        reached("reconciling.absent")
        now = self.clock()
        log.info("delivery %s isn't in the history; it is sent again", mine.reference)
        self.claims.move(mine, State.READY, now, not_before=now)

    def _wanted(self, mine: Delivery, marker: str, first_tried_at: datetime) -> Wanted:
        payload = self.claims.payload(mine)
        thread = None if payload is None else frozen_of(payload).reply_to
        since = min(first_tried_at, self.clock()) - _CLOCKS_DIFFER
        return Wanted(marker, self.claims.uploaded(mine), thread, since)

    def _found(self, mine: Delivery, conversation: str, found: Sequence[str]) -> None:
        extra = self._without_extra(mine, conversation, found[1:])
        payload, now = self.claims.payload(mine), self.clock()
        note = "" if payload is None else frozen_of(payload).note
        taken = Taken(conversation, found[0])
        if record_sent(self.claims, mine, taken, now, extra):
            log.info("delivery %s is in the history: it was sent", mine.reference)
            done = replace(mine, state=State.SENT, message_ts=found[0], conversation=conversation, note=note)
            tell_sent(self.contents[mine.what.part], done, now)

    def _without_extra(self, mine: Delivery, conversation: str, extra: Sequence[str]) -> str | None:
        """Delete what was posted besides the first message; return the remark for its row.

        Raises DeliveryError where one may still be deleted later; what can never be deleted stays.
        """
        if not extra:
            return None
        reached("reconciling.deleting")
        log.error(
            "delivery %s was posted %d times; all but the first are deleted", mine.reference, len(extra) + 1
        )
        kept = 0
        for ts in extra:
            try:
                self.outlet.delete(conversation, ts)
            except DeliveryError as refused:
                if refused.reason == "message_not_found":
                    continue  # an earlier attempt deleted it
                if not refused.permanent or self.circuit.stops_for(refused, of_post=False):
                    raise
                log.error("one of them can't be deleted (%s)", refused.reason)  # noqa: TRY400 - expected
                kept += 1
        said = f"posted {len(extra) + 1} times; "
        return said + (f"{kept} too many can't be deleted" if kept else "all but the first were deleted")

    def _unread(self, mine: Delivery, refused: DeliveryError) -> None:
        """Look again later, or never where the bot isn't allowed to."""
        if self.circuit.stops_for(refused, of_post=False) or not refused.permanent:
            wait = _AGAIN if refused.retry_after is None else timedelta(seconds=refused.retry_after)
            self.claims.look_up_after(mine, wait, refused.reason, self.clock())
        else:
            self._unreadable(mine, f"{refused.reason} {refused.needed}".rstrip())

    def _unreadable(self, mine: Delivery, why: str) -> None:
        now = self.clock()
        if self.contents[mine.what.part].repeats_unclear(mine):
            log.warning("delivery %s may have been sent (%s); it is sent again", mine.reference, why)
            self.claims.move(mine, State.READY, now, not_before=now, reason=f"{UNREADABLE}: {why}"[:200])
        else:
            log.warning("delivery %s may have been sent (%s); it isn't sent again", mine.reference, why)
            self.claims.move(mine, State.UNKNOWN, now, payload=None, reason=f"{UNREADABLE}: {why}"[:200])
