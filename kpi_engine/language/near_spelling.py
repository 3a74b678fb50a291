"""Words with a similar spelling."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process

_SHORT = 4
_SAME_LETTERS, _WORD_ALIKE, _SHORT_WORD_ALIKE, _WORDS_ALIKE = 60, 70, 74, 85
"""The least similarity, of 100, of a mistyped word of the grammar: for a short word with the same letters
in another order, for a longer word, for any other short word, and for several words."""


def near_names(typed: str, names: Iterable[str], limit: int, cutoff: int) -> list[str]:
    """Return up to `limit` names with a similar spelling, best first.

    `cutoff` is the least similarity, of 100.
    """
    found = process.extract(typed, list(names), scorer=fuzz.ratio, limit=limit, score_cutoff=cutoff)
    return [name for name, *_ in found]


def near_phrases(typed: str, phrases: Iterable[str], limit: int) -> list[tuple[float, str]]:
    """Return up to `limit` phrases that were probably meant, each with its similarity of 100, best first."""
    found = process.extract(typed, phrases, scorer=fuzz.ratio, limit=limit, score_cutoff=_least_alike(typed))
    return [(score, phrase) for phrase, score, _ in found if _is_alike(typed, phrase, score)]


def _least_alike(typed: str) -> float:
    if " " in typed:
        return _WORDS_ALIKE
    return _SAME_LETTERS if len(typed) <= _SHORT else _WORD_ALIKE


def _is_alike(typed: str, phrase: str, score: float) -> bool:
    """Whether a short word is similar enough to a phrase, or has the same letters in another order."""
    is_short = len(typed) <= _SHORT
    return not is_short or score >= _SHORT_WORD_ALIKE or sorted(typed) == sorted(phrase)
