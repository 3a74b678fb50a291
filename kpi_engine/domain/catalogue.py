"""What the metrics are and where their rows live: models, dimensions, measures, metrics.

Plain values, made by `definitions.load` from the YAML files and validated there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kpi_engine.domain.access import AccessList
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.models import Dimension, Model
from kpi_engine.domain.posts import SummarySpec, SurveyList
from kpi_engine.domain.titles import Title


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything defined. `unmapped` holds shipped metrics whose models are missing, with those models,
    and `unmapped_aliases` the other words for them.
    """

    models: Mapping[str, Model]
    dimensions: Mapping[str, Dimension]
    metrics: Mapping[str, Metric]
    unmapped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    summaries: Mapping[str, SummarySpec] = field(default_factory=dict)
    surveys: Mapping[str, SurveyList] = field(default_factory=dict)
    access: AccessList = field(default_factory=AccessList)
    unmapped_aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def mapped_models(self) -> tuple[Model, ...]:
        """The models of the customer's database, whose files the operator wrote."""
        return tuple(model for model in self.models.values() if not model.is_own)

    def titled(self, dimension: str) -> Title:
        """Return the title of a dimension; one that isn't declared is called by its name."""
        found = self.dimensions.get(dimension)
        return found.title if found else Title(dimension)
