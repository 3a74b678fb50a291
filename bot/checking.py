"""What `kpi-bot check` proves: the model files against the database, and the summaries' questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.access import REP, unknown_names
from bot.services import Services
from bot.summaries import question_problems
from kpi_engine.errors import DataError, Problem
from kpi_engine.integrity import Extent
from kpi_engine.query import Member


def check_problems(services: Services, now: datetime, *, is_in_slack: bool = False) -> tuple[Problem, ...]:
    """Return everything that keeps a number or a summary from being right, with file, line and fix.

    With `is_in_slack` it also says who gets answers there. Raises WarehouseError where the database
    doesn't answer at all.
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
    problems += _access_problems(services, now, is_in_slack=is_in_slack)
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


def _access_problems(services: Services, now: datetime, *, is_in_slack: bool) -> list[Problem]:
    """Return the names in access.yaml that the database doesn't have, and who gets answers at all."""
    listed, staff = services.catalogue.access, services.staff(now)
    found = []
    for path, dimension, name in unknown_names(listed, staff):
        places = (listed.lines.get(path[:length]) for length in range(len(path), 0, -1))
        line = next((line for line in places if line), 1)
        known = ", ".join(member.label for member in (staff.reps if dimension == REP else staff.teams)[:3])
        fix = f"Write a key or a name, such as {known}." if known else f"No model has a {dimension}."
        found.append(Problem(listed.file, line, f'There is no {dimension} "{name}", or more than one.', fix))
    if is_in_slack:
        found.append(_answered_in_slack(services, has_users=bool(staff.users or staff.addresses)))
    return found


def _answered_in_slack(services: Services, *, has_users: bool) -> Problem:
    """Return who gets figures in Slack."""
    listed = services.catalogue.access
    if not (listed.people or has_users or services.roles.default == "admin"):
        fix = "Write access.yaml (docs/access.md), or set KPI_DEFAULT_ROLE=admin for everybody."
        return Problem(
            listed.file, 1, "nobody has a role, so nobody in Slack sees figures.", fix, is_warning=True
        )
    count = len(listed.people)
    message = f"without the scope users:read only people listed here get answers; there are {count}."
    return Problem(listed.file, 1, message, is_warning=True, is_note=True)


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
