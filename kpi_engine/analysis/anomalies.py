"""Is the last complete period outside what its own history leads us to expect?

The method is described in docs/judgement.md and lives in `usual_range`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from kpi_engine.analysis.scan import scan as scan  # noqa: PLC0414 - re-exported: one interface
from kpi_engine.analysis.usual_range.judgement import Detection as Detection  # noqa: PLC0414 - part of the interface
from kpi_engine.analysis.usual_range.judgement import Kind as Kind  # noqa: PLC0414 - the same
from kpi_engine.analysis.usual_range.judgement import PeriodName as PeriodName  # noqa: PLC0414 - the same
from kpi_engine.analysis.usual_range.judgement import cannot_judge, holding

FEWEST_ORDERS = 8
"""The expected number of orders from which an amount is judged; below it one order decides."""

_RECENT = 12


def detect(
    values: Sequence[float | None],
    period: PeriodName,
    kind: Kind,
    denominators: Sequence[float | None] | None = None,
    *,
    orders: Sequence[float | None] | None = None,
) -> Detection:
    """Judge the last value of a series, oldest first, by the ones before it; None is a missing period.

    `kind`: count, amount, rate (0..1) or score (-100..100). Rates and scores need their denominators: a score
    is never judged without the number of its answers. With `orders`, the number of orders behind each amount,
    an amount of few can't be judged; judge the orders themselves instead (see `are_few`). Twelve months or
    weeks are enough for a range; the yearly season needs two years.

    `p_value`: of all series in which nothing happens, the part whose last value is as strange.
    `low` to `high` holds the values with a p-value over .05, and `is_anomaly` says that the last one
    is not among them.
    `score` is unsigned, the strangest the largest. `what` says whether a single value departs (spike), the
    last three (shift) or the last six, more and more (ramp).

    Never raises; every number is finite and low <= expected <= high. Where the value can't be judged,
    `reason` is "no value", "too short", "too few" or "constant", and the range is the widest of its kind.
    """
    from kpi_engine.analysis.usual_range.detector import judge  # which needs numpy and scipy

    if kind == "amount" and orders is not None and are_few(orders[:-1]):
        return cannot_judge("too few", kind, values[-1] if values else None)
    found = judge(values, "week" if period == "week" else "month", kind, denominators)
    return holding(found, values[-1] if values else None)


def are_few(orders: Sequence[float | None]) -> bool:
    """Whether amounts are made of so few orders that their number should be judged instead.

    `orders` are those of the periods before the one that is judged, oldest first.
    """
    known = [count for count in orders if count is not None and math.isfinite(count)][-_RECENT:]
    return not known or sum(known) < FEWEST_ORDERS * len(known)
