"""One budget of false alarms for many tests: what is found is wrong in at most a share `q` of the cases."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum


def q_values(
    p_values: Sequence[float], weights: Sequence[float] | None = None, *, tests: int | None = None
) -> list[float]:
    """Return the false-discovery rate at which each hypothesis would be found, in the order given.

    Benjamini and Hochberg (1995), "Controlling the false discovery rate". With `weights` (0 or more, one for
    each) a hypothesis of weight 3 is found as easily as one with a third of its p-value: Genovese, Roeder
    and Wasserman (2006), "False discovery control with p-value weighting". Only their proportions matter,
    because they are made to average 1, and they must not depend on the p-values. A weight of 0 is never
    found.

    `tests` is the number of tests if there were more than `p_values` has. The p-values of the others are
    taken for 1, so that a rate up to the lowest of them is exact.
    """
    count = len(p_values) if tests is None else tests
    scaled = [*p_values] if weights is None else _weighed(p_values, weights)
    order = sorted(range(len(scaled)), key=lambda index: scaled[index], reverse=True)
    found = [1.0] * len(scaled)
    lowest = 1.0
    for rank, index in enumerate(order):
        lowest = min(lowest, scaled[index] * count / (len(scaled) - rank))
        found[index] = lowest
    return found


def _weighed(p_values: Sequence[float], weights: Sequence[float]) -> list[float]:
    total = fsum(weights)
    if total <= 0:
        return [1.0] * len(p_values)
    mean = total / len(weights)
    return [
        min(1.0, p * mean / weight) if weight > 0 else 1.0
        for p, weight in zip(p_values, weights, strict=True)
    ]
