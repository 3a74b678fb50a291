"""The statements that were run for an answer, and the log of all that a request sends.

A log records every statement that this thread sends within `recording`. The reading code says what its
statements are for with `sent_for`, and what it didn't have to read again with `note_kept`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, eq=False)
class RunStatement:
    """One statement that was run for an answer; its text is made only when it is asked for."""

    render: Callable[[], str]

    @property
    def sql(self) -> str:
        """The statement with its values written in."""
        return self.render()


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a statement is for, such as the names of some dimensions; so many `figures` come out of it."""

    what: str
    about: tuple[str, ...]
    figures: int

    def __str__(self) -> str:
        return f"{self.what}: {', '.join(self.about)}" if self.about else self.what


@dataclass(frozen=True, slots=True, eq=False)
class SentStatement:
    """One statement that a request sent; `rows` is None if it failed."""

    purpose: Purpose
    database: str
    rows: int | None
    seconds: float
    render: Callable[[], str]

    @property
    def sql(self) -> str:
        """The statement with its values written in; made each time it is asked for."""
        return self.render()


class StatementLog:
    """What a request sends to its databases, in order, and what it takes from memory instead.

    `names` are the names of the databases by the `id` of the object that stands for each.
    """

    def __init__(self, names: Mapping[int, str]) -> None:
        self._names = names
        self._kept: dict[tuple[str, str], None] = {}
        self.sent: list[SentStatement] = []

    def add(self, database: object, rows: int | None, seconds: float, render: Callable[[], str]) -> None:
        """Record a statement for the purpose that is current."""
        name = self._names.get(id(database), "")
        self.sent.append(SentStatement(_purpose.get(), name, rows, seconds, render))

    def keep(self, what: str, about: Iterable[str]) -> None:
        """Record what was taken from memory."""
        self._kept |= dict.fromkeys((what, entry) for entry in about)

    @property
    def kept(self) -> tuple[str, ...]:
        """What was taken from memory and had been read before the request, in words."""
        read = {(sent.purpose.what, entry) for sent in self.sent for entry in sent.purpose.about}
        together: dict[str, list[str]] = {}
        for what, entry in self._kept:
            if (what, entry) not in read:
                together.setdefault(what, []).append(entry)
        return tuple(str(Purpose(what, tuple(about), 0)) for what, about in together.items())


_UNTOLD = Purpose("other", (), 1)
_log: ContextVar[StatementLog | None] = ContextVar("statement log", default=None)
_purpose: ContextVar[Purpose] = ContextVar("purpose of statements", default=_UNTOLD)


@contextmanager
def recording(names: Mapping[int, str]) -> Iterator[StatementLog]:
    """Record the statements that this thread sends within the block (see StatementLog)."""
    log = StatementLog(names)
    token = _log.set(log)
    try:
        yield log
    finally:
        _log.reset(token)


@contextmanager
def sent_for(what: str, about: Iterable[str] = (), figures: int | None = None) -> Iterator[None]:
    """Say what the statements of this block are for, such as "targets" and the names of metrics.

    `figures`: how many figures come out of each; by default as many as the entries of `about`.
    """
    named = tuple(dict.fromkeys(about))
    token = _purpose.set(Purpose(what, named, max(len(named), 1) if figures is None else figures))
    try:
        yield
    finally:
        _purpose.reset(token)


def note_kept(what: str, about: Iterable[str]) -> None:
    """Say what was kept from before, so that it isn't read; `what` and `about` as in `sent_for`."""
    log = _log.get()
    if log is not None:
        log.keep(what, about)


def recorded(database: object, read: Callable[[], Sequence[Row]], render: Callable[[], str]) -> Sequence[Row]:
    """Return what `read` returns from a database; where this thread records statements, record it."""
    log = _log.get()
    if log is None:
        return read()
    started, rows = perf_counter(), None
    try:
        found = read()
        rows = len(found)
        return found
    finally:
        log.add(database, rows, perf_counter() - started, render)
