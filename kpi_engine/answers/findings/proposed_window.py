"""After how many days a customer should count as lost, by the company's own waits between orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.findings.waits_between_orders import known_waits, waits_wanted
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.horizon import Horizon
from kpi_engine.domain.quantities import Count
from kpi_engine.domain.translatable import said
from kpi_engine.reading.readings import Readings


@dataclass(frozen=True, slots=True)
class ProposedWindow(Finding):
    """The window that the company's own waits suggest: 80 and 90 % of `waits` ended within so many days.

    `within` is the window in use.
    """

    within: Horizon
    p80: int
    p90: int
    waits: int

    name = "proposed_window"

    def words(self, answer: Answer) -> tuple[str, ...]:  # noqa: ARG002 - its own numbers say it all
        """Return the window in use beside what the waits suggest."""
        return (
            said(
                "A customer counts as lost after {within} without an order; this company's own gaps "
                "between orders suggest {p80} to {p90} days (80% and 90% of {waits} gaps).",
                within=self.within.words(),
                p80=Count(self.p80),
                p90=Count(self.p90),
                waits=Count(self.waits),
            ),
        )

    def fields(self) -> Mapping[str, object]:
        """Return the window in use, the percentiles of the waits in days, and how many waits there are."""
        return {"within": self.within.plain(), "p80": self.p80, "p90": self.p90, "waits": self.waits}


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[ProposedWindow]:
    known = known_waits(question, readings)
    if known and (figure.parts or {}).get("active_end"):
        lapse, _, waits = known
        yield ProposedWindow(lapse.within, waits.p80, waits.p90, waits.count)


FINDER = Finder(_found, waits_wanted)
