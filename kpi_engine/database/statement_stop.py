"""Stop a running statement when its time is up, or when its question is cancelled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from threading import Condition, Event, Thread
from time import monotonic
from typing import Any

from kpi_engine.domain.cancellation import NEVER, Cancellation

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
"""Seconds between two tries: a stop that comes just before its statement begins reaches nothing."""


class _Watched:
    """A running statement: how it is stopped, and when (seconds of the monotonic clock, inf: never)."""

    __slots__ = ("due", "over", "stop", "stopped", "stopper")

    def __init__(self, stop: Callable[[], Any], due: float) -> None:
        self.stop = stop
        self.due = due
        self.stopped, self.over = Event(), Event()
        self.stopper: Thread | None = None

    def start_stopping(self) -> None:
        """Stop the statement from a thread of its own: a stop may have to wait for the server."""
        stopper = Thread(target=self._stop_until_over, name="stop", daemon=True)
        stopper.start()
        self.stopper = stopper

    def _stop_until_over(self) -> None:
        pause = _FIRST_PAUSE
        while not self.over.is_set():
            self.stopped.set()
            try:
                self.stop()
            except Exception:
                log.exception("a statement that is to stop could not be cancelled")
            self.over.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


class _Watch:
    """The running statements of this process, and the one thread that notices when one of them is due.

    The thread starts with the first statement and sleeps until the nearest deadline that it knows. A
    statement that ends in time leaves it asleep, so watching one costs two short locks.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._running: set[_Watched] = set()
        self._thread: Thread | None = None
        self._wakes_at = inf

    def add(self, statement: _Watched) -> None:
        """Watch a statement from now on."""
        with self._changed:
            self._running.add(statement)
            if self._thread is None or not self._thread.is_alive():  # a fork has no threads but its own
                self._wakes_at = inf
                self._thread = Thread(target=self._watch, name="watch", daemon=True)
                self._thread.start()
            self._wake_for(statement)

    def stop_now(self, statement: _Watched) -> None:
        """Make a statement due at once. Doesn't wait for its end."""
        with self._changed:
            statement.due = -inf
            if statement in self._running:
                self._wake_for(statement)

    def end(self, statement: _Watched) -> None:
        """Watch a statement no longer; when this returns, no stop of it is under way."""
        with self._changed:
            self._running.discard(statement)
        statement.over.set()
        if statement.stopper is not None:
            statement.stopper.join()

    def _wake_for(self, statement: _Watched) -> None:
        if statement.due < self._wakes_at:
            self._wakes_at = statement.due
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while True:
                now = monotonic()
                for statement in [each for each in self._running if each.due <= now]:
                    statement.start_stopping()
                    self._running.remove(statement)
                self._wakes_at = min((statement.due for statement in self._running), default=inf)
                self._changed.wait(None if self._wakes_at == inf else self._wakes_at - now)


_WATCH = _Watch()


@contextmanager
def watched(stop: Callable[[], Any], seconds: float | None, asked: Cancellation) -> Iterator[Event]:
    """Call `stop` from another thread after `seconds` (None: the server has a limit), or on cancelling.

    It is called until the block ends, so that none is in flight when the connection is used again. Yields
    an event that is set once it was called.
    """
    if seconds is None and asked is NEVER:
        yield Event()
        return
    statement = _Watched(stop, inf if seconds is None else monotonic() + seconds)
    _WATCH.add(statement)
    try:
        with asked.waking(lambda: _WATCH.stop_now(statement)):
            yield statement.stopped
    finally:
        _WATCH.end(statement)
