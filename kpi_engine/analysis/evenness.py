"""Whether the members of a split changed alike, and which of them changed more than the whole did.

The excess of a member is its part of a change beyond what it would be if all members had changed alike. How
far excesses stray by chance is measured on earlier pairs of periods, or follows from the denominators of
rates. Everything is a plain sequence, one entry for each member in one order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, fsum, sqrt

from kpi_engine.analysis.drivers import Effect, Ratio
from kpi_engine.analysis.rates import Z95

_LEADING = 3
"""How many members at most lead a change."""
_PRIOR = 12
"""The weight of all members' dispersion beside a member's own, in periods."""
_SIDES = ("numerator", "denominator")
_ALL_BUT = 0.05
"""The least of the whole that is left beside a member: nothing varies beside a member that is everything."""
_MOST_NEW = 0.2
"""The largest part of a period that may belong to members without the other period, where a mix is told."""
_LEAST = 10
"""The fewest events of both periods together from which a member is judged by itself; smaller ones are
taken together (Cochran's rule of five in each)."""


@dataclass(frozen=True, slots=True)
class Excess:
    """How far each member's part of a change goes beyond changing alike.

    `size` is what the variance of each excess grows with, `events` what tells how many events a member
    rests on (both for a dispersion of 1), `weight` the member's share of the base, along which all excesses
    move when the whole is not known exactly.
    """

    excess: tuple[float, ...]
    size: tuple[float, ...]
    events: tuple[float, ...]
    weight: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SameMix:
    """What a rate would have done with the same mix of members, and what the mix did: together the change.

    `low` and `high` bound the 95 % interval of `rate`. `is_clear` where the mix moved by more than chance.
    """

    rate: float
    low: float
    high: float
    mix: float
    is_clear: bool


@dataclass(frozen=True, slots=True)
class Noise:
    """How far excesses stray by chance: the variance of each one for a size of 1.

    `events` tells how many events each member usually rests on, for a dispersion of 1. `freedom` is how many
    squares the dispersion rests on, None where it is known.
    """

    dispersion: tuple[float, ...]
    events: tuple[float, ...]
    freedom: int | None = None


def of_amounts(now: Sequence[float], base: Sequence[float], unit: Sequence[float] | None = None) -> Excess:
    """Return the excess of each member's difference: `d - D b / B`, in the unit of the amounts.

    `unit` is what one event of each member brings, such as its mean price; 1 for counts. Weights are those of
    the absolute values, so that members below zero have one too. The sizes are those of a contingency table
    of two periods: the variance of a count's excess is its size.
    """
    change = fsum(now) - fsum(base)
    weights = _shares(base)
    grown = _ratio(fsum(map(abs, now)), fsum(map(abs, base)))
    each = [1.0] * len(now) if unit is None else unit
    moved = [abs(after) + abs(before) for after, before in zip(now, base, strict=True)]
    return Excess(
        tuple(
            after - before - change * weight for after, before, weight in zip(now, base, weights, strict=True)
        ),
        tuple(grown * size * price for size, price in zip(moved, each, strict=True)),
        tuple(size / price if price else 0.0 for size, price in zip(moved, each, strict=True)),
        weights,
    )


def first(found: Excess, count: int) -> Excess:
    """Return the excesses of the first members alone, as they are beside all of them."""
    return Excess(found.excess[:count], found.size[:count], found.events[:count], found.weight[:count])


def of_ratios(now: Sequence[Ratio], base: Sequence[Ratio]) -> Excess:
    """Return the excess of each member's part of a ratio's change, in the ratio's unit.

    Changing alike is here that all numerators change by one factor, and all denominators by one. The parts
    are those of `drivers.ratios`. Both periods need a denominator.
    """
    sides = (now, base)
    above, below = (
        of_amounts(*([_side(entry, name) for entry in side] for side in sides)) for name in _SIDES
    )
    tops, bottoms = ([fsum(_side(entry, name) for entry in side) for side in sides] for name in _SIDES)
    each_above = (1 / bottoms[0] + 1 / bottoms[1]) / 2
    each_below = (tops[0] + tops[1]) / bottoms[0] / bottoms[1] / 2
    level = abs(sum(tops) / sum(bottoms))
    shares = [
        _shares([_side(after, name) + _side(before, name) for after, before in zip(now, base, strict=True)])
        for name in _SIDES
    ]
    weights = tuple((top + bottom) / 2 for top, bottom in zip(*shares, strict=True))
    return Excess(
        tuple(
            each_above * top - each_below * bottom
            for top, bottom in zip(above.excess, below.excess, strict=True)
        ),
        tuple(2 * weight * level * level * (1 / bottoms[0] + 1 / bottoms[1]) for weight in weights),
        tuple(weight * sum(bottoms) for weight in weights),
        weights,
    )


def _side(entry: Ratio, name: str) -> float:
    return entry.numerator if name == "numerator" else entry.denominator


def of_rates(
    now: Sequence[Ratio], base: Sequence[Ratio], effects: Sequence[Effect], spread: float | None = None
) -> Excess:
    """Return the excess of what each member's own rate adds, in the unit of `effects` divided by 1.

    Changing alike is here that every member's rate changes by as much. `size` is the variance itself: that
    of a share at the member's own level, or `spread` for each answer where the numerator is a score.
    """
    change = fsum(effect.rate or 0.0 for effect in effects)
    shares_now, shares_base = (_shares([entry.denominator for entry in side]) for side in (now, base))
    weights = tuple((one + other) / 2 for one, other in zip(shares_now, shares_base, strict=True))
    return Excess(
        tuple(
            (effect.rate or 0.0) - change * weight for effect, weight in zip(effects, weights, strict=True)
        ),
        rate_variances(now, base, spread),
        tuple(after.denominator + before.denominator for after, before in zip(now, base, strict=True)),
        weights,
    )


def rate_variances(
    now: Sequence[Ratio], base: Sequence[Ratio], spread: float | None = None
) -> tuple[float, ...]:
    """Return the variance of what each member's own rate adds to a change; 0 where it has one period only."""
    shares_now, shares_base = (_shares([entry.denominator for entry in side]) for side in (now, base))
    trials = fsum(entry.denominator for entry in (*now, *base))
    level = fsum(entry.numerator for entry in (*now, *base)) / trials if trials else 0.0
    found = []
    for after, before, one, other in zip(now, base, shares_now, shares_base, strict=True):
        if after.denominator <= 0 or before.denominator <= 0:
            found.append(0.0)
            continue
        # one imaginary trial at the common level, so that a member without successes isn't sure to have none
        rate = (after.numerator + before.numerator + level) / (after.denominator + before.denominator + 1)
        of_one = max(0.0, rate * (1 - rate)) if spread is None else spread
        weight = (one + other) / 2
        found.append(weight * weight * of_one * (1 / after.denominator + 1 / before.denominator))
    return tuple(found)


def same_mix(
    now: Sequence[Ratio], base: Sequence[Ratio], effects: Sequence[Effect], spread: float | None = None
) -> SameMix | None:
    """Return the totals of the parts of a rate: of the members' own rates, and of the mix.

    None where the parts aren't told apart, or where too much belongs to members with one period only, whose
    whole part is mix. By chance alone the mix strays as the mean of so many draws of the members' rates.
    """
    if any(effect.rate is None for effect in effects):
        return None
    totals = [fsum(entry.denominator for entry in side) for side in (now, base)]
    both = [after.denominator > 0 and before.denominator > 0 for after, before in zip(now, base, strict=True)]
    for side, total in zip((now, base), totals, strict=True):
        alone = fsum(entry.denominator for entry, is_both in zip(side, both, strict=True) if not is_both)
        if alone > _MOST_NEW * total:
            return None
    rate, mix = fsum(effect.rate or 0.0 for effect in effects), fsum(effect.mix or 0.0 for effect in effects)
    margin = Z95 * sqrt(fsum(rate_variances(now, base, spread)))
    sizes = [after.denominator + before.denominator for after, before in zip(now, base, strict=True)]
    levels = [
        (after.numerator + before.numerator) / size if size else 0.0
        for after, before, size in zip(now, base, sizes, strict=True)
    ]
    centre = fsum(level * size for level, size in zip(levels, sizes, strict=True)) / sum(totals)
    between = fsum(size * (level - centre) ** 2 for level, size in zip(levels, sizes, strict=True)) / sum(
        totals
    )
    strays = Z95 * sqrt(between * (1 / totals[0] + 1 / totals[1]))
    return SameMix(rate, rate - margin, rate + margin, mix, abs(mix) > strays)


def noise_of(history: Sequence[Excess], *, is_count: bool) -> Noise | None:
    """Return how far excesses stray, from those of earlier pairs of periods; None without any.

    Each member's own dispersion is drawn towards that of all of them. Counts have at least the dispersion of
    Poisson's distribution, and all the same one: the variance of a count grows with it. `history` is not
    empty of members: every entry has those of the change that is judged.
    """
    squares = [
        {
            place: excess * excess / size / max(1 - weight, _ALL_BUT)
            for place, (excess, size, weight) in enumerate(
                zip(pair.excess, pair.size, pair.weight, strict=True)
            )
            if size > 0
        }
        for pair in history
    ]
    squares = [entry for entry in squares if len(entry) > 1]
    if not squares:
        return None
    freedom = sum(len(entry) - 1 for entry in squares)
    common = fsum(value for entry in squares for value in entry.values()) / sum(map(len, squares))
    members = len(history[0].size)
    if is_count:
        own = [max(1.0, common)] * members
    else:
        known = [[entry[place] for entry in squares if place in entry] for place in range(members)]
        own = [(fsum(values) + _PRIOR * common) / (len(values) + _PRIOR) for values in known]
    events = [fsum(pair.events[place] for pair in history) / len(history) for place in range(members)]
    return Noise(tuple(own), tuple(events), freedom)


def chance_alike(found: Excess, noise: Noise) -> float:
    """Return the p-value of all members having changed alike: 1 where fewer than two can be judged.

    Twice the smaller one of two tests: chi-squared of all excesses, which sees that many differ, and the
    strangest single member (`chance_of_one`), which sees that one differs among many. Small members are taken
    together.
    """
    judged = _judged(found, noise)
    return min(1.0, 2 * min(_chance_of_all(judged, noise), _chance_of_one(judged, noise, len(judged))))


def chance_of_one(found: Excess, noise: Noise, members: int) -> float:
    """Return the p-value of the strangest of `members` being no stranger than chance makes one of so many.

    For members that were chosen because they moved most, of whom a chi-squared would only tell that.
    """
    return _chance_of_one(_judged(found, noise), noise, members)


def _chance_of_all(judged: Sequence[tuple[float, float, float]], noise: Noise) -> float:
    """Return the p-value of a chi-squared with the whole's own change fitted; as an F of measured noise.

    It has one degree of freedom less than members.
    """
    count = len(judged) - 1
    if count < 1:
        return 1.0
    square = fsum(excess * excess / variance for excess, variance, _ in judged)
    along = fsum(excess * weight / variance for excess, variance, weight in judged)
    across = fsum(weight * weight / variance for _, variance, weight in judged)
    square -= along * along / across if across else 0.0
    return _tail(max(0.0, square) / count, count, noise)


def _chance_of_one(judged: Sequence[tuple[float, float, float]], noise: Noise, members: int) -> float:
    if len(judged) < 2:  # noqa: PLR2004 - one alone differs from nobody
        return 1.0
    least = min(
        _tail(excess * excess / variance / max(1 - weight, _ALL_BUT), 1, noise)
        for excess, variance, weight in judged
    )
    return min(1.0, least * members)


def _judged(found: Excess, noise: Noise) -> list[tuple[float, float, float]]:
    """Return excess, variance and weight of each member that is large enough, and of all others together."""
    large: list[tuple[float, float, float]] = []
    small: list[tuple[float, float, float]] = []
    usual = fsum(noise.dispersion) / max(1, len(noise.dispersion))
    for excess, size, events, weight, each in zip(
        found.excess, found.size, noise.events, found.weight, noise.dispersion, strict=True
    ):
        if size <= 0 or each <= 0:
            continue
        (large if events >= _LEAST * usual else small).append((excess, size * each, weight))
    if small:
        excess, variance, weight = (fsum(entry[place] for entry in small) for place in range(3))
        large.append((excess, variance, weight))
    return large


def leaders(excess: Sequence[float], change: float) -> tuple[int, ...]:
    """Return the places of the members, at most three, that go furthest beyond a change in its direction."""
    sign = -1.0 if change < 0 else 1.0
    ahead = sorted(
        (place for place, value in enumerate(excess) if sign * value > 0),
        key=lambda place: -sign * excess[place],
    )
    return tuple(ahead[:_LEADING])


def leading_part(excess: Sequence[float], change: float) -> float:
    """Return the excesses of the leading members as a share of the change's size; 0 without a change."""
    if not change:
        return 0.0
    return fsum(abs(excess[place]) for place in leaders(excess, change)) / abs(change)


def _tail(value: float, freedom: float, noise: Noise) -> float:
    """Return the upper tail of F, or of chi-squared over its freedom where the noise is known.

    Paulson (1942), which is Wilson and Hilferty (1931) for chi-squared. It is within .003 of the exact tail
    around .10, and the standard library is enough for it.
    """
    if value <= 0:
        return 1.0
    below = 2 / (9 * noise.freedom) if noise.freedom else 0.0
    above = 2 / (9 * freedom)
    root = value ** (1 / 3)
    z = ((1 - below) * root - (1 - above)) / sqrt(above + below * root * root)
    return erfc(z / sqrt(2)) / 2


def _shares(values: Sequence[float]) -> tuple[float, ...]:
    total = fsum(map(abs, values))
    return tuple(abs(value) / total if total else 0.0 for value in values)


def _ratio(above: float, below: float) -> float:
    return above / below if above and below else 1.0
