"""Threads for blocking work, so that the event loop never waits for a database."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from math import ceil
from threading import Condition, Thread
from time import perf_counter
from typing import Any, ParamSpec, TypeVar

from kpi_engine.domain.errors import KpiError
from kpi_engine.domain.translatable import said

P = ParamSpec("P")
T = TypeVar("T")

RunInBackground = Callable[[Callable[[], None]], None]
"""Starts a function on a background thread and returns at once."""

_WAITING_PER_THREAD = 16

_SWITCH_SECONDS = 0.0005
"""How long a thread keeps the interpreter while another one waits for it.

The loop hands it over each time it sends an acknowledgement, and gets it back after as long as this for each
thread that works on an answer. Python's own 5 ms made hundreds of milliseconds of a few acknowledgements.
"""

_NEWEST = 0.3
"""The weight of the newest job in the average duration of jobs."""
_STEP, _A_MINUTE, _LONG = 5, 60, 90
"""Seconds: expected waits are rounded to steps, and given in minutes beyond `_LONG`."""


class BusyError(KpiError):
    """The pool is full or stopping."""


@dataclass(frozen=True, slots=True)
class Load:
    """How many jobs run on a thread, and how many wait for one."""

    running: int
    waiting: int


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    call: Callable[[], Any]
    outcome: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop

    def settle(self, result: Any = None, wrong: BaseException | None = None) -> None:
        """Hand the outcome to the loop, unless the loop is closed."""

        def tell() -> None:
            if self.outcome.done():
                return
            if wrong is None:
                self.outcome.set_result(result)
            else:
                self.outcome.set_exception(wrong)

        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(tell)


class Pool:
    """Daemon threads and a bounded queue: a statement that hangs never keeps the process alive.

    All its methods belong to one event loop.
    """

    def __init__(
        self, size: int, *, waiting: int | None = None, seconds: Callable[[], float] = perf_counter
    ) -> None:
        """Start nothing yet. `size` threads; at most `waiting` jobs besides the running ones.

        `seconds` returns the time by which jobs are measured.
        """
        self._size = size
        self._room = size + (size * _WAITING_PER_THREAD if waiting is None else waiting)
        self._seconds = seconds
        self._jobs: deque[_Job] = deque()
        self._changed = Condition()
        self._busy = 0
        self._usual: float | None = None
        self._threads: list[Thread] = []
        self._unfinished: set[asyncio.Future[Any]] = set()
        self._stopping = False

    @property
    def load(self) -> Load:
        """How much there is to do; safe to ask from any thread."""
        with self._changed:
            return Load(self._busy, len(self._jobs))

    async def run(self, func: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `func` on a thread and return its result, or raise what it raised.

        Raises BusyError at once if the queue is full or the pool is stopping. A waiting job leaves the
        queue if its caller is cancelled; a running one goes on.
        """
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()
        context = copy_context()  # the log on the thread has the reference of the caller
        job = _Job(lambda: context.run(func, *args, **kwargs), outcome, loop)
        with self._changed:
            if self._stopping:
                raise stopping()
            if len(self._jobs) + self._busy >= self._room:
                raise _full(self._wait())
            self._jobs.append(job)
            self._changed.notify()
        self._unfinished.add(outcome)
        outcome.add_done_callback(self._unfinished.discard)
        self._start_thread()
        try:
            return await outcome
        finally:
            self._drop(job)

    async def close(self, grace: float) -> None:
        """Take no new jobs, drop the waiting ones, and give the running ones `grace` seconds to end.

        Callers of jobs that don't end in time get BusyError.
        """
        with self._changed:
            self._stopping = True
            waiting = [job.outcome for job in self._jobs]
            self._jobs.clear()
            self._changed.notify_all()
        for outcome in waiting:
            if not outcome.done():
                outcome.set_exception(stopping())
        loop, running = asyncio.get_running_loop(), set(self._unfinished)
        until = loop.time() + grace
        if running:
            _, late = await asyncio.wait(running, timeout=grace)
            for outcome in late:
                outcome.set_exception(stopping())
        # cancelled jobs may still have something to write down
        await asyncio.to_thread(self._until_idle, max(0.0, until - loop.time()))

    def _until_idle(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._busy, timeout=seconds)

    def _drop(self, job: _Job) -> None:
        with self._changed:
            if job in self._jobs:
                self._jobs.remove(job)

    def _wait(self) -> float | None:
        """Return in how many seconds a new job would begin; None before any job was measured."""
        return None if self._usual is None else (self._busy + len(self._jobs)) / self._size * self._usual

    def _start_thread(self) -> None:
        if len(self._threads) < self._size:
            sys.setswitchinterval(_SWITCH_SECONDS)
            thread = Thread(target=self._work, name=f"pool-{len(self._threads) + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            started = self._seconds()
            try:
                result = job.call()
            except BaseException as wrong:  # noqa: BLE001 - raised again for the caller
                self._took(self._seconds() - started)
                job.settle(wrong=wrong)
            else:
                self._took(self._seconds() - started)
                job.settle(result)

    def _next(self) -> _Job | None:
        """Wait for a job and take it; None once the pool is stopping and the queue is empty."""
        with self._changed:
            while not self._jobs and not self._stopping:
                self._changed.wait()
            if not self._jobs:
                return None
            self._busy += 1
            return self._jobs.popleft()

    def _took(self, seconds: float) -> None:
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()
            before = seconds if self._usual is None else self._usual
            self._usual = before + _NEWEST * (seconds - before)


def on_a_thread(name: str) -> RunInBackground:
    """Return a starter that runs each function on a new daemon thread of this name."""

    def start(work: Callable[[], None]) -> None:
        Thread(target=work, name=name, daemon=True).start()

    return start


def stopping() -> BusyError:
    """Return the refusal of questions that arrive, or still wait, while the bot stops."""
    return BusyError("I'm restarting.", hint="Ask again in a minute.")


def _full(wait: float | None) -> BusyError:
    """Return the refusal of a full queue, with the expected wait if it is known."""
    hint = said("Ask again in a minute.")
    if wait is not None and wait > _LONG:
        hint = said("Ask again in about {minutes} minutes.", minutes=ceil(wait / _A_MINUTE))
    elif wait is not None:
        hint = said("Ask again in about {seconds} seconds.", seconds=_STEP * max(1, ceil(wait / _STEP)))
    return BusyError("Too many questions at once.", hint=hint)
