"""Questions that ask less of the database than one that took too long."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kpi_engine.domain.periods import Grain, Period, add_months, start_of
from kpi_engine.domain.query import Query

_MONTHS_OR_LONGER = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)


def lighter(query: Query, today: date) -> tuple[Query, ...]:
    """Return the question for one month, if it spans more, and without its groups, if it has any."""
    found = []
    month = _last_month(query, today)
    if month is not None:
        per = None if query.per in _MONTHS_OR_LONGER else query.per
        found.append(replace(query, period=month, per=per))
    if query.by:
        found.append(replace(query, by=(), top=None))
    return tuple(found)


def _last_month(query: Query, today: date) -> Period | None:
    """Return the last complete month of a question; None if it spans no more than one."""
    period, this_month = query.period, start_of(Grain.MONTH, today)
    if period is None:
        # without a period, a series is of many months and anything else of one
        return Period(add_months(this_month, -1), this_month, Grain.MONTH) if query.per else None
    if period.is_all_time:
        return Period(add_months(this_month, -1), this_month, Grain.MONTH)
    start, end = period.bounds()
    until = min(start_of(Grain.MONTH, end), this_month)
    month = Period(add_months(until, -1), until, Grain.MONTH)
    return month if start <= month.bounds()[0] and month != replace(period, grain=Grain.MONTH) else None
