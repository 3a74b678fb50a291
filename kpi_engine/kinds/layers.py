"""Profit in layers: revenue, less the goods (CM1), less serving the customers (CM2), less winning them (CM3).

CM1 and CM2 are of the period. CM3 is of everything from the first order to the period's end, of the
customers whose acquisition cost is known: their CM2 so far less that cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pydantic import Field

from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import (
    EVER,
    Acquisition,
    ChangeStyle,
    Kind,
    Lookback,
    MeasureRef,
    Need,
    Weighed,
)
from kpi_engine.domain.models import Model
from kpi_engine.domain.periods import ALL_TIME, AnyGrain, Period, last_complete
from kpi_engine.domain.translatable import said
from kpi_engine.kinds.schema import File, MeasureRefFile, MetricFile, Name

Shown = Literal["profit", "margin", "return"]
_SO_FAR = Lookback(before_end=EVER)


@dataclass(frozen=True, slots=True)
class Layers(Kind):
    """Revenue less costs; a layer whose measure isn't mapped is None, and so is what lies below it.

    `shows`: the deepest mapped layer of the period, that as a part of the revenue (margin), or the
    revenue so far for each unit of acquisition cost (return).
    """

    revenue: MeasureRef
    goods: MeasureRef | None = None
    service: MeasureRef | None = None
    acquisition: Acquisition | None = None
    shows: Shown = "profit"

    can_be_negative = True

    @property
    def judged_as(self) -> ChangeStyle:
        """As a profit or a margin; what customers brought so far isn't judged: it only grows."""
        styles: Mapping[Shown, ChangeStyle] = {"profit": "profit", "margin": "margin", "return": "none"}
        return styles[self.shows]

    @property
    def is_additive(self) -> bool:
        """Whether amounts add up: profit does, a ratio doesn't."""
        return self.shows == "profit"

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return the mapped measures; with the customers where what they cost is shown."""
        won = self.acquisition.customers if self.acquisition and self.shows == "return" else None
        return tuple(ref for ref in (self.revenue, self.goods, self.service, won) if ref)

    def needs(self, today: date) -> tuple[Need, ...]:  # noqa: ARG002 - the protocol's signature
        """Return the mapped amounts of the period, and those so far of the customers with a known cost.

        Of a profit and a margin also the number of rows of the revenue.
        """
        named = (("revenue", self.revenue), ("goods", self.goods), ("service", self.service))
        needs = tuple(Need(name, ref) for name, ref in named if ref)
        acquisition = self.acquisition
        rows = () if self.shows == "return" else (Need("rows", self.revenue, counts_rows=True),)
        if acquisition is None or self.shows == "margin":
            return (*needs, *rows)
        so_far = tuple(
            replace(need, name=f"{need.name}_so_far", lookback=_SO_FAR, acquisition=acquisition)
            for need in needs
        )
        won = Need(
            "acquisition", acquisition.customers, lookback=_SO_FAR, acquisition=acquisition, acquired="cost"
        )
        customers = replace(won, name="acquired", acquired="customers")
        unallocated = replace(won, name="unallocated", acquired="unallocated")
        return (*needs, *rows, *so_far, won, customers, unallocated)

    def narrowed(self) -> Layers | None:
        """Return the layers without what it cost to win the customers; None where that is what is shown.

        A cost is shared by all customers of its source and month, whoever sells to them.
        """
        return None if self.shows == "return" else replace(self, acquisition=None)

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """Return what is shown; `parts` holds every layer, None for one that isn't mapped or known.

        `acquisition` is what it cost to win the `acquired` customers whose cost is known,
        `revenue_so_far` what they brought up to the period's end, `unallocated` the cost that won
        nobody (of everything only).
        """
        revenue, cm1, cm2 = _layers(values, "")
        parts: dict[str, float | None] = {"revenue": revenue, "cm1": cm1, "cm2": cm2, "cm3": None}
        cost = values.get("acquisition")
        if "acquisition" in values:
            so_far, _, cm2_so_far = _layers(values, "_so_far")
            parts["cm3"] = _less(cm2_so_far, cost)
            parts |= {
                "acquisition": cost,
                "acquired": values["acquired"],
                "revenue_so_far": None if cost is None else so_far,
                "unallocated": values["unallocated"],
            }
        profit = cm2 if self.service else cm1
        match self.shows:
            case "profit":
                return Figure(profit, parts=parts, rows=values.get("rows"))
            case "margin":
                margin = _part(profit, revenue)
                return Figure(margin, profit, revenue, parts=parts, rows=values.get("rows"))
            case "return":
                brought = parts.get("revenue_so_far")
                return Figure(_part(brought, cost), brought, cost, parts=parts)

    def weighed(self) -> Weighed | None:
        """Return the profit of the period or its part of the revenue; None where the goods aren't mapped."""
        if self.shows == "return" or self.goods is None:
            return None
        profit = {"revenue": 1, "goods": -1} | ({"service": -1} if self.service else {})
        return Weighed(profit, {"revenue": 1} if self.shows == "margin" else {})

    def joined(self, figures: Sequence[Figure], models: Mapping[str, Model]) -> Figure | None:
        """Return the sum of the profits, and the margin of the sums."""
        if self.shows != "margin":
            return Kind.joined(self, figures, models)
        profit, revenue = (
            sum(getattr(figure, name) or 0.0 for figure in figures) for name in ("numerator", "denominator")
        )
        return Figure(_part(profit, revenue), profit, revenue)

    def default_period(self, today: date, grain: AnyGrain, count: int) -> Period:
        """Return the last complete grains; what is asked of customers so far, of all time."""
        return ALL_TIME if self.shows == "return" and count == 1 else last_complete(grain, today, count)

    def formula(self) -> str:
        """Return the formula of what is shown, and of CM3."""
        revenue = f"{self.revenue.model}.{self.revenue.measure}"
        if self.shows == "return":
            return said("{revenue} so far / {cost}", revenue=revenue, cost=self._cost())
        profit = " - ".join(f"{ref.model}.{ref.measure}" for ref in self.measures())
        if self.shows == "margin":
            return f"({profit}) / {revenue}"
        if self.acquisition is None:
            return profit
        return said("{profit} (CM3: the same so far - {cost})", profit=profit, cost=self._cost())

    def by_customer(self) -> Layers | None:
        """Return the profit of the period, without what it cost to win the customers; None of a ratio."""
        return replace(self, acquisition=None) if self.shows == "profit" else None

    def _cost(self) -> str:
        if self.acquisition is None:
            return said("what it cost to win the customers")
        cost, customers, by = self.acquisition.cost, self.acquisition.customers, self.acquisition.by
        return said(
            "sum over customers of ({cost} for the month and {by} of their lead / {customers} won "
            "from those leads)",
            cost=f"{cost.model}.{cost.measure}",
            by=by,
            customers=f"{customers.model}.{customers.measure}",
        )


def _layers(
    values: Mapping[str, float | None], suffix: str
) -> tuple[float | None, float | None, float | None]:
    revenue = values[f"revenue{suffix}"]
    cm1 = _less(revenue, values.get(f"goods{suffix}"))
    return revenue, cm1, _less(cm1, values.get(f"service{suffix}"))


def _less(amount: float | None, cost: float | None) -> float | None:
    return None if amount is None or cost is None else amount - cost


def _part(amount: float | None, of: float | None) -> float | None:
    return amount / of if amount is not None and of is not None and of > 0 else None


class AcquisitionFile(File):
    """What winning customers cost, by the source and month of their leads."""

    cost: MeasureRefFile = Field(description="what was spent, split by the dimension in by:")
    customers: MeasureRefFile = Field(
        description="the customers by their first event (a measure with first:)"
    )
    by: Name = Field(default="source", description="the dimension by which costs and leads meet")

    def plain(self) -> Acquisition:
        """Return the plain value."""
        return Acquisition(self.cost.ref(), self.customers.ref(), self.by)


class LayersFile(MetricFile):
    """A metric that is revenue less costs."""

    kind: Literal["layers"]
    revenue: MeasureRefFile
    goods: MeasureRefFile | None = Field(default=None, description="the cost of the goods sold")
    service: MeasureRefFile | None = Field(
        default=None, description="the direct cost of serving customers; left out if it isn't mapped"
    )
    acquisition: AcquisitionFile | None = Field(
        default=None, description="the cost of winning customers; left out if it isn't mapped"
    )
    shows: Shown = Field(
        default="profit",
        description="the profit, its part of the revenue (margin), or the revenue so far per unit of"
        " acquisition cost (return)",
    )

    def spec(self) -> Layers:
        """Return the kind's own part of the file."""
        goods, service = (part.ref() if part else None for part in (self.goods, self.service))
        acquisition = self.acquisition.plain() if self.acquisition else None
        return Layers(self.revenue.ref(), goods, service, acquisition, self.shows)

    def spec_with(self, models: Mapping[str, Model]) -> Layers:
        """Return the spec without the layers that aren't mapped; of a return also without the goods."""
        spec = self.spec()
        if spec.service and not spec.service.is_in(models):
            spec = replace(spec, service=None)
        if spec.shows == "return" and spec.goods and not spec.goods.is_in(models):
            spec = replace(spec, goods=None)
        return replace(spec, acquisition=None) if self._unknown(spec, models) else spec

    def lacks(self, models: Mapping[str, Model]) -> tuple[str, ...]:
        """Return what nobody maps of the acquisition cost, where it is what the metric shows."""
        if self.shows != "return":
            return ()
        if self.acquisition is None:
            return ("acquisition: in its file",)
        return self._unknown(replace(self.spec_with(models), acquisition=self.acquisition.plain()), models)

    def _unknown(self, spec: Layers, models: Mapping[str, Model]) -> tuple[str, ...]:
        """Return what keeps the acquisition cost unknown."""
        acquisition = spec.acquisition
        if acquisition is None:
            return ()
        refs = [ref for ref in (spec.revenue, spec.goods, spec.service, acquisition.customers) if ref]
        unmapped = [ref for ref in (acquisition.cost, *refs) if not ref.is_in(models)]
        if unmapped:
            return tuple(f"measure {ref.measure} of model {ref.model}" for ref in unmapped)
        names = dict.fromkeys(ref.model for ref in refs)
        lacking = [f"acquired: in model {name}" for name in names if not models[name].acquired]
        split = [
            f"dimension {acquisition.by} in model {name}"
            for name in (acquisition.cost.model, *names)
            if acquisition.by not in models[name].dimensions
        ]
        customers = models[acquisition.customers.model].measures[acquisition.customers.measure]
        first = (
            []
            if customers.first
            else [f"first: in measure {customers.name} of model {acquisition.customers.model}"]
        )
        return (*lacking, *split, *first)
