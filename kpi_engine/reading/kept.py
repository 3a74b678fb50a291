"""Values that are kept for a while after they were read."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

Elapsed = Callable[[], float]
"""The seconds since some moment, never going back; `time.monotonic` where nothing else is said."""

_BRIEFLY = 60.0
"""What is kept for longer is dear to read and hardly changes, such as the size of a dimension."""

_oldest: ContextVar[float | None] = ContextVar("the oldest reading that is used", default=None)


@contextmanager
def afresh(elapsed: Elapsed, seconds: float) -> Iterator[None]:
    """Use nothing within this block that was read more than `seconds` before it began.

    Rows that arrive are thereby seen at once. It holds for what is kept for a minute at most, and for the
    rows of the days that posts are about.
    """
    token = _oldest.set(elapsed() - seconds)
    try:
        yield
    finally:
        _oldest.reset(token)


def is_afresh() -> bool:
    """Whether this is within a block of `afresh`."""
    return _oldest.get() is not None


def is_kept(since: float, seconds: float, elapsed: Elapsed) -> bool:
    """Whether what was put at `since` may be used, if it is kept for `seconds`."""
    oldest = _oldest.get()
    if oldest is not None and seconds <= _BRIEFLY and since < oldest:
        return False
    return elapsed() - since < seconds


class Kept(Generic[Key, Value]):
    """At most `most` values, each for `seconds` after it was put; safe to share between threads."""

    def __init__(self, seconds: float, elapsed: Elapsed, most: int = 1_000) -> None:
        self._seconds = seconds
        self._elapsed = elapsed
        self._most = most
        self._values: dict[Key, tuple[float, Value]] = {}
        self._lock = Lock()

    def get(self, key: Key) -> Value | None:
        """Return the value of a key, None if there is none or it is too old."""
        with self._lock:
            found = self._values.get(key)
        return found[1] if found and is_kept(found[0], self._seconds, self._elapsed) else None

    def put(self, key: Key, value: Value) -> None:
        """Keep a value from now on; the one that was put first makes room for it."""
        with self._lock:
            self._values.pop(key, None)
            self._values[key] = (self._elapsed(), value)
            while len(self._values) > self._most:
                del self._values[next(iter(self._values))]
