"""A question back to its canonical words, which read back as the same question."""

from __future__ import annotations

import re
from collections.abc import Callable

from kpi_engine.domain.periods import Period
from kpi_engine.domain.query import Filter, Member, Query
from kpi_engine.language.amounts import canonical_size
from kpi_engine.language.folding import fold
from kpi_engine.language.lexicon import QUESTIONS
from kpi_engine.language.period_phrases import canonical_period
from kpi_engine.language.words_of_line import DOUBLE_QUOTES

_RESERVED = QUESTIONS.none | QUESTIONS.me
"""What is no name after a key, unless it is quoted."""


def canonical(query: Query, words_of: Callable[[Period], str] = canonical_period) -> str:
    """Return the question in absolute words, which read back as the same question.

    `words_of` may put a period in other words.
    """
    parts = [",".join(query.metrics)]
    parts += [_canonical_filter(entry) for entry in query.filters]
    parts += [f"{size.metric}:{canonical_size(size)}" for size in query.sizes]
    if query.by:
        parts.append("by " + ",".join(query.by))
    if query.per:
        parts.append(f"per {query.per}")
    if query.top:
        parts.append(f"{'top' if query.top.best else 'bottom'} {query.top.count}")
    if query.period:
        parts.append(words_of(query.period))
    for compare in query.compare:
        what = words_of(compare.period) if compare.period else str(compare.baseline)
        parts.append(f"vs {what}")
    parts += sorted(query.flags)
    return " ".join(parts)


def canonical_value(member: Member) -> str:
    """Return a member's name as it is written after its key; quoted where it has to be."""
    if member.key is None:
        return "none"
    plain = re.fullmatch(r"[^\W_]([\w.'-]*[\w'-])?", member.label)
    reserved = fold(member.label) in _RESERVED
    if plain and not reserved and ".." not in member.label:
        return member.label
    return '"' + re.sub(f"[{DOUBLE_QUOTES}]", "'", member.label).replace('"', "'") + '"'


def _canonical_filter(entry: Filter) -> str:
    values = ",".join(canonical_value(member) for member in entry.members)
    return f"{'-' if entry.exclude else ''}{entry.dimension}:{values}"
