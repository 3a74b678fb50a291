"""When a summary or subscription is due, from its schedule, the calendar and the time zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kpi_engine.domain.periods import (
    ONE_DAY,
    Grain,
    IsWorkingDay,
    Period,
    add_months,
    last_complete,
    start_of,
)
from kpi_engine.domain.posts import Schedule

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A moment (UTC) at which a schedule is due, and the whole week or month that it reports on."""

    at: datetime
    period: Period


def latest(schedule: Schedule, now: datetime, zone: ZoneInfo, calendar: IsWorkingDay | None) -> Occurrence:
    """Return the last occurrence that is due at `now`."""
    return _nearest(schedule, now, zone, calendar, step=-1)


def following(schedule: Schedule, now: datetime, zone: ZoneInfo, calendar: IsWorkingDay | None) -> Occurrence:
    """Return the first occurrence after `now`."""
    return _nearest(schedule, now, zone, calendar, step=1)


def _nearest(
    schedule: Schedule, now: datetime, zone: ZoneInfo, calendar: IsWorkingDay | None, step: int
) -> Occurrence:
    grain = Grain.WEEK if schedule.every == "week" else Grain.MONTH
    start = start_of(grain, now.astimezone(zone).date())
    unit = _shift(grain, start, -step)
    while True:
        found = _occurrence(schedule, grain, unit, zone, calendar)
        if (step < 0 and found.at <= now) or (step > 0 and found.at > now):
            return found
        unit = _shift(grain, unit, step)


def _shift(grain: Grain, start: date, count: int) -> date:
    return start + 7 * count * ONE_DAY if grain is Grain.WEEK else add_months(start, count)


def _occurrence(
    schedule: Schedule, grain: Grain, unit: date, zone: ZoneInfo, calendar: IsWorkingDay | None
) -> Occurrence:
    is_working = calendar or _on_weekdays
    if grain is Grain.WEEK:
        day = unit + (schedule.weekday or 0) * ONE_DAY
        is_weekend = not _on_weekdays(day)  # who names a Saturday means it
        while calendar is not None and not is_weekend and not is_working(day):
            day += ONE_DAY
    else:
        day = _nth(unit, schedule.working_day or 1, is_working)
    return Occurrence(local_moment(day, schedule.at, zone), last_complete(grain, unit))


def _nth(first: date, number: int, is_working: Callable[[date], bool]) -> date:
    day = first
    while True:
        number -= is_working(day)
        if number <= 0:
            return day
        day += ONE_DAY


def _on_weekdays(day: date) -> bool:
    return day.weekday() < 5  # noqa: PLR2004 - Saturday


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment (UTC) of a local time.

    A time that the spring night skips becomes the first one after the gap; one that the autumn
    night repeats is the first of the two.
    """
    local = datetime.combine(day, at)
    while True:
        moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == local:
            return moment
        local += _MINUTE
