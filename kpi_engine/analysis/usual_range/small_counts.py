"""Counts of a few a period, exactly: Poissons with a gamma prior that forgets, averaged like shares.

On a logarithm such counts are neither even nor continuous, so the bank of models would be too cautious.
"""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from scipy.special import gammaln

from kpi_engine.analysis.usual_range.bank import Array
from kpi_engine.analysis.usual_range.judgement import SIGNIFICANCE, Detection, judged
from kpi_engine.analysis.usual_range.level_series import log_sum_exp

_MOST = 10_000.0
_REACH = 12
"""Counts are looked at up to so many standard deviations."""
_KEEP, _SPREAD = (
    grid.ravel() for grid in np.meshgrid((1.0, 0.97, 0.9, 0.7), (0.0, 0.03, 0.1, 0.3, 1.0), indexing="ij")
)
_LOG_PRIOR = (np.log([0.45, 0.3, 0.15, 0.1])[:, None] + np.log([0.5, 0.2, 0.15, 0.1, 0.05])).ravel()


def judge_small_count(values: Array) -> Detection:
    """Judge the last of some counts, whole and not negative; missing counts are NaN."""
    known = np.isfinite(values)
    known[-1] = False
    count = float(min(values[-1], _MOST))
    mean, shape, log_weights = _filtered(np.round(values), known)
    weights = np.exp(log_weights)
    expected = float(weights @ mean)
    spread = math.sqrt(float(weights @ (mean + mean**2 / shape)))
    possible = np.arange(math.ceil(max(count, expected + _REACH * spread)) + _REACH, dtype=float)
    chances = weights @ np.exp(_log_chance(possible, mean[:, None], shape[:, None]))
    below, above = np.cumsum(chances), np.cumsum(chances[::-1])[::-1]
    p_values = np.minimum(2 * np.minimum(below, above) - chances, 1)
    inside = np.flatnonzero(p_values > SIGNIFICANCE)
    low, high = (inside[0], inside[-1]) if len(inside) else (expected, expected)
    p_value = float(p_values[round(count)])
    return judged(float(values[-1]), "count", p_value, (float(low), expected, float(high)))


def _filtered(counts: Array, known: Array) -> tuple[Array, Array, Array]:
    """Return mean, shape of its gamma and log weight of each model after the known periods."""
    start = (counts[known].sum() + 0.5) / (known.sum() + 1)
    total, periods = np.full(len(_KEEP), start), np.ones(len(_KEEP))
    log_weights = _LOG_PRIOR.copy()
    for at in np.flatnonzero(known):
        mean = total / periods
        log_weights += _log_chance(counts[at], mean, 1 / (1 / total + _SPREAD))
        worth = 1 / (1 + mean * _SPREAD)
        total, periods = _KEEP * total + counts[at] * worth, _KEEP * periods + worth
    return total / periods, 1 / (1 / total + _SPREAD), log_weights - log_sum_exp(log_weights)


def _log_chance(count: Array | float, mean: Array, shape: Array) -> Array:
    """Return the log of the negative binomial probability of a count."""
    ways = gammaln(count + shape) - gammaln(shape) - gammaln(np.add(count, 1.0))
    chance = ways + shape * np.log(shape / (shape + mean)) + count * np.log(mean / (shape + mean))
    return cast("Array", chance)
