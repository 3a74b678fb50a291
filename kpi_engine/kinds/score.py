"""A Net Promoter Score: the share of promoters less that of detractors, in points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from kpi_engine.analysis import score as arithmetic
from kpi_engine.catalogue import MeasureRef, Model, Need
from kpi_engine.figure import Figure
from kpi_engine.kinds.schema import MeasureRefFile, MetricFile
from kpi_engine.periods import Grain, Period, last_complete


@dataclass(frozen=True, slots=True)
class Score:
    """Promoters (9-10) and detractors (0-6) of `answers`, all three of them counts of answers."""

    promoters: MeasureRef
    detractors: MeasureRef
    answers: MeasureRef

    name = "score"
    is_share = False
    is_additive = False
    matures = False
    looks_back = None

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return the three measures."""
        return self.promoters, self.detractors, self.answers

    def needs(self, today: date) -> tuple[Need, ...]:  # noqa: ARG002 - the protocol's signature
        """Return the three counts."""
        return (
            Need("promoters", self.promoters),
            Need("detractors", self.detractors),
            Need("answers", self.answers),
        )

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """Return the score with its 95 % interval; `parts` holds the counts."""
        promoters, detractors = values["promoters"] or 0.0, values["detractors"] or 0.0
        answers = values["answers"] or 0.0
        parts = {
            "n": answers,
            "promoters": promoters,
            "passives": answers - promoters - detractors,
            "detractors": detractors,
        }
        if not answers:
            return Figure(None, 0.0, 0.0, parts=parts)
        return Figure(
            arithmetic.score(promoters, detractors, answers),
            promoters - detractors,
            answers,
            arithmetic.interval(promoters, detractors, answers),
            parts,
        )

    def default_period(self, today: date, grain: Grain, count: int) -> Period:
        """Return the last complete grains."""
        return last_complete(grain, today, count)

    def formula(self) -> str:
        """Return the score's formula."""
        refs = (self.promoters, self.detractors, self.answers)
        promoters, detractors, answers = (f"{ref.model}.{ref.measure}" for ref in refs)
        return f"100 x ({promoters} - {detractors}) / {answers}"

    def refuses(self, model: Model, dimension: str) -> str | None:  # noqa: ARG002 - the protocol's signature
        """Return None: answers may be split by anything their table has."""
        return None


class ScoreFile(MetricFile):
    """A metric that is a Net Promoter Score."""

    kind: Literal["score"]
    promoters: MeasureRefFile = Field(description="how many answered 9 or 10")
    detractors: MeasureRefFile = Field(description="how many answered 0 to 6")
    answers: MeasureRefFile = Field(description="how many answered")

    def spec(self) -> Score:
        """Return the kind's own part of the file."""
        return Score(self.promoters.ref(), self.detractors.ref(), self.answers.ref())
