"""The names of a catalogue, cut into words as lines are, and the words of all languages around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.titles import Title
from kpi_engine.language.folding import fold
from kpi_engine.language.lexicon import PERIODS, QUESTIONS
from kpi_engine.language.period_phrases import PERIOD_WORDS
from kpi_engine.language.phrases import one_of

LONGEST_PHRASE = 8
"""The most words in the name of a metric or dimension."""

_SIGNS = frozenset({"&", "+"})
AND = QUESTIONS.conjunctions | _SIGNS | {","}
"""Between several metrics, dimensions, names or periods."""
FILLERS = QUESTIONS.fillers | _SIGNS
"""Words that change nothing."""
ME = QUESTIONS.me
MINE = QUESTIONS.me | QUESTIONS.mine
RANKED_BY = QUESTIONS.by | QUESTIONS.ranked_by
"""Before the metric of a ranking: "top 5 customers in sales"."""
LONGEST_FIRST = sorted(QUESTIONS.baselines.items(), key=lambda entry: -len(entry[0]))
"""Baselines, longest phrase first: the first match is the one that is meant."""

OWN = (
    frozenset((*QUESTIONS.by, *QUESTIONS.versus, *QUESTIONS.top, *QUESTIONS.every, *QUESTIONS.flags))
    | frozenset((*AND, *FILLERS, *QUESTIONS.negations, *PERIODS.units, *PERIOD_WORDS))
    | {word for phrase in QUESTIONS.baselines for word in phrase}
)
"""The words of questions, which alone can't be the name of a metric."""
_ABBREVIATIONS = {word: word.replace(".", "") for word in QUESTIONS.abbreviations}
_JOINTS = re.compile(r"[_\s-]+")
_NUMBERED_TOP = re.compile(rf"({one_of(QUESTIONS.numbered_top)})(\d{{1,4}})")

Names = Mapping[tuple[str, ...], str]
"""What each phrase, cut into words, means."""


def parts(token: str) -> list[str]:
    """Cut a bare token into words: `cost_per_lead` and `cost-per-lead` are three, `2026-07` is one."""
    if token[:1].isdigit():
        return [token.casefold()]
    short = token.casefold().rstrip(".")
    if short in _ABBREVIATIONS:
        return [_ABBREVIATIONS[short]]
    if numbered := _NUMBERED_TOP.fullmatch(short):
        return [*numbered.groups()]
    return [word.rstrip(".") or word for word in _JOINTS.split(fold(token)) if word]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names of one catalogue, cut into words."""

    metrics: Names
    dimensions: Names
    unmapped: Names
    near: Mapping[str, str]
    """Phrases to compare a mistyped word with, and the name of each."""
    words: frozenset[str]
    """Every word that has a meaning, alone or in a phrase."""


def vocabulary_of(catalogue: Catalogue) -> Vocabulary:
    """Return the names of a catalogue. The result is cached for each catalogue."""
    return _made(_Same(catalogue))


def longest(names: Names, texts: Sequence[str], at: int) -> int:
    """Return the number of words in the longest name that starts at a position, 0 if none does."""
    for length in range(min(LONGEST_PHRASE, len(texts) - at), 0, -1):
        if tuple(texts[at : at + length]) in names:
            return length
    return 0


def typed_name(catalogue: Catalogue, dimension: str) -> Title:
    """Return what people can type for a dimension; in Dutch its title, if that is one readable word."""
    name = catalogue.titled(dimension).nl.lower()
    is_read = " " not in name and vocabulary_of(catalogue).dimensions.get(tuple(parts(name))) == dimension
    return Title(dimension, name if is_read else "")


def typed_metric(catalogue: Catalogue, metric: str) -> Title:
    """Return what people can type for a metric; in Dutch its title, if that can be read."""
    name = catalogue.metrics[metric].title.nl.lower()
    is_read = vocabulary_of(catalogue).metrics.get(tuple(parts(name))) == metric
    return Title(metric, name if is_read else "")


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A catalogue compared by identity, as the key of a cache."""

    catalogue: Catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.catalogue is self.catalogue


@lru_cache(maxsize=16)
def _made(same: _Same) -> Vocabulary:
    catalogue = same.catalogue
    metrics = _phrases((name, entry.aliases) for name, entry in catalogue.metrics.items())
    dimensions = _phrases((name, entry.aliases) for name, entry in catalogue.dimensions.items())
    near = {" ".join(phrase): name for names in (metrics, dimensions) for phrase, name in names.items()}
    return Vocabulary(
        metrics,
        dimensions,
        _phrases((name, catalogue.unmapped_aliases.get(name, ())) for name in catalogue.unmapped),
        near | {flag: flag for flag in QUESTIONS.flags},
        OWN | {word for names in (metrics, dimensions) for phrase in names for word in phrase},
    )


def _phrases(entries: Iterable[tuple[str, Sequence[str]]]) -> Names:
    found: dict[tuple[str, ...], str] = {}
    for name, aliases in entries:
        for phrase in (name, *aliases):
            found.setdefault(tuple(parts(phrase)), name)
    return found
