"""Whether figures lie outside their own usual range: the one that was asked for, and those of a series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

from kpi_engine.analysis import anomalies
from kpi_engine.analysis.false_discovery import q_values
from kpi_engine.answers.coverage import Coverage
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Anomaly, SeriesPoint, UsualRange
from kpi_engine.domain.figure import NO_DATA, Figure
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import (
    AnyGrain,
    Grain,
    Period,
    Window,
    period_of,
    shift,
    start_of,
    window_of,
)

_HISTORY: dict[AnyGrain, int] = {Grain.MONTH: 36, Grain.WEEK: 104}
"""How many earlier periods a usual range rests on, of a figure alone or of each point of a series."""

_GRAINS: dict[AnyGrain, Literal["week", "month"]] = {Grain.WEEK: "week", Grain.MONTH: "month"}

_FALSE_DISCOVERIES = 0.10
"""Of the points of a series that are marked, the share that may be chance."""


def history_wanted(question: Question) -> tuple[Window, ...]:
    """Return the earlier periods of a single complete week or month, or of a series, oldest first."""
    query, grain = question.query, question.query.per or question.period.grain
    if question.is_brief or query.by or grain not in _HISTORY or question.period.is_all_time:
        return ()
    if question.metric.spec.compares_ends:
        return ()  # every earlier period would need scans of its own
    start, _ = question.period.bounds()
    if not query.per and not (question.window.complete and _is_whole(question.period, grain)):
        return ()
    first = start_of(grain, start)
    earlier = [period_of(grain, shift(grain, first, -back)) for back in range(_HISTORY[grain], 0, -1)]
    return tuple(window_of(period, question.today) for period in earlier)


def _is_whole(period: Period, grain: AnyGrain) -> bool:
    """Whether a period is one whole week or month."""
    start, end = period.bounds()
    return start_of(grain, start) == start and shift(grain, start, 1) == end


def anomaly(
    question: Question, figure: Figure, history: Sequence[tuple[Window, Figure]], coverage: Coverage
) -> Anomaly | None:
    """Return whether a figure is unusual beside those of earlier periods, oldest first.

    None without any, for a series, and where the figure's own period isn't complete.
    """
    grain = question.period.grain
    if not history or question.query.per or grain not in _GRAINS:
        return None
    if coverage.missing_in(question.window) or _is_growing(question, question.window, coverage):
        return None
    past = _from_first([_known(entry, window, coverage) for window, entry in history])
    found = _detect([*past, figure], grain, question.metric)
    return Anomaly(
        is_anomaly=found["is_anomaly"],
        expected=found["expected"],
        low=found["low"],
        high=found["high"],
        history=sum(entry.value is not None for entry in past),
        grain=_GRAINS[grain],
        reason=found.get("reason"),
        p_value=found["p_value"],
        score=found["score"],
    )


def with_usual_ranges(
    question: Question,
    points: Sequence[SeriesPoint],
    history: Sequence[tuple[Window, Figure]],
    coverage: Coverage,
) -> tuple[SeriesPoint, ...]:
    """Return the points of a series with the range of each, from the periods before it.

    Only complete weeks and months whose days are all loaded have one. The points that are marked unusual
    are chosen together, so that a long series has no more false marks than a short one.
    """
    grain = question.query.per
    if not history or grain is None:
        return tuple(points)
    figures = [
        *(_known(entry, window, coverage) for window, entry in history),
        *(_judged(question, point, grain, coverage) for point in points),
    ]
    found = [
        _detect(_from_first(figures[max(0, at - _HISTORY[grain]) : at + 1]), grain, question.metric)
        for at in range(len(history), len(figures))
    ]
    judged = [place for place, entry in enumerate(found) if "reason" not in entry]
    rates = q_values([found[place]["p_value"] for place in judged])
    marked = {place for place, rate in zip(judged, rates, strict=True) if rate <= _FALSE_DISCOVERIES}
    return tuple(
        point if "reason" in entry else replace(point, usual=_usual(entry, is_unusual=place in marked))
        for place, (point, entry) in enumerate(zip(points, found, strict=True))
    )


def _usual(found: anomalies.Detection, *, is_unusual: bool) -> UsualRange:
    return UsualRange(found["low"], found["high"], found["expected"], is_unusual and found["is_anomaly"])


def _judged(question: Question, point: SeriesPoint, grain: AnyGrain, coverage: Coverage) -> Figure:
    """Return the figure of a point, no data where the period isn't whole, over and complete."""
    is_over = point.window.complete and _is_whole(point.period, grain)
    if not is_over or _is_growing(question, point.window, coverage):
        return NO_DATA
    return _known(point.figure, point.window, coverage)


def _is_growing(question: Question, window: Window, coverage: Coverage) -> bool:
    """Whether a figure of a window that is over will still change: entries mature, or costs aren't booked."""
    end = window.end
    ripening = [entry.period.bounds()[0] for entry in question.metric.spec.maturing(question.today)]
    is_maturing = bool(ripening) and end is not None and end > min(ripening)
    return is_maturing or coverage.unbooked(window) is not None


def _known(figure: Figure, window: Window, coverage: Coverage) -> Figure:
    """Return the figure of a period, no data where a part of it is before the data or missing."""
    if window.start is not None and coverage.first is not None and window.start < coverage.first:
        return NO_DATA
    return NO_DATA if coverage.missing_in(window) else coverage.known(figure, window)


def _from_first(figures: Sequence[Figure]) -> Sequence[Figure]:
    first = next((place for place, figure in enumerate(figures) if figure.value is not None), len(figures))
    return figures[first:]


def _detect(figures: Sequence[Figure], grain: AnyGrain, metric: Metric) -> anomalies.Detection:
    kind = _series_kind(metric)
    sizes = _SIZES.get(kind)
    return anomalies.detect(
        [figure.value for figure in figures],
        _GRAINS[grain],
        kind,
        [sizes(figure) for figure in figures] if sizes else None,
        orders=_orders(figures),
    )


def _orders(figures: Sequence[Figure]) -> list[float | None] | None:
    """Return how many rows each figure rests on, None where that isn't known of any."""
    rows = [figure.rows for figure in figures]
    return None if all(count is None for count in rows) else rows


def _answers(figure: Figure) -> float | None:
    return (figure.parts or {}).get("n")


def _denominator(figure: Figure) -> float | None:
    return figure.denominator


_SIZES: dict[anomalies.Kind, Callable[[Figure], float | None]] = {"rate": _denominator, "score": _answers}
"""What a rate and a score are made of."""


def _series_kind(metric: Metric) -> anomalies.Kind:
    if metric.spec.is_share:
        return "rate"
    if metric.spec.judged_as == "score":
        return "score"
    return "count" if metric.unit == "count" else "amount"
