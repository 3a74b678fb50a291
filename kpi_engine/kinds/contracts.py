"""Contract churn: of the customers with a contract on a period's first day, the share without one after it.

lost = customers with a contract on either day - those with one on the day after the end
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Kind, MeasureRef, Need
from kpi_engine.domain.models import Model
from kpi_engine.domain.translatable import said
from kpi_engine.kinds.ratio import rate_figure
from kpi_engine.kinds.schema import MeasureRefFile, MetricFile


@dataclass(frozen=True, slots=True)
class Contracts(Kind):
    """`running`: distinct customers of the contracts that cover a day (a measure with until:)."""

    running: MeasureRef

    is_share = True
    compares_ends = True

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return the one measure."""
        return (self.running,)

    def needs(self, today: date) -> tuple[Need, ...]:  # noqa: ARG002 - the protocol's signature
        """Return the customers with a contract on the first day, on the day after the end, and on either."""
        return (
            Need("start", self.running, on=("start",)),
            Need("end", self.running, on=("end",)),
            Need("either", self.running, on=("start", "end")),
        )

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """Return lost / running at the start. `parts`: running_end = running_start - lost + gained."""
        start, end, either = (values[name] or 0.0 for name in ("start", "end", "either"))
        lost, gained = either - end, either - start
        parts = {"running_start": start, "lost": lost, "gained": gained, "running_end": end}
        figure = rate_figure(lost, start, share=True)
        return Figure(figure.value, figure.numerator, figure.denominator, figure.interval, parts)

    def formula(self) -> str:
        """Return who is lost of whom."""
        running = f"{self.running.model}.{self.running.measure}"
        return said(
            "{running} on the first day without one on the day after the end / {running} on the first day",
            running=running,
        )


class ContractsFile(MetricFile):
    """A metric that says which share of the customers with a contract let it end."""

    kind: Literal["contracts"]
    running: MeasureRefFile = Field(
        description="distinct customers whose contract covers a day (a measure with until:)"
    )

    def spec(self) -> Contracts:
        """Return the kind's own part of the file."""
        return Contracts(self.running.ref())

    def lacks(self, models: Mapping[str, Model]) -> tuple[str, ...]:
        """Return what the measure lacks."""
        if not self.running.ref().is_in(models):
            return ()
        measure = models[self.running.model].measures[self.running.measure]
        return () if measure.until else (f"until: in measure {measure.name} of model {self.running.model}",)
