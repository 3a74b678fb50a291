"""The words that people type, in every language at once.

Languages may be mixed in one line, so all of them are read together. To add a language, write its
`Lexicon` in a module of this package and name it in `LANGUAGES`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from kpi_engine.language.lexicon.dutch import DUTCH
from kpi_engine.language.lexicon.english import ENGLISH
from kpi_engine.language.lexicon.shape import Lexicon, Offered

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Group = TypeVar("Group", bound="DataclassInstance")
Entry = TypeVar("Entry")

__all__ = [
    "ALERTS",
    "AMOUNTS",
    "COMMANDS",
    "DOUBTS",
    "LANGUAGES",
    "PERIODS",
    "QUESTIONS",
    "SCHEDULES",
    "SUGGESTIONS",
    "Lexicon",
    "Offered",
    "offered_beside",
    "offered_in",
]

LANGUAGES = (ENGLISH, DUTCH)
"""English first: its words are offered where the language of a line isn't known."""


def together(groups: Sequence[Group]) -> Group:
    """Return the words of several languages as one group, those of the first language first.

    Raises ValueError for a word to which two languages give different meanings.
    """
    first = groups[0]
    return type(first)(
        **{f.name: _joined([getattr(group, f.name) for group in groups]) for f in fields(first)}
    )


def _joined(values: Sequence[Any]) -> Any:
    if isinstance(values[0], frozenset):
        return frozenset().union(*values)
    if isinstance(values[0], Mapping):
        return _agreed(values)
    return tuple(dict.fromkeys(entry for value in values for entry in value))


def _agreed(meanings: Sequence[Mapping[Any, Any]]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for word, meaning in (entry for words in meanings for entry in words.items()):
        if found.setdefault(word, meaning) != meaning:
            raise ValueError(f"two languages read {word!r} differently: {found[word]!r}, {meaning!r}")
    return found


QUESTIONS = together([language.questions for language in LANGUAGES])
PERIODS = together([language.periods for language in LANGUAGES])
DOUBTS = together([language.doubts for language in LANGUAGES])
SUGGESTIONS = together([language.suggestions for language in LANGUAGES])
AMOUNTS = together([language.amounts for language in LANGUAGES])
SCHEDULES = together([language.schedules for language in LANGUAGES])
COMMANDS = together([language.commands for language in LANGUAGES])
ALERTS = together([language.alerts for language in LANGUAGES])


def offered_in(code: str) -> Offered:
    """Return the words of the lines that are offered in a language, English for an unknown one."""
    return next((language.offered for language in LANGUAGES if language.code == code), ENGLISH.offered)


def offered_beside(entry: Entry, known: Callable[[Lexicon], Collection[Entry]]) -> Offered:
    """Return the words to offer where somebody typed `entry`: those of the first language that knows it."""
    return next((language.offered for language in LANGUAGES if entry in known(language)), ENGLISH.offered)
