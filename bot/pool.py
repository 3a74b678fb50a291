"""A bounded pool of threads for the sync core, so that the event loop never waits for a database."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Any, ParamSpec, TypeVar

from kpi_engine.errors import KpiError

P = ParamSpec("P")
T = TypeVar("T")

WAITING_PER_THREAD = 16


class BusyError(KpiError):
    """The pool takes nothing more now: it is full, or it is stopping."""


@dataclass(frozen=True, slots=True)
class _Job:
    call: Callable[[], Any]
    outcome: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop

    def settle(self, result: Any = None, wrong: BaseException | None = None) -> None:
        """Hand the outcome over to the loop; a loop that is already closed waits for nothing."""

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

    def __init__(self, size: int, *, waiting: int | None = None) -> None:
        """Start nothing yet. `size` threads; at most `waiting` jobs beside those that run."""
        self._size = size
        self._jobs: queue.Queue[_Job | None] = queue.Queue(
            size * WAITING_PER_THREAD if waiting is None else waiting
        )
        self._threads: list[Thread] = []
        self._unfinished: set[asyncio.Future[Any]] = set()
        self._stopping = False

    async def run(self, func: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `func` on a thread and return its result, or raise what it raised.

        Raises BusyError at once where the queue is full or the pool is stopping.
        """
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()
        if self._stopping:
            raise _stopping()
        try:
            self._jobs.put_nowait(_Job(lambda: func(*args, **kwargs), outcome, loop))
        except queue.Full:
            raise BusyError("Too many questions at once.", hint="Ask again in a minute.") from None
        self._unfinished.add(outcome)
        outcome.add_done_callback(self._unfinished.discard)
        self._start_thread()
        return await outcome

    async def close(self, grace: float) -> None:
        """Take nothing new, turn away what waits, give what runs `grace` seconds, then let it go.

        Whoever still waits after that gets BusyError.
        """
        self._stopping = True
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is not None and not job.outcome.done():
                job.outcome.set_exception(_stopping())
        running = set(self._unfinished)
        if running:
            _, late = await asyncio.wait(running, timeout=grace)
            for outcome in late:
                outcome.set_exception(_stopping())
        for _ in self._threads:
            try:
                self._jobs.put_nowait(None)
            except queue.Full:
                break

    def _start_thread(self) -> None:
        if len(self._threads) < self._size:
            thread = Thread(target=self._work, name=f"pool-{len(self._threads) + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            if job is None:
                return
            if job.outcome.done():
                continue
            try:
                result = job.call()
            except BaseException as wrong:  # noqa: BLE001 - it is raised again where it is awaited
                job.settle(wrong=wrong)
            else:
                job.settle(result)


def _stopping() -> BusyError:
    return BusyError("I'm being restarted.", hint="Ask again in a minute.")
