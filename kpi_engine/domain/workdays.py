"""Working days of a country, from the `holidays` library."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays

from kpi_engine.domain.periods import IsWorkingDay

_SATURDAY = 5


@lru_cache(maxsize=8)
def working_days_of(country: str) -> IsWorkingDay:
    """Return a test for working days: Monday to Friday, without the public holidays of `country`.

    `country` is an ISO 3166 code with an optional subdivision after a hyphen ("BE", "DE-BY").
    Raises KeyError if the library doesn't support it.
    """
    code, _, subdivision = country.partition("-")
    try:
        public = holidays.country_holidays(code, subdiv=subdivision or None)
    except NotImplementedError as unknown:
        raise KeyError(country) from unknown

    def is_working_day(day: date) -> bool:
        return day.weekday() < _SATURDAY and day not in public

    return is_working_day
