"""Targets of quarters and years: the months' parts add up to them, and tables tell when they hold such ones."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.domain.periods import (
    UNKNOWN_FISCAL_YEAR,
    FiscalYear,
    Grain,
    IsWorkingDay,
    period_of,
)
from kpi_engine.domain.quotas import (
    QuotaGrain,
    days_of_months,
    implied_grain,
    parts_of,
    rounded_parts,
    spans,
)
from kpi_engine.domain.workdays import working_days_of

BELGIUM = working_days_of("BE")
CALENDARS = st.sampled_from([None, BELGIUM, working_days_of("SA"), working_days_of("BE", frozenset())])
SPANS: st.SearchStrategy[QuotaGrain] = st.sampled_from(["quarter", "year"])
YEARS = st.builds(FiscalYear, st.integers(1, 12), st.booleans())
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
VALUES = st.floats(0, 1e9) | st.integers(0, 10**9).map(float)


@given(YEARS, SPANS, DAYS, CALENDARS, VALUES)
def test_the_parts_of_its_months_are_the_target(
    year: FiscalYear, span: QuotaGrain, day: date, calendar: IsWorkingDay | None, value: float
) -> None:
    """Exactly, by the working days of each; also where the sum runs over quarters first."""
    period = period_of(spans(year)[span], day)
    days = days_of_months(period, calendar)
    parts = list(parts_of(value, period, days))
    assert len(parts) == (3 if span == "quarter" else 12)
    assert sum(part.days for part in parts) == parts[0].of
    assert sum(part.amount for part in parts) == Fraction(value)
    assert float(sum(part.amount for part in parts)) == value
    of_quarters = [sum(part.amount for part in parts[at : at + 3]) for at in range(0, len(parts), 3)]
    assert sum(of_quarters) == Fraction(value)


@given(YEARS, SPANS, DAYS, CALENDARS, st.integers(0, 10**9), st.sampled_from([1.0, 0.01]))
def test_rounded_parts_are_the_target(
    year: FiscalYear, span: QuotaGrain, day: date, calendar: IsWorkingDay | None, count: int, step: float
) -> None:
    """Each in whole steps, less than one step from its exact part."""
    value = float(Fraction(count) * Fraction(str(step)))
    days = days_of_months(period_of(spans(year)[span], day), calendar)
    parts = rounded_parts(value, days, step)
    size = Fraction(str(step))
    assert sum(round(Fraction(part) / size) for part in parts.values()) == count
    for month, part in parts.items():
        exact = Fraction(value) * Fraction(days[month], sum(days.values()))
        assert abs(Fraction(part) - exact) < size * Fraction(1001, 1000)


def test_a_quarter_of_belgium() -> None:
    """21 July is a holiday there and 15 August 2026 a Saturday."""
    quarter = period_of(Grain.QUARTER, date(2026, 7, 1))
    assert list(days_of_months(quarter, BELGIUM).values()) == [22, 21, 22]
    assert list(days_of_months(quarter, None).values()) == [31, 31, 30]
    assert list(rounded_parts(100.0, days_of_months(quarter, BELGIUM), 1).values()) == [34.0, 32.0, 34.0]


@pytest.mark.parametrize(
    ("months", "today", "grain"),
    [
        (["2026-07"], "2026-10-10", "quarter"),  # the quarter is over, and no other month of it came
        (["2026-07"], "2026-09-30", "month"),
        (["2026-08"], "2026-12-10", "month"),
        (["2026-01", "2026-04"], "2026-01-10", "quarter"),
        (["2011-05", "2011-08", "2011-12", "2012-02", "2012-05"], "2014-01-01", "quarter"),
        (["2026-01", "2026-02", "2026-03"], "2026-10-10", "month"),
        (["2026-03", "2026-04"], "2026-10-10", "month"),  # two months beside each other
        (["2025-01", "2026-01"], "2026-10-10", "year"),
        (["2025-01", "2025-07"], "2026-10-10", "month"),
        (["2025-12", "2026-01", "2026-04"], "2026-10-10", "month"),
    ],
)
def test_what_the_dates_of_a_table_imply(months: list[str], today: str, grain: str) -> None:
    days = [date.fromisoformat(f"{month}-01") for month in months]
    assert implied_grain(days, date.fromisoformat(today), spans(UNKNOWN_FISCAL_YEAR)) == grain


def test_fiscal_quarters_are_implied_as_well() -> None:
    """February, May, August and November are no calendar quarters' first months."""
    assert implied_grain([date(2026, 2, 1)], date(2026, 5, 1), spans(FiscalYear(2))) == "quarter"
    assert implied_grain([date(2026, 2, 1)], date(2026, 5, 1), spans(UNKNOWN_FISCAL_YEAR)) == "month"
