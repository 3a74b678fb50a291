"""Is the last complete period outside what its own history leads us to expect?

The method here is plain and honest about what it doesn't know: a prediction interval from the
series' own past (on the log scale for counts and amounts, with Laney's spread between periods
for rates), the same month of earlier years where there are two of them, and no judgement on short
histories. A value is flagged only if it lies outside the widest of those.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Literal, TypedDict

from kpi_engine.analysis.scan import scan as scan  # noqa: PLC0414 - re-exported: one interface

_MINIMUM_HISTORY = 8
_FEW = 8
"""Below this denominator not even a method that knew the true rate would see anything."""

_SEASON = {"month": 12, "week": 52}
_LOG_FLOOR = 0.5
_LARGEST = 1e100
"""Values are cut here, so that no square of theirs overflows."""

_T_995 = (
    63.657, 9.925, 5.841, 4.604, 4.032, 3.707, 3.499, 3.355, 3.250, 3.169,
    3.106, 3.055, 3.012, 2.977, 2.947, 2.921, 2.898, 2.878, 2.861, 2.845,
    2.831, 2.819, 2.807, 2.797, 2.787, 2.779, 2.771, 2.763, 2.756, 2.750,
)  # fmt: skip
"""The 99.5 % points of Student's t for 1 to 30 degrees of freedom."""

Kind = Literal["count", "amount", "rate", "score"]

_DOMAIN: dict[Kind, tuple[float, float]] = {
    "count": (-_LARGEST, _LARGEST),
    "amount": (-_LARGEST, _LARGEST),
    "rate": (0.0, 1.0),
    "score": (-100.0, 100.0),
}


class Detection(TypedDict, total=False):
    """What `detect` returns; `reason` only where it can't judge."""

    is_anomaly: bool
    score: float
    p_value: float
    expected: float
    low: float
    high: float
    reason: str


def detect(
    values: Sequence[float | None],
    period: Literal["week", "month"],
    kind: Kind,
    denominators: Sequence[float | None] | None = None,
) -> Detection:
    """Judge the last value of a series, oldest first, by the ones before it.

    `kind`: count, amount, rate (0..1) or score (-100..100); rate and score take their
    denominators. Nominal false alarms: 1 %. Never raises; every number is finite and
    low <= expected <= high. Where it can't judge, `reason` says why and the range is the widest
    honest one.
    """
    lowest, highest = _DOMAIN[kind]
    series = [_finite(value, lowest, highest) for value in values]
    if not series or series[-1] is None:
        return _cannot("no value", kind, 0.0)
    current = series[-1]
    sizes = None if denominators is None else [_finite(size, 0.0, _LARGEST) or 0.0 for size in denominators]
    past = [(index, value) for index, value in enumerate(series[:-1]) if value is not None]
    if len(past) < _MINIMUM_HISTORY:
        return _cannot("too short", kind, current)
    if kind in ("rate", "score"):
        if sizes is None or len(sizes) != len(series) or sizes[-1] < _FEW:
            return _cannot("too few", kind, current)
        bands = [_rate_band(past, sizes, kind)]
    else:
        bands = [_level_band([value for _, value in past])]
        seasonal = _seasonal_band(series, _SEASON[period])
        bands += [seasonal] if seasonal else []
    if all(spread == 0 for *_, spread in bands):
        return _cannot("constant", kind, current)
    return _judge(current, bands, kind)


Band = tuple[float, float, float, float]
"""expected, low, high, and the spread on the method's own scale (0 = the past never moved)."""


def _finite(value: float | None, lowest: float, highest: float) -> float | None:
    return None if value is None or not math.isfinite(value) else min(max(float(value), lowest), highest)


def _t(freedom: int) -> float:
    return _T_995[min(max(freedom, 1), len(_T_995)) - 1]


def _log(value: float) -> float:
    """A log that also takes 0 and negative amounts: the inverse hyperbolic sine, scaled to units."""
    return math.asinh(value / (2 * _LOG_FLOOR))


def _unlog(value: float) -> float:
    return 2 * _LOG_FLOOR * math.sinh(min(max(value, -300.0), 300.0))


def _interval(logs: Sequence[float], centre: float) -> Band:
    spread = stdev(logs) if len(logs) > 1 else 0.0
    reach = _t(len(logs) - 1) * spread * math.sqrt(1 + 1 / len(logs))
    return _unlog(centre), _unlog(centre - reach), _unlog(centre + reach), spread


def _level_band(past: Sequence[float]) -> Band:
    """The range of the recent level: a prediction interval of the last 24 values on the log scale."""
    logs = [_log(value) for value in past[-24:]]
    return _interval(logs, fmean(logs))


def _seasonal_band(series: Sequence[float | None], season: int) -> Band | None:
    """The range of year-on-year growth around the same period of last year; None without enough years."""
    last = len(series) - 1
    base = series[last - season] if last >= season else None
    growth = [
        _log(now) - _log(then)
        for now, then in zip(series[season:last], series, strict=False)
        if now is not None and then is not None
    ]
    if base is None or len(growth) < _MINIMUM_HISTORY:
        return None
    return _interval(growth, _log(base) + fmean(growth))


def _rate_band(past: Sequence[tuple[int, float]], sizes: Sequence[float], kind: Kind) -> Band:
    """Laney's p' chart: binomial limits widened by the spread that the past shows beyond chance.

    Laney (2002), "Improved control charts for attributes". A score is taken as a rate of -1..1.
    """
    scale = 100.0 if kind == "score" else 1.0
    known = [(value / scale, sizes[index]) for index, value in past if sizes[index] > 0]
    total = sum(size for _, size in known)
    if len(known) < _MINIMUM_HISTORY or total <= 0:
        return 0.0, -scale, scale, 0.0
    centre = sum(value * size for value, size in known) / total
    variance = max(centre * (1 - centre), 1e-6) if kind == "rate" else max(1 - centre * centre, 1e-6)
    scores = [(value - centre) / math.sqrt(variance / size) for value, size in known]
    beyond = max(1.0, stdev(scores))
    reach = _t(len(known) - 1) * beyond * math.sqrt(variance / sizes[-1] + variance / total)
    floor = -1.0 if kind == "score" else 0.0
    low, high = max(floor, centre - reach), min(1.0, centre + reach)
    return centre * scale, low * scale, high * scale, beyond


def _judge(current: float, bands: Sequence[Band], kind: Kind) -> Detection:
    """Flag what lies outside every range; show the range that comes nearest to the value."""
    moving = [band for band in bands if band[3] > 0]
    expected, low, high, _ = min(moving, key=lambda band: max(band[1] - current, current - band[2]))
    half = max(high - expected, expected - low, 1e-12)
    score = (current - expected) / half
    whole = kind == "count"
    low, high = (
        (min(math.floor(low + 1e-9), expected), max(math.ceil(high - 1e-9), expected))
        if whole
        else (low, high)
    )
    outside = not low <= current <= high
    return {
        "is_anomaly": outside,
        "score": score,
        "p_value": math.erfc(abs(score) * 2.576 / math.sqrt(2)),
        "expected": expected,
        "low": low,
        "high": high,
    }


def _cannot(reason: str, kind: Kind, current: float) -> Detection:
    low, high = _DOMAIN[kind]
    expected = min(max(current, low), high)
    return {
        "is_anomaly": False,
        "score": 0.0,
        "p_value": 1.0,
        "expected": expected,
        "low": low,
        "high": high,
        "reason": reason,
    }
