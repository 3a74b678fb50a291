"""Fiscal years and quarters in words: what each means, and that each is read back from its own words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kpi_engine import load
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import (
    CALENDAR_YEAR,
    FiscalGrain,
    FiscalYear,
    Grain,
    Period,
    last_complete,
    period_of,
    previous,
    shift,
    split,
    start_of,
    year_before,
)
from kpi_engine.language.parser import NOBODY, canonical, parse, parse_lasting, parse_period
from kpi_engine.language.period_phrases import canonical_period

TODAY = date(2026, 11, 24)
APRIL, JULY = FiscalYear(4), FiscalYear(7, named_by_start=True)
SHIPPED = Path(__file__).parents[3] / "config"

DAYS = st.dates(date(1972, 1, 1), date(2096, 12, 31))
YEARS = st.builds(FiscalYear, st.integers(1, 12), st.booleans())
UNITS = st.sampled_from([Grain.QUARTER, Grain.YEAR])


def _read(typed: str, year: FiscalYear = APRIL) -> tuple[str, str, str]:
    found = parse_period(typed, TODAY, year)
    start, end = found.bounds()
    return f"{start:%Y-%m}", f"{end:%Y-%m}", canonical_period(found)


@pytest.mark.parametrize(
    ("typed", "start", "end", "written"),
    [
        *((form, "2025-04", "2026-04", "fy2026") for form in (
            "fy26", "FY2026", "fy 26", "fy'26", "fy25/26", "fy2025-26", "fy2025/2026", "fiscal year 2026",
            "fiscal 2026", "financial year 25/26", "boekjaar 2026", "boekjaar 2025-2026", "bj26",
            "last fiscal year", "previous fy", "vorig boekjaar", "afgelopen boekjaar", "a fiscal year ago",
        )),
        *((form, "2026-04", "2027-04", "fy2027") for form in (
            "this fiscal year", "current financial year", "dit boekjaar", "huidig boekjaar", "fytd",
            "fiscal year to date", "fiscal ytd", "this fy so far",
        )),
        *((form, "2027-04", "2028-04", "fy2028") for form in ("next fiscal year", "volgend boekjaar", "fy27/28")),
        *((form, "2025-07", "2025-10", "fy2026-Q2") for form in (
            "fy26 q2", "fy26q2", "fy2026-Q2", "q2 fy26", "q2fy26", "q2 of fy2026", "fiscal q2 2026", "fq2 2026",
            "second quarter of fy26", "last fiscal year q2", "q2 of last fiscal year", "tweede kwartaal boekjaar 2026",
            "second fiscal quarter of fiscal year 2026", "fiscal year 2025/26 q2",
        )),
        *((form, "2026-07", "2026-10", "fy2027-Q2") for form in (
            "last fiscal quarter", "vorig fiscaal kwartaal", "previous fq", "fiscal q2", "fq2", "second fiscal quarter",
            "q2 of the fiscal year", "1 fiscal quarter ago",
        )),
        *((form, "2026-10", "2027-01", "fy2027-Q3") for form in ("this fiscal quarter", "fqtd", "dit boekkwartaal")),
        ("next fiscal quarter", "2027-01", "2027-04", "fy2027-Q4"),
        ("fy26 h2", "2025-10", "2026-04", "fy2026-Q3..fy2026-Q4"),
        ("last 3 fiscal quarters", "2026-01", "2026-10", "fy2026-Q4..fy2027-Q2"),
        ("last two fiscal years", "2024-04", "2026-04", "fy2025..fy2026"),
        ("fy25..fy26", "2024-04", "2026-04", "fy2025..fy2026"),
        ("since fy26", "2025-04", "2027-04", "fy2026..fy2027"),
        ("until fy25", "1970-01", "2025-04", "until fy2025"),
    ],
)  # fmt: skip
def test_fiscal_periods_are_read(typed: str, start: str, end: str, written: str) -> None:
    """On 24 November 2026, with fiscal years from April that have the name of the year in which they end."""
    assert _read(typed) == (start, end, written)


@pytest.mark.parametrize(
    ("typed", "start", "end", "written"),
    [
        ("fy26", "2026-07", "2027-07", "fy2026"),
        ("fy26/27", "2026-07", "2027-07", "fy2026"),
        ("last fiscal year", "2025-07", "2026-07", "fy2025"),
        ("fy26 q3", "2027-01", "2027-04", "fy2026-Q3"),
    ],
)
def test_a_fiscal_year_may_be_named_after_its_start(typed: str, start: str, end: str, written: str) -> None:
    assert _read(typed, JULY) == (start, end, written)


def test_fiscal_years_may_be_calendar_years() -> None:
    """They keep their own words, since the answer says which months they have."""
    assert _read("last fiscal year", CALENDAR_YEAR) == ("2025-01", "2026-01", "fy2025")
    assert _read("fy26 q2", CALENDAR_YEAR) == ("2026-04", "2026-07", "fy2026-Q2")
    assert parse_period("2026-q2", TODAY, APRIL).grain is Grain.QUARTER


@pytest.mark.parametrize(
    "typed",
    ["fiscal", "fiscal year", "last fiscal years", "fy26/28", "fy26 q5", "fy", "fy2026 h3", "this 3 fiscal years",
     "last 0 fiscal years", "next", "boekjaar", "fiscal week", "last 9999 fiscal years", "q2 of fiscal"],
)  # fmt: skip
def test_what_is_no_fiscal_period_is_refused(typed: str) -> None:
    with pytest.raises(QueryError):
        parse_period(typed, TODAY, APRIL)


@given(YEARS, UNITS, DAYS, st.integers(1, 12), st.integers(0, 900))
def test_each_canonical_text_reads_back(
    year: FiscalYear, unit: Grain, day: date, count: int, later: int
) -> None:
    """On any day, and so do the words around it."""
    grain = _grain(unit, year)
    period = period_of(grain, day, count)
    assume(period.bounds()[1].year < 2099)
    written = canonical_period(period)
    today = date.fromordinal(TODAY.toordinal() + later)
    assert parse_period(written, today, year) == period
    last = period_of(grain, shift(grain, period.bounds()[1], -1))
    assert parse_period(f"until {canonical_period(last)}", today, year).end == period.end


@given(YEARS, DAYS)
def test_fiscal_quarters_tile_the_year(year: FiscalYear, day: date) -> None:
    """Four of three months each, numbered from the start, and years follow each other without a gap."""
    years, quarters = FiscalGrain(Grain.YEAR, year), FiscalGrain(Grain.QUARTER, year)
    whole = period_of(years, day)
    start, end = whole.bounds()
    pieces = split(whole, quarters)
    assert start.month == year.first_month
    assert start <= day < end
    assert [piece.bounds()[0] for piece in pieces] == [shift(Grain.MONTH, start, 3 * n) for n in range(4)]
    assert [piece.bounds()[1] for piece in pieces][-1] == end
    assert [canonical_period(piece)[-2:] for piece in pieces] == ["Q1", "Q2", "Q3", "Q4"]
    assert {canonical_period(piece)[:6] for piece in pieces} == {canonical_period(whole)}
    assert period_of(years, end).bounds()[0] == end
    assert year.number_of(end) == year.number_of(start) + 1
    assert year.numbered(year.number_of(day)) == start
    assert start.year == year.number_of(day) or not year.named_by_start
    assert year.number_of(day) in (start.year, start.year + 1)


@given(YEARS, UNITS, DAYS)
def test_last_and_this_meet(year: FiscalYear, unit: Grain, today: date) -> None:
    """Last ends where this starts, is the one before it, and a year before is the same quarter."""
    grain = _grain(unit, year)
    word = "quarter" if unit is Grain.QUARTER else "year"
    this = parse_period(f"this fiscal {word}", today, year)
    last = parse_period(f"last fiscal {word}", today, year)
    assert this == period_of(grain, today)
    assert last == last_complete(grain, today) == previous(this)
    assert year_before(this) == period_of(grain, shift(Grain.MONTH, start_of(grain, today), -12))
    assert parse_period(f"next fiscal {word}", today, year).start == this.end


@given(YEARS, DAYS, st.integers(1, 4))
def test_a_quarter_without_a_year_is_the_latest_that_has_begun(
    year: FiscalYear, today: date, number: int
) -> None:
    found = parse_period(f"fq{number}", today, year)
    start, _ = found.bounds()
    assume(start.year > 1972)
    assert start <= today
    assert shift(Grain.MONTH, start, 12) > today
    assert canonical_period(found).endswith(f"-Q{number}")


CATALOGUE = replace(load(SHIPPED, SHIPPED), fiscal_year=APRIL)


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("sales last fiscal year", "sales fy2026"),
        ("omzet vorig boekjaar per fiscaal kwartaal", "sales per fiscal quarter fy2026"),
        ("sales by rep by fiscal year", "sales by rep per fiscal year"),
        ("sales per fy last 3 fiscal years", "sales per fiscal year fy2024..fy2026"),
        ("fytd sales vs last fiscal year", "sales fy2027 vs fy2026"),
        ("sales fq2 vs previous fiscal quarter", "sales fy2027-Q2 vs fy2027-Q2"),
        ("sales this fiscal quarter vs same fiscal quarter last year", "sales fy2027-Q3 vs last year"),
        ("sales fq1 vs same quarter last fiscal year", "sales fy2027-Q1 vs last year"),
        ("omzet dit boekjaar tov zelfde boekkwartaal vorig jaar", "sales fy2027 vs last year"),
        ("leads between fy25 and fy26", "leads fy2025..fy2026"),
    ],
)
def test_questions_about_fiscal_periods(line: str, question: str) -> None:
    query = parse(line, CATALOGUE, {}, NOBODY, TODAY)
    assert canonical(query) == question
    assert parse(question, CATALOGUE, {}, NOBODY, date(2028, 2, 29)) == query


def test_a_saved_question_keeps_its_relative_words() -> None:
    """On another day it is about that day's last fiscal quarter."""
    _, kept = parse_lasting("sales by rep last fiscal quarter", CATALOGUE, {}, NOBODY, TODAY)
    assert kept == "sales by rep last fiscal quarter"
    later = parse(kept, CATALOGUE, {}, NOBODY, date(2027, 1, 2))
    assert canonical(later) == "sales by rep fy2027-Q3"


@pytest.mark.parametrize(
    ("line", "message", "offered"),
    [
        ("sales fiscal year", "Which one? “fiscal year” can be several.", "sales this fiscal year"),
        ("sales boekjaar", "Which one? “boekjaar” can be several.", "sales vorig boekjaar"),
        ("sales financial quarter", "Which one? “financial quarter” can be several.", "sales per fiscal quarter"),
        ("sales last fiscal years", "How many? “last fiscal years” has no number.", "sales last 3 fiscal years"),
        ("sales fy26/28", "No fiscal year is in both 2026 and 2028.", "sales fy2028"),
        ("sales last fiscl year", "I don't recognise “last fiscl year” as a period.", "sales last fiscal year"),
        ("sales vorig boekjar", "I don't recognise “vorig boekjar” as a period.", "sales vorig boekjaar"),
        ("sales last quartr", "I don't recognise “last quartr” as a period.", "sales last quarter"),
        ("sales this sprint", "I don't recognise “this sprint” as a period.", None),
        ("sales last fiscal week", "I don't recognise “last fiscal week” as a period.", "sales last fiscal year"),
    ],
)  # fmt: skip
def test_what_is_unclear_is_named_and_never_the_word_last_alone(
    line: str, message: str, offered: str | None
) -> None:
    with pytest.raises(QueryError) as refused:
        parse(line, CATALOGUE, {}, NOBODY, TODAY)
    assert str(refused.value.message) == message
    assert offered is None or offered in refused.value.suggestions
    for suggested in refused.value.suggestions:
        assert parse(suggested, CATALOGUE, {}, NOBODY, TODAY)


def _grain(unit: Grain, year: FiscalYear) -> FiscalGrain:
    return FiscalGrain(Grain.QUARTER if unit is Grain.QUARTER else Grain.YEAR, year)


def test_a_fiscal_period_is_no_calendar_period() -> None:
    """Even where both have the same months, since their names differ."""
    assert Period(date(2026, 1, 1), date(2027, 1, 1), Grain.YEAR) != parse_period(
        "fy26", TODAY, CALENDAR_YEAR
    )


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("sales last fiscal year", "sales 2025"),
        ("sales by rep fy26 q2 vs last year", "sales by rep 2026-Q2 vs last year"),
        ("sales per fiscal quarter 2025", "sales per quarter 2025"),
        ("sales 2025 vs fy24", "sales 2025 vs 2024"),
        ("omzet boekjaar", "sales 2026"),
    ],
)
def test_fiscal_years_that_nobody_described_are_refused(line: str, offered: str) -> None:
    """The first month is never guessed; the calendar's periods are offered."""
    unset = load(SHIPPED, SHIPPED)
    with pytest.raises(QueryError) as refused:
        parse(line, unset, {}, NOBODY, TODAY)
    assert offered in refused.value.suggestions
    assert parse(offered, unset, {}, NOBODY, TODAY)
    with pytest.raises(QueryError, match="in which month your fiscal year begins"):
        parse_period("fy26", TODAY)
