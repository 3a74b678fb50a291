"""How a sum is spread over its members: who lowers it, and how much the best bring."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, fsum

BEST = 0.2
"""The share of the members that counts as the best."""


def part_of_best(values: Sequence[float], best: float = BEST) -> float | None:
    """Return what part of the sum the best members bring: more than 1 where the others lose money.

    At least one member counts as the best. None without members, and where the sum isn't positive.
    """
    total = fsum(values)
    if not values or total <= 0:
        return None
    count = max(1, ceil(len(values) * best - 1e-9))
    return fsum(sorted(values, reverse=True)[:count]) / total
