"""What a metric can be split and narrowed by."""

from __future__ import annotations

from dataclasses import replace

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.models import Model
from kpi_engine.domain.query import Query, Scope
from kpi_engine.domain.translatable import said
from kpi_engine.language.vocabulary import typed_name
from kpi_engine.language.words_of_line import short


def metric_named(catalogue: Catalogue, name: str) -> Metric:
    """Return a metric. Raises QueryError where there is none of the name."""
    if name not in catalogue.metrics:
        raise QueryError(
            said("There is no metric “{typed}”.", typed=short(name)), hint="Type list to see them all."
        )
    return catalogue.metrics[name]


def metric_within(catalogue: Catalogue, name: str, scope: Scope) -> Metric:
    """Return a metric as far as it can be limited to a scope: without the parts made from all rows.

    Raises QueryError where there is none of the name, and ForbiddenError where its figure is such a part.
    """
    metric = metric_named(catalogue, name)
    if not scope.filters:
        return metric
    spec = metric.spec.narrowed()
    if spec is None:
        raise ForbiddenError(
            said("{metric} is made from the whole company's figures.", metric=metric.title),
            hint="Only people who see everything can ask for it.",
        )
    return replace(metric, spec=spec)


def refuse_unreachable(catalogue: Catalogue, metric: Metric, query: Query, scope: Scope) -> None:
    """Raise QueryError for a split or filter that the metric's tables don't lead to."""
    asked = [*query.by, *(entry.dimension for entry in query.filters)]
    for dimension in asked:
        if dimension not in metric.dimensions:
            possible = tuple(typed_name(catalogue, name) for name in metric.dimensions)
            raise QueryError(
                said(
                    "{metric} can't be split by {dimension}: not all of its data has that dimension.",
                    metric=metric.title,
                    dimension=catalogue.titled(dimension).lower(),
                ),
                hint=said("You can use {keys}.", keys=possible) if possible else "It can't be split at all.",
            )
        reason = _says_nothing(catalogue, metric, dimension)
        if reason:
            raise QueryError(
                said(
                    "{metric} by {dimension} is meaningless: {reason}.",
                    metric=metric.title,
                    dimension=catalogue.titled(dimension).lower(),
                    reason=reason,
                )
            )
    for entry in scope.filters:
        if entry.dimension not in metric.dimensions:
            raise ForbiddenError(
                said("{metric} can't be limited to what you have access to.", metric=metric.title),
                hint="Only people who see everything can ask for it.",
            )


def reached(catalogue: Catalogue, metric: Metric) -> tuple[str, ...]:
    """Return the dimensions by which a metric may be split and filtered: what isn't refused above."""
    return tuple(name for name in metric.dimensions if not _says_nothing(catalogue, metric, name))


def _says_nothing(catalogue: Catalogue, metric: Metric, dimension: str) -> str | None:
    reasons = (metric.spec.refuses(model, dimension) for model in models_of(catalogue, metric))
    return next((reason for reason in reasons if reason), None)


def models_of(catalogue: Catalogue, metric: Metric) -> list[Model]:
    """Return the models of a metric's measures, one for each measure."""
    return [catalogue.models[ref.model] for ref in metric.spec.measures()]
