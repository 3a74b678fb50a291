"""Check the model files against the rows of a live database.

Every sum is right only if keys are unique and joins lead to one row at most; both are proved
here, not assumed. So are the types of what is added up, the form of stored moments and the
currency. What is merely odd (rows without a partner, moments to come) is a warning, and what is
good to know (members whom no row names) a note.
"""

from __future__ import annotations

from datetime import datetime

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Model
from kpi_engine.domain.periods import IsWorkingDay
from kpi_engine.onboarding.checks import (
    conditions,
    contradictions,
    currencies,
    duplicates,
    freshness,
    histories,
    joins,
    keys,
    members,
    moments,
    notes,
    placeholders,
    quotas,
    refunds,
    scores,
    signs,
    successes,
    unreadable,
    values,
)
from kpi_engine.onboarding.checks.profile import profile_of
from kpi_engine.onboarding.checks.proof import Proof
from kpi_engine.onboarding.checks.row_counts import Extent, extents
from kpi_engine.reading.reader import Reader

__all__ = ["Extent", "extents", "problems"]


def problems(
    catalogue: Catalogue, reader: Reader, now: datetime, is_working_day: IsWorkingDay | None = None
) -> tuple[Problem, ...]:
    """Return what the rows contradict, each with file, line and fix; columns must be there already.

    A model that multiplies rows, or that reaches one that does, is looked at no further: its counts
    would be wrong. Raises WarehouseError where the database doesn't answer.
    """
    proof = Proof(catalogue, reader, now, is_working_day)
    found: list[Problem] = []
    unsound: set[str] = set()
    for model in catalogue.mapped_models:
        wrong = [*keys.problems(proof, model), *joins.multiplying(proof, model)]
        if wrong:
            unsound.add(model.name)
        found += wrong
        found += contradictions.problems(proof, model)
    for model in catalogue.mapped_models:
        if not unsound & _reached(catalogue, model):
            found += _of_sound(proof, model)
    if not unsound:
        found += members.problems(proof)
        found += successes.problems(proof)
        found += scores.problems(proof)
        found += notes.problems(proof)
    return tuple(found)


def _of_sound(proof: Proof, model: Model) -> list[Problem]:
    profile = profile_of(proof, model)
    if not profile.rows:
        return list(values.no_rows(proof, model))
    return [
        *joins.problems(proof, model, profile),
        *values.problems(proof, model, profile),
        *unreadable.amounts(proof, model),
        *histories.problems(proof, model, profile),
        *conditions.problems(proof, model, profile),
        *moments.problems(proof, model, profile),
        *placeholders.problems(proof, model, profile),
        *freshness.problems(proof, model),
        *currencies.problems(proof, model),
        *refunds.problems(proof, model),
        *signs.problems(proof, model),
        *duplicates.problems(proof, model, profile),
        *quotas.problems(proof, model),
    ]


def _reached(catalogue: Catalogue, model: Model) -> set[str]:
    """Return the names of a model and of those that its joins lead to, over any number of steps."""
    found: set[str] = set()
    waiting = [model.name]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [join.model for join in catalogue.models[name].joins.values()]
    return found
