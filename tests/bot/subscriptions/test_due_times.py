"""When summaries are due: weeks, months, holidays, and the nights when the clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.subscriptions.due_times import following, latest, local_moment
from kpi_engine.domain.posts import Schedule
from kpi_engine.domain.workdays import working_days_of
from tests.shop import BRUSSELS

WEEKLY = Schedule("week", time(8, 30), weekday=0)
MONTHLY = Schedule("month", time(8, 30), working_day=2)
BELGIUM = working_days_of("BE")


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


@given(MOMENTS, st.sampled_from([WEEKLY, MONTHLY]))
def test_latest_and_following_meet(now: datetime, schedule: Schedule) -> None:
    """Nothing is due between them, each unit of time has one occurrence, and it is about the one before."""
    before = latest(schedule, now, BRUSSELS, BELGIUM)
    after = following(schedule, now, BRUSSELS, BELGIUM)
    assert before.at <= now < after.at
    assert before.period.end == after.period.start
    assert latest(schedule, after.at, BRUSSELS, BELGIUM) == after
    assert after.at - before.at < timedelta(days=40)
