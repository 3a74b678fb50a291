"""One measure as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pydantic import Field

from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import ChangeStyle, Kind, MeasureRef, Need, Weighed
from kpi_engine.domain.models import Aggregate, Model
from kpi_engine.kinds.schema import MeasureRefFile, MetricFile

_SUMS = frozenset({"count", "count_distinct", "sum"})
_STYLES: Mapping[Aggregate, ChangeStyle] = {"count": "count", "count_distinct": "count", "sum": "amount"}
_OF_ROWS = frozenset({"sum", "avg"})
"""Aggregates beside which a scan counts the rows as well."""
_PIECES = "quantity"
"""The measure beside a value that counts its pieces."""


@dataclass(frozen=True, slots=True)
class Simple(Kind):
    """The value of one measure; what it is made of and how it is judged follow from its aggregate.

    `counts_rows`: the rows behind the value are counted as well, by which its change is judged.
    """

    measure: MeasureRef
    is_additive: bool = True
    judged_as: ChangeStyle = "amount"
    counts_rows: bool = False

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return the one measure."""
        return (self.measure,)

    def needs(self, today: date) -> tuple[Need, ...]:  # noqa: ARG002 - the protocol's signature
        """Return the value, and the number of its rows where they are counted."""
        value = Need("value", self.measure)
        return (value, Need("rows", self.measure, counts_rows=True)) if self.counts_rows else (value,)

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """Return the measure's value."""
        return Figure(values["value"], rows=values.get("rows"))

    def weighed(self) -> Weighed:
        """Return the measure's value."""
        return Weighed({"value": 1})

    def formula(self) -> str:
        """Return the measure's name."""
        return f"{self.measure.model}.{self.measure.measure}"

    def splits(self, models: Mapping[str, Model], dimensions: Sequence[str]) -> bool:  # noqa: ARG002 - the measure alone tells it
        """Return whether the measure adds up its rows."""
        return models[self.measure.model].measures[self.measure.measure].agg in _SUMS

    def pieces(self, models: Mapping[str, Model]) -> Simple | None:
        """Return the measure `quantity` beside a sum, where it adds up another column of the same rows."""
        measures = models[self.measure.model].measures
        value, pieces = measures[self.measure.measure], measures.get(_PIECES)
        if pieces is None or value.agg != "sum" or pieces != replace(value, name=pieces.name, of=pieces.of):
            return None  # pieces of other rows than those of the value
        return replace(self, measure=MeasureRef(self.measure.model, _PIECES), counts_rows=False)


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

    def spec_with(self, models: Mapping[str, Model]) -> Simple:
        """Return the spec, which adds up as the measure's aggregate does unless the file says otherwise.

        What counts is judged as a count; sums and means with the number of their rows.
        """
        spec = self.spec()
        if not spec.measure.is_in(models):
            return spec
        measure = models[spec.measure.model].measures[spec.measure.measure]
        adds_up = measure.agg in ("count", "sum") or measure.first is not None
        return replace(
            spec,
            is_additive=adds_up if self.additive is None else self.additive,
            judged_as=_STYLES.get(measure.agg, "mean"),
            counts_rows=measure.agg in _OF_ROWS,
        )
