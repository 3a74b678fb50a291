"""What has no change to explain, and what to ask instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from kpi_engine.domain.answer import Answer, Comparison, Verdict
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.models import Model
from kpi_engine.domain.periods import previous
from kpi_engine.domain.query import Baseline, Query
from kpi_engine.domain.translatable import said
from kpi_engine.language.canonical import canonical


def splits(metric: Metric, models: Mapping[str, Model]) -> bool:
    """Whether a change of the metric is made of its members' parts: medians, means and pairs aren't."""
    return metric.spec.splits(models, metric.dimensions)


def refuse_unexplained(metric: Metric, models: Mapping[str, Model], query: Query) -> None:
    """Raise QueryError for a question whose change has no parts, or that asks for more than two periods."""
    if not splits(metric, models):
        raise QueryError(
            said("A change in {metric} can't be split into parts that add up.", metric=metric.title),
            hint="Ask for the metric with a split instead, for example by region.",
        )
    if query.per or query.top or query.sizes or query.flags - {"table"}:
        raise QueryError(
            "Why explains one period and what it is compared with.",
            hint="Leave out per, top, bottom, sizes, charts and files.",
        )
    if len(query.by) > 1:
        raise QueryError("Why can split by only one dimension at a time.", hint="Leave out the others.")


def compared(metric: Metric, query: Query, found: Answer, today: date) -> Comparison:
    """Return the answer's first comparison, which is explained. Raises QueryError without a change.

    Where days are missing that is what there is to say, whether or not the figures can be compared.
    """
    title = metric.title
    if not found.comparisons:
        raise _without_a_change(metric, query, found, today)
    comparison = found.comparisons[0]
    if found.missing:
        return comparison
    if comparison.verdict is Verdict.NOT_COMPARABLE:
        raise QueryError(
            said(
                "{metric} can't be compared between these two periods, so there is no change to explain.",
                metric=title,
            ),
            hint="Ask without why to see what is wrong with them.",
            suggestions=(canonical(found.query),),
        )
    if comparison.change is None:
        raise QueryError(
            said(
                "{metric} has no data in one of the two periods, so there is no change to explain.",
                metric=title,
            ),
            hint="Ask for another period, or write vs and the period to compare with.",
        )
    return comparison


def _without_a_change(metric: Metric, query: Query, found: Answer, today: date) -> QueryError:
    """Return why nothing is compared, with the nearest question that has a change where there is one."""
    title, window = metric.title, found.window
    baselines = {entry.baseline for entry in query.compare}
    begun = "Ask why for a month, week or year that has started."
    if baselines == {Baseline.TARGET}:
        return QueryError(
            "Why compares one period with another, not with a target.",
            suggestions=(f"why {canonical(replace(query, compare=()))}",),
        )
    if baselines == {Baseline.NONE}:
        return QueryError(
            "Why compares one period with another, but the question asks for no comparison.",
            suggestions=(f"why {canonical(replace(query, compare=()))}",),
        )
    if window.end is not None and window.start == today:
        before = replace(query, period=previous(found.period), compare=())
        return QueryError(
            said(
                "{metric} has no full day in this period yet, so there is no change to explain.",
                metric=title,
            ),
            hint="Ask about the previous period.",
            suggestions=(f"why {canonical(before)}",),
        )
    if window.is_empty:
        return QueryError(
            said("{metric}: this period hasn't started, so there is no change to explain.", metric=title),
            hint=begun,
        )
    return QueryError(
        said("{metric} has no earlier period to compare this one with.", metric=title),
        hint=begun,
    )
