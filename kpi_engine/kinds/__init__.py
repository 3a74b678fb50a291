"""One module per kind of metric: the shape of its file, its needs and its figure."""

from __future__ import annotations

from functools import cache, reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from kpi_engine.kinds.affinity import AffinityFile
from kpi_engine.kinds.cohort import CohortFile
from kpi_engine.kinds.contracts import ContractsFile
from kpi_engine.kinds.layers import LayersFile
from kpi_engine.kinds.ratio import RatioFile
from kpi_engine.kinds.retention import RetentionFile
from kpi_engine.kinds.schema import MetricFile
from kpi_engine.kinds.score import ScoreFile
from kpi_engine.kinds.simple import SimpleFile

FILES: tuple[type[MetricFile], ...] = (
    SimpleFile,
    RatioFile,
    CohortFile,
    LayersFile,
    RetentionFile,
    ContractsFile,
    ScoreFile,
    AffinityFile,
)
"""The shape of a metric's file, one of each kind; a new kind is one more entry here."""


def metric_file() -> TypeAdapter[MetricFile]:
    """Return what reads a metric's file of any kind; `kind:` says which shape it has."""
    return _adapter(FILES)


def names() -> tuple[str, ...]:
    """Return the words that may stand after `kind:`."""
    return tuple(file.model_fields["kind"].annotation.__args__[0] for file in FILES)  # type: ignore[union-attr]


@cache
def _adapter(files: tuple[type[MetricFile], ...]) -> TypeAdapter[MetricFile]:
    any_file: Any = reduce(or_, files)
    return TypeAdapter(Annotated[any_file, Field(discriminator="kind")])
