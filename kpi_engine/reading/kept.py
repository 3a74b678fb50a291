"""Values that are kept for a while after they were read."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

Elapsed = Callable[[], float]
"""The seconds since some moment, never going back; `time.monotonic` where nothing else is said."""


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
        return found[1] if found and self._elapsed() - found[0] < self._seconds else None

    def put(self, key: Key, value: Value) -> None:
        """Keep a value from now on; the one that was put first makes room for it."""
        with self._lock:
            self._values.pop(key, None)
            self._values[key] = (self._elapsed(), value)
            while len(self._values) > self._most:
                del self._values[next(iter(self._values))]
