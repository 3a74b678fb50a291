"""Check that every answer to a score counts in the class that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.metrics import MeasureRef
from kpi_engine.domain.models import Model
from kpi_engine.proofs.classes import (
    HIGHEST,
    LOWEST,
    by_score,
    conditions_of,
    in_both,
    scored_columns,
    strays,
)
from kpi_engine.proofs.proof import EXAMPLES, Proof, how_many, odd, wrong
from kpi_engine.reading.quoting import quoting
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.mends import yaml_text


def problems(proof: Proof) -> Iterator[Problem]:
    """Return the scores whose classes overlap or leave answers out, at the detractors of their model."""
    for metric in proof.catalogue.metrics.values():
        for promoters, detractors in metric.spec.exclusive():
            yield from _overlap(proof, promoters, detractors)
            yield from _between(proof, promoters, detractors)


def _overlap(proof: Proof, promoters: MeasureRef, detractors: MeasureRef) -> Iterator[Problem]:
    model = proof.models[promoters.model]
    names = (promoters.measure, detractors.measure)
    if detractors.model != model.name or not (conditions := conditions_of(model, *names)):
        return
    relation = proof.flagged(model, conditions)
    (count,) = proof.counts(model, relation.source, how_many(in_both(relation, conditions)))
    if count:
        yield wrong(
            model,
            ("measures", names[1], "where"),
            f"{count:,} answers are counted as {names[0]} and as {names[1]}.",
            "Promoters answer 9 or 10, detractors 0 to 6.",
        )


def _between(proof: Proof, promoters: MeasureRef, detractors: MeasureRef) -> Iterator[Problem]:
    """Report answers that are in neither class and aren't 7, 8 or between: 6.5, 9.5, 11, 75."""
    model = proof.models[promoters.model]
    names = (promoters.measure, detractors.measure)
    if detractors.model != model.name or not (flags := conditions_of(model, *names)):
        return
    columns = scored_columns(flags)
    for column in columns:
        found = _neither(proof, model, column, flags)
        if not found:
            continue
        rows = sum(found.values())
        said = ", ".join(f"{value:g}" for value in list(found)[:EXAMPLES])
        quote = quoting(proof.reader, model)(column)
        if any(value < LOWEST or value > HIGHEST for value in found):
            fix = f"Leave them out with where:, or map a score from 0 to 10 under columns: {column}."
        else:
            high, low = (yaml_text(f"{quote} >= {a} and {quote} {b}") for a, b in ((9, "<= 10"), (0, "< 7")))
            fix = (
                "Below 7 is a detractor and from 9 a promoter: set"
                f" measures.{names[0]}.where: {high} and measures.{names[1]}.where: {low}."
            )
        yield odd(
            model,
            ("measures", names[1], "where"),
            f"{rows:,} answers are no whole number from 0 to 10 ({said}): they lie between or beside the"
            " classes and count as passive.",
            fix,
            proof.subject("between the classes", model, (column,)),
        )


def _neither(proof: Proof, model: Model, column: str, flags: Mapping[str, str]) -> dict[float, int]:
    """Return how many answers have each number that is in no class and no passive one."""
    relation = Relation(proof.models, model, [(column,), (model.key,)], flags)
    try:
        rows = proof.read(model, by_score(relation, flags, column))
    except DataError:
        return {}
    return strays([(row[0], row[1]) for row in rows])
