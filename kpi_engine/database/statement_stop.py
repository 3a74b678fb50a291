"""Stop a running statement when its time is up, or when its question is cancelled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from kpi_engine.domain.cancellation import NEVER, Cancellation

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
"""Seconds between two tries: a stop that comes just before its statement begins reaches nothing."""


@contextmanager
def watched(stop: Callable[[], Any], seconds: float | None, asked: Cancellation) -> Iterator[Event]:
    """Call `stop` from a thread of its own after `seconds` (None: the server has a limit), or on cancelling.

    It is called until the block ends, so that none is in flight when the connection is used again. Yields
    an event that is set once it was called.
    """
    stopped, woken, over = Event(), Event(), Event()
    if seconds is None and asked is NEVER:
        yield stopped
        return

    def watch() -> None:
        woken.wait(seconds)
        pause = _FIRST_PAUSE
        while not over.is_set():
            stopped.set()
            try:
                stop()
            except Exception:
                log.exception("a statement that is to stop could not be cancelled")
            over.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    watcher = Thread(target=watch, name="watch", daemon=True)
    watcher.start()
    try:
        with asked.waking(woken.set):
            yield stopped
    finally:
        over.set()
        woken.set()
        watcher.join()
