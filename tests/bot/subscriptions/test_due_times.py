"""When summaries are due: weeks, months, holidays, and the nights when the clock changes."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.subscriptions.due_times import between, following, latest, local_moment
from kpi_engine.domain.posts import Schedule
from kpi_engine.domain.workdays import working_days_of
from tests.shop import BRUSSELS

WEEKLY = Schedule("week", time(8, 30), weekday=0)
MONTHLY = Schedule("month", time(8, 30), working_day=2)
DAILY, WORKDAYS = Schedule("day", time(8, 30)), Schedule("workday", time(8, 30))
QUARTERLY = Schedule("quarter", time(8, 30), working_day=3)
YEARLY = Schedule("year", time(8, 30), working_day=1)
BELGIUM = working_days_of("BE")
LONGEST = {"quarter": timedelta(days=100), "year": timedelta(days=375)} | dict.fromkeys(
    ("day", "workday", "week", "month"), timedelta(days=40)
)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


@pytest.mark.parametrize(
    ("schedule", "now", "due", "about"),
    [
        (WEEKLY, "2026-11-23T08:30", "2026-11-23T08:30", "2026-11-16"),
        (WEEKLY, "2026-11-23T08:29", "2026-11-16T08:30", "2026-11-09"),
        (WEEKLY, "2026-11-29T23:59", "2026-11-23T08:30", "2026-11-16"),
        (WEEKLY, "2026-04-06T12:00", "2026-03-30T08:30", "2026-03-23"),
        (WEEKLY, "2026-04-07T08:30", "2026-04-07T08:30", "2026-03-30"),
        (MONTHLY, "2026-11-03T08:30", "2026-11-03T08:30", "2026-10-01"),
        (MONTHLY, "2026-11-03T08:29", "2026-10-02T08:30", "2026-09-01"),
        (MONTHLY, "2027-01-05T08:30", "2027-01-05T08:30", "2026-12-01"),
        (DAILY, "2026-11-22T08:30", "2026-11-22T08:30", "2026-11-21"),
        (DAILY, "2026-11-22T08:29", "2026-11-21T08:30", "2026-11-20"),
        (WORKDAYS, "2026-11-22T23:00", "2026-11-20T08:30", "2026-11-19"),
        (WORKDAYS, "2026-11-23T08:30", "2026-11-23T08:30", "2026-11-20"),
        (WORKDAYS, "2026-04-07T09:00", "2026-04-07T08:30", "2026-04-03"),
        (QUARTERLY, "2026-11-23T12:00", "2026-10-05T08:30", "2026-07-01"),
        (QUARTERLY, "2027-01-06T08:30", "2027-01-06T08:30", "2026-10-01"),
        (YEARLY, "2026-11-23T12:00", "2026-01-02T08:30", "2025-01-01"),
    ],
)
def test_the_latest_occurrence(schedule: Schedule, now: str, due: str, about: str) -> None:
    """Easter Monday moves to Tuesday; New Year's Day and weekends don't count as working days."""
    found = latest(schedule, _at(now), BRUSSELS, BELGIUM)
    assert found.at == _at(due).astimezone(UTC)
    assert found.period.start == date.fromisoformat(about)


@pytest.mark.parametrize(
    ("country", "schedule", "now", "due"),
    [
        ("IL", MONTHLY, "2026-11-10T12:00", "2026-11-02T08:30"),  # Sunday 1 is the first working day
        (
            "SA",
            MONTHLY,
            "2026-05-10T12:00",
            "2026-05-04T08:30",
        ),  # Friday 1 and Saturday 2 aren't working days
        ("IL", Schedule("week", time(8, 30), weekday=4), "2026-11-22T12:00", "2026-11-20T08:30"),
        ("IL", Schedule("week", time(8, 30), weekday=6), "2026-09-15T12:00", "2026-09-14T08:30"),
        ("BE", Schedule("week", time(8, 30), weekday=6), "2026-11-23T07:00", "2026-11-22T08:30"),
    ],
)
def test_the_weekend_is_the_calendars(country: str, schedule: Schedule, now: str, due: str) -> None:
    """A schedule on a day of the weekend means that day; on a holiday (Rosh Hashanah, Sunday 13 September
    2026), it moves to the next working day.
    """
    assert latest(schedule, _at(now), BRUSSELS, working_days_of(country)).at == _at(due).astimezone(UTC)


def test_without_a_calendar_only_weekends_count_in_months() -> None:
    """A week's Monday stays Monday, holiday or not."""
    assert latest(WEEKLY, _at("2026-04-06T09:00"), BRUSSELS, None).at == _at("2026-04-06T08:30")
    assert latest(MONTHLY, _at("2026-05-04T09:00"), BRUSSELS, None).at == _at("2026-05-04T08:30")


def test_a_time_that_the_spring_night_skips_comes_after_the_gap() -> None:
    """02:30 on 29 March 2026 runs at 03:00."""
    assert local_moment(date(2026, 3, 29), time(2, 30), BRUSSELS) == _at("2026-03-29T03:00")


def test_a_time_that_the_autumn_night_repeats_comes_once() -> None:
    """02:30 on 25 October 2026 is the first of the two, 00:30 UTC."""
    assert local_moment(date(2026, 10, 25), time(2, 30), BRUSSELS) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)


def test_a_working_day_is_about_all_days_since_the_one_before() -> None:
    """Monday's post is about Friday to Sunday; the one after Easter Monday about Friday to Monday."""
    monday = latest(WORKDAYS, _at("2026-11-23T09:00"), BRUSSELS, BELGIUM)
    assert monday.period.bounds() == (date(2026, 11, 20), date(2026, 11, 23))
    easter = latest(WORKDAYS, _at("2026-04-07T09:00"), BRUSSELS, BELGIUM)
    assert easter.period.bounds() == (date(2026, 4, 3), date(2026, 4, 7))


def test_a_daily_time_in_the_nights_of_the_clock_comes_once_a_day() -> None:
    """02:30 every day, over both nights of 2026: one a day, the skipped one at 03:00."""
    schedule = Schedule("day", time(2, 30))
    for first, last in (("2026-03-28", "2026-03-31"), ("2026-10-24", "2026-10-27")):
        since, until = _at(f"{first}T00:00"), _at(f"{last}T00:00")
        found = [due.at.astimezone(BRUSSELS) for due in between(schedule, since, until, BRUSSELS, None)]
        assert [moment.day for moment in found] == list(range(since.day, since.day + 3))
        assert {moment.hour for moment in found} <= {2, 3}


@given(
    MOMENTS,
    st.timedeltas(timedelta(0), timedelta(days=40)),
    st.sampled_from([DAILY, WORKDAYS, WEEKLY, MONTHLY]),
)
def test_between_leaves_out_no_occurrence(now: datetime, length: timedelta, schedule: Schedule) -> None:
    """Both ends are included, each follows the one before, and their periods join without a gap."""
    found = list(between(schedule, now, now + length, BRUSSELS, BELGIUM))
    assert all(now <= due.at <= now + length for due in found)
    for before, after in itertools.pairwise(found):
        assert following(schedule, before.at, BRUSSELS, BELGIUM) == after
        assert before.period.end == after.period.start
    if found:
        assert list(between(schedule, found[0].at, found[-1].at, BRUSSELS, BELGIUM)) == found
    assert following(schedule, now + length, BRUSSELS, BELGIUM).at > now + length


@given(MOMENTS, st.sampled_from([DAILY, WORKDAYS, WEEKLY, MONTHLY, QUARTERLY, YEARLY]))
def test_latest_and_following_meet(now: datetime, schedule: Schedule) -> None:
    """Nothing is due between them, each unit of time has one occurrence, and it is about the one before."""
    before = latest(schedule, now, BRUSSELS, BELGIUM)
    after = following(schedule, now, BRUSSELS, BELGIUM)
    assert before.at <= now < after.at
    assert before.period.end == after.period.start
    assert latest(schedule, after.at, BRUSSELS, BELGIUM) == after
    assert after.at - before.at < LONGEST[schedule.every]
