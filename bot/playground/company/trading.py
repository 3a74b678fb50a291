"""The company's days: how much happens on which, and local time."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from bot.playground.company import story
from bot.playground.company.draws import Draw

ZONE = ZoneInfo("Europe/Brussels")
_SATURDAY = 5
_WEEKEND_LEADS = {5: 0.3, 6: 0.2}
_WEEKEND_ORDERS = {5: 0.12, 6: 0.04}
_HOLIDAY = 0.15
_LEAD_SEASON = {
    1: 1.0,
    2: 1.0,
    3: 1.05,
    4: 1.0,
    5: 1.0,
    6: 1.0,
    7: 1.15,
    8: 1.15,
    9: 1.25,
    10: 1.25,
    11: 1.0,
    12: 0.85,
}
_LEADS_ON_A_WORKING_DAY = 14.4
_GROWTH_A_YEAR = 0.04
_DAYS_A_YEAR = 365.25


@lru_cache(maxsize=1)
def _public_holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("BE")


@lru_cache(maxsize=16_384)
def is_holiday(day: date) -> bool:
    return day in _public_holidays()


def is_working_day(day: date) -> bool:
    return day.weekday() < _SATURDAY and not is_holiday(day)


def next_working_day(day: date) -> date:
    """Return `day`, or the first working day after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def growth(day: date) -> float:
    """Return how much larger the company is than on its first day, by plan."""
    return float((1.0 + _GROWTH_A_YEAR) ** ((day - story.EPOCH).days / _DAYS_A_YEAR))


def expected_leads(day: date) -> float:
    """Return the mean number of leads of a day."""
    weight = _WEEKEND_LEADS.get(day.weekday(), _HOLIDAY if is_holiday(day) else 1.0)
    return _LEADS_ON_A_WORKING_DAY * weight * _LEAD_SEASON[day.month] * growth(day)


def order_weight(day: date) -> float:
    """Return how much ordering there is on a day; 1 is a working day of a usual month."""
    weight = _WEEKEND_ORDERS.get(day.weekday(), _HOLIDAY if is_holiday(day) else 1.0)
    return weight * story.ORDER_SEASON[day.month]


class OrderClock:
    """A clock that runs as fast as customers order: gaps even on it crowd in December, thin out in July."""

    def __init__(self, end: date) -> None:
        self._readings = [0.0]
        for offset in range((end - story.EPOCH).days + 1):
            self._readings.append(self._readings[-1] + order_weight(story.EPOCH + timedelta(days=offset)))

    def after(self, day: date, gap: float) -> date | None:
        """Return the day `gap` working days of ordering after `day`, None where it is past the end."""
        reading = self._readings[(day - story.EPOCH).days + 1] + gap
        offset = bisect_left(self._readings, reading) - 1
        return story.EPOCH + timedelta(days=offset) if reading <= self._readings[-1] else None


def office_time(draw: Draw) -> time:
    second = draw.whole(8 * 3600 + 1800, 17 * 3600 + 3599)
    return time(second // 3600, second // 60 % 60, second % 60)


def any_time(draw: Draw) -> time:
    """Return a time of the day at which people fill in forms: mostly in office hours, some at night."""
    if draw.chance(0.72):
        return office_time(draw)
    second = draw.whole(0, 86_399)
    return time(second // 3600, second // 60 % 60, second % 60)


def utc(local: datetime) -> datetime:
    """Return a naive local moment in UTC."""
    return local.replace(tzinfo=ZONE).astimezone(UTC)


def local_day(moment: datetime) -> date:
    """Return the business day of a moment in UTC."""
    return moment.astimezone(ZONE).date()


def month_start(day: date) -> date:
    return day.replace(day=1)


def next_month(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_end(month: date) -> date:
    """Return the last day of the month."""
    return next_month(month) - timedelta(days=1)


def months(start: date, end: date) -> list[date]:
    """Return the first days of the months from that of `start` to that of `end`, both included."""
    found = [month_start(start)]
    while next_month(found[-1]) <= end:
        found.append(next_month(found[-1]))
    return found
