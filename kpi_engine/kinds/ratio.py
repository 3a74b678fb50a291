"""One measure divided by another, always from sums, never as a mean of ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from kpi_engine.analysis.rates import wilson
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import ChangeStyle, Kind, MeasureRef, Need, Weighed
from kpi_engine.domain.models import Model
from kpi_engine.domain.translatable import said
from kpi_engine.kinds.schema import MeasureRefFile, MetricFile, Name, sum_of


def rate_figure(numerator: float | None, denominator: float | None, *, share: bool) -> Figure:
    """Return numerator / denominator; "no data" where there is nothing to divide by."""
    if numerator is None or not denominator:
        return Figure(None, numerator, denominator)
    interval = wilson(numerator, denominator) if share else None
    return Figure(numerator / denominator, numerator, denominator, interval, rows=denominator)


def joined_rate(figures: Sequence[Figure], *, share: bool) -> Figure:
    """Return the rate of several months: the sum of their numerators over that of their denominators."""
    above, below = (
        sum(getattr(figure, name) or 0.0 for figure in figures) for name in ("numerator", "denominator")
    )
    return rate_figure(above, below, share=share)


@dataclass(frozen=True, slots=True)
class Fraction:
    """The sum of `numerator` over `denominator`, all of them counted in models that belong together."""

    numerator: tuple[MeasureRef, ...]
    denominator: MeasureRef

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return all measures."""
        return *self.numerator, self.denominator

    def counts_same_rows(self, model: Model) -> bool:
        """Whether both sides are read from the same rows of one model, under the same conditions."""
        if any(ref.model != model.name for ref in self.measures()):
            return False
        read = [model.measures[ref.measure] for ref in self.measures()]
        return len({(it.where, it.time, it.first, it.until, it.when) for it in read}) == 1


@dataclass(frozen=True, slots=True)
class Ratio(Kind):
    """Sums divided by sums; `is_share`: the numerator counts part of the denominator's rows.

    With several fractions both sides add.
    """

    fractions: tuple[Fraction, ...]
    is_share: bool = False

    is_fraction = True

    @property
    def yields(self) -> MeasureRef | None:
        """The measure below the line."""
        return self.fractions[0].denominator

    @property
    def judged_as(self) -> ChangeStyle:
        """As a share, as a mean of the model's rows, or as a cost of cases that another model counts."""
        if self.is_share:
            return "share"
        is_mean = all(len({ref.model for ref in fraction.measures()}) == 1 for fraction in self.fractions)
        return "mean" if is_mean else "cost"

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return all measures."""
        return tuple(ref for fraction in self.fractions for ref in fraction.measures())

    def beside(self) -> tuple[tuple[MeasureRef, ...], ...]:
        """Return the measures of each fraction."""
        return tuple(fraction.measures() for fraction in self.fractions)

    def needs(self, today: date) -> tuple[Need, ...]:  # noqa: ARG002 - the protocol's signature
        """Return all needs: `above_...` and `below_...`."""
        above = (ref for fraction in self.fractions for ref in fraction.numerator)
        below = (fraction.denominator for fraction in self.fractions)
        return (
            *(Need(f"above_{index}", ref) for index, ref in enumerate(above)),
            *(Need(f"below_{index}", ref) for index, ref in enumerate(below)),
        )

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """Return the ratio, with a Wilson interval where it is a share."""
        above, below = (_sum(values, prefix) for prefix in ("above_", "below_"))
        return rate_figure(above, below, share=self.is_share)

    def weighed(self) -> Weighed:
        """Return the sum of the numerators over that of the denominators."""
        above = (ref for fraction in self.fractions for ref in fraction.numerator)
        return Weighed(
            {f"above_{index}": 1 for index, _ in enumerate(above)},
            {f"below_{index}": 1 for index, _ in enumerate(self.fractions)},
        )

    def joined(self, figures: Sequence[Figure], models: Mapping[str, Model]) -> Figure | None:
        """Return the ratio of the sums, where both sides add up over months."""
        return joined_rate(figures, share=self.is_share) if self.adds_up(models) else None

    def formula(self) -> str:
        """Return numerator / denominator."""
        above = sum_of(ref for fraction in self.fractions for ref in fraction.numerator)
        return f"{above} / {sum_of(fraction.denominator for fraction in self.fractions)}"

    def refuses(self, model: Model, dimension: str) -> str | None:
        """Return the reason where only the numerator's rows have the dimension.

        Such a dimension still splits a mean of successes (the amount of a won deal), as both sides count
        the same rows.
        """
        column = model.dimensions.get(dimension)
        if column is None or not column.success_only:
            return None
        mixed = [entry for entry in self.fractions if not entry.counts_same_rows(model)]
        if not any(ref.model == model.name for entry in mixed for ref in entry.measures()):
            return None
        if self.is_share:
            return said("only successes have it, so every rate would be 100%")
        return said("only successes have it, so everything else would be left out")


class RatioFile(MetricFile):
    """A metric that is one measure divided by another."""

    kind: Literal["ratio"]
    numerator: MeasureRefFile
    plus: tuple[MeasureRefFile, ...] = Field(default=(), description="measures added to the numerator")
    denominator: MeasureRefFile
    share: bool = Field(
        default=False,
        description="true if the numerator counts part of the denominator's rows (a rate of 0 to 100 %)",
    )

    beside: tuple[Name, ...] = Field(
        default=(),
        description="further models with measures of the same names, which are added to both sides",
    )

    def spec(self) -> Ratio:
        """Return the kind's own part of the file."""
        return Ratio(tuple(self._fraction(model) for model in (None, *self.beside)), self.share)

    def spec_with(self, models: Mapping[str, Model]) -> Ratio:
        """Return the spec with the models that are mapped; with its own where none is."""
        every = self.spec().fractions
        mapped = tuple(part for part in every if all(ref.is_in(models) for ref in part.measures()))
        return Ratio(mapped or every[:1], self.share)

    def _fraction(self, model: str | None) -> Fraction:
        above = tuple(ref.ref_in(model) for ref in (self.numerator, *self.plus))
        return Fraction(above, self.denominator.ref_in(model))


def _sum(values: Mapping[str, float | None], prefix: str) -> float | None:
    """Return the sum of the needs whose names begin so; None where one of them isn't known."""
    parts = [value for name, value in values.items() if name.startswith(prefix)]
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None
