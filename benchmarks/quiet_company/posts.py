"""The posts that a company gets: each Monday's summary, each month's, and answers to plain questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from benchmarks.product import counted
from benchmarks.quiet_company.calendar import IS_WORKING_DAY
from benchmarks.quiet_company.database import GrowingDatabase
from benchmarks.quiet_company.profiles import ASKED_YEAR
from bot.render.message import Message
from bot.render.summary import summary_message
from bot.rights import EVERYTHING, Roles
from bot.runtime.settings import shipped_config
from bot.workspace.members import MemberIndex
from bot.workspace.opening import DATABASE
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of
from kpi_engine import Answer, Engine, SqlWarehouse, load
from kpi_engine.domain.summary import Summary

_ZONE = ZoneInfo("Europe/Brussels")
_AT = time(8, 30)
_TIMEOUT = 300.0

QUESTIONS = {
    "weekly": (
        "sales last week",
        "orders last week",
        "leads last week",
        "orders by region last week",
        "leads by source last week",
    ),
    "monthly": (
        "sales last month",
        "average_order_value last month",
        "win_rate last month",
        "cost_per_lead last month",
        "nps last month",
        "sales by rep last month",
        "new_customers by segment last month",
    ),
}
"""What is asked besides the summary, at the same moment."""


@dataclass(frozen=True, slots=True)
class Due:
    """A summary and the day on which it is posted."""

    name: str
    day: date

    @property
    def now(self) -> datetime:
        """The moment at which it is made."""
        return datetime.combine(self.day, _AT, _ZONE)


@dataclass(frozen=True, slots=True)
class Post:
    """A summary as it was made and as it is shown, with the answers to the plain questions of its day.

    `statements` is how many it sent, the first one of a connection included.
    """

    due: Due
    summary: Summary
    message: Message
    statements: int
    answers: tuple[Answer, ...]


def schedule(mondays: int, months: int) -> tuple[Due, ...]:
    """Return what is due in the asked year, in order: the first so many Mondays and months.

    The monthly summary is due on the second working day, about the month before.
    """
    monday = date(ASKED_YEAR, 1, 1)
    while monday.weekday():
        monday += timedelta(days=1)
    weekly = [Due("weekly", _working(monday + timedelta(weeks=week))) for week in range(mondays)]
    firsts = [date(ASKED_YEAR, month, 1) for month in range(1, months + 1)]
    monthly = [Due("monthly", _working(_working(first) + timedelta(days=1))) for first in firsts]
    return tuple(sorted([*weekly, *monthly], key=lambda due: due.day))


def _working(day: date) -> date:
    while not IS_WORKING_DAY(day):
        day += timedelta(days=1)
    return day


def services_over(url: str) -> Services:
    """Return the services over a company, with the model files, metrics and summaries that are shipped."""
    config = shipped_config()
    catalogue = load(config, config)
    warehouse = SqlWarehouse(url, timeout=_TIMEOUT)
    engine = Engine(catalogue, {DATABASE: warehouse}, zone=_ZONE, is_working_day=IS_WORKING_DAY)
    roles = Roles(catalogue.access, default="admin", are_reps_told=False)
    index = MemberIndex(engine, start=lambda read: read())
    return Services(engine, index, _ZONE, IS_WORKING_DAY, "en", "/kpi", demo=True, roles=roles)


def posts(database: GrowingDatabase, due: Sequence[Due], *, is_asked: bool = True) -> Iterator[Post]:
    """Yield each post, made when the database holds what was known on its day.

    `due` is in the order of its days. Without `is_asked` no plain question is asked.
    """
    services = services_over(database.url)
    try:
        for entry in due:
            database.load_until(entry.day)
            yield _post(services, entry, is_asked=is_asked)
    finally:
        services.close()


def _post(services: Services, due: Due, *, is_asked: bool) -> Post:
    spec = spec_named(services.catalogue, due.name)
    with counted() as sent:
        summary = summary_of(services.engine, spec, services.members(due.now), due.now, EVERYTHING)
    message = summary_message(summary, services.sentences(spec.language))
    lines = QUESTIONS[due.name] if is_asked else ()
    answers = tuple(answer for line in lines for answer in services.engine.ask(line, due.now))
    return Post(due, summary, message, len(sent), answers)
