"""Working days of a country: weekends and public holidays are none."""

from __future__ import annotations

from datetime import date

import pytest

from kpi_engine.domain import workdays
from kpi_engine.domain.periods import Grain, like_for_like, period_of, window_of, working_days
from kpi_engine.domain.workdays import working_days_of


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-01-01", False),  # New Year's Day
        ("2026-04-03", True),  # Good Friday is none in Belgium
        ("2026-04-06", False),  # Easter Monday
        ("2024-04-01", False),  # Easter Monday
        ("2025-04-21", False),  # Easter Monday
        ("2026-04-07", True),
        ("2026-05-01", False),  # Labour Day
        ("2026-05-14", False),  # Ascension
        ("2026-05-25", False),  # Whit Monday
        ("2026-07-21", False),  # National Day
        ("2026-07-20", True),
        ("2025-08-15", False),  # Assumption
        ("2027-11-01", False),  # All Saints
        ("2026-11-11", False),  # Armistice
        ("2026-11-10", True),
        ("2026-12-25", False),  # Christmas
        ("2026-11-20", True),  # Friday
        ("2026-11-21", False),  # Saturday
        ("2026-11-22", False),  # Sunday
        ("2026-11-23", True),  # Monday
    ],
)
def test_belgian_days(day: str, works: bool) -> None:
    """Movable and fixed holidays and weekends, against the calendar on the wall."""
    assert working_days_of("BE")(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("month", "count"), [("2026-04-01", 21), ("2026-05-01", 18), ("2026-07-01", 22), ("2026-11-01", 20)]
)
def test_belgian_months(month: str, count: int) -> None:
    """A month's working days, counted by hand."""
    period = period_of(Grain.MONTH, date.fromisoformat(month))
    assert working_days(window_of(period, date(2027, 1, 1)), working_days_of("BE")) == count


def test_a_subdivision_has_holidays_of_its_own() -> None:
    """Epiphany is a holiday in Bavaria, not in all of Germany."""
    epiphany = date(2026, 1, 6)
    assert working_days_of("DE")(epiphany)
    assert not working_days_of("DE-BY")(epiphany)


@pytest.mark.parametrize("country", sorted(workdays._KNOWN))
def test_a_country_that_is_taken_for_known_has_a_calendar(country: str) -> None:
    """It isn't looked up until a day is tested."""
    assert not working_days_of(country)(date(2026, 1, 1))
    assert working_days_of(country)(date(2026, 1, 7))


@pytest.mark.parametrize("country", ["XX", "", "DE-XX", "be"])
def test_an_unknown_country_is_refused(country: str) -> None:
    """The name is in the error, so that the setting can be put right."""
    with pytest.raises(KeyError) as refused:
        working_days_of(country)
    assert refused.value.args == (country,)


@pytest.mark.parametrize(
    ("country", "day", "works"),
    [
        ("SA", "2026-11-20", False),  # Friday
        ("SA", "2026-11-21", False),  # Saturday
        ("SA", "2026-11-22", True),  # Sunday
        ("SA", "2012-11-22", False),  # Thursday, until June 2013
        ("EG", "2026-11-22", True),
        ("IL", "2026-11-20", False),
        ("AE", "2021-11-19", False),  # Friday and Saturday until 2021
        ("AE", "2021-11-21", True),
        ("AE", "2022-11-18", True),  # Saturday and Sunday since
        ("AE", "2022-11-20", False),
        ("BN", "2026-11-20", False),  # Friday and Sunday
        ("BN", "2026-11-21", True),
        ("IR", "2026-11-21", True),  # Friday alone
        ("HU", "2026-01-10", True),  # a Saturday that replaced another day
    ],
)
def test_the_weekend_is_that_of_the_country_and_year(country: str, day: str, works: bool) -> None:
    assert working_days_of(country)(date.fromisoformat(day)) is works


def test_a_company_may_have_a_weekend_of_its_own() -> None:
    """Holidays stay those of the country; without a country there are none."""
    saturday, sunday, armistice = date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 11)
    six_days = working_days_of("BE", frozenset({6}))
    assert (six_days(saturday), six_days(sunday), six_days(armistice)) == (True, False, False)
    assert (six_days.is_weekend(saturday), six_days.is_weekend(sunday)) == (False, True)
    every_day = working_days_of("BE", frozenset())
    assert (every_day(saturday), every_day(sunday), every_day(armistice)) == (True, True, False)
    bare = working_days_of(None, frozenset({4, 5}))
    assert (bare(saturday), bare(sunday), bare(armistice)) == (False, True, True)


def test_a_calendar_has_a_working_day() -> None:
    with pytest.raises(ValueError, match="at least one working day"):
        working_days_of("BE", frozenset(range(7)))
    with pytest.raises(ValueError, match="a country or a weekend"):
        working_days_of(None)


def test_a_running_month_is_like_as_many_working_days_of_the_one_before() -> None:
    """Eight days of November 2026 have other working days in Israel than in Belgium, and so has October."""
    running = window_of(period_of(Grain.MONTH, date(2026, 11, 1)), date(2026, 11, 9))
    october = period_of(Grain.MONTH, date(2026, 10, 1))
    israel, belgium = working_days_of("IL"), working_days_of("BE")
    assert working_days(running, israel) == 6  # Sunday 1 to Thursday 5, and Sunday 8
    assert working_days(running, belgium) == 5
    assert like_for_like(october, running, israel).end == date(2026, 10, 9)  # 3 October was a Saturday too
    assert like_for_like(october, running, belgium).end == date(2026, 10, 8)
