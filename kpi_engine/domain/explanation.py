"""Why a figure changed, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import fsum

from kpi_engine.domain.answer import Answer, Comparison
from kpi_engine.domain.figure import Figure as Figure  # noqa: PLC0414 - re-exported: part of the answer
from kpi_engine.domain.query import Key, Query
from kpi_engine.domain.statements import RunStatement

OTHERS_LABEL = "(others)"
"""The label of all members that have no part of their own."""


@dataclass(frozen=True, slots=True)
class ChangePart:
    """One member's contribution to a change, in the metric's unit.

    `label` and `key` are None for the missing member. For rates, `rate` is the contribution of the
    member's own rate and `mix` that of its weight; both are None for other metrics. Where a dimension has
    too many members to list, the part of the others stands for so many `members`, under OTHERS_LABEL.
    """

    label: str | None
    key: Key
    figure: Figure
    base: Figure
    part: float
    mix: float | None = None
    rate: float | None = None
    members: int = 1


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A change split by one dimension.

    The parts add up to the change; parts in its direction come first. `concentration` (0..1) measures
    how far a few members account for the change (see analysis.drivers).
    """

    dimension: str
    concentration: float
    parts: tuple[ChangePart, ...]

    @property
    def total(self) -> float:
        """The sum of the parts: the change."""
        return fsum(entry.part for entry in self.parts)


@dataclass(frozen=True, slots=True)
class VolumePriceMix:
    """A change in value split into volume, price and mix over the items of a dimension (see analysis.volume).

    `pieces` and `pieces_before` are the numbers of pieces sold in the two periods.
    """

    dimension: str
    volume: float
    price: float
    mix: float
    other: float
    pieces: float
    pieces_before: float

    @property
    def total(self) -> float:
        """The sum of the parts: the change."""
        return fsum((self.volume, self.price, self.mix, self.other))


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a figure differs from the figure for another period.

    `question` is the query with an explicit period. `breakdowns` holds one entry per dimension tried,
    sorted by descending concentration; the parts of each add up to the comparison's change. `skipped`
    lists the dimensions whose groups don't add up to the total, `too_large` those with too many members to
    tell. `sold` holds volume, price and mix, or None if the metric's model has no `quantity`. `season` is
    the answer for the same days a year earlier, with the same comparison, or None if the data doesn't
    reach back that far. `statements` are those that were run for it.
    """

    question: Query
    answer: Answer
    comparison: Comparison
    breakdowns: tuple[Breakdown, ...]
    skipped: tuple[str, ...] = ()
    too_large: tuple[str, ...] = ()
    sold: VolumePriceMix | None = None
    season: Answer | None = None
    statements: tuple[RunStatement, ...] = field(default=(), compare=False)

    @property
    def sql(self) -> tuple[str, ...]:
        """The statements as text, with their values written in; made each time it is asked for."""
        return tuple(run.sql for run in self.statements)
