"""Net Promoter Scores: normals that forget, averaged over how fast they do and how much scores spread."""

from __future__ import annotations

import math
from dataclasses import dataclass
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
_REACH, _STEPS = 6, 241
"""The band is looked for within so many standard deviations, on so many points."""
_MOST_SURPRISE = 16.0
"""One period's squared error in its own variances, so that one outlier doesn't choose the model."""


@dataclass(frozen=True, slots=True)
class _Prediction:
    """What the models expect of the last score: mean, spread and log weight of each, and the mean of all."""

    means: Array
    spreads: Array
    log_weights: Array
    mean: float

    def below(self, scores: Array) -> Array:
        """Return the chance of a lower score than each."""
        chances = ndtr((scores - self.means[:, None]) / self.spreads[:, None])
        return cast("Array", np.exp(self.log_weights) @ chances)

    def log_density(self, score: float) -> float:
        """Return the log density of a score."""
        errors = (score - self.means) / self.spreads
        return float(log_sum_exp(self.log_weights - np.log(self.spreads) - 0.5 * errors**2))

    def evidence(self, score: float) -> float:
        """Return the log Bayes factor of a change to a score."""
        mean = self.mean
        moves = [min(max(mean + change, -_HIGHEST), _HIGHEST) - mean for change in _CHANGES]
        changed = log_sum_exp(np.array([self.log_density(score - move) for move in moves]))
        return float(changed) - math.log(len(moves)) - self.log_density(score)


def judge_score(values: Array, answers: Array) -> Detection:
    """Judge the last of some scores (-100 to 100) by their numbers of answers; missing scores are NaN."""
    found, value = _prediction(values, answers), float(values[-1])
    weights, mean = np.exp(found.log_weights), found.mean
    spread = math.sqrt(max(float(weights @ (found.spreads**2 + found.means**2)) - mean**2, 1e-12))
    share = float(found.below(np.array([value]))[0])
    grid = mean + np.linspace(-_REACH, _REACH, _STEPS) * spread
    low, high = np.interp((SIGNIFICANCE / 2, 1 - SIGNIFICANCE / 2), found.below(grid), grid)
    return judged(
        value,
        "score",
        2 * min(share, 1 - share),
        (float(low), mean, float(high)),
        rarity=NULLS["share"].p_value(found.evidence(value)),
    )


def score_evidence(values: Array, answers: Array) -> float:
    """Return the log Bayes factor of a change of the last score."""
    return _prediction(values, answers).evidence(float(values[-1]))


def _prediction(values: Array, answers: Array) -> _Prediction:
    known = np.isfinite(values) & (answers > 0)
    known[-1] = False
    means, information, log_weights = _filtered(values, answers, known)
    spreads = np.sqrt(_ANSWER**2 / answers[-1] + _BETWEEN**2 + 1 / information)
    return _Prediction(means, spreads, log_weights, float(np.exp(log_weights) @ means))


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
