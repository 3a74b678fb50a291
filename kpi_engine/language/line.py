"""A line to read, and everything that is needed to read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.query import Member
from kpi_engine.language.large_roster import LargeRoster
from kpi_engine.language.member_names import Roster, roster_of
from kpi_engine.language.today import Today
from kpi_engine.language.vocabulary import AND, FILLERS, LONGEST_PHRASE, Vocabulary, parts
from kpi_engine.language.words_of_line import Word

_MENTION = re.compile(r"^<@([A-Z0-9]+)(?:\|[^>]*)?>$")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the member that `me` stands for, and the members behind Slack mentions (by user id)."""

    rep: Member | None = None
    mentions: Mapping[str, Member] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line is read with: the names, who asks and when.

    `rosters` and `looked_up` are caches for one line and its suggestions.
    """

    vocabulary: Vocabulary
    members: Mapping[str, Sequence[Member]]
    asker: Asker
    today: Today
    verbs: Collection[str]
    rosters: dict[str, Roster] = field(default_factory=dict)
    looked_up: dict[tuple[str, str, float], list[tuple[Member, float]]] = field(default_factory=dict)

    def roster(self, dimension: str) -> Roster:
        """Return the members of a dimension that the asker may use."""
        if dimension not in self.rosters:
            self.rosters[dimension] = roster_of(self.members.get(dimension, ()))
        return self.rosters[dimension]

    def named(self, name: str, dimensions: Iterable[str]) -> list[tuple[str, Member]]:
        """Return the members that a name without its key may mean, each with its dimension.

        Dimensions whose members are all held come first: the others are looked up only if none of those has
        the name, and no word of it has another meaning. Raises QueryError if a lookup isn't possible now.
        """
        rosters = {dimension: self.roster(dimension) for dimension in dimensions}
        large = {name: roster for name, roster in rosters.items() if isinstance(roster, LargeRoster)}
        held = {name: roster for name, roster in rosters.items() if name not in large}
        found = [(dimension, member) for dimension in held for member in held[dimension].matches(name)]
        if found or any(self._means_something(part) for word in name.split() for part in parts(word)):
            return found
        return [(dimension, member) for dimension in large for member in large[dimension].quick_matches(name)]

    def _means_something(self, word: str) -> bool:
        return word[:1].isdigit() or (word in self.vocabulary.words and word not in AND | FILLERS)

    def near(self, dimension: str, name: str, alike: float) -> list[tuple[Member, float]]:
        """Return the members that are spelled nearly as typed (see Roster.near); looked up once a line."""
        key = dimension, name, alike
        if key not in self.looked_up:
            self.looked_up[key] = self.roster(dimension).near(name, alike)
        return self.looked_up[key]


@dataclass(frozen=True, slots=True)
class Line:
    """A normalised line, cut into words.

    `texts` are the texts of `words`. Clauses are read at a position (`at`), the index of a word.
    `mistakes` is how many mistakes a suggestion may correct; with 0, a refusal suggests nothing.
    `refusal_of` returns why a suggested line can't be read, None if it can.
    """

    text: str
    words: Sequence[Word]
    texts: tuple[str, ...]
    catalogue: Catalogue
    reading: Reading
    mistakes: int
    refusal_of: Callable[[Line, str], QueryError | None]

    @property
    def names(self) -> Vocabulary:
        """The names of the catalogue."""
        return self.reading.vocabulary

    def token(self, at: int) -> str:
        """Return the typed token of a word; words may share a token."""
        return self.text[self.words[at].start : self.words[at].end]

    def before(self, at: int) -> str:
        """Return the text before a word's token."""
        return self.text[: self.words[at].start]

    def behind(self, at: int) -> str:
        """Return the text after a word's token."""
        return self.text[self.words[at].end :]

    def with_token(self, word: Word, new: str) -> str:
        """Return the whole line with a word's token replaced."""
        return self.text[: word.start] + new + self.text[word.end :]

    def around(self, at: int, after: int) -> tuple[str, str]:
        """Return the text before and after some words; other words of their tokens ("sales-oct") are kept."""
        start, end = self.words[at].start, self.words[after - 1].end
        before = [f"{word.text} " for word in self.words[:at] if word.start == start]
        beyond = [f" {word.text}" for word in self.words[after:] if word.end == end]
        return self.text[:start] + "".join(before), "".join(beyond) + self.text[end:]


def mentioned(token: str, asker: Asker) -> tuple[bool, Member | None]:
    """Return whether a token is a Slack mention, and the member behind it."""
    mention = _MENTION.match(token)
    return mention is not None, asker.mentions.get(mention.group(1)) if mention else None


def replaced(text: str, word: Word, old: str, new: Iterable[str], offset: int = 0) -> tuple[str, ...]:
    """Return the line once for each of `new`, which replaces `old` after `offset` in the word's token."""
    before, after = text[: word.start + offset], text[word.end :]
    token = text[word.start + offset : word.end]
    return tuple(before + token.replace(old, name, 1) + after for name in new)


def spans(text: str, start: int, end: int) -> list[str]:
    """Return the texts that begin at `start` and end at `end` or some words later, longest first."""
    head, rest = text[start:end], text[end:]
    is_open = rest.startswith(" ") and not head.startswith('"')
    following = rest.split(" ")[1:LONGEST_PHRASE] if is_open else []
    return [" ".join([head, *following[:count]]) for count in range(len(following), -1, -1)]
