"""Working days of a country, from the `holidays` library."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays

from kpi_engine.domain.periods import IsWorkingDay

_SATURDAY = 5


@lru_cache(maxsize=8)
def working_days_of(country: str) -> IsWorkingDay:
    """Return a test for working days: Monday to Friday, public holidays of `country` left out.

    `country` is an ISO 3166 code, with a subdivision after a hyphen where it has one ("BE",
    "DE-BY"). Raises KeyError where the library does not know it.
    """
    code, _, subdivision = country.partition("-")
    try:
        public = holidays.country_holidays(code, subdiv=subdivision or None)
    except NotImplementedError as unknown:
        raise KeyError(country) from unknown

    def is_working_day(day: date) -> bool:
        return day.weekday() < _SATURDAY and day not in public

    return is_working_day
