"""How many of those who were asked for a score answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.quantities import Count, Share
from kpi_engine.domain.translatable import said
from kpi_engine.reading.readings import Readings


@dataclass(frozen=True, slots=True)
class Responses(Finding):
    """How many of those who were asked for a score in the period answered."""

    answered: int
    delivered: int

    name = "responses"
    is_made_of = True

    def words(self, answer: Answer) -> tuple[str, ...]:  # noqa: ARG002 - its own numbers say it all
        """Return the response rate."""
        return (
            said(
                "Response rate: {share} ({answered} of {delivered} people asked in the period).",
                share=Share(self.answered / self.delivered),
                answered=Count(self.answered),
                delivered=Count(self.delivered),
            ),
        )

    def fields(self) -> Mapping[str, object]:
        """Return both counts."""
        return {"answered": self.answered, "delivered": self.delivered}


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[Responses]:  # noqa: ARG001 - made of the figure alone
    parts = figure.parts or {}
    answered, delivered = parts.get("answered"), parts.get("delivered")
    if delivered and answered is not None:
        yield Responses(int(answered), int(delivered))


FINDER = Finder(_found)
