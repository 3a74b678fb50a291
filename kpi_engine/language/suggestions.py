"""What a line with an unknown word may have meant: whole lines, best first. Nothing here decides."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from rapidfuzz import fuzz, process

from kpi_engine.domain.query import Member
from kpi_engine.language.canonical import canonical_value
from kpi_engine.language.folding import UNITS, fold
from kpi_engine.language.member_names import Roster, roster_of
from kpi_engine.language.period_phrases import LAST, THIS
from kpi_engine.language.vocabulary import (
    BASELINES,
    BY,
    FILLERS,
    LONGEST_PHRASE,
    MINE,
    NOT,
    VERSUS,
    Vocabulary,
    longest,
    parts,
)
from kpi_engine.language.words_of_line import Word, is_symbol

_MEANT: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("mom", "m/m"), ("vs previous", "per month")),
    **dict.fromkeys(("wow", "w/w"), ("vs previous", "per week")),
    **dict.fromkeys(("qoq", "q/q"), ("vs previous", "per quarter")),
    **dict.fromkeys(("growth", "groei"), ("vs previous", "vs last year")),
    **dict.fromkeys(("trend", "evolution", "evolutie", "verloop"), ("per month chart",)),
    **dict.fromkeys(("who", "wie"), ("by rep",)),
    **dict.fromkeys(("sold", "sell", "verkocht"), ("sales",)),
    **dict.fromkeys(
        ("most", "meeste", "meest", "highest", "hoogste", "biggest", "largest", "grootste"), ("top",)
    ),
    **dict.fromkeys(("least", "minste", "minst", "lowest", "laagste", "smallest", "kleinste"), ("bottom",)),
    **dict.fromkeys(("rolling", "trailing"), ("last",)),
    **dict.fromkeys(("ivm", "i.v.m"), ("vs",)),
    "lm": ("last month",),
    "lw": ("last week",),
    "lq": ("last quarter",),
    "ly": ("last year",),
    "yday": ("yesterday",),
    "tdy": ("today",),
}
"""Words that aren't in the grammar, and what of it people mean by them."""
_FROM = frozenset({"from", "van", "of", "uit", "include", "including", "show", "toon", "than", "dan"})
"""Words that may stand between "not" and the name that it leaves out."""
_NOT_AS_PHRASE = (("other", "than"), ("anders", "dan"), ("andere", "dan"), ("apart", "from"), ("buiten",))
_EVERYBODY = frozenset({"all", "every", "each", "alle", "elke", "iedere", "ieder", "elk"})
_BEFORE = (("before",), ("earlier",), ("ervoor",), ("daarvoor",))
CHOICES = 5
SUGGESTIONS = 3
_MENTION = re.compile(r"^<@([A-Z0-9]+)(?:\|[^>]*)?>$")
_SHORTEST_NAME = 3
"""Letters that a name without its key has at least: fewer begin too many names."""

_ALIKE, _ALIKE_WHERE_SHORT = 80, 85
"""How alike (of 100) a mistyped name without its key has to be; "goed" is no "gold"."""
_SHORT_NAME = 4
_SAME_LETTERS, _WORD_ALIKE, _SHORT_WORD_ALIKE, _WORDS_ALIKE = 60, 70, 74, 85
"""How alike a mistyped word of the grammar has to be: a short one of the same letters in another order, a
longer one, a short one, and several words together."""

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
_ONE = ("day", "week", "month", "quarter", "year", "dag", "maand", "kwartaal", "jaar")
_SHORT = {"d": "days", "w": "weeks", "m": "months", "q": "quarters", "y": "years"}
_WHENCE = {"from": ("", "since "), "next": ("this ",), "volgende": ("deze ",)}


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
    looked_up: dict[tuple[str, str, float], list[tuple[Member, float]]] = field(default_factory=dict)

    def roster(self, dimension: str) -> Roster:
        """Return the members of a dimension that the asker may use."""
        if dimension not in self.rosters:
            self.rosters[dimension] = roster_of(self.members.get(dimension, ()))
        return self.rosters[dimension]

    def near(self, dimension: str, name: str, alike: float) -> list[tuple[Member, float]]:
        """Return the members that are spelled nearly as typed (see Roster.near); looked up once a line."""
        key = dimension, name, alike
        if key not in self.looked_up:
            self.looked_up[key] = self.roster(dimension).near(name, alike)
        return self.looked_up[key]


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
        if self.is_negation:
            return [*self._left_out()]
        return [*self._as_part(), *self._as_filter()]

    @property
    def is_negation(self) -> bool:
        """Whether the word leaves out what follows: no line may be offered that doesn't."""
        return bool(self._negation())

    def _negation(self) -> int:
        """Return how many words "not" or "other than" is, 0 where the word is no such."""
        if self._texts[self._at] in NOT:
            return 1
        lengths = (len(phrase) for phrase in _NOT_AS_PHRASE if self._stands(phrase))
        return next(lengths, 0)

    def _stands(self, phrase: tuple[str, ...]) -> bool:
        return tuple(self._texts[self._at : self._at + len(phrase)]) == phrase

    def _left_out(self) -> Iterable[str]:
        """Return lines with a minus before what follows "not": a filter, a name, or the lack of one."""
        names, at = self._reading.vocabulary, self._at + self._negation()
        while at < len(self._words) and self._texts[at] in FILLERS | _FROM | NOT:
            at += 1
        if at >= len(self._words):
            return
        word, before = self._words[at], self._text[: self._word.start]
        if ":" in self._texts[at]:
            yield before + "-" + self._text[word.start :].removeprefix("-")
            return
        length = longest(names.dimensions, self._texts, at)
        if length:
            dimension, after = names.dimensions[tuple(self._texts[at : at + length])], at + length
            end = self._words[after - 1].end
            if after < len(self._words):
                yield from self._without_member(before, self._words[after], (dimension,))
            yield f"{before}{dimension}:none{self._text[end:]}"
            return
        yield from self._without_member(before, word, tuple(self._reading.members))

    def _without_member(self, before: str, word: Word, dimensions: Sequence[str]) -> Iterable[str]:
        for typed in spans(self._text, word.start, word.end):
            name, end = typed.strip('"').lstrip("@-").removesuffix("'s"), word.start + len(typed)
            if len(name) < _SHORTEST_NAME:
                continue
            found = [
                (dimension, member)
                for dimension in dimensions
                for member in self._few(dimension, name) or self._spelled_nearly(dimension, typed)
            ]
            for dimension, member in found[:CHOICES]:
                yield f"{before}-{dimension}:{canonical_value(member)}{self._text[end:]}"
            if found:
                return

    def _spelled_nearly(self, dimension: str, typed: str) -> list[Member]:
        if " " in typed or self._is_known(typed):
            return []
        return [member for member, _ in self._reading.near(dimension, typed, _ALIKE)[:SUGGESTIONS]]

    def without(self) -> str:
        """Return the line without the word."""
        return self._put("")

    def others(self) -> list[str]:
        """Return lines with a period, metric, dimension, flag or verb that is spelled nearly the same."""
        return [*self._as_counted(), *self._as_relative(), *self._as_period(), *self._as_name()]

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
        """Half of a part: a dimension without "by", a goal without "vs", "=" for a colon, an emoji."""
        token, word = self._token, self._texts[self._at]
        if is_symbol(token) or word == "kpi":
            yield self._put("")
        yield from self.as_meant()
        yield from self._as_run_on()
        is_doubled = word in self._texts[self._at + 2 : self._at + 3]  # "month on month"
        if word in UNITS and token.casefold() == word and not is_doubled:
            yield from (self._put(f"{before} {UNITS[word]}") for before in ("this", "last", "per"))
        key, equals, value = token.replace("<>", "!=").replace("==", "=").replace(";", "=").partition("=")
        minus = "-" if key.endswith("!") else ""
        if equals and value and tuple(parts(key.strip("-!"))) in self._reading.vocabulary.dimensions:
            yield self._put(f"{minus}{key.rstrip('!')}:{value}")
        length = longest(self._reading.vocabulary.dimensions, self._texts, self._at)
        if length:
            yield from self._as_dimension(length)
        if (word,) in BASELINES and (self._at == 0 or self._texts[self._at - 1] not in VERSUS):
            yield from self._as_relative()
            yield self._put(f"vs {token}")
        for before in _WHENCE.get(word, ()):
            if self._at + 1 < len(self._words):
                yield self._put(before, self._words[self._at + 1].start)

    def _as_run_on(self) -> Iterable[str]:
        """Two parts in one word ("leads/sales", "sales/rep"), or "by" before a filter."""
        token, names = self._token, self._reading.vocabulary
        joined = re.split(r"[&+/;]", token.strip(";"))
        if len(joined) > 1 and all(tuple(parts(part)) in names.metrics for part in joined):
            yield self._put(",".join(joined))
        metric, _, by = token.partition("/")
        if by and tuple(parts(metric)) in names.metrics and tuple(parts(by)) in names.dimensions:
            yield self._put(f"{metric} by {by}")
        if fold(by) in UNITS and tuple(parts(metric)) in names.metrics:
            yield self._put(f"{metric} per {by}")
        if ":" in token and self._at and self._texts[self._at - 1] in BY:  # "by rep:anna"
            yield self._text[: self._words[self._at - 1].start] + self._text[self._word.start :]

    def as_meant(self) -> Iterable[str]:
        """Return lines with the grammar's words for what is written otherwise, such as "every rep"."""
        word = self._texts[self._at]
        yield from (self._put(meant) for meant in _MEANT.get(word, ()))
        length = longest(self._reading.vocabulary.dimensions, self._texts, self._at + 1)
        if word in _EVERYBODY and length:
            named = self._texts[self._at + 1 : self._at + 1 + length]
            dimension = self._reading.vocabulary.dimensions[tuple(named)]
            end = self._words[self._at + length].end
            typed = self._text[self._words[self._at + 1].start : end]
            yield from (self._put(f"by {dimension if ' ' in typed else typed}", end), self._put("", end))
        following = tuple(self._texts[self._at + 1 : self._at + 3])
        if word in UNITS and following[:1] in _BEFORE:
            yield self._put("previous", self._words[self._at + 1].end)
        if word in UNITS and following in (("on", word), ("over", word), ("op", word)):
            end = self._words[self._at + 2].end
            yield from (self._put("vs previous", end), self._put(f"per {UNITS[word]}", end))
            return

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
            name = self._text[following.start : following.end]
            near = [] if self._is_known(name) else self._reading.near(dimension, name, _ALIKE)
            for member, _ in near[:SUGGESTIONS]:
                yield self._put(f"{dimension}:{canonical_value(member)}", following.end)
        yield self._put(f"by {self._text[self._word.start : end]}", end)

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
        yield from self._with_word_beside()
        for typed in spans(self._text, self._word.start, self._word.end):
            name = typed.lstrip("-").strip('"').lstrip("@").removesuffix("'s")
            if len(name) < _SHORTEST_NAME:
                continue
            minus = "-" if typed.startswith("-") else ""
            found = [
                (dimension, member)
                for dimension in self._reading.members
                for member in self._few(dimension, name)
            ]
            if found:
                found.sort(
                    key=lambda entry: fold(entry[1].label) != fold(name)
                )  # "noord" before "Bakkerij Noord"
                end = self._word.start + len(typed)
                yield from (self._named(minus, *entry, end) for entry in found)
                return

    def _begins(self, member: Member) -> int:
        """Return the place where a name begins whose last word is mistyped, as in "anna de vris"."""
        own = fold(member.label).split()
        for count in range(min(len(own) - 1, self._at), 0, -1):
            if self._texts[self._at - count : self._at] == own[:count]:
                return self._at - count
        return self._at

    def _named(self, minus: str, dimension: str, member: Member, end: int, begins: int | None = None) -> str:
        """Return the line with a filter for the word, or from an earlier one on; "by anna" is Anna's."""
        at = self._at if begins is None else begins
        start = self._words[at].start
        named = f"{minus}{dimension}:{canonical_value(member)}"
        line = self._text[:start] + named + self._text[end:]
        if dash := re.search(r"(?:^| )- $", self._text[:start]):  # left out, or only a dash
            return f"{line[: dash.start()]} -{line[start:]}".lstrip()
        if not at or self._texts[at - 1] not in BY:
            return line
        before = self._words[at - 1]
        return line[: before.start] + line[before.end + 1 :]

    def _with_word_beside(self) -> Iterable[str]:
        """A name of which one word means something else, such as the month in "jan peeters"."""
        if self._at + 1 < len(self._words) and self._words[self._at + 1].end > self._word.end:
            following = self._words[self._at + 1]
            turned = f"{self._text[following.start : following.end]} {self._token}"
            for dimension in self._reading.members:
                for member in self._few(dimension, turned):
                    yield self._put(f"{dimension}:{canonical_value(member)}", following.end)
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

    def _as_counted(self) -> Iterable[str]:
        """A mistyped unit in "last 3 monhts", and "3 months" without its "last"."""
        pieces = self._text[self._word.start :].split(" ")
        for count in (2, 1):  # "last 30d", "l12m"
            typed = " ".join(pieces[:count])
            if short := re.fullmatch(r"(?:last ?|l)?(\d{1,3})([dwmqy])", fold(typed)):
                yield self._put(
                    f"last {short.group(1)} {_SHORT[short.group(2)]}", self._word.start + len(typed)
                )
                return
        offset = 0 if pieces[0].isdecimal() else 1
        if len(pieces) < offset + 2 or not pieces[offset].isdecimal():
            return
        if offset and not near_names(fold(pieces[0]), ("last", "laatste", "afgelopen"), 1, 70):
            return
        typed = " ".join(pieces[: offset + 2])
        for unit in near_names(fold(pieces[offset + 1]), _COUNTED, 1, 70):
            word = "laatste" if unit.endswith("en") else "last"
            yield self._put(f"{word} {pieces[offset]} {unit}", self._word.start + len(typed))

    def _as_relative(self) -> Iterable[str]:
        """A mistyped unit after "vorige" or "this"."""
        pieces = self._text[self._word.start :].split(" ")
        if self._texts[self._at] not in LAST | THIS or len(pieces) < 2 or fold(pieces[1]) in UNITS:  # noqa: PLR2004
            return
        for unit in near_names(fold(pieces[1]), _ONE, SUGGESTIONS, 70):
            yield self._put(f"{pieces[0]} {unit}", self._word.start + len(f"{pieces[0]} {pieces[1]}"))

    def _as_period(self) -> Iterable[str]:
        """A period that is spelled nearly like the word, or like it and the next one."""
        rest = self._text[self._word.start :].split(" ")
        for count in (2, 1):
            typed = " ".join(rest[:count])
            for phrase in near_names(fold(typed), _PERIODS, SUGGESTIONS, 75):
                yield self._put(phrase, self._word.start + len(typed))

    def _as_name(self) -> Iterable[str]:
        """A metric, dimension, flag, member or (first in the line) verb that is spelled nearly the same.

        A minus only ever stands before a member.
        """
        lines = [*([] if self._token.startswith("-") else self._near_names()), *self._near_members()]
        lines.sort(key=lambda entry: -entry[0])
        return list(dict.fromkeys(line for _, line in lines))[:SUGGESTIONS]

    def _near_members(self) -> Iterable[tuple[float, str]]:
        """Return lines with a name that is spelled nearly like the word, and how nearly (of 100)."""
        name = self._token.lstrip("-@").strip('"').removesuffix("'s")
        if len(name) < _SHORTEST_NAME or ":" in name:
            return
        minus = "-" if self._token.startswith("-") else ""
        alike = _ALIKE if len(name) > _SHORT_NAME else _ALIKE_WHERE_SHORT
        for dimension in self._reading.members:
            for member, score in self._reading.near(dimension, name, alike)[:SUGGESTIONS]:
                yield score, self._named(minus, dimension, member, self._word.end, self._begins(member))

    def _near_names(self) -> Iterable[tuple[float, str]]:
        names = self._names_here()
        near: list[tuple[float, str, int]] = []
        for typed in spans(self._text, self._word.start, self._word.end):
            phrase = " ".join(parts(typed))
            found = process.extract(
                phrase,
                names.keys(),
                scorer=fuzz.ratio,
                limit=8,
                score_cutoff=_alike_enough(phrase),
            )
            near += [
                (score, near_phrase, self._word.start + len(typed))
                for near_phrase, score, _ in found
                if _is_alike(phrase, near_phrase, score)
            ]
        near.sort(key=lambda entry: -entry[0])
        best: dict[str, tuple[float, str, int]] = {}
        for score, near_phrase, end in near:
            best.setdefault(names[near_phrase], (score, near_phrase, end))
        return [
            (score, self._put(self._written(near_phrase, name), end))
            for name, (score, near_phrase, end) in list(best.items())[:SUGGESTIONS]
        ]

    def _names_here(self) -> dict[str, str]:
        """Return the phrases that may stand at the word, and what each means: after "by" no metric."""
        vocabulary = self._reading.vocabulary
        if self._at and self._texts[self._at - 1] in BY:
            units = {unit: unit for unit in UNITS}
            return {" ".join(phrase): name for phrase, name in vocabulary.dimensions.items()} | units
        verbs = self._reading.verbs if self._word.start == 0 else ()
        return {**vocabulary.near, **{verb: verb for verb in verbs}}

    @staticmethod
    def _written(phrase: str, name: str) -> str:
        """Return a phrase in the words that are nearest to those typed, else by the name that it means."""
        return name if phrase == name.replace("_", " ") else phrase


def _alike_enough(typed: str) -> float:
    if " " in typed:
        return _WORDS_ALIKE
    return _SAME_LETTERS if len(typed) <= _SHORT_NAME else _WORD_ALIKE


def _is_alike(typed: str, phrase: str, score: float) -> bool:
    """Whether a short word is spelled nearly enough like a phrase, or has its letters in another order."""
    is_short = len(typed) <= _SHORT_NAME
    return not is_short or score >= _SHORT_WORD_ALIKE or sorted(typed) == sorted(phrase)
