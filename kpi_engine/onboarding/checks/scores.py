"""Check that every answer to a score counts in the class that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_engine.domain.errors import Problem
from kpi_engine.domain.metrics import MeasureRef
from kpi_engine.onboarding.checks.proof import Proof, how_many, wrong
from kpi_engine.proofs import classes


def problems(proof: Proof) -> Iterator[Problem]:
    """Return the scores whose classes overlap or leave answers out, at the detractors of their model."""
    for metric in proof.catalogue.metrics.values():
        for promoters, detractors in metric.spec.exclusive():
            yield from _overlap(proof, promoters, detractors)
            yield from classes.problems(proof, promoters.model, promoters.measure, detractors.measure)


def _overlap(proof: Proof, promoters: MeasureRef, detractors: MeasureRef) -> Iterator[Problem]:
    model = proof.models[promoters.model]
    names = (promoters.measure, detractors.measure)
    conditions = {name: model.measures[name].where for name in names}
    flags = {name: where for name, where in conditions.items() if where}
    if model.is_own or detractors.model != model.name or len(flags) < len(names):
        return
    relation = proof.flagged(model, flags)
    both = (relation.flag(names[0]) == 1) & (relation.flag(names[1]) == 1)
    (count,) = proof.counts(model, relation.source, how_many(both))
    if count:
        yield wrong(
            model,
            ("measures", names[1], "where"),
            f"{count:,} answers are counted as {names[0]} and as {names[1]}.",
            "Promoters answer 9 or 10, detractors 0 to 6.",
        )
