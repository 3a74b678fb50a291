"""Targets of a quarter or a year: which part of one a month has, and whether a table holds such targets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from kpi_engine.domain.periods import (
    AnyGrain,
    FiscalGrain,
    FiscalYear,
    Grain,
    IsWorkingDay,
    Period,
    Window,
    period_of,
    shift,
    split,
    start_of,
    working_days,
)

QuotaGrain = Literal["month", "quarter", "year"]
"""What one row of a table of targets is the target of."""

_FEWEST_MONTHS_APART = 2


@dataclass(frozen=True, slots=True)
class QuotaPart:
    """The part that a month (its first day) has of the target of a quarter or a year.

    `value` is the whole target, `days` of the `of` working days of `period` are in the month. A rate isn't
    split (`is_split`): each month has the whole. `is_implied`: nobody said that the target is one of
    `period`, but the dates in its table show it; a part of it is then no target.
    """

    month: date
    value: float
    period: Period
    days: int
    of: int
    is_split: bool = True
    is_implied: bool = False

    @property
    def amount(self) -> Fraction:
        """The part as an exact number: those of all months add up to the whole."""
        return Fraction(self.value) * (Fraction(self.days, self.of) if self.is_split else 1)


def spans(fiscal_year: FiscalYear) -> Mapping[QuotaGrain, AnyGrain]:
    """Return the units of targets; quarters and years are the company's fiscal ones, if it has any."""
    if not fiscal_year.is_known or fiscal_year.is_calendar_year:
        return {"month": Grain.MONTH, "quarter": Grain.QUARTER, "year": Grain.YEAR}
    quarters, years = FiscalGrain(Grain.QUARTER, fiscal_year), FiscalGrain(Grain.YEAR, fiscal_year)
    return {"month": Grain.MONTH, "quarter": quarters, "year": years}


def days_of_months(period: Period, is_working_day: IsWorkingDay | None) -> Mapping[date, int]:
    """Return the working days of each month of a period, without a calendar its days."""
    is_counted = is_working_day or _is_any_day
    found = {
        month.bounds()[0]: working_days(Window(*month.bounds()), is_counted)
        for month in split(period, Grain.MONTH)
    }
    if not any(found.values()):
        return days_of_months(period, None)
    return found


def parts_of(
    value: float, period: Period, days: Mapping[date, int], *, is_split: bool = True, is_implied: bool = False
) -> Iterator[QuotaPart]:
    """Yield the part of each month of a period; `days` are those of its months."""
    of = sum(days.values())
    for month, count in days.items():
        yield QuotaPart(month, value, period, count, of, is_split, is_implied)


def rounded_parts(value: float, days: Mapping[date, int], step: float) -> Mapping[date, float]:
    """Return the part of each month as a multiple of `step`; together they are the whole again.

    What rounding leaves over goes to the months that lose most by it (the method of largest remainders).
    """
    parts = {month: Fraction(value) * Fraction(count, sum(days.values())) for month, count in days.items()}
    size = Fraction(str(step))
    steps = {month: part // size for month, part in parts.items()}
    left = round((Fraction(value) - sum(steps.values()) * size) / size)
    by_loss = sorted(parts, key=lambda month: (steps[month] * size - parts[month], month))
    for month in by_loss[:left]:
        steps[month] += 1
    return {month: float(count * size) for month, count in steps.items()}


def implied_grain(months: Collection[date], today: date, units: Mapping[QuotaGrain, AnyGrain]) -> QuotaGrain:
    """Return what the rows of a table are the targets of, from the months that they are dated in.

    Months are meant unless no two rows are of months beside each other, and consecutive quarters (or years)
    have one month each. A single month is taken for its quarter if it opens one that is over: monthly targets
    would have gone on.
    """
    ordered = sorted({start_of(Grain.MONTH, month) for month in months})
    if len(ordered) == 1:
        quarter = period_of(units["quarter"], ordered[0])
        is_over = quarter.bounds()[1] <= today
        return "quarter" if is_over and quarter.start == ordered[0] else "month"
    if any(shift(Grain.MONTH, one, _FEWEST_MONTHS_APART) > other for one, other in pairwise(ordered)):
        return "month"
    grains: tuple[QuotaGrain, QuotaGrain] = ("quarter", "year")
    for grain in grains:
        starts = [start_of(units[grain], month) for month in ordered]
        is_alone = len(set(starts)) == len(starts)
        if is_alone and any(shift(units[grain], one, 1) == other for one, other in pairwise(starts)):
            return grain
    return "month"


def _is_any_day(_: date) -> bool:
    return True
