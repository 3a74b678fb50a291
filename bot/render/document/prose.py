"""Headings, paragraphs, facts, lists and small print."""

from __future__ import annotations

from dataclasses import dataclass

from bot.render.document.spans import Bold, Code, Line


@dataclass(frozen=True, slots=True)
class Heading:
    """A title above what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together.

    `runs_on`: read aloud, the lines follow each other as sentences. `is_repeat`: another part of the message
    says the same, so text without layout leaves it out.
    """

    lines: tuple[Line, ...]
    runs_on: bool = False
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines below each other, however many, under a title where there is one.

    With `more`, at most the first `most` lines are shown, fewer where there isn't room, and `more` (with
    {count}) says how many are left; without it all of them are needed.
    """

    lines: tuple[Line, ...]
    title: str = ""
    more: str = ""
    most: int = 0


@dataclass(frozen=True, slots=True)
class Notes:
    """Small print: each line stands for itself."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """Lines for readers of text alone, where another part says the same in a form that can't be read out."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Text of fixed width, as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something said beside a figure: a name with its value, or a sentence (`value` is empty)."""

    name: str
    value: str = ""

    @property
    def line(self) -> str:
        """The fact in one line."""
        return f"{self.name}: {self.value}" if self.value else self.name


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts beside each other."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A name that can be typed, with its title and its meaning."""

    name: str
    title: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Definition:
    """What a term means, with facts about it."""

    term: Term
    facts: tuple[Fact, ...]

    @property
    def parts(self) -> tuple[Paragraph | Facts, ...]:
        """The same in simpler parts."""
        return (Paragraph(((Bold(self.term.title), ": ", self.term.meaning),)), Facts(self.facts))


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms with their meanings, and notes about all of them."""

    terms: tuple[Term, ...]
    notes: tuple[str, ...]

    @property
    def parts(self) -> tuple[Listing | Notes, ...]:
        """The same in simpler parts."""
        lines = tuple(
            (Code(term.name), f" {term.title}", term.meaning and f". {term.meaning}") for term in self.terms
        )
        return (Listing(lines), Notes(self.notes))
