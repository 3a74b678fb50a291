"""The customers who cost more than they bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import fsum

from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.findings.profit_by_customer import CUSTOMER, profits, wanted
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.quantities import Count, Quantity
from kpi_engine.domain.translatable import said
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import MembersOf

_NAMED = 3
"""Loss makers that are named."""


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
                total=amount(self.total),
                worst=tuple(
                    said("{name} ({amount})", name=name, amount=amount(value)) for name, value in self.worst
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
    known = profits(question, readings)
    losses = sorted((value, key) for key, value in known.items() if value < 0)
    if losses:
        members = readings.members[MembersOf(CUSTOMER, question.metric)]
        labels = {row.member.key: row.member.label for row in members}
        worst = tuple((labels.get(key, str(key)), value) for value, key in losses[:_NAMED])
        yield LossMakers(len(losses), len(known), fsum(value for value, _ in losses), worst)


def _wanted_then(question: Question, readings: Readings) -> Iterator[MembersOf]:
    if any(value < 0 for value in profits(question, readings).values()):
        yield MembersOf(CUSTOMER, question.metric)


FINDER = Finder(_found, wanted, _wanted_then)
