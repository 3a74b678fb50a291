"""Where a young cohort is expected to end, from how earlier ones of the same company matured.

Of the entries that hadn't succeeded at the cohort's age, a share succeeds later. That share has a beta
distribution over cohorts: its mean is the pooled share of the mature ones, its spread the one that they show
beside chance (the analysis-of-variance estimate of the intra-class correlation; Ridout, Demétrio and Firth
(1999), "Estimating intraclass correlation for binary data", Biometrics 55). What comes later is then
beta-binomial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt
from statistics import NormalDist

FEWEST_COHORTS, _FEWEST_SUCCESSES = 3, 10
"""With fewer mature cohorts, or successes in all of them together, nothing is expected."""
_TAIL = 0.10
"""Of the likely ends, so many lie below the band and as many above."""
_STUDENT = 1.6
"""With d degrees of freedom, the square of Student's 90 % point is about 1 + 1.6 / d times the normal's."""
_MOST_EXACT = 20_000
"""Up to so many open entries the quantiles are exact; beyond, those of a normal distribution."""


@dataclass(frozen=True, slots=True)
class MatureCohort:
    """A cohort whose time is over: its entries, and how many succeeded by the young one's age and in all."""

    entered: float
    by_age: float
    in_all: float


@dataclass(frozen=True, slots=True)
class ExpectedEnd:
    """The share of entries that are expected to have succeeded in the end, with the band of 80 %.

    At this age the mature cohorts had reached the part `reached` of their successes; there were `cohorts`.
    """

    expected: float
    low: float
    high: float
    reached: float
    cohorts: int


def expected_end(entered: float, succeeded: float, mature: Sequence[MatureCohort]) -> ExpectedEnd | None:
    """Return where a cohort ends of whose `entered` entries `succeeded` have so far.

    None where too few cohorts are mature, or too few of their entries succeeded.
    """
    known = [cohort for cohort in mature if cohort.entered > 0]
    in_all = sum(cohort.in_all for cohort in known)
    if len(known) < FEWEST_COHORTS or in_all < _FEWEST_SUCCESSES or not 0 <= succeeded <= entered:
        return None
    trials = [cohort.entered - cohort.by_age for cohort in known]
    later = [cohort.in_all - cohort.by_age for cohort in known]
    still_open, later_share = entered - succeeded, (sum(later) + 0.5) / (sum(trials) + 1)
    spread = _correlation(later, trials)
    # mean and spread are themselves only estimated, from so many entries of so many cohorts
    spread *= (1 + 1 / len(known)) * (1 + _STUDENT / (len(known) - 1))
    spread = min(spread + 1 / (sum(trials) + 1), 0.5)
    low, high = _band(round(still_open), later_share, 1 / spread - 1)
    return ExpectedEnd(
        expected=(succeeded + still_open * later_share) / entered,
        low=(succeeded + low) / entered,
        high=(succeeded + high) / entered,
        reached=sum(cohort.by_age for cohort in known) / in_all,
        cohorts=len(known),
    )


def _correlation(successes: Sequence[float], trials: Sequence[float]) -> float:
    """Return the intra-class correlation of the entries of a cohort, 0 where they differ as by chance."""
    pairs = [(count, of) for count, of in zip(successes, trials, strict=True) if of > 0]
    every, cohorts = sum(of for _, of in pairs), len(pairs)
    if cohorts < 2 or every <= cohorts:  # noqa: PLR2004 - a spread takes two
        return 0.0
    mean = sum(count for count, _ in pairs) / every
    between = sum((count - of * mean) ** 2 / of for count, of in pairs) / (cohorts - 1)
    within = sum(count * (of - count) / of for count, of in pairs) / (every - cohorts)
    size = (every - sum(of * of for _, of in pairs) / every) / (cohorts - 1)
    whole = between + (size - 1) * within
    return max(0.0, (between - within) / whole) if whole > 0 else 0.0


def _band(trials: int, mean: float, weight: float) -> tuple[float, float]:
    """Return the 10 % and 90 % quantiles of a beta-binomial count; `weight` is the sum of its parameters."""
    if trials > _MOST_EXACT:
        variance = trials * mean * (1 - mean) * (weight + trials) / (weight + 1)
        margin = NormalDist().inv_cdf(1 - _TAIL) * sqrt(variance)
        return max(0.0, trials * mean - margin), min(float(trials), trials * mean + margin)
    a, b = mean * weight, (1 - mean) * weight
    chance = lgamma(trials + b) - lgamma(b) + lgamma(a + b) - lgamma(trials + a + b)
    below, low = 0.0, None
    for count in range(trials + 1):
        below += exp(chance)
        if low is None and below >= _TAIL:
            low = count
        if below >= 1 - _TAIL:
            return float(low or 0), float(count)
        chance += log((trials - count) * (a + count)) - log((count + 1) * (b + trials - count - 1))
    return float(low or 0), float(trials)
