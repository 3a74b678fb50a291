"""How far the data behind a question reaches: from when, until when, and which costs are booked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import MissingDays
from kpi_engine.domain.figure import NO_DATA, Figure
from kpi_engine.domain.periods import ONE_DAY, Grain, IsWorkingDay, Window, start_of, working_days
from kpi_engine.reading.freshness import Span
from kpi_engine.reading.wanted import SpanOf

_DAYS_LATE = 2
"""Working days without rows, up to the period's end, from which the load is doubted."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What there is of the models of one metric.

    `first`: the day of the first row of any of them, `begin`: the day from which all of them have rows;
    `has_rows`: whether each has any. `until`: how far those with daily rows are loaded. `booked`: the
    last days of the models with one row a month (costs), empty where nothing is booked; `has_costs`:
    whether there is such a model. `missing`: the working days on which rows of a model should have arrived
    and didn't. Days are of the business zone.
    """

    first: date | None
    begin: date | None
    has_rows: bool
    until: datetime | None
    has_costs: bool
    booked: tuple[date, ...]
    today: date
    is_working_day: IsWorkingDay | None
    missing: tuple[MissingDays, ...] = ()

    def missing_in(self, window: Window) -> tuple[date, ...]:
        """Return the days of a window on which rows of any of the metric's models are missing, in order."""
        days = {day for entry in self.missing for day in entry.days if _holds(window, day)}
        return tuple(sorted(days))

    def known(self, figure: Figure, window: Window) -> Figure:
        """Return no data for a window that ends before any row of the metric's models."""
        if self.has_rows and self.first and window.end is not None and window.end <= self.first:
            return NO_DATA
        return figure

    def begins_after(self, window: Window) -> bool:
        """Whether a window lies before the data, wholly or with its first days."""
        if self.begin is None or window.start is None or window.end is None or window.is_empty:
            return False
        return window.end <= self.begin or self._is_long(window.start, self.begin)

    def unbooked(self, window: Window) -> date | None:
        """Return the last month of a window if its costs may not be complete yet."""
        if not self.has_costs or window.end is None or window.is_empty:
            return None
        last = start_of(Grain.MONTH, window.end - ONE_DAY)
        is_running = last >= start_of(Grain.MONTH, self.today)
        return last if is_running or (self.booked and max(self.booked) < last) else None

    def missing_since(self, window: Window) -> date | None:
        """Return how far the data is loaded where too many of a window's last days have no rows."""
        if self.until is None or window.end is None or window.is_empty:
            return None
        until = self.until.date()
        return until if self._is_long(until, window.end) else None

    def _is_long(self, start: date, end: date) -> bool:
        """Whether days without rows are too many for a quiet spell."""
        missing, calendar = Window(start, end), self.is_working_day
        if missing.is_empty:
            return False
        days = working_days(missing, calendar) if calendar else (end - start).days
        return days > _DAYS_LATE


def _holds(window: Window, day: date) -> bool:
    is_after = window.start is None or window.start <= day
    return is_after and (window.end is None or day < window.end)


def spans_wanted(question: Question) -> tuple[SpanOf, ...]:
    """Return the models whose rows tell how far the data reaches.

    What the bot counts itself is always complete, and began when it was asked to: it counts alone only.
    """
    every = dict.fromkeys(model.name for model in question.models)
    customers = [name for name in every if not question.catalogue.models[name].is_own]
    return tuple(SpanOf(name) for name in customers or every)


def coverage_of(question: Question, spans: Mapping[SpanOf, Span]) -> Coverage:
    """Return how far the data behind a question reaches; `spans` holds those that it wants."""
    models = question.catalogue.models
    own = {want.model: spans[want] for want in spans_wanted(question)}
    firsts = [span.first.date() for span in own.values() if span.first]
    daily = [span.until for name, span in own.items() if span.until and models[name].grain == "day"]
    monthly = [span for name, span in own.items() if models[name].grain == "month"]
    return Coverage(
        first=min(firsts, default=None),
        begin=max(firsts, default=None),
        has_rows=len(firsts) == len(own),
        until=min(daily, default=None),
        has_costs=bool(monthly),
        booked=tuple(span.until.date() for span in monthly if span.until),
        today=question.today,
        is_working_day=question.is_working_day,
    )
