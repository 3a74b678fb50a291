"""What a metric means, in words: its formula and the tables and columns that it reads."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.metrics import MeasureRef, Metric
from kpi_engine.domain.models import Aggregate, History, Measure, Model, Path, When
from kpi_engine.domain.translatable import Said, either, said


@dataclass(frozen=True, slots=True)
class Source:
    """A measure that a metric reads: its name, and in words what it counts where."""

    measure: str
    reads: str


@dataclass(frozen=True, slots=True)
class Definition:
    """What a person needs to know to trust a number; its sentences can be translated."""

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


def _reads(catalogue: Catalogue, ref: MeasureRef) -> Said:
    model = catalogue.models[ref.model]
    measure = model.measures[ref.measure]
    conditions = [condition for condition in (model.where, measure.where) if condition]
    time = measure.time or model.time
    parts: list[Said] = [said("{values} of {table}", values=_aggregate(model, measure), table=_table(model))]
    if conditions:
        parts.append(said("where {condition}", condition=" and ".join(conditions)))
    if measure.first:
        event, per = ".".join(measure.first.event), ".".join(measure.first.per)
        parts.append(said("first {event} of each {per} only", event=_column(model, event), per=per))
    if measure.when and model.history:
        parts.append(_from_history(model, model.history, measure.when))
    if time:
        column = _column(model, ".".join(time))
        parts.append(
            said("by {column}, one row per month", column=column)
            if model.grain == "month"
            else said("by {column}", column=column)
        )
    return said("{parts}", parts=tuple(parts))


def _from_history(model: Model, history: History, when: When) -> Said:
    """Return which lines count: a part of those of existing customers."""
    customer, order = _named(model, history.customer), _named(model, history.order)
    existing = said(
        "from the second {order} of each {customer} on (existing customers)", order=order, customer=customer
    )
    ways: list[Said] = []
    mark = _named(model, history.mark.column) if history.mark else ""
    if history.marks(when):
        marked = tuple(map(repr, history.marks(when)))
        ways.append(said("{column} is {values}", column=mark, values=either(marked)))
    if when != "existing" and history.has_rule(when):
        rule = _rule(model, history, when)
        ways.append(said("without a {mark} {rule}", mark=mark, rule=rule) if mark else rule)
    return said("{existing}, where {ways}", existing=existing, ways=either(ways)) if ways else existing


def _rule(model: Model, history: History, when: When) -> Said:
    category = _named(model, history.category or ())
    if when == "cross_sell":
        return said("{category} is new: in none of the customer's earlier orders", category=category)
    level = _named(model, history.level or ())
    if not history.min_uplift:
        return said(
            "{level} is above the highest of the customer's last order in that {category}",
            level=level,
            category=category,
        )
    return said(
        "{level} is at least {percent} % above the highest of the customer's last order in that {category}",
        level=level,
        percent=f"{100 * history.min_uplift:g}",
        category=category,
    )


def _named(model: Model, path: Path) -> str:
    return _column(model, ".".join(path))


def _aggregate(model: Model, measure: Measure) -> Said:
    of: object = _column(model, ".".join(measure.of or ()))
    if measure.since:
        of = said("the days from {start} to {end}", start=_column(model, ".".join(measure.since)), end=of)
    names: dict[Aggregate, Said] = {
        "count": said("rows"),
        "count_distinct": said("distinct {values}", values=of),
        "sum": said("sum of {values}", values=of),
        "avg": said("mean of {values}", values=of),
        "min": said("minimum of {values}", values=of),
        "max": said("maximum of {values}", values=of),
        "median": said("median of {values}", values=of),
    }
    return names[measure.agg]


def _column(model: Model, name: str) -> str:
    column = model.columns.get(name)
    if column is None:
        return name
    return f"({column.sql})" if column.sql else str(column.physical)


def _table(model: Model) -> str:
    if model.table is None:
        return said("the query in {file}", file=model.place.file.split("/", 1)[-1])
    return f"{model.schema}.{model.table}" if model.schema else model.table
