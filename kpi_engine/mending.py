"""What a line with an unknown word may have meant: whole lines, best first. Nothing here decides."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from rapidfuzz import fuzz, process

from kpi_engine.canonical import canonical_value
from kpi_engine.line_text import Word, is_symbol
from kpi_engine.period_words import mended_periods
from kpi_engine.query import Member
from kpi_engine.roster import Roster, roster_of
from kpi_engine.vocabulary import (
    BASELINES,
    LONGEST_PHRASE,
    MINE,
    NOT,
    VERSUS,
    Vocabulary,
    longest,
    parts,
)
from kpi_engine.words import UNITS, fold

CHOICES = 5
SUGGESTIONS = 3
_MENTION = re.compile(r"^<@([A-Z0-9]+)(?:\|[^>]*)?>$")
_SHORTEST_NAME = 3
"""Letters that a name without its key has at least: fewer begin too many names."""

_PERIODS = (
    *("today", "yesterday", "this week", "last week", "this month", "last month", "this quarter"),
    *("last quarter", "this year", "last year", "all time"),
    *("vandaag", "gisteren", "deze week", "vorige week", "deze maand", "vorige maand", "dit kwartaal"),
    *("vorig kwartaal", "dit jaar", "vorig jaar"),
    *("january", "february", "march", "april", "june", "july", "august", "september", "october"),
    *("november", "december", "januari", "februari", "maart", "juni", "juli", "augustus", "oktober"),
)
"""Periods that a mistyped one is compared with."""
_COUNTED = ("days", "weeks", "months", "quarters", "years", "dagen", "weken", "maanden", "kwartalen", "jaren")
_WHENCE = {"from": ("", "since "), "last": (), "next": ("this ",), "volgende": ("deze ",)}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the member that `me` stands for, and the members behind Slack mentions (by user id)."""

    rep: Member | None = None
    mentions: Mapping[str, Member] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a line is read with: the names, who asks and when."""

    vocabulary: Vocabulary
    members: Mapping[str, Sequence[Member]]
    asker: Asker
    today: date
    verbs: Collection[str]
    rosters: dict[str, Roster] = field(default_factory=dict)

    def roster(self, dimension: str) -> Roster:
        """Return the members of a dimension that the asker may use."""
        if dimension not in self.rosters:
            self.rosters[dimension] = roster_of(self.members.get(dimension, ()))
        return self.rosters[dimension]


def mentioned(token: str, asker: Asker) -> tuple[bool, Member | None]:
    """Return whether a token is a Slack mention, and the member behind it."""
    mention = _MENTION.match(token)
    return mention is not None, asker.mentions.get(mention.group(1)) if mention else None


def replaced(text: str, word: Word, old: str, new: Iterable[str], offset: int = 0) -> tuple[str, ...]:
    """Return the line with `old`, that stands at or after `offset` in the word's token, replaced."""
    before, after = text[: word.start + offset], text[word.end :]
    token = text[word.start + offset : word.end]
    return tuple(before + token.replace(old, name, 1) + after for name in new)


def spans(text: str, start: int, end: int) -> list[str]:
    """Return the text from `start` with the words after `end`, longest first, `start` to `end` last."""
    head, rest = text[start:end], text[end:]
    is_open = rest.startswith(" ") and not head.startswith('"')
    following = rest.split(" ")[1:LONGEST_PHRASE] if is_open else []
    return [" ".join([head, *following[:count]]) for count in range(len(following), -1, -1)]


def near_names(typed: str, names: Iterable[str], limit: int, cutoff: int) -> list[str]:
    """Return the names that are spelled nearly as typed, best first."""
    found = process.extract(typed, list(names), scorer=fuzz.ratio, limit=limit, score_cutoff=cutoff)
    return [name for name, *_ in found]


class Mending:
    """The lines that one unknown word of a line leads to."""

    def __init__(self, text: str, words: Sequence[Word], at: int, reading: Reading) -> None:
        """Look at the word at a place of a line that is put right."""
        self._text, self._words, self._at, self._reading = text, words, at, reading
        self._word = words[at]
        self._token = text[self._word.start : self._word.end]
        self._texts = [word.text for word in words]

    def choices(self) -> list[str]:
        """Return lines in which a name has its key: offered, never guessed."""
        return [*self._as_part()] if self._texts[self._at] in NOT else [*self._as_part(), *self._as_filter()]

    def others(self) -> list[str]:
        """Return lines with a period, metric, dimension, flag or verb that is spelled nearly the same."""
        return [*self._as_written_period(), *self._as_counted(), *self._as_period(), *self._as_name()]

    def as_baseline(self) -> list[str]:
        """Return lines with something to compare with that is spelled nearly the same."""
        rest = self._text[self._word.start :].split(" ")
        lines = []
        for count in (2, 1):
            typed = " ".join(rest[:count])
            near = near_names(fold(typed), (" ".join(phrase) for phrase in BASELINES), SUGGESTIONS, 70)
            lines += [self._put(phrase, self._word.start + len(typed)) for phrase in near]
        return lines

    def _put(self, new: str, end: int | None = None) -> str:
        """Return the line with something else from the word's token to `end`; tidy where it is nothing."""
        line = self._text[: self._word.start] + new + self._text[self._word.end if end is None else end :]
        return re.sub(r"\s+", " ", line).strip() if not new else line

    def _as_part(self) -> Iterable[str]:
        """Half of a part: a dimension without "by", a goal without "vs", "=" for a colon, "not", an emoji.

        What follows "not" is only ever offered with its minus.
        """
        token, word = self._token, self._texts[self._at]
        if is_symbol(token) or word == "kpi":
            yield self._put("")
        if word in UNITS and token.casefold() == word:
            yield from (self._put(f"{before} {UNITS[word]}") for before in ("this", "last", "per"))
        if word in NOT and self._at + 1 < len(self._words):
            following = self._words[self._at + 1]
            rest = self._text[following.start :]
            yield self._text[: self._word.start] + "-" + rest.removeprefix("-")
        key, equals, value = token.replace(";", "=").partition("=")
        if equals and value and tuple(parts(key.lstrip("-"))) in self._reading.vocabulary.dimensions:
            yield self._put(f"{key}:{value}")
        if (word,) in BASELINES and (self._at == 0 or self._texts[self._at - 1] not in VERSUS):
            yield self._put(f"vs {token}")
        length = longest(self._reading.vocabulary.dimensions, self._texts, self._at)
        if length:
            yield from self._as_dimension(length)
        for before in _WHENCE.get(word, ()):
            if self._at + 1 < len(self._words):
                yield self._put(before, self._words[self._at + 1].start)

    def _as_dimension(self, length: int) -> Iterable[str]:
        names = self._reading.vocabulary.dimensions
        dimension = names[tuple(self._texts[self._at : self._at + length])]
        end = self._words[self._at + length - 1].end
        after = self._at + length
        if after < len(self._words):
            following = self._words[after]
            for typed in spans(self._text, following.start, following.end):
                found = self._reading.roster(dimension).matches(typed.strip('"'))
                if 0 < len(found) <= CHOICES and not self._is_known(typed):
                    for member in found:
                        yield self._put(
                            f"{dimension}:{canonical_value(member)}", following.start + len(typed)
                        )
                    return
        yield self._put(f"by {dimension}", end)

    def _is_known(self, typed: str) -> bool:
        known = self._reading.vocabulary.words
        return all(part in known or part[:1].isdigit() for word in typed.split() for part in parts(word))

    def _as_filter(self) -> Iterable[str]:
        """A name without its key, of one word or more."""
        token, asker = self._token, self._reading.asker
        if fold(token) in MINE and asker.rep:
            yield self._put("rep:me")
            return
        is_mention, person = mentioned(token, asker)
        if is_mention:
            if person:
                yield self._put(f"rep:{canonical_value(person)}")
            return
        yield from self._with_word_before()
        for typed in spans(self._text, self._word.start, self._word.end):
            name = typed.lstrip("-").strip('"').lstrip("@").removesuffix("'s")
            if len(name) < _SHORTEST_NAME:
                continue
            minus = "-" if typed.startswith("-") else ""
            lines = [
                self._put(f"{minus}{dimension}:{canonical_value(member)}", self._word.start + len(typed))
                for dimension in self._reading.members
                for member in self._few(dimension, name)
            ]
            if lines:
                yield from lines
                return

    def _with_word_before(self) -> Iterable[str]:
        """A name of which the first word was read as something else, such as the month in "jan peeters"."""
        if not self._at or ":" in self._texts[self._at - 1] or self._texts[self._at - 1] == ",":
            return
        start = self._words[self._at - 1].start
        for dimension in self._reading.members:
            for member in self._few(dimension, self._text[start : self._word.end]):
                name = f"{dimension}:{canonical_value(member)}"
                yield self._text[:start] + name + self._text[self._word.end :]

    def _few(self, dimension: str, name: str) -> list[Member]:
        found = self._reading.roster(dimension).matches(name)
        return found if len(found) <= CHOICES else []

    def _as_written_period(self) -> Iterable[str]:
        """A range the wrong way round, or a date as people write it."""
        meant = mended_periods(self._texts, self._at, self._reading.today)
        return [self._put(period) for period in meant]

    def _as_counted(self) -> Iterable[str]:
        """A mistyped unit in "last 3 monhts", and "3 months" without its "last"."""
        pieces = self._text[self._word.start :].split(" ")
        offset = 0 if pieces[0].isdecimal() else 1
        if len(pieces) < offset + 2 or not pieces[offset].isdecimal():
            return
        if offset and not near_names(fold(pieces[0]), ("last", "laatste", "afgelopen"), 1, 70):
            return
        typed = " ".join(pieces[: offset + 2])
        for unit in near_names(fold(pieces[offset + 1]), _COUNTED, 1, 70):
            word = "laatste" if unit.endswith("en") else "last"
            yield self._put(f"{word} {pieces[offset]} {unit}", self._word.start + len(typed))

    def _as_period(self) -> Iterable[str]:
        """A period that is spelled nearly like the word, or like it and the next one."""
        rest = self._text[self._word.start :].split(" ")
        for count in (2, 1):
            typed = " ".join(rest[:count])
            for phrase in near_names(fold(typed), _PERIODS, SUGGESTIONS, 75):
                yield self._put(phrase, self._word.start + len(typed))

    def _as_name(self) -> Iterable[str]:
        """A metric, dimension, flag or (first in the line) verb that is spelled nearly like the words."""
        names = dict(self._reading.vocabulary.near)
        if self._word.start == 0:
            names |= {verb: verb for verb in self._reading.verbs}
        near: list[tuple[float, str, int]] = []
        for typed in spans(self._text, self._word.start, self._word.end):
            count = len(typed.split(" "))
            found = process.extract(
                " ".join(parts(typed)),
                names.keys(),
                scorer=fuzz.ratio,
                limit=8,
                score_cutoff=62 if count == 1 else 85,
            )
            near += [(score, names[phrase], self._word.start + len(typed)) for phrase, score, _ in found]
        near.sort(key=lambda entry: -entry[0])
        best: dict[str, int] = {}
        for _, name, end in near:
            best.setdefault(name, end)
        return [self._put(name, end) for name, end in list(best.items())[:SUGGESTIONS]]
