"""In which order an answer lists its groups."""

from __future__ import annotations

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
