"""When a schedule is due, from the schedule, the calendar and the time zone alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kpi_engine.domain.periods import (
    ONE_DAY,
    Grain,
    IsWorkingDay,
    Period,
    last_complete,
    shift,
    start_of,
)
from kpi_engine.domain.posts import Schedule
from kpi_engine.domain.workdays import WorkingDays

_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time at which a schedule is due: the moment (UTC) and the complete period that it is about.

    The periods of a schedule follow each other without a gap.
    """

    at: datetime
    period: Period


def latest(schedule: Schedule, now: datetime, zone: ZoneInfo, calendar: WorkingDays | None) -> Occurrence:
    """Return the last occurrence until `now`."""
    return _nearest(schedule, now, zone, calendar, step=-1)


def following(schedule: Schedule, now: datetime, zone: ZoneInfo, calendar: WorkingDays | None) -> Occurrence:
    """Return the first occurrence after `now`."""
    return _nearest(schedule, now, zone, calendar, step=1)


def between(
    schedule: Schedule, since: datetime, until: datetime, zone: ZoneInfo, calendar: WorkingDays | None
) -> Iterator[Occurrence]:
    """Yield the occurrences from `since` up to `until`, both included, the first one first."""
    found = following(schedule, since - _INSTANT, zone, calendar)
    while found.at <= until:
        yield found
        found = following(schedule, found.at, zone, calendar)


def _nearest(
    schedule: Schedule, now: datetime, zone: ZoneInfo, calendar: WorkingDays | None, step: int
) -> Occurrence:
    grain = schedule.grain
    unit = shift(grain, start_of(grain, now.astimezone(zone).date()), -step)
    while True:
        found = _occurrence(schedule, unit, zone, calendar)
        if found is not None and ((step < 0 and found.at <= now) or (step > 0 and found.at > now)):
            return found
        unit = shift(grain, unit, step)


def _occurrence(
    schedule: Schedule, unit: date, zone: ZoneInfo, calendar: WorkingDays | None
) -> Occurrence | None:
    """Return the occurrence of the unit that starts on a day; None for a day without work."""
    is_working: IsWorkingDay = calendar or _on_weekdays
    day, about = unit, None
    match schedule.every:
        case "day":
            pass
        case "workday":
            if not is_working(unit):
                return None
            about = _since_working_day(unit, is_working)
        case "week":
            day = unit + (schedule.weekday or 0) * ONE_DAY
            if calendar is not None and not calendar.is_weekend(day):  # a schedule on Saturdays means that
                while not calendar(day):
                    day += ONE_DAY
        case _:
            day = _nth(unit, schedule.working_day or 1, is_working)
    return Occurrence(local_moment(day, schedule.at, zone), about or last_complete(schedule.grain, unit))


def _since_working_day(day: date, is_working: IsWorkingDay) -> Period:
    """Return the days from the working day before up to a day: Friday to Sunday on a Monday."""
    start = day - ONE_DAY
    while not is_working(start):
        start -= ONE_DAY
    return Period(start, day, Grain.DAY)


def _nth(first: date, number: int, is_working: IsWorkingDay) -> date:
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
