"""Find values that are spelt differently and probably mean the same; nothing is merged."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from rapidfuzz import fuzz, process

from kpi_engine.language.folding import fold

TOO_MANY = 20_000
"""The most values that are compared with each other."""

_ALIKE = 90
_CODE = re.compile(r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9]{12,}")
"""An id that a system made, in which case tells: a Salesforce id is one."""
_PARTS = re.compile(r"(?<!\d)[\s\-_.]+|[\s\-_.]+(?!\d)")


def near(value: str) -> str:
    """Return a value without case, accents, and what only parts words: 'GTX Pro' and 'gtxpro' are one.

    Between two digits it parts numbers: 1.10 and 11.0 stay two.
    """
    return _PARTS.sub("", fold(value))


def variants(counts: Mapping[str, int], listed: Collection[object] = ()) -> list[tuple[str, ...]]:
    """Return the values that are near each other, each group with the one that is meant first.

    `listed` are the keys of the members' own table. Two of them are two members, however near they are:
    many systems give ids that differ in case only. The listed value of a group is the one that is meant,
    else the most frequent one.
    """
    groups: dict[str, list[str]] = {}
    for value in counts:
        if near(value):
            groups.setdefault(near(value), []).append(value)
    ordered = (
        sorted(group, key=lambda value: (value not in listed, -counts[value], value))
        for group in groups.values()
        if len(group) > 1
    )
    return [
        tuple(group)
        for group in ordered
        if sum(value in listed for value in group) <= 1 and not all(map(_CODE.fullmatch, group))
    ]


def meant_by(lost: Iterable[object], known: Sequence[object]) -> dict[str, str]:
    """Return which known value each lost one was probably meant to be, where one stands out."""
    texts = [value for value in known if isinstance(value, str)]
    if len({text.casefold() for text in texts}) < len(set(texts)):
        return {}  # these keys are told apart by case
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
