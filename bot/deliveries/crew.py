"""Threads that share one kind of work: one looks for a job and takes it while the others wait for theirs.

Only one thread at a time asks the store what there is to do, so that idle threads cost nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Condition, Lock, Thread
from time import monotonic
from typing import Generic, TypeVar

from bot.runtime.logs import log_unexpected
from bot.store.errors import StoreError

log = logging.getLogger(__name__)

Job = TypeVar("Job")

_STORE_AGAIN_SECONDS = 3.0
_WRONG_AGAIN_SECONDS = 10.0


class Bell:
    """Wakes the threads that wait for something to do; a ring between two waits isn't lost."""

    def __init__(self) -> None:
        """Begin silent."""
        self._changed = Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        """How often it has rung."""
        return self._rings

    def ring(self) -> None:
        """Wake everybody who waits."""
        with self._changed:
            self._rings += 1
            self._changed.notify_all()

    def wait(self, heard: int, seconds: float) -> None:
        """Wait until it has rung more often than `heard`, for at most so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._rings > heard, seconds)


class Crew(Generic[Job]):
    """Threads that do jobs until they are stopped.

    `find` returns a job that is taken with that, or for how many seconds there is none. It may raise
    StoreError. `do` never raises.
    """

    def __init__(
        self,
        name: str,
        size: int,
        find: Callable[[], Job | float],
        do: Callable[[Job], None],
        bell: Bell,
    ) -> None:
        """Start nothing yet; `bell` says that there may be a job before the time is over."""
        self._find, self._do, self._bell = find, do, bell
        self._finding = Lock()
        self._stopping = False
        self._threads = [Thread(target=self._work, name=f"{name}-{n + 1}", daemon=True) for n in range(size)]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin no further job. `join` waits for the running ones."""
        self._stopping = True
        self._bell.ring()

    def join(self, seconds: float) -> bool:
        """Wait for the running jobs; False if one still runs after so many seconds."""
        until = monotonic() + seconds
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while True:
            with self._finding:
                job = self._next()
            if job is None:
                return
            self._do(job)

    def _next(self) -> Job | None:
        """Wait for a job; None once the crew is stopping."""
        while not self._stopping:
            heard = self._bell.rings
            try:
                found = self._find()
            except StoreError:
                found = _STORE_AGAIN_SECONDS
            except Exception as wrong:  # noqa: BLE001 - logged; the crew goes on
                log_unexpected(log, "looking for deliveries failed; trying again", wrong)
                found = _WRONG_AGAIN_SECONDS
            if not isinstance(found, float):
                return found
            if not self._stopping:
                self._bell.wait(heard, found)
        return None
