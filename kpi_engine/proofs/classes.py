"""Whether every answer to a score is in the class that it belongs to: 6.5 is neither 0 to 6 nor 7 or 8.

Who is in no class counts as passive, which is right for 7, 8 and what lies between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.models import Model
from kpi_engine.proofs.proof import EXAMPLES, Proof, odd
from kpi_engine.proofs.schema import Schema
from kpi_engine.reading.quoting import quoting
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.mends import names_in, yaml_text

_LOWEST, _PASSIVE, _PROMOTER, _HIGHEST = 0, 7, 9, 10
_MOST_VALUES = 200
_SQL = frozenset({"between", "and", "or", "not", "in", "is", "null", "case", "when", "then", "else", "end"})
_NEITHER = "kpi_neither"


def columns_of(model: Model, promoters: str, detractors: str) -> tuple[str, ...]:
    """Return the names in the conditions of both classes: the column with the answer."""
    first, second = (names_in(model.measures[name].where or "") for name in (promoters, detractors))
    return tuple(name for name in first if name in second and name.lower() not in _SQL)


def neither(model: Model, promoters: str, detractors: str) -> str | None:
    """Return the condition that a row is in neither class; None where a class has no condition."""
    conditions = [model.measures[name].where for name in (promoters, detractors)]
    return " and ".join(f"not ({where})" for where in conditions) if all(conditions) else None


def with_neither(model: Model, measure: str, promoters: str, detractors: str) -> Model | None:
    """Return a model in which a measure counts the rows that are in neither class."""
    where = neither(model, promoters, detractors)
    if where is None:
        return None
    own = replace(model.measures[measure], where=where)
    return replace(model, measures={**model.measures, measure: own})


def is_misplaced(value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a number in neither class isn't a passive one."""
    return or_(value < _PASSIVE, value >= _PROMOTER)


def misplaced(rows: Sequence[tuple[Any, Any]]) -> Mapping[float, int]:
    """Return the numbers that aren't passive, with their rows, of rows by value."""
    numbers = {float(row[0]): int(row[1]) for row in rows if isinstance(row[0], int | float | Decimal)}
    return {value: rows for value, rows in sorted(numbers.items()) if not _PASSIVE <= value < _PROMOTER}


def alarms(
    proof: Proof, schema: Schema, model: Model, promoters: str, detractors: str
) -> tuple[Select[Any], ...]:
    """Return a statement of one value for each column: how many answers lie between the classes."""
    return tuple(
        select(func.count()).select_from(relation.source).where(condition, is_misplaced(value))
        for relation, condition, value in _looks(
            proof, model, promoters, detractors, known_columns(schema, model, promoters, detractors)
        )
    )


def known_columns(schema: Schema, model: Model, promoters: str, detractors: str) -> tuple[str, ...]:
    """Return the columns with the answer that the database has, without asking it again."""
    if model.is_own or neither(model, promoters, detractors) is None:
        return ()
    known = {name.lower() for name in (*schema.columns(model), *model.columns)}
    names = columns_of(model, promoters, detractors)
    return tuple(name for name in names if model.table is None or name.lower() in known)


def problems(proof: Proof, name: str, promoters: str, detractors: str) -> Iterator[Problem]:
    """Yield the answers between or beside the classes: 6.5, 9.5, 11, 75."""
    model = proof.models[name]
    if model.is_own or neither(model, promoters, detractors) is None:
        return
    columns = [
        entry for entry in columns_of(model, promoters, detractors) if proof.is_readable(model, (entry,))
    ]
    for column in columns:
        for relation, condition, value in _looks(proof, model, promoters, detractors, (column,)):
            asked: list[ColumnElement[Any]] = [value, func.count()]
            statement = select(*asked).select_from(relation.source).where(condition, is_misplaced(value))
            try:
                rows = proof.read(model, statement.group_by(value).limit(_MOST_VALUES))
            except DataError:
                continue  # text, which others report
            found = misplaced([(row[0], row[1]) for row in rows])
            if found:
                yield _problem(proof, model, promoters, detractors, column, found)


def _problem(
    proof: Proof, model: Model, promoters: str, detractors: str, column: str, found: Mapping[float, int]
) -> Problem:
    said = ", ".join(f"{value:g}" for value in list(found)[:EXAMPLES])
    if any(value < _LOWEST or value > _HIGHEST for value in found):
        fix = f"Leave them out with where:, or map a score from 0 to 10 under columns: {column}."
    else:
        quote = quoting(proof.reader, model)(column)
        high, low = (yaml_text(f"{quote} >= {a} and {quote} {b}") for a, b in ((9, "<= 10"), (0, "< 7")))
        fix = (
            f"Below 7 is a detractor and from 9 a promoter: set measures.{promoters}.where: {high} and"
            f" measures.{detractors}.where: {low}."
        )
    return odd(
        model,
        ("measures", detractors, "where"),
        f"{sum(found.values()):,} answers are no whole number from 0 to 10 ({said}): they lie between or"
        " beside the classes and count as passive.",
        fix,
        proof.subject("between the classes", model, (column,)),
    )


def _looks(
    proof: Proof, model: Model, promoters: str, detractors: str, columns: Sequence[str]
) -> Iterator[tuple[Relation, ColumnElement[bool], ColumnElement[Any]]]:
    """Yield the rows of a model, what keeps those in neither class, and their answer, for each column."""
    where = neither(model, promoters, detractors)
    for column in columns:
        relation = Relation(proof.models, model, [(column,), (model.key,)], {_NEITHER: where or ""})
        value = relation.column((column,))
        yield relation, and_(relation.flag(_NEITHER) == 1, value.is_not(None)), value
