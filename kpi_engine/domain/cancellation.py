"""A question that is not wanted any more: how whoever asked it stops what runs for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

from kpi_engine.domain.errors import QuestionCancelledError

Wake = Callable[[], None]


class Cancellation:
    """Whether one question is still wanted. Any thread may cancel it; that can't be taken back."""

    def __init__(self) -> None:
        """Begin as wanted."""
        self._lock = Lock()
        self._is_cancelled = False
        self._wakes: list[Wake] = []

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._is_cancelled

    def cancel(self) -> None:
        """Say that the question isn't wanted any more; wakes whoever watches a statement of it."""
        with self._lock:
            self._is_cancelled = True
            wakes = list(self._wakes)
        for wake in wakes:
            wake()

    def check(self) -> None:
        """Raise QuestionCancelledError where the question was cancelled."""
        if self._is_cancelled:
            raise QuestionCancelledError

    @contextmanager
    def waking(self, wake: Wake) -> Iterator[None]:
        """Call `wake` when the question is cancelled, at once where it was; at most until the block ends."""
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
"""Of whatever nobody can cancel."""

_current: ContextVar[Cancellation] = ContextVar("cancellation", default=NEVER)


@contextmanager
def cancelled_by(cancellation: Cancellation) -> Iterator[None]:
    """Let everything that this thread asks within the block be stopped by a cancellation."""
    token = _current.set(cancellation)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Cancellation:
    """Return what may stop the question that this thread works on; NEVER where nothing may."""
    return _current.get()
