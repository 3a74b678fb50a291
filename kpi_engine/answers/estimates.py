"""What is known of each group of an answer beside the others: its figure, and the noise of that figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log

from kpi_engine.analysis import places
from kpi_engine.analysis.compare import style_of
from kpi_engine.analysis.evidence import Noise
from kpi_engine.analysis.places import Estimate
from kpi_engine.analysis.rates import Z95
from kpi_engine.analysis.score import adjusted
from kpi_engine.domain.answer import Group
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Metric
from kpi_engine.reading.frames import GroupKey

_HALF = 0.5
"""Added to counts before their logarithm is taken, as in analysis.places."""


def measured(metric: Metric, groups: Sequence[Group], noise: Noise | None) -> Mapping[GroupKey, Estimate]:
    """Return the estimates of groups by their keys; without those whose noise isn't known.

    `noise` is that of the metric by its history, None without one; shares and scores need none.
    """
    known = [group for group in groups if _has_noise(metric, group.figure, noise)]
    if not known:  # such as where every lead is still maturing
        return {}
    figures = [group.figure for group in known]
    match style_of(metric):
        case "share":
            found = places.rates([_above(entry) for entry in figures], [_below(entry) for entry in figures])
        case "score":
            scored = [adjusted(*_answers(entry)) for entry in figures]
            found = places.scores(
                [score for score, _ in scored], [(margin / Z95) ** 2 for _, margin in scored]
            )
        case "count":
            beyond = _beyond_chance(noise)
            counted = places.counts([_value(entry) for entry in figures])
            found = [replace(entry, variance=beyond * entry.variance) for entry in counted]
        case _:
            own = [_of_rows(entry, noise) for entry in figures]
            found = places.amounts([_value(entry) for entry in figures], own)
    return {group.keys: estimate for group, estimate in zip(known, found, strict=True)}


def attained(metric: Metric, groups: Sequence[Group], noise: Noise | None) -> Mapping[GroupKey, Estimate]:
    """Return the estimates of the shares of their targets that groups reached, by their keys.

    They aren't drawn to each other: targets differ for reasons.
    """
    found = {}
    for group in groups:
        attainment = group.target.attainment if group.target else None
        if group.target is None or attainment is None or not _has_noise(metric, group.figure, noise):
            continue
        relative = _relative(metric, group.figure, noise)
        if relative is not None and group.target.value > 0:
            value, variance = relative
            found[group.keys] = Estimate(attainment, log(value / group.target.value), variance)
    return found


def _relative(metric: Metric, figure: Figure, noise: Noise | None) -> tuple[float, float] | None:
    """Return a figure above 0 and the variance of its logarithm; None of scores, which have none."""
    match style_of(metric):
        case "share":
            above, below = _above(figure) + _HALF, _below(figure) + 2 * _HALF
            return above / below, 1 / above - 1 / below
        case "score":
            return None
        case "count":
            count = _value(figure) + _HALF
            return count, _beyond_chance(noise) / count
    return _value(figure), _of_rows(figure, noise)


def _has_noise(metric: Metric, figure: Figure, noise: Noise | None) -> bool:
    match style_of(metric):
        case "share":
            return figure.numerator is not None and 0 <= figure.numerator <= _below(figure) > 0
        case "score":
            return bool(_below(figure))
        case "count":
            return figure.value is not None and figure.value >= 0
        case "amount" | "mean" | "cost":
            return noise is not None and bool(figure.rows) and _value(figure) > 0
    return False


def _beyond_chance(noise: Noise | None) -> float:
    """Return by how much counts vary more than chance alone makes them."""
    return max(1.0, noise.kappa) if noise else 1.0


def _of_rows(figure: Figure, noise: Noise | None) -> float:
    """Return the variance of the logarithm of an amount, by the rows that it rests on."""
    return noise.kappa / figure.rows if noise and figure.rows else 0.0


def _value(figure: Figure) -> float:
    return figure.value or 0.0


def _above(figure: Figure) -> float:
    return figure.numerator or 0.0


def _below(figure: Figure) -> float:
    return figure.denominator or 0.0


def _answers(figure: Figure) -> tuple[float, float, float]:
    parts = figure.parts or {}
    return parts.get("promoters") or 0.0, parts.get("detractors") or 0.0, parts.get("n") or 0.0
