"""Working days of a country, from the `holidays` library."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from kpi_engine.domain.periods import IsWorkingDay

if TYPE_CHECKING:
    from holidays import HolidayBase

_SATURDAY = 5

_KNOWN = frozenset({"BE", "NL", "LU", "FR", "DE"})
"""Countries that the library supports, so that it needn't be asked. It takes 0.15 s of CPU to load."""


@lru_cache(maxsize=8)
def working_days_of(country: str) -> IsWorkingDay:
    """Return a test for working days: Monday to Friday, without the public holidays of `country`.

    `country` is an ISO 3166 code with an optional subdivision after a hyphen ("BE", "DE-BY"). The library and
    its calendars of all countries are loaded at the first weekday that is tested, or at once if `country`
    isn't one of a few that it is known to support. Raises KeyError if the library doesn't support it.
    """
    code, _, subdivision = country.partition("-")

    @cache
    def public() -> HolidayBase:
        from holidays import country_holidays

        try:
            return country_holidays(code, subdiv=subdivision or None)
        except NotImplementedError as unknown:
            raise KeyError(country) from unknown

    if country not in _KNOWN:
        public()

    def is_working_day(day: date) -> bool:
        return day.weekday() < _SATURDAY and day not in public()

    return is_working_day
