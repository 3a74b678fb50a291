"""What answers and summaries are made of."""

from __future__ import annotations

from dataclasses import dataclass

from bot.render.document.prose import Fact, Facts, Heading, Notes
from bot.render.document.tables import Breakdown, Change


@dataclass(frozen=True, slots=True)
class Source:
    """What a message answers: its question in absolute words, and how far the data is loaded."""

    question: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Headline:
    """The figure that was asked for: metric, filters and period, its value and what that is made of."""

    subject: tuple[str, ...]
    value: str
    made_of: str


@dataclass(frozen=True, slots=True)
class Score:
    """One figure among others. `period` is empty where all of them have the same one.

    `verdict` says how it lies in its own usual range; where that isn't known, the change that was judged
    carries the word. `is_likely` where `made_of` names a likely range; the brief forms say the same in fewer
    words. `facts` are in it where the whole was asked for.
    """

    metric: str
    filters: str
    period: str
    value: str
    made_of: str
    brief_made_of: str
    is_likely: bool
    verdict: str
    changes: tuple[Change, ...]
    target: str
    brief_target: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures beside each other."""

    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a question about one metric."""

    metric: str
    source: Source
    headline: Headline
    facts: Facts
    breakdown: Breakdown | None
    notes: tuple[str, ...]

    @property
    def parts(self) -> tuple[Source | Headline | Facts | Breakdown | Notes, ...]:
        """The same in simpler parts."""
        figure = (self.breakdown,) if self.breakdown else ()
        return (self.source, self.headline, self.facts, *figure, Notes(self.all_notes))

    @property
    def all_notes(self) -> tuple[str, ...]:
        """The notes, with what the breakdown lacks."""
        return (*self.notes, self.breakdown.rest) if self.breakdown and self.breakdown.rest else self.notes


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """The answers to a question about several metrics, as scores under their common topic."""

    source: Source
    topic: tuple[str, ...]
    scores: tuple[Score, ...]
    answers: tuple[Answered, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of all answers with the metrics that they are of, each once."""
        named = (f"{answer.metric}: {note}" for answer in self.answers for note in answer.notes)
        return tuple(dict.fromkeys(named))

    @property
    def parts(self) -> tuple[Source | Heading | Scores | Notes, ...]:
        """The same in simpler parts."""
        topic = (Heading(", ".join(self.topic)),) if self.topic else ()
        return (self.source, *topic, Scores(self.scores), Notes(self.notes))


@dataclass(frozen=True, slots=True)
class Title:
    """The title of a summary, and how far its data is loaded."""

    text: str
    until: str

    @property
    def parts(self) -> tuple[Heading | Notes, ...]:
        """The same in simpler parts."""
        return (Heading(self.text), Notes((self.until,)))


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a summary: scores, or tables and charts. `metrics` are what its entries are about."""

    title: str
    name: str
    metrics: tuple[str, ...]
    scores: tuple[Score, ...] = ()
    breakdowns: tuple[Breakdown, ...] = ()

    @property
    def parts(self) -> tuple[Heading | Scores | Breakdown, ...]:
        """The same in simpler parts."""
        return (Heading(self.title), *([Scores(self.scores)] if self.scores else self.breakdowns))


@dataclass(frozen=True, slots=True)
class About:
    """A note with the metrics that it holds for; without any it holds for the whole."""

    text: str
    metrics: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The note in one line."""
        return f"{', '.join(self.metrics)}: {self.text}" if self.metrics else self.text


@dataclass(frozen=True, slots=True)
class SummaryNotes:
    """The small print of a summary: about its delivery, about its figures, and how it comes."""

    remarks: tuple[str, ...]
    notes: tuple[About, ...]
    coming: tuple[str, ...]

    @property
    def parts(self) -> tuple[Notes, ...]:
        """The same in simpler parts."""
        return (Notes((*self.remarks, *(note.line for note in self.notes), *self.coming)),)
