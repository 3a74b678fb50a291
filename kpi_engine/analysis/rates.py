"""Intervals of shares: what a rate of few can and cannot say."""

from __future__ import annotations

from math import sqrt

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


def wilson(successes: float, trials: float, z: float = Z95) -> tuple[float, float] | None:
    """Return the Wilson score interval of a share, or None without trials.

    Wilson (1927), as in Brown, Cai and DasGupta (2001), "Interval estimation for a binomial
    proportion".
    """
    if trials <= 0 or not 0 <= successes <= trials:
        return None
    share = successes / trials
    centre = share + z * z / (2 * trials)
    margin = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # at the ends the bound is the share itself; rounding would leave it a little beside
    low = 0.0 if successes == 0 else (centre - margin) / scale
    high = 1.0 if successes == trials else (centre + margin) / scale
    return max(0.0, low), min(1.0, high)


def newcombe(
    successes: float, trials: float, base_successes: float, base_trials: float, z: float = Z95
) -> tuple[float, float] | None:
    """Return the interval of the difference of two independent shares (95 %, or that of `z`), or None.

    Newcombe (1998), method 10: the square-and-add of the two Wilson intervals.
    """
    now, base = wilson(successes, trials, z), wilson(base_successes, base_trials, z)
    if now is None or base is None:
        return None
    share, base_share = successes / trials, base_successes / base_trials
    difference = share - base_share
    below = sqrt((share - now[0]) ** 2 + (base[1] - base_share) ** 2)
    above = sqrt((now[1] - share) ** 2 + (base_share - base[0]) ** 2)
    return difference - below, difference + above


def trials_needed(share: float, change: float) -> int:
    """Return how many trials a side it takes to see a `change` of `share` (5 % two-sided, 80 % power).

    Fleiss, Levin and Paik (2003), formula 4.14 without the continuity correction.
    """
    other = min(max(share + change, 0.0), 1.0)
    mean = (share + other) / 2
    power = 0.8416212335729143
    spread = Z95 * sqrt(2 * mean * (1 - mean)) + power * sqrt(share * (1 - share) + other * (1 - other))
    return max(1, round((spread / max(abs(other - share), 1e-9)) ** 2))
