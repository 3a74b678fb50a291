"""A team's answer made of its figures as they were first shown; nothing of it is read again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from kpi_engine.analysis import compare, targets
from kpi_engine.analysis.compare import Evidence
from kpi_engine.analysis.rates import wilson
from kpi_engine.domain.answer import Answer, Comparison, Note, TargetResult, Verdict, first_judged
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.models import Model
from kpi_engine.domain.periods import Grain, split, whole_months
from kpi_engine.domain.team_totals import KeptTotal

_UNKNOWN_NOISE = Evidence(noise=None, season=None)
"""What is known of the noise: the rows that tell it aren't kept. Rates tell their own."""


def kept_answer(
    asked: Answer, metric: Metric, kept: Mapping[date, KeptTotal], models: Mapping[str, Model]
) -> Answer | None:
    """Return the answer to a team's question about whole months, as they were first shown.

    `asked` says what was asked; none of its figures is used but the target of the team itself. `kept` has
    every month of the period by its first day, and the months compared with that may be shown. None if the
    figure of several months doesn't follow from theirs.
    """
    months = [kept[month.bounds()[0]] for month in split(asked.period, Grain.MONTH)]
    figure = _figure(months, metric, models)
    if figure is None:
        return None
    comparisons = tuple(_comparisons(asked, figure, metric, kept)) if len(months) == 1 else ()
    judged = first_judged(comparisons)
    points = (
        replace(point, figure=_shown(kept[point.period.bounds()[0]], metric), is_incomplete=False, usual=None)
        for point in asked.series
    )
    return Answer(
        query=asked.query,
        metric=asked.metric,
        unit=asked.unit,
        currency=asked.currency,
        direction=asked.direction,
        period=asked.period,
        window=asked.window,
        filters=asked.filters,
        figure=figure,
        comparisons=comparisons,
        target=_target(asked, figure, months, metric),
        series=tuple(points),
        notes=(Note("as_first_shown"),),
        yields=asked.yields,
        verdict=judged.verdict if judged else Verdict.NOT_JUDGED,
        basis="comparison" if judged else None,
    )


def _figure(months: Sequence[KeptTotal], metric: Metric, models: Mapping[str, Model]) -> Figure | None:
    """Return the figure of one month as it is kept, of several as it follows from theirs."""
    if len(months) == 1:
        return _shown(months[0], metric)
    joined = metric.spec.joined([month.figure for month in months], models)
    return _bare(joined, metric) if joined else None


def _shown(month: KeptTotal, metric: Metric) -> Figure:
    figure = month.figure
    if metric.spec.is_share and figure.numerator is not None and figure.denominator:
        figure = replace(figure, interval=wilson(figure.numerator, figure.denominator))
    return _bare(figure, metric)


def _bare(figure: Figure, metric: Metric) -> Figure:
    """Return a figure without its parts; the margin of a score would show who was satisfied."""
    is_score = metric.unit == "score"
    return replace(
        figure,
        numerator=None if is_score else figure.numerator,
        interval=None if is_score else figure.interval,
        parts=None,
        rows=None,
    )


def _comparisons(
    asked: Answer, figure: Figure, metric: Metric, kept: Mapping[date, KeptTotal]
) -> Iterator[Comparison]:
    """Yield the comparisons with months that are kept; others are left out."""
    for entry in asked.comparisons:
        period = entry.period
        if period.is_all_time or whole_months(*period.bounds()) != 1 or period.bounds()[0] not in kept:
            continue
        base = _shown(kept[period.bounds()[0]], metric)
        changed = compare.change_of(metric, figure, base, _UNKNOWN_NOISE)
        yield Comparison(
            entry.to,
            period,
            entry.window,
            base,
            changed.change,
            changed.change_pct,
            changed.verdict,
            changed.good,
            needed=changed.needed,
        )


def _target(
    asked: Answer, figure: Figure, months: Sequence[KeptTotal], metric: Metric
) -> TargetResult | None:
    """Return the team's own target, or the sum of its members' targets as it is kept, and the result."""
    target = asked.target
    if target is None:
        return None
    value = target.value
    if target.summed:
        known = [month.target for month in months if month.target is not None]
        if len(known) < len(months):
            return None
        value = sum(known)
    return replace(
        target,
        value=value,
        result=figure.value,
        attainment=targets.attainment(figure.value, value, metric.better),
        reached=targets.reached(figure.value, value, metric.better, complete=True),
        is_complete=True,
        landing=None,
    )
