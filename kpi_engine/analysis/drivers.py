"""Why a figure changed: parts, one for each member, that add up to the change exactly.

Every function takes the members' values in both periods, in one order, and returns their parts in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

_LEADING = 3
"""How many members at most are looked at to say how concentrated a change is."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A member's numerator and denominator in one period; both 0 for one that has nothing in it."""

    numerator: float
    denominator: float

    @property
    def value(self) -> float | None:
        """The ratio, None where there is nothing to divide by."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class Effect:
    """A member's part of the change of a rate.

    `rate` comes from its own rate, `mix` from its weight among all. None where the part can't be told
    apart so.
    """

    part: float
    mix: float | None = None
    rate: float | None = None


def amounts(now: Sequence[float], base: Sequence[float]) -> tuple[Effect, ...]:
    """Return the members' differences: the parts of the change of a sum."""
    return tuple(Effect(after - before) for after, before in zip(now, base, strict=True))


def rates(now: Sequence[Ratio], base: Sequence[Ratio]) -> tuple[Effect, ...] | None:
    """Return the parts of the change of a rate whose numerator counts part of the denominator.

    Weights and rates are those in the middle of both periods, mix is centred on the mean overall rate: a
    member whose weight grows adds where its rate is above that. One that enters or leaves takes the other
    period's rate, so that all of its part is mix. None where either period has nothing to divide by.
    """
    if any(not entry.denominator and entry.numerator for entry in (*now, *base)):
        return ratios(now, base)  # then the numerator isn't part of the denominator
    above_now, above_base = (fsum(entry.numerator for entry in side) for side in (now, base))
    size_now, size_base = (fsum(entry.denominator for entry in side) for side in (now, base))
    if not size_now or not size_base:
        return None
    centre = (above_now / size_now + above_base / size_base) / 2
    found = []
    for after, before in zip(now, base, strict=True):
        weight_now, weight_base = after.denominator / size_now, before.denominator / size_base
        rate_now, rate_base = after.value, before.value
        if rate_now is None:
            rate_now = rate_base
        if rate_base is None:
            rate_base = rate_now
        if rate_now is None or rate_base is None:
            found.append(Effect(0.0, 0.0, 0.0))
            continue
        mix = (weight_now - weight_base) * ((rate_now + rate_base) / 2 - centre)
        rate = (weight_now + weight_base) / 2 * (rate_now - rate_base)
        found.append(Effect(mix + rate, mix, rate))
    return tuple(found)


def ratios(now: Sequence[Ratio], base: Sequence[Ratio]) -> tuple[Effect, ...] | None:
    """Return the parts of the change of any other ratio, such as the cost per lead.

    What a member adds to the numerator, valued at the mean of both denominators' inverses, less what it
    adds to the denominator, valued alike. So a source that costs and yields nothing has its part. None
    where either period has nothing to divide by.
    """
    above_now, above_base = (fsum(entry.numerator for entry in side) for side in (now, base))
    size_now, size_base = (fsum(entry.denominator for entry in side) for side in (now, base))
    if not size_now or not size_base:
        return None
    each_above = (1 / size_base + 1 / size_now) / 2
    each_below = (above_base / size_base / size_now + above_now / size_now / size_base) / 2
    return tuple(
        Effect(
            (after.numerator - before.numerator) * each_above
            - (after.denominator - before.denominator) * each_below
        )
        for after, before in zip(now, base, strict=True)
    )


def concentration(parts: Sequence[float], movement: float | None = None, members: int | None = None) -> float:
    """Return how much of a change few members make: 1 where they alone moved, 0 where all moved alike.

    It is the share of all movement (the sum of the parts without their signs) that the leading members
    make in the change's direction, less the share that so many of all members would make by moving alike,
    scaled so that 1 stays 1. Leading are at most three, and at most a third of the members, so that a split
    with few members doesn't win by having few. Members that move against each other lower it.

    `movement` and `members` are those of all members, where `parts` holds the largest ones only.
    """
    movement = fsum(map(abs, parts)) if movement is None else movement
    members = len(parts) if members is None else members
    if members <= 1 or not movement:
        return 0.0
    direction = -1.0 if fsum(parts) < 0 else 1.0
    count = max(1, min(_LEADING, members // 3))
    leading = sorted((direction * part for part in parts), reverse=True)[:count]
    share = fsum(part for part in leading if part > 0) / movement
    alike = count / members
    return max(0.0, (share - alike) / (1 - alike))
