"""A bank of Gaussian models of a short series.

Each model is a local level (a random walk) with or without a slope, a sharp yearly component (each month or
week on its own) and a smooth one (a wave through the year), as one covariance in units of the noise; see
Durbin and Koopman (2012), "Time Series Analysis by State Space Methods", and for the periodic kernels
Rasmussen and Williams (2006), "Gaussian Processes for Machine Learning", 4.2. A covariance becomes the
inverse of its Cholesky factor: multiplied by a series, it gives the errors of the model's one-step
predictions in units of the noise, all at once. The factor of a shorter series is the upper left part of that
of a longer one, so a few sizes serve all lengths.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from kpi_engine.analysis.usual_range.judgement import PeriodName

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SEASON: dict[PeriodName, int] = {"month": 12, "week": 52}
LONGEST: dict[PeriodName, int] = {"month": 120, "week": 160}
"""Points that are looked at; older ones are left out."""

_WALKS = (0.0, 0.05, 0.3, 1.5)
"""Variance of a step of the level."""
_SLOPES = (0.0, 0.07)
"""Standard deviation of the slope."""
_SEASONS: dict[PeriodName, tuple[tuple[float, float], ...]] = {
    "month": ((0, 0), (4, 0), (30, 0), (0, 4), (0, 30), (0, 200), (4, 30), (30, 200)),
    "week": ((0, 0), (2, 0), (8, 0), (0, 4), (0, 16), (2, 4)),
}
"""Variances of the sharp and of the smooth component."""
_SHARP: dict[PeriodName, float] = {"month": 0.15, "week": 0.12}
_SMOOTH: dict[PeriodName, float] = {"month": 0.5, "week": 0.7}
"""Widths of the kernels."""
_YEAR_TO_YEAR = 0.97
"""Correlation of the sharp component with that of a year ago."""
_WHERE_IT_STARTS = 400.0
"""Variance of the first level: unknown."""
_COSTS: dict[PeriodName, tuple[float, float, float]] = {"month": (1.0, 0.0, 1.0), "week": (0.5, 1.0, 3.0)}
"""What each step up in walk, a slope and a season cost in log prior: simple models first."""
_CAPACITIES = (40, 64, 112, 160)
_EARLIER = (1, 2, 3)
"""How many periods ago a single value may have departed, which explains it without the last one."""
_SHIFT, _RAMP = 3, 6
"""Periods since which the level is new, and over which it has been changing."""


@dataclass(frozen=True, slots=True)
class Bank:
    """The models for series of one length, whose last value is judged.

    `whitening` (models, n, n) are the inverse Cholesky factors; `log_weights` their log prior less half the
    log determinant. `departures` (6, models, n) are a spike, a shift, a ramp and
    three earlier spikes, whitened, and `squares` the sums of their squares.
    """

    whitening: Array
    log_weights: Array
    departures: Array
    squares: Array


@lru_cache(64)
def bank_of(length: int, period: PeriodName) -> Bank:
    """Return the bank for series of some length, at most `LONGEST`."""
    capacity = next(size for size in _CAPACITIES if size >= length)
    factors, log_priors, is_sharp = _factors(capacity, period)
    if length <= SEASON[period] + 1:
        factors, log_priors = factors[~is_sharp], log_priors[~is_sharp]
    whitening = factors[:, :length, :length]
    place = np.arange(length)
    shapes = np.array(
        [
            place == length - 1,
            place >= length - _SHIFT,
            np.maximum(0, place - length + _RAMP + 1) / _RAMP,
            *(place == length - 1 - back for back in _EARLIER),
        ],
        float,
    )
    departures = np.ascontiguousarray(np.moveaxis(whitening @ shapes.T, 2, 0))
    log_scales = np.log(np.diagonal(whitening, axis1=1, axis2=2)).sum(1)
    return Bank(whitening, log_priors + log_scales, departures, (departures**2).sum(2))


@lru_cache(8)
def _factors(size: int, period: PeriodName) -> tuple[Array, Array, Mask]:
    """Return the inverse Cholesky factors, the log priors, and which models have a sharp season."""
    models = list(_models(period))
    place = np.arange(size, dtype=float)
    apart = np.abs(place[:, None] - place)
    wave = -2 * np.sin(np.pi * apart / SEASON[period]) ** 2
    sharp = np.exp(wave / _SHARP[period] ** 2) * _YEAR_TO_YEAR ** (apart / SEASON[period])
    smooth = np.exp(wave / _SMOOTH[period] ** 2)
    walk, line = np.minimum(place[:, None], place), np.outer(place, place)
    covariances = np.array(
        [
            np.eye(size)
            + model.walk * walk
            + model.slope**2 * line
            + model.sharp * sharp
            + model.smooth * smooth
            + _WHERE_IT_STARTS
            for model in models
        ]
    )
    lower = np.linalg.inv(np.linalg.cholesky(covariances))
    log_priors = np.array([model.log_prior for model in models])
    return np.tril(lower), log_priors, np.array([model.sharp > 0 for model in models])


@dataclass(frozen=True, slots=True)
class _Model:
    walk: float
    slope: float
    sharp: float
    smooth: float
    log_prior: float


def _models(period: PeriodName) -> Iterator[_Model]:
    per_walk, per_slope, per_season = _COSTS[period]
    for (step, walk), slope, (sharp, smooth) in product(enumerate(_WALKS), _SLOPES, _SEASONS[period]):
        cost = per_walk * max(0, step - 1) + per_slope * (slope > 0) + per_season * (sharp + smooth > 0)
        yield _Model(walk, slope, sharp, smooth, -cost)
