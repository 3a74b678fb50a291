"""Churn: of the customers who were active at the start, the share that no longer is at the end.

`active(t)` are the customers with an event in `[t - within, t)`; `within` is a number of days or of months.
Nobody is listed to compare the two ends: how many two sets share follows from the sizes of both and of
their union, which is those with an event in either stretch.

    lost     = union of active(start) and active(end) - active(end)
    old      = active(end) who had an event before the start
             = ever(start) + active(end) - union of ever(start) and active(end)
    returned = old - (active(start) - lost)
    gone     = new - (active(end) - old)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from kpi_engine.domain.figure import Figure
from kpi_engine.domain.horizon import Horizon
from kpi_engine.domain.metrics import EVER, Kind, Lapse, Lookback, MeasureRef, Need
from kpi_engine.domain.models import Model
from kpi_engine.domain.translatable import said
from kpi_engine.kinds.ratio import rate_figure
from kpi_engine.kinds.schema import HorizonFile, MeasureRefFile, MetricFile, WithinFile


@dataclass(frozen=True, slots=True)
class Retention(Kind):
    """`active`: distinct customers with an event; `new`: those whose first event of all time it is."""

    active: MeasureRef
    new: MeasureRef
    within: Horizon

    needs_whole_orders = True
    is_share = True
    compares_ends = True

    @property
    def lapse(self) -> Lapse:
        """When a customer is lost."""
        return Lapse(self.active, self.within)

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return both measures."""
        return self.active, self.new

    def needs(self, today: date) -> tuple[Need, ...]:  # noqa: ARG002 - the protocol's signature
        """Return the active at both ends, those of the whole stretch, and the new ones."""
        window = self.within
        return (
            Need("active_start", self.active, lookback=Lookback(before_start=window)),
            Need("active_end", self.active, lookback=Lookback(before_end=window)),
            Need("either", self.active, lookback=Lookback(before_start=window, before_end=window)),
            Need("new", self.new),
            Need("ever", self.active, lookback=Lookback(before_start=EVER)),
            Need("ever_or_end", self.active, lookback=Lookback(before_start=EVER, before_end=window)),
        )

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """Return lost / active at the start.

        `parts` reconcile: active_end = active_start - lost + new + returned - gone. `ever` are all
        customers before the end, `inactive` the share of them that isn't active at it.
        """
        start, end, either, new, ever, ever_or_end = (
            values[name] or 0.0
            for name in ("active_start", "active_end", "either", "new", "ever", "ever_or_end")
        )
        lost, old = either - end, ever + end - ever_or_end
        parts = {
            "active_start": start,
            "lost": lost,
            "new": new,
            "returned": old - (start - lost),
            "gone": new - (end - old),
            "active_end": end,
            "ever": ever + new,
            "inactive": (ever + new - end) / (ever + new) if ever + new else None,
        }
        figure = rate_figure(lost, start, share=True)
        return Figure(figure.value, figure.numerator, figure.denominator, figure.interval, parts)

    def formula(self) -> str:
        """Return who is lost of whom."""
        active = f"{self.active.model}.{self.active.measure}"
        return said(
            "{active} of the {within} before the start that are not among those of the {within} before"
            " the end / {active} of the {within} before the start",
            active=active,
            within=self.within.words(),
        )

    def refuses(self, model: Model, dimension: str) -> str | None:
        """Return the reason where the dimension belongs to the event and not to the customer."""
        customer = model.measures[self.active.measure].of
        path = model.dimensions[dimension].path
        join = model.joins.get(path[0])
        leads_there = (
            join is not None and customer is not None and any(own == customer[0] for own, _ in join.on)
        )
        if path == customer or (leads_there and len(path) > 1):
            return None
        return said("it belongs to an order, and one customer's orders can have several")


class RetentionFile(MetricFile):
    """A metric that says which share of the customers was lost."""

    kind: Literal["retention"]
    active: MeasureRefFile = Field(description="distinct customers with a counted event")
    new: MeasureRefFile = Field(description="distinct customers for whom it is the first event of all time")
    within: WithinFile = Field(
        default=HorizonFile(days=365),
        description="days without an event after which a customer is lost, or {months: 12}",
    )

    def spec(self) -> Retention:
        """Return the kind's own part of the file."""
        return Retention(self.active.ref(), self.new.ref(), self.within.horizon())
