"""A Net Promoter Score: the share of promoters less that of detractors, in points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from pydantic import Field

from kpi_engine.analysis import score as arithmetic
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Kind, MeasureRef, Need
from kpi_engine.domain.models import Model
from kpi_engine.kinds.schema import MeasureRefFile, MetricFile, Name, sum_of


@dataclass(frozen=True, slots=True)
class Counts:
    """Promoters (9-10) and detractors (0-6) of `answers`: counts of the answers in one model.

    `delivered`: how many were asked, and `answered`: how many of those answered, where both are mapped.
    """

    @property
    def tells_responses(self) -> bool:
        """Whether the share that answered is known."""
        return self.delivered is not None and self.answered is not None

    def without_responses(self) -> Counts:
        """Return the counts of the answers alone."""
        return replace(self, delivered=None, answered=None)

    promoters: MeasureRef
    detractors: MeasureRef
    answers: MeasureRef
    delivered: MeasureRef | None = None
    answered: MeasureRef | None = None

    def named(self) -> Mapping[str, MeasureRef]:
        """Return the counts by name."""
        named = {"promoters": self.promoters, "detractors": self.detractors, "answers": self.answers}
        asked = {"delivered": self.delivered, "answered": self.answered}
        return named | {name: ref for name, ref in asked.items() if ref}

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return the counts."""
        return tuple(self.named().values())


@dataclass(frozen=True, slots=True)
class Score(Kind):
    """The score of the answers in one or several models, whose counts add."""

    sources: tuple[Counts, ...]

    can_be_negative = True
    judged_as = "score"
    pooled_months = 3

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return all counts."""
        return tuple(ref for source in self.sources for ref in source.measures())

    def beside(self) -> tuple[tuple[MeasureRef, ...], ...]:
        """Return the counts of each model."""
        return tuple(source.measures() for source in self.sources)

    def exclusive(self) -> tuple[tuple[MeasureRef, MeasureRef], ...]:
        """Return promoters and detractors of each model: nobody is both."""
        return tuple((source.promoters, source.detractors) for source in self.sources)

    def needs(self, today: date) -> tuple[Need, ...]:  # noqa: ARG002 - the protocol's signature
        """Return all counts, named after what they count and the model's place."""
        return tuple(
            Need(f"{name}_{index}", ref)
            for index, source in enumerate(self.sources)
            for name, ref in source.named().items()
        )

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """Return the score with its 95 % interval; `parts` holds the counts."""
        promoters, detractors, answers, delivered, answered = (
            sum(values.get(f"{name}_{index}") or 0.0 for index in range(len(self.sources)))
            for name in ("promoters", "detractors", "answers", "delivered", "answered")
        )
        is_told = all(source.tells_responses for source in self.sources)
        parts = {
            "n": answers,
            "promoters": promoters,
            "passives": answers - promoters - detractors,
            "detractors": detractors,
            "delivered": delivered if is_told else None,
            "answered": answered if is_told else None,
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

    def joined(self, figures: Sequence[Figure], models: Mapping[str, Model]) -> Figure | None:
        """Return the score of the answers of all months, where they add up."""
        if not self.adds_up(models):
            return None
        margin, answers = (
            sum(getattr(figure, name) or 0.0 for figure in figures) for name in ("numerator", "denominator")
        )
        return Figure(arithmetic.score(margin, 0.0, answers) if answers else None, margin, answers)

    def formula(self) -> str:
        """Return the score's formula."""
        promoters, detractors, answers = (
            sum_of(source.named()[name] for source in self.sources)
            for name in ("promoters", "detractors", "answers")
        )
        return f"100 x ({promoters} - {detractors}) / {answers}"


class ScoreFile(MetricFile):
    """A metric that is a Net Promoter Score."""

    kind: Literal["score"]
    promoters: MeasureRefFile = Field(description="how many answered 9 or 10")
    detractors: MeasureRefFile = Field(description="how many answered 0 to 6")
    answers: MeasureRefFile = Field(description="how many answered")
    delivered: MeasureRefFile | None = Field(
        default=None, description="how many were asked; left out if it isn't mapped"
    )
    answered: MeasureRefFile | None = Field(
        default=None, description="how many of the people asked in the period answered"
    )
    beside: tuple[Name, ...] = Field(
        default=(), description="further models with measures of the same names, whose counts add"
    )

    def spec(self) -> Score:
        """Return the kind's own part of the file."""
        return Score(tuple(self._counts(model) for model in (None, *self.beside)))

    def spec_with(self, models: Mapping[str, Model]) -> Score:
        """Return the spec with the models that are mapped; with the first where none is."""
        sources = [
            source if all(ref.is_in(models) for ref in source.measures()) else source.without_responses()
            for source in self.spec().sources
        ]
        mapped = tuple(source for source in sources if all(ref.is_in(models) for ref in source.measures()))
        return Score(mapped or tuple(sources[:1]))

    def _counts(self, model: str | None) -> Counts:
        return Counts(
            self.promoters.ref_in(model),
            self.detractors.ref_in(model),
            self.answers.ref_in(model),
            self.delivered.ref_in(model) if self.delivered else None,
            self.answered.ref_in(model) if self.answered else None,
        )
