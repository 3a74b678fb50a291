"""How the customers at a period's start become those at its end."""

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
class Reconciliation(Finding):
    """The customers at both ends of a period: active_end = active_start - lost + new + returned - gone.

    `inactive` is the share of all customers ever that isn't active at the end.
    """

    active_start: float
    lost: float
    new: float
    returned: float
    gone: float
    active_end: float
    inactive: float | None

    name = "reconciliation"
    is_made_of = True

    def words(self, answer: Answer) -> tuple[str, ...]:  # noqa: ARG002 - its own numbers say it all
        """Return who came and went, and what part of all customers ever is left out."""
        sentences = [
            said(
                "Customers: {start} active at the start, {lost} lost, {new} new, {returned} returned,"
                " {end} active at the end; gained {gained}, lost {lost}.",
                start=Count(self.active_start),
                lost=Count(self.lost),
                new=Count(self.new),
                returned=Count(self.returned),
                end=Count(self.active_end),
                gained=Count(self.new + self.returned),
            )
        ]
        if round(self.gone):
            gone = said("{gone} of the new customers were lost again by the end.", gone=Count(self.gone))
            sentences.append(gone)
        if self.inactive:
            inactive = Share(self.inactive)
            sentences.append(
                said("{inactive} of all customers to date are inactive at the end.", inactive=inactive)
            )
        return tuple(sentences)

    def fields(self) -> Mapping[str, object]:
        """Return the numbers of customers."""
        return {
            "active_start": self.active_start,
            "lost": self.lost,
            "new": self.new,
            "returned": self.returned,
            "gone": self.gone,
            "active_end": self.active_end,
            "inactive": self.inactive,
        }


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[Reconciliation]:  # noqa: ARG001 - made of the figure alone
    """Yield the customers at both ends; nothing where nobody was active at the start, or nobody knows."""
    parts = figure.parts or {}
    start, lost, new = (parts.get(name) for name in ("active_start", "lost", "new"))
    if not start or lost is None or new is None:
        return
    returned, gone, end = (parts.get(name) or 0.0 for name in ("returned", "gone", "active_end"))
    yield Reconciliation(start, lost, new, returned, gone, end, parts.get("inactive"))


FINDER = Finder(_found)
