"""The days of the companies as numbers from 0, and how much happens on each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from benchmarks.quiet_company.chance import Bools, Floats, Ints
from benchmarks.quiet_company.profiles import FIRST_DAY, LAST_DAY, Profile
from kpi_engine import working_days_of

IS_WORKING_DAY = working_days_of("BE")
DAYS = tuple(FIRST_DAY + timedelta(days=number) for number in range((LAST_DAY - FIRST_DAY).days + 1))
WORKING = np.array([IS_WORKING_DAY(day) for day in DAYS])
_MONTHS = np.array([day.month for day in DAYS])
_WEEKDAYS = np.array([day.weekday() for day in DAYS])
_ORDERS = np.array([0.215, 0.21, 0.205, 0.2, 0.17, 0.0, 0.0])
"""What part of a week's orders is placed on each weekday."""
_LEADS = np.array([0.2, 0.19, 0.18, 0.17, 0.15, 0.06, 0.05])
_LEADS_ON_A_HOLIDAY = 0.05
_NEXT = np.minimum.accumulate(np.where(WORKING, np.arange(len(DAYS)), len(DAYS))[::-1])[::-1]


def number(day: date) -> int:
    """Return the number of a day."""
    return (day - FIRST_DAY).days


def within(days: Ints, start: date, end: date) -> Bools:
    """Return which days lie from `start` up to `end`."""
    return (days >= number(start)) & (days < number(end))


def next_working(days: Ints) -> Ints:
    """Return for each day itself, or the first working day after it; beyond the last day, a day beyond it."""
    return np.where(days < len(DAYS), _NEXT[np.minimum(days, len(DAYS) - 1)], days)


def orders_a_day(profile: Profile) -> Floats:
    """Return what part of a week's orders a day has: none on weekends and holidays."""
    season = np.array([profile.factor(month) for month in range(1, 13)])
    return np.where(WORKING, _ORDERS[_WEEKDAYS] * season[_MONTHS - 1], 0.0)


def leads_a_day() -> Floats:
    """Return what part of a week's leads a day has."""
    weekend = _WEEKDAYS >= 5  # noqa: PLR2004 - Saturday
    return np.where(WORKING | weekend, _LEADS[_WEEKDAYS], _LEADS_ON_A_HOLIDAY)


def months() -> Iterator[date]:
    """Yield the first days of the months that have data, and of the next two."""
    month = FIRST_DAY.replace(day=1)
    while month <= LAST_DAY + timedelta(days=31):
        yield month
        month = (month + timedelta(days=31)).replace(day=1)
