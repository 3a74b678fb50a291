"""Find values that are spelt differently and probably mean the same; nothing is merged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz import fuzz, process

from kpi_engine.language.folding import fold

TOO_MANY = 20_000
"""The most values that are compared with each other."""

_ALIKE = 90
_PARTS = re.compile(r"(?<!\d)[\s\-_.]+|[\s\-_.]+(?!\d)")


def near(value: str) -> str:
    """Return a value without case, accents, and what only parts words: 'GTX Pro' and 'gtxpro' are one.

    Between two digits it parts numbers: 1.10 and 11.0 stay two.
    """
    return _PARTS.sub("", fold(value))


def same_words(value: str) -> str:
    """Return a value without case and needless spaces: what `trim(lower(...))` would make equal."""
    return value.strip().lower()


def variants(counts: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Return the values that are near each other, each group with its most frequent first."""
    groups: dict[str, list[str]] = {}
    for value in counts:
        if near(value):
            groups.setdefault(near(value), []).append(value)
    ordered = (sorted(group, key=lambda value: (-counts[value], value)) for group in groups.values())
    return [tuple(group) for group in ordered if len(group) > 1]


def meant_by(lost: Iterable[object], known: Sequence[object]) -> dict[str, str]:
    """Return which known value each lost one was probably meant to be, where one stands out."""
    texts = [value for value in known if isinstance(value, str)]
    by_near: dict[str, list[str]] = {}
    for text in texts:
        by_near.setdefault(near(text), []).append(text)
    found: dict[str, str] = {}
    for value in lost:
        if not isinstance(value, str):
            continue
        same = by_near.get(near(value), [])
        if len(same) == 1:
            found[value] = same[0]
        elif not same:
            likely = process.extractOne(value, texts, scorer=fuzz.ratio, score_cutoff=_ALIKE)
            if likely:
                found[value] = likely[0]
    return found


def rewritten(column: str, meant: Mapping[str, str]) -> str:
    """Return the fix that writes each value as the one that it means."""
    if all(same_words(value) == likely for value, likely in meant.items()):
        return f'Derive it under columns: {column}: {{sql: "trim(lower({column}))"}}.'
    cases = " ".join(f"when {_sql_text(value)} then {_sql_text(likely)}" for value, likely in meant.items())
    return f'Derive it under columns: {column}: {{sql: "case {column} {cases} else {column} end"}}.'


def _sql_text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
