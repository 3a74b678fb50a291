"""Calendar arithmetic: grains, periods, previous periods, the year before and working days.

Every period is half-open, `[start, end)`, in dates of the business time zone. Functions
never read the clock; `today` is a parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

ONE_DAY = timedelta(days=1)

IsWorkingDay = Callable[[date], bool]
"""A function that returns whether a date is a working day (see `workdays.working_days_of`)."""


class Grain(StrEnum):
    """The unit of a period or of a series."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}
_MONTHS_OF_YEAR = 12


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """How the fiscal years of a company run: twelve months from the first of `first_month` (1 to 12).

    A fiscal year has the number of the calendar year in which it ends, with `named_by_start` of the one in
    which it starts. If `is_known` is False, nobody has said how they run: no question about them is answered.
    """

    first_month: int = 1
    named_by_start: bool = False
    is_known: bool = True

    @property
    def is_calendar_year(self) -> bool:
        """Whether fiscal years and quarters are those of the calendar."""
        return self.first_month == 1

    def starting_in(self, year: int) -> date:
        """Return the first day of the fiscal year that starts in a calendar year."""
        return date(year, self.first_month, 1)

    def numbered(self, number: int) -> date:
        """Return the first day of the fiscal year with a number."""
        return self.starting_in(number - (not (self.named_by_start or self.is_calendar_year)))

    def number_of(self, day: date) -> int:
        """Return the number of the fiscal year that holds a day."""
        starts_in = day.year - (day.month < self.first_month)
        return starts_in + (not (self.named_by_start or self.is_calendar_year))

    def months_before(self, day: date) -> int:
        """Return how many whole months of its fiscal year are before the month of a day."""
        return (day.month - self.first_month) % _MONTHS_OF_YEAR


CALENDAR_YEAR = FiscalYear()
"""Fiscal years that are calendar years."""
UNKNOWN_FISCAL_YEAR = FiscalYear(is_known=False)
"""Fiscal years of which it isn't known how they run."""


@dataclass(frozen=True, slots=True)
class FiscalGrain:
    """A quarter or a year that is counted in fiscal years: a unit like those of `Grain`.

    It is a unit of its own where fiscal years are calendar years, too: people see which year they get.
    """

    unit: Literal[Grain.QUARTER, Grain.YEAR]
    year: FiscalYear = CALENDAR_YEAR

    def __str__(self) -> str:
        """Return the unit as it is typed and as JSON has it: "fiscal quarter"."""
        return f"fiscal {self.unit}"


AnyGrain = Grain | FiscalGrain
"""A unit of a period or of a series, of the calendar or of fiscal years."""


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar period `[start, end)`; if both are None, all time.

    `grain` is the unit of the period: a month, three months and a running month have Grain.MONTH.
    The parser closes an open end (`since 2026-01`) and an open start (`until 2026-01`).
    """

    start: date | None
    end: date | None
    grain: AnyGrain

    def __post_init__(self) -> None:
        if (self.start is None) != (self.end is None):
            raise ValueError("a period has both ends or none")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("a period ends after it starts")

    @property
    def is_all_time(self) -> bool:
        """Whether the period has no bounds."""
        return self.start is None

    def bounds(self) -> tuple[date, date]:
        """Start and end of a bounded period."""
        if self.start is None or self.end is None:
            raise ValueError("all time has no bounds")
        return self.start, self.end


ALL_TIME = Period(None, None, Grain.DAY)


@dataclass(frozen=True, slots=True)
class Window:
    """The days actually read for a period: `[start, end)`, possibly empty, possibly unbounded.

    `complete` is False for a running period, which is read to yesterday's end only
    (`today` alone to the present moment).
    """

    start: date | None
    end: date | None
    complete: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether no day of the period has passed yet."""
        return self.start is not None and self.end is not None and self.end <= self.start

    def holds(self, day: date) -> bool:
        """Whether a day is among those read."""
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


def start_of(grain: AnyGrain, day: date) -> date:
    """Return the first day of the `grain` that holds `day`; weeks start on Monday (ISO 8601)."""
    if isinstance(grain, FiscalGrain):
        return add_months(day.replace(day=1), -(grain.year.months_before(day) % _MONTHS[grain.unit]))
    match grain:
        case Grain.DAY:
            return day
        case Grain.WEEK:
            return day - timedelta(days=day.weekday())
        case Grain.MONTH:
            return day.replace(day=1)
        case Grain.QUARTER:
            return date(day.year, day.month - (day.month - 1) % 3, 1)
        case Grain.YEAR:
            return date(day.year, 1, 1)


def shift(grain: AnyGrain, start: date, count: int) -> date:
    """Move `start`, the first day of a `grain`, by `count` grains."""
    if isinstance(grain, FiscalGrain):
        return add_months(start, count * _MONTHS[grain.unit])
    if grain is Grain.DAY:
        return start + count * ONE_DAY
    if grain is Grain.WEEK:
        return start + 7 * count * ONE_DAY
    return add_months(start, count * _MONTHS[grain])


def add_months(day: date, months: int) -> date:
    """Move a date by whole months; a day that doesn't exist in the month becomes its last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first = date(year, month + 1, 1)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(first + (day.day - 1) * ONE_DAY, following - ONE_DAY)


def period_of(grain: AnyGrain, day: date, count: int = 1) -> Period:
    """Return the period of `count` grains that starts with the one holding `day`."""
    start = start_of(grain, day)
    return Period(start, shift(grain, start, count), grain)


def last_complete(grain: AnyGrain, today: date, count: int = 1) -> Period:
    """Return the last `count` complete grains before `today`."""
    end = start_of(grain, today)
    return Period(shift(grain, end, -count), end, grain)


def whole_months(start: date, end: date) -> int:
    """Return how many months `[start, end)` spans when both ends are firsts of a month, else 0."""
    if start.day != 1 or end.day != 1:
        return 0
    return (end.year - start.year) * 12 + end.month - start.month


def previous(period: Period) -> Period:
    """Return the period of the same length directly before; whole months shift by months."""
    start, end = period.bounds()
    months = 0 if period.grain is Grain.WEEK else whole_months(start, end)
    if months:
        return Period(add_months(start, -months), start, period.grain)
    return Period(start - (end - start), start, period.grain)


def year_before(period: Period) -> Period:
    """Return the same period a year earlier.

    Whole ISO weeks become the same ISO weeks of the year before (week 53 becomes week 52 if
    that year has no week 53); other periods move by twelve months.
    """
    start, end = period.bounds()
    days = (end - start).days
    if period.grain is Grain.WEEK and start.weekday() == 0 and days % 7 == 0:
        year, week, _ = start.isocalendar()
        weeks_that_year = date(year - 1, 12, 28).isocalendar().week
        earlier = date.fromisocalendar(year - 1, min(week, weeks_that_year), 1)
        return Period(earlier, earlier + (end - start), period.grain)
    ends_before_leap_day = (end.month, end.day) == (2, 29)
    earlier_end = date(end.year - 1, 3, 1) if ends_before_leap_day else add_months(end, -12)
    return Period(add_months(start, -12), earlier_end, period.grain)


def window_of(period: Period, today: date) -> Window:
    """Return the days of `period` that are read on `today`: a running period ends with yesterday.

    The one exception is the day `today` itself, asked for alone.
    """
    if period.start is None or period.end is None:
        return Window(None, None)
    if period.end <= today:
        return Window(period.start, period.end)
    if period.start == today and period.end == today + ONE_DAY:
        return Window(period.start, period.end, complete=False)
    return Window(period.start, max(period.start, min(period.end, today)), complete=False)


def working_days(window: Window, is_working_day: IsWorkingDay) -> int:
    """Count the working days of a bounded window."""
    if window.start is None or window.end is None:
        raise ValueError("all time has no working days to count")
    days = (window.end - window.start).days
    return sum(is_working_day(window.start + offset * ONE_DAY) for offset in range(days))


def like_for_like(earlier: Period, running: Window, is_working_day: IsWorkingDay | None) -> Window:
    """Return the first part of `earlier` that is comparable to a `running` window.

    It has the same number of working days and ends with the last of them. Without a calendar
    (`is_working_day` None), or if no working day has passed, it has the same number of calendar
    days. It is never longer than `earlier`.
    """
    start, end = earlier.bounds()
    if running.start is None or running.end is None:
        raise ValueError("all time is never running")
    elapsed = (running.end - running.start).days
    wanted = working_days(running, is_working_day) if is_working_day else 0
    if not wanted or is_working_day is None:
        return Window(start, min(start + elapsed * ONE_DAY, end), complete=False)
    day = start
    while day < end and wanted:
        wanted -= is_working_day(day)
        day += ONE_DAY
    return Window(start, day, complete=False)


def split(period: Period, grain: AnyGrain) -> tuple[Period, ...]:
    """Cut a bounded period into consecutive periods of `grain`; the first and last are clipped to it."""
    start, end = period.bounds()
    pieces = []
    cursor = start_of(grain, start)
    while cursor < end:
        following = shift(grain, cursor, 1)
        pieces.append(Period(max(cursor, start), min(following, end), grain))
        cursor = following
    return tuple(pieces)
