"""The planning tick: what is due gets its row, and what was left behind is put right.

A tick may be missed, come twice or run in several processes at once: a row is unique in what it delivers, so
planning it again does nothing. A content that can't plan stops none of the others.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from bot.deliveries.content import Content
from bot.deliveries.sending import Sender
from bot.runtime.clock import Clock
from bot.runtime.failpoints import reached
from bot.runtime.logs import log_unexpected
from bot.store.claims import Claims
from bot.store.errors import StoreError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans the deliveries of one workspace."""

    contents: Mapping[str, Content]
    claims: Claims
    sender: Sender
    clock: Clock

    def tick(self) -> None:
        """Plan what is due, and give back what dead processes have left. Never raises."""
        reached("planning.started")
        for part, content in self.contents.items():
            self._plan(part, content)
        reached("planning.done")
        try:
            self._put_right()
        except StoreError:
            log.info("the deliveries wait for the store")
        except Exception as wrong:  # noqa: BLE001 - logged; the next tick tries again
            log_unexpected(log, "the deliveries can't be read; trying again at the next tick", wrong)

    def _plan(self, part: str, content: Content) -> None:
        try:
            content.plan(self.clock())
        except StoreError:
            log.info("planning each %s waits for the store", part)
        except Exception as wrong:  # noqa: BLE001 - logged; the other contents are still to be planned
            log_unexpected(log, f"planning each {part} failed; trying again at the next tick", wrong)

    def _put_right(self) -> None:
        now = self.clock()
        self.sender.record()
        reached("leases.expiring")
        left = self.claims.give_back(now)
        if left:
            log.warning("%d deliveries were left while they were prepared; they are prepared again", left)
        moved = self.claims.put_clock_right(now)
        if moved:
            log.warning("the clock was set back; %d deliveries no longer wait for it", moved)
