"""Values that are dear to read and stay the same for a day."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from datetime import date
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")

_SIZE = 256
"""Entries beyond this push out those that were used least recently."""


class DayMemory(Generic[Value]):
    """A bounded memory whose entries are valid on one day of the business zone; safe between threads."""

    def __init__(self, size: int = _SIZE) -> None:
        self._size = size
        self._entries: OrderedDict[tuple[date, Hashable], Value] = OrderedDict()
        self._lock = Lock()

    def get(self, today: date, key: Hashable) -> Value | None:
        """Return what was put on `today`, None where nothing was."""
        with self._lock:
            if (today, key) not in self._entries:
                return None
            self._entries.move_to_end((today, key))
            return self._entries[today, key]

    def put(self, today: date, key: Hashable, value: Value) -> None:
        """Remember a value for the rest of `today`."""
        with self._lock:
            self._entries[today, key] = value
            self._entries.move_to_end((today, key))
            while len(self._entries) > self._size:
                self._entries.popitem(last=False)
