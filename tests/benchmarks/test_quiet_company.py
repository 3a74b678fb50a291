"""The short form of the benchmark in which nothing happens: a few posts of one company, always the same ones."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from benchmarks.quiet_company.__main__ import quiet_year
from benchmarks.quiet_company.calendar import DAYS, WORKING, within
from benchmarks.quiet_company.counting import Counted, Lines
from benchmarks.quiet_company.market import market
from benchmarks.quiet_company.profiles import (
    FALL_ENDS,
    FALLEN_REGION,
    LOST_FROM,
    LOST_UNTIL,
    PROFILES,
    REGIONS,
    STOPPED_SOURCE,
    STORY_STARTS,
    Story,
)
from benchmarks.quiet_company.rows import forms
from benchmarks.quiet_company.table_days import table_days

MONDAYS, MONTHS = 6, 2

MOST_DIRECTED = 0.15
"""The share of a few posts' lines that may carry a direction. Over whole years it is at most 0.07."""
MOST_EXCEPTIONS = 2
"""How many of the eight posts may show an exception. Over whole years it is at most one in ten."""

SMALL = PROFILES["small"]


@pytest.fixture(scope="module")
def counts() -> tuple[Counted, ...]:
    return quiet_year(SMALL, MONDAYS, MONTHS)


def test_few_lines_carry_a_direction(counts: tuple[Counted, ...]) -> None:
    """Neither in the posts nor in answers to plain questions of the same moment."""
    assert Counter(entry.name for entry in counts) == {"weekly": MONDAYS, "monthly": MONTHS}
    in_posts = sum((entry.in_post for entry in counts), start=Lines())
    in_answers = sum((entry.in_answers for entry in counts), start=Lines())
    assert in_posts.all > 100
    assert in_answers.all > 100
    assert in_posts.share <= MOST_DIRECTED
    assert in_answers.share <= MOST_DIRECTED


def test_few_posts_show_an_exception(counts: tuple[Counted, ...]) -> None:
    assert sum(bool(entry.exceptions) for entry in counts) <= MOST_EXCEPTIONS


def test_no_day_is_missing(counts: tuple[Counted, ...]) -> None:
    """Holidays and quiet days are never taken for days that weren't loaded."""
    assert set().union(*(entry.missing for entry in counts)) == set()


@pytest.mark.parametrize("name", ["small", "middle"])
def test_no_day_of_a_table_is_missing(name: str) -> None:
    """Five tables with more than 1,200 working days each: no holiday and no quiet day is a gap."""
    found = tuple(table_days(PROFILES[name]))
    assert sum(entry.days for entry in found) > 5 * 1_200
    assert {entry.table: entry.called for entry in found if entry.called} == {}


def test_the_company_is_the_same_each_time() -> None:
    assert forms(SMALL) == forms(SMALL)


def test_nothing_happens() -> None:
    """Each year and each weekday have as much as planned, and holidays and weekends no orders."""
    orders = market(PROFILES["large"], np.random.default_rng(1), None).orders
    assert WORKING[orders.day].all()
    years = np.array([day.year for day in DAYS])
    a_week = PROFILES["large"].orders_a_week
    for year in (2022, 2023, 2024, 2025):
        working = WORKING[years == year].sum() / 5
        assert (years[orders.day] == year).sum() == pytest.approx(a_week * working, rel=0.03)


def test_stories() -> None:
    """Each changes what it says it changes, and nothing before."""
    profile = PROFILES["middle"]

    def told(story: Story | None) -> tuple[int, int, int]:
        found = market(profile, np.random.default_rng(5), story)
        region = found.customers.rep[found.orders.customer] % len(REGIONS)
        during = within(found.orders.day, STORY_STARTS, FALL_ENDS)
        stopped = (found.leads.source == STOPPED_SOURCE) & within(found.leads.day, STORY_STARTS, FALL_ENDS)
        return int((during & (region == FALLEN_REGION)).sum()), int(during.sum()), int(stopped.sum())

    fallen, all_of, stopped = told(None)
    assert told(Story.REGION_FALLS)[0] == pytest.approx(0.6 * fallen, rel=0.25)
    assert told(Story.SOURCE_STOPS)[2] == 0 < stopped
    assert told(Story.ALL_GROW)[1] == pytest.approx(1.2 * all_of, rel=0.1)
    late = [
        form
        for form in forms(profile, Story.HALF_LOADED_WEEK)["orders"]
        if str(LOST_FROM) <= str(form.row[3]) < str(LOST_UNTIL)
    ]
    assert late
    assert all(DAYS[form.since] >= LOST_UNTIL for form in late)
