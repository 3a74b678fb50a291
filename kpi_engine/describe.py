"""What a metric means, in words: its formula and the tables and columns that it reads."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_engine.catalogue import Catalogue, History, Measure, MeasureRef, Metric, Model, Path, When


@dataclass(frozen=True, slots=True)
class Source:
    """A measure that a metric reads: its name, and in words what it counts where."""

    measure: str
    reads: str


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything that a person needs to trust a number; texts in English, titles in the metric itself."""

    metric: Metric
    formula: str
    sources: tuple[Source, ...]


def define(catalogue: Catalogue, metric: Metric) -> Definition:
    """Return the definition of a metric of the catalogue."""
    refs = dict.fromkeys(metric.spec.measures())
    return Definition(
        metric, metric.spec.formula(), tuple(Source(_name(ref), _reads(catalogue, ref)) for ref in refs)
    )


def _name(ref: MeasureRef) -> str:
    return f"{ref.model}.{ref.measure}"


def _reads(catalogue: Catalogue, ref: MeasureRef) -> str:
    model = catalogue.models[ref.model]
    measure = model.measures[ref.measure]
    conditions = [condition for condition in (model.where, measure.where) if condition]
    time = measure.time or model.time
    parts = [f"{_aggregate(model, measure)} of {_table(model)}"]
    if conditions:
        parts.append("where " + " and ".join(conditions))
    if measure.first:
        event, per = ".".join(measure.first.event), ".".join(measure.first.per)
        parts.append(f"first {_column(model, event)} of each {per} only")
    if measure.when and model.history:
        parts.append(_from_history(model, model.history, measure.when))
    if time:
        parts.append(
            f"by {_column(model, '.'.join(time))}" + (", a row a month" if model.grain == "month" else "")
        )
    return ", ".join(parts)


def _from_history(model: Model, history: History, when: When) -> str:
    """Return which lines count: a part of those of existing customers."""
    customer, order = _named(model, history.customer), _named(model, history.order)
    existing = f"from the second {order} of each {customer} on (existing customers)"
    ways = []
    mark = _named(model, history.mark.column) if history.mark else ""
    if history.marks(when):
        ways.append(f"{mark} is {' or '.join(map(repr, history.marks(when)))}")
    if when != "existing" and history.has_rule(when):
        ways.append((f"without a {mark} " if mark else "") + _rule(model, history, when))
    return f"{existing}, where {' or '.join(ways)}" if ways else existing


def _rule(model: Model, history: History, when: When) -> str:
    category = _named(model, history.category or ())
    if when == "cross_sell":
        return f"{category} is new: in none of the customer's earlier orders"
    above = f"at least {100 * history.min_uplift:g} % above" if history.min_uplift else "above"
    level = _named(model, history.level or ())
    return f"{level} is {above} the highest of the customer's last order in that {category}"


def _named(model: Model, path: Path) -> str:
    return _column(model, ".".join(path))


def _aggregate(model: Model, measure: Measure) -> str:
    names = {
        "count": "rows",
        "count_distinct": "distinct {}",
        "sum": "sum of {}",
        "avg": "mean of {}",
        "min": "least {}",
        "max": "greatest {}",
        "median": "median of {}",
    }
    of = _column(model, ".".join(measure.of or ()))
    if measure.since:
        of = f"the days from {_column(model, '.'.join(measure.since))} to {of}"
    return names[measure.agg].format(of)


def _column(model: Model, name: str) -> str:
    column = model.columns.get(name)
    if column is None:
        return name
    return f"({column.sql})" if column.sql else str(column.physical)


def _table(model: Model) -> str:
    if model.table is None:
        return f"the query in {model.place.file.split('/', 1)[-1]}"
    return f"{model.schema}.{model.table}" if model.schema else model.table
