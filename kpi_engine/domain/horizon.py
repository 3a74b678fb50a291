"""A length of calendar time, in days or in months: how long an entry has, or a customer may be silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from kpi_engine.domain.periods import Grain, add_months, shift, start_of
from kpi_engine.domain.translatable import Said, said

_SHORTEST_MONTH = 28


@dataclass(frozen=True, slots=True)
class Horizon:
    """A number of calendar days or of calendar months; exactly one of them is set.

    Months clamp as in `periods.add_months`: one month after 31 January is the last day of February.
    """

    days: int | None = None
    months: int | None = None

    def __post_init__(self) -> None:
        if (self.days is None) == (self.months is None):
            raise ValueError("a horizon is a number of days or of months")

    def after(self, day: date) -> date:
        """Return the first day that is no longer within the horizon that begins on `day`."""
        return add_months(day, self.months) if self.months is not None else day + self._span

    def before(self, day: date) -> date:
        """Return the first day of the horizon that ends before `day`."""
        return add_months(day, -self.months) if self.months is not None else day - self._span

    def lengths(self, first: date, last: date) -> Iterator[tuple[date, int]]:
        """Yield how many days the horizon has that begins on a day from `first` to `last`.

        Each entry is (day, number of days), valid from that day up to the next entry's. The first entry is
        the first day of the month of `first`.
        """
        known = None
        for day in self._changes(first, last):
            length = (self.after(day) - day).days
            if length != known:
                yield day, length
            known = length

    def words(self) -> Said:
        """Return the number and its unit, such as "12 months"."""
        match self.days, self.months:
            case 1, _:
                return said("1 day")
            case _, 1:
                return said("1 month")
            case None, months:
                return said("{count} months", count=months)
        return said("{count} days", count=self.days)

    def plain(self) -> int | dict[str, int]:
        """Return the horizon as files and JSON have it: 365 or {"months": 12}."""
        return {"months": self.months} if self.months is not None else self.days or 0

    @property
    def _span(self) -> timedelta:
        return timedelta(days=self.days or 0)

    def _changes(self, first: date, last: date) -> Iterator[date]:
        """Yield the days on which the length may change: only the last days of a month are clamped."""
        month = start_of(Grain.MONTH, first)
        while month <= last:
            yield month
            following = shift(Grain.MONTH, month, 1)
            if self.months is not None:
                clamped = range(_SHORTEST_MONTH, (following - month).days)
                yield from (month + timedelta(days=number) for number in clamped)
            month = following
