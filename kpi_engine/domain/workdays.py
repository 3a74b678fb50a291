"""Working days of a country, from the `holidays` library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

_KNOWN = frozenset({"BE", "NL", "LU", "FR", "DE"})
"""Countries that the library supports, so that it needn't be asked. It takes 0.15 s of CPU to load."""

_DAYS_OF_WEEK = 7


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """A calendar of working days: called with a date, it returns whether that is one.

    `country` is an ISO 3166 code with an optional subdivision, None for no public holidays. `weekend` holds
    weekdays (Monday 0); None means the country's own weekend in the year of the date.
    """

    country: str | None
    weekend: frozenset[int] | None
    _public: Callable[[], HolidayBase] = field(repr=False, compare=False)

    def __call__(self, day: date) -> bool:
        """Return whether a date is a working day.

        A country's calendar also knows the days of a weekend that were declared working days.
        """
        if self.weekend is None:
            return self._public().is_working_day(day)
        return day.weekday() not in self.weekend and (self.country is None or day not in self._public())

    def is_weekend(self, day: date) -> bool:
        """Return whether a date's weekday is one of the weekend."""
        if self.weekend is None:
            return self._public().is_weekend(day)
        return day.weekday() in self.weekend


@lru_cache(maxsize=16)
def working_days_of(country: str | None, weekend: frozenset[int] | None = None) -> WorkingDays:
    """Return the working days of a country: neither its weekend nor its public holidays.

    `country` is an ISO 3166 code with an optional subdivision after a hyphen ("BE", "DE-BY"), None for a
    calendar with a weekend only. `weekend` replaces the country's weekend by other weekdays (Monday 0).
    The library and its calendars of all countries are loaded at the first date that is tested, or at once if
    `country` isn't one of a few that it is known to support. Raises KeyError if the library doesn't support
    it, and ValueError for a weekend of seven days, or without a country and a weekend.
    """
    if weekend is not None and len(weekend) >= _DAYS_OF_WEEK:
        raise ValueError("a week has at least one working day")
    if country is None and weekend is None:
        raise ValueError("a calendar needs a country or a weekend")
    code, _, subdivision = (country or "").partition("-")

    @cache
    def public() -> HolidayBase:
        from holidays import country_holidays

        try:
            return country_holidays(code, subdiv=subdivision or None)
        except NotImplementedError as unknown:
            raise KeyError(country) from unknown

    if country is not None and country not in _KNOWN:
        public()
    return WorkingDays(country, weekend, public)
