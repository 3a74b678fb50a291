"""A word of a line that nothing can be made of, and the line with something else in its place."""

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
    """The word at a place of a line, and the token that it was typed in."""

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
        """Return the line with something else from the word's token to `end`; tidy where it is nothing."""
        line = self.text[: self.word.start] + new + self.text[self.word.end if end is None else end :]
        return re.sub(r"\s+", " ", line).strip() if not new else line

    def rest(self) -> list[str]:
        """Return the pieces between spaces, from the word's token to the end of the line."""
        return self.text[self.word.start :].split(" ")


def unknown_word(line: Line, at: int) -> UnknownWord:
    """Return the word at a place of a line."""
    return UnknownWord(line, at, line.words[at], line.token(at))


def negation_end(unknown: UnknownWord) -> int | None:
    """Return the place after "not" or "other than", None where the word is no such."""
    if unknown.texts[unknown.at] in QUESTIONS.negations:
        return unknown.at + 1
    return phrase_end(SUGGESTIONS.negations, unknown.texts, unknown.at)


def is_negation(unknown: UnknownWord) -> bool:
    """Whether the word leaves out what follows: no line may be offered that doesn't."""
    return negation_end(unknown) is not None


def is_known(reading: Reading, typed: str) -> bool:
    """Whether every word of a text means something, or is a number."""
    known = reading.vocabulary.words
    return all(part in known or part[:1].isdigit() for word in typed.split() for part in parts(word))
