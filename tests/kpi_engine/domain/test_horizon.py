"""Horizons in days and in months."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.domain.horizon import Horizon

DAYS = st.dates(date(1999, 1, 1), date(2032, 12, 31))
HORIZONS = st.one_of(
    st.builds(Horizon, days=st.integers(1, 800)), st.builds(Horizon, months=st.integers(1, 30))
)


def months_later(day: date, months: int) -> date:
    """Add months by the calendar module: a day that the month doesn't have becomes its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@given(DAYS, st.integers(1, 30))
def test_months_are_clamped_to_the_last_day(day: date, months: int) -> None:
    """Both ways."""
    horizon = Horizon(months=months)
    assert horizon.after(day) == months_later(day, months)
    assert horizon.before(day) == months_later(day, -months)


@pytest.mark.parametrize(
    ("horizon", "day", "after"),
    [
        (Horizon(months=12), date(2024, 2, 29), date(2025, 2, 28)),
        (Horizon(months=12), date(2023, 3, 1), date(2024, 3, 1)),
        (Horizon(days=365), date(2023, 3, 1), date(2024, 2, 29)),
        (Horizon(months=1), date(2026, 1, 31), date(2026, 2, 28)),
    ],
)
def test_by_hand(horizon: Horizon, day: date, after: date) -> None:
    """365 days miss 29 February; 12 months don't."""
    assert horizon.after(day) == after


@given(HORIZONS, DAYS, st.integers(0, 900))
def test_lengths_are_those_of_each_day(horizon: Horizon, first: date, count: int) -> None:
    """The steps give every day's own length, and each step changes it."""
    last = first + timedelta(days=count)
    steps = list(horizon.lengths(first, last))
    assert steps[0][0] == first.replace(day=1)
    assert all(one[1] != following[1] for one, following in pairwise(steps))
    day = first
    while day <= last:
        length = next(length for begins, length in reversed(steps) if begins <= day)
        assert day + timedelta(days=length) == horizon.after(day)
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("horizon", "words", "plain"),
    [
        (Horizon(days=365), "365 days", 365),
        (Horizon(days=1), "1 day", 1),
        (Horizon(months=12), "12 months", {"months": 12}),
        (Horizon(months=1), "1 month", {"months": 1}),
    ],
)
def test_in_words_and_in_json(horizon: Horizon, words: str, plain: object) -> None:
    """The unit is named in words; days stay a plain number in JSON."""
    assert (horizon.words(), horizon.plain()) == (words, plain)


@pytest.mark.parametrize("values", [{}, {"days": 1, "months": 1}])
def test_exactly_one_unit(values: dict[str, int]) -> None:
    """Neither none nor both."""
    with pytest.raises(ValueError, match="days or of months"):
        Horizon(**values)
