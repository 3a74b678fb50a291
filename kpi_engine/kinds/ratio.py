"""One measure divided by another, always from sums, never as a mean of ratios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from kpi_engine.analysis.rates import wilson
from kpi_engine.catalogue import MeasureRef, Model, Need
from kpi_engine.figure import Figure
from kpi_engine.kinds.schema import MeasureRefFile, MetricFile
from kpi_engine.periods import Grain, Period, last_complete


def rate_figure(numerator: float | None, denominator: float | None, *, share: bool) -> Figure:
    """Return numerator / denominator; "no data" where there is nothing to divide by."""
    if numerator is None or not denominator:
        return Figure(None, numerator, denominator)
    interval = wilson(numerator, denominator) if share else None
    return Figure(numerator / denominator, numerator, denominator, interval)


@dataclass(frozen=True, slots=True)
class Ratio:
    """`numerator` / `denominator`; `is_share`: the numerator counts part of the denominator's rows.

    `plus` are further measures that are added to the numerator.
    """

    numerator: MeasureRef
    denominator: MeasureRef
    is_share: bool = False
    plus: tuple[MeasureRef, ...] = ()

    name = "ratio"
    is_additive = False
    matures = False
    looks_back = None

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return all measures."""
        return self.numerator, self.denominator, *self.plus

    def needs(self, today: date) -> tuple[Need, ...]:  # noqa: ARG002 - the protocol's signature
        """Return all needs."""
        further = (Need(f"plus_{index}", ref) for index, ref in enumerate(self.plus))
        return Need("numerator", self.numerator), Need("denominator", self.denominator), *further

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """Return the ratio, with a Wilson interval where it is a share."""
        parts = [values["numerator"], *(values[f"plus_{index}"] for index in range(len(self.plus)))]
        known = [part for part in parts if part is not None]
        numerator = sum(known) if len(known) == len(parts) else None
        return rate_figure(numerator, values["denominator"], share=self.is_share)

    def default_period(self, today: date, grain: Grain, count: int) -> Period:
        """Return the last complete grains."""
        return last_complete(grain, today, count)

    def formula(self) -> str:
        """Return numerator / denominator."""
        above = " + ".join(f"{ref.model}.{ref.measure}" for ref in (self.numerator, *self.plus))
        below = f"{self.denominator.model}.{self.denominator.measure}"
        return f"({above}) / {below}" if self.plus else f"{above} / {below}"

    def refuses(self, model: Model, dimension: str) -> str | None:
        """Return the reason where only the numerator's rows have the dimension."""
        if self.is_share and model.dimensions[dimension].success_only:
            return "only the successes have it, so that every rate would be 100 %"
        return None


class RatioFile(MetricFile):
    """A metric that is one measure divided by another."""

    kind: Literal["ratio"]
    numerator: MeasureRefFile
    plus: tuple[MeasureRefFile, ...] = Field(default=(), description="measures added to the numerator")
    denominator: MeasureRefFile
    share: bool = Field(
        default=False,
        description="true where the numerator counts part of the denominator's rows (a rate of 0 to 100 %)",
    )

    def spec(self) -> Ratio:
        """Return the kind's own part of the file."""
        return Ratio(
            self.numerator.ref(), self.denominator.ref(), self.share, tuple(ref.ref() for ref in self.plus)
        )
