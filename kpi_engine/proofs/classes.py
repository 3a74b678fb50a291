"""Whether every answer to a score counts in the one class that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, select

from kpi_engine.domain.models import Model
from kpi_engine.proofs.proof import Proof, how_many
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.written_names import names_in

LOWEST, PASSIVE, PROMOTER, HIGHEST = 0, 7, 9, 10
"""A score is from 0 to 10; from 7 an answer is passive, from 9 a promoter."""
_MOST_VALUES = 200


def conditions_of(model: Model, promoters: str, detractors: str) -> Mapping[str, str]:
    """Return the conditions of both classes by measure; nothing where one has none."""
    found = {name: where for name in (promoters, detractors) if (where := model.measures[name].where)}
    return found if len(found) > 1 and not model.is_own else {}


def scored_columns(conditions: Mapping[str, str]) -> list[str]:
    """Return the names that the conditions of both classes have: the score, and words of SQL."""
    first, second = (names_in(where) for where in conditions.values())
    return [name for name in first if name in second]


def in_both(relation: Relation, conditions: Mapping[str, str]) -> ColumnElement[bool]:
    """Whether an answer is in both classes."""
    return and_(*(relation.flag(name) == 1 for name in conditions))


def in_neither(relation: Relation, conditions: Mapping[str, str], column: str) -> ColumnElement[bool]:
    """Whether an answer is in no class though it has a score."""
    none = (relation.flag(name) == 0 for name in conditions)
    return and_(*none, relation.column((column,)).is_not(None))


def strays(rows: Sequence[tuple[Any, Any]]) -> dict[float, int]:
    """Return how many answers have each score that isn't passive, of those in no class."""
    numbers = {float(row[0]): int(row[1]) for row in rows if isinstance(row[0], int | float | Decimal)}
    return {value: count for value, count in sorted(numbers.items()) if not PASSIVE <= value < PROMOTER}


def by_score(
    relation: Relation,
    conditions: Mapping[str, str],
    column: str,
    further: Sequence[ColumnElement[bool]] = (),
) -> Select[Any]:
    """Return the statement for how many answers in no class have each score."""
    value = relation.column((column,))
    asked: list[ColumnElement[Any]] = [value, func.count()]
    statement = select(*asked).select_from(relation.source)
    return (
        statement.where(in_neither(relation, conditions, column), *further)
        .group_by(value)
        .limit(_MOST_VALUES)
    )


def score_column(proof: Proof, model: Model, conditions: Mapping[str, str]) -> str | None:
    """Return the column with the score, None where it can't be told."""
    names = scored_columns(conditions) if conditions else []
    return next((name for name in names if proof.is_readable(model, (name,))), None)


def alarms(proof: Proof, model: Model, promoters: str, detractors: str) -> tuple[Select[Any], ...]:
    """Return the statements that count the answers in both classes, and those beside the classes."""
    conditions = conditions_of(model, promoters, detractors)
    column = score_column(proof, model, conditions)
    if column is None:
        return ()
    relation = Relation(proof.models, model, [(column,), (model.key,)], conditions)
    value = relation.column((column,))
    beside = and_(in_neither(relation, conditions, column), not_(and_(value >= PASSIVE, value < PROMOTER)))
    counts = (how_many(in_both(relation, conditions)), how_many(beside))
    return tuple(select(count).select_from(relation.source) for count in counts)
