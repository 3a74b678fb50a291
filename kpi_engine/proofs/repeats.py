"""Whether values that should be unique are: keys, and the columns that joins lead to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, func, literal_column, select
from sqlalchemy.sql.selectable import Subquery

from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Model
from kpi_engine.proofs.proof import EXAMPLES, Proof, quoted, wrong
from kpi_engine.proofs.schema import Schema
from kpi_engine.sql.exact_text import exact, exactly


def join_problems(proof: Proof, model: Model, name: str) -> Iterator[Problem]:
    """Return what is wrong with a join that leads to several rows."""
    join = model.joins[name]
    target = proof.models[join.model]
    others = [other for _, other in join.on]
    (count,) = proof.counts(target, repeated(proof, target, others), func.count())
    if count:
        yield wrong(
            model,
            ("joins", name),
            f"joins.{name} multiplies rows: {count:,} values of {', '.join(others)} occur in several"
            f" rows of {target.name}.",
            f"Join on a column that is unique in {target.name}.",
        )


def key_problems(proof: Proof, model: Model) -> Iterator[Problem]:
    """Return what is wrong with the key of a model: rows without one, or with that of another row."""
    source = proof.own_rows(model, [model.key])
    key = source.c[model.key]
    counts = (func.count(), func.count(key), func.count(exact(key).distinct()))
    rows, keys, distinct = proof.counts(model, source, *counts)
    if keys < rows:
        yield wrong(
            model,
            ("key",),
            f"{rows - keys:,} of {rows:,} rows have no {model.key}.",
            "Use a key that every row has.",
        )
    if distinct < keys:
        twice = (
            select(key)
            .where(key.is_not(None))
            .group_by(exactly(key))
            .having(func.count() > 1)
            .limit(EXAMPLES)
        )
        examples = quoted([row[0] for row in proof.read(model, twice)])
        yield wrong(
            model,
            ("key",),
            f"{model.key} isn't unique: {keys:,} rows have {distinct:,} values ({examples} repeat).",
            "Use a column that is unique per row, or let query: keep one row of each.",
        )


def repeated(proof: Proof, model: Model, names: list[str], limit: int | None = None) -> Subquery:
    """Return the values of some columns that several counted rows of a model have."""
    source = proof.own_rows(model, names)
    columns = [source.c[name] for name in names]
    statement = (
        select(*columns)
        .where(and_(*(column.is_not(None) for column in columns)))
        .group_by(*map(exactly, columns))
        .having(func.count() > 1)
    )
    return (statement if limit is None else statement.limit(limit)).subquery("repeated")


def alarm(proof: Proof, schema: Schema, model: Model, names: list[str]) -> Select[Any] | None:
    """Return a statement that counts 1 where values of some columns repeat; None where they can't."""
    if model.is_own or schema.is_unique(model, names):
        return None
    twice = repeated(proof, model, names, limit=1)
    return select(func.count(literal_column("1"))).select_from(twice)
