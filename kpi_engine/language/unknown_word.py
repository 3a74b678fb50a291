"""An unknown word of a line, and the line with something else in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kpi_engine.language.lexicon import QUESTIONS, SUGGESTIONS
from kpi_engine.language.line import Line, Reading
from kpi_engine.language.phrases import phrase_end
from kpi_engine.language.vocabulary import parts
from kpi_engine.language.words_of_line import Word


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """An unknown word at position `at`, and its token as typed."""

    line: Line
    at: int
    word: Word
    token: str

    @property
    def text(self) -> str:
        """The text of the whole line."""
        return self.line.text

    @property
    def texts(self) -> tuple[str, ...]:
        """The words of the whole line."""
        return self.line.texts

    @property
    def reading(self) -> Reading:
        """What the line is read with."""
        return self.line.reading

    def put(self, new: str, end: int | None = None) -> str:
        """Return the line with `new` from the start of the word's token to `end`, by default its end."""
        line = self.text[: self.word.start] + new + self.text[self.word.end if end is None else end :]
        return re.sub(r"\s+", " ", line).strip() if not new else line

    def rest(self) -> list[str]:
        """Return the text from the word's token to the end of the line, split at spaces."""
        return self.text[self.word.start :].split(" ")


def unknown_word(line: Line, at: int) -> UnknownWord:
    """Return the word at a place of a line."""
    return UnknownWord(line, at, line.words[at], line.token(at))


def negation_end(unknown: UnknownWord) -> int | None:
    """Return the position after "not" or "other than", None for any other word."""
    if unknown.texts[unknown.at] in QUESTIONS.negations:
        return unknown.at + 1
    return phrase_end(SUGGESTIONS.negations, unknown.texts, unknown.at)


def is_negation(unknown: UnknownWord) -> bool:
    """Whether the word excludes what follows; suggestions must exclude it too."""
    return negation_end(unknown) is not None


def is_known(reading: Reading, typed: str) -> bool:
    """Whether every word of a text has a meaning or is a number."""
    known = reading.vocabulary.words
    return all(part in known or part[:1].isdigit() for word in typed.split() for part in parts(word))
