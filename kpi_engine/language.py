"""Half-right words in, a question out; and a question back to its canonical words.

Deterministic: the same line gives the same question. An unknown word is never ignored and a
doubtful one never guessed: both raise with whole lines to send instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from rapidfuzz import fuzz, process

from kpi_engine.catalogue import Catalogue
from kpi_engine.errors import AmbiguousNameError, QueryError, UnknownNameError
from kpi_engine.period_words import canonical_period, counts_back, read_period
from kpi_engine.periods import Grain, Period
from kpi_engine.query import NONE_LABEL, Baseline, Compare, Filter, Flag, Member, Query, Top
from kpi_engine.words import UNITS, fold, squash, words_of

LONGEST_LINE = 500
QUOTED = 40
"""Characters of a person's own words that a message repeats."""
CHOICES = 5
SUGGESTIONS = 3
_PHRASE = 5
"""Words of the longest name of a metric or dimension."""

_TOKEN = re.compile(
    r"""-?[\w.'-]+:(?:"[^"]*"?|<@[^>]*>|[^\s,"]+)(?:,(?:"[^"]*"?|<@[^>]*>|[^\s,"]+))*"""
    r"""|"[^"]*"?|,|[^\s,"]+"""
)
_VALUE = re.compile(r'"[^"]*"?|<@[^>]*>|[^,"]+')
_MENTION = re.compile(r"^<@([A-Z0-9]+)(?:\|[^>]*)?>$")

_DOUBLE_QUOTES = "[“”„«»″]"
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
"""The three characters that Slack escapes."""

_BY = {"by", "per", "door", "volgens"}
_VERSUS = {"vs", "versus", "tov", "tegenover", "against", "compared"}
_TOP = {"top": True, "best": True, "beste": True, "bottom": False, "worst": False, "slechtste": False}
_NONE = {"none", "geen", "leeg"}
_ME = {"me", "ik", "mij", "mezelf"}
_MINE = _ME | {"my", "mine", "mijn"}
_FLAGS: dict[str, Flag] = {
    "share": "share",
    "deel": "share",
    "chart": "chart",
    "grafiek": "chart",
    "table": "table",
    "tabel": "table",
    "csv": "csv",
    "xlsx": "xlsx",
    "excel": "xlsx",
    "sql": "sql",
}
_FILLERS = {"the", "de", "het", "in", "of", "van", "for", "voor", "please", "show", "toon", "and", "en"}
_PERIODS = (
    *(
        "today",
        "yesterday",
        "this week",
        "last week",
        "this month",
        "last month",
        "this quarter",
        "last quarter",
    ),
    *(
        "this year",
        "last year",
        "vandaag",
        "gisteren",
        "deze week",
        "vorige week",
        "deze maand",
        "vorige maand",
    ),
    *("dit kwartaal", "vorig kwartaal", "dit jaar", "vorig jaar", "all time"),
)
"""Periods that a mistyped one is compared with."""
_BASELINES: dict[tuple[str, ...], Baseline] = {
    ("previous",): Baseline.PREVIOUS,
    ("previous", "period"): Baseline.PREVIOUS,
    ("vorige", "periode"): Baseline.PREVIOUS,
    ("last", "year"): Baseline.LAST_YEAR,
    ("vorig", "jaar"): Baseline.LAST_YEAR,
    ("target",): Baseline.TARGET,
    ("targets",): Baseline.TARGET,
    ("quota",): Baseline.TARGET,
    ("doel",): Baseline.TARGET,
    ("none",): Baseline.NONE,
    ("niets",): Baseline.NONE,
}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the member that `me` stands for, and the members behind Slack mentions (by user id)."""

    rep: Member | None = None
    mentions: Mapping[str, Member] = field(default_factory=dict)


NOBODY = Asker()


def parse(
    text: str,
    catalogue: Catalogue,
    members: Mapping[str, Sequence[Member]],
    asker: Asker,
    today: date,
    verbs: Collection[str] = (),
) -> Query:
    """Read a line as a question; `members` are the names that the asker may use, by dimension.

    `verbs` are only used in suggestions. Raises QueryError, UnknownNameError or
    AmbiguousNameError, with whole lines to send instead; nothing else, whatever the text.
    """
    return _Line(text, catalogue, members, asker, today, verbs).query()


def parse_period(text: str, today: date) -> Period:
    """Read a period alone, as in a summary's file. Raises QueryError."""
    tokens = [word for token in normalised(text).split() for word in _parts(token)]
    found = read_period(tokens, 0, today)
    if found is None or found[1] != len(tokens):
        raise QueryError(f"“{_short(text)}” is no period.", hint="Try last week, this month or 2026-07.")
    return found[0]


def canonical(query: Query) -> str:
    """Return the question in absolute words, which read back as the same question."""
    parts = [",".join(query.metrics)]
    parts += [_canonical_filter(entry) for entry in query.filters]
    if query.by:
        parts.append("by " + ",".join(query.by))
    if query.per:
        parts.append(f"per {query.per}")
    if query.top:
        parts.append(f"{'top' if query.top.best else 'bottom'} {query.top.count}")
    if query.period:
        parts.append(canonical_period(query.period))
    for compare in query.compare:
        what = canonical_period(compare.period) if compare.period else str(compare.baseline)
        parts.append(f"vs {what}")
    parts += sorted(query.flags)
    return " ".join(parts)


def normalised(text: str) -> str:
    """Return a line with Slack's entities, typographic quotes and colons, and stray spaces put right."""
    text = text.replace("\x00", " ")
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    text = re.sub(_DOUBLE_QUOTES, '"', text)
    text = re.sub("[‘’‚`´]", "'", text).replace("\uff1a", ":")
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"^/\w+\s*", "", text)
    text = re.sub(r"(?<!\S)[–—−](?=[\w.'-]+\s*:)", "-", text)
    text = re.sub(r"\s*:\s*", ":", text)
    text = re.sub(r"\s*,\s*", ",", text)
    return text if re.search(r"\d\.\.$", text) else text.rstrip("?! .;")  # "2026-01.." lacks its end


def _canonical_filter(entry: Filter) -> str:
    values = ",".join(_canonical_value(member) for member in entry.members)
    return f"{'-' if entry.exclude else ''}{entry.dimension}:{values}"


def _canonical_value(member: Member) -> str:
    if member.key is None:
        return "none"
    plain = re.fullmatch(r"[^\W_]([\w.'-]*[\w'-])?", member.label)
    reserved = fold(member.label) in _NONE | _ME
    if plain and not reserved and ".." not in member.label:
        return member.label
    return '"' + re.sub(_DOUBLE_QUOTES, "'", member.label).replace('"', "'") + '"'


def _parts(token: str) -> list[str]:
    """Cut a bare token into words: `cost_per_lead` and `cost-per-lead` are three, `2026-07` is one."""
    if token[:1].isdigit():
        return [token.casefold()]
    if token.casefold().rstrip(".") in ("t.o.v", "tov"):
        return ["tov"]
    if token.casefold() == "vs.":
        return ["vs"]
    return [word for word in re.split(r"[_\s-]+", fold(token)) if word]


def _short(text: str) -> str:
    return text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"


@dataclass(frozen=True, slots=True)
class _Word:
    """One word of a line and the characters of its token."""

    text: str
    start: int
    end: int


class _Line:
    """The reading of one line, from left to right."""

    def __init__(
        self,
        text: str,
        catalogue: Catalogue,
        members: Mapping[str, Sequence[Member]],
        asker: Asker,
        today: date,
        verbs: Collection[str],
    ) -> None:
        if len(text) > LONGEST_LINE * 20 or len(normalised(text)) > LONGEST_LINE:
            raise QueryError(
                f"That line is too long to be a question ({len(text):,} characters).",
                hint="Try something like: sales last month by region.",
            )
        self._text = normalised(text)
        self._catalogue, self._members = catalogue, members
        self._asker, self._today, self._verbs = asker, today, verbs
        self._is_trial = False
        self._metrics: list[str] = []
        self._filters: list[Filter] = []
        self._compare: list[Compare] = []
        self._by: list[str] = []
        self._flags: set[Flag] = set()
        self._period: Period | None = None
        self._per: Grain | None = None
        self._top: Top | None = None
        self._metric_names = _phrases(
            (name, entry.aliases, name) for name, entry in catalogue.metrics.items()
        )
        self._dimension_names = _phrases(
            (name, entry.aliases, name) for name, entry in catalogue.dimensions.items()
        )

    def query(self) -> Query:
        """Return the question of the whole line."""
        words = self._words()
        at = 0
        while at < len(words):
            at = self._step(words, at)
        if not self._metrics:
            raise self._no_metric()
        return Query(
            metrics=tuple(dict.fromkeys(self._metrics)),
            period=self._period,
            filters=tuple(self._filters),
            compare=tuple(dict.fromkeys(self._compare)),
            by=tuple(dict.fromkeys(self._by)),
            per=self._per,
            top=self._top,
            flags=frozenset(self._flags),
        )

    def _words(self) -> list[_Word]:
        words = []
        for match in _TOKEN.finditer(self._text):
            token = match.group()
            loose_minus = (
                match.group() == "-" and re.match(r" [\w.'-]+:", self._text[match.end() :]) is not None
            )
            stays_whole = (
                loose_minus
                or match.group() == ","
                or (":" in token and not token.startswith(('"', ":", "http")))
            )
            parts = [token] if stays_whole else _parts(token.strip('"'))
            words += [_Word(part, match.start(), match.end()) for part in parts]
        return words

    def _step(self, words: list[_Word], at: int) -> int:
        """Read what stands at a place; return the place after it."""
        readers: tuple[Callable[[list[_Word], int], int | None], ...] = (
            self._separator,
            self._filter,
            self._comparison,
            self._group_or_grain,
            self._ranking,
            self._metric,
            self._when,
            self._flag,
        )
        for reader in readers:
            after = reader(words, at)
            if after is not None:
                return after
        if words[at].text in _FILLERS:
            return at + 1
        raise self._unknown(words[at])

    def _separator(self, words: list[_Word], at: int) -> int | None:
        return at + 1 if words[at].text == "," else None

    # filters

    def _filter(self, words: list[_Word], at: int) -> int | None:
        token = words[at].text
        if words[at].text == "-":
            before, after = self._text[: words[at].start], self._text[words[at].end :].lstrip()
            raise QueryError(
                "A loose minus: is the next name left out, or meant?",
                hint="To leave it out, write the minus against the key.",
                suggestions=tuple(self._readable([f"{before}-{after}", before + after])),
            )
        if ":" not in token:
            return None
        key, _, rest = token.partition(":")
        exclude = key.startswith("-")
        dimension = self._dimension_names.get(tuple(_parts(key.lstrip("-"))))
        if dimension is None:
            raise self._unknown_key(words[at], key.lstrip("-"))
        found = [
            self._member(words[at], dimension, value.group(), len(key) + 1 + value.start())
            for value in _VALUE.finditer(rest)
        ]
        if not found:
            raise QueryError(f"Which {dimension}? Nothing follows the colon.", hint=f"Try {dimension}:name.")
        self._filters.append(Filter(dimension, tuple(dict.fromkeys(found)), exclude))
        return at + 1

    def _member(self, word: _Word, dimension: str, value: str, offset: int) -> Member:
        """Read one value of a filter; it stands `offset` characters into its token."""
        mention = _MENTION.match(value)
        if mention:
            return self._person(word, dimension, self._asker.mentions.get(mention.group(1)), "That person")
        quoted = value.startswith('"')
        typed = value.strip('"').strip()
        if not quoted and fold(typed) in _ME:
            return self._person(word, dimension, self._asker.rep, "You")
        if not quoted and fold(typed) in _NONE | {fold(NONE_LABEL)}:
            return Member(None, NONE_LABEL)
        if not quoted and re.match(r"^([<>]=?|=|\d+(\.\d+)?\.\.)", typed):
            raise QueryError("Numbers can't be filtered by size yet.", hint=f"Name a {dimension} instead.")
        if not quoted and typed.startswith(("-", "!")):
            without = f"-{dimension}:{typed.lstrip('-!')}"
            raise QueryError(
                "A minus stands before the key, not before the name.",
                hint=f"Like -{dimension}:name.",
                suggestions=tuple(
                    self._readable([self._text[: word.start] + without + self._text[word.end :]])
                    if "," not in word.text
                    else ()
                ),
            )
        return self._named(word, dimension, typed.lstrip("@"), value, offset)

    def _person(self, word: _Word, dimension: str, member: Member | None, who: str) -> Member:
        if member is not None and dimension != "rep" and member not in self._members.get(dimension, ()):
            key, _, rest = word.text.partition(":")
            line = f"{self._text[: word.start]}{'-' * key.startswith('-')}rep:{rest}{self._text[word.end :]}"
            raise QueryError(
                f"{who} can't be a {dimension}.",
                hint="People go with rep.",
                suggestions=tuple(self._readable([line])),
            )
        if member is None:
            raise QueryError(
                f"{who} can't be matched with a sales rep.", hint="Type the name instead, such as rep:anna."
            )
        return member

    def _named(self, word: _Word, dimension: str, typed: str, value: str, offset: int) -> Member:
        known = self._members.get(dimension, ())
        found = matches(typed, known)
        if len(found) == 1:
            return found[0]
        if found:
            for longer in self._spans(word.start + offset, word.end):  # rep:jan claes, without its quotes
                if longer != value and (meant := matches(longer, known)):
                    word = _Word(word.text, word.start, word.start + offset + len(longer))
                    found, value = meant, longer
                    break
            raise AmbiguousNameError(
                f"“{_short(typed)}” could be {len(matches(typed, known))} of the {dimension}s.",
                hint="Which one?" if len(found) <= CHOICES else "Type more of the name.",
                suggestions=self._replaced(
                    word, value, [_canonical_value(member) for member in found[:CHOICES]], offset
                ),
            )
        near = process.extract(
            fold(typed),
            {m: fold(m.label) for m in known},
            scorer=_nearness,
            limit=SUGGESTIONS,
            score_cutoff=60,
        )
        names = [_canonical_value(member) for _, _, member in near]
        raise UnknownNameError(
            f"There is no {dimension} “{_short(typed)}”.",
            hint="Did you mean one of these?" if names else self._some(known),
            suggestions=self._replaced(word, value, names, offset),
        )

    def _some(self, known: Sequence[Member]) -> str:
        return f"For example: {', '.join(member.label for member in known[:3])}." if known else ""

    def _replaced(self, word: _Word, old: str, new: Iterable[str], offset: int = 0) -> tuple[str, ...]:
        """Return the line with `old`, that stands at or after `offset` in the word's token, replaced."""
        before, after = self._text[: word.start + offset], self._text[word.end :]
        token = self._text[word.start + offset : word.end]
        return tuple(before + token.replace(old, name, 1) + after for name in new)

    # the other parts

    def _comparison(self, words: list[_Word], at: int) -> int | None:
        if words[at].text not in _VERSUS:
            return None
        at += 1
        while at < len(words) and words[at].text in ("to", "with", "met", *_FILLERS):
            at += 1
        texts = [word.text for word in words]
        found = read_period(texts, at, self._today)
        for phrase, baseline in sorted(_BASELINES.items(), key=lambda entry: -len(entry[0])):
            is_longer_period = found is not None and found[1] > at + len(phrase)  # "previous month"
            if tuple(texts[at : at + len(phrase)]) == phrase and not is_longer_period:
                self._compare.append(Compare(baseline))
                return at + len(phrase)
        if found:
            self._compare.append(Compare(Baseline.PERIOD, found[0]))
            return found[1]
        if at < len(words) and words[at].text == "team":
            raise QueryError(
                "A comparison with the team isn't there yet.", hint="Try vs target or vs last year."
            )
        raise QueryError(
            "With what should it be compared?",
            hint="Write vs previous, vs last year, vs target or vs 2026-01.",
        )

    def _group_or_grain(self, words: list[_Word], at: int) -> int | None:
        if words[at].text not in _BY:
            return None
        at += 1
        if at < len(words) and words[at].text in UNITS:
            self._per = UNITS[words[at].text]
            return at + 1
        start = at
        while at < len(words):
            length = _longest(self._dimension_names, words, at)
            if not length:
                break
            self._by.append(self._dimension_names[tuple(word.text for word in words[at : at + length])])
            at += length
            if (
                at < len(words) - 1
                and words[at].text in (",", "and", "en")
                and _longest(self._dimension_names, words, at + 1)
            ):
                at += 1
                continue
            break
        if at == start:
            raise (
                self._unknown(words[at])
                if at < len(words)
                else QueryError(
                    "By what should it be split?",
                    hint=f"Try by {', by '.join(list(self._catalogue.dimensions)[:3])}.",
                )
            )
        return at

    def _ranking(self, words: list[_Word], at: int) -> int | None:
        if words[at].text not in _TOP:
            return None
        best, count, after = _TOP[words[at].text], 10, at + 1
        if after < len(words) and words[after].text.isdecimal() and len(words[after].text) <= 4:  # noqa: PLR2004
            count, after = int(words[after].text), after + 1
        if not count:
            raise QueryError("Top how many? At least 1.", hint="Try top 5.")
        self._top = Top(count, best)
        return after

    def _metric(self, words: list[_Word], at: int) -> int | None:
        length = _longest(self._metric_names, words, at)
        if length:
            self._metrics.append(self._metric_names[tuple(word.text for word in words[at : at + length])])
            return at + length
        for name, missing in self._catalogue.unmapped.items():
            if [word.text for word in words[at : at + len(_parts(name))]] == _parts(name):
                raise QueryError(
                    f"{name} isn't connected to this database yet.", hint=f"It needs {' and '.join(missing)}."
                )
        return None

    def _when(self, words: list[_Word], at: int) -> int | None:
        texts = [word.text for word in words]
        found = read_period(texts, at, self._today)
        if found is None and counts_back(texts, at):
            raise QueryError(
                f"I can't count {texts[at + 1][:8]} {texts[at + 2]} back.", hint="Try last 12 months."
            )
        if found is None:
            return None
        if self._period is not None and self._period != found[0]:
            raise QueryError(
                "Which period? The line names two.", hint="For a comparison, write vs before the second."
            )
        self._period = found[0]
        return found[1]

    def _flag(self, words: list[_Word], at: int) -> int | None:
        flag = _FLAGS.get(words[at].text)
        if flag is None:
            return None
        self._flags.add(flag)
        return at + 1

    # what can't be read

    def _unknown(self, word: _Word) -> QueryError:
        token = self._text[word.start : word.end]
        choices = [*self._as_filter(word)]
        lines = choices or [*self._as_period(word), *self._as_name(word)]
        different = [line for line in dict.fromkeys(lines) if line != self._text]
        shown = (self._readable(different) or different)[: CHOICES if choices else SUGGESTIONS]
        hint = "Did you mean one of these?" if shown else "Type help to see what can be asked."
        if not shown and token[:1].isdigit():
            hint = "Periods look like 2026-07, 2026-Q3, 2026-W47 or 2026-07-15."
        return UnknownNameError(f"I don't know “{_short(token)}”.", hint=hint, suggestions=tuple(shown))

    def _readable(self, lines: Sequence[str]) -> list[str]:
        """Return the lines that can be read as they are, so that a button never leads to a second mistake."""
        if self._is_trial:
            return []
        return [line for line in lines if line.split(" ")[0] in self._verbs or self._can_be_read(line)]

    def _can_be_read(self, line: str) -> bool:
        trial = _Line(line, self._catalogue, self._members, self._asker, self._today, self._verbs)
        trial._is_trial = True
        try:
            trial.query()
        except QueryError:
            return False
        return True

    def _as_name(self, word: _Word) -> Iterable[str]:
        """A metric, dimension, flag or (first in the line) verb that is spelled nearly like the word."""
        token = self._text[word.start : word.end]
        names: dict[str, str] = {" ".join(phrase): name for phrase, name in self._metric_names.items()}
        names |= {" ".join(phrase): name for phrase, name in self._dimension_names.items()}
        names |= {entry: entry for entry in _FLAGS}
        if word.start == 0:
            names |= {verb: verb for verb in self._verbs}
        near = process.extract(
            " ".join(_parts(token)), names.keys(), scorer=fuzz.ratio, limit=8, score_cutoff=62
        )
        better = dict.fromkeys(names[phrase] for phrase, *_ in near)
        return self._replaced(word, token, list(better)[:SUGGESTIONS])

    def _as_period(self, word: _Word) -> Iterable[str]:
        """A period that is spelled nearly like the word, or like it and the next one."""
        rest = self._text[word.start :].split(" ")
        for count in (2, 1):
            typed = " ".join(rest[:count])
            near = process.extract(
                fold(typed), _PERIODS, scorer=fuzz.ratio, limit=SUGGESTIONS, score_cutoff=75
            )
            tail = self._text[word.start + len(typed) :]
            yield from (self._text[: word.start] + phrase + tail for phrase, *_ in near)

    def _as_filter(self, word: _Word) -> Iterable[str]:
        """A name without its key, of one word or more: offer the key, never guess it."""
        token = self._text[word.start : word.end]
        if fold(token) in _MINE and self._asker.rep:
            yield from self._replaced(word, token, ["rep:me"])
            return
        for typed in self._spans(word.start, word.end):
            whole = _Word(typed, word.start, word.start + len(typed))
            lines: list[str] = []
            for dimension, known in self._members.items():
                found = matches(typed.strip('"'), known)
                if len(typed) > 2 and 0 < len(found) <= CHOICES:  # noqa: PLR2004 - shorter ones match everything
                    names = [f"{dimension}:{_canonical_value(member)}" for member in found]
                    lines += self._replaced(whole, typed, names)
            if lines:
                yield from lines
                return

    def _spans(self, start: int, end: int) -> Iterable[str]:
        """Return the text from `start` with the words after `end`, longest first, `start` to `end` last."""
        head, rest = self._text[start:end], self._text[end:]
        is_open = rest.startswith(" ") and not head.startswith('"')
        following = rest.split(" ")[1:_PHRASE] if is_open else []
        return [" ".join([head, *following[:count]]) for count in range(len(following), -1, -1)]

    def _unknown_key(self, word: _Word, key: str) -> QueryError:
        near = process.extract(
            fold(key),
            [" ".join(name) for name in self._dimension_names],
            scorer=fuzz.ratio,
            limit=6,
            score_cutoff=55,
        )
        better = dict.fromkeys(self._dimension_names[tuple(name.split())] for name, *_ in near)
        possible = ", ".join(self._catalogue.dimensions)
        lines = self._replaced(word, key, better)
        return UnknownNameError(
            f"I can't filter by “{_short(key)}”.",
            hint=f"I can by {possible}.",
            suggestions=tuple((self._readable(lines) or lines)[:SUGGESTIONS]),
        )

    def _no_metric(self) -> QueryError:
        shown = [name for name in ("sales", "leads", "conversion") if name in self._catalogue.metrics]
        shown = shown or list(self._catalogue.metrics)[:SUGGESTIONS]
        return QueryError(
            "Which number would you like?" if self._text else "Ask for a number.",
            hint=f"For example {', '.join(shown)}.",
            suggestions=tuple(f"{name} {self._text}".strip() for name in shown),
        )


def matches(typed: str, members: Sequence[Member]) -> list[Member]:
    """Return the members that a typed name means: the exact one, else equal but for case, accents and
    spaces, else those with a word that begins with it.
    """
    exact = [member for member in members if member.label == typed]
    if exact:
        return exact
    wanted, tight = fold(typed), squash(typed)
    if not tight:
        return []
    equal = [member for member in members if fold(member.label) == wanted or squash(member.label) == tight]
    if equal:
        return equal
    return [
        member
        for member in members
        if fold(member.label).startswith(wanted)
        or squash(member.label).startswith(tight)
        or any(word.startswith(wanted) for word in words_of(member.label))
    ]


def _nearness(typed: str, name: str, *, score_cutoff: float | None = None) -> float:
    """How near a typed name is to a member's: to the whole name or to one word of it."""
    best = max((fuzz.ratio(typed, word) for word in (name, *name.split())), default=0.0)
    return best if score_cutoff is None or best >= score_cutoff else 0.0


def _phrases(entries: Iterable[tuple[str, Sequence[str], str]]) -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for name, aliases, meaning in entries:
        for phrase in (name, *aliases):
            found.setdefault(tuple(_parts(phrase)), meaning)
    return found


def _longest(names: Mapping[tuple[str, ...], str], words: Sequence[_Word], at: int) -> int:
    for length in range(min(_PHRASE, len(words) - at), 0, -1):
        if tuple(word.text for word in words[at : at + length]) in names:
            return length
    return 0
