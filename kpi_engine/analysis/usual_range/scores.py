"""Net Promoter Scores: normals that forget, averaged over how fast they do and how much scores spread."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
from scipy.special import ndtr

from kpi_engine.analysis.usual_range.bank import Array, Mask
from kpi_engine.analysis.usual_range.judgement import SIGNIFICANCE, Detection, judged
from kpi_engine.analysis.usual_range.level_series import log_sum_exp
from kpi_engine.analysis.usual_range.null import NULLS

_KEEP, _BETWEEN, _ANSWER = (
    grid.ravel()
    for grid in np.meshgrid(
        (1.0, 0.97, 0.9, 0.75), (0.0, 6.0, 15.0), (40.0, 52.0, 62.0, 72.0, 84.0), indexing="ij"
    )
)
"""What a period is worth one later; the spread between periods, and that of one answer, in points."""
_LOG_PRIOR = np.log(
    np.array([0.5, 0.25, 0.15, 0.1])[:, None, None]
    * np.array([0.6, 0.25, 0.15])[:, None]
    * np.array([0.1, 0.2, 0.3, 0.25, 0.15])
).ravel()
_CHANGES = (20.0, 40.0, 60.0, -20.0, -40.0, -60.0)
"""Changes that matter, in points."""
_HIGHEST = 97.0
_MOST_SURPRISE = 16.0
"""One period's squared error in its own variances, so that one outlier doesn't choose the model."""


def judge_score(values: Array, answers: Array) -> Detection:
    """Judge the last of some scores (-100 to 100) by their numbers of answers; missing scores are NaN."""
    known = np.isfinite(values) & (answers > 0)
    known[-1] = False
    means, information, log_weights = _filtered(values, answers, known)
    weights = np.exp(log_weights)
    spreads = np.sqrt(_ANSWER**2 / answers[-1] + _BETWEEN**2 + 1 / information)
    value, mean = float(values[-1]), float(weights @ means)
    spread = math.sqrt(max(float(weights @ (spreads**2 + means**2)) - mean**2, 1e-12))

    def below(scores: Array) -> Array:
        return cast("Array", weights @ ndtr((scores - means[:, None]) / spreads[:, None]))

    def log_density(score: float) -> float:
        return float(log_sum_exp(log_weights - np.log(spreads) - 0.5 * ((score - means) / spreads) ** 2))

    share = float(below(np.array([value]))[0])
    grid = np.linspace(mean - 6 * spread, mean + 6 * spread, 241)
    low, high = np.interp((SIGNIFICANCE / 2, 1 - SIGNIFICANCE / 2), below(grid), grid)
    moved = [min(max(mean + change, -_HIGHEST), _HIGHEST) - mean for change in _CHANGES]
    changed = log_sum_exp(np.array([log_density(value - move) for move in moved])) - math.log(len(moved))
    return judged(
        value,
        "score",
        2 * min(share, 1 - share),
        (float(low), mean, float(high)),
        rarity=NULLS["share"].p_value(float(changed) - log_density(value)),
    )


def _filtered(values: Array, answers: Array, known: Mask) -> tuple[Array, Array, Array]:
    """Return mean, information and log weight of each model after the known periods."""
    information = np.full(len(_KEEP), 1e-6)
    means, log_weights = np.full(len(_KEEP), float(values[known].mean())), _LOG_PRIOR.copy()
    for place, at in enumerate(np.flatnonzero(known)):
        variance = _ANSWER**2 / answers[at] + _BETWEEN**2
        error, ahead = values[at] - means, variance + 1 / information
        if place:
            log_weights -= 0.5 * np.log(ahead) + 0.5 * np.minimum(error**2 / ahead, _MOST_SURPRISE)
        information = _KEEP * information + 1 / variance
        means = means + error / variance / information
    return means, information, log_weights - log_sum_exp(log_weights)
