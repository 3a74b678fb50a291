"""What it cost to win customers, against what they brought so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.quantities import Count, Money
from kpi_engine.domain.translatable import said
from kpi_engine.reading.readings import Readings


@dataclass(frozen=True, slots=True)
class AcquisitionCost(Finding):
    """What it cost to win the `customers` whose cost is known, against what they brought so far.

    `cm3` is their profit so far less that cost, None where a layer isn't mapped; `unallocated` what was
    spent and won nobody, None where only some customers are asked for.
    """

    customers: int
    cost: float
    revenue: float
    cm3: float | None
    unallocated: float | None
    currency: str

    name = "acquisition_cost"
    is_made_of = True

    def words(self, answer: Answer) -> tuple[str, ...]:  # noqa: ARG002 - its own amounts say it all
        """Return what they cost and brought, and what was spent in vain."""
        customers, cost = Count(self.customers), Money(self.cost, self.currency)
        revenue = Money(self.revenue, self.currency)
        if self.cm3 is None:
            first = said(
                "Acquisition cost: {customers} customers (with a known lead and cost) cost {cost}; so "
                "far they brought in {revenue}. What they leave after that cost (CM3) isn't known, "
                "because a layer isn't connected.",
                customers=customers,
                cost=cost,
                revenue=revenue,
            )
        else:
            first = said(
                "Acquisition cost: {customers} customers (with a known lead and cost) cost {cost}; so "
                "far they brought in {revenue} and leave {cm3} after that cost (CM3).",
                customers=customers,
                cost=cost,
                revenue=revenue,
                cm3=Money(self.cm3, self.currency),
            )
        if self.unallocated is None:
            return (first,)
        unallocated = Money(self.unallocated, self.currency)
        return first, said("{unallocated} was spent without winning a customer.", unallocated=unallocated)

    def fields(self) -> Mapping[str, object]:
        """Return the number of customers and the amounts."""
        return {
            "customers": self.customers,
            "cost": self.cost,
            "revenue": self.revenue,
            "cm3": self.cm3,
            "unallocated": self.unallocated,
            "currency": self.currency,
        }


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[AcquisitionCost]:  # noqa: ARG001 - made of the figure alone
    parts = figure.parts or {}
    match parts:
        case {"acquisition": float(cost), "acquired": float(customers), "revenue_so_far": float(revenue)}:
            yield AcquisitionCost(
                int(customers), cost, revenue, parts["cm3"], parts["unallocated"], question.money
            )


FINDER = Finder(_found)
