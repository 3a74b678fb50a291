"""Entries that are still maturing: how they do at their age, and where they are expected to end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_engine.analysis.cohorts import ExpectedEnd, MatureCohort, expected_end
from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.horizon import Horizon
from kpi_engine.domain.metrics import YoungEntries
from kpi_engine.domain.periods import Grain, Period, Window, split, window_of
from kpi_engine.domain.quantities import FigureParts, FigureValue, Share, Span
from kpi_engine.domain.translatable import Said, said
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import FiguresOf

_MATURE_MONTHS = 12
"""The months from which the company's own maturing is known."""


@dataclass(frozen=True, slots=True)
class YoungerCohort(Finding):
    """Entries that are still maturing, at the age in days that all of them have reached.

    `older` is a mature period and `same_age` its figure at that age. `end` is where the entries are expected
    to end, None where the history is too short. `is_asked_for`: they are those of the answer's own period.
    """

    period: Period
    age: int
    figure: Figure
    older: Period
    same_age: Figure
    end: ExpectedEnd | None
    is_asked_for: bool

    name = "younger_cohort"

    def words(self, answer: Answer) -> tuple[str, ...]:  # noqa: ARG002 - its own figures say it all
        """Return how they do at their age, how an older month did then, and where they will end."""
        return (self._at_age(), *self._expected())

    def headline(self, answer: Answer) -> tuple[str, Figure] | None:
        """Return the figure at its age where the answer's own can't be known yet."""
        if not self.is_asked_for or answer.figure.value is not None:
            return None
        value, age = FigureValue(self.figure), Horizon(self.age).words()
        if self.period.bounds() == (answer.window.start, answer.window.end):
            return said("{value} after {age}", value=value, age=age), self.figure
        of_part = said("{value} after {age} for {period}", value=value, age=age, period=Span(self.period))
        return of_part, self.figure

    def _at_age(self) -> Said:
        if self.same_age.value is None:
            return said(
                "{period} after {age}: {value} ({made_of}).",
                period=Span(self.period),
                age=Horizon(self.age).words(),
                value=FigureValue(self.figure),
                made_of=FigureParts(self.figure),
            )
        return said(
            "{period} after {age}: {value} ({made_of}); {older} stood at {same_age} then.",
            period=Span(self.period),
            age=Horizon(self.age).words(),
            value=FigureValue(self.figure),
            made_of=FigureParts(self.figure),
            older=Span(self.older),
            same_age=FigureValue(self.same_age),
        )

    def _expected(self) -> Iterator[Said]:
        if self.end is None:
            return
        expected, low, high = (Share(value) for value in (self.end.expected, self.end.low, self.end.high))
        if str(low) == str(high):
            yield said("Expected in the end: {expected}.", expected=expected)
        else:
            yield said(
                "Expected in the end: {expected} (80% range {low} to {high}).",
                expected=expected,
                low=low,
                high=high,
            )

    def fields(self) -> Mapping[str, object]:
        """Return the entries' days, age and figure, the older period at that age, and the expected end."""
        end = self.end
        return {
            "period": self.period,
            "age": self.age,
            "figure": self.figure,
            "same_age_period": self.older,
            "same_age": self.same_age,
            "expected": None if end is None else end.expected,
            "expected_low": None if end is None else end.low,
            "expected_high": None if end is None else end.high,
            "reached": None if end is None else end.reached,
            "mature_months": None if end is None else end.cohorts,
        }


def _wanted(question: Question) -> Iterator[FiguresOf]:
    entries = _young(question)
    yield from (_at_age(question, young) for young in entries)
    if entries:
        yield _in_all(question)


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[YoungerCohort]:  # noqa: ARG001 - beside the figure
    for young in _young(question):
        reading = readings.figures[_at_age(question, young)]
        now = reading.total(_window(young, question))
        if now.value is None:
            continue
        in_all = readings.figures[_in_all(question)]
        mature = [
            MatureCohort(at_age.denominator or 0, at_age.numerator or 0, in_all.total(window).numerator or 0)
            for window in _mature(question)
            if (at_age := reading.total(window)).value is not None
        ]
        older = _older(question)
        yield YoungerCohort(
            period=young.period,
            age=young.age,
            figure=now,
            older=older,
            same_age=reading.total(window_of(older, question.today)),
            end=expected_end(now.denominator or 0, now.numerator or 0, mature),
            is_asked_for=question.query.period is not None,
        )


def _young(question: Question) -> tuple[YoungEntries, ...]:
    """Return the entries that are told: those asked for; without a period, the months after the mature one.

    In a split they are told of all members together.
    """
    if question.query.per or question.window.is_empty or question.is_brief:
        return ()
    spec, today = question.metric.spec, question.today
    if question.query.period is None:
        return spec.maturing(today) if question.is_about_one_figure else ()
    young = spec.young_in(question.window, today)
    return () if young is None else (young,)


def _older(question: Question) -> Period:
    """Return the mature period beside which young entries are told."""
    if question.query.period is None:
        return question.period
    return question.metric.spec.default_period(question.today, Grain.MONTH, 1)


def _mature(question: Question) -> tuple[Window, ...]:
    months = question.metric.spec.default_period(question.today, Grain.MONTH, _MATURE_MONTHS)
    return tuple(window_of(month, question.today) for month in split(months, Grain.MONTH))


def _window(young: YoungEntries, question: Question) -> Window:
    return window_of(young.period, question.today)


def _at_age(question: Question, young: YoungEntries) -> FiguresOf:
    older = window_of(_older(question), question.today)
    windows = dict.fromkeys((_window(young, question), older, *_mature(question)))
    return FiguresOf(young.at_age, question.filters, tuple(windows))


def _in_all(question: Question) -> FiguresOf:
    return FiguresOf(question.metric.spec, question.filters, _mature(question))


FINDER = Finder(_found, _wanted)
