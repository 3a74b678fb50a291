"""What a metric means, in words: its formula and the tables and columns that it reads."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_engine.catalogue import Catalogue, Measure, MeasureRef, Metric, Model


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
    if time:
        parts.append(
            f"by {_column(model, '.'.join(time))}" + (", a row a month" if model.grain == "month" else "")
        )
    return ", ".join(parts)


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
