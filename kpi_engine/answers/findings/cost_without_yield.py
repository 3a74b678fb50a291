"""Costs that brought nothing, such as those of a source without a lead, and for how many months in a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure, is_without_yield
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.periods import Grain, Window, add_months, period_of
from kpi_engine.domain.quantities import Money
from kpi_engine.domain.query import Key
from kpi_engine.domain.titles import Title
from kpi_engine.domain.translatable import said
from kpi_engine.reading.metric_readings import Reading
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import FiguresOf, LabelsOf

LONGEST = 36
"""How many months in a row are counted at most, the answer's own among them."""


@dataclass(frozen=True, slots=True)
class CostWithoutYield(Finding):
    """A `cost` in the answer's month that brought none of what it is spent for (`counted`).

    It is that of a member, or of everything that the question asks for (`dimension`, `key` and `label` None).
    `months` in a row were without any, this one included, and cost `total` together; `is_longer` where there
    may be more than are counted.
    """

    dimension: str | None
    key: Key
    label: str | None
    cost: float
    counted: Title
    months: int
    total: float
    is_longer: bool
    currency: str

    name = "cost_without_yield"

    def words(self, answer: Answer) -> tuple[str, ...]:
        """Return what was spent on whom for nothing, and for how long."""
        values = {
            "who": self.label if self.label is not None else _asked(answer),
            "cost": Money(self.cost, self.currency),
            "counted": self.counted.lower(),
            "months": self.months,
            "total": Money(self.total, self.currency),
        }
        if self.months == 1:
            return (said("{who}: {cost}, no {counted}.", **values),)
        if self.is_longer:
            return (
                said(
                    "{who}: {cost}, no {counted} for at least {months} months in a row ({total} in all).",
                    **values,
                ),
            )
        return (said("{who}: {cost}, no {counted} for {months} months in a row ({total} in all).", **values),)

    def fields(self) -> Mapping[str, object]:
        """Return the member, the cost of the month, and the months in a row with their cost."""
        return {
            "dimension": self.dimension,
            "key": None if self.key is None else str(self.key),
            "label": self.label,
            "cost": self.cost,
            "currency": self.currency,
            "counted": self.counted.en,
            "months": self.months,
            "total": self.total,
            "is_longer": self.is_longer,
        }


def _asked(answer: Answer) -> object:
    names = tuple(member.label for entry in answer.filters if not entry.exclude for member in entry.members)
    return names or Title("All costs", "Alle kosten")


def _wanted(question: Question) -> Iterator[FiguresOf]:
    """Yield the figures of the answer's month and of those before it.

    All are read at once: a second statement for the months of some members would cost more.
    """
    if _is_judged(question):
        yield _in_months(question)


def _wanted_then(question: Question, readings: Readings) -> Iterator[LabelsOf]:
    keys = _wasteful(question, readings)
    return (LabelsOf(dimension, keys) for dimension in question.query.by if keys)


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[CostWithoutYield]:  # noqa: ARG001 - it reads its own
    keys, counted = _wasteful(question, readings), question.yields
    if not keys or counted is None:
        return
    dimension = next(iter(question.query.by), None)
    labels = {} if dimension is None else readings.labels[LabelsOf(dimension, keys)]
    months = readings.figures[_in_months(question)]
    for key in keys:
        spent = _in_a_row(months, _months(question), key, is_whole=dimension is None)
        yield CostWithoutYield(
            dimension=dimension,
            key=key,
            label=None if dimension is None else labels.get(key, str(key)),
            cost=spent[0],
            counted=counted,
            months=len(spent),
            total=sum(spent),
            is_longer=len(spent) == LONGEST,
            currency=question.money,
        )


def _is_judged(question: Question) -> bool:
    """Whether it is a question about one month of a cost, as a whole or by one dimension.

    A question for the first of many members isn't: it reads only those, and here all would be read.
    """
    query, period = question.query, question.period
    if question.yields is None or question.is_brief or question.window.is_empty:
        return False
    is_plain = not (query.per or query.top or query.sizes) and len(query.by) <= 1
    return is_plain and period.start is not None and period == period_of(Grain.MONTH, period.start)


def _wasteful(question: Question, readings: Readings) -> tuple[Key, ...]:
    """Return the members whose cost brought nothing, the most expensive first; (None,) for the whole.

    A cost that belongs to no member isn't one of them: what it brought can't be known.
    """
    if not _is_judged(question):
        return ()
    reading, window = readings.figures[_in_months(question)], question.window
    if not question.query.by:
        return (None,) if is_without_yield(reading.total(window)) else ()
    costs = {
        key: reading.group(window, (key,)).numerator or 0
        for (key,) in reading.keys((window,))
        if key is not None and is_without_yield(reading.group(window, (key,)))
    }
    return tuple(sorted(costs, key=lambda key: -costs[key]))


def _months(question: Question) -> Sequence[Window]:
    """Return the month of the question and those before it, newest first."""
    start = question.window.start
    if start is None:
        return ()
    starts = [add_months(start, -back) for back in range(1, LONGEST)]
    return [question.window, *(Window(first, add_months(first, 1)) for first in starts)]


def _in_months(question: Question) -> FiguresOf:
    windows, by = tuple(_months(question)), question.query.by
    return FiguresOf(question.metric.spec, question.filters, windows, by, windows if by else ())


def _in_a_row(months: Reading, windows: Sequence[Window], key: Key, *, is_whole: bool) -> list[float]:
    """Return the cost of each month in a row that brought nothing, newest first."""
    spent = []
    for window in windows:
        figure = months.total(window) if is_whole else months.group(window, (key,))
        if not is_without_yield(figure):
            break
        spent.append(figure.numerator or 0)
    return spent


FINDER = Finder(_found, _wanted, _wanted_then)
