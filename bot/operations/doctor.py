"""What `kpi-bot doctor` looks at on this side: settings, the store, the sales database and its data.

`bot/slack/doctor.py` has what Slack says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Engine as StoreEngine
from sqlalchemy import insert

from bot.runtime.clock import Clock
from bot.runtime.settings import Settings, readable_secrets, unknown_settings
from bot.store import database
from bot.store.errors import StoreError
from bot.store.tables import seen
from bot.workspace.services import Services
from kpi_engine import Extent
from kpi_engine.domain.errors import KpiError
from kpi_engine.domain.workdays import WorkingDays

_PROVEN_ROWS = 14
"""So many rows don't stay away by chance: below 1 in 10,000, with twice the variance of a Poisson count."""
_DAY = timedelta(days=1)
_MONDAY_TO_FRIDAY = 5
_NEW, _WORKSPACE = "doctor", "doctor"


class Status(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one part, and what to do if it isn't well."""

    part: str
    status: Status
    message: str
    fix: str = ""


def setting_findings() -> Iterator[Finding]:
    """Yield settings that don't exist, and secrets that others can read."""
    unknown = unknown_settings()
    for told in unknown:
        name, _, meant = told.partition("; ")
        fix = f"{meant[0].upper()}{meant[1:]}"
        yield Finding("settings", Status.WARNING, f"{name}.", fix if fix.endswith("?") else f"{fix}.")
    readable = readable_secrets()
    if readable:
        what, _, fix = readable.partition(": ")
        yield Finding("settings", Status.WARNING, f"{what}.", f"Run {fix}.")
    if not unknown and not readable:
        yield Finding("settings", Status.OK, "Every KPI_ variable is a setting.")


def store_findings(settings: Settings) -> Iterator[Finding]:
    """Yield whether the store can be read and written, and how its tables stand. Changes nothing."""
    url = settings.kpi_store_url.get_secret_value()
    if not database.exists(url):
        yield Finding("store", Status.NOTE, "There is no store yet; the bot makes it when it starts.")
        return
    try:
        engine = database.open_store(url)
    except StoreError as wrong:
        yield _error("store", wrong)
        return
    try:
        yield from _tables(engine)
    finally:
        engine.dispose()


def _tables(engine: StoreEngine) -> Iterator[Finding]:
    try:
        there = database.revision(engine)
        database.require_known(engine)
    except StoreError as wrong:
        yield _error("store", wrong)
        return
    if there != database.head():
        # a file is brought up to date when the bot starts; a server's tables are the operator's
        how = Status.NOTE if database.is_file(engine) else Status.ERROR
        told = f"The tables are at revision {there}, this version needs {database.head()}."
        yield Finding("store", how, told, "Run kpi-bot migrate.")
        return
    try:
        _write_nothing(engine)
    except StoreError as wrong:
        fix = "Free space on its disk, or let the bot's user write to it."
        yield Finding("store", Status.ERROR, f"The store can be read but not written: {wrong.message}", fix)
        return
    yield Finding("store", Status.OK, f"The store can be read and written; revision {there}.")


def _write_nothing(engine: StoreEngine) -> None:
    """Write a row and take it back. Raises StoreError."""
    with engine.connect() as connection, connection.begin() as begun:
        row = {"workspace": _WORKSPACE, "key": _NEW, "until": datetime.fromtimestamp(0).astimezone()}
        connection.execute(insert(seen).values(row))
        begun.rollback()


def database_findings(services: Services, clock: Clock) -> Iterator[Finding]:
    """Yield whether the sales database answers, what its user may do, and how old its data is."""
    engine = services.engine
    if not engine.answers():
        fix = "Start it, or correct KPI_DATABASE_URL; kpi-bot check says more."
        yield Finding("database", Status.ERROR, "The sales database doesn't answer.", fix)
        return
    yield Finding("database", Status.OK, "The sales database answers.")
    try:
        excess = tuple(engine.excess())
        problems = [problem for problem in engine.problems() if not problem.is_warning]
    except KpiError as wrong:
        yield _error("database", wrong)
        return
    for entry in excess:
        how = Status.ERROR if entry.is_open else Status.WARNING
        yield Finding("rights", how, entry.message, entry.fix)
    if not excess:
        yield Finding("rights", Status.OK, "The database's user may only read, as far as the database tells.")
    if problems:
        told = f"{len(problems)} mistakes in the model files keep the data from being read."
        yield Finding("data", Status.ERROR, told, "Run kpi-bot check.")
        return
    try:
        yield from _data(services, clock())
    except KpiError as wrong:
        yield _error("data", wrong)


def _data(services: Services, now: datetime) -> Iterator[Finding]:
    extents = {extent.model: extent for extent in services.engine.extents(now)}
    for model, until in sorted(services.engine.data_until(now).items()):
        if until is None or model not in extents:
            yield Finding("data", Status.WARNING, f"{model} has no rows.", "See whether its load runs.")
            continue
        day = until.astimezone(services.zone).date()
        lacking = missing_rows(extents[model], day, now.astimezone(services.zone).date(), services.calendar)
        if lacking < _PROVEN_ROWS:
            yield Finding("data", Status.OK, f"{model} is loaded until {day}.")
            continue
        told = f"{model} is loaded until {day}; about {lacking:.0f} rows should have come since."
        yield Finding("data", Status.WARNING, told, "See whether its load runs.")


def missing_rows(extent: Extent, until: date, today: date, calendar: WorkingDays | None) -> float:
    """Return how many rows a model would usually have got between its last day and today.

    Both of these are left out: today isn't over, and the last day may not be wholly loaded.
    """
    if extent.first is None or extent.last is None:
        return 0.0
    lived = _working_days(extent.first.date() - _DAY, min(extent.last.date(), today) + _DAY, calendar)
    return extent.rows / max(lived, 1) * _working_days(until, today, calendar)


def _working_days(after: date, before: date, calendar: WorkingDays | None) -> int:
    """Count the working days between two days, without these."""
    days = (after + number * _DAY for number in range(1, (before - after).days))
    return sum(day.weekday() < _MONDAY_TO_FRIDAY if calendar is None else calendar(day) for day in days)


def worst(findings: Sequence[Finding]) -> Status:
    """Return the worst status."""
    return max((finding.status for finding in findings), key=list(Status).index, default=Status.OK)


def _error(part: str, wrong: KpiError) -> Finding:
    return Finding(part, Status.ERROR, str(wrong.message), str(wrong.hint))
