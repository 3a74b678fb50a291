"""How a sum is spread over its members: who lowers it, and how much the best bring."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, fsum

BEST = 0.2
"""The share of the members that counts as the best."""

_STEPS = 10


def part_of_best(values: Sequence[float], best: float = BEST) -> float | None:
    """Return what part of the sum the best members bring: more than 1 where the others lose money.

    At least one member counts as the best. None without members, and where the sum isn't positive.
    """
    total = fsum(values)
    if not values or total <= 0:
        return None
    count = max(1, ceil(len(values) * best - 1e-9))
    return fsum(sorted(values, reverse=True)[:count]) / total


def curve(values: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Return the cumulative sum, best members first: (share of the members, share of the sum) per tenth.

    Empty where `part_of_best` is None.
    """
    steps = [step / _STEPS for step in range(1, _STEPS + 1)]
    parts = [(step, part_of_best(values, step)) for step in steps]
    return tuple((step, part) for step, part in parts if part is not None)
