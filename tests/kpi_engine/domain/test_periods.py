"""Calendar arithmetic: half-open periods, the ones before, running windows, and periods in words."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import (
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
from kpi_engine.language.parser import parse_period
from kpi_engine.language.period_phrases import canonical_period
from kpi_engine.language.today import Today
from kpi_engine.language.unclear_periods import doubtful_period, offered_together

MONDAY = date(2026, 11, 23)
DAYS = st.dates(date(1972, 1, 1), date(2097, 12, 31))
GRAINS = st.sampled_from(list(Grain))
WHOLE = st.builds(period_of, GRAINS, DAYS, st.integers(1, 15))
"""Whole days, weeks, months, quarters and years."""


@st.composite
def _any_days(draw: st.DrawFn) -> Period:
    start = draw(DAYS)
    return Period(start, start + draw(st.integers(1, 800)) * ONE_DAY, draw(GRAINS))


PERIODS = WHOLE | _any_days()


def _days(period: Period | Window) -> int:
    assert period.start is not None
    assert period.end is not None
    return (period.end - period.start).days


def _is_weekday(day: date) -> bool:
    return day.weekday() < 5


def _of(start: str, end: str, grain: Grain) -> Period:
    return Period(date.fromisoformat(start), date.fromisoformat(end), grain)


@pytest.mark.parametrize(
    ("start", "end"),
    [(MONDAY, MONDAY), (MONDAY, MONDAY - ONE_DAY), (MONDAY, None), (None, MONDAY)],
)
def test_a_period_has_two_ends_in_order(start: date | None, end: date | None) -> None:
    """An empty, reversed or half-bounded period can't be made."""
    with pytest.raises(ValueError, match="a period"):
        Period(start, end, Grain.DAY)


def test_all_time_has_no_bounds() -> None:
    """What needs bounds says so instead of inventing them."""
    assert ALL_TIME.is_all_time
    assert window_of(ALL_TIME, MONDAY) == Window(None, None)
    with pytest.raises(ValueError, match="no bounds"):
        previous(ALL_TIME)
    with pytest.raises(ValueError, match="all time"):
        working_days(Window(None, None), _is_weekday)
    with pytest.raises(ValueError, match="never running"):
        like_for_like(period_of(Grain.MONTH, MONDAY), Window(None, None), None)


@given(GRAINS, DAYS, st.integers(-30, 30))
def test_grains_tile_the_calendar(grain: Grain, day: date, count: int) -> None:
    """Each day lies in exactly one unit, whose first day is its own start; moving there and back is nothing."""
    start = start_of(grain, day)
    assert start <= day < shift(grain, start, 1)
    assert start_of(grain, start) == start
    assert start_of(grain, shift(grain, start, 1) - ONE_DAY) == start
    assert shift(grain, shift(grain, start, count), -count) == start


@pytest.mark.parametrize(
    ("grain", "day", "start", "days"),
    [
        (Grain.DAY, "2024-02-29", "2024-02-29", 1),
        (Grain.WEEK, "2027-01-03", "2026-12-28", 7),
        (Grain.WEEK, "2027-01-04", "2027-01-04", 7),
        (Grain.MONTH, "2024-02-29", "2024-02-01", 29),
        (Grain.MONTH, "2100-02-10", "2100-02-01", 28),
        (Grain.MONTH, "2026-12-31", "2026-12-01", 31),
        (Grain.QUARTER, "2026-03-31", "2026-01-01", 90),
        (Grain.QUARTER, "2024-01-01", "2024-01-01", 91),
        (Grain.QUARTER, "2026-12-31", "2026-10-01", 92),
        (Grain.YEAR, "2024-12-31", "2024-01-01", 366),
        (Grain.YEAR, "2026-01-01", "2026-01-01", 365),
    ],
)
def test_units_have_their_calendar_length(grain: Grain, day: str, start: str, days: int) -> None:
    """Leap years, months of 31 days, ISO weeks over New Year and quarters."""
    found = period_of(grain, date.fromisoformat(day))
    assert (found.start, _days(found)) == (date.fromisoformat(start), days)


@pytest.mark.parametrize(
    ("day", "months", "moved"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2024-02-29", -12, "2023-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-08-31", -14, "2025-06-30"),
    ],
)
def test_a_day_that_the_month_lacks_becomes_its_last(day: str, months: int, moved: str) -> None:
    """Adding months keeps the day of the month where there is one."""
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(moved)


@given(DAYS, st.integers(-600, 600))
def test_adding_months_lands_in_that_month(day: date, months: int) -> None:
    """Exactly so many months on, on the same day or the month's last one."""
    assume(2 <= day.year + months // 12 <= 9000)
    moved = add_months(day, months)
    assert (moved.year - day.year) * 12 + moved.month - day.month == months
    assert moved.day == day.day or (moved.day < day.day and (moved + ONE_DAY).day == 1)


@given(GRAINS, DAYS, st.integers(1, 24))
def test_the_last_complete_units_end_before_this_one(grain: Grain, today: date, count: int) -> None:
    """`last N` holds N whole units and never today."""
    found = last_complete(grain, today, count)
    assert found.end == start_of(grain, today)
    assert len(split(found, grain)) == count
    assert window_of(found, today) == Window(found.start, found.end, complete=True)


@given(PERIODS)
def test_the_period_before_touches_and_is_as_long(period: Period) -> None:
    """It ends where the period starts, of the same grain, with as many months or as many days."""
    before = previous(period)
    start, end = period.bounds()
    assert (before.end, before.grain) == (start, period.grain)
    months = whole_months(start, end)
    if months and period.grain is not Grain.WEEK:
        assert whole_months(*before.bounds()) == months
    else:
        assert _days(before) == _days(period)


@given(WHOLE)
def test_whole_units_stay_whole_in_every_baseline(period: Period) -> None:
    """The period before and the one a year earlier are made of whole units again, as many of them."""
    count = len(split(period, period.grain))
    for other in (previous(period), year_before(period)):
        start, end = other.bounds()
        assert start_of(period.grain, start) == start
        assert start_of(period.grain, end) == end
        if period.grain is not Grain.DAY:
            assert len(split(other, period.grain)) == count


@given(PERIODS)
def test_a_year_before_is_earlier_by_about_a_year(period: Period) -> None:
    """It starts 365 or 366 days earlier, weeks 364 or 371, and differs in length by a leap day at most."""
    earlier = year_before(period)
    start, end = period.bounds()
    back = (start - earlier.bounds()[0]).days
    assert back in ((364, 371, 365, 366) if period.grain is Grain.WEEK else (365, 366))
    assert abs(_days(earlier) - _days(period)) <= len(
        [year for year in range(start.year - 1, end.year + 1) if year % 4 == 0]
    )
    assert earlier.grain is period.grain


@pytest.mark.parametrize(
    ("period", "before", "earlier"),
    [
        # 28, 29, 30 and 31 days
        (("2026-03-01", "2026-04-01", "month"), ("2026-02-01", "2026-03-01"), ("2025-03-01", "2025-04-01")),
        (("2024-03-01", "2024-04-01", "month"), ("2024-02-01", "2024-03-01"), ("2023-03-01", "2023-04-01")),
        (("2024-02-01", "2024-03-01", "month"), ("2024-01-01", "2024-02-01"), ("2023-02-01", "2023-03-01")),
        (("2025-02-01", "2025-03-01", "month"), ("2025-01-01", "2025-02-01"), ("2024-02-01", "2024-03-01")),
        (("2026-01-01", "2026-04-01", "month"), ("2025-10-01", "2026-01-01"), ("2025-01-01", "2025-04-01")),
        (("2026-01-01", "2026-04-01", "quarter"), ("2025-10-01", "2026-01-01"), ("2025-01-01", "2025-04-01")),
        (("2024-01-01", "2025-01-01", "year"), ("2023-01-01", "2024-01-01"), ("2023-01-01", "2024-01-01")),
        # days, the leap day among them
        (("2026-11-16", "2026-11-23", "day"), ("2026-11-09", "2026-11-16"), ("2025-11-16", "2025-11-23")),
        (("2024-02-29", "2024-03-01", "day"), ("2024-02-28", "2024-02-29"), ("2023-02-28", "2023-03-01")),
        (("2024-02-28", "2024-02-29", "day"), ("2024-02-27", "2024-02-28"), ("2023-02-28", "2023-03-01")),
        (("2024-02-10", "2024-02-29", "day"), ("2024-01-22", "2024-02-10"), ("2023-02-10", "2023-03-01")),
        # ISO weeks: 2026 and 2020 have 53
        (("2026-11-16", "2026-11-23", "week"), ("2026-11-09", "2026-11-16"), ("2025-11-17", "2025-11-24")),
        (("2026-12-28", "2027-01-04", "week"), ("2026-12-21", "2026-12-28"), ("2025-12-22", "2025-12-29")),
        (("2027-01-04", "2027-01-11", "week"), ("2026-12-28", "2027-01-04"), ("2025-12-29", "2026-01-05")),
        (("2021-12-27", "2022-01-03", "week"), ("2021-12-20", "2021-12-27"), ("2020-12-21", "2020-12-28")),
        # four weeks that happen to be a month
        (("2027-02-01", "2027-03-01", "week"), ("2027-01-04", "2027-02-01"), ("2026-01-26", "2026-02-23")),
    ],
)
def test_baselines_by_the_calendar(
    period: tuple[str, str, str], before: tuple[str, str], earlier: tuple[str, str]
) -> None:
    """Worked by hand: what each period is compared with."""
    asked = _of(period[0], period[1], Grain(period[2]))
    assert previous(asked) == _of(*before, asked.grain)
    assert year_before(asked) == _of(*earlier, asked.grain)


@given(PERIODS, GRAINS)
def test_pieces_are_contiguous_and_make_the_whole(period: Period, grain: Grain) -> None:
    """Each piece begins where the one before ends and lies within one unit."""
    pieces = split(period, grain)
    start, end = period.bounds()
    assert (pieces[0].start, pieces[-1].end) == (start, end)
    assert all(one.end == two.start for one, two in pairwise(pieces))
    for piece in pieces:
        first, last = piece.bounds()[0], piece.bounds()[1] - ONE_DAY
        assert start_of(grain, first) == start_of(grain, last)
        assert piece.grain is grain


def test_a_month_in_weeks_has_cut_ends() -> None:
    """October 2026 begins on a Thursday and ends on a Saturday."""
    pieces = split(period_of(Grain.MONTH, date(2026, 10, 9)), Grain.WEEK)
    assert [_days(piece) for piece in pieces] == [4, 7, 7, 7, 6]


@given(PERIODS, DAYS)
def test_a_window_is_what_has_passed(period: Period, today: date) -> None:
    """Nothing of today or later is read, except today asked for alone; complete means read to its end."""
    found = window_of(period, today)
    start, end = period.bounds()
    assert found.start == start
    assert found.end is not None
    assert found.complete == (end <= today)
    if (start, end) != (today, today + ONE_DAY):
        assert found.end == max(start, min(end, today))
        assert found.is_empty == (start >= today)


@pytest.mark.parametrize(
    ("period", "end", "complete"),
    [
        (period_of(Grain.MONTH, MONDAY), "2026-11-23", False),
        (period_of(Grain.WEEK, MONDAY), "2026-11-23", False),
        (period_of(Grain.DAY, MONDAY), "2026-11-24", False),
        (period_of(Grain.DAY, MONDAY - ONE_DAY), "2026-11-23", True),
        (period_of(Grain.MONTH, date(2026, 10, 1)), "2026-11-01", True),
        (period_of(Grain.MONTH, date(2026, 12, 1)), "2026-12-01", False),
    ],
)
def test_windows_on_a_monday(period: Period, end: str, complete: bool) -> None:
    """The running month ends with Sunday, the week that has just begun is empty, today alone is itself."""
    assert window_of(period, MONDAY) == Window(period.start, date.fromisoformat(end), complete)


@given(WHOLE, DAYS, st.booleans())
def test_like_for_like_is_a_beginning_of_the_earlier_period(
    period: Period, today: date, by_calendar: bool
) -> None:
    """Never longer than the earlier period, with as many working (or calendar) days as have passed."""
    running, earlier = window_of(period, today), previous(period)
    is_working_day = None if by_calendar else _is_weekday
    found = like_for_like(earlier, running, is_working_day)
    start, end = earlier.bounds()
    assert found.start == start
    assert found.end is not None
    assert start <= found.end <= end
    assert not found.complete
    wanted = working_days(running, _is_weekday)
    if by_calendar or not wanted:
        assert _days(found) == min(_days(running), _days(earlier))
    else:
        available = working_days(Window(start, end), _is_weekday)
        assert working_days(found, _is_weekday) == min(wanted, available)
        assert wanted > available or _is_weekday(found.end - ONE_DAY)


def test_fifteen_working_days_against_fifteen() -> None:
    """1 to 22 November 2026 hold fifteen weekdays; those of October end with Wednesday the 21st."""
    running = window_of(period_of(Grain.MONTH, MONDAY), MONDAY)
    october = previous(period_of(Grain.MONTH, MONDAY))
    assert working_days(running, _is_weekday) == 15
    assert like_for_like(october, running, _is_weekday).end == date(2026, 10, 22)
    assert like_for_like(october, running, None).end == date(2026, 10, 23)


# in words

M, W, D, Q, Y = Grain.MONTH, Grain.WEEK, Grain.DAY, Grain.QUARTER, Grain.YEAR


@pytest.mark.parametrize(
    ("text", "today", "start", "end", "grain"),
    [
        ("This Month", "2026-11-23", "2026-11-01", "2026-12-01", M),
        ("lopende maand", "2026-11-23", "2026-11-01", "2026-12-01", M),
        ("afgelopen 4 weken", "2026-11-23", "2026-10-26", "2026-11-23", W),
        ("past 2 days", "2026-03-01", "2026-02-27", "2026-03-01", D),
        ("last day", "2024-03-01", "2024-02-29", "2024-03-01", D),
        ("last month", "2027-01-01", "2026-12-01", "2027-01-01", M),
        ("last quarter", "2027-01-01", "2026-10-01", "2027-01-01", Q),
        ("last week", "2027-01-04", "2026-12-28", "2027-01-04", W),
        ("last 12 months", "2024-02-29", "2023-02-01", "2024-02-01", M),
        ("laatste 2 jaar", "2026-11-23", "2024-01-01", "2026-01-01", Y),
        ("wtd", "2026-11-29", "2026-11-23", "2026-11-30", W),
        ("february", "2024-02-29", "2024-02-01", "2024-03-01", M),
        ("march", "2024-02-29", "2023-03-01", "2023-04-01", M),
        ("maart 2024", "2026-11-23", "2024-03-01", "2024-04-01", M),
        ("this september", "2026-11-23", "2026-09-01", "2026-10-01", M),
        ("q1", "2027-01-01", "2027-01-01", "2027-04-01", Q),
        ("q4", "2026-09-30", "2025-10-01", "2026-01-01", Q),
        ("q1", "2025-12-30", "2025-01-01", "2025-04-01", Q),
        ("week 1", "2025-12-29", "2025-12-29", "2026-01-05", W),
        ("week 53", "2027-01-01", "2026-12-28", "2027-01-04", W),
        ("wk 48", "2026-11-22", "2025-11-24", "2025-12-01", W),
        ("week 53 2020", "2026-11-23", "2020-12-28", "2021-01-04", W),
        ("2026-W01", "2026-11-23", "2025-12-29", "2026-01-05", W),
        ("2026W1", "2026-11-23", "2025-12-29", "2026-01-05", W),
        ("2026-7-5", "2026-11-23", "2026-07-05", "2026-07-06", D),
        ("2026-02..2026-Q2", "2026-11-23", "2026-02-01", "2026-07-01", M),
        ("2025..2026", "2026-11-23", "2025-01-01", "2027-01-01", Y),
        ("2026-W10..2026-03-15", "2026-11-23", "2026-03-02", "2026-03-16", D),
        ("since 2025-Q4", "2026-11-23", "2025-10-01", "2027-01-01", Q),
        ("sinds gisteren", "2026-11-23", "2026-11-22", "2026-11-24", D),
        ("since week 47", "2026-11-23", "2026-11-16", "2026-11-30", W),
        ("tot vandaag", "2026-11-23", "1970-01-01", "2026-11-24", D),
        ("till march", "2026-11-23", "1970-01-01", "2026-04-01", M),
        ("2 months ago", "2026-01-31", "2025-11-01", "2025-12-01", M),
        ("a week ago", "2027-01-04", "2026-12-28", "2027-01-04", W),
        ("3 dagen geleden", "2024-03-02", "2024-02-28", "2024-02-29", D),
        ("since a year ago", "2026-11-23", "2025-01-01", "2027-01-01", Y),
        ("q4 last year", "2026-11-23", "2025-10-01", "2026-01-01", Q),
        ("week 53 last year", "2027-01-04", "2026-12-28", "2027-01-04", W),
        ("december dit jaar", "2026-11-23", "2026-12-01", "2027-01-01", M),
        ("2025 q3..2026 q1", "2026-11-23", "2025-07-01", "2026-04-01", Q),
        ("tweede helft", "2026-06-30", "2025-07-01", "2026-01-01", Q),
        ("4th quarter of 2024", "2026-11-23", "2024-10-01", "2025-01-01", Q),
        ("feb 29, 2024", "2026-11-23", "2024-02-29", "2024-03-01", D),
        ("nov 30th..dec 2nd", "2026-11-23", "2025-11-30", "2025-12-03", D),
    ],
)
def test_periods_in_words(text: str, today: str, start: str, end: str, grain: Grain) -> None:
    """Read on a fixed day, with the unit that the period is made of."""
    assert parse_period(text, date.fromisoformat(today)) == _of(start, end, grain)


@pytest.mark.parametrize(
    "text",
    ["", "sales", "last", "last month sales", "this 3 months", "last 0 weeks", "2026-00", "2026-Q5",
     "2026-W00", "2026-W54", "2026-02-29", "1850", "2200", "q5", "week", "week 99", "since", "since since 2026",
     "until all time", "until 1960", "since 2027", "2026-02..2026-01", "2026..2027..2028",
     "last ² months", "32 january", "last months", "laatste weken", "past years", "last 30", "oct 12",
     "99999 weeks ago", "1300 months ago", "weeks ago", "2025 week 60", "february 30th", "first half of may",
     "third half", "quarter 5", "over october", "20260230", "2026-h3", "a" * 5000],
)  # fmt: skip
def test_what_is_no_period_is_refused(text: str) -> None:
    """Dates that don't exist, half forms and other words are a QueryError with an example."""
    with pytest.raises(QueryError) as refused:
        parse_period(text, MONDAY)
    assert refused.value.hint
    assert len(str(refused.value)) < 150


@given(WHOLE, WHOLE, st.integers(0, 400))
def test_two_periods_joined_read_back(first: Period, last: Period, later: int) -> None:
    """`A..B` reaches from A's first day to B's last, and its own words mean the same on any day."""
    assume(first.bounds()[0] < last.bounds()[1] and last.bounds()[1].year < 2100)
    one = canonical_period(period_of(first.grain, first.bounds()[0]))
    two = canonical_period(period_of(last.grain, last.bounds()[1] - ONE_DAY))
    joined = parse_period(f"{one}..{two}", MONDAY)
    assert joined.bounds() == (first.bounds()[0], last.bounds()[1])
    assert parse_period(canonical_period(joined), MONDAY + timedelta(days=later)) == joined


@given(
    st.sampled_from(["since", "until"]),
    st.sampled_from(
        ["last month", "this week", "q2", "vorig jaar", "last 3 quarters", "week 10", "yesterday"]
    ),
    DAYS,
)
def test_open_ends_read_back(word: str, period: str, today: date) -> None:
    """`since` includes the running unit, `until` its own period; both can be written absolutely."""
    alone, found = parse_period(period, today), parse_period(f"{word} {period}", today)
    if word == "since":
        assert found.start == alone.start
        assert found.end == shift(alone.grain, start_of(alone.grain, today), 1)
    else:
        assert found.end == alone.end
    assert parse_period(canonical_period(found), today + timedelta(days=500)) == found


@given(st.integers(1, 1200), st.sampled_from(["day", "week", "month"]), DAYS)
def test_so_many_units_ago_is_the_first_of_the_last_so_many(count: int, unit: str, today: date) -> None:
    """`3 weeks ago` is the first of the `last 3 weeks`, and reads back from its own words."""
    assume(last_complete(Grain(unit), today, count).bounds()[0].year >= 1900)
    ago = parse_period(f"{count} {unit}s ago", today)
    back = parse_period(f"last {count} {unit}s", today)
    assert ago == split(back, back.grain)[0]
    assert parse_period(canonical_period(ago), MONDAY) == ago


@given(
    st.sampled_from(
        ["last months", "laatste paar weken", "past days", "last 30", "a few weeks ago", "half a year ago",
         "to date", "tot nu toe", "before october", "after october", "na 1 oktober", "up to q3", "last half year",
         "begin oktober", "end of last month", "start of 2020", "since begin march", "tot eind februari",
         "first half of february", "second half of last month", "oct 12", "feb 29", "oct 1 to nov 15", "oct 1-15",
         "12/10", "12/10/26", "kw3", "kw50", "from 2026-10 to 2026-01", "31 feb", "29 feb", "week 60", "week 53",
         "since 2200", "since 2098", "since week 53", "over last month", "2098 onwards"]
    ),
    DAYS,
)  # fmt: skip
@example("oct 1-15", date(2000, 10, 1))
@example("oct 1 to nov 15", date(2000, 10, 1))  # the first day of a span whose end hasn't come
def test_what_is_offered_for_a_doubtful_period_can_be_read(typed: str, today: date) -> None:
    """Whatever the day is, and each offer is another period; what can be read itself isn't doubtful."""
    doubt = doubtful_period(typed.split(), 0, Today(today))
    if doubt is None:
        assert typed in {"week 53", "since week 53", "feb 29", "29 feb", "since 2200"}
        return
    assert doubt.after == len(typed.split())
    offers = [parse_period(offer.removeprefix("vs "), today) for offer in doubt.offers]
    assert len(set(doubt.offers)) == len(offers) >= (typed not in {"week 60", "week 53", "since week 53"})


@given(DAYS, DAYS, GRAINS)
def test_two_periods_beside_each_other_are_offered_whole_or_compared(
    one: date, other: date, grain: Grain
) -> None:
    """The span holds both; where neither is in between, it comes first."""
    first, last = period_of(grain, one), period_of(grain, other)
    assume(first != last and first.end != last.end)
    offers = offered_together([first, last])
    compared = f"{canonical_period(first)} vs {canonical_period(last)}"
    span = parse_period(next(offer for offer in offers if offer != compared), MONDAY)
    bounds = (*first.bounds(), *last.bounds())
    assert span.bounds() == (min(bounds), max(bounds))
    assert (offers[0] == compared) == (first.end != last.start)
