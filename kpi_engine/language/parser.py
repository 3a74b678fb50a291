"""Half-right words in, a question out; and a question back to its canonical words.

Deterministic: the same line gives the same question. An unknown word is never ignored and a
doubtful one never guessed: both raise with whole lines to send instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import AmbiguousNameError, QueryError, UnknownNameError, UnmappedError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import Grain, Period, year_before
from kpi_engine.domain.query import NONE_LABEL, Baseline, Compare, Filter, Flag, Member, Query, Sized, Top
from kpi_engine.domain.titles import Title
from kpi_engine.domain.translatable import Said, both, said
from kpi_engine.language.amounts import is_size, read_size
from kpi_engine.language.bare_names import bare_name
from kpi_engine.language.canonical import canonical, canonical_value
from kpi_engine.language.folding import UNITS, fold
from kpi_engine.language.period_phrases import (
    COUNTS,
    canonical_period,
    counted_ago,
    opens_range,
    periods_beside,
    read_period,
)
from kpi_engine.language.suggestions import (
    CHOICES,
    SUGGESTIONS,
    Asker,
    Mending,
    Reading,
    mentioned,
    near_names,
    replaced,
    spans,
)
from kpi_engine.language.unclear_periods import doubtful_period, offered_together
from kpi_engine.language.vocabulary import (
    AND,
    BASELINES,
    BY,
    COUNTED,
    EVERY,
    FILLERS,
    FLAGS,
    LONGEST_FIRST,
    LONGEST_PHRASE,
    ME,
    NONE,
    OF_US,
    RANKED_BY,
    TEN_OPZICHTE_VAN,
    TO_ME,
    TOP,
    VERSUS,
    YEARLY,
    longest,
    parts,
    typed_metric,
    typed_name,
    vocabulary_of,
)
from kpi_engine.language.words_of_line import Word, normalised, short, words_of_line

__all__ = [
    "LONGEST_LINE",
    "NOBODY",
    "Asker",
    "canonical",
    "normalised",
    "parse",
    "parse_lasting",
    "parse_period",
    "understood",
]

LONGEST_LINE = 500
NOBODY = Asker()
_MISTAKES = 3
"""Mistakes in one line that a suggestion mends at once."""
_TRIED = (0, 2, 4, 6)
"""Lines that are tried out as suggestions, by how many mistakes may still be mended."""
_MOST_YEARS = 20
"""Years ago for which the same period is offered."""
_VALUE = re.compile(r'"[^"]*"?|<@[^>]*>|[^,"]+')
_GRAINS = {
    Grain.DAY: said("day"),
    Grain.WEEK: said("week"),
    Grain.MONTH: said("month"),
    Grain.QUARTER: said("quarter"),
    Grain.YEAR: said("year"),
}


def parse(
    text: str,
    catalogue: Catalogue,
    members: Mapping[str, Sequence[Member]],
    asker: Asker,
    today: date,
    verbs: Collection[str] = (),
    *,
    offers: bool = True,
) -> Query:
    """Read a line as a question; `members` are the names that the asker may use, by dimension.

    Members that are read with often are best given as a Roster. `verbs` are only used in
    suggestions; without `offers`, for a trial that nobody is told of, none are looked for.
    Raises QueryError, UnknownNameError or AmbiguousNameError, with whole lines to send instead;
    nothing else, whatever the text.
    """
    mistakes = _MISTAKES if offers else 0
    return _line(text, catalogue, members, asker, today, verbs, mistakes).query()


def parse_lasting(
    text: str,
    catalogue: Catalogue,
    members: Mapping[str, Sequence[Member]],
    asker: Asker,
    today: date,
    verbs: Collection[str] = (),
) -> tuple[Query, str]:
    """Read a line like `parse`; return also the line to keep: names in full, periods as they were typed.

    Read on another day, "last month" is that day's last month, and a name is no half of a newer one.
    """
    line = _line(text, catalogue, members, asker, today, verbs)
    query = line.query()
    kept = line.lasting(query)
    if parse(kept, catalogue, members, NOBODY, today) != query:
        raise QueryError(
            "I can't keep that question as it is written.", hint="Write its period in another way."
        )
    return query, kept


def _line(
    text: str,
    catalogue: Catalogue,
    members: Mapping[str, Sequence[Member]],
    asker: Asker,
    today: date,
    verbs: Collection[str],
    mistakes: int = _MISTAKES,
) -> _Line:
    tidy = normalised(text) if len(text) <= LONGEST_LINE * 20 else text
    if len(tidy) > LONGEST_LINE:
        raise QueryError(
            said("That line is too long to be a question ({count} characters).", count=len(text)),
            hint="Try something like: sales last month by region.",
        )
    reading = Reading(vocabulary_of(catalogue), members, asker, today, verbs)
    return _Line(tidy, catalogue, reading, mistakes)


def understood(
    text: str,
    catalogue: Catalogue,
    members: Mapping[str, Sequence[Member]],
    asker: Asker,
    today: date,
) -> Query:
    """Return what can be read of a line, leaving out the rest: something to go on with, never to answer.

    Its `metrics` may be empty. Never raises, whatever the text.
    """
    tidy = normalised(text) if len(text) <= LONGEST_LINE * 20 else ""
    reading = Reading(vocabulary_of(catalogue), members, asker, today, ())
    return _Line(tidy if len(tidy) <= LONGEST_LINE else "", catalogue, reading, 0).readable()


def parse_period(text: str, today: date) -> Period:
    """Read a period alone, as in a summary's file. Raises QueryError."""
    texts = [word.text for word in words_of_line(normalised(text))]
    found = read_period(texts, 0, today)
    if found is None or found[1] != len(texts):
        raise QueryError(
            said("“{typed}” is no period.", typed=short(text)), hint="Try last week, this month or 2026-07."
        )
    return found[0]


class _Line:
    """The reading of one line, from left to right."""

    def __init__(self, text: str, catalogue: Catalogue, reading: Reading, mistakes: int) -> None:
        """Take a line that is put right. With `mistakes` 0 a refusal suggests nothing."""
        self._text = text
        self._catalogue, self._reading, self._mistakes = catalogue, reading, mistakes
        self._names = reading.vocabulary
        self._words = words_of_line(text)
        self._texts = [word.text for word in self._words]
        self._metrics: list[str] = []
        self._filters: list[Filter] = []
        self._sizes: list[Sized] = []
        self._compare: list[Compare] = []
        self._by: list[str] = []
        self._flags: set[Flag] = set()
        self._period: tuple[Period, int, int] | None = None
        self._typed: dict[Period, str] = {}
        self._per: Grain | None = None
        self._top: Top | None = None

    def query(self) -> Query:
        """Return the question of the whole line."""
        at = 0
        while at < len(self._words):
            at = self._step(at)
        metrics = self._metrics or [size.metric for size in self._sizes]
        if not metrics:
            raise self._no_metric()
        if not self._by and (self._sizes or (self._top and not self._lists(metrics))):
            raise self._no_split(metrics)
        return self._read()

    def _lists(self, metrics: Sequence[str]) -> bool:
        """Whether a metric has groups of its own, without a split."""
        return any(self._catalogue.metrics[name].spec.lists_groups for name in metrics)

    def readable(self) -> Query:
        """Return the question of those words that can be read."""
        at = 0
        while at < len(self._words):
            try:
                at = self._step(at)
            except QueryError:
                at += 1
        if not self._by:
            self._sizes.clear()
            self._top = self._top if self._lists(self._metrics) else None
        if self._reading.asker.rep is None and not any(entry.dimension == "rep" for entry in self._filters):
            self._compare = [entry for entry in self._compare if entry.baseline is not Baseline.TEAM]
        return self._read()

    def _read(self) -> Query:
        metrics = self._metrics or [size.metric for size in self._sizes]
        return Query(
            metrics=tuple(dict.fromkeys(metrics)),
            period=self._period[0] if self._period else None,
            filters=self._filters_of_team(),
            sizes=tuple(dict.fromkeys(self._sizes)),
            compare=tuple(dict.fromkeys(self._compare)),
            by=tuple(dict.fromkeys(self._by)),
            per=self._per,
            top=self._top,
            flags=frozenset(self._flags),
        )

    def lasting(self, query: Query) -> str:
        """Return the question in canonical words, but for its periods: they are as typed."""
        return canonical(query, lambda period: self._typed.get(period) or canonical_period(period))

    def _step(self, at: int) -> int:
        """Read what stands at a place; return the place after it."""
        readers: tuple[Callable[[int], int | None], ...] = (
            self._separator,
            self._sized,
            self._filter,
            self._comparison,
            self._group_or_grain,
            self._ranking,
            self._metric,
            self._when,
            self._flag,
            self._filler,
            self._bare_name,
        )
        for reader in readers:
            after = reader(at)
            if after is not None:
                self._refuse_minus(at, after)
                return after
        raise self._unknown(at)

    def _refuse_minus(self, at: int, after: int) -> None:
        """Raise QueryError for a minus before what isn't a name: it would be read as if it weren't there."""
        for place, word in enumerate(self._words[at:after], start=at):
            token = self._text[word.start : word.end]
            is_inside = bool(place) and self._words[place - 1].start == word.start
            if is_inside or ":" in token or not token.startswith(("-", "!")):
                continue
            before, rest = self._text[: word.start], self._text[word.end :].lstrip()
            lines = [f"{before}-{rest}"] if word.text in FILLERS and rest else []
            lines.append(f"{before}{token.lstrip('-!')}{self._text[word.end :]}")
            raise QueryError(
                said("A minus leaves out a name, and “{typed}” is none.", typed=short(token.lstrip("-!"))),
                hint="Like -region:noord.",
                suggestions=tuple(self._sendable(lines)),
            )

    def _filler(self, at: int) -> int | None:
        word = self._texts[at]
        if word in TO_ME and self._texts[at + 1 : at + 2] and self._texts[at + 1] in ME:
            return at + 2
        for phrase in OF_US:
            if tuple(self._texts[at : at + len(phrase)]) == phrase:
                return at + len(phrase)
        if word in COUNTED and (after := self._counted(at + 1)):
            return after
        return at + 1 if word in FILLERS else None

    def _counted(self, at: int) -> int | None:
        """Read "number of" before something that is counted, and nothing else."""
        while self._texts[at : at + 1] and self._texts[at] in FILLERS:
            at += 1
        length = longest(self._names.metrics, self._texts, at)
        name = self._names.metrics[tuple(self._texts[at : at + length])] if length else None
        return at if name and self._catalogue.metrics[name].unit == "count" else None

    def _separator(self, at: int) -> int | None:
        return at + 1 if self._texts[at] == "," else None

    # sizes

    def _sized(self, at: int) -> int | None:
        """Read "sales:>1000", of whose name the words before the colon may be the last of several."""
        for after in range(at + 1, min(at + LONGEST_PHRASE, len(self._words)) + 1):
            key, colon, typed = self._texts[after - 1].partition(":")
            if not colon:
                continue
            phrase = (*self._texts[at : after - 1], *parts(key.lstrip("-")))
            metric = self._catalogue.metrics.get(self._names.metrics.get(phrase, ""))
            if metric is None or not (is_size(typed) or typed[:1].isdigit()):
                return None
            word = Word(self._texts[after - 1], self._words[at].start, self._words[after - 1].end)
            if not is_size(typed) or self._texts[at].startswith("-") or not metric.dimensions:
                raise self._no_size(word, metric, typed)
            self._sizes.append(read_size(typed, metric.name, metric.unit))
            return after
        return None

    def _no_size(self, word: Word, metric: Metric, typed: str) -> QueryError:
        before, after = self._text[: word.start], self._text[word.end :]
        turned = {">=": "<", "<=": ">", ">": "<=", "<": ">="}
        sign = next((sign for sign in turned if typed.startswith(sign)), "")
        signs = [turned[sign]] if sign else [] if is_size(typed) else [">=", "<="]
        lines = [f"{before}{metric.name}:{new}{typed.removeprefix(sign)}{after}" for new in signs]
        return QueryError(
            "A size says from where or up to where.",
            hint=said("Like {metric}:>1000 or {metric}:<1000, with a split.", metric=metric.name),
            suggestions=tuple(self._sendable(lines)),
        )

    def _no_split(self, metrics: Sequence[str]) -> QueryError:
        """Return the refusal of a size, or of top, that has no groups to choose from, with splits."""
        named = [self._catalogue.metrics[name] for name in (*metrics, *(size.metric for size in self._sizes))]
        shared = [name for name in named[0].dimensions if all(name in metric.dimensions for metric in named)]
        first = [name for name in ("rep", "customer", "product") if name in shared]
        splits = list(dict.fromkeys((*first, *shared)))[:SUGGESTIONS]
        return QueryError(
            "A size chooses among the groups of a split, and the line names none."
            if self._sizes
            else "Top and bottom choose among the groups of a split, and the line names none.",
            hint="Add a split, such as by rep.",
            suggestions=tuple(self._sendable([f"{self._text} by {name}" for name in splits])),
        )

    # filters

    def _filter(self, at: int) -> int | None:
        word = self._words[at]
        if word.text == "-":
            before, rest = self._text[: word.start], self._text[word.end :].lstrip()
            raise QueryError(
                "A loose minus: is the next name left out, or meant?",
                hint="To leave it out, write the minus against the key.",
                suggestions=tuple(self._sendable([f"{before}-{rest}", before + rest])),
            )
        if ":" not in word.text or word.text.startswith(":"):
            return None
        key, _, rest = word.text.partition(":")
        exclude = key.startswith("-")
        dimension = self._names.dimensions.get(tuple(parts(key.lstrip("-"))))
        if dimension is None:
            raise self._unknown_key(word, key.lstrip("-"), rest)
        values = list(_VALUE.finditer(rest))
        if not values:
            raise QueryError(
                said("Which {dimension}? Nothing follows the colon.", dimension=self._title(dimension)),
                hint=said("Try {key}:name.", key=self._key(dimension)),
            )
        last = len(key) + 1 + values[-1].start()
        longer = self._longer_name(word, dimension, values[-1].group(), last)
        found = [
            self._member(word, dimension, value.group(), len(key) + 1 + value.start())
            for value in (values[:-1] if longer else values)
        ]
        after = at + 1
        if longer:
            found.append(longer[0])
            while after < len(self._words) and self._words[after].start < longer[1]:
                after += 1
        self._add(Filter(dimension, tuple(dict.fromkeys(found)), exclude))
        return after

    def _add(self, wanted: Filter) -> None:
        """Add a filter; of one dimension they are one: nothing is of two regions at once."""
        for place, entry in enumerate(self._filters):
            if (entry.dimension, entry.exclude) == (wanted.dimension, wanted.exclude):
                members = tuple(dict.fromkeys((*entry.members, *wanted.members)))
                self._filters[place] = replace(entry, members=members)
                return
        self._filters.append(wanted)

    def _bare_name(self, at: int) -> int | None:
        """Read a name without its key; several of one dimension are either of them."""
        found = bare_name(self._text, self._words, at, self._reading)
        if found is None:
            return None
        dimension, member, after = found
        if any(entry.dimension == dimension and entry.exclude for entry in self._filters):
            raise self._left_out_or_meant(at, dimension, member, after)
        self._add(Filter(dimension, (member,)))
        return after

    def _left_out_or_meant(self, at: int, dimension: str, member: Member, after: int) -> QueryError:
        """Return the question whether the minus of "-rep:anna and bart" is for both."""
        name, rest = canonical_value(member), self._text[self._words[after - 1].end :]
        before = at
        while before and self._texts[before - 1] in AND | FILLERS:
            before -= 1
        lead = self._text[: self._words[before - 1].end] if before else ""
        lines = [f"{lead} {minus}{dimension}:{name}{rest}" for minus in ("-", "")]
        return QueryError(
            said("Is “{typed}” left out as well, or meant?", typed=member.label),
            hint="A minus is for one name, or for several with a comma.",
            suggestions=tuple(self._sendable(lines)),
        )

    def _longer_name(self, word: Word, dimension: str, value: str, offset: int) -> tuple[Member, int] | None:
        """Read `rep:anna de vries`, whose name goes on after the token, and return where it ends.

        Only where a word of it would mean nothing by itself, so that no other reading is lost.
        """
        roster = self._reading.roster(dimension)
        if value.startswith(("<", ">", "-", "!", '"')):
            return None
        for longer in spans(self._text, word.start + offset, word.end)[:-1]:
            tail = [part for piece in longer.split(" ")[1:] for part in parts(piece.strip(",:;"))]
            if all(part in self._names.words for part in tail) or "," in longer or ":" in longer:
                continue
            found = roster.matches(longer.lstrip("@"))
            if len(found) == 1:
                return found[0], word.start + offset + len(longer)
        return None

    def _member(self, word: Word, dimension: str, value: str, offset: int) -> Member:
        """Read one value of a filter; it stands `offset` characters into its token."""
        is_mention, person = mentioned(value, self._reading.asker)
        if is_mention:
            return self._person(word, dimension, person, is_asker=False)
        quoted = value.startswith('"')
        typed = value.strip('"').strip()
        if not quoted and fold(typed) in ME:
            return self._person(word, dimension, self._reading.asker.rep, is_asker=True)
        if not quoted and fold(typed) in NONE | {fold(NONE_LABEL)}:
            return Member(None, NONE_LABEL)
        if not quoted and is_size(typed):
            raise self._no_number(word, dimension, typed)
        if not quoted and typed.startswith(("-", "!")):
            without = f"-{dimension}:{typed.lstrip('-!')}"
            line = self._text[: word.start] + without + self._text[word.end :]
            raise QueryError(
                "A minus stands before the key, not before the name.",
                hint=said("Like -{key}:name.", key=self._key(dimension)),
                suggestions=tuple(self._sendable([line]) if "," not in word.text else ()),
            )
        return self._named(word, dimension, typed.lstrip("@"), value, offset)

    def _no_number(self, word: Word, dimension: str, typed: str) -> QueryError:
        """Return the refusal of a size of something that has none, with the line's number in its place."""
        metric = self._metrics[0] if self._metrics else None
        line = f"{self._text[: word.start]}by {dimension} {metric}:{typed}{self._text[word.end :]}"
        return QueryError(
            said("A {dimension} has a name, not a size.", dimension=self._title(dimension)),
            hint=said(
                "Write the number's name before a size, like sales:>1000 by {key}.", key=self._key(dimension)
            ),
            suggestions=tuple(self._sendable([line])) if metric and "," not in word.text else (),
        )

    def _person(self, word: Word, dimension: str, member: Member | None, *, is_asker: bool) -> Member:
        if member is not None and dimension != "rep" and member not in self._reading.roster(dimension):
            key, _, rest = word.text.partition(":")
            line = f"{self._text[: word.start]}{'-' * key.startswith('-')}rep:{rest}{self._text[word.end :]}"
            named = self._title(dimension)
            raise QueryError(
                said("You can't be a {dimension}.", dimension=named)
                if is_asker
                else said("That person can't be a {dimension}.", dimension=named),
                hint=said("People go with {key}.", key=self._key("rep")),
                suggestions=tuple(self._sendable([line])),
            )
        if member is None:
            raise QueryError(
                "You can't be matched with a sales rep."
                if is_asker
                else "That person can't be matched with a sales rep.",
                hint="Type the name instead, such as rep:anna.",
            )
        return member

    def _named(self, word: Word, dimension: str, typed: str, value: str, offset: int) -> Member:
        roster = self._reading.roster(dimension)
        found = roster.matches(typed)
        if len(found) == 1:
            return found[0]
        if found:
            count = len(found)
            for span in spans(self._text, word.start + offset, word.end):  # rep:jan claes, without quotes
                longer = span if value in span.split(",") else span.partition(",")[0]
                if longer != value and (meant := roster.matches(longer)):
                    word = Word(word.text, word.start, word.start + offset + len(longer))
                    found, value = meant, longer
                    break
            names = [canonical_value(member) for member in found[:CHOICES]]
            raise AmbiguousNameError(
                said(
                    "“{typed}” fits more than one {dimension}: {count} of them.",
                    typed=short(typed),
                    dimension=self._title(dimension),
                    count=count,
                ),
                hint="Which one?" if len(found) <= CHOICES else "Type more of the name.",
                suggestions=self._mended_each(replaced(self._text, word, value, names, offset)),
            )
        near = roster.nearest(typed, SUGGESTIONS) if self._mistakes else []
        lines = replaced(self._text, word, value, [canonical_value(member) for member in near], offset)
        raise UnknownNameError(
            said("There is no {dimension} “{typed}”.", dimension=self._title(dimension), typed=short(typed)),
            hint="Did you mean one of these?" if near else self._some(roster),
            suggestions=self._mended_each(lines),
        )

    def _some(self, known: Sequence[Member]) -> str:
        names = tuple(member.label for member in known[:3])
        return said("For example: {names}.", names=names) if known else ""

    # what dimensions are called

    def _title(self, dimension: str) -> Title:
        """Return what a dimension is called inside a sentence."""
        return self._catalogue.titled(dimension).lower()

    def _key(self, dimension: str) -> Title:
        """Return what people may type before the colon."""
        return typed_name(self._catalogue, dimension)

    # the other parts

    def _comparison(self, at: int) -> int | None:
        for year in YEARLY:
            if tuple(self._texts[at : at + len(year)]) == year:
                self._compare.append(Compare(Baseline.LAST_YEAR))
                return at + len(year)
        versus = at
        at = self._versus(at)
        if at == versus:
            return None
        found = read_period(self._texts, at, self._reading.today)
        if found is None and at < len(self._texts):
            self._refuse_doubtful(at)
        if after := self._year_before(versus, at):
            self._compare.append(Compare(Baseline.LAST_YEAR))
            return after
        for phrase, baseline in LONGEST_FIRST:
            is_longer_period = found is not None and found[1] > at + len(phrase)  # "previous month"
            if tuple(self._texts[at : at + len(phrase)]) == phrase and not is_longer_period:
                self._compare.append(Compare(baseline))
                if baseline is Baseline.TEAM:
                    self._refuse_named_team(versus, at + len(phrase))
                return at + len(phrase)
        if found:
            self._compare.append(Compare(Baseline.PERIOD, found[0]))
            self._type(found[0], at, found[1])
            return found[1]
        raise QueryError(
            "With what should it be compared?",
            hint="Write vs previous, vs last year, vs target or vs 2026-01.",
            suggestions=tuple(self._sendable(self._baselines(versus, at))[:SUGGESTIONS]),
        )

    def _versus(self, at: int) -> int:
        """Return the place after "vs", "compared to the" or "ten opzichte van", the same place without it."""
        if tuple(self._texts[at : at + len(TEN_OPZICHTE_VAN)]) == TEN_OPZICHTE_VAN:
            at += len(TEN_OPZICHTE_VAN)
        elif self._texts[at] in VERSUS:
            at += 1
        else:
            return at
        while at < len(self._texts) and self._texts[at] in ("to", "with", "met", *VERSUS, *FILLERS):
            if counted_ago(self._texts, at):  # "a week ago"
                break
            at += 1
        return at

    def _year_before(self, versus: int, at: int) -> int | None:
        """Return the place after "a year ago" and, beside "ytd", "ytd last year": the same a year before.

        Raises QueryError for more years ago, where the question isn't about a year.
        """
        own = self._texts[self._period[1] : self._period[2]] if self._period else []
        if own and self._texts[at : at + len(own)] == own:
            for phrase, baseline in LONGEST_FIRST:
                after = at + len(own) + len(phrase)
                if baseline is Baseline.LAST_YEAR and tuple(self._texts[at + len(own) : after]) == phrase:
                    return after
        years, unit = counted_ago(self._texts, at) or (0, Grain.DAY)
        if unit is not Grain.YEAR or (self._period and self._period[0].grain is Grain.YEAR):
            return None
        if years == 1:
            return at + 3
        raise self._years_ago(years, versus, at)

    def _years_ago(self, years: int, versus: int, at: int) -> QueryError:
        """Return the refusal of "vs 2 years ago", with the same period of that year, and all of it."""
        then = self._reading.today.year - years
        periods = [f"{then:04}"] if then > 0 else []
        if self._period and not self._period[0].is_all_time and years < _MOST_YEARS:
            same = self._period[0]
            for _ in range(years):
                same = year_before(same)
            periods.insert(0, canonical_period(same))
        before, after = self._around(versus, at + 3)
        return QueryError(
            "With what should it be compared?",
            hint="Write vs previous, vs last year, vs target or vs 2026-01.",
            suggestions=tuple(self._sendable([f"{before}vs {period}{after}" for period in periods])),
        )

    def _refuse_named_team(self, versus: int, at: int) -> None:
        """Raise QueryError for "vs team maas": the team is always the rep's own."""
        named = bare_name(self._text, self._words, at, self._reading) if at < len(self._words) else None
        if named is None or named[0] != "team":
            return
        line = self._text[: self._words[at - 1].end] + self._text[self._words[named[2] - 1].end :]
        raise QueryError(
            "“vs team” compares with the rep's own team, not with another one.",
            hint="Leave its name out, or ask for the teams side by side.",
            suggestions=tuple(self._sendable([line, f"{self._text[: self._words[versus].start]}by team"])),
        )

    def _filters_of_team(self) -> tuple[Filter, ...]:
        """Return the filters, with the asker's own where the comparison with the team names nobody."""
        is_named = any(entry.dimension == "rep" for entry in self._filters)
        if is_named or not any(entry.baseline is Baseline.TEAM for entry in self._compare):
            return tuple(self._filters)
        if self._reading.asker.rep is None:
            raise QueryError(
                "Whose team? I don't know which rep you are.", hint="Name one, such as rep:anna."
            )
        return (*self._filters, Filter("rep", (self._reading.asker.rep,)))

    def _baselines(self, versus: int, at: int) -> list[str]:
        """Return lines with what a mistyped "vs lats year" may be compared with, or members side by side."""
        if at >= len(self._words):
            before = self._text[: self._words[-1].end]
            return [f"{before} {known}" for known in ("previous", "last year", "target")]
        mending = Mending(self._text, self._words, at, self._reading)
        beside = self._side_by_side(versus, at)
        return beside or list(dict.fromkeys((*mending.as_meant(), *mending.as_baseline(), *mending.others())))

    def _side_by_side(self, versus: int, at: int) -> list[str]:
        """Return "anna,bart by rep" for "anna vs bart"."""
        named = bare_name(self._text, self._words, at, self._reading)
        key, colon, value = self._words[at].text.partition(":")
        dimension = self._names.dimensions.get(tuple(parts(key))) if colon else named[0] if named else None
        if dimension is None or not any(entry.dimension == dimension for entry in self._filters):
            return []
        before = self._text[: self._words[versus].start].rstrip()
        after = self._text[self._words[at].start :] if named else value + self._text[self._words[at].end :]
        return [f"{before},{after} by {dimension}"]

    def _group_or_grain(self, at: int) -> int | None:
        if self._texts[at] in EVERY:
            return self._grain(EVERY[self._texts[at]], at + 1)
        if self._texts[at] not in BY:
            return None
        at += 1
        if at < len(self._texts) and self._texts[at] in UNITS:
            return self._grain(UNITS[self._texts[at]], at + 1)
        names, start = self._names.dimensions, at
        while length := longest(names, self._texts, at):
            self._by.append(names[tuple(self._texts[at : at + length])])
            at += length
            goes_on = (
                self._texts[at : at + 1] and self._texts[at] in AND and longest(names, self._texts, at + 1)
            )
            if not goes_on:
                break
            at += 1
        if at == start:
            raise (
                self._unknown(at)
                if at < len(self._words)
                else QueryError(
                    "By what should it be split?",
                    hint=said("Try {splits}.", splits=self._splits()),
                )
            )
        return at

    def _splits(self) -> tuple[Said, ...]:
        """Return a few splits as people may type them."""
        return tuple(
            said("by {key}", key=self._key(dimension)) for dimension in list(self._catalogue.dimensions)[:3]
        )

    def _grain(self, grain: Grain, after: int) -> int:
        if self._per is not None and self._per is not grain:
            raise QueryError(
                said(
                    "Per {first} or per {second}? The line names both.",
                    first=_GRAINS[self._per],
                    second=_GRAINS[grain],
                ),
                hint="Leave one out.",
            )
        self._per = grain
        return after

    def _ranking(self, at: int) -> int | None:
        if self._texts[at] not in TOP:
            return None
        best, count, after = TOP[self._texts[at]], 10, at + 1
        number = self._texts[after] if after < len(self._texts) else ""
        if number in COUNTS or (number.isdecimal() and len(number) <= 4):  # noqa: PLR2004
            count, after = COUNTS.get(number) or int(number), after + 1
        if not count:
            raise QueryError("Top how many? At least 1.", hint="Try top 5.")
        if self._top not in (None, Top(count, best)):
            raise QueryError("Which top or bottom? The line names two.", hint="Leave one out.")
        self._top = Top(count, best)
        return self._ranked(after)

    def _ranked(self, at: int) -> int:
        """Read the "customers by" of "top 5 customers by sales"; a single "region noord" is a filter."""
        length = longest(self._names.dimensions, self._texts, at)
        if not length or bare_name(self._text, self._words, at, self._reading):
            return at
        self._by.append(self._names.dimensions[tuple(self._texts[at : at + length])])
        at += length
        is_measured = self._texts[at : at + 1] and self._texts[at] in RANKED_BY
        return at + 1 if is_measured and longest(self._names.metrics, self._texts, at + 1) else at

    def _metric(self, at: int) -> int | None:
        length = longest(self._names.metrics, self._texts, at)
        if length:
            self._metrics.append(self._names.metrics[tuple(self._texts[at : at + length])])
            return at + length
        length = longest(self._names.unmapped, self._texts, at)
        if length:
            name = self._names.unmapped[tuple(self._texts[at : at + length])]
            missing = self._catalogue.unmapped[name]
            raise UnmappedError(
                said("{name} isn't connected to this database yet.", name=name),
                hint=said("It needs {models}.", models=both(missing)),
            )
        return None

    def _when(self, at: int) -> int | None:
        found = read_period(self._texts, at, self._reading.today)
        if found is None:
            self._refuse_doubtful(at)
            return None
        if self._period is not None and self._period[0] != found[0]:
            raise self._two_periods(self._period, (found[0], at, found[1]))
        self._period = (found[0], at, found[1])
        self._type(found[0], at, found[1])
        return found[1]

    def _refuse_doubtful(self, at: int) -> None:
        """Raise QueryError where words of a period stand that can't be read as one, and no name does."""
        doubt = doubtful_period(self._texts, at, self._reading.today)
        if doubt is None or bare_name(self._text, self._words, at, self._reading):
            return
        before, after = self._around(at, doubt.after)
        lines = [f"{before}{offer}{after}" for offer in doubt.offers]
        doubt.refusal.suggestions = tuple(self._sendable(lines))
        if lines and not doubt.refusal.suggestions:
            doubt.refusal.hint = said("Periods look like 2026-07, 2026-Q3, 2026-W47 or 2026-07-15.")
        raise doubt.refusal

    def _around(self, at: int, after: int) -> tuple[str, str]:
        """Return the text around words; what shares a token with them, as in "sales-oct", stays."""
        start, end = self._words[at].start, self._words[after - 1].end
        before = [f"{word.text} " for word in self._words[:at] if word.start == start]
        beyond = [f" {word.text}" for word in self._words[after:] if word.end == end]
        return self._text[:start] + "".join(before), "".join(beyond) + self._text[end:]

    def _type(self, period: Period, at: int, after: int) -> None:
        """Remember the words of a period."""
        self._typed[period] = re.sub(r" ?\.\. ?", "..", " ".join(self._texts[at:after]))

    def _two_periods(self, first: tuple[Period, int, int], second: tuple[Period, int, int]) -> QueryError:
        periods, end = periods_beside(self._texts, first[1], AND, self._reading.today)
        lines = []
        if end >= second[2]:
            before, after = self._around(first[1], end)
            offers = offered_together(periods)
            if BASELINES.get(tuple(self._texts[second[1] : second[2]])) is Baseline.LAST_YEAR:
                offers.insert(0, f"{canonical_period(first[0])} vs last year")
            lines = [f"{before}{offer}{after}" for offer in offers]
        return QueryError(
            "Which period? The line names two.",
            hint="For a comparison, write vs before the second.",
            suggestions=tuple(self._sendable(lines)),
        )

    def _flag(self, at: int) -> int | None:
        flag = FLAGS.get(self._texts[at])
        if flag is None:
            return None
        self._flags.add(flag)
        return at + 1

    # what can't be read

    def _unknown(self, at: int) -> QueryError:
        if opens_range(self._texts[at]) and at + 1 < len(self._words):
            at += 1
        word = self._words[at]
        token = self._text[word.start : word.end]
        if not self._mistakes:
            return UnknownNameError(said("I don't know “{typed}”.", typed=short(token)))
        mending = Mending(self._text, self._words, at, self._reading)
        choices = mending.choices()
        is_negation = mending.is_negation
        lines = choices or ([] if is_negation else mending.others())
        different = [line for line in dict.fromkeys(lines) if line != self._text]
        shown = self._sendable_or_all(different)[: CHOICES if choices else SUGGESTIONS]
        hint = "Did you mean one of these?" if shown else "Type help to see what can be asked."
        is_split = bool(at) and self._texts[at - 1] in BY
        if not shown and is_negation:
            hint = "A minus leaves out a name, like -region:noord."
        elif not shown and is_split:
            hint = said("I can split by {keys}.", keys=tuple(map(self._key, self._catalogue.dimensions)))
        elif not shown and not token[:1].isdigit() and (rest := self._sendable([mending.without()])):
            shown, hint = rest, "Leave it out?"
        if not shown and token[:1].isdigit():
            hint = "Periods look like 2026-07, 2026-Q3, 2026-W47 or 2026-07-15."
        return UnknownNameError(
            said("I don't know “{typed}”.", typed=short(token)), hint=hint, suggestions=tuple(shown)
        )

    def _unknown_key(self, word: Word, key: str, value: str) -> QueryError:
        metrics = list(self._catalogue.metrics)[:CHOICES] if is_size(value) else ()
        possible = tuple(typed_metric(self._catalogue, name) for name in metrics) or tuple(
            map(self._key, self._catalogue.dimensions)
        )
        lines: Iterable[str] = ()
        if self._mistakes:
            names = self._names.metrics if is_size(value) else self._names.dimensions
            near = near_names(fold(key), [" ".join(name) for name in names], 6, 55)
            better = dict.fromkeys(names[tuple(name.split())] for name in near)
            is_no_key = all(part in self._names.words for part in parts(key))  # "sales: by rep"
            apart = f"{self._text[: word.start]}{key} {value}{self._text[word.end :]}"
            lines = [*([apart] if is_no_key else []), *replaced(self._text, word, key, better)]
        return UnknownNameError(
            said("I can't filter by “{typed}”.", typed=short(key)),
            hint=said("I can by {keys}.", keys=possible),
            suggestions=tuple(self._sendable_or_all(list(lines))[:SUGGESTIONS]),
        )

    def _no_metric(self) -> QueryError:
        metrics = self._catalogue.metrics
        shown = [name for name in ("sales", "leads", "conversion") if name in metrics]
        shown = shown or list(metrics)[:SUGGESTIONS]
        typed = tuple(typed_metric(self._catalogue, name) for name in shown)
        rest = "" if FILLERS.issuperset(self._texts) else self._text
        return QueryError(
            "Which number would you like?" if self._text else "Ask for a number.",
            hint=said("For example {metrics}.", metrics=typed),
            suggestions=tuple(f"{name} {rest}".strip() for name in shown) if self._mistakes else (),
        )

    # suggestions

    def _sendable(self, lines: Sequence[str]) -> list[str]:
        """Return the lines that can be read as they are, so that a button never leads to a second
        mistake; where none can, those in which a second mistake is mended too.
        """
        if not self._mistakes:
            return []
        tried = [(line, self._refusal(line)) for line in lines[: _TRIED[self._mistakes]]]
        readable = [line for line, refused in tried if refused is None]
        mended = [line for _, refused in tried if refused for line in refused.suggestions[:SUGGESTIONS]]
        return readable or list(dict.fromkeys(mended))

    def _sendable_or_all(self, lines: Sequence[str]) -> list[str]:
        """Return what can be sent; for the person, though not for a trial, else what is one step nearer."""
        return self._sendable(lines) or (list(lines) if self._mistakes == _MISTAKES else [])

    def _mended_each(self, lines: Sequence[str]) -> tuple[str, ...]:
        """Return every line, a choice each, with a second mistake mended where one is in the way."""
        if not self._mistakes:
            return ()
        found = []
        for line in lines:
            refused = self._refusal(line)
            if refused is None or self._mistakes == _MISTAKES:
                found.append((*(refused.suggestions[:1] if refused else ()), line)[0])
        return tuple(dict.fromkeys(found))

    def _refusal(self, line: str) -> QueryError | None:
        """Return why a line can't be read, None where it can; a verb's line is its own command's to read."""
        if line.split(" ", maxsplit=1)[0] in self._reading.verbs:
            return None
        trial = _Line(normalised(line), self._catalogue, self._reading, self._mistakes - 1)
        try:
            trial.query()
        except QueryError as refused:
            return refused
        return None
