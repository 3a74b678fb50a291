"""What is known of each group of an answer beside the others: its figure, and the noise of that figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log

from kpi_engine.analysis import places
from kpi_engine.analysis.places import Estimate
from kpi_engine.analysis.score import adjusted
from kpi_engine.domain.answer import Group
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Metric
from kpi_engine.reading.frames import GroupKey

_Z95 = 1.959963984540054
_HALF = 0.5
"""Added to counts before their logarithm is taken, as in analysis.places."""


def measured(metric: Metric, groups: Sequence[Group]) -> Mapping[GroupKey, Estimate]:
    """Return the estimates of groups by their keys; without those whose noise isn't known."""
    known = [group for group in groups if _has_noise(metric, group.figure)]
    if not known:  # such as where every lead is still maturing
        return {}
    figures = [group.figure for group in known]
    if metric.spec.is_share:
        found = places.rates([_above(entry) for entry in figures], [_below(entry) for entry in figures])
    elif metric.unit == "score":
        scored = [adjusted(*_answers(entry)) for entry in figures]
        found = places.scores([score for score, _ in scored], [(margin / _Z95) ** 2 for _, margin in scored])
    else:
        found = places.counts([_value(entry) for entry in figures])
    return {group.keys: estimate for group, estimate in zip(known, found, strict=True)}


def attained(metric: Metric, groups: Sequence[Group]) -> Mapping[GroupKey, Estimate]:
    """Return the estimates of the shares of their targets that groups reached, by their keys.

    They aren't drawn to each other: targets differ for reasons.
    """
    found = {}
    for group in groups:
        attainment = group.target.attainment if group.target else None
        noise = _relative(metric, group.figure) if _has_noise(metric, group.figure) else None
        if group.target is not None and attainment is not None and noise is not None:
            value, variance = noise
            found[group.keys] = Estimate(attainment, log(value / group.target.value), variance)
    return found


def _relative(metric: Metric, figure: Figure) -> tuple[float, float] | None:
    """Return a figure above 0 and the variance of its logarithm; None of scores, which have none."""
    if metric.spec.is_share:
        above, below = _above(figure) + _HALF, _below(figure) + 2 * _HALF
        return above / below, 1 / above - 1 / below
    if metric.unit == "score":
        return None
    count = _value(figure) + _HALF
    return count, 1 / count


def _has_noise(metric: Metric, figure: Figure) -> bool:
    if metric.spec.is_share:
        return figure.numerator is not None and 0 <= figure.numerator <= _below(figure) > 0
    if metric.unit == "score":
        return bool(_below(figure))
    return metric.unit == "count" and metric.spec.is_additive and _value(figure) >= 0


def _value(figure: Figure) -> float:
    return figure.value or 0.0


def _above(figure: Figure) -> float:
    return figure.numerator or 0.0


def _below(figure: Figure) -> float:
    return figure.denominator or 0.0


def _answers(figure: Figure) -> tuple[float, float, float]:
    parts = figure.parts or {}
    return parts.get("promoters") or 0.0, parts.get("detractors") or 0.0, parts.get("n") or 0.0
