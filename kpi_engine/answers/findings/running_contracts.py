"""How the customers with a contract at a period's start become those at its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.quantities import Count
from kpi_engine.domain.translatable import said
from kpi_engine.reading.readings import Readings


@dataclass(frozen=True, slots=True)
class RunningContracts(Finding):
    """The customers with a contract at both ends: running_end = running_start - lost + gained."""

    running_start: float
    lost: float
    gained: float
    running_end: float

    name = "running_contracts"
    is_made_of = True

    def words(self, answer: Answer) -> tuple[str, ...]:  # noqa: ARG002 - its own numbers say it all
        """Return who signed and who left."""
        return (
            said(
                "Customers with a contract: {start} on the first day, {lost} lost, {gained} gained, {end}"
                " after the last day.",
                start=Count(self.running_start),
                lost=Count(self.lost),
                gained=Count(self.gained),
                end=Count(self.running_end),
            ),
        )

    def fields(self) -> Mapping[str, object]:
        """Return the numbers of customers."""
        return {
            "running_start": self.running_start,
            "lost": self.lost,
            "gained": self.gained,
            "running_end": self.running_end,
        }


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[RunningContracts]:  # noqa: ARG001 - made of the figure alone
    parts = figure.parts or {}
    start, lost, gained, end = (
        parts.get(name) or 0.0 for name in ("running_start", "lost", "gained", "running_end")
    )
    if start or end:
        yield RunningContracts(start, lost, gained, end)


FINDER = Finder(_found)
