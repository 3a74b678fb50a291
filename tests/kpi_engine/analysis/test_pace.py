"""Where a running month will end: what the arithmetic promises, whatever the numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.analysis.pace import Forecast, PastMonth, RunningMonth, forecast, seasons

AMOUNT = st.floats(-1e9, 1e9, allow_nan=False)
DAYS = st.integers(0, 23)
PAST = st.lists(st.builds(PastMonth, st.integers(1, 12), AMOUNT, DAYS, AMOUNT, DAYS), max_size=40)
NOW = st.builds(RunningMonth, st.integers(1, 12), AMOUNT, DAYS, DAYS)


def even(rate: float, count: int = 24, days: int = 10) -> list[PastMonth]:
    """Months that bring the same each day, give or take a tenth in turn."""
    return [
        PastMonth(place % 12 + 1, days * rate * (1 + sign / 10), days, days * rate * (1 - sign / 10), days)
        for place in range(count)
        for sign in [1 if place % 2 else -1]
    ]


def found(now: RunningMonth, past: list[PastMonth], *, is_count: bool = False) -> Forecast:
    made = forecast(now, past, is_count=is_count)
    assert made is not None
    return made


@given(NOW, PAST, st.booleans(), AMOUNT)
def test_every_number_is_finite_and_in_order(
    now: RunningMonth, past: list[PastMonth], is_count: bool, target: float
) -> None:
    made = forecast(now, past, is_count=is_count)
    if made is None:
        assert not now.days
        return
    assert all(map(math.isfinite, (made.low, made.expected, made.high, made.deviation)))
    assert made.low <= made.expected <= made.high
    up, down = made.chance(target, "up"), made.chance(target, "down")
    assert 0 <= up <= 1
    assert 0 <= down <= 1
    assert made.chance(target + 1e6, "up") <= up + 1e-9
    assert made.chance(target + 1e6, "down") >= down - 1e-9


@given(NOW, PAST)
def test_a_month_without_remaining_days_ends_where_it_is(now: RunningMonth, past: list[PastMonth]) -> None:
    over = RunningMonth(now.month, now.to_date, now.days, 0)
    made = found(over, past)
    assert (made.low, made.expected, made.high) == (over.to_date,) * 3
    assert (made.chance(over.to_date, "up"), made.chance(over.to_date, "down")) == (1, 1)


@pytest.mark.parametrize("is_count", [False, True])
def test_more_remaining_days_widen_the_band(is_count: bool) -> None:
    past = even(20)
    widths = [
        made.high - made.low
        for left in (1, 3, 6, 10, 15)
        for made in [found(RunningMonth(1, 200, 10, left), past, is_count=is_count)]
    ]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1] / 3


def test_a_target_that_is_reached_stays_reached() -> None:
    made = found(RunningMonth(1, 200, 10, 10), even(20))
    assert made.chance(200, "up") == 1
    assert made.chance(150, "up") == 1
    assert made.chance(150, "down") == 0
    assert made.chance(made.expected * 3, "up") < 0.001


def test_even_chances_at_the_expected_end() -> None:
    made = found(RunningMonth(1, 200, 10, 10), even(20))
    assert made.chance(made.expected, "up") == pytest.approx(0.5, abs=0.05)
    assert made.chance(made.low, "up") == pytest.approx(0.9, abs=0.01)
    assert made.chance(made.high, "up") == pytest.approx(0.1, abs=0.01)


def test_few_days_say_little_beside_the_history() -> None:
    past = even(20)
    early, late = found(RunningMonth(1, 60, 1, 19), past), found(RunningMonth(1, 60 * 15, 15, 5), past)
    assert early.expected < 20 * 20 * 1.5  # one good day out of twenty
    assert (late.expected - 60 * 15) / 5 > 40  # three weeks of good days


def test_without_a_day_the_history_alone_tells() -> None:
    made = found(RunningMonth(1, 0, 0, 20), even(20))
    assert made.expected == pytest.approx(400, rel=0.1)
    assert forecast(RunningMonth(1, 0, 0, 20), []) is None


def test_a_short_history_carries_the_rate_to_date_on() -> None:
    made = found(RunningMonth(1, 100, 10, 10), even(20, count=5))
    assert made.is_plain
    assert made.expected == 200
    assert not found(RunningMonth(1, 100, 10, 10), even(20, count=6)).is_plain


def test_a_history_of_nothing_is_none() -> None:
    """A rep who started this month: the months in which they weren't there aren't their history."""
    empty = [PastMonth(place + 1, 0, 10, 0, 10) for place in range(12)]
    assert found(RunningMonth(1, 100, 10, 10), empty).is_plain


def test_the_season_is_expected_once_it_was_seen() -> None:
    """Decembers of twice the usual: after five days the month is expected to be one."""
    past = [
        PastMonth(month, 10 * rate, 10, 10 * rate, 10)
        for year in range(3)
        for month in range(1, 13)
        for rate in [200 if month == 12 else 100 + (month + year) % 3]
    ]
    before = past[:-1]
    made = found(RunningMonth(12, 0, 0, 20), before)
    assert made.expected == pytest.approx(4000, rel=0.12)
    assert math.exp(seasons(before)[12]) == pytest.approx(2, rel=0.12)


def test_a_part_borrows_the_season_of_the_whole() -> None:
    part = even(10, count=12)
    plain = found(RunningMonth(12, 0, 0, 20), part)
    made = forecast(RunningMonth(12, 0, 0, 20), part, season={12: math.log(2)})
    assert made is not None
    assert made.expected == pytest.approx(2 * plain.expected, rel=0.05)


def test_a_rush_at_the_end_of_each_month_is_expected() -> None:
    past = [PastMonth(place % 12 + 1, 1000 + place % 3, 10, 2000 + place % 4, 10) for place in range(24)]
    assert found(RunningMonth(1, 1000, 10, 10), past).expected == pytest.approx(3000, rel=0.02)


def test_a_loss_has_a_band_as_well() -> None:
    past = [
        PastMonth(place % 12 + 1, loss, 10, -loss / 2, 10)
        for place in range(24)
        for loss in [-900.0 if place % 3 else 400.0]
    ]
    made = found(RunningMonth(1, -500, 10, 10), past)
    assert made.low < made.expected < made.high
    assert 0 < made.chance(0, "up") < 0.5


def test_whole_numbers_for_counts() -> None:
    made = found(RunningMonth(1, 14, 10, 10), even(2), is_count=True)
    assert made.low == round(made.low)
    assert made.high == round(made.high)
