"""The figure of several months together, which is steadier than one month's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.periods import Grain, Period, add_months, window_of
from kpi_engine.domain.quantities import FigureParts, FigureValue, Span
from kpi_engine.domain.translatable import said
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import FiguresOf


@dataclass(frozen=True, slots=True)
class RollingScore(Finding):
    """The score of the months up to the period's end, which rests on more answers."""

    period: Period
    figure: Figure

    name = "rolling_score"

    def words(self, answer: Answer) -> tuple[str, ...]:  # noqa: ARG002 - its own figure says it all
        """Return the score of three months."""
        return (
            said(
                "Rolling three months ({period}): {value}, {made_of}",
                period=Span(self.period),
                value=FigureValue(self.figure),
                made_of=FigureParts(self.figure),
            ),
        )

    def fields(self) -> Mapping[str, object]:
        """Return the months and their figure."""
        return {"period": self.period, "figure": self.figure}


def _wanted(question: Question) -> Iterator[FiguresOf]:
    return (_rolled(question, period) for period in _rolling(question))


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[RollingScore]:  # noqa: ARG001 - beside the figure
    for period in _rolling(question):
        rolled = readings.figures[_rolled(question, period)].total(window_of(period, question.today))
        if rolled.denominator:
            yield RollingScore(period, rolled)


def _rolling(question: Question) -> Iterator[Period]:
    """Yield the months up to the end of a month that is asked for, where the kind pools some."""
    period, months = question.period, question.metric.spec.pooled_months
    if months is None or not question.is_about_one_figure:
        return
    if period.is_all_time or period.grain is not Grain.MONTH:
        return
    start, end = period.bounds()
    if add_months(start, 1) == end:
        yield Period(add_months(end, -months), end, Grain.MONTH)


def _rolled(question: Question, period: Period) -> FiguresOf:
    return FiguresOf(question.metric.spec, question.filters, (window_of(period, question.today),))


FINDER = Finder(_found, _wanted)
