"""Calls one function at the start and then every minute, where it is decided what is due; others too."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import time
from threading import Lock
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

log = logging.getLogger(__name__)

_EVERY_SECONDS = 60


class Scheduler:
    """Calls `tick` on background threads, never twice at the same time."""

    def __init__(self, zone: ZoneInfo, *, every: float = _EVERY_SECONDS) -> None:
        """Start nothing yet. `every` in seconds."""
        self._scheduler = BackgroundScheduler(timezone=zone, daemon=True)
        self._zone = zone
        self._every = IntervalTrigger(seconds=every, timezone=zone)
        self._running = Lock()
        self._tick: Callable[[], None] | None = None

    def start(self, tick: Callable[[], None]) -> None:
        """Begin, with a first tick at once."""
        self._tick = tick
        self._add(self._every)
        self.wake()
        self._scheduler.start()

    def beside(self, work: Callable[[], None], seconds: float) -> None:
        """Call other work now and then every so many seconds, on a thread of its own."""
        every = IntervalTrigger(seconds=seconds, timezone=self._zone)
        for trigger in (None, every):
            self._scheduler.add_job(work, trigger, max_instances=1, coalesce=True, misfire_grace_time=None)

    def daily(self, work: Callable[[], None], at: time) -> None:
        """Call other work each day at a time in the business time zone."""
        trigger = CronTrigger(hour=at.hour, minute=at.minute, timezone=self._zone)
        self._scheduler.add_job(work, trigger, max_instances=1, coalesce=True, misfire_grace_time=None)

    def wake(self) -> None:
        """Tick at once, or as soon as the running tick has ended."""
        self._add(None)

    def stop(self) -> None:
        """Begin no further tick, and wait for the one that runs."""
        self._scheduler.shutdown()

    def _add(self, trigger: BaseTrigger | None) -> None:
        """Add a job; without a trigger it runs once, now."""
        self._scheduler.add_job(
            self._one_at_a_time, trigger, max_instances=1, coalesce=True, misfire_grace_time=None
        )

    def _one_at_a_time(self) -> None:
        with self._running:
            if self._tick:
                self._tick()
