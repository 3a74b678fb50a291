"""What `kpi-bot check` proves: the model files against the database, and the summaries' questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.services import Services
from bot.summaries import question_problems
from kpi_engine.errors import DataError, Problem
from kpi_engine.integrity import Extent
from kpi_engine.query import Member


def check_problems(services: Services, now: datetime) -> tuple[Problem, ...]:
    """Return everything that keeps a number or a summary from being right, with file, line and fix.

    Raises WarehouseError where the database doesn't answer at all.
    """
    rights = tuple(
        Problem("KPI_DATABASE_URL", 1, entry.message, entry.fix, is_warning=not entry.is_open)
        for entry in services.engine.excess()
    )
    found = (*rights, *services.engine.problems())
    if any(not problem.is_warning for problem in found):
        return found
    members: Mapping[str, Sequence[Member]] = services.members(now)
    problems = list(question_problems(services.engine, members, now))
    models = services.catalogue.models
    answered = (
        metric
        for metric in services.catalogue.metrics.values()
        if not all(models[ref.model].is_own for ref in metric.spec.measures())
    )
    if not any(answered):
        missing = sorted({model for models in services.catalogue.unmapped.values() for model in models})
        problems.append(
            Problem("models/", 1, "No metric can be computed yet.", f"Write a model: {', '.join(missing)}.")
        )
    return (*found, *problems, *services.engine.findings(now))


def left_out(services: Services, problems: Sequence[Problem]) -> Mapping[str, tuple[str, ...]]:
    """Return the shipped metrics that this database can't answer, with the models and columns they lack.

    Columns are looked for only where `problems` say that the models can be read at all.
    """
    readable = all(problem.is_warning for problem in problems)
    return {**services.catalogue.unmapped, **(services.engine.unread() if readable else {})}


def extents_of(services: Services, now: datetime) -> tuple[Extent, ...]:
    """Return how much there is of each model; nothing where a table or column isn't there."""
    try:
        return services.engine.extents(now)
    except DataError:
        return ()
