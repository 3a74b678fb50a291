"""Check that every row has a key of its own: every count and every join depends on it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Model
from kpi_engine.onboarding.checks.proof import EXAMPLES, Proof, quoted, wrong
from kpi_engine.sql.exact_text import exact, exactly


def problems(proof: Proof, model: Model) -> Iterator[Problem]:
    """Return what is wrong with the key of a model."""
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
