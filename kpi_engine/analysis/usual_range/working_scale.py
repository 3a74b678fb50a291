"""The scale on which a series is judged: the one on which its noise is even."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kpi_engine.analysis.usual_range.bank import Array
from kpi_engine.analysis.usual_range.judgement import Kind

_LEAST_OFFSET, _MOST_OFFSET = 0.001, 0.05
"""Of the median, what is added before the logarithm."""
_HALF_A_COUNT = 0.5
_EDGE = 1e-4
"""A share of 0 or 1 counts as so far from it."""
_WIDEST = 200.0
"""Of a logarithm, so that no power overflows."""


@dataclass(frozen=True, slots=True)
class WorkingScale:
    """A transformation with its inverse; `size`: its offset or unit, `floor`: the least variance of noise."""

    shape: Literal["log", "logit", "asinh"]
    size: float
    floor: float

    def to(self, values: Array) -> Array:
        """Return values on this scale."""
        match self.shape:
            case "log":
                return np.log(np.maximum(values, 0) + self.size)
            case "logit":
                inside = np.clip(values, _EDGE, 1 - _EDGE)
                return np.log(inside / (1 - inside))
            case "asinh":
                return np.arcsinh(values / self.size)

    def back(self, place: float) -> float:
        """Return the value at a place of this scale."""
        match self.shape:
            case "log":
                return max(0.0, math.exp(min(max(place, -_WIDEST), _WIDEST)) - self.size)
            case "logit":
                return 1 / (1 + math.exp(-min(max(place, -_WIDEST), _WIDEST)))
            case "asinh":
                return self.size * math.sinh(min(max(place, -_WIDEST), _WIDEST))


def working_scale(values: Array, kind: Kind, sizes: Array | None = None) -> WorkingScale:
    """Return the scale of a series whose last value is judged; `sizes` are the denominators of a rate.

    Amounts and counts are logarithms of the value and a small offset, which follows the noise of the series:
    the noisier, the sooner the scale is linear near zero. The noise of a count has at least the variance of
    a Poisson, that of a rate the variance of a binomial.
    """
    if kind == "rate":
        return WorkingScale("logit", 1.0, _binomial_floor(values, sizes))
    if kind == "score" or values.min() < 0:
        return WorkingScale("asinh", float(np.median(np.abs(values))) + 1e-9, 0.0)
    past = values[:-1]
    middle = max(float(np.median(past)), 1e-9)
    steps = np.diff(np.log(past + _MOST_OFFSET * middle))
    spread = (1.4826 * float(np.median(np.abs(steps - np.median(steps))))) ** 2 / 2
    offset = middle * min(_MOST_OFFSET, max(_LEAST_OFFSET, 0.5 * spread))
    if kind == "amount":
        return WorkingScale("log", offset, 0.0)
    offset, mean = max(offset, _HALF_A_COUNT), float(past.mean())
    return WorkingScale("log", offset, mean / (mean + offset) ** 2)


def _binomial_floor(values: Array, sizes: Array | None) -> float:
    if sizes is None:
        return 0.0
    rate = float((values * sizes).sum() / max(sizes.sum(), 1.0))
    return 1 / max(float(sizes[-1]) * rate * (1 - rate), 1.0)
