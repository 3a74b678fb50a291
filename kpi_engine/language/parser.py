"""Reads a typed line as a question.

Deterministic: the same line always gives the same question. Unknown words are never ignored and unclear
ones never guessed; both raise errors that suggest whole lines to send instead.

A line is read from left to right. At each position the first of `_READERS` that recognises a clause adds
it to a frozen `Partial`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import QueryError, UnmappedError
from kpi_engine.domain.periods import UNKNOWN_FISCAL_YEAR, FiscalGrain, FiscalYear, Period
from kpi_engine.domain.query import Baseline, Member, Query
from kpi_engine.domain.translatable import both, said
from kpi_engine.language.canonical import canonical
from kpi_engine.language.comparisons import filters_of_team, read_comparison, refuse_named_team
from kpi_engine.language.filters import read_bare_name, read_filter
from kpi_engine.language.known_fiscal_year import in_calendar_years, is_unknown_fiscal, unknown_fiscal
from kpi_engine.language.lexicon import QUESTIONS
from kpi_engine.language.line import Asker, Line, Reading
from kpi_engine.language.offers import MISTAKES, sendable, unknown
from kpi_engine.language.partial import Partial, Reader, Step
from kpi_engine.language.period_phrases import canonical_period, read_period
from kpi_engine.language.phrases import is_in, phrase_end
from kpi_engine.language.sizes import no_split, read_sized
from kpi_engine.language.splits import read_ranking, read_split
from kpi_engine.language.suggestions import SUGGESTIONS
from kpi_engine.language.today import Today
from kpi_engine.language.vocabulary import FILLERS, ME, OWN, longest, parts, typed_metric, vocabulary_of
from kpi_engine.language.when import read_when, typed_words
from kpi_engine.language.words_of_line import normalised, short, words_of_line

__all__ = [
    "LONGEST_LINE",
    "NOBODY",
    "Asker",
    "canonical",
    "is_read_as",
    "normalised",
    "parse",
    "parse_lasting",
    "parse_period",
    "understood",
]

LONGEST_LINE = 500
"""The most characters of a normalised line."""
_LONGEST_TYPED = 20 * LONGEST_LINE
"""The most characters of a line as typed; a longer one is refused before it is normalised."""
NOBODY = Asker()
_BEST_KNOWN = ("sales", "leads", "conversion")


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

    Pass members that are used for many lines as a Roster. `verbs` are used in suggestions only; without
    `offers` there are no suggestions, which is faster. Raises QueryError, UnknownNameError or
    AmbiguousNameError, with whole lines to send instead, and no other error, whatever the text.
    """
    now = Today(today, catalogue.fiscal_year)
    reading = Reading(vocabulary_of(catalogue), members, asker, now, verbs)
    line = _line(_tidy(text), catalogue, reading, MISTAKES if offers else 0)
    return _question(line, _read(line))


def parse_lasting(
    text: str,
    catalogue: Catalogue,
    members: Mapping[str, Sequence[Member]],
    asker: Asker,
    today: date,
    verbs: Collection[str] = (),
) -> tuple[Query, str]:
    """Read a line like `parse`, and also return it with names in full and periods as typed, to be stored.

    On another day "last month" then means that day's last month, and no name has become ambiguous.
    """
    now = Today(today, catalogue.fiscal_year)
    reading = Reading(vocabulary_of(catalogue), members, asker, now, verbs)
    line = _line(_tidy(text), catalogue, reading, MISTAKES)
    partial = _read(line)
    query, typed = _question(line, partial), typed_words(line, partial)
    kept = canonical(query, lambda period: typed.get(period) or canonical_period(period))
    if parse(kept, catalogue, members, NOBODY, today) != query:
        raise QueryError("I can't save that question as it is written.", hint="Write its period differently.")
    return query, kept


def understood(
    text: str,
    catalogue: Catalogue,
    members: Mapping[str, Sequence[Member]],
    asker: Asker,
    today: date,
) -> Query:
    """Return what can be read of a line and ignore the rest, as a start for a form; never answer it.

    `metrics` may be empty. Never raises, whatever the text.
    """
    try:
        tidy = _tidy(text)
    except QueryError:
        tidy = ""
    now = Today(today, catalogue.fiscal_year)
    line = _line(tidy, catalogue, Reading(vocabulary_of(catalogue), members, asker, now, ()), 0)
    partial = _readable(line)
    if not partial.by:
        top = partial.top if _lists_groups(line, partial.metrics) else None
        partial = replace(partial, sizes=(), top=top)
    if asker.rep is None and not any(entry.dimension == "rep" for entry in partial.filters):
        compare = tuple(entry for entry in partial.compare if entry.baseline is not Baseline.TEAM)
        partial = replace(partial, compare=compare)
    return _query(line, partial)


def is_read_as(name: str, metric: str, catalogue: Catalogue) -> bool:
    """Whether a typed name means a metric wherever it stands: "week" and "top" never do."""
    if len(words := parts(name)) == 1 and words[0] in OWN:
        return False
    try:
        query = parse(name, catalogue, {}, NOBODY, date.min, offers=False)
    except QueryError:
        return False
    return query == Query((metric,))


def parse_period(text: str, today: date, fiscal_year: FiscalYear = UNKNOWN_FISCAL_YEAR) -> Period:
    """Read a period without a question, as in a summary's file. Raises QueryError.

    `fiscal_year` says how the company's fiscal years run.
    """
    texts = [word.text for word in words_of_line(normalised(text))]
    found = read_period(texts, 0, Today(today, fiscal_year))
    if found is None or found[1] != len(texts):
        raise QueryError(
            said("I don't recognise “{typed}” as a period.", typed=short(text)),
            hint="Try last week, this month or 2026-07.",
        )
    period = found[0]
    if isinstance(period.grain, FiscalGrain) and not period.grain.year.is_known:
        raise unknown_fiscal([canonical_period(replace(period, grain=period.grain.unit))])
    return period


# lines


def _tidy(text: str) -> str:
    """Return a normalised line. Raises QueryError for one that is too long."""
    tidy = normalised(text) if len(text) <= _LONGEST_TYPED else text
    if len(tidy) > LONGEST_LINE:
        raise QueryError(
            said("That line is too long to be a question ({count} characters).", count=len(text)),
            hint="Try something like: sales last month by region.",
        )
    return tidy


def _line(tidy: str, catalogue: Catalogue, reading: Reading, mistakes: int) -> Line:
    words = words_of_line(tidy)
    return Line(tidy, words, tuple([word.text for word in words]), catalogue, reading, mistakes, _refusal)


def _refusal(line: Line, suggested: str) -> QueryError | None:
    """Return why a suggested line can't be read, None if it can.

    A line that starts with a verb isn't tried: its command reads it.
    """
    if suggested.split(" ", maxsplit=1)[0] in line.reading.verbs:
        return None
    trial = _line(normalised(suggested), line.catalogue, line.reading, line.mistakes - 1)
    try:
        _question(trial, _read(trial))
    except QueryError as refused:
        return refused
    return None


# clauses


def _read(line: Line) -> Partial:
    """Read the whole line. Raises QueryError."""
    partial, at = Partial(), 0
    while at < len(line.words):
        start = at
        partial, at = _step(line, at, partial)
        for refuse in _REFUSALS:
            refuse(line, start, at, partial)
    return partial


def _readable(line: Line) -> Partial:
    """Read the words of the line that can be read, and skip the others."""
    partial, at = Partial(), 0
    while at < len(line.words):
        try:
            partial, after = _step(line, at, partial)
            for refuse in _REFUSALS:
                refuse(line, at, after, partial)
        except QueryError:
            after = at + 1
        at = after
    return partial


def _step(line: Line, at: int, partial: Partial) -> Step:
    """Read the clause that starts at a position. Raises QueryError."""
    for read in _READERS:
        step = read(line, at, partial)
        if step is not None:
            return step
    raise unknown(line, at)


def _separator(line: Line, at: int, partial: Partial) -> Step | None:
    return (partial, at + 1) if line.texts[at] == "," else None


def _metric(line: Line, at: int, partial: Partial) -> Step | None:
    texts, names = line.texts, line.names
    length = longest(names.metrics, texts, at)
    if length:
        metric = names.metrics[texts[at : at + length]]
        return replace(partial, metrics=(*partial.metrics, metric)), at + length
    length = longest(names.unmapped, texts, at)
    if length:
        name = names.unmapped[texts[at : at + length]]
        raise UnmappedError(
            said("{name} isn't connected to this database yet.", name=name),
            hint=said("It needs {models}.", models=both(line.catalogue.unmapped[name])),
        )
    return None


def _flag(line: Line, at: int, partial: Partial) -> Step | None:
    flag = QUESTIONS.flags.get(line.texts[at])
    return (replace(partial, flags=partial.flags | {flag}), at + 1) if flag else None


def _filler(line: Line, at: int, partial: Partial) -> Step | None:
    word, texts = line.texts[at], line.texts
    if word in QUESTIONS.telling and is_in(ME, texts, at + 1):
        return partial, at + 2
    if after := phrase_end(QUESTIONS.openings, texts, at):
        return partial, after
    if word in QUESTIONS.number_of and (after := _after_number_of(line, at + 1)):
        return partial, after
    return (partial, at + 1) if word in FILLERS else None


def _after_number_of(line: Line, at: int) -> int | None:
    """Return the position of the metric that "number of" counts, None if there is no such metric."""
    while is_in(FILLERS, line.texts, at):
        at += 1
    length = longest(line.names.metrics, line.texts, at)
    name = line.names.metrics[line.texts[at : at + length]] if length else None
    return at if name and line.catalogue.metrics[name].unit == "count" else None


def _whole_name(line: Line, at: int, partial: Partial) -> Step | None:
    """Read a metric's name of several words before anything reads the first of them.

    `monthly_charges` isn't "per month", and `top_customers` is no ranking.
    """
    has_several = (
        max(longest(names, line.texts, at) for names in (line.names.metrics, line.names.unmapped)) > 1
    )
    return _metric(line, at, partial) if has_several else None


_READERS: tuple[Reader, ...] = (
    _separator,
    read_sized,
    _whole_name,
    read_filter,
    read_comparison,
    read_split,
    read_ranking,
    _metric,
    read_when,
    _flag,
    _filler,
    read_bare_name,
)
"""In the order in which they are tried, since a word can start several kinds of clauses."""


# checks


def _refuse_minus(line: Line, at: int, after: int, partial: Partial) -> None:  # noqa: ARG001 - as _REFUSALS
    """Raise QueryError for a minus before anything but a name, where it would have no effect."""
    for place in range(at, after):
        word = line.words[place]
        token = line.token(place)
        is_inside = bool(place) and line.words[place - 1].start == word.start
        if is_inside or ":" in token or not token.startswith(("-", "!")):
            continue
        rest = line.behind(place).lstrip()
        lines = [f"{line.before(place)}-{rest}"] if word.text in FILLERS and rest else []
        lines.append(line.with_token(word, token.lstrip("-!")))
        raise QueryError(
            said("A minus leaves out a name, but “{typed}” isn't a name.", typed=short(token.lstrip("-!"))),
            hint="For example -region:noord.",
            suggestions=tuple(sendable(line, lines)),
        )


_REFUSALS: tuple[Callable[[Line, int, int, Partial], None], ...] = (refuse_named_team, _refuse_minus)
"""Checks of what was just read, between two positions. Raise QueryError."""


# questions


def _question(line: Line, partial: Partial) -> Query:
    """Return the question of a whole line. Raises QueryError if a part is missing."""
    metrics = _metrics(partial)
    if not metrics:
        raise _no_metric(line)
    if not partial.by and (partial.sizes or (partial.top and not _lists_groups(line, metrics))):
        raise no_split(line, partial, metrics)
    query = _query(line, partial)
    if is_unknown_fiscal(query):
        raise unknown_fiscal(sendable(line, [canonical(in_calendar_years(query))]))
    return query


def _query(line: Line, partial: Partial) -> Query:
    return Query(
        metrics=tuple(dict.fromkeys(_metrics(partial))),
        period=partial.period.period if partial.period else None,
        filters=filters_of_team(line, partial),
        sizes=tuple(dict.fromkeys(partial.sizes)),
        compare=tuple(dict.fromkeys(partial.compare)),
        by=tuple(dict.fromkeys(partial.by)),
        per=partial.per,
        top=partial.top,
        flags=partial.flags,
    )


def _metrics(partial: Partial) -> tuple[str, ...]:
    """Return the metrics of a question: those that are named, else those of its sizes."""
    return partial.metrics or tuple(size.metric for size in partial.sizes)


def _lists_groups(line: Line, metrics: Sequence[str]) -> bool:
    """Whether a metric has groups of its own, without a split."""
    return any(line.catalogue.metrics[name].spec.lists_groups for name in metrics)


def _no_metric(line: Line) -> QueryError:
    metrics = line.catalogue.metrics
    shown = [name for name in _BEST_KNOWN if name in metrics] or list(metrics)[:SUGGESTIONS]
    typed = tuple(typed_metric(line.catalogue, name) for name in shown)
    rest = "" if FILLERS.issuperset(line.texts) else line.text
    return QueryError(
        "Which metric would you like?" if line.text else "Ask for a metric.",
        hint=said("For example {metrics}.", metrics=typed),
        suggestions=tuple(f"{name} {rest}".strip() for name in shown) if line.mistakes else (),
    )
