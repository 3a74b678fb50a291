"""How far the data behind a question reaches: from when, until when, and which costs are booked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from statistics import fmean

from kpi_engine.analysis.arrival import Gap, gaps
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import MissingDays, PartialDay
from kpi_engine.domain.figure import NO_DATA, Figure
from kpi_engine.domain.periods import ONE_DAY, Grain, IsWorkingDay, Window, start_of, working_days
from kpi_engine.reading.day_counts import DayRows, is_counted
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.unreadable import UnreadableRows, worth_telling
from kpi_engine.reading.wanted import DaysOf, SpanOf, UnreadableOf

_DAYS_LATE = 2
"""Working days without rows, up to the period's end, from which the load is doubted."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What there is of the models of one metric.

    `first`: the day of the first row of any of them, `begin`: the day from which all of them have rows;
    `has_rows`: whether each has any. `until`: how far those with daily rows are loaded. `booked`: the
    last days of the models with one row a month (costs), empty where nothing is booked; `has_costs`:
    whether there is such a model. `missing`: the working days on which rows of a model should have arrived
    and didn't; `awaited` are the models of whose rows of today none has arrived, on a day that usually has
    some. `loaded` says how far each model with daily rows is loaded, `looked_at` are the models whose
    days were judged. `unreadable` are the models of which some rows have a date or an amount that can't be
    read. Days are of the business zone.
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
    awaited: tuple[str, ...] = ()
    loaded: Mapping[str, datetime] = field(default_factory=dict)
    looked_at: tuple[str, ...] = ()
    unreadable: tuple[tuple[str, UnreadableRows], ...] = ()

    def missing_in(self, window: Window) -> tuple[date, ...]:
        """Return the days of a window on which rows of any of the metric's models are missing, in order."""
        days = {day for entry in self.missing for day in entry.days if window.holds(day)}
        return tuple(sorted(days))

    def missing_of(self, windows: Iterable[Window]) -> tuple[MissingDays, ...]:
        """Return the days of some windows on which rows are missing, by model."""
        within = list(windows)
        found = []
        for entry in self.missing:
            days = tuple(day for day in entry.days if any(window.holds(day) for window in within))
            partial = tuple(part for part in entry.partial if part.day in days)
            if days:
                found.append(MissingDays(entry.model, days, partial, entry.usual))
        return tuple(found)

    def unloaded(self, window: Window) -> str | None:
        """Return the model of which no row of a window's working days has arrived; None if there is none."""
        start, end = window.start, window.end
        if start is None or end is None or window.is_empty:
            return None
        if start == self.today and end == self.today + ONE_DAY:
            return next(iter(self.awaited), None)
        calendar = self.is_working_day
        every = (start + place * ONE_DAY for place in range((end - start).days))
        days = {day for day in every if not calendar or calendar(day)}
        gone = (
            entry.model
            for entry in self.missing
            if days and days <= set(entry.days) - {part.day for part in entry.partial}
        )
        return next(gone, None)

    def known(self, figure: Figure, window: Window) -> Figure:
        """Return no data for a window that ends before any row of the metric's models, or whose rows haven't
        arrived.
        """
        if self.has_rows and self.first and window.end is not None and window.end <= self.first:
            return NO_DATA
        return NO_DATA if not figure.value and self.unloaded(window) else figure

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
        """Return how far the data is loaded where too many of a window's last days have no rows.

        For tables with too few rows to say on which days some are missing: None where these are known.
        """
        if self.until is None or window.end is None or window.is_empty:
            return None
        until = self.until.date()
        if any(day > until for day in self.missing_in(window)):
            return None
        return until if self._is_long(until, window.end) else None

    def _is_long(self, start: date, end: date) -> bool:
        """Whether days without rows are too many for a quiet spell."""
        missing, calendar = Window(start, end), self.is_working_day
        if missing.is_empty:
            return False
        days = working_days(missing, calendar) if calendar else (end - start).days
        return days > _DAYS_LATE


def spans_wanted(question: Question) -> tuple[SpanOf | DaysOf | UnreadableOf, ...]:
    """Return the models whose rows tell how far the data reaches, and on which days rows are missing.

    What the bot counts itself is always complete, and began when it was asked to: it counts alone only.
    """
    spans = _spans(question)
    days = (DaysOf(span.model, span.time) for span in spans if _is_judged(question, span))
    return (*spans, *days, *_unreadable_wanted(question))


def _unreadable_wanted(question: Question) -> Iterator[UnreadableOf]:
    """Yield the measures whose rows may have values that can't be read, as the question filters them."""
    for ref in dict.fromkeys(question.metric.spec.measures()):
        if not question.catalogue.models[ref.model].is_own:
            yield UnreadableOf(ref.model, ref.measure, question.filters)


def _spans(question: Question) -> tuple[SpanOf, ...]:
    """Return the models of a question's measures, each by the time that the measure goes by."""
    models = question.catalogue.models
    every: dict[SpanOf, None] = {}
    for ref in question.metric.spec.measures():
        model = models[ref.model]
        time = model.measures[ref.measure].time
        every[SpanOf(model.name, None if time == model.time else time)] = None
    customers = tuple(span for span in every if not models[span.model].is_own)
    return customers or tuple(every)


def _is_judged(question: Question, span: SpanOf) -> bool:
    """Whether rows are expected on each working day: not where a row stands for a stretch of time."""
    model = question.catalogue.models[span.model]
    if not is_counted(model) and not (span.time and is_counted(replace(model, time=span.time))):
        return False
    return not any(
        model.measures[ref.measure].until
        for ref in question.metric.spec.measures()
        if ref.model == span.model
    )


def coverage_of(question: Question, readings: Readings) -> Coverage:
    """Return how far the data behind a question reaches; `readings` hold what it wants for that."""
    models = question.catalogue.models
    own = {want: readings.spans[want] for want in _spans(question)}
    firsts = [span.first.date() for span in own.values() if span.first]
    daily = [
        (want.model, span.until)
        for want, span in own.items()
        if span.until and models[want.model].grain == "day"
    ]
    monthly = [span for want, span in own.items() if models[want.model].grain == "month"]
    today, calendar = question.today, question.is_working_day
    read = {
        want.model: rows
        for want in spans_wanted(question)
        if isinstance(want, DaysOf) and (rows := readings.days[want]) is not None
    }
    # the running day tells nothing of the days before: rows may come later on it
    found = {model: _gaps(rows, today, calendar) for model, rows in read.items()}
    running = read if question.is_today_alone else {}
    awaited = {model: _gaps(rows, today + ONE_DAY, calendar) for model, rows in running.items()}
    return Coverage(
        first=min(firsts, default=None),
        begin=max(firsts, default=None),
        has_rows=len(firsts) == len(own),
        until=min((until for _, until in daily), default=None),
        has_costs=bool(monthly),
        booked=tuple(span.until.date() for span in monthly if span.until),
        today=today,
        is_working_day=calendar,
        missing=tuple(_missing(model, every) for model, every in found.items() if every),
        awaited=tuple(
            model
            for model, every in awaited.items()
            if any(gap.day == today and not gap.rows for gap in every)
        ),
        loaded=dict(daily),
        looked_at=tuple(found),
        unreadable=worth_telling(
            {want: readings.unreadable.get(want) for want in _unreadable_wanted(question)}
        ),
    )


def told_until(until: datetime | None, question: Question) -> datetime | date | None:
    """Return how far the data is loaded as the asker is told it: to the day if they don't see everything.

    The moment is that of the newest row, which may be a colleague's.
    """
    return until.date() if until and question.scope.filters else until


def told_missing(missing: tuple[MissingDays, ...], question: Question) -> tuple[MissingDays, ...]:
    """Return the missing days as the asker is told them: without numbers of rows that they may not see."""
    if not question.scope.filters:
        return missing
    return tuple(
        replace(entry, partial=tuple(PartialDay(part.day, None, None) for part in entry.partial), usual=None)
        for entry in missing
    )


@lru_cache(maxsize=128)
def _gaps(rows: DayRows, end: date, is_working_day: IsWorkingDay | None) -> tuple[Gap, ...]:
    """Return the gaps of a reading, which several questions share."""
    return gaps(rows.counts, end, is_working_day)


def _missing(model: str, found: Sequence[Gap]) -> MissingDays:
    return MissingDays(
        model,
        tuple(gap.day for gap in found),
        tuple(PartialDay(gap.day, gap.rows, gap.usual) for gap in found if gap.rows),
        fmean(gap.usual for gap in found),
    )
