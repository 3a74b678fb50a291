"""Whether a figure lies outside its own usual range."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from kpi_engine.analysis import anomalies
from kpi_engine.answers.coverage import Coverage
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Anomaly
from kpi_engine.domain.figure import NO_DATA, Figure
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import Grain, Window, period_of, shift, start_of, window_of

_HISTORY: dict[Grain, int] = {Grain.MONTH: 36, Grain.WEEK: 104}
"""How many earlier periods the usual range rests on."""

_ANOMALY_GRAIN: dict[Grain, Literal["week", "month"]] = {Grain.WEEK: "week", Grain.MONTH: "month"}


def history_wanted(question: Question) -> tuple[Window, ...]:
    """Return the earlier periods of a single complete week or month, oldest first."""
    query, grain = question.query, question.period.grain
    if question.is_brief or query.by or query.per or not question.window.complete or grain not in _HISTORY:
        return ()
    if question.metric.spec.compares_ends:
        return ()  # every earlier period would need scans of its own
    start, end = question.period.bounds() if not question.period.is_all_time else (date.min, date.min)
    if start_of(grain, start) != start or shift(grain, start, 1) != end:
        return ()
    earlier = [period_of(grain, shift(grain, start, -back)) for back in range(_HISTORY[grain], 0, -1)]
    return tuple(window_of(period, question.today) for period in earlier)


def anomaly(
    question: Question, figure: Figure, history: Sequence[tuple[Window, Figure]], coverage: Coverage
) -> Anomaly | None:
    """Return whether a figure is unusual beside those of earlier periods, oldest first; None without any."""
    if not history or question.period.grain not in _ANOMALY_GRAIN:
        return None
    first = coverage.first
    past = [
        NO_DATA
        if window.start is not None and first is not None and window.start < first
        else coverage.known(entry, window)
        for window, entry in history
    ]
    while past and past[0].value is None:
        past.pop(0)
    grain = _ANOMALY_GRAIN[question.period.grain]
    found = anomalies.detect(
        [entry.value for entry in (*past, figure)],
        grain,
        _series_kind(question.metric),
        [entry.denominator for entry in (*past, figure)] if question.metric.spec.is_share else None,
    )
    return Anomaly(
        is_anomaly=found["is_anomaly"],
        expected=found["expected"],
        low=found["low"],
        high=found["high"],
        history=sum(entry.value is not None for entry in past),
        grain=grain,
        reason=found.get("reason"),
        p_value=found["p_value"],
        score=abs(found["score"]),
    )


def _series_kind(metric: Metric) -> anomalies.Kind:
    if metric.spec.is_share:
        return "rate"
    return "count" if metric.unit == "count" else "amount"
