"""Check rows below 0: prices that can't be, and returns that count as orders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, true

from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.models import Measure, Model
from kpi_engine.onboarding.checks.stored import is_shadowed, where_fix
from kpi_engine.onboarding.proposals.columns import PRICE, QUANTITY
from kpi_engine.onboarding.proposals.words import likeness, stems
from kpi_engine.proofs.proof import Proof, how_many, noted, odd
from kpi_engine.reading.quoting import quoting
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.written_names import names_in

_WORD = 0.6
_COUNTS = ("count", "count_distinct")


def problems(proof: Proof, model: Model) -> Iterator[Problem]:
    """Return the quantities and prices of a model that are below 0 in rows that count."""
    if model.targets or model.is_own:
        return
    for name, sums in _amounts(model).items():
        words = stems(name)
        is_price = any(likeness(words, phrase) >= _WORD for phrase in PRICE)
        if is_price or any(likeness(words, phrase) >= _WORD for phrase in QUANTITY):
            yield from _below_zero(proof, model, name, sums, is_price=is_price)


def _amounts(model: Model) -> dict[str, list[str]]:
    """Return the stored columns that sums are made of, each with the measures."""
    found: dict[str, list[str]] = {}
    for name, measure in model.measures.items():
        if measure.agg != "sum" or measure.of is None or len(measure.of) > 1 or measure.since:
            continue
        entry = model.columns.get(measure.of[0])
        stored = names_in(entry.sql) if entry and entry.sql else (measure.of[0],)
        for column in stored:
            if not is_shadowed(model, column) or column == measure.of[0]:
                found.setdefault(column, []).append(name)
    return found


def _below_zero(
    proof: Proof, model: Model, name: str, sums: list[str], *, is_price: bool
) -> Iterator[Problem]:
    measures = model.measures
    counting = {key: entry for key, entry in measures.items() if entry.agg in _COUNTS and not entry.when}
    flags = {f"{key}_counts": where for key in (*sums, *counting) if (where := measures[key].where)}
    paths = [(name,), *(entry.of for entry in counting.values() if entry.of)]
    relation = Relation(proof.models, model, [*paths, (model.key,)], flags)
    value = relation.column((name,))
    is_below = value < 0

    def counted(key: str) -> ColumnElement[bool]:
        return relation.flag(f"{key}_counts") == 1 if f"{key}_counts" in flags else true()

    asked: list[ColumnElement[Any]] = [how_many(and_(counted(key), is_below)) for key in sums]
    for key, entry in counting.items():
        asked += _counted_only(relation, entry, counted(key), is_below)
    try:
        found = proof.counts(model, relation.source, *asked)
    except DataError:
        return  # no column of that name, or one that holds no numbers
    below = {key: count for key, count in zip(sums, found, strict=False) if count}
    pairs = zip(counting, found[len(sums) :: 2], found[len(sums) + 1 :: 2], strict=True)
    inflated = {key: every - sound for key, every, sound in pairs if every > sound}
    if not below:
        return
    measure = max(below, key=lambda key: below[key])
    rows = f"{name} is below 0 in {below[measure]:,} rows that measures.{measure} adds up"
    subject = proof.subject("below 0", model, (name,))
    place = ("measures", measure)
    condition = f"coalesce({quoting(proof.reader, model)(name)}, 0) >= 0"
    if is_price:
        fix = f"Check them at the source. To leave them out, set {where_fix(model, measure, condition)}."
        yield odd(model, place, f"{rows}.", fix, subject)
    elif inflated:
        told = ", ".join(f"measures.{key} counts {count:,}" for key, count in inflated.items())
        fixes = " and ".join(where_fix(model, key, condition) for key in inflated)
        message = f"{rows}: if these are returns, they are no sales, but {told} by them alone."
        yield odd(model, place, message, f"Leave them out of what is counted: set {fixes}.", subject)
    elif counting:
        yield noted(
            model, place, f"{rows}.", "That is right if they are returns, which take off sales.", subject
        )
    else:
        fix = f"Right if they are returns. To leave them out, set {where_fix(model, measure, condition)}."
        yield odd(model, place, f"{rows}.", fix, subject)


def _counted_only(
    relation: Relation, measure: Measure, counts: ColumnElement[bool], is_below: ColumnElement[bool]
) -> list[ColumnElement[Any]]:
    """Return what a measure counts, and what it counts without rows below 0."""
    sound = and_(counts, ~func.coalesce(is_below, False))
    if measure.agg == "count" or measure.of is None:
        return [how_many(counts), how_many(sound)]
    of = relation.column(measure.of)
    return [func.count(case((kept, of)).distinct()) for kept in (counts, sound)]
