"""Words that are spelled nearly alike."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

_SHORT = 4
_SAME_LETTERS, _WORD_ALIKE, _SHORT_WORD_ALIKE, _WORDS_ALIKE = 60, 70, 74, 85
"""How alike (of 100) a mistyped word of the grammar has to be: a short one of the same letters in another
order, a longer one, a short one, and several words together."""


def near_names(typed: str, names: Iterable[str], limit: int, cutoff: int) -> list[str]:
    """Return the names that are spelled nearly as typed, best first.

    `cutoff` is how alike they are at least, of 100.
    """
    found = process.extract(typed, list(names), scorer=fuzz.ratio, limit=limit, score_cutoff=cutoff)
    return [name for name, *_ in found]


def near_phrases(typed: str, phrases: Iterable[str], limit: int) -> list[tuple[float, str]]:
    """Return the words of the grammar that were probably meant, each with how alike it is, best first."""
    found = process.extract(typed, phrases, scorer=fuzz.ratio, limit=limit, score_cutoff=_least_alike(typed))
    return [(score, phrase) for phrase, score, _ in found if _is_alike(typed, phrase, score)]


def _least_alike(typed: str) -> float:
    if " " in typed:
        return _WORDS_ALIKE
    return _SAME_LETTERS if len(typed) <= _SHORT else _WORD_ALIKE


def _is_alike(typed: str, phrase: str, score: float) -> bool:
    """Whether a short word is spelled nearly enough like a phrase, or has its letters in another order."""
    is_short = len(typed) <= _SHORT
    return not is_short or score >= _SHORT_WORD_ALIKE or sorted(typed) == sorted(phrase)
