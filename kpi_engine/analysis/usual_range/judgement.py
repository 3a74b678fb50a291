"""The judgement of a value, with a flag that agrees with its range."""

from __future__ import annotations

import math
from typing import Literal, NotRequired, TypedDict

Kind = Literal["count", "amount", "rate", "score"]
PeriodName = Literal["week", "month"]
Departure = Literal["spike", "shift", "ramp"]

SIGNIFICANCE = 0.05
"""The range holds the values with a larger p-value; what lies outside is flagged."""

_LARGEST = 1e100
_SMALLEST_P = 1e-300
_LIMITS: dict[Kind, tuple[float, float]] = {"rate": (0.0, 1.0), "score": (-100.0, 100.0)}
"""What a value can be; counts and amounts that are corrected may be below zero."""


class Detection(TypedDict):
    """A judgement. `reason` is there only where the value can't be judged, `what` only where it can."""

    is_anomaly: bool
    score: float
    p_value: float
    expected: float
    low: float
    high: float
    what: NotRequired[Departure]
    reason: NotRequired[str]


def limits(kind: Kind) -> tuple[float, float]:
    """Return the least and the most that a value of a kind can be."""
    return _LIMITS.get(kind, (-_LARGEST, _LARGEST))


def judged(
    value: float,
    kind: Kind,
    p_value: float,
    band: tuple[float, float, float],
    *,
    rarity: float | None = None,
    what: Departure = "spike",
) -> Detection:
    """Return the judgement of a value by its p-value and its band: low, expected, high.

    The flag follows the p-value. A band that comes from a grid or from whole counts is moved at its edge so
    that it holds the value exactly where there is no flag. `rarity` orders the values of several series, the
    p-value by default.
    """
    least, most = limits(kind)
    low, high = max(least, min(band[0], band[2])), min(most, max(band[0], band[2]))
    if p_value > SIGNIFICANCE:
        low, high = min(low, value), max(high, value)
    elif low <= value <= high:
        low, high = _without(value, low, high, band[1], least, most)
    return {
        "is_anomaly": p_value <= SIGNIFICANCE,
        "score": max(0.0, -math.log10(max(p_value if rarity is None else rarity, _SMALLEST_P))),
        "p_value": min(1.0, max(p_value, _SMALLEST_P)),
        "expected": min(max(band[1], low), high),
        "low": low,
        "high": high,
        "what": what,
    }


def cannot_judge(reason: str, kind: Kind, value: float | None) -> Detection:
    """Return that a value can't be judged, with the widest range of its kind."""
    least, most = limits(kind)
    if kind == "count" and (value is None or value >= 0):
        least = 0.0
    return {
        "is_anomaly": False,
        "score": 0.0,
        "p_value": 1.0,
        "expected": min(max(value, least), most) if value is not None and math.isfinite(value) else 0.0,
        "low": least,
        "high": most,
        "reason": reason,
    }


def holding(found: Detection, value: float | None) -> Detection:
    """Return a judgement whose range holds a value that isn't flagged, however large it is.

    Values are judged as if they were within limits that no square overflows; the value itself may be beyond.
    """
    if value is None or not math.isfinite(value) or found["is_anomaly"] or "reason" in found:
        return found
    found["low"], found["high"] = min(found["low"], float(value)), max(found["high"], float(value))
    return found


def _without(
    value: float, low: float, high: float, expected: float, least: float, most: float
) -> tuple[float, float]:
    """Return the band cut so that a flagged value at its edge lies just outside."""
    if value <= least or (value < expected and value < most):
        edge = math.nextafter(value, math.inf)
        return edge, max(high, edge)
    edge = math.nextafter(value, -math.inf)
    return min(low, edge), edge
