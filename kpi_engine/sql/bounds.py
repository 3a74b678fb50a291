"""The bounds between which the segments of a scan lie."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from kpi_engine.domain.periods import ONE_DAY, Grain, shift, start_of
from kpi_engine.sql.scan import Bounds, Stretch


def bounds_of(stretches: Sequence[Stretch], *, spreads: bool) -> Bounds:
    """Return the bounds that some stretches need; without days where one of them is open or is about days.

    An open stretch, and one about days, is alone in its scan, or all are about days.
    """
    only = stretches[0]
    if only.is_open or only.days:
        return Bounds((), only.covered if only.is_open else ((None, None),), spreads)
    pieces = sorted(
        (start, end)
        for stretch in stretches
        for start, end in stretch.covered
        if start is not None and end is not None
    )
    if spreads:
        pieces = [(start_of(Grain.MONTH, start), _month_end(end)) for start, end in pieces]
    days = {day for piece in pieces for day in piece}
    covered: list[tuple[date, date]] = []
    for start, end in pieces:
        if covered and start <= covered[-1][1]:
            covered[-1] = (covered[-1][0], max(end, covered[-1][1]))
        else:
            covered.append((start, end))
    if spreads:
        days |= {month for start, end in covered for month in _months(start, end)}
    return Bounds(tuple(sorted(days)), tuple(covered), spreads)


def _month_end(end: date) -> date:
    return shift(Grain.MONTH, start_of(Grain.MONTH, end - ONE_DAY), 1)


def _months(start: date, end: date) -> list[date]:
    months = []
    while start < end:
        months.append(start)
        start = shift(Grain.MONTH, start, 1)
    return months
