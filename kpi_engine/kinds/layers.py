"""Profit in layers: revenue, less the goods (CM1), less serving the customers (CM2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from kpi_engine.catalogue import MeasureRef, Model, Need
from kpi_engine.figure import Figure
from kpi_engine.kinds.schema import MeasureRefFile, MetricFile
from kpi_engine.periods import Grain, Period, last_complete


@dataclass(frozen=True, slots=True)
class Layers:
    """Revenue less costs of the same period. Without `service` the deepest layer is CM1.

    `margin`: the profit as a part of the revenue.
    """

    revenue: MeasureRef
    goods: MeasureRef
    service: MeasureRef | None = None
    margin: bool = False

    name = "layers"
    is_share = False
    matures = False
    looks_back = None

    @property
    def is_additive(self) -> bool:
        """Whether amounts add up: profit does, a margin doesn't."""
        return not self.margin

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return the mapped measures."""
        return tuple(ref for ref in (self.revenue, self.goods, self.service) if ref)

    def beside(self) -> tuple[tuple[MeasureRef, ...], ...]:
        """Return the measures as one set."""
        return (self.measures(),)

    def needs(self, today: date) -> tuple[Need, ...]:  # noqa: ARG002 - the protocol's signature
        """Return the mapped amounts."""
        named = (("revenue", self.revenue), ("goods", self.goods), ("service", self.service))
        return tuple(Need(name, ref) for name, ref in named if ref)

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """Return the deepest mapped layer; `parts` holds every layer, None for one that isn't mapped."""
        revenue, goods, service = values["revenue"], values["goods"], values.get("service")
        cm1 = None if revenue is None or goods is None else revenue - goods
        cm2 = None if cm1 is None or service is None else cm1 - service
        parts = {"revenue": revenue, "cm1": cm1, "cm2": cm2, "cm3": None}
        profit = cm2 if self.service else cm1
        if not self.margin:
            return Figure(profit, parts=parts)
        known = profit is not None and revenue is not None and revenue > 0
        return Figure(profit / revenue if known else None, profit, revenue, parts=parts)  # type: ignore[operator]

    def default_period(self, today: date, grain: Grain, count: int) -> Period:
        """Return the last complete grains."""
        return last_complete(grain, today, count)

    def formula(self) -> str:
        """Return the layers' formula."""
        profit = " - ".join(f"{ref.model}.{ref.measure}" for ref in self.measures())
        return f"({profit}) / {self.revenue.model}.{self.revenue.measure}" if self.margin else profit

    def refuses(self, model: Model, dimension: str) -> str | None:  # noqa: ARG002 - the protocol's signature
        """Return None: amounts may be split by what all their tables have."""
        return None


class LayersFile(MetricFile):
    """A metric that is revenue less costs."""

    kind: Literal["layers"]
    revenue: MeasureRefFile
    goods: MeasureRefFile = Field(description="the cost of the goods sold")
    service: MeasureRefFile | None = Field(
        default=None, description="the direct cost of serving customers; left out where it isn't mapped"
    )
    margin: bool = Field(default=False, description="true: the profit as a part of the revenue")

    def spec(self) -> Layers:
        """Return the kind's own part of the file."""
        service = self.service.ref() if self.service else None
        return Layers(self.revenue.ref(), self.goods.ref(), service, self.margin)

    def spec_with(self, is_mapped: Callable[[MeasureRef], bool]) -> Layers:
        """Return the spec without the layer whose measure isn't mapped."""
        spec = self.spec()
        if spec.service is None or is_mapped(spec.service):
            return spec
        return Layers(spec.revenue, spec.goods, None, spec.margin)
