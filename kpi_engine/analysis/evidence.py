"""How strongly two figures differ: a normal score (z) for counts, amounts, means, costs, profit and rates.

The noise of a figure comes from its own history: `noise_of` measures by how much neighbouring periods differ
for each row (order, lead) behind them, so that one number (kappa) serves a company's total and each of its
members, with their own numbers of rows. On the three scales

    log      var(ln x) = kappa / n    amounts, means, costs per case; n = rows behind the figure
    total    var(x) = kappa n         counts (kappa is their variance over their mean) and profit
    level    var(x) = kappa / n       margins

For an amount that adds up independent orders, kappa is 1 + cv^2 of the order values times rows per order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import comb, exp, fsum, inf, log, log1p, sqrt
from statistics import NormalDist, median
from typing import Literal

from kpi_engine.analysis.rates import newcombe
from kpi_engine.analysis.score import adjusted

Scale = Literal["log", "total", "level"]
Grain = Literal["week", "month"]

CLEAR, SURE, LEANING = 2.5758293035489004, 1.959963984540054, 1.2815515655446004
"""The scores of two-sided tests at 1 %, 5 % and 20 %."""
FEWEST_ORDERS = 8
"""Sums of fewer orders are judged by their number alone."""
FEWEST_TOGETHER = 6
"""Fewer cases in both periods together can't differ at 5 %, however they fall (two-sided binomial)."""

_EXACT_BELOW = 30
_PERIODS: dict[Grain, int] = {"week": 26, "month": 24}
"""The differences that noise is measured on: the newest ones."""
_FEWEST_DIFFERENCES = 8
_YEAR, _FEWEST_YEARS = 12, 2
_CAP = 9.0
"""Squared differences count up to three standard deviations, so that one odd period doesn't make noise."""
_MEAN_BELOW_CAP = 0.9950
"""The mean of min(Z^2, 9) for a standard normal Z."""
_MEDIAN_OF_CHI = 0.4549364
"""The median of chi-squared with one degree of freedom."""
_NEIGHBOURS, _NEIGHBOURS_OF_TWO_YEARS = (0, 1), (0, 1, 12, 13)
"""The periods of one difference, by how far back they lie."""
_LOG_FROM = 20.0
"""Counts of at least so many are compared on the log scale, on which their season is the same each year."""
_MOST_NOISE = 2.0 / FEWEST_ORDERS
"""The variance of the logarithm of a sum of eight orders that spread as much as their mean (cv = 1)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A figure, and how many rows (or cases) it rests on."""

    value: float
    n: float


@dataclass(frozen=True, slots=True)
class Noise:
    """The variance for each row (see the module), known as well as `freedom` independent differences tell it.

    `freedom` is infinite where the noise follows from the counts themselves.
    """

    kappa: float
    freedom: float = inf


POISSON = Noise(1.0)
"""The least noise of a count."""


@dataclass(frozen=True, slots=True)
class Season:
    """By how much two periods differ each year: the mean difference on the scale, and its variance.

    On the total scale both are for each row of the two periods, so that they serve a member as well.
    """

    shift: float = 0.0
    variance: float = 0.0


ALIKE = Season()
"""Periods of the same season."""


# noise and season, from history


def noise_of(history: Sequence[Sample | None], scale: Scale, grain: Grain) -> Noise | None:
    """Return the noise of a series of weeks or months, oldest first, None where a period is missing.

    Weeks are compared with the week before; months with the month before, less the same difference a year
    earlier where there are two years, so that the season is no noise. None under eight differences. The mean
    of the squares is winsorised at three standard deviations (Huber 1981, section 1.2).
    """
    # overlapping differences: 1 + 2 sum of squared autocorrelations make one independent difference;
    # those are -1/2 at lag 1, and of seasonal ones also -1/2 at lag 12 and 1/4 at lags 11 and 13
    squares, overlap = list(_squares(history, scale, _NEIGHBOURS)), 1.5
    if grain == "month":
        seasonal = list(_squares(history, scale, _NEIGHBOURS_OF_TWO_YEARS))
        if len(seasonal) >= _YEAR:
            squares, overlap = seasonal, 2.25
    squares = squares[-_PERIODS[grain] :]
    if len(squares) < _FEWEST_DIFFERENCES:
        return None
    kappa = _winsorised(squares)
    return Noise(kappa, max(1.0, len(squares) / overlap)) if kappa > 0 else None


def count_noise(history: Sequence[Sample | None], grain: Grain) -> Noise:
    """Return the variance of a series of counts over their mean, at least 1; without a history exactly 1."""
    known = [entry.value for entry in history if entry is not None]
    scale: Scale = "log" if known and median(known) >= _LOG_FROM else "total"
    found = noise_of(history, scale, grain)
    return found if found is not None and found.kappa > 1 else POISSON


def season_of(pairs: Sequence[tuple[Sample, Sample]], scale: Scale, noise: Noise) -> Season | None:
    """Return how two periods differ by season, from the same periods (later, earlier) of earlier years.

    None with fewer than two years.
    """
    known = [
        (moved / size, noise.kappa * spread / size**2)
        for later, earlier in pairs
        if (difference := _difference([later, earlier], scale))
        for (moved, spread), size in [(difference, _size(later, earlier, scale))]
    ]
    years = len(known)
    if years < _FEWEST_YEARS:
        return None
    shifts, variances = zip(*known, strict=True)
    return Season(sum(shifts) / years, sum(variances) / years**2)


def _squares(history: Sequence[Sample | None], scale: Scale, lags: tuple[int, ...]) -> Iterator[float]:
    """Yield the squared differences between periods so far apart, each over its variance for kappa = 1."""
    for place in range(max(lags), len(history)):
        found = [history[place - lag] for lag in lags]
        samples = [entry for entry in found if entry is not None]
        if len(samples) == len(lags) and (difference := _difference(samples, scale)):
            moved, spread = difference
            yield moved * moved / spread


def _difference(samples: Sequence[Sample], scale: Scale) -> tuple[float, float] | None:
    """Return first - second (- third + fourth) on a scale, and its variance for kappa = 1; None without n."""
    if any(entry.n <= 0 or (scale == "log" and entry.value <= 0) for entry in samples):
        return None
    signs = (1, -1, -1, 1)
    on_scale: Callable[[float], float] = log if scale == "log" else float
    moved = sum(sign * on_scale(entry.value) for sign, entry in zip(signs, samples, strict=False))
    return moved, sum(entry.n if scale == "total" else 1 / entry.n for entry in samples)


def _size(now: Sample, base: Sample, scale: Scale) -> float:
    """Return by what a season's difference is multiplied."""
    return now.n + base.n if scale == "total" else 1.0


def _winsorised(squares: Sequence[float]) -> float:
    start = median(squares) / _MEDIAN_OF_CHI
    return sum(min(square, _CAP * start) for square in squares) / len(squares) / _MEAN_BELOW_CAP


# scores


def scaled_z(now: Sample, base: Sample, scale: Scale, noise: Noise, season: Season = ALIKE) -> float:
    """Return the score of a difference on a scale; falls and rises of the same factor have the same size.

    The uncertainty of the noise is in it: the difference is Student's t with the noise's freedom, of which
    the normal score of equal probability is returned. 0 where the scale has no such figures.
    """
    difference = _difference([now, base], scale)
    if difference is None:
        return 0.0
    moved, spread = difference
    size = _size(now, base, scale)
    variance = noise.kappa * spread + season.variance * size**2
    return _normal((moved - season.shift * size) / sqrt(variance), noise.freedom) if variance > 0 else 0.0


def count_z(now: float, base: float, noise: Noise = POISSON, season: Season = ALIKE) -> float:
    """Return the score of a difference of two counts, over-dispersed as `noise` says.

    (k1 - k0 r) / sqrt(phi (k1 + k0 r^2)), where r is the season's ratio. Below 30 together it is the exact
    binomial (mid-p, Lancaster 1961), over the square root of phi.
    """
    ratio, together = exp(season.shift), now + base
    if together <= 0:
        return 0.0
    own = now + base * ratio * ratio
    extra = (base * ratio) ** 2 * season.variance
    if together >= _EXACT_BELOW:
        return _normal((now - base * ratio) / sqrt(noise.kappa * own + extra), noise.freedom)
    score = _exact(round(now), round(together), ratio / (1 + ratio))
    return _normal(score / sqrt(noise.kappa + (extra / own if own else 0.0)), noise.freedom)


def share_z(now: float, of: float, base: float, base_of: float) -> float:
    """Return the highest of the three scores at which Newcombe's interval of the difference excludes 0.

    Signed; 0.0 where none does, or without cases.
    """
    for score in (CLEAR, SURE, LEANING):
        interval = newcombe(now, of, base, base_of, score)
        if interval is not None and not interval[0] <= 0 <= interval[1]:
            return score if interval[0] > 0 else -score
    return 0.0


def score_z(now: tuple[float, float, float], base: tuple[float, float, float]) -> float:
    """Return the score of a difference of two Net Promoter Scores: (promoters, detractors, answers) each."""
    (one, margin), (other, base_margin) = adjusted(*now), adjusted(*base)
    return SURE * (one - other) / sqrt(margin**2 + base_margin**2)


def is_too_noisy(sample: Sample, noise: Noise) -> bool:
    """Whether an amount rests on fewer than eight orders, or varies as much as a sum of so few."""
    return sample.n < FEWEST_ORDERS or noise.kappa / sample.n > _MOST_NOISE


def rows_needed(noise: Noise) -> int:
    """Return how many rows an amount must rest on to be judged."""
    return max(FEWEST_ORDERS, -int(-noise.kappa // _MOST_NOISE))


def _exact(successes: int, trials: int, share: float) -> float:
    """Return the normal score of a binomial count, by its mid-p value."""
    chances = [
        comb(trials, count) * share**count * (1 - share) ** (trials - count) for count in range(successes + 1)
    ]
    return NormalDist().inv_cdf(_inside(fsum(chances) - chances[-1] / 2))


def _normal(score: float, freedom: float) -> float:
    """Return the normal score that is about as rare as a score of Student's t.

    Wallace (1959), "Bounds on normal approximations to Student's and the chi-square distributions".
    """
    if freedom == inf:
        return score
    rare = (8 * freedom + 1) / (8 * freedom + 3) * sqrt(freedom * log1p(score * score / freedom))
    return rare if score > 0 else -rare


def _inside(probability: float) -> float:
    return min(max(probability, 1e-15), 1 - 1e-15)
