"""The places of a leaderboard: figures of few are drawn to the others, and no clear difference is no place.

Figures are compared on a scale on which their noise is about normal: rates on the logit's, counts and amounts
on the logarithm's, scores on their own. Members differ by more than noise; how much more, a robust median
tells. A figure is drawn to the members' centre by as much of its variance as is noise (empirical Bayes: Efron
and Morris, 1975, "Data analysis using Stein's estimator and its generalizations").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import exp, fsum, log, sqrt
from statistics import NormalDist, median

_ALPHA = 0.05
_HALF = 0.5
"""Added to counts before their logarithm is taken: Haldane (1956) and Anscombe (1956)."""
_MEDIAN_OF_SQUARE = 0.45494
"""The median of a squared standard normal value."""
_FEWEST = 5
"""Fewer members don't tell how far members lie apart."""
_OF_FEW = 0.5
_NEAREST = 0.1
"""Members are never taken for more alike than this: a tenth, in logarithms and logits."""
_POINTS = 100.0
"""A score's scale, so that the same spreads hold for it."""
_FURTHEST = 2.0
_HALVINGS = 40
_HUBER = 1.5
_ROUNDS = 12
_EXACT = 300
"""Boards of more members keep to Holm's first step, which is the strictest."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is known of a member: its `shrunken` figure, in its own unit, and its own place on the scale.

    `variance` is that of the noise of `at`.
    """

    shrunken: float
    at: float
    variance: float


def rates(successes: Sequence[float], trials: Sequence[float]) -> list[Estimate]:
    """Return the estimates of rates of a board, `trials` all above 0: beta-binomial."""
    if not trials:
        return []
    mean, spread = _rate_of_all(successes, trials)
    weight = max(1 / (mean * (1 - mean) * spread**2) - 1, 0.5)
    ones, zeros = mean * weight, (1 - mean) * weight
    found = []
    for above, below in zip(successes, trials, strict=True):
        good, bad = above + _HALF, below - above + _HALF
        shrunken = (ones + above) / (ones + zeros + below)
        found.append(Estimate(shrunken, log(good / bad), 1 / good + 1 / bad))
    return found


def counts(events: Sequence[float]) -> list[Estimate]:
    """Return the estimates of counts of a board, none below 0: gamma-Poisson."""
    if not any(events):
        return [Estimate(0.0, 0.0, 1.0) for _ in events]
    mean, spread = _count_of_all(events)
    shape = 1 / spread**2
    return [
        Estimate((shape + count) / (shape / mean + 1), log(count + _HALF), 1 / (count + _HALF))
        for count in events
    ]


def amounts(values: Sequence[float], variances: Sequence[float]) -> list[Estimate]:
    """Return the estimates of amounts, all above 0; `variances` are those of their logarithms."""
    logs = [log(value) for value in values]
    return [
        Estimate(exp(at), *own) for at, *own in zip(_drawn(logs, variances), logs, variances, strict=True)
    ]


def scores(values: Sequence[float], variances: Sequence[float]) -> list[Estimate]:
    """Return the estimates of scores in points, with their variances in points squared."""
    own = [value / _POINTS for value in values]
    noise = [variance / _POINTS**2 for variance in variances]
    return [Estimate(_POINTS * at, *known) for at, *known in zip(_drawn(own, noise), own, noise, strict=True)]


def places(estimates: Sequence[Estimate]) -> list[int]:
    """Return the places of members in the order in which they are listed: 1, 1, 3, 4, 4 ...

    A band of equal places reaches down to the first member that clearly differs from the one at its head.
    Clear is what Holm's procedure (1979) finds among all pairs of the board: where all are alike, any
    clear difference is found on at most 5 % of boards.
    """
    limit = _clear(estimates)
    found: list[int] = []
    head = 0
    for place, estimate in enumerate(estimates):
        if place and _score(estimates[head], estimate) > limit:
            head = place
        found.append(head + 1)
    return found


# how far members lie apart


def _rate_of_all(successes: Sequence[float], trials: Sequence[float]) -> tuple[float, float]:
    """Return the robust mean rate of members and the spread of their logits."""
    lowest = 0.25 / fsum(trials)

    def inside(rate: float) -> float:
        return min(max(rate, lowest), 1 - lowest)

    mean = inside(fsum(successes) / fsum(trials))
    spread = _NEAREST
    for _ in range(_ROUNDS):
        information = [below * mean * (1 - mean) for below in trials]
        off = [(above - below * mean) for above, below in zip(successes, trials, strict=True)]
        spread = _spread([(gap / own, 1 / own) for gap, own in zip(off, information, strict=True)])
        weights = [
            _trust(gap / sqrt(own * (1 + own * spread**2))) / (1 + own * spread**2)
            for gap, own in zip(off, information, strict=True)
        ]
        mean = inside(_mean(successes, weights) / _mean(trials, weights))
    return mean, spread


def _count_of_all(events: Sequence[float]) -> tuple[float, float]:
    mean, spread = fsum(events) / len(events), _NEAREST
    for _ in range(_ROUNDS):
        spread = _spread([(count / mean - 1, 1 / mean) for count in events])
        deviation = sqrt(1 / mean + spread**2)
        mean = max(_mean(events, [_trust((count / mean - 1) / deviation) for count in events]), 0.25)
    return mean, spread


def _drawn(values: Sequence[float], variances: Sequence[float]) -> list[float]:
    """Return values on a scale drawn to their centre."""
    if not values:
        return []
    centre, spread = median(values), _NEAREST
    for _ in range(_ROUNDS):
        spread = _spread([(value - centre, own) for value, own in zip(values, variances, strict=True)])
        own = [variance + spread**2 for variance in variances]
        weights = [
            _trust((value - centre) / sqrt(part)) / part for value, part in zip(values, own, strict=True)
        ]
        centre = _mean(values, weights)
    return [
        centre + (value - centre) * spread**2 / (spread**2 + variance)
        for value, variance in zip(values, variances, strict=True)
    ]


def _spread(off: Sequence[tuple[float, float]]) -> float:
    """Return the spread at which the median member is as far from the centre as the median usually is.

    `off` are the members' distances from the centre, each with the variance of its noise.
    """
    if len(off) < _FEWEST:
        return _OF_FEW
    low, high = _NEAREST, _FURTHEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        usual = median(gap * gap / (own + middle * middle) for gap, own in off)
        low, high = (middle, high) if usual > _MEDIAN_OF_SQUARE else (low, middle)
    return high


def _trust(score: float) -> float:
    """Return Huber's weight: who is far off counts for less."""
    return 1.0 if abs(score) <= _HUBER else _HUBER / abs(score)


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return fsum(value * weight for value, weight in zip(values, weights, strict=True)) / fsum(weights)


# which differences are clear


def _score(one: Estimate, other: Estimate) -> float:
    return abs(one.at - other.at) / sqrt(one.variance + other.variance)


def _clear(estimates: Sequence[Estimate]) -> float:
    """Return the normal score above which Holm's procedure calls a difference of the board clear.

    Its steps in rounds: with those that are clear found, the others are fewer, and the limit is lower.
    """
    pairs = len(estimates) * (len(estimates) - 1) // 2
    if not pairs:
        return 0.0
    limit = _limit(pairs)
    if len(estimates) > _EXACT:
        return limit
    found = [_score(one, other) for one, other in combinations(estimates, 2)]
    clear = _above(found, limit)
    while clear < pairs and (more := _above(found, _limit(pairs - clear))) > clear:
        clear = more
    return _limit(max(pairs - clear, 1))


def _above(found: Iterable[float], limit: float) -> int:
    return sum(score > limit for score in found)


def _limit(tests: int) -> float:
    return NormalDist().inv_cdf(1 - _ALPHA / (2 * tests))
