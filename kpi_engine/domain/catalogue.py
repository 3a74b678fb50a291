"""The catalogue: models, dimensions, measures and metrics.

Plain values. `definitions.loader.load` builds and validates them from the YAML files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kpi_engine.domain.access import AccessList
from kpi_engine.domain.metrics import MeasureRef, Metric
from kpi_engine.domain.models import Dimension, Model
from kpi_engine.domain.periods import UNKNOWN_FISCAL_YEAR, FiscalYear
from kpi_engine.domain.posts import SummarySpec, SurveyList
from kpi_engine.domain.titles import Title

REP = "rep"
"""The dimension of sales reps."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All definitions.

    `unmapped` maps shipped metrics to the models they lack. `unmapped_aliases` holds their aliases.
    `fiscal_year` says how the company's fiscal years run.
    """

    models: Mapping[str, Model]
    dimensions: Mapping[str, Dimension]
    metrics: Mapping[str, Metric]
    unmapped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    summaries: Mapping[str, SummarySpec] = field(default_factory=dict)
    surveys: Mapping[str, SurveyList] = field(default_factory=dict)
    access: AccessList = field(default_factory=AccessList)
    unmapped_aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fiscal_year: FiscalYear = UNKNOWN_FISCAL_YEAR

    @property
    def people(self) -> frozenset[str]:
        """The dimensions whose members are people: reps, and those with Slack ids or e-mail addresses."""
        told = {
            name
            for model in self.models.values()
            for name, table in model.members.items()
            if table.user or table.email
        }
        return frozenset({REP, *told} & self.dimensions.keys())

    @property
    def mapped_models(self) -> tuple[Model, ...]:
        """The models of the customer's databases, from files written by the operator."""
        return tuple(model for model in self.models.values() if not model.is_own)

    def counted_as(self, measure: MeasureRef) -> Title | None:
        """Return the title of the metric that counts a measure and nothing else; None without one."""
        counts = (
            metric.title
            for metric in self.metrics.values()
            if metric.spec.is_additive and metric.spec.measures() == (measure,)
        )
        return next(counts, None)

    def titled(self, dimension: str) -> Title:
        """Return the title of a dimension, or its name if it isn't declared."""
        found = self.dimensions.get(dimension)
        return found.title if found else Title(dimension)
