"""What `kpi-bot check` proves: the model files against the database, and the summaries' questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rights import REP, Account, Roles, Staff, unknown_names, viewer_of
from bot.runtime.settings import SettingsError, readable_secrets
from bot.workspace.services import Services
from bot.workspace.summaries import question_problems
from kpi_engine import Advice, Extent
from kpi_engine.domain.errors import DataError, ForbiddenError, KpiError, Problem
from kpi_engine.domain.query import Member


@dataclass(frozen=True, slots=True)
class InSlack:
    """What Slack says of the bot's token: its scopes, or (`unsaid`) why they aren't known.

    With `refused` Slack doesn't accept the token.
    """

    scopes: frozenset[str] = frozenset()
    unsaid: str = ""
    refused: SettingsError | None = None


def check_problems(services: Services, now: datetime, in_slack: InSlack | None = None) -> tuple[Problem, ...]:
    """Return everything that keeps a number or a summary from being right, with file, line and fix.

    With `in_slack` it also says who gets answers there. Raises WarehouseError where the database
    doesn't answer at all.
    """
    rights = tuple(
        Problem("KPI_DATABASE_URL", 1, entry.message, entry.fix, is_warning=not entry.is_open)
        for entry in services.engine.excess()
    )
    found = (*rights, *services.engine.problems())
    answered = _answered_in_slack(services, now, in_slack) if in_slack else ()
    mistaken = frozenset(problem.file for problem in found if not problem.is_warning)
    if mistaken:
        return (*found, *answered, *services.engine.row_problems(now, mistaken))
    members: Mapping[str, Sequence[Member]] = services.members(now)
    problems = list(question_problems(services.engine, members, now))
    problems += [*_access_problems(services, now), *answered]
    models = services.catalogue.models
    computed = (
        metric
        for metric in services.catalogue.metrics.values()
        if not all(models[ref.model].is_own for ref in metric.spec.measures())
    )
    if not any(computed):
        missing = sorted({model for models in services.catalogue.unmapped.values() for model in models})
        problems.append(
            Problem(
                "models/",
                1,
                "No metric can be computed yet.",
                f"Write one of these models: {', '.join(missing)}.",
            )
        )
    return (*found, *problems, *services.engine.row_problems(now))


def release_problems(services: Services, in_slack: InSlack | None = None) -> tuple[Problem, ...]:
    """Return what keeps a new version from working: columns that aren't there, and a token that is refused.

    Reads no rows: what they hold changes without a release. Raises WarehouseError where the database doesn't
    answer at all.
    """
    refused = () if in_slack is None or in_slack.refused is None else (_refused_token(in_slack.refused),)
    return (*services.engine.problems(), *refused)


def file_problems() -> tuple[Problem, ...]:
    """Return a warning if others can read the passwords in `.env`."""
    warning = readable_secrets()
    what, _, fix = warning.partition(": ")
    return (Problem(".env", 1, f"{what}.", f"Run {fix}.", is_warning=True),) if warning else ()


def _access_problems(services: Services, now: datetime) -> list[Problem]:
    """Return the names in access.yaml that the database doesn't have."""
    listed, staff = services.catalogue.access, services.staff(now)
    found = []
    for path, dimension, name in unknown_names(listed, staff):
        places = (listed.lines.get(path[:length]) for length in range(len(path), 0, -1))
        line = next((line for line in places if line), 1)
        known = ", ".join(member.label for member in (staff.reps if dimension == REP else staff.teams)[:3])
        fix = (
            f"Use a key or a name, such as {known}." if known else f"No model has the dimension {dimension}."
        )
        found.append(
            Problem(listed.file, line, f'There is no {dimension} "{name}", or there is more than one.', fix)
        )
    return found


def _answered_in_slack(services: Services, now: datetime, in_slack: InSlack) -> tuple[Problem, ...]:
    """Return who gets figures in Slack, also where the models have mistakes."""
    if in_slack.refused is not None:
        return (_refused_token(in_slack.refused),)
    listed, staff = services.catalogue.access, _staff(services, now)
    has_users = staff is None or bool(staff.users or staff.addresses)
    if not (listed.people or has_users or services.roles.default == "admin"):
        fix = "Write access.yaml (docs/access.md), or set KPI_DEFAULT_ROLE=admin for everyone."
        nobody = "no one has a role, so no one in Slack sees figures."
        return (Problem(listed.file, 1, nobody, fix, is_warning=True),)
    some = "" if staff is None else f", {_count(services, staff)} of them with figures"
    only = f"only people listed here get answers{some}."
    if in_slack.unsaid:
        told = f"{in_slack.unsaid}. If the scope users:read isn't granted, {only}"
        return (Problem(listed.file, 1, told, is_warning=True, is_note=True),)
    if "users:read" in in_slack.scopes:
        told = "the scope users:read is granted, so the bot can tell guests from members."
        return (Problem(listed.file, 1, told, is_warning=True, is_note=True),)
    fix = "Add the scope and reinstall the app, or list everyone who may ask."
    return (Problem(listed.file, 1, f"without the scope users:read {only}", fix, is_warning=True),)


def _refused_token(refused: SettingsError) -> Problem:
    return Problem("SLACK_BOT_TOKEN", 1, refused.message, refused.hint)


def _staff(services: Services, now: datetime) -> Staff | None:
    """Return the sales people, None where the models don't tell them yet."""
    try:
        return services.staff(now)
    except KpiError:
        return None


def _count(services: Services, staff: Staff) -> int:
    """Return how many of the listed people get figures, where Slack tells nothing about anyone."""
    return sum(_sees_figures(Account(user), services.roles, staff) for user in services.roles.listed.people)


def _sees_figures(account: Account, roles: Roles, staff: Staff) -> bool:
    try:
        viewer = viewer_of(account, roles, staff)
    except ForbiddenError:
        return False
    return viewer.everything or bool(viewer.people)


def left_out(services: Services, problems: Sequence[Problem]) -> Mapping[str, tuple[str, ...]]:
    """Return the shipped metrics that this database can't answer, with the models and columns they lack.

    Columns are looked for only where `problems` say that the models can be read at all.
    """
    readable = all(problem.is_warning for problem in problems)
    return {**services.catalogue.unmapped, **(services.engine.unread() if readable else {})}


def advice_of(services: Services, problems: Sequence[Problem], now: datetime) -> tuple[Advice, ...] | None:
    """Return what would make questions faster; None where `problems` has mistakes, to be corrected first.

    Raises WarehouseError where the database doesn't answer.
    """
    if any(not problem.is_warning for problem in problems):
        return None
    return services.engine.advice(now)


def extents_of(services: Services, now: datetime) -> tuple[Extent, ...]:
    """Return how much there is of each model; nothing where a table or column isn't there."""
    try:
        return services.engine.extents(now)
    except DataError:
        return ()
