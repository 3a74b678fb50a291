"""One measure as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import MeasureRef, Need
from kpi_engine.domain.models import Model
from kpi_engine.domain.periods import Grain, Period, last_complete
from kpi_engine.kinds.schema import MeasureRefFile, MetricFile


@dataclass(frozen=True, slots=True)
class Simple:
    """The value of one measure; `is_additive` follows from its aggregate."""

    measure: MeasureRef
    is_additive: bool = True

    name = "simple"
    is_share = False
    matures = False
    compares_ends = False
    lists_groups = False

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return the one measure."""
        return (self.measure,)

    def beside(self) -> tuple[tuple[MeasureRef, ...], ...]:
        """Return the measures as one set."""
        return (self.measures(),)

    def needs(self, today: date) -> tuple[Need, ...]:  # noqa: ARG002 - the protocol's signature
        """Return the one need."""
        return (Need("value", self.measure),)

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """Return the measure's value."""
        return Figure(values["value"])

    def default_period(self, today: date, grain: Grain, count: int) -> Period:
        """Return the last complete grains."""
        return last_complete(grain, today, count)

    def formula(self) -> str:
        """Return the measure's name."""
        return f"{self.measure.model}.{self.measure.measure}"

    def refuses(self, model: Model, dimension: str) -> str | None:  # noqa: ARG002 - the protocol's signature
        """Return None: a plain measure may be split by anything its table has."""
        return None


class SimpleFile(MetricFile):
    """A metric that is one measure."""

    kind: Literal["simple"]
    measure: MeasureRefFile
    additive: bool | None = Field(
        default=None,
        description="whether months and members add up; default: as the measure's aggregate does",
    )

    def spec(self) -> Simple:
        """Return the kind's own part of the file."""
        return Simple(self.measure.ref())
