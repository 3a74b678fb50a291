"""One short text for everything that a metric's figure is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from hashlib import sha256

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.models import Model
from kpi_engine.domain.titles import Place

_LENGTH = 32


def definition_digest(metric: Metric, catalogue: Catalogue) -> str:
    """Return a text of 32 characters that changes with the computation of a metric.

    It covers the metric's kind and measures and the tables, columns, conditions and joins of every model
    that they reach; titles, places in files and measures of other metrics aren't part of it.
    """
    used = metric.spec.measures()
    reached: dict[str, Model] = {}
    waiting = [ref.model for ref in used]
    while waiting:
        name = waiting.pop()
        if name in catalogue.models and name not in reached:
            reached[name] = catalogue.models[name]
            waiting += [join.model for join in reached[name].joins.values()]
    measures = {(ref.model, ref.measure) for ref in used}
    told = [_told(metric.spec)]
    for name in sorted(reached):
        model = reached[name]
        own = {key: entry for key, entry in model.measures.items() if (name, key) in measures}
        bare = replace(model, place=Place("", 0), lines={}, members={}, dimensions={}, measures=own)
        told.append(_told(bare))
    return sha256("\n".join(told).encode()).hexdigest()[:_LENGTH]


def _told(value: object) -> str:
    """Return a value as text, the same in every process: sets and mappings are in order."""
    if is_dataclass(value) and not isinstance(value, type):
        inner = ",".join(f"{entry.name}={_told(getattr(value, entry.name))}" for entry in fields(value))
        return f"{type(value).__name__}({inner})"
    if isinstance(value, Mapping):
        return "{" + ",".join(sorted(f"{_told(key)}:{_told(entry)}" for key, entry in value.items())) + "}"
    if isinstance(value, (set, frozenset)):
        return "{" + ",".join(sorted(map(_told, value))) + "}"
    if isinstance(value, (tuple, list)):
        return "[" + ",".join(map(_told, value)) + "]"
    return repr(value)
