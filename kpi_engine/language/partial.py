"""What has been read of a question so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kpi_engine.domain.periods import AnyGrain, Period
from kpi_engine.domain.query import Compare, Filter, Flag, Sized, Top
from kpi_engine.language.line import Line


@dataclass(frozen=True, slots=True)
class TypedPeriod:
    """A period, and the positions of the words that it was read from: `at` up to `after`."""

    period: Period
    at: int
    after: int


@dataclass(frozen=True, slots=True)
class Partial:
    """What has been read of a line so far, in the order in which it was typed.

    `period` is what the question is about; `typed` also has the periods that it is compared with.
    """

    metrics: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    sizes: tuple[Sized, ...] = ()
    compare: tuple[Compare, ...] = ()
    by: tuple[str, ...] = ()
    per: AnyGrain | None = None
    top: Top | None = None
    period: TypedPeriod | None = None
    typed: tuple[TypedPeriod, ...] = ()
    flags: frozenset[Flag] = frozenset()


Step = tuple[Partial, int]
"""What has been read up to a position, and that position."""

Reader = Callable[[Line, int, Partial], Step | None]
"""Reads one kind of clause at a position; returns None if there is no such clause.

Raises QueryError for a clause that starts correctly but can't be read.
"""
