"""What part of the profit the best customers bring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpi_engine.analysis.concentration import BEST
from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.findings.profit_by_customer import spread, wanted
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.quantities import Count, RoundShare
from kpi_engine.domain.translatable import said
from kpi_engine.reading.readings import Readings

_CURVE_SHOWN = (0.1, 0.5, 0.8)
"""The shares of the customers that the sentence names beside the best fifth."""


@dataclass(frozen=True, slots=True)
class Concentration(Finding):
    """What part of the profit the best customers bring: `part` of it by the best `best` (0..1).

    `part` is above 1 where the other customers together lose money. `curve` is the cumulative profit,
    best customers first: (share of the customers, share of the profit), up to (1, 1).
    """

    best: float
    part: float
    customers: int
    curve: tuple[tuple[float, float], ...] = ()

    name = "concentration"

    def words(self, answer: Answer) -> tuple[str, ...]:  # noqa: ARG002 - its own shares say it all
        """Return what the best fifth makes, and some more points of the curve."""
        best, part, customers = RoundShare(self.best), RoundShare(self.part), Count(self.customers)
        shown = tuple(
            said("{share} make {part}", share=RoundShare(share), part=RoundShare(part))
            for share, part in self.curve
            if round(share, 2) in _CURVE_SHOWN
        )
        if not shown:
            return (
                said(
                    "Best customers: the best {best} of {customers} make {part} of the profit.",
                    best=best,
                    customers=customers,
                    part=part,
                ),
            )
        return (
            said(
                "Best customers: the best {best} of {customers} make {part} of the profit ({curve}).",
                best=best,
                customers=customers,
                part=part,
                curve=shown,
            ),
        )

    def fields(self) -> Mapping[str, object]:
        """Return the shares, the number of customers and the whole curve."""
        return {"best": self.best, "part": self.part, "customers": self.customers, "curve": self.curve}


def _found(question: Question, readings: Readings, figure: Figure) -> Iterator[Concentration]:  # noqa: ARG001 - beside the figure
    known = spread(question, readings)
    if known is not None and known.part_of_best is not None:
        yield Concentration(BEST, known.part_of_best, known.members, known.curve)


FINDER = Finder(_found, wanted)
