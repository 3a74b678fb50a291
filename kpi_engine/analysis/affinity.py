"""Which things are bought together more often than chance explains."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma

from kpi_engine.analysis.rates import wilson


@dataclass(frozen=True, slots=True)
class Pair:
    """Two items in `joint` of `baskets`, the one in `first` of them, the other in `second`."""

    joint: int
    first: int
    second: int
    baskets: int

    @property
    def support(self) -> float:
        """Share of all baskets that hold both."""
        return self.joint / self.baskets

    @property
    def confidence(self) -> float:
        """Share of the baskets with the first item that hold the second too."""
        return self.joint / self.first

    @property
    def confidence_back(self) -> float:
        """Share of the baskets with the second item that hold the first too."""
        return self.joint / self.second

    @property
    def lift(self) -> float:
        """How many times as often they meet as two independent items would."""
        return self.joint * self.baskets / (self.first * self.second)

    @property
    def lift_low(self) -> float:
        """Return a lower bound of the lift: of both confidences' Wilson bounds, the less flattering one."""
        there, back = wilson(self.joint, self.first), wilson(self.joint, self.second)
        low = there[0] if there else 0.0
        low_back = back[0] if back else 0.0
        return min(low * self.baskets / self.second, low_back * self.baskets / self.first)


def p_value(pair: Pair) -> float:
    """Return the chance of at least so many joint baskets if the items were independent.

    Fisher's exact test, one-sided: the upper tail of the hypergeometric distribution. Fewer joint baskets
    than two such sets must share (where only purchases near each other count as joint) are always there.
    """
    if pair.joint < pair.first + pair.second - pair.baskets:
        return 1.0
    highest = min(pair.first, pair.second)
    total, term = 0.0, exp(_log_chance(pair, pair.joint))
    for joint in range(pair.joint, highest + 1):
        total += term
        if term < total * 1e-16:
            break
        others = pair.baskets - pair.first - pair.second + joint
        term *= (pair.first - joint) * (pair.second - joint) / ((joint + 1) * (others + 1))
    return min(1.0, total)


def _log_chance(pair: Pair, joint: int) -> float:
    return (
        _log_choose(pair.first, joint)
        + _log_choose(pair.baskets - pair.first, pair.second - joint)
        - _log_choose(pair.baskets, pair.second)
    )


def _log_choose(of: int, count: int) -> float:
    if not 0 <= count <= of:
        return float("-inf")
    return lgamma(of + 1) - lgamma(count + 1) - lgamma(of - count + 1)
