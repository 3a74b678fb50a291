"""Check the model files against the rows of a live database.

Every sum is right only if keys are unique and joins lead to one row at most; both are proved
here, not assumed. So are the types of what is added up, the form of stored moments and the
currency. What is merely odd (rows without a partner, moments to come) is a warning, and what is
good to know (members whom no row names) a note.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import literal_column, select

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import KpiError, Problem, QuestionCancelledError, WarehouseError
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
from kpi_engine.onboarding.checks.row_counts import Extent, extents
from kpi_engine.proofs.proof import Proof, odd
from kpi_engine.reading.reader import Reader

log = logging.getLogger(__name__)

__all__ = ["Extent", "extents", "problems"]


def problems(
    catalogue: Catalogue,
    reader: Reader,
    now: datetime,
    is_working_day: IsWorkingDay | None = None,
    unread: Collection[str] = (),
) -> tuple[Problem, ...]:
    """Return what the rows contradict, each with file, line and fix.

    Left out are the models whose file is among `unread`, because their columns aren't there, and those that
    reach one. A model that multiplies rows, or that reaches one that does, is looked at no further: its
    counts would be wrong. A check that fails is a problem itself, and the next one runs. Raises
    WarehouseError where the database doesn't answer.
    """
    proof = Proof(catalogue, reader, now, is_working_day)
    found: list[Problem] = []
    unsound = {model.name for model in catalogue.mapped_models if model.place.file in unread}
    readable = [model for model in catalogue.mapped_models if not unsound & _reached(catalogue, model)]
    for model in readable:
        wrong = [
            *_ran("keys", proof, model, partial(keys.problems, proof, model)),
            *_ran("joins", proof, model, partial(joins.multiplying, proof, model)),
        ]
        if wrong:
            unsound.add(model.name)
        found += wrong
        found += _ran("contradictions", proof, model, partial(contradictions.problems, proof, model))
    for model in readable:
        if not unsound & _reached(catalogue, model):
            found += _ran("rows", proof, model, partial(_of_sound, proof, model))
    if not unsound and readable:
        for name, check in _OF_ALL.items():
            found += _ran(name, proof, readable[0], partial(check, proof))
    return tuple(found)


_OF_ALL: Mapping[str, Callable[[Proof], Iterable[Problem]]] = {
    "members": members.problems,
    "successes": successes.problems,
    "scores": scores.problems,
    "notes": notes.problems,
}
"""The checks that look at all models."""


def _of_sound(proof: Proof, model: Model) -> list[Problem]:
    profile = profile_of(proof, model)
    if not profile.rows:
        return list(values.no_rows(proof, model))
    each: Mapping[str, Callable[[], Iterable[Problem]]] = {
        "joins": partial(joins.problems, proof, model, profile),
        "values": partial(values.problems, proof, model, profile),
        "amounts": partial(unreadable.amounts, proof, model),
        "histories": partial(histories.problems, proof, model, profile),
        "conditions": partial(conditions.problems, proof, model, profile),
        "moments": partial(moments.problems, proof, model, profile),
        "placeholders": partial(placeholders.problems, proof, model, profile),
        "freshness": partial(freshness.problems, proof, model),
        "currencies": partial(currencies.problems, proof, model),
        "refunds": partial(refunds.problems, proof, model),
        "signs": partial(signs.problems, proof, model),
        "duplicates": partial(duplicates.problems, proof, model, profile),
        "quotas": partial(quotas.problems, proof, model),
    }
    return [problem for name, check in each.items() for problem in _ran(name, proof, model, check)]


def _ran(name: str, proof: Proof, model: Model, check: Callable[[], Iterable[Problem]]) -> list[Problem]:
    """Return what a check finds; where it fails, also that it does."""
    found: list[Problem] = []
    try:
        found.extend(check())
    except QuestionCancelledError:
        raise
    except Exception as failure:
        if isinstance(failure, WarehouseError):
            proof.read(model, select(literal_column("1")))  # raises where the database doesn't answer at all
        log.warning("the check of %s of %s failed", name, model.name, exc_info=failure)
        told = failure.message if isinstance(failure, KpiError) else type(failure).__name__
        found.append(
            odd(
                model,
                ("name",),
                f"the check of {name} failed ({told.rstrip('.')}): it isn't known whether these are right.",
                "Set KPI_LOG_LEVEL=debug to see why; a value that its column shouldn't hold is likely.",
            )
        )
    return found


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
