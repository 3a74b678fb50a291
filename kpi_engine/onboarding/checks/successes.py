"""Check that rows don't succeed before they begin: such successes never count."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.metrics import Success
from kpi_engine.proofs.proof import Proof, how_many


def problems(proof: Proof) -> Iterator[Problem]:
    """Return the metrics with rows that succeeded before they began."""
    for metric in proof.catalogue.metrics.values():
        success = metric.spec.success
        if success is None:
            continue
        try:
            count = _too_early(proof, success)
        except DataError:
            continue  # live_schema.problems reports the missing column
        if count:
            rows = f"{count:,} rows of {success.entered.model}"
            yield Problem(
                metric.place.file,
                metric.place.line,
                f"{rows} succeeded ({'.'.join(success.at)}) before they began; they never count.",
                "Check those rows: one of the two columns is wrong, or the file should use another.",
                is_warning=True,
            )


def _too_early(proof: Proof, success: Success) -> int:
    """Return how many rows succeeded before they began; 0 where the two are stored in different ways."""
    model = proof.models[success.entered.model]
    time = model.measures[success.entered.measure].time or model.time
    if time is None or len({proof.reader.time_column(model, path).form for path in (time, success.at)}) > 1:
        return 0
    relation = proof.relation(model, [time, success.at])
    before = relation.column(success.at) < relation.column(time)
    return proof.counts(model, relation.source, how_many(before))[0]
