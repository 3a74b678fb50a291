"""Winning combinations: pairs of items that meet in one basket more often than chance explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from kpi_engine.domain.figure import NO_DATA, Figure
from kpi_engine.domain.metrics import Kind, MeasureRef, Need, PairsOf
from kpi_engine.domain.periods import AnyGrain, Grain, Period, last_complete
from kpi_engine.domain.translatable import said
from kpi_engine.kinds.schema import ApartFile, MeasureRefFile, MetricFile, Name

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Affinity(Kind):
    """A list of pairs, found by statements of its own."""

    listed: PairsOf

    needs_whole_orders = True

    @property
    def pairs(self) -> PairsOf:
        """Which pairs are listed."""
        return self.listed

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return the lines' value."""
        return (self.listed.value,)

    def needs(self, today: date) -> tuple[Need, ...]:  # noqa: ARG002 - the protocol's signature
        """Return none: pairs are read by statements of their own."""
        return ()

    def figure(self, values: Mapping[str, float | None]) -> Figure:  # noqa: ARG002 - the protocol's signature
        """Return no data: a pair isn't made of measures."""
        return NO_DATA

    def default_period(self, today: date, grain: AnyGrain, count: int) -> Period:  # noqa: ARG002 - one month holds too few pairs
        """Return the last twelve complete months."""
        return last_complete(Grain.MONTH, today, _MONTHS)

    def formula(self) -> str:
        """Return what a lift is."""
        baskets = said(
            "distinct {column} of {model}", column=self.listed.basket, model=self.listed.value.model
        )
        lift = said(
            "{baskets} with both x {baskets} / ({baskets} with the one x {baskets} with the other)",
            baskets=baskets,
        )
        if self.listed.within is None:
            return lift
        return said("{lift}, both at most {within} apart", lift=lift, within=self.listed.within.words())


class AffinityFile(MetricFile):
    """A metric that lists pairs."""

    kind: Literal["affinity"]
    value: MeasureRefFile = Field(description="what the lines are worth: a sum over lines")
    basket: str = Field(min_length=1, description="the column that says which lines were bought together")
    item: Name = Field(description="the dimension whose members are combined into pairs")
    min_joint: int = Field(default=20, gt=0, description="pairs in fewer baskets than this aren't judged")
    q: float | None = Field(
        default=0.10,
        gt=0,
        le=1,
        description="share of false discoveries among the winners; null turns the test off",
    )
    within: ApartFile | None = Field(
        default=None,
        description="if a basket is a customer, the most days between the two, or {months: 3}; null means"
        " no limit",
    )
    exclude: tuple[str | int, ...] = Field(
        default=(), description="keys of items that aren't products, such as postage"
    )

    def spec(self) -> Affinity:
        """Return the kind's own part of the file."""
        within = self.within.horizon() if self.within else None
        return Affinity(
            PairsOf(self.value.ref(), self.basket, self.item, self.min_joint, self.q, within, self.exclude)
        )
