"""Days whose rows are missing: all of them found, and none in a business that is only quiet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import nbinom

from kpi_engine.analysis.arrival import gaps, rows_below, trimmed_mean
from kpi_engine.domain.workdays import working_days_of

BELGIUM = working_days_of("BE")
START, END = date(2023, 1, 2), date(2026, 12, 2)
DAYS = [START + timedelta(days=place) for place in range((END - START).days)]
WEEK = (1.3, 1.0, 1.0, 0.95, 0.9, 0.1, 0.05)
"""Of the rows of a usual day, by weekday."""
SEASON = {1: 0.95, 2: 0.95, 7: 0.6, 8: 0.55, 9: 1.05, 10: 1.05, 11: 1.1, 12: 1.8}


def usual(level: float, growth: float = 0.0, *, season: bool = False) -> Mapping[date, float]:
    """Return how many rows each day has on average; `growth` is that of a year."""
    found = {}
    for place, day in enumerate(DAYS):
        is_holiday = day.weekday() < 5 and not BELGIUM(day)
        factor = (0.1 if is_holiday else 1.0) * (SEASON.get(day.month, 1.0) if season else 1.0)
        found[day] = level * (1 + growth) ** (place / 365) * WEEK[day.weekday()] * factor
    return found


def drawn(means: Mapping[date, float], dispersion: float, seed: int) -> dict[date, int]:
    """Return rows of each day, with a variance of `dispersion` times their mean."""
    random = np.random.default_rng(seed)
    if dispersion <= 1:
        return {day: int(random.poisson(mean)) for day, mean in means.items()}
    return {
        day: int(random.negative_binomial(mean / (dispersion - 1), 1 / dispersion))
        for day, mean in means.items()
    }


def missing(counts: Mapping[date, int], without: Collection[date] = ()) -> list[date]:
    found = gaps({day: rows for day, rows in counts.items() if day not in without}, END, BELGIUM)
    return [gap.day for gap in found]


@pytest.mark.parametrize("mean", [0.3, 4.0, 17.0, 60.0])
@pytest.mark.parametrize("dispersion", [1.2, 2.0, 5.0])
def test_the_chance_of_so_few_rows(mean: float, dispersion: float) -> None:
    for rows in (0, 1, 5, 20):
        exact = nbinom.cdf(rows, mean / (dispersion - 1), 1 / dispersion)
        assert rows_below(rows, mean, dispersion) == pytest.approx(exact, rel=1e-9)
    assert rows_below(3, 1e6, 2.0) == pytest.approx(0, abs=1e-100)


def test_a_trimmed_mean() -> None:
    """Of five values and more, without the smallest and the largest."""
    assert trimmed_mean([1, 10, 10, 10, 100]) == 10
    assert trimmed_mean([1, 10, 10, 99]) == 30


def test_no_false_call_in_a_company_in_which_nothing_happens() -> None:
    """Steady, growing, shrinking, with a dip in July and a peak in December, few rows and many."""
    judged = found = 0
    for seed, level in enumerate((2, 5, 9, 14, 20, 60, 400)):
        for growth in (-0.3, 0.0, 0.5):
            for season in (False, True):
                for dispersion in (1.0, 2.0):
                    counts = drawn(usual(level, growth, season=season), dispersion, seed)
                    judged += sum(map(BELGIUM, DAYS))
                    found += len(missing(counts))
    assert judged > 80_000
    assert found <= judged / 5_000


@pytest.mark.parametrize("level", [17, 30, 200])
def test_all_missing_days_are_found(level: int) -> None:
    """In the middle and at the end, single ones and runs, where each weekday has 14 rows and more."""
    counts = drawn(usual(level), 1.0, level)
    random = np.random.default_rng(level)
    working = [
        day for day in DAYS[120:] if BELGIUM(day) and (day.month, day.day) < (12, 20) and day.month > 1
    ]
    gone = {working[place] for place in random.choice(len(working), 15, replace=False)}
    gone |= set(working[300:303]) | set(working[-2:])
    bridges = {
        day for day in gone if not BELGIUM(day - timedelta(days=1)) and not BELGIUM(day + timedelta(days=1))
    }
    assert gone - bridges <= set(missing(counts, gone)) <= gone


def test_few_rows_are_judged_in_runs() -> None:
    """Four rows a day: one empty day tells nothing, five in a row do, unless a row came in between."""
    means = usual(4)
    counts = {day: round(mean) for day, mean in means.items()}
    week = [date(2026, 10, day) for day in (5, 6, 7, 8, 9)]
    assert missing(counts, week[:1]) == []
    assert missing(counts, week) == week
    counts |= dict.fromkeys(week, 0) | {date(2026, 10, 7): 1}
    assert missing(counts) == []


def test_a_part_of_a_day() -> None:
    """A load that stopped during a day; half of the usual rows alone are a quiet day."""
    counts = {day: round(mean) for day, mean in usual(60).items()}
    (found,) = gaps(counts | {date(2026, 10, 7): 3}, END, BELGIUM)
    assert (found.day, found.rows, found.usual) == (date(2026, 10, 7), 3, 60)
    assert missing(counts | {date(2026, 10, 7): 30}) == []
    stopped = {date(2026, 10, 7): 25, date(2026, 10, 8): 0}
    assert missing(counts | stopped) == list(stopped)


def test_a_business_that_closes_every_summer() -> None:
    """Three weeks without a row are missing the first time, but not the year after."""
    counts = drawn(usual(20), 1.0, 7)
    closed = {day for day in DAYS if day.month == 8 and 3 <= day.day <= 21}
    found = missing(counts, closed)
    assert {day.year for day in found} == {2023}


def test_a_hole_that_returns_every_year() -> None:
    """Two days of the same week each year aren't a closure: they are found each year."""
    counts = drawn(usual(17), 1.0, 3)
    gone = [day for day in DAYS if day.isocalendar().week == 46 and day.weekday() in (3, 4)]
    assert missing(counts, gone) == gone


def test_quiet_days_are_judged_by_their_like() -> None:
    """The days around Christmas and between holidays, once earlier ones had the usual rows."""
    open_always = drawn(usual(40), 1.0, 5)
    gone = {date(2023, 12, 28), date(2025, 12, 30)}
    assert missing(open_always, gone) == [date(2025, 12, 30)]
    at_rest = {day for day in DAYS if day >= day.replace(month=12, day=24)}
    assert missing(open_always, at_rest) == []
    bridges = [
        day
        for day in DAYS
        if 1 < day.month < 12
        and BELGIUM(day)
        and not BELGIUM(day - timedelta(days=1))
        and not BELGIUM(day + timedelta(days=1))
    ]
    assert len(bridges) >= 4
    assert missing(open_always, bridges) == []


def test_without_a_calendar() -> None:
    """One or two empty weekdays may be holidays; three are judged."""
    counts = {day: max(1, round(mean)) for day, mean in usual(30).items()}
    for length in (1, 2, 3):
        gone = [date(2026, 10, 6 + place) for place in range(length)]
        found = gaps({day: rows for day, rows in counts.items() if day not in gone}, END, None)
        assert [gap.day for gap in found] == (gone if length == 3 else [])


def test_nothing_to_judge() -> None:
    assert gaps({}, END, BELGIUM) == ()
    assert gaps({date(2026, 12, 1): 5}, END, BELGIUM) == ()
    assert gaps({END: 5}, END, BELGIUM) == ()
    assert gaps({START: 0, date(2024, 5, 6): 3}, END, BELGIUM) == ()


def test_a_missing_sunday_where_the_weekend_is_friday_and_saturday() -> None:
    """It is a working day there; the empty Fridays and Saturdays are none."""
    days = (date(2026, 8, 1) + timedelta(days=place) for place in range(90))
    counts = {day: 20 for day in days if day.weekday() not in (4, 5) and day != date(2026, 10, 25)}
    found = gaps(counts, date(2026, 10, 30), working_days_of("SA"))
    assert [gap.day for gap in found] == [date(2026, 10, 25)]
    assert gaps(counts, date(2026, 10, 30), BELGIUM) == ()
