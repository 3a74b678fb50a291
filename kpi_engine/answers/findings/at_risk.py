"""The customers who are about to be lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.findings.waits_between_orders import known_waits, silent_wanted, waits_wanted
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.quantities import Count
from kpi_engine.domain.translatable import said
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import SilentOf


@dataclass(frozen=True, slots=True)
class AtRisk(Finding):
    """The customers who wait longer than most ever did, `after` days (the 80th percentile of the waits
    between orders), but aren't lost yet: `count` of `active`, at the period's end.
    """

    count: int
    active: int
    after: int

    name = "at_risk"

    def words(self, answer: Answer) -> tuple[str, ...]:  # noqa: ARG002 - its own numbers say it all
        """Return how many wait longer than most."""
        return (
            said(
                "At risk: {count} of {active} active customers have not ordered for {after} days or "
                "more, longer than four in five gaps between orders.",
                count=Count(self.count),
                active=Count(self.active),
                after=Count(self.after),
            ),
        )

    def fields(self) -> Mapping[str, object]:
        """Return how many of how many, and after how many days."""
        return {"count": self.count, "active": self.active, "after": self.after}


def _wanted_then(question: Question, readings: Readings) -> Iterator[SilentOf]:
    known = known_waits(question, readings)
    if known:
        yield from silent_wanted(*known)


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[AtRisk]:
    known, active = known_waits(question, readings), (figure.parts or {}).get("active_end")
    if known and active:
        for want in silent_wanted(*known):
            yield AtRisk(readings.silent[want], int(active), known[2].p80)


FINDER = Finder(_found, waits_wanted, _wanted_then)
