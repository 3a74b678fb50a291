"""The customers who are about to be lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.findings.waits_between_orders import enough_waits, lapse_of, silent_wanted
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.quantities import Count
from kpi_engine.domain.translatable import said
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import SilentOf, WaitsOf


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


def _wanted(question: Question) -> Iterator[WaitsOf]:
    lapse = lapse_of(question)
    if lapse:
        yield lapse[1]


def _wanted_then(question: Question, readings: Readings) -> Iterator[SilentOf]:
    lapse = lapse_of(question)
    waits = enough_waits(readings, lapse[1]) if lapse else None
    if lapse and waits:
        yield from silent_wanted(*lapse, waits)


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[AtRisk]:
    lapse, active = lapse_of(question), (figure.parts or {}).get("active_end")
    waits = enough_waits(readings, lapse[1]) if lapse else None
    if lapse and waits and active:
        for want in silent_wanted(*lapse, waits):
            yield AtRisk(readings.silent[want], int(active), waits.p80)


FINDER = Finder(_found, _wanted, _wanted_then)
