"""Which method judges a series, and the judgement of one whose values stand on a level.

Amounts and larger counts need no scipy, which takes as long to import as hundreds of series to judge.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kpi_engine.analysis.usual_range.bank import LONGEST, Array, Mask
from kpi_engine.analysis.usual_range.judgement import (
    SIGNIFICANCE,
    Detection,
    Kind,
    PeriodName,
    cannot_judge,
    judged,
    limits,
)
from kpi_engine.analysis.usual_range.level_series import level_series, likeliest, together
from kpi_engine.analysis.usual_range.null import p_values_of
from kpi_engine.analysis.usual_range.working_scale import working_scale

_SHORTEST = 9
"""Periods, with the one that is judged."""
_FEWEST_KNOWN = 8
_FEWEST_ANSWERS = 8
"""Below this denominator not even a method that knew the true rate would see anything."""
_LARGEST = 1e90
_SMALL = 12.0
"""Counts with a smaller mean are judged exactly."""
_MOST_ANSWERS = 20_000
_COUNTABLE = 1e9
"""Beyond it the exact chances are differences of numbers too large to keep their digits."""
_EXACT_VARIANCE = 300.0
"""Of the numerator of a rate: above either the exact method is slow, and the log of the odds as good."""
_REACH, _STEPS = 8, 129
"""The band is looked for within so many standard deviations, on so many points."""
_STILL = 1e-12


def judge(
    values: Sequence[float | None],
    period: PeriodName,
    kind: Kind,
    denominators: Sequence[float | None] | None,
) -> Detection:
    """Judge the last value of a series, as `anomalies.detect` says."""
    series = _finite(values, *limits(kind))
    known = np.isfinite(series)
    last = float(series[-1]) if len(series) and known[-1] else None
    if last is None:
        return cannot_judge("no value", kind, None)
    if len(series) < _SHORTEST or known.sum() < _FEWEST_KNOWN:
        return cannot_judge("too short", kind, last)
    if kind in {"rate", "score"}:
        return _judge_ratio(series, known, period, kind, denominators or ())
    if kind == "count" and _is_small(series, known):
        return _judge_small_count(series, known)
    return _judge_level(series, period, kind, None)


def _judge_ratio(
    series: Array,
    known: Mask,
    period: PeriodName,
    kind: Kind,
    denominators: Sequence[float | None],
) -> Detection:
    """Judge a rate or a score, which say little without what they are made of."""
    sizes = np.nan_to_num(_finite(denominators, 0.0, _LARGEST))
    is_told = len(sizes) == len(series) and sizes[-1] >= _FEWEST_ANSWERS
    if not is_told or (known & (sizes > 0)).sum() < _FEWEST_KNOWN:
        return cannot_judge("too few", kind, float(series[-1]))
    if kind == "score":
        from kpi_engine.analysis.usual_range.scores import judge_score

        return judge_score(series, sizes)
    if _is_exact(series, sizes, known):
        from kpi_engine.analysis.usual_range.shares import judge_share

        return judge_share(series, np.round(sizes))
    return _judge_level(series, period, kind, sizes)


def _finite(values: Sequence[float | None], least: float, most: float) -> Array:
    """Return values with NaN for missing and infinite ones, cut so that no square overflows."""
    found = np.array([np.nan if value is None else float(value) for value in values], float)
    least, most = max(least, -_LARGEST), min(most, _LARGEST)
    return np.clip(np.where(np.isfinite(found), found, np.nan), least, most)


def _is_exact(rates: Array, sizes: Array, known: Mask) -> bool:
    mean = float((rates[known] * sizes[known]).sum() / max(sizes[known].sum(), 1.0))
    is_countable = sizes[-1] <= _MOST_ANSWERS and sizes.max() <= _COUNTABLE
    return is_countable and float(np.median(sizes)) * mean * (1 - mean) < _EXACT_VARIANCE


def _is_small(counts: Array, known: Mask) -> bool:
    past = counts[:-1][known[:-1]]
    return bool(past.min() >= 0 and counts[-1] >= 0 and past.mean() < _SMALL)


def _judge_small_count(counts: Array, known: Mask) -> Detection:
    if np.ptp(counts[:-1][known[:-1]]) == 0:
        return cannot_judge("constant", "count", float(counts[-1]))
    from kpi_engine.analysis.usual_range.small_counts import judge_small_count

    return judge_small_count(counts)


def _judge_level(series: Array, period: PeriodName, kind: Kind, sizes: Array | None) -> Detection:
    """Judge a series by the bank of models; missing values are drawn between their neighbours."""
    known, place = np.flatnonzero(np.isfinite(series)), np.arange(len(series))
    values = np.interp(place, known, series[known])[-LONGEST[period] :]
    scale = working_scale(values, kind, None if sizes is None else sizes[-LONGEST[period] :])
    worked = scale.to(values)
    value = float(values[-1])
    if np.ptp(worked[:-1]) < _STILL:
        return cannot_judge("constant", kind, value)
    found = level_series(worked, period, scale.floor)

    def p_values(evidence: Array) -> Array:
        return p_values_of(together(evidence), found, period)

    evidence = found.evidence(worked[-1:])
    p_value = float(p_values(evidence)[0])
    grid = found.mean + np.linspace(-_REACH, _REACH, _STEPS) * found.spread
    low, high = _inside(p_values(found.evidence(grid)))
    band = (
        scale.back(grid[low]),
        scale.back(min(max(found.mean, grid[low]), grid[high])),
        scale.back(grid[high]),
    )
    return judged(value, kind, p_value, band, what=likeliest(evidence))


def _inside(p_values: Array) -> tuple[int, int]:
    """Return the first and last place of the values around the likeliest one that are not significant."""
    middle = int(np.argmax(p_values))
    outside = np.flatnonzero(p_values <= SIGNIFICANCE)
    low = int(max((place for place in outside if place < middle), default=-1)) + 1
    high = int(min((place for place in outside if place > middle), default=len(p_values))) - 1
    return low, high
