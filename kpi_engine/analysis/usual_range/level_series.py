"""One series under all models of the bank: the prediction of its last value, and evidence that it departs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np

from kpi_engine.analysis.usual_range.bank import Array, Bank, bank_of
from kpi_engine.analysis.usual_range.judgement import Departure, PeriodName

_NOISE_SHAPE = 1.0
_NOISE_SCALE: dict[PeriodName, float] = {"month": 1e-4, "week": 5e-5}
"""The prior of the noise variance on the working scale: an inverse gamma, worth two points."""
_SIZES = (3.0, 6.0)
"""Sizes of a departure, in standard deviations of the noise."""
_LOG_PRIORS = np.array([0.0, -2.0, -2.0])
"""Of a spike, a shift and a ramp."""
_LOG_PRIOR_EARLIER = -4.0
"""Of each earlier spike: without them, the period after one would be called a shift."""
_DEPARTURES: tuple[Departure, ...] = ("spike", "shift", "ramp")


def log_sum_exp(values: Array, axis: int = 0) -> Array:
    """Return the log of the sum of exponentials along an axis."""
    top = values.max(axis, keepdims=True)
    total = top + np.log(np.exp(values - top).sum(axis, keepdims=True))
    return cast("Array", total.squeeze(axis))


@dataclass(frozen=True, slots=True)
class LevelSeries:
    """A series on its working scale, filtered by the bank; the last value may be varied.

    `mean` and `spread` are those of the prediction from the values before it. `floor_share` is the part of
    the noise, at most 1, that the `floor` explains: the least variance that counts can have. `largest_error`
    is that of the earlier predictions, in their root mean square, under the likeliest model.
    """

    bank: Bank
    floor: float
    scale: float
    length: int
    centre: float
    step: Array
    rest: Array
    past: Array
    departed: Array
    mean: float
    spread: float
    floor_share: float
    largest_error: float

    def evidence(self, last: Array) -> Array:
        """Return the log Bayes factors of each departure against none, (3, values), for some last values.

        None means nothing at all, or a single earlier value that departed.
        """
        bank = self.bank
        error = self.rest[:, None] + self.step[:, None] * (last - self.centre)
        squares = self.past[:, None] + error**2
        weights, count = bank.log_weights[:, None], self.length - 1
        nothing = log_sum_exp(weights + self._fit(squares, count))
        found = []
        for at in range(len(bank.departures)):
            along = (self.departed[at][:, None] + bank.departures[at][:, -1][:, None] * error) ** 2
            sizes = []
            for size in _SIZES:
                grown = 1 + size * size * bank.squares[at][:, None]
                fit = self._fit(squares - size * size * along / grown, count)
                sizes.append(log_sum_exp(weights - 0.5 * np.log(grown) + fit))
            found.append(log_sum_exp(np.array(sizes)) - math.log(len(_SIZES)) - nothing)
        now, earlier = np.array(found[: len(_DEPARTURES)]), np.array(found[len(_DEPARTURES) :])
        old = log_sum_exp(np.concatenate([np.zeros_like(now[:1]), earlier + _LOG_PRIOR_EARLIER]))
        evidence: Array = now - old
        return evidence

    def _fit(self, squares: Array, count: int) -> Array:
        return _noise_fit(squares, count, self.scale, self.floor)


def level_series(values: Array, period: PeriodName, floor: float = 0.0) -> LevelSeries:
    """Return a series of at least 8 values on its working scale, filtered by the bank of models."""
    length, scale = len(values), _NOISE_SCALE[period]
    bank = bank_of(length, period)
    centre = float(np.median(values[:-3]))
    shifted = values - centre
    white = bank.whitening @ shifted
    past, step = (white[:, :-1] ** 2).sum(1), bank.whitening[:, -1, -1]
    rest = white[:, -1] - step * shifted[-1]
    noise = (scale + 0.5 * past) / (_NOISE_SHAPE + length / 2 - 1)
    weights = bank.log_weights - np.log(step) + _noise_fit(past, length - 2, scale, floor)
    shares, means = np.exp(weights - log_sum_exp(weights)), -rest / step
    mean = float(shares @ means)
    errors = white[int(np.argmax(weights)), 1:-1]
    variance = float(shares @ (np.maximum(noise, floor) / step**2 + (means - mean) ** 2))
    return LevelSeries(
        bank=bank,
        floor=floor,
        scale=scale,
        length=length,
        centre=centre,
        step=step,
        rest=rest,
        past=past,
        departed=np.einsum("hmi,mi->hm", bank.departures[:, :, :-1], white[:, :-1]),
        mean=centre + mean,
        spread=math.sqrt(variance),
        floor_share=floor / max(float(shares @ noise), floor) if floor > 0 else 0.0,
        largest_error=float(np.abs(errors).max() / max(math.sqrt(float((errors**2).mean())), 1e-12)),
    )


def together(evidence: Array) -> Array:
    """Return the log Bayes factor of any departure, of those of each."""
    return log_sum_exp(evidence + _LOG_PRIORS[:, None])


def likeliest(evidence: Array) -> Departure:
    """Return which departure the evidence is for, most of all."""
    return _DEPARTURES[int(np.argmax(evidence[:, 0] + _LOG_PRIORS))]


def _noise_fit(squares: Array, count: int, scale: float, floor: float) -> Array:
    """Return the log marginal likelihood of sums of squared errors, whose variance is unknown.

    Below the floor the variance counts as known: the tangent takes the place of the logarithm.
    """
    shape = _NOISE_SHAPE + count / 2
    base = scale + 0.5 * squares
    low = max(shape * floor, 1e-300)
    logs = np.where(base >= low, np.log(np.maximum(base, low)), math.log(low) + (base - low) / low)
    return -shape * logs
