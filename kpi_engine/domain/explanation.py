"""Why a figure changed, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import fsum
from typing import Literal

from kpi_engine.domain.answer import Answer, Comparison, MissingDays, Verdict
from kpi_engine.domain.figure import Figure as Figure  # noqa: PLC0414 - re-exported: part of the answer
from kpi_engine.domain.query import Key, Query
from kpi_engine.domain.statements import RunStatement

OTHERS_LABEL = "(others)"
"""The label of all members that have no part of their own."""


def is_clear(verdict: Verdict) -> bool:
    """Whether a verdict says that something changed, so that there is a change to explain."""
    return verdict.direction is not None


@dataclass(frozen=True, slots=True)
class ChangePart:
    """One member's contribution to a change, in the metric's unit.

    `label` and `key` are None for the missing member. For rates, `rate` is the contribution of the
    member's own rate and `mix` that of its weight; both are None for other metrics. `excess` is how far the
    part (of a rate, `rate`) goes beyond what it would be if all members had changed alike. `pieces` and
    `pieces_before` are the pieces behind a value, None where they aren't counted. Where a dimension has
    too many members to list, the part of the others stands for so many `members`, under OTHERS_LABEL, and
    has no excess.
    """

    label: str | None
    key: Key
    figure: Figure
    base: Figure
    part: float
    mix: float | None = None
    rate: float | None = None
    members: int = 1
    excess: float | None = None
    pieces: float | None = None
    pieces_before: float | None = None


@dataclass(frozen=True, slots=True)
class SameMix:
    """What a rate would have done with the same mix of members, and what the mix did, in the metric's unit.

    They add up to the change. `low` and `high` bound the 95 % interval of `rate`. `is_clear` where the mix
    moved by more than chance explains.
    """

    rate: float
    low: float
    high: float
    mix: float
    is_clear: bool


Spread = Literal["uneven", "alike", "one member", "missing member"]
"""How a change is spread over the members of a dimension.

"uneven": some changed more than others, by more than chance explains. "alike": chance explains the
differences. "one member": over 90 % of the base belongs to one. "missing member": the rows without a member
lead the change, so that the split says nothing.
"""


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A change split by one dimension.

    The parts add up to the change; parts in its direction come first. `leading` is what the members that go
    furthest beyond a change alike (see `leaders`) make of the change by that, as a share of its size.
    `p_value` is the chance of such differences between members that changed alike; None where it isn't known.
    `concentration` (0..1) measures how far a few members account for the change (see analysis.drivers).
    """

    dimension: str
    concentration: float
    parts: tuple[ChangePart, ...]
    leading: float = 0.0
    p_value: float | None = None
    spread: Spread = "uneven"
    same_mix: SameMix | None = None

    @property
    def total(self) -> float:
        """The sum of the parts: the change."""
        return fsum(entry.part for entry in self.parts)

    @property
    def is_of_mix(self) -> bool:
        """Whether the mix of a rate moved in the change's direction and makes at least half of it."""
        found, change = self.same_mix, self.total
        if found is None or not found.is_clear:
            return False
        return found.mix * change > 0 and abs(found.mix) >= abs(change) / 2

    @property
    def leaders(self) -> tuple[ChangePart, ...]:
        """The members, at most three, whose excess in the change's direction is largest, the largest first.

        The second and third only where they go at least half as far as the first.
        """
        sign = -1.0 if self.total < 0 else 1.0
        ahead = sorted(
            ((sign * entry.excess, place) for place, entry in enumerate(self.parts) if entry.excess),
            key=lambda entry: (-entry[0], entry[1]),
        )[:3]
        return tuple(self.parts[place] for excess, place in ahead if excess > 0 and excess >= ahead[0][0] / 2)


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
class SeasonalPart:
    """The part of a change that came at the same time in each of the `years` before.

    `part` and `whole` are fractions of the base, or in the metric's own unit where `is_relative` is False.
    Both have the same sign, and the part is never larger than the whole.
    """

    part: float
    whole: float
    years: int
    is_relative: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a figure differs from the figure for another period.

    `question` is the query with an explicit period. `breakdowns` holds one entry per dimension tried: those
    whose mix makes a rate's change first, then those with uneven members, the largest leading part first; the
    parts of each add up to the comparison's change. `skipped` lists the dimensions whose groups don't add up
    to the total, `too_large` those with too many members to tell. `sold` holds volume, price and mix, or None
    if the metric's model has no `quantity`. `season` is the answer for the same days a year earlier, with the
    same comparison, or None if the data doesn't reach back that far; `seasonal` the part of the change that
    came then as well. `statements` are those that were run for it.
    """

    question: Query
    answer: Answer
    comparison: Comparison
    breakdowns: tuple[Breakdown, ...]
    skipped: tuple[str, ...] = ()
    too_large: tuple[str, ...] = ()
    sold: VolumePriceMix | None = None
    season: Answer | None = None
    seasonal: SeasonalPart | None = None
    statements: tuple[RunStatement, ...] = field(default=(), compare=False)

    @property
    def is_clear(self) -> bool:
        """Whether something changed and all days of both periods are there, so that there is a story.

        A change that as a whole can't be judged has one too if its parts are judged by themselves.
        """
        verdict = self.comparison.verdict
        is_judged_in_parts = verdict is Verdict.NOT_JUDGED and any(
            entry.p_value is not None or entry.is_of_mix for entry in self.breakdowns
        )
        return (is_clear(verdict) or is_judged_in_parts) and not self.missing

    @property
    def missing(self) -> tuple[MissingDays, ...]:
        """The days of the two periods whose rows haven't arrived, by model."""
        windows = (self.answer.window, self.comparison.window)
        found = []
        for entry in self.answer.missing:
            days = tuple(day for day in entry.days if any(window.holds(day) for window in windows))
            if days:
                partial = tuple(part for part in entry.partial if part.day in days)
                found.append(MissingDays(entry.model, days, partial))
        return tuple(found)

    @property
    def driver(self) -> Breakdown | None:
        """The split that tells most of the change: its members changed unlike; None where none did."""
        uneven = (entry for entry in self.breakdowns if entry.spread == "uneven" and not entry.is_of_mix)
        return None if self.mix_driver else next(uneven, None)

    @property
    def mix_driver(self) -> Breakdown | None:
        """The split by which the mix makes most of a rate's change; None without one."""
        return next((entry for entry in self.breakdowns if entry.is_of_mix), None)

    @property
    def sql(self) -> tuple[str, ...]:
        """The statements as text, with their values written in; made each time it is asked for."""
        return tuple(run.sql for run in self.statements)
