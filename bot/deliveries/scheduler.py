"""Wakes the bot: at the start, with every full minute, and when told to. What is due is decided elsewhere.

APScheduler is the alarm clock that rings with the full minute, so that what is due at 08:30 isn't posted at
08:30:59. It goes by the wall clock, and stays silent for an hour if that is set back by an hour. So each
thread here also waits for at most a minute by a monotonic clock, which nobody sets.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, time
from threading import Event, Thread

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from bot.runtime.clock import Clock
from bot.runtime.logs import log_unexpected

log = logging.getLogger(__name__)

_A_MINUTE = 60.0
_ALARM = "full minute"


class Scheduler:
    """Calls `tick` on a thread of its own, and other work on others; nothing twice at the same time."""

    def __init__(self, clock: Clock, *, every: float = _A_MINUTE) -> None:
        """Start nothing yet. `every`: after how many seconds it ticks at the latest."""
        self._clock = clock
        self._every = every
        self._alarm: BackgroundScheduler | None = None
        self._tick: _Rounds | None = None
        self._rounds: list[_Rounds] = []

    def start(self, tick: Callable[[], None]) -> None:
        """Begin, with a first tick at once."""
        self._tick = self._begin(_Rounds("tick", tick, self._every, self._set_alarm))
        if self._every == _A_MINUTE:
            self._alarm = BackgroundScheduler(daemon=True)
            self._set_alarm()
            self._alarm.start()

    def beside(self, work: Callable[[], None], seconds: float) -> None:
        """Call other work now and then every so many seconds, on a thread of its own."""
        self._begin(_Rounds("beside", work, seconds))

    def daily(self, work: Callable[[], None], at: time) -> None:
        """Call other work once a day from a time in the business time zone on, a minute after the start at
        the earliest.
        """
        self._begin(_Rounds("daily", _Daily(work, at, self._clock), self._every, is_late=True))

    def wake(self) -> None:
        """Tick at once, or as soon as the running tick has ended."""
        if self._tick is not None:
            self._tick.wake()

    def stop(self) -> None:
        """Begin nothing more, and wait for what runs."""
        for rounds in self._rounds:
            rounds.end()
        for rounds in self._rounds:
            rounds.join()
        if self._alarm is not None:
            self._alarm.shutdown()

    def _begin(self, rounds: _Rounds) -> _Rounds:
        self._rounds.append(rounds)
        rounds.start()
        return rounds

    def _set_alarm(self) -> None:
        """Let it ring with the next full minute, by the wall clock as it is now."""
        if self._alarm is not None:
            self._alarm.add_job(
                self.wake, CronTrigger(second=0), id=_ALARM, replace_existing=True, misfire_grace_time=None
            )


class _Rounds:
    """A thread that calls one function again and again, until it is ended."""

    def __init__(
        self,
        name: str,
        work: Callable[[], None],
        seconds: float,
        overslept: Callable[[], None] = lambda: None,
        *,
        is_late: bool = False,
    ) -> None:
        """Call it every so many seconds, or when woken. `overslept` is called if nobody woke it in time.

        `is_late`: the first call comes after the first wait, instead of at once.
        """
        self._work = work
        self._seconds = seconds
        self._overslept = overslept
        self._is_late = is_late
        self._woken, self._ended = Event(), Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Call the function at once, or again as soon as its running call has ended."""
        self._woken.set()

    def end(self) -> None:
        """Call it no more."""
        self._ended.set()
        self._woken.set()

    def join(self) -> None:
        """Wait for its running call."""
        self._thread.join()

    def _run(self) -> None:
        if self._is_late:
            self._woken.wait(self._seconds)
        while True:
            self._woken.clear()
            if self._ended.is_set():
                return
            self._call(self._work)
            if not self._woken.wait(self._seconds):
                self._call(self._overslept)

    def _call(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as wrong:  # noqa: BLE001 - logged; the next round is still to come
            log_unexpected(log, f"a round of {self._thread.name} failed", wrong)


class _Daily:
    """Calls a function once a day, from a time on, however the clock is set."""

    def __init__(self, work: Callable[[], None], at: time, clock: Clock) -> None:
        self._work = work
        self._at = at
        self._clock = clock
        self._done: date | None = None

    def __call__(self) -> None:
        now = self._clock()
        if now.time() >= self._at and now.date() != self._done:
            self._done = now.date()
            self._work()
