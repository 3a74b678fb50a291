"""Draws of many random numbers at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_OPENS, _CLOSES = 8 * 3600 + 1800, 17 * 3600
"""Seconds of the day between which everything happens, in UTC and in local time the same date."""


def counts(chance: np.random.Generator, means: Floats, dispersion: float) -> Ints:
    """Return a count for each mean, with `dispersion` times the variance of a Poisson count.

    Above 1 it is a negative binomial count: Poisson with a mean of its own, drawn from a gamma distribution.
    The sum of several days has the same dispersion as each of them.
    """
    if dispersion > 1:
        means = chance.gamma(means / (dispersion - 1)) * (dispersion - 1)
    return chance.poisson(means)


def picked(chance: np.random.Generator, shares: Sequence[float], size: int) -> Ints:
    """Return places in a list by their shares."""
    return chance.choice(len(shares), size, p=np.asarray(shares) / sum(shares))


def seconds(chance: np.random.Generator, size: int) -> Ints:
    """Return moments of office hours, in seconds of the day."""
    return chance.integers(_OPENS, _CLOSES, size)


def days_later(chance: np.random.Generator, median: float, spread: float, most: int, size: int) -> Ints:
    """Return whole days from 1 to `most`, by a lognormal distribution."""
    drawn = chance.lognormal(np.log(median), spread, size)
    return np.clip(drawn.astype(np.int64), 1, most)
