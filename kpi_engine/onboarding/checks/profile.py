"""Profile a model by one SELECT over its rows: how many there are, and what their columns hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, select

from kpi_engine.domain.models import Measure, Model, Path, named_paths
from kpi_engine.proofs.currencies import NUMERIC_AGGREGATES
from kpi_engine.proofs.proof import Proof, how_many
from kpi_engine.sql.joins import Relation


@dataclass(frozen=True, slots=True)
class Profile:
    """Counts of a model's rows.

    `filled`: rows with a value, by path. `counted`: rows that a measure's condition keeps, and
    `measured` those of them with a value in its column, by measure. `greatest`: the largest value
    of a measure's column, which is text where SQLite's column holds any. `orphans`: rows whose key
    leads to no partner, by join that isn't required. `coming`: rows whose time is after the clock.
    """

    rows: int
    filled: Mapping[Path, int]
    counted: Mapping[str, int]
    measured: Mapping[str, int]
    greatest: Mapping[str, object]
    orphans: Mapping[str, int]
    coming: int


def profile_of(proof: Proof, model: Model) -> Profile:
    """Read the profile of a model, in one statement."""
    paths = dict.fromkeys([path for _, path in named_paths(model)] + succeeded_paths(proof, model))
    flags = {f"{name}_counts": entry.where for name, entry in model.measures.items() if entry.where}
    relation = Relation(proof.models, model, [*paths, (model.key,)], flags)
    asked = _Asked()
    asked.add(("rows",), func.count())
    for path in paths:
        asked.add(("filled", path), func.count(relation.column(path)))
    for name, measure in model.measures.items():
        _ask_of_measure(asked, relation, name, measure)
    for name, join in model.joins.items():
        if not join.required:
            own = [relation.column((column,)).is_not(None) for column, _ in join.on]
            lost = relation.column((name, join.on[0][1])).is_(None)
            asked.add(("orphans", name), how_many(and_(*own, lost)))
    if model.time:
        stored = proof.reader.time_column(model, model.time)
        later = relation.column(model.time) >= literal(stored.before(proof.now), stored.sql_type())
        asked.add(("coming",), how_many(later))
    found = asked.answered(proof, model, relation)

    def by_name(kind: str) -> dict[Any, Any]:
        return {key[1]: value for key, value in found.items() if key[0] == kind}

    return Profile(
        rows=found["rows",],
        filled=by_name("filled"),
        counted=by_name("counted"),
        measured=by_name("measured"),
        greatest=by_name("greatest"),
        orphans=by_name("orphans"),
        coming=found.get(("coming",), 0),
    )


def succeeded_paths(proof: Proof, model: Model) -> list[Path]:
    """Return the columns of a model that only a metric names: when a row succeeded.

    A shipped metric may name one that the database doesn't have; live_schema.problems reports it.
    """
    followed = [metric.spec.success for metric in proof.catalogue.metrics.values()]
    named = dict.fromkeys(entry.at for entry in followed if entry and entry.entered.model == model.name)
    return [path for path in named if proof.is_readable(model, path)]


class _Asked:
    """Expressions under keys, read together."""

    def __init__(self) -> None:
        self._expressions: dict[tuple[Any, ...], ColumnElement[Any]] = {}

    def add(self, key: tuple[Any, ...], expression: ColumnElement[Any]) -> None:
        self._expressions[key] = expression

    def answered(self, proof: Proof, model: Model, relation: Relation) -> dict[tuple[Any, ...], Any]:
        columns = [
            expression.label(f"value_{index}") for index, expression in enumerate(self._expressions.values())
        ]
        (row,) = proof.read(model, select(*columns).select_from(relation.source))
        return dict(zip(self._expressions, row, strict=True))


def _ask_of_measure(asked: _Asked, relation: Relation, name: str, measure: Measure) -> None:
    counts = relation.flag(f"{name}_counts") == 1 if measure.where else None
    asked.add(("counted", name), func.count() if counts is None else how_many(counts))
    if measure.of is None:
        return
    value = relation.column(measure.of)
    has = value.is_not(None)
    asked.add(("measured", name), how_many(has if counts is None else and_(counts, has)))
    if measure.agg in NUMERIC_AGGREGATES:
        asked.add(("greatest", name), func.max(value))
