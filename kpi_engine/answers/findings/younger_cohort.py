"""The months that are still maturing, at the age that all their entries have reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.metrics import MaturingMonth
from kpi_engine.domain.periods import Period, window_of
from kpi_engine.domain.quantities import FigureParts, FigureValue, Span
from kpi_engine.domain.translatable import said
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import FiguresOf


@dataclass(frozen=True, slots=True)
class YoungerCohort(Finding):
    """A cohort that is still maturing, at the age that all its leads have reached.

    `same_age` is the answer's own period at that age, `age` in days.
    """

    period: Period
    age: int
    figure: Figure
    same_age: Figure

    name = "younger_cohort"

    def words(self, answer: Answer) -> tuple[str, ...]:
        """Return how the young month does beside the answer's own at the same age."""
        return (
            said(
                "{period} is still maturing: {value} after {age} days ({made_of}); at the same age, "
                "{older} was at {same_age}.",
                period=Span(self.period),
                value=FigureValue(self.figure),
                age=self.age,
                made_of=FigureParts(self.figure),
                older=Span(answer.period),
                same_age=FigureValue(self.same_age),
            ),
        )

    def fields(self) -> Mapping[str, object]:
        """Return the month, its age in days, its figure and that of the answer's period at the same age."""
        return {
            "period": self.period,
            "age": self.age,
            "figure": self.figure,
            "same_age": self.same_age,
        }


def _wanted(question: Question) -> Iterator[FiguresOf]:
    return (_at_age(question, month) for month in _months(question))


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[YoungerCohort]:  # noqa: ARG001 - beside the figure
    for month in _months(question):
        reading = readings.figures[_at_age(question, month)]
        young = reading.total(window_of(month.period, question.today))
        if young.value is not None:
            yield YoungerCohort(month.period, month.age, young, reading.total(question.window))


def _months(question: Question) -> tuple[MaturingMonth, ...]:
    """Return the months beside a figure whose period is the newest that can be judged."""
    if not question.is_about_one_figure or question.query.period is not None:
        return ()
    return question.metric.spec.maturing(question.today)


def _at_age(question: Question, month: MaturingMonth) -> FiguresOf:
    windows = (window_of(month.period, question.today), question.window)
    return FiguresOf(month.at_age, question.filters, windows)


FINDER = Finder(_found, _wanted)
