"""The alarm clock: one job, at start and then every minute. What is due is not its business."""

from __future__ import annotations

import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.clock import Clock

log = logging.getLogger(__name__)

EVERY_SECONDS = 60


class Scheduler:
    """Calls `tick` from a thread of its own, never twice at the same time."""

    def __init__(
        self, tick: Callable[[], None], clock: Clock, zone: ZoneInfo, *, every: float = EVERY_SECONDS
    ) -> None:
        """Start nothing yet. `every` in seconds."""
        self._scheduler = BackgroundScheduler(timezone=zone, daemon=True)
        self._scheduler.add_job(
            tick,
            IntervalTrigger(seconds=every, timezone=zone),
            next_run_time=clock(),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        """Begin, with a first tick at once."""
        self._scheduler.start()

    def stop(self) -> None:
        """Begin no further tick, and wait for the one that runs."""
        self._scheduler.shutdown()
