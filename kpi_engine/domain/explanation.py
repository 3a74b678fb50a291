"""Why a figure changed, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

from kpi_engine.domain.answer import Answer, Comparison
from kpi_engine.domain.figure import Figure as Figure  # noqa: PLC0414 - re-exported: part of the answer
from kpi_engine.domain.query import Key, Query


@dataclass(frozen=True, slots=True)
class ChangePart:
    """What one member adds to a change, in the metric's unit; `label` and `key` None for the missing one.

    Of a rate's part, `rate` comes from the member's own rate and `mix` from its weight; else both are None.
    """

    label: str | None
    key: Key
    figure: Figure
    base: Figure
    part: float
    mix: float | None = None
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A change split by one dimension: the parts add up to it, those in its direction first.

    `concentration` (0..1) says how much of it few members make (see analysis.drivers).
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
    """What a change of a value is made of, by the items of a dimension (see analysis.volume).

    `pieces` and `pieces_before` are how many were sold in both periods.
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
    """Why a figure differs from that of another period.

    `question` is the query with its period made explicit. The parts of every breakdown add up to the
    comparison's change. `breakdowns` are the dimensions tried, the one that concentrates the change most
    first; `skipped` those over which the groups don't add up to the total. `sold` says volume, price and
    mix, None where the metric's model has no `quantity` beside its value. `season` is the figure of the
    same days a year before, with the same comparison, None where the data doesn't reach back.
    """

    question: Query
    answer: Answer
    comparison: Comparison
    breakdowns: tuple[Breakdown, ...]
    skipped: tuple[str, ...] = ()
    sold: VolumePriceMix | None = None
    season: Answer | None = None
    sql: tuple[str, ...] = ()
