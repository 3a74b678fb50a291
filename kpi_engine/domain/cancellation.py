"""Cancellation of a running question and its statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from threading import Lock
from typing import ParamSpec, TypeVar

from kpi_engine.domain.errors import QuestionCancelledError

P = ParamSpec("P")
T = TypeVar("T")

Wake = Callable[[], None]


class Cancellation:
    """The cancellation state of one question. Any thread may cancel it; this can't be undone."""

    def __init__(self) -> None:
        """Create a state that is not cancelled."""
        self._lock = Lock()
        self._is_cancelled = False
        self._wakes: list[Wake] = []

    @property
    def is_cancelled(self) -> bool:
        """Whether the question was cancelled."""
        return self._is_cancelled

    def cancel(self) -> None:
        """Cancel the question and call every registered `wake` callback."""
        with self._lock:
            self._is_cancelled = True
            wakes = list(self._wakes)
        for wake in wakes:
            wake()

    def check(self) -> None:
        """Raise QuestionCancelledError if the question was cancelled."""
        if self._is_cancelled:
            raise QuestionCancelledError

    @contextmanager
    def waking(self, wake: Wake) -> Iterator[None]:
        """Call `wake` if the question is cancelled before the block ends, at once if it already was."""
        with self._lock:
            self._wakes.append(wake)
        try:
            if self._is_cancelled:
                wake()
            yield
        finally:
            with self._lock:
                self._wakes.remove(wake)


NEVER = Cancellation()
"""The state for work that can't be cancelled."""

_current: ContextVar[Cancellation] = ContextVar("cancellation", default=NEVER)


@contextmanager
def cancelled_by(cancellation: Cancellation) -> Iterator[None]:
    """Apply a cancellation to all work that this thread does within the block."""
    token = _current.set(cancellation)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Cancellation:
    """Return the cancellation of this thread's current question, or NEVER if it has none."""
    return _current.get()


def carried(work: Callable[P, T]) -> Callable[P, T]:
    """Return `work`, to be called on other threads, under what is current for the question here and now.

    A new thread, and one of an executor, starts without a cancellation and without a log of statements. A
    question that reads over several connections at once therefore hands each reading over as
    `executor.submit(carried(read), statement)`; cancelling the question then stops all of them. What is
    returned may be called by several threads at the same time: each call has a copy of the context.
    """
    context = copy_context()

    def under_context(*args: P.args, **kwargs: P.kwargs) -> T:
        return context.copy().run(work, *args, **kwargs)

    return under_context
