"""How a sum is spread over its members: who lowers it, and how much the best bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, fsum

from kpi_engine.domain.query import Key

BEST = 0.2
"""The share of the members that counts as the best."""
STEPS = 10
"""The curve has so many points."""
WORST = 3
"""So many of the members who lower the sum most are told by name."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A sum over members: how many they are, and how many of them are below zero, with their sum.

    `worst` are the lowest below zero, with their values. `best` are the sums of the best tenth of the
    members, the best two tenths and so on: of the nearest whole number above, at least one.
    """

    members: int
    total: float
    losers: int
    losses: float
    worst: tuple[tuple[Key, float], ...]
    best: tuple[float, ...]

    @property
    def part_of_best(self) -> float | None:
        """What part of the sum the best members bring: more than 1 where the others lower it.

        None without members, and where the sum isn't positive.
        """
        return self._part(self.best[round(BEST * STEPS) - 1]) if self.best else None

    @property
    def curve(self) -> tuple[tuple[float, float], ...]:
        """The cumulative sum, best members first: (share of the members, share of the sum) per tenth.

        Empty where `part_of_best` is None.
        """
        parts = ((step / STEPS, self._part(best)) for step, best in enumerate(self.best, start=1))
        return tuple((step, part) for step, part in parts if part is not None)

    def _part(self, best: float) -> float | None:
        return best / self.total if self.members and self.total > 0 else None


def spread_of(values: Mapping[Key, float]) -> Spread:
    """Return how a sum is spread, out of every member's value."""
    ordered = sorted(values.values(), reverse=True)
    losses = sorted(((value, key) for key, value in values.items() if value < 0), key=lambda entry: entry[0])
    counts = [max(1, ceil(len(ordered) * step / STEPS - 1e-9)) for step in range(1, STEPS + 1)]
    return Spread(
        len(ordered),
        fsum(ordered),
        len(losses),
        fsum(value for value, _ in losses),
        tuple((key, value) for value, key in losses[:WORST]),
        tuple(fsum(ordered[:count]) for count in counts),
    )
