"""The customers who are about to be lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.findings.waits_between_orders import known_waits, waits_wanted
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.quantities import Count
from kpi_engine.domain.translatable import said
from kpi_engine.reading.readings import Readings


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


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[AtRisk]:
    known, active = known_waits(question, readings), (figure.parts or {}).get("active_end")
    if known and active:
        _, wanted, waits = known
        if wanted.active_since < wanted.until - timedelta(days=waits.p80):
            yield AtRisk(waits.silent, int(active), waits.p80)


FINDER = Finder(_found, waits_wanted)
