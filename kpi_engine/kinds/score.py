"""A Net Promoter Score: the share of promoters less that of detractors, in points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import Field

from kpi_engine.analysis import score as arithmetic
from kpi_engine.catalogue import MeasureRef, Model, Need
from kpi_engine.figure import Figure
from kpi_engine.kinds.schema import MeasureRefFile, MetricFile, Name, sum_of
from kpi_engine.periods import Grain, Period, last_complete


@dataclass(frozen=True, slots=True)
class Counts:
    """Promoters (9-10) and detractors (0-6) of `answers`: counts of the answers in one model."""

    promoters: MeasureRef
    detractors: MeasureRef
    answers: MeasureRef

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return the three counts."""
        return self.promoters, self.detractors, self.answers


_NAMES = ("promoters", "detractors", "answers")


@dataclass(frozen=True, slots=True)
class Score:
    """The score of the answers in one or several models, whose counts add."""

    sources: tuple[Counts, ...]

    name = "score"
    is_share = False
    is_additive = False
    matures = False
    looks_back = None

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return all counts."""
        return tuple(ref for source in self.sources for ref in source.measures())

    def beside(self) -> tuple[tuple[MeasureRef, ...], ...]:
        """Return the counts of each model."""
        return tuple(source.measures() for source in self.sources)

    def needs(self, today: date) -> tuple[Need, ...]:  # noqa: ARG002 - the protocol's signature
        """Return all counts, named after what they count and the model's place."""
        return tuple(
            Need(f"{name}_{index}", ref)
            for index, source in enumerate(self.sources)
            for name, ref in zip(_NAMES, source.measures(), strict=True)
        )

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """Return the score with its 95 % interval; `parts` holds the counts."""
        promoters, detractors, answers = (
            sum(values[f"{name}_{index}"] or 0.0 for index in range(len(self.sources))) for name in _NAMES
        )
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
        promoters, detractors, answers = (
            sum_of(refs) for refs in zip(*(source.measures() for source in self.sources), strict=True)
        )
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
    beside: tuple[Name, ...] = Field(
        default=(), description="further models with measures of the same names, whose counts add"
    )

    def spec(self) -> Score:
        """Return the kind's own part of the file."""
        return Score(tuple(self._counts(model) for model in (None, *self.beside)))

    def spec_with(self, is_mapped: Callable[[MeasureRef], bool]) -> Score:
        """Return the spec with the models that are mapped; with the first where none is."""
        spec = self.spec()
        mapped = tuple(source for source in spec.sources if all(map(is_mapped, source.measures())))
        return Score(mapped) if mapped else Score(spec.sources[:1])

    def _counts(self, model: str | None) -> Counts:
        return Counts(*(ref.ref_in(model) for ref in (self.promoters, self.detractors, self.answers)))
