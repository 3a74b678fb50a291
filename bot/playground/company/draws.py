"""Random numbers that are the same on every machine: all of them come from `random.Random(text).random()`.

That method is the one Python promises to keep for a given seed; the others may change between versions.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


class Weighted(Generic[T]):
    """Things with weights, ready to be drawn from."""

    __slots__ = ("_items", "_steps")

    def __init__(self, weights: Mapping[T, float]) -> None:
        total = sum(weights.values())
        self._items = tuple(weights)
        self._steps = tuple(step / total for step in accumulate(weights.values()))

    def at(self, unit: float) -> T:
        """Return the thing at `unit`, a number in [0, 1)."""
        return self._items[min(bisect_right(self._steps, unit), len(self._items) - 1)]


class Draw:
    """One stream of chance, named by its key; equal keys draw equally."""

    __slots__ = ("unit",)

    def __init__(self, *key: object) -> None:
        self.unit = random.Random(":".join(str(part) for part in key)).random
        """A number in [0, 1)."""

    def chance(self, probability: float) -> bool:
        return self.unit() < probability

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.unit()

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self.unit() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self.unit() * len(items))]

    def of(self, weighted: Weighted[T]) -> T:
        return weighted.at(self.unit())

    def lognormal(self, median: float, spread: float) -> float:
        """Return a draw whose logarithm is normal (Box-Muller), `spread` being its standard deviation."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self.unit()))
        return median * math.exp(spread * radius * math.cos(2.0 * math.pi * self.unit()))

    def exponential(self, mean: float) -> float:
        return -mean * math.log(1.0 - self.unit())

    def poisson(self, mean: float) -> int:
        """Return a count (Knuth's product of uniforms; fit for means up to some hundreds)."""
        floor, product, count = math.exp(-mean), self.unit(), 0
        while product > floor:
            product *= self.unit()
            count += 1
        return count
