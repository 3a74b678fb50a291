"""How long customers wait between orders, and what window follows from it."""

from __future__ import annotations

from dataclasses import dataclass

_FEWEST = 30
"""Under this many waits nothing is proposed."""


@dataclass(frozen=True, slots=True)
class Waits:
    """The days between an order and the next one of the same customer, all customers together.

    80 and 90 % of `count` waits are at most `p80` and `p90` days (nearest rank). `silent` customers have
    waited longer than `p80` days since their last order, but not so long that they count as lost.
    """

    count: int
    p80: int
    p90: int
    silent: int

    @property
    def is_enough(self) -> bool:
        """Whether there are enough waits to propose anything."""
        return self.count >= _FEWEST
