"""With which periods a figure is compared, and what the comparison says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kpi_engine.analysis import compare
from kpi_engine.analysis.compare import Evidence
from kpi_engine.answers.coverage import Coverage
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Comparison
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import (
    Period,
    Window,
    like_for_like,
    previous,
    window_of,
    working_days,
    year_before,
)
from kpi_engine.domain.query import Baseline, Compare


@dataclass(frozen=True, slots=True)
class Against:
    """A comparison to be made: with which period, and which days of it.

    `runs_on` where these days aren't as much of it as was read of the answer's own period, because it
    is still running.
    """

    baseline: Baseline
    period: Period
    window: Window
    like_for_like: int | None
    runs_on: bool = False


def comparisons_wanted(question: Question) -> tuple[Against, ...]:
    """Return what the figure is compared with, each period once. Raises QueryError for the team."""
    asked = question.query.compare or (Compare(Baseline.PREVIOUS), Compare(Baseline.LAST_YEAR))
    if any(entry.baseline is Baseline.TEAM for entry in asked):
        raise QueryError(
            "Only a plain question can be compared with the team.",
            hint="For example: conversion rep:anna vs team.",
        )
    if question.period.is_all_time or question.window.is_empty:
        return ()
    made = []
    for entry in asked:
        period = _other_period(entry, question.period)
        if period is not None:
            made.append(_against(question, entry.baseline, period))
    by_period = {against.period: against for against in reversed(made) if against is not None}
    return tuple(reversed(by_period.values()))


def _other_period(entry: Compare, period: Period) -> Period | None:
    match entry.baseline:
        case Baseline.PREVIOUS:
            return previous(period)
        case Baseline.LAST_YEAR:
            return year_before(period)
        case Baseline.PERIOD if entry.period is not None and not entry.period.is_all_time:
            return entry.period
    return None


def _against(question: Question, baseline: Baseline, period: Period) -> Against | None:
    """Return what is compared; a running period only ever with as much of the earlier one."""
    read = window_of(period, question.today)
    if question.metric.spec.matures:
        return Against(baseline, period, read, None)
    if question.window.complete:
        return Against(baseline, period, read, None, runs_on=not read.complete)
    if question.is_today_alone:
        return None
    calendar = question.is_working_day
    window = like_for_like(period, question.window, calendar)
    if window.end is not None and window.end > question.today:
        return Against(baseline, period, read, None, runs_on=True)
    if calendar and working_days(question.window, calendar):
        return Against(baseline, period, window, working_days(window, calendar))
    days = (window.end - window.start).days if window.start and window.end else 0
    return Against(baseline, period, window, days)


def alike(question: Question, wanted: Collection[Against], coverage: Coverage) -> frozenset[Against]:
    """Return the comparisons of figures that are what they seem: of as many days, all in the data, with
    all costs and no rows missing.
    """
    if not is_whole(question.window, coverage):
        return frozenset()
    return frozenset(
        against for against in wanted if not against.runs_on and is_whole(against.window, coverage)
    )


def is_whole(window: Window, coverage: Coverage) -> bool:
    """Whether all days of a window are in the data, with all costs."""
    is_missing = coverage.missing_in(window) or coverage.unloaded(window)
    return not (is_missing or coverage.unbooked(window) or coverage.begins_after(window))


def comparison(
    metric: Metric, against: Against, now: Figure, base: Figure, known: Evidence, *, is_alike: bool
) -> Comparison:
    """Return how a figure differs from that of another period; `known` is what its noise is known by."""
    changed = compare.change_of(metric, now, base, known)
    if changed.change is not None and not is_alike:
        changed = compare.NOT_COMPARABLE
    return Comparison(
        against.baseline,
        against.period,
        against.window,
        base,
        changed.change,
        changed.change_pct,
        changed.verdict,
        changed.good,
        against.like_for_like,
        needed=changed.needed,
        is_seasonal=changed.is_seasonal,
        is_usual=changed.is_usual,
    )
