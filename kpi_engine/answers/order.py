"""In which order an answer lists its groups: nobody is first or last for having little data."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_engine.analysis.score import FEW_ANSWERS
from kpi_engine.domain.answer import Group
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.query import Query


def is_best_first(query: Query, metric: Metric) -> bool:
    """Whether the best groups lead; of those below or above a size alone, the furthest from it do."""
    if query.top:
        return query.top.best
    own = [size for size in query.sizes if size.metric == metric.name]
    are_most_best = metric.better != "down"
    if own and all(size.low is None for size in own):
        return not are_most_best
    if own and all(size.high is None for size in own):
        return are_most_best
    return True


def ranked(groups: Sequence[Group], metric: Metric, *, best: bool) -> list[Group]:
    """Return the groups in order, the best first (or the worst, with `best` False).

    A rate ranks by the bound of its interval that is less flattering to the member in a list of
    the best, by the more flattering one in a list of the worst. A score of so few answers that it is
    none comes after the others, no data last; ties go by label.
    """
    rising = metric.better != "down"
    most_first = _is_most_first(metric, best=best)

    def order(group: Group) -> tuple[int, float, str]:
        bound = _bound(group, rising=rising, best=best)
        label = " ".join(part or "" for part in group.labels)
        if bound is None:
            return 2, 0.0, label
        if _is_unscored(group, metric):
            return 1, 0.0, label
        return 0, -bound if most_first else bound, label

    return sorted(groups, key=order)


def differs_from_values(groups: Sequence[Group], metric: Metric, *, best: bool, shown: int) -> bool:
    """Whether the first `shown` of ranked groups would be others, or in another order, by their values."""
    values = [
        group.figure.value
        for group in groups
        if group.figure.value is not None and group.figure.interval and not _is_unscored(group, metric)
    ]
    return values[:shown] != sorted(values, reverse=_is_most_first(metric, best=best))[:shown]


def _is_most_first(metric: Metric, *, best: bool) -> bool:
    return (metric.better != "down") == best


def _is_unscored(group: Group, metric: Metric) -> bool:
    return metric.unit == "score" and (group.figure.denominator or 0) < FEW_ANSWERS


def _bound(group: Group, *, rising: bool, best: bool) -> float | None:
    """Return what a group ranks by: its value, or the fitting end of its interval."""
    if group.figure.interval is None:
        return group.figure.value
    low, high = group.figure.interval
    return low if rising == best else high
