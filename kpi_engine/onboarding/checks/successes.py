"""Check that rows don't succeed before they begin: such successes never count."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.kinds.cohort import Cohort
from kpi_engine.onboarding.checks.proof import Proof, how_many


def problems(proof: Proof) -> Iterator[Problem]:
    """Return the cohort metrics with rows that succeeded before they began."""
    for metric in proof.catalogue.metrics.values():
        if not isinstance(metric.spec, Cohort):
            continue
        try:
            count = _too_early(proof, metric.spec)
        except DataError:
            continue  # live_schema.problems reports the missing column
        if count:
            rows = f"{count:,} rows of {metric.spec.entered.model}"
            yield Problem(
                metric.place.file,
                metric.place.line,
                f"{rows} succeeded ({metric.spec.succeeded}) before they began; they never count.",
                "Look at those rows: one of the two columns is wrong, or another one is meant.",
                is_warning=True,
            )


def _too_early(proof: Proof, spec: Cohort) -> int:
    """Return how many rows succeeded before they began; 0 where the two are stored in different ways."""
    model = proof.models[spec.entered.model]
    succeeded = tuple(spec.succeeded.split("."))
    time = model.measures[spec.entered.measure].time or model.time
    if time is None or len({proof.reader.time_column(model, path).form for path in (time, succeeded)}) > 1:
        return 0
    relation = proof.relation(model, [time, succeeded])
    before = relation.column(succeeded) < relation.column(time)
    return proof.counts(model, relation.source, how_many(before))[0]
