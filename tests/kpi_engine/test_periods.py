"""Calendar arithmetic at random, and its corners by hand."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.periods import (
    ALL_TIME,
    ONE_DAY,
    Grain,
    Period,
    Window,
    add_months,
    last_complete,
    like_for_like,
    period_of,
    previous,
    shift,
    split,
    start_of,
    whole_months,
    window_of,
    working_days,
    year_before,
)
from kpi_engine.workdays import working_days_of

DAYS = st.dates(date(1999, 1, 1), date(2049, 12, 31))
GRAINS = st.sampled_from(list(Grain))
PERIODS = st.builds(period_of, GRAINS, DAYS, st.integers(1, 24))
SPANS = st.builds(
    lambda day, length: Period(day, day + length * ONE_DAY, Grain.DAY), DAYS, st.integers(1, 400)
)
BELGIUM = working_days_of("BE")


@given(GRAINS, DAYS)
def test_a_unit_holds_its_day(grain: Grain, day: date) -> None:
    """Half-open: the start is in, the end is the next one's start."""
    start, end = period_of(grain, day).bounds()
    assert start <= day < end
    assert start_of(grain, end) == end == shift(grain, start, 1)
    assert start_of(grain, end - ONE_DAY) == start


@given(GRAINS, DAYS, st.integers(-40, 40))
def test_shifting_there_and_back(grain: Grain, day: date, count: int) -> None:
    """From a start, always."""
    start = start_of(grain, day)
    assert shift(grain, shift(grain, start, count), -count) == start


@given(PERIODS | SPANS)
def test_the_previous_period_ends_where_this_one_starts(period: Period) -> None:
    """And is as long: in months where it is whole months, else in days."""
    before = previous(period)
    assert before.end == period.start
    months = whole_months(*period.bounds())
    if months:
        assert whole_months(*before.bounds()) == months
    else:
        assert before.bounds()[1] - before.bounds()[0] == period.bounds()[1] - period.bounds()[0]


@given(PERIODS | SPANS)
def test_a_year_before_is_about_a_year_before(period: Period) -> None:
    """Whole weeks stay whole weeks, months stay those months."""
    earlier = year_before(period)
    assert abs((period.bounds()[0] - earlier.bounds()[0]).days - 365) <= 7
    if period.grain is Grain.WEEK:
        assert earlier.bounds()[0].weekday() == 0
        assert earlier.bounds()[1] - earlier.bounds()[0] == period.bounds()[1] - period.bounds()[0]
    assert whole_months(*earlier.bounds()) == whole_months(*period.bounds())


@given(PERIODS | SPANS, GRAINS)
def test_pieces_make_the_whole(period: Period, grain: Grain) -> None:
    """Without gap or overlap, each within one unit."""
    pieces = split(period, grain)
    assert pieces[0].start == period.start
    assert pieces[-1].end == period.end
    for left, right in itertools.pairwise(pieces):
        assert left.end == right.start
    assert all(
        start_of(grain, piece.bounds()[0]) == start_of(grain, piece.bounds()[1] - ONE_DAY) for piece in pieces
    )


@given(PERIODS | SPANS, DAYS)
def test_what_is_read_never_holds_today(period: Period, today: date) -> None:
    """Unless today alone was asked."""
    window = window_of(period, today)
    assert window.start == period.start
    assert window.end is not None
    if period.bounds() == (today, today + ONE_DAY):
        assert (window.end, window.complete) == (today + ONE_DAY, False)
    else:
        assert window.end <= max(today, period.bounds()[0])
        assert window.complete == (period.bounds()[1] <= today)
        assert window.is_empty == (period.bounds()[0] >= today)


@given(st.sampled_from([Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR]), DAYS)
def test_like_is_compared_with_like(grain: Grain, today: date) -> None:
    """As many working days of the earlier period as have passed of this one, unless it has fewer."""
    period = period_of(grain, today)
    running = window_of(period, today)
    if running.is_empty:
        return
    earlier = previous(period)
    window = like_for_like(earlier, running, BELGIUM)
    assert window.start == earlier.start
    assert window.end is not None
    assert window.end <= earlier.bounds()[1]
    passed, compared = working_days(running, BELGIUM), working_days(window, BELGIUM)
    whole = working_days(Window(*earlier.bounds()), BELGIUM)
    if passed:
        assert compared == min(passed, whole)
    days = like_for_like(earlier, running, None)
    assert (days.end - earlier.bounds()[0]) <= (running.end - running.start)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-15", -1, "2025-12-15"),
    ],
)
def test_months_of_different_lengths(start: str, months: int, expected: str) -> None:
    """A day that the month lacks becomes its last one."""
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(expected)


def test_week_53_and_the_day_of_leap_years() -> None:
    """The 53rd week compares with the 52nd where the year before has no 53rd; 29 February with 28."""
    week_53 = Period(date(2026, 12, 28), date(2027, 1, 4), Grain.WEEK)
    assert year_before(week_53).start == date(2025, 12, 22)
    leap_day = Period(date(2024, 2, 29), date(2024, 3, 1), Grain.DAY)
    assert year_before(leap_day).bounds() == (date(2023, 2, 28), date(2023, 3, 1))
    assert year_before(period_of(Grain.MONTH, date(2024, 2, 1))).bounds() == (
        date(2023, 2, 1),
        date(2023, 3, 1),
    )


def test_a_month_of_31_days_is_compared_with_the_whole_one_before() -> None:
    """March against February, not against 31 days."""
    assert previous(period_of(Grain.MONTH, date(2026, 3, 1))) == period_of(Grain.MONTH, date(2026, 2, 1))
    assert previous(period_of(Grain.MONTH, date(2026, 1, 1), 3)) == period_of(
        Grain.MONTH, date(2025, 10, 1), 3
    )


def test_impossible_periods_are_refused() -> None:
    """One end alone, or an end before the start."""
    for start, end in ((date(2026, 1, 1), None), (date(2026, 1, 2), date(2026, 1, 1))):
        with pytest.raises(ValueError, match="a period"):
            Period(start, end, Grain.DAY)
    with pytest.raises(ValueError, match="all time"):
        ALL_TIME.bounds()
    assert window_of(ALL_TIME, date(2026, 1, 1)) == Window(None, None)


def test_the_last_complete_units() -> None:
    """On their first day after."""
    assert last_complete(Grain.MONTH, date(2026, 12, 1)).bounds() == (date(2026, 11, 1), date(2026, 12, 1))
    assert last_complete(Grain.WEEK, date(2026, 11, 23), 4).bounds() == (
        date(2026, 10, 26),
        date(2026, 11, 23),
    )


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-04-06", False),
        ("2026-05-14", False),
        ("2026-07-21", False),
        ("2026-11-11", False),
        ("2026-12-25", False),
        ("2026-11-21", False),
        ("2026-11-23", True),
        ("2026-07-22", True),
    ],
)
def test_belgian_working_days(day: str, works: bool) -> None:
    """Easter Monday, Ascension, 21 July, Armistice and Christmas are none; nor are Saturdays."""
    assert BELGIUM(date.fromisoformat(day)) is works


def test_calendars_of_other_places() -> None:
    """A region of a country; an unknown one is a KeyError."""
    assert not working_days_of("DE-BY")(date(2026, 8, 15) + timedelta(days=0))
    assert working_days_of("BE")(date(2026, 10, 5))
    with pytest.raises(KeyError):
        working_days_of("ZZ")
