"""Why a value of things sold changed: more or fewer pieces, other prices, or other things.

Exact: the parts add up to the change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from kpi_engine.analysis.drivers import Ratio, rates


@dataclass(frozen=True, slots=True)
class VolumeEffects:
    """The parts of a change of a value, in its unit.

    `volume`: the pieces, at the mean price of both periods. `price`: each item's own price, at the mean
    number of pieces. `mix`: the items' shares of the pieces, at their mean prices. `other`: what items
    brought that have a value without pieces in either period.
    """

    volume: float
    price: float
    mix: float
    other: float


def volume_price_mix(now: Sequence[Ratio], base: Sequence[Ratio]) -> VolumeEffects | None:
    """Return what a change is made of; every item has its value (numerator) and pieces (denominator).

    An item that comes or goes takes the other period's price, so that it is volume and mix. None where
    either period has no pieces.
    """
    pairs = list(zip(now, base, strict=True))
    priced = [pair for pair in pairs if _has_pieces(pair)]
    bare = [pair for pair in pairs if not _has_pieces(pair)]
    sides = [[pair[place] for pair in priced] for place in (0, 1)]
    pieces = [fsum(entry.denominator for entry in side) for side in sides]
    if not all(count > 0 for count in pieces):
        return None
    effects = rates(*sides)
    if effects is None:
        return None
    prices = [
        fsum(entry.numerator for entry in side) / count for side, count in zip(sides, pieces, strict=True)
    ]
    mean = sum(pieces) / 2
    return VolumeEffects(
        volume=(pieces[0] - pieces[1]) * sum(prices) / 2,
        price=mean * fsum(effect.rate or 0.0 for effect in effects),
        mix=mean * fsum(effect.mix or 0.0 for effect in effects),
        other=fsum(after.numerator - before.numerator for after, before in bare),
    )


def _has_pieces(pair: tuple[Ratio, Ratio]) -> bool:
    """Whether an item has pieces wherever it has a value."""
    return all(side.denominator or not side.numerator for side in pair)
