"""What a rate would be with the mix of an earlier period: Simpson's paradox in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, fsum, sqrt

from kpi_engine.analysis.drivers import Ratio, rates
from kpi_engine.analysis.rates import Z95


@dataclass(frozen=True, slots=True)
class MixShift:
    """The change of a rate in two parts: `mix` by the members' weights, `rate` by their own rates.

    `low` and `high` bound `rate` at 95 %. `p_value` is the chance of so large a mix part where the weights
    were drawn alike in both periods. `parts` is each member's part of `mix`, in the order of the members.
    """

    mix: float
    rate: float
    low: float
    high: float
    p_value: float
    parts: tuple[float, ...]


def mix_shift(now: Sequence[Ratio], base: Sequence[Ratio]) -> MixShift | None:
    """Return how much of the change of a rate the members' weights make.

    `now` and `base` hold each member's successes and cases in both periods, in one order. The weights are
    taken for multinomial and the rates for binomial, independent of each other. None where either period
    has no cases, or successes aren't part of the cases.
    """
    if any(entry.numerator > entry.denominator for entry in (*now, *base)):
        return None
    effects = rates(now, base)
    sizes = [fsum(entry.denominator for entry in side) for side in (now, base)]
    if effects is None or not all(sizes):
        return None
    mix, rate = (fsum(getattr(effect, name) or 0.0 for effect in effects) for name in ("mix", "rate"))
    weights = [
        (after.denominator / sizes[0] + before.denominator / sizes[1]) / 2
        for after, before in zip(now, base, strict=True)
    ]
    spread = fsum(
        weight**2 * _variance(pair) for weight, pair in zip(weights, zip(now, base, strict=True), strict=True)
    )
    middles = [_middle(pair) for pair in zip(now, base, strict=True)]
    mean = fsum(weight * middle for weight, middle in zip(weights, middles, strict=True))
    between = fsum(weight * (middle - mean) ** 2 for weight, middle in zip(weights, middles, strict=True)) * (
        1 / sizes[0] + 1 / sizes[1]
    )
    p_value = erfc(abs(mix) / sqrt(2 * between)) if between > 0 else 1.0
    reach = Z95 * sqrt(spread)
    return MixShift(
        mix, rate, rate - reach, rate + reach, p_value, tuple(effect.mix or 0.0 for effect in effects)
    )


def _middle(pair: tuple[Ratio, Ratio]) -> float:
    """Return the mean of a member's rates; of the only one where it has cases in one period alone."""
    known = [entry.value for entry in pair if entry.value is not None]
    return fsum(known) / len(known) if known else 0.0


def _variance(pair: tuple[Ratio, Ratio]) -> float:
    """Return the variance of the change of a member's rate; 0 where it has cases in one period alone."""
    if not all(entry.denominator for entry in pair):
        return 0.0
    # one success and one failure more, so that a rate of 0 or 1 isn't taken for certain
    shares = [((entry.numerator + 1) / (entry.denominator + 2), entry.denominator) for entry in pair]
    return fsum(share * (1 - share) / size for share, size in shares)
