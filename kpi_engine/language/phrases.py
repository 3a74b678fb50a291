"""Finding words and phrases at a position of a line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence


def stands(phrase: tuple[str, ...], words: Sequence[str], at: int) -> bool:
    """Whether a phrase starts at a position."""
    return tuple(words[at : at + len(phrase)]) == phrase


def phrase_end(phrases: Iterable[tuple[str, ...]], words: Sequence[str], at: int) -> int | None:
    """Return the position after the longest of some phrases that starts at `at`, None if none does."""
    if at >= len(words):
        return None
    word, longest = words[at], 0
    for phrase in phrases:
        if phrase[0] == word and len(phrase) > longest and stands(phrase, words, at):
            longest = len(phrase)
    return at + longest if longest else None


def is_in(known: Collection[str], words: Sequence[str], at: int) -> bool:
    """Whether one of some words is at a position, which may be past the end of the line."""
    return at < len(words) and words[at] in known


def one_of(words: Iterable[str]) -> str:
    """Return the pattern that matches any of some words, the longest first; without words, nothing."""
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word)))) or "(?!)"
