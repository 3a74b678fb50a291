"""Rates: their numerators as beta-binomials that forget, averaged over how fast and how much they vary.

Each model holds a beta prior that is multiplied by `keep` after each period (West and Harrison (1997),
"Bayesian Forecasting and Dynamic Models", 16: discounting), and a spread between periods beyond the
binomial's. The models are averaged by their predictive likelihood.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from scipy.special import betaln, gammaln

from kpi_engine.analysis.usual_range.bank import Array, Mask
from kpi_engine.analysis.usual_range.judgement import SIGNIFICANCE, Detection, judged
from kpi_engine.analysis.usual_range.level_series import log_sum_exp
from kpi_engine.analysis.usual_range.null import NULLS

_KEEP, _SPREAD = (
    grid.ravel()
    for grid in np.meshgrid((1.0, 0.97, 0.9, 0.7), (0.0, 0.001, 0.004, 0.015, 0.05), indexing="ij")
)
_LOG_PRIOR = (np.log([0.45, 0.3, 0.15, 0.1])[:, None] + np.log([0.5, 0.2, 0.15, 0.1, 0.05])).ravel()
_CHANGES = np.array([0.4, 0.7, 1.1, 1.6, -0.4, -0.7, -1.1, -1.6])
"""Log odds ratios of a change that matters: of 1.5 to 5."""
_EDGE = 1e-9
_NEGLIGIBLE = 3e-3
"""The weight of a model that is left out."""


@dataclass(frozen=True, slots=True)
class _Prediction:
    """What the models expect of the last count: mean, precision and log weight of each."""

    count: int
    size: int
    mean: Array
    precision: Array
    log_weights: Array


def judge_share(values: Array, sizes: Array) -> Detection:
    """Judge the last of some rates by their denominators (whole numbers); missing rates are NaN."""
    found = _prediction(values, sizes)
    weights, size = np.exp(found.log_weights), found.size
    kept = weights > _NEGLIGIBLE
    possible = np.arange(size + 1.0)
    chances = weights[kept] @ np.exp(
        _log_chance(possible, size, found.mean[kept, None], found.precision[kept, None])
    )
    expected = float(weights @ found.mean)
    p_values = _p_values(chances, size * expected * (1 - expected))
    inside = np.flatnonzero(p_values > SIGNIFICANCE)
    low, high = (inside[0] / size, inside[-1] / size) if len(inside) else (expected, expected)
    return judged(
        float(values[-1]),
        "rate",
        float(p_values[found.count]),
        (float(low), expected, float(high)),
        rarity=NULLS["share"].p_value(_evidence(found)),
    )


def share_evidence(values: Array, sizes: Array) -> float:
    """Return the log Bayes factor of a change of the last rate."""
    return _evidence(_prediction(values, sizes))


def _evidence(found: _Prediction) -> float:
    count, size, weights = float(found.count), found.size, found.log_weights
    odds = (found.mean / (1 - found.mean))[:, None] * np.exp(_CHANGES)
    changed = weights[:, None] + _log_chance(count, size, odds / (1 + odds), found.precision[:, None])
    same = weights + _log_chance(count, size, found.mean, found.precision)
    return float(log_sum_exp(changed.ravel()) - math.log(len(_CHANGES)) - log_sum_exp(same))


def _prediction(values: Array, sizes: Array) -> _Prediction:
    known = np.isfinite(values) & (sizes > 0)
    counts = np.minimum(np.round(np.where(known, values, 0) * sizes), sizes)
    known[-1] = False
    mean, precision, log_weights = _filtered(counts, sizes, known)
    return _Prediction(int(counts[-1]), int(sizes[-1]), mean, precision, log_weights)


def _filtered(counts: Array, sizes: Array, known: Mask) -> tuple[Array, Array, Array]:
    """Return mean, precision and log weight of each model after the known periods."""
    start = (counts[known].sum() + 0.5) / (sizes[known].sum() + 1)
    hits, misses = np.full(len(_KEEP), 2 * start), np.full(len(_KEEP), 2 * (1 - start))
    log_weights = _LOG_PRIOR.copy()
    for at in np.flatnonzero(known):
        count, size = counts[at], sizes[at]
        mean = np.clip(hits / (hits + misses), _EDGE, 1 - _EDGE)
        log_weights += _log_chance(count, size, mean, 1 / (1 / (hits + misses) + _SPREAD))
        worth = 1 / (1 + (size - 1) * _SPREAD)
        hits = _KEEP * hits + count * worth
        misses = _KEEP * misses + (size - count) * worth
    mean = np.clip(hits / (hits + misses), _EDGE, 1 - _EDGE)
    return mean, 1 / (1 / (hits + misses) + _SPREAD), log_weights - log_sum_exp(log_weights)


def _log_chance(count: Array | float, size: float, mean: Array, precision: Array) -> Array:
    """Return the log of the beta-binomial probability of a count."""
    hits, misses = mean * precision, (1 - mean) * precision
    ways = gammaln(size + 1) - gammaln(np.add(count, 1.0)) - gammaln(np.subtract(size + 1.0, count))
    chance = ways + betaln(count + hits, np.subtract(size, count) + misses) - betaln(hits, misses)
    return cast("Array", chance)


def _p_values(chances: Array, variance: float) -> Array:
    """Return the two-sided mid-p of every count, which is too high where there are few to choose from."""
    below = (np.cumsum(chances) - 0.5 * chances) / chances.sum()
    p_values = np.minimum(2 * np.minimum(below, 1 - below), 1)
    return cast("Array", p_values * (1 - 0.28 * math.exp(-variance / 4)))
