"""One computation for all who ask the same at the same time.

A result serves everyone who asked before it was there, also those who still waited for a thread then. It is
kept only as long as one of them waits, so nothing is remembered between questions.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from itertools import count
from threading import Event, Lock
from typing import Any, TypeVar

from kpi_engine.domain.cancellation import Cancellation, cancelled_by, current
from kpi_engine.domain.errors import KpiError, QuestionCancelledError

T = TypeVar("T")

_MOST = 256
"""Outcomes that are kept for those who asked before; the one that was over first makes room."""


class Arrival:
    """When a question was asked, in the order of a `Sharing`; close it once the question is answered."""

    def __init__(self, at: int, close: Callable[[int], None]) -> None:
        """`close` forgets it."""
        self.at = at
        self._close = close

    def close(self) -> None:
        """Say that the question was answered, or is no longer asked."""
        self._close(self.at)


_arrival: ContextVar[Arrival | None] = ContextVar("when the question was asked", default=None)


class _Flight:
    """One computation. Its fields belong to the lock of its `Sharing`."""

    def __init__(self) -> None:
        self.over_at = -1
        self.asking: set[object] = set()
        self.is_settled = False
        self.result: Any = None
        self.wrong: KpiError | None = None
        self.cancellation = Cancellation()
        self.told: list[Event] = []

    @property
    def is_over(self) -> bool:
        """Whether it has ended, with an outcome or without."""
        return self.over_at >= 0

    @property
    def is_joinable(self) -> bool:
        """Whether it runs, and some of those who asked still want it."""
        return not self.is_over and bool(self.asking)

    def outcome(self) -> Any:
        """Return the result, or raise a copy of the error: callers change the hints of theirs."""
        if self.wrong is not None:
            raise copy(self.wrong)
        return self.result


class Sharing:
    """Computations by key; safe to share between threads. Equal keys must mean equal results."""

    def __init__(self) -> None:
        """Compute nothing yet."""
        self._lock = Lock()
        self._moments = count()
        self._flights: dict[Hashable, _Flight] = {}
        self._waiting: dict[int, None] = {}
        """The arrivals that aren't closed, the earliest first."""

    def arrive(self) -> Arrival:
        """Note that a question is asked now, before it waits for its turn."""
        with self._lock:
            at = next(self._moments)
            self._waiting[at] = None
        return Arrival(at, self._leave)

    def of(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Return what `compute` returns, computed once for all who ask for the same key meanwhile.

        Raises what it raised. A cancelled asker stops waiting; the computation is stopped once nobody
        wants it any more.
        """
        arrival, asker = _arrival.get(), object()
        while True:
            flight, is_mine = self._flight(key, asker, None if arrival is None else arrival.at)
            if is_mine:
                return self._computed(key, flight, asker, compute)
            self._wait(flight, asker)
            if flight.is_settled:
                found: T = flight.outcome()
                return found

    def _flight(self, key: Hashable, asker: object, asked_at: int | None) -> tuple[_Flight, bool]:
        """Return the computation to wait for, or a new one and that it is the caller's to do."""
        with self._lock:
            found = self._flights.get(key)
            if found is not None:
                if found.is_joinable:
                    found.asking.add(asker)
                    return found, False
                if asked_at is not None and asked_at < found.over_at:
                    return found, False
            found = self._flights[key] = _Flight()
            found.asking.add(asker)
            return found, True

    def _computed(self, key: Hashable, flight: _Flight, asker: object, compute: Callable[[], T]) -> T:
        """Compute for all who ask; goes on for the others if the one who began is cancelled."""
        mine = current()
        try:
            with mine.waking(lambda: self._stop_asking(flight, asker)), cancelled_by(flight.cancellation):
                flight.result = found = compute()
            flight.is_settled = True
        except QuestionCancelledError:
            raise
        except KpiError as wrong:
            flight.wrong, flight.is_settled = wrong, True
            mine.check()
            raise
        finally:
            self._land(key, flight)
        mine.check()
        return found

    def _wait(self, flight: _Flight, asker: object) -> None:
        """Wait until a computation is over. Raises QuestionCancelledError if the question is cancelled."""
        mine, told = current(), Event()
        with self._lock:
            if flight.is_over:
                return
            flight.told.append(told)
        with mine.waking(told.set):
            told.wait()
        if mine.is_cancelled:
            self._stop_asking(flight, asker)
        mine.check()

    def _stop_asking(self, flight: _Flight, asker: object) -> None:
        """Note that one of those who asked was cancelled; the last one stops the computation."""
        with self._lock:
            flight.asking.discard(asker)
            is_unwanted = not flight.asking
        if is_unwanted:
            flight.cancellation.cancel()

    def _land(self, key: Hashable, flight: _Flight) -> None:
        """Tell those who wait that it is over; keep its outcome for those who asked before."""
        with self._lock:
            flight.over_at = next(self._moments)
            if self._flights.get(key) is flight:
                del self._flights[key]  # and put last: what was over first makes room first
                if flight.is_settled and self._is_wanted(flight):
                    self._flights[key] = flight
                    self._make_room()
            told = flight.told
        for event in told:
            event.set()

    def _is_wanted(self, flight: _Flight) -> bool:
        """Whether somebody waits for an answer who asked before a computation was over."""
        earliest = next(iter(self._waiting), None)
        return earliest is not None and earliest < flight.over_at

    def _make_room(self) -> None:
        over = [key for key, flight in self._flights.items() if flight.is_over]
        for key in over[: max(0, len(over) - _MOST)]:
            del self._flights[key]

    def _leave(self, at: int) -> None:
        """Forget an arrival, and every result that only it could still use."""
        with self._lock:
            self._waiting.pop(at, None)
            unwanted = [
                key for key, flight in self._flights.items() if flight.is_over and not self._is_wanted(flight)
            ]
            for key in unwanted:
                del self._flights[key]


@contextmanager
def asked_at(arrival: Arrival) -> Iterator[None]:
    """Say when what this thread asks within the block was asked."""
    token = _arrival.set(arrival)
    try:
        yield
    finally:
        _arrival.reset(token)
