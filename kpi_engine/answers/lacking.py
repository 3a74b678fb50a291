"""What questions lack: which rows of the periods that they are about should have arrived and didn't.

Nothing but the days of the models is read, so that it costs little to look again and again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from statistics import fmean

from kpi_engine.answers.coverage import Coverage, coverage_of, spans_wanted
from kpi_engine.answers.question import Question, question_of
from kpi_engine.answers.setting import Setting
from kpi_engine.domain.answer import MissingDays
from kpi_engine.domain.lacking import Lacking
from kpi_engine.domain.periods import ONE_DAY, Grain, Window, add_months, start_of
from kpi_engine.domain.query import Query, Scope
from kpi_engine.reading.readings import Readings, read
from kpi_engine.reading.wanted import SpanOf, UnreadableOf


def lacking(setting: Setting, queries: Sequence[Query], since: date, now: datetime) -> tuple[Lacking, ...]:
    """Return what is lacking of the days from `since` on, once for each model.

    Raises QueryError where a question can't be asked, DataError and WarehouseError where a database can't
    answer.
    """
    questions = [
        question_of(setting, replace(query, metrics=(name,)), Scope(), now)
        for query in queries
        for name in query.metrics
    ]
    wanted = [
        want for entry in questions for want in spans_wanted(entry) if not isinstance(want, UnreadableOf)
    ]
    readings = read(setting.reader, setting.targets, wanted, now)
    found: dict[tuple[str, str], Lacking] = {}
    for question in questions:
        for entry in _of_question(question, readings, since):
            key = entry.model, "days" if entry.missing else "month"
            found[key] = _together(found[key], entry) if key in found else entry
    return tuple(found.values())


def _of_question(question: Question, readings: Readings, since: date) -> Iterator[Lacking]:
    window = _within(question, since)
    if window.is_empty:
        return
    coverage = coverage_of(question, readings)
    for entry in coverage.missing_of([window]):
        yield Lacking(entry.model, _loaded(coverage, entry.model), missing=entry)
    if question.is_today_alone:
        for model in coverage.awaited:
            day = MissingDays(model, (question.today,))
            yield Lacking(model, _loaded(coverage, model), missing=day)
    yield from _unbooked(question, readings, window)


def _within(question: Question, since: date) -> Window:
    """Return the days of a question from `since` on, until today at most."""
    start, end = question.window.start or since, question.window.end or question.today
    return Window(max(start, since), end, question.window.complete)


def _loaded(coverage: Coverage, model: str) -> date | None:
    until = coverage.loaded.get(model)
    return until.date() if until else None


def _unbooked(question: Question, readings: Readings, window: Window) -> Iterator[Lacking]:
    """Yield the costs of a window's last month that aren't booked although those of the month before are.

    Where not even these are booked, costs come later than posts anyway.
    """
    if window.end is None:
        return
    month = start_of(Grain.MONTH, window.end - ONE_DAY)
    if month >= start_of(Grain.MONTH, question.today):
        return
    for want in spans_wanted(question):
        if isinstance(want, SpanOf) and question.catalogue.models[want.model].grain == "month":
            until = readings.spans[want].until
            if until is not None and start_of(Grain.MONTH, until.date()) == add_months(month, -1):
                yield Lacking(want.model, until.date(), month=month)


def _together(one: Lacking, other: Lacking) -> Lacking:
    """Return what two questions lack of the same model."""
    if one.missing is None or other.missing is None:
        return one
    days = tuple(sorted({*one.days, *other.days}))
    partial = {part.day: part for part in (*one.missing.partial, *other.missing.partial)}
    usual = [found for entry in (one.missing, other.missing) if (found := entry.usual) is not None]
    both = MissingDays(
        one.model,
        days,
        tuple(partial[day] for day in days if day in partial),
        fmean(usual) if usual else None,
    )
    return replace(one, missing=both)
