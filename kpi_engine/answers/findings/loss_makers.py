"""The customers who cost more than they bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.findings.profit_by_customer import CUSTOMER, spread, wanted
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.quantities import Count, Quantity
from kpi_engine.domain.translatable import said
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import LabelsOf


@dataclass(frozen=True, slots=True)
class LossMakers(Finding):
    """The customers who cost more than they brought: how many of how many, in sum, and the worst by name."""

    count: int
    customers: int
    total: float
    worst: tuple[tuple[str, float], ...]

    name = "loss_makers"

    def words(self, answer: Answer) -> tuple[str, ...]:
        """Return how many there are, and who they are."""

        def amount(value: float) -> Quantity:
            return Quantity(value, answer.unit, answer.currency)

        return (
            said(
                "Loss makers: {count} of {customers} customers lose {total} in total; the largest "
                "losses: {worst}.",
                count=Count(self.count),
                customers=Count(self.customers),
                total=amount(-self.total),
                worst=tuple(
                    said("{name} ({amount})", name=name, amount=amount(-value)) for name, value in self.worst
                ),
            ),
        )

    def fields(self) -> Mapping[str, object]:
        """Return how many of how many, their loss in all, and the worst ones with their loss."""
        return {
            "count": self.count,
            "customers": self.customers,
            "total": self.total,
            "worst": self.worst,
        }


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[LossMakers]:  # noqa: ARG001 - beside the figure
    known = spread(question, readings)
    if known is None or not known.losers:
        return
    for want in _wanted_then(question, readings):
        labels = readings.labels[want]
        worst = tuple((labels.get(key, str(key)), value) for key, value in known.worst)
        yield LossMakers(known.losers, known.members, known.losses, worst)


def _wanted_then(question: Question, readings: Readings) -> Iterator[LabelsOf]:
    known = spread(question, readings)
    if known is not None and known.losers:
        yield LabelsOf(CUSTOMER, tuple(key for key, _ in known.worst))


FINDER = Finder(_found, wanted, _wanted_then)
