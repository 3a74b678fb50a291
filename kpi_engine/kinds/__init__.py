"""One module per kind of metric: the shape of its file, its needs and its figure."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kpi_engine.kinds.affinity import AffinityFile
from kpi_engine.kinds.cohort import CohortFile
from kpi_engine.kinds.contracts import ContractsFile
from kpi_engine.kinds.layers import LayersFile
from kpi_engine.kinds.ratio import RatioFile
from kpi_engine.kinds.retention import RetentionFile
from kpi_engine.kinds.score import ScoreFile
from kpi_engine.kinds.simple import SimpleFile

AnyMetricFile = Annotated[
    SimpleFile
    | RatioFile
    | CohortFile
    | LayersFile
    | RetentionFile
    | ContractsFile
    | ScoreFile
    | AffinityFile,
    Field(discriminator="kind"),
]
"""A metric's file of any kind; a new kind is one more member here."""
