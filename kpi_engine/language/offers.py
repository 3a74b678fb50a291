"""Chooses the suggested lines that can be read, for a line that can't."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_engine.domain.errors import QueryError, UnknownNameError
from kpi_engine.domain.titles import Title
from kpi_engine.domain.translatable import Said, said
from kpi_engine.language.lexicon import PERIODS, QUESTIONS
from kpi_engine.language.line import Line
from kpi_engine.language.period_phrases import opens_range
from kpi_engine.language.suggestions import CHOICES, SUGGESTIONS, choices, others, without
from kpi_engine.language.unknown_word import is_negation, unknown_word
from kpi_engine.language.vocabulary import typed_name
from kpi_engine.language.words_of_line import short

MISTAKES = 3
"""The most mistakes that one suggestion corrects."""
_PERIOD_REACH = 3
"""How many words after "last" are looked at for the unit of its period."""
_TRIED = (0, 2, 4, 6)
"""How many suggestions are tried, by how many mistakes they may still correct."""


def sendable(line: Line, suggested: Sequence[str]) -> list[str]:
    """Return the suggestions that can be read, so that a button never leads to a second mistake.

    If none can, return them with a second mistake corrected.
    """
    if not line.mistakes:
        return []
    tried = [(text, line.refusal_of(line, text)) for text in suggested[: _TRIED[line.mistakes]]]
    readable = [text for text, refused in tried if refused is None]
    mended = [text for _, refused in tried if refused for text in refused.suggestions[:SUGGESTIONS]]
    return readable or list(dict.fromkeys(mended))


def sendable_or_all(line: Line, suggested: Sequence[str]) -> list[str]:
    """Return what `sendable` returns; if that is empty and this is no trial, all suggestions."""
    return sendable(line, suggested) or (list(suggested) if line.mistakes == MISTAKES else [])


def mended_each(line: Line, suggested: Sequence[str]) -> tuple[str, ...]:
    """Return each suggestion, with a second mistake corrected if it has one."""
    if not line.mistakes:
        return ()
    found = []
    for text in suggested:
        refused = line.refusal_of(line, text)
        if refused is None or line.mistakes == MISTAKES:
            found.append((*(refused.suggestions[:1] if refused else ()), text)[0])
    return tuple(dict.fromkeys(found))


def title_of(line: Line, dimension: str) -> Title:
    """Return what a dimension is called inside a sentence."""
    return line.catalogue.titled(dimension).lower()


def key_of(line: Line, dimension: str) -> Title:
    """Return what people can type before the colon."""
    return typed_name(line.catalogue, dimension)


def _message(line: Line, at: int) -> Said:
    """Return what isn't known: of "last" and the like, the period that it begins."""
    is_relative = line.texts[at] in PERIODS.this | PERIODS.last | PERIODS.next
    if not is_relative or at + 1 >= len(line.words):
        return said("I don't know “{typed}”.", typed=short(line.token(at)))
    following = line.texts[at + 1 : at + 1 + _PERIOD_REACH]
    units = [place for place, word in enumerate(following) if word in PERIODS.units]
    last = at + 1 + (units[0] if units else 0)
    typed = line.text[line.words[at].start : line.words[last].end]
    return said("I don't recognise “{typed}” as a period.", typed=short(typed))


def unknown(line: Line, at: int) -> QueryError:
    """Return the refusal of an unknown word, with suggestions."""
    if opens_range(line.texts[at]) and at + 1 < len(line.words):
        at += 1
    token = line.token(at)
    message = _message(line, at)
    if not line.mistakes:
        return UnknownNameError(message)
    word = unknown_word(line, at)
    offered = choices(word)
    lines = offered or ([] if is_negation(word) else others(word))
    different = [text for text in dict.fromkeys(lines) if text != line.text]
    shown = sendable_or_all(line, different)[: CHOICES if offered else SUGGESTIONS]
    hint = "Did you mean one of these?" if shown else "Type help to see what you can ask."
    is_split = bool(at) and line.texts[at - 1] in QUESTIONS.by
    if not shown and is_negation(word):
        hint = "A minus leaves out a name, for example -region:noord."
    elif not shown and is_split:
        keys = tuple(key_of(line, dimension) for dimension in line.catalogue.dimensions)
        hint = said("You can split by {keys}.", keys=keys)
    elif not shown and not token[:1].isdigit() and (rest := sendable(line, [without(word)])):
        shown, hint = rest, "Leave it out?"
    if not shown and token[:1].isdigit():
        hint = "Write a period like 2026-07, 2026-Q3, 2026-W47 or 2026-07-15."
    return UnknownNameError(message, hint=hint, suggestions=tuple(shown))
