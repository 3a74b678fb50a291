"""What of a period's revenue is left after the goods, and after serving the customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.quantities import Money
from kpi_engine.domain.translatable import said
from kpi_engine.reading.readings import Readings


@dataclass(frozen=True, slots=True)
class ProfitLayers(Finding):
    """The revenue of a period, less the goods, less serving the customers; None where that isn't mapped."""

    revenue: float
    cm1: float | None
    cm2: float | None
    currency: str

    name = "profit_layers"
    is_made_of = True

    def words(self, answer: Answer) -> tuple[str, ...]:  # noqa: ARG002 - its own amounts say it all
        """Return each layer, and the first one that isn't known."""
        revenue = Money(self.revenue, self.currency)
        if self.cm1 is None:
            return (
                said("Layers: revenue {revenue}; the cost of the goods isn't connected.", revenue=revenue),
            )
        cm1 = Money(self.cm1, self.currency)
        if self.cm2 is None:
            return (
                said(
                    "Layers: revenue {revenue}, after goods (CM1) {cm1}; the cost to serve isn't connected.",
                    revenue=revenue,
                    cm1=cm1,
                ),
            )
        return (
            said(
                "Layers: revenue {revenue}, after goods (CM1) {cm1}, after service (CM2) {cm2}.",
                revenue=revenue,
                cm1=cm1,
                cm2=Money(self.cm2, self.currency),
            ),
        )

    def fields(self) -> Mapping[str, object]:
        """Return the amounts."""
        return {"revenue": self.revenue, "cm1": self.cm1, "cm2": self.cm2, "currency": self.currency}


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[ProfitLayers]:  # noqa: ARG001 - made of the figure alone
    parts = figure.parts or {}
    revenue = parts.get("revenue")
    if revenue is not None and "cm1" in parts:
        yield ProfitLayers(revenue, parts["cm1"], parts["cm2"], question.money)


FINDER = Finder(_found)
