"""A question of which a part is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kpi_engine.domain.periods import Grain, Period
from kpi_engine.domain.query import Compare, Filter, Flag, Sized, Top
from kpi_engine.language.line import Line


@dataclass(frozen=True, slots=True)
class TypedPeriod:
    """A period and the words of the line that it was read from: those from `at` up to `after`."""

    period: Period
    at: int
    after: int


@dataclass(frozen=True, slots=True)
class Partial:
    """What is read of a line so far, in the order in which it was typed.

    `typed` are all periods of the line; `period` is the one that the question is about.
    """

    metrics: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    sizes: tuple[Sized, ...] = ()
    compare: tuple[Compare, ...] = ()
    by: tuple[str, ...] = ()
    per: Grain | None = None
    top: Top | None = None
    period: TypedPeriod | None = None
    typed: tuple[TypedPeriod, ...] = ()
    flags: frozenset[Flag] = frozenset()


Step = tuple[Partial, int]
"""What is read up to a place, and that place."""

Reader = Callable[[Line, int, Partial], Step | None]
"""Reads the clause that begins at a place, and returns None where no clause of its sort does.

Raises QueryError for a clause that begins right and can't be read.
"""
