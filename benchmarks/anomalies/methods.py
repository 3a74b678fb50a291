"""What finds unusual values: the product, and the usual ways beside it, each a score of the last value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from benchmarks.anomalies.series import SEASON, Case
from kpi_engine.analysis.anomalies import detect

Score = Callable[[Case], float]
"""The larger, the stranger; not negative."""

_XBAR_TO_LIMIT = 2.66
"""Wheeler's factor of the mean moving range for the limits of an XmR chart."""


def product(case: Case) -> float:
    """Return the score of the product."""
    return detect(case.values, case.period, case.kind, case.denominators)["score"]


def month_over_month(case: Case) -> float:
    """Return the relative change from the period before, as multiples of 20 %."""
    past, last = _known(case)
    return abs(last / past[-1] - 1) / 0.2 if past[-1] else math.inf


def three_sigma(case: Case) -> float:
    """Return the distance from the mean, as multiples of three standard deviations."""
    past, last = _known(case)
    return _ratio(last - past.mean(), 3 * past.std(ddof=1))


def individuals_chart(case: Case) -> float:
    """Return the distance from the mean on an XmR chart, as multiples of its limits."""
    past, last = _known(case)
    return _ratio(last - past.mean(), _XBAR_TO_LIMIT * np.abs(np.diff(past)).mean())


def seasonal_naive(case: Case) -> float:
    """Return the distance from a season ago beside the usual one: median and MAD, three of those a limit."""
    past, last = _known(case)
    lag = SEASON[case.period] if len(past) > SEASON[case.period] + 4 else 1
    steps = past[lag:] - past[:-lag]
    middle = float(np.median(steps))
    spread = 1.4826 * float(np.median(np.abs(steps - middle)))
    return _ratio(last - past[-lag] - middle, 3 * spread)


def known_rate(case: Case) -> float:
    """Return the z of a rate by one who knows the rate behind it and how much it varies."""
    if case.true_rate is None or case.denominators is None or case.values[-1] is None:
        return 0.0
    varies = case.true_spread + (1 - case.true_spread) / case.denominators[-1]
    spread = math.sqrt(case.true_rate * (1 - case.true_rate) * varies)
    return abs(case.values[-1] - case.true_rate) / spread


METHODS: Mapping[str, Score] = {
    "this product": product,
    "20 % from the period before": month_over_month,
    "three sigma": three_sigma,
    "XmR chart": individuals_chart,
    "seasonal naive and MAD": seasonal_naive,
}


def limit(name: str) -> float:
    """Return the score from which a method flags a value by itself."""
    return -math.log10(0.05) if name == "this product" else 1.0


def _known(case: Case) -> tuple[np.ndarray, float]:
    values = np.array([value for value in case.values if value is not None], float)
    return values[:-1], float(values[-1])


def _ratio(distance: float, spread: float) -> float:
    return (
        abs(float(distance)) / float(spread)
        if spread > 0
        else math.inf * (distance != 0)
        if distance
        else 0.0
    )
