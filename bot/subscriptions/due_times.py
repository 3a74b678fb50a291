"""When a schedule is due, from the schedule, the calendar and the time zone alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kpi_engine.domain.periods import (
    ONE_DAY,
    Grain,
    Period,
    add_months,
    last_complete,
    start_of,
)
from kpi_engine.domain.posts import Schedule
from kpi_engine.domain.workdays import WorkingDays

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time at which a schedule is due: the moment (UTC) and the complete week or month it is about."""

    at: datetime
    period: Period


def latest(schedule: Schedule, now: datetime, zone: ZoneInfo, calendar: WorkingDays | None) -> Occurrence:
    """Return the last occurrence until `now`."""
    return _nearest(schedule, now, zone, calendar, step=-1)


def following(schedule: Schedule, now: datetime, zone: ZoneInfo, calendar: WorkingDays | None) -> Occurrence:
    """Return the first occurrence after `now`."""
    return _nearest(schedule, now, zone, calendar, step=1)


def _nearest(
    schedule: Schedule, now: datetime, zone: ZoneInfo, calendar: WorkingDays | None, step: int
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
    schedule: Schedule, grain: Grain, unit: date, zone: ZoneInfo, calendar: WorkingDays | None
) -> Occurrence:
    if grain is Grain.WEEK:
        day = unit + (schedule.weekday or 0) * ONE_DAY
        if calendar is not None and not calendar.is_weekend(day):  # a schedule on Saturdays means Saturdays
            while not calendar(day):
                day += ONE_DAY
    else:
        day = _nth(unit, schedule.working_day or 1, calendar or _on_weekdays)
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

    A time that daylight saving skips in spring becomes the first one after the gap; of a time that it
    repeats in autumn it is the first.
    """
    local = datetime.combine(day, at)
    while True:
        moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == local:
            return moment
        local += _MINUTE
