"""Reads comparisons: `vs last year`, `vs target`, `vs 2025`."""

from __future__ import annotations

from dataclasses import replace

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import Grain, year_before
from kpi_engine.domain.query import Baseline, Compare, Filter
from kpi_engine.language.bare_names import bare_name
from kpi_engine.language.lexicon import QUESTIONS
from kpi_engine.language.line import Line
from kpi_engine.language.offers import sendable
from kpi_engine.language.partial import Partial, Step, TypedPeriod
from kpi_engine.language.period_phrases import canonical_period, read_period
from kpi_engine.language.period_units import counted_ago
from kpi_engine.language.phrases import phrase_end, stands
from kpi_engine.language.suggestions import SUGGESTIONS, as_baseline, as_meant, others
from kpi_engine.language.unknown_word import unknown_word
from kpi_engine.language.vocabulary import FILLERS, LONGEST_FIRST, parts
from kpi_engine.language.when import refuse_doubtful

_MOST_YEARS = 20
"""The most years ago for which the same period is offered."""
_LINKS = QUESTIONS.versus | QUESTIONS.versus_links | FILLERS
"""Words that may follow "vs", such as the "to the" of "compared to the"."""
_FIRST = QUESTIONS.versus | {phrase[0] for phrase in (*QUESTIONS.versus_phrases, *QUESTIONS.year_on_year)}
"""What a comparison begins with."""
_LAST_YEAR = [phrase for phrase, baseline in LONGEST_FIRST if baseline is Baseline.LAST_YEAR]


def read_comparison(line: Line, at: int, partial: Partial) -> Step | None:
    """Read "vs" and what follows it, or a phrase such as "yoy"."""
    if line.texts[at] not in _FIRST:
        return None
    if yearly := phrase_end(QUESTIONS.year_on_year, line.texts, at):
        return _compared(partial, Baseline.LAST_YEAR), yearly
    versus, at = at, _after_versus(line, at)
    if at == versus:
        return None
    found = read_period(line.texts, at, line.reading.today)
    if found is None and at < len(line.texts):
        refuse_doubtful(line, at)
    if after := _year_before(line, versus, at, partial):
        return _compared(partial, Baseline.LAST_YEAR), after
    for phrase, baseline in LONGEST_FIRST:
        is_longer_period = found is not None and found[1] > at + len(phrase)  # "previous month"
        if stands(phrase, line.texts, at) and not is_longer_period:
            return _compared(partial, baseline), at + len(phrase)
    if found:
        typed = TypedPeriod(found[0], at, found[1])
        compare = Compare(Baseline.PERIOD, found[0])
        return replace(partial, compare=(*partial.compare, compare), typed=(*partial.typed, typed)), found[1]
    raise QueryError(
        "What should it be compared with?",
        hint="Write vs previous, vs last year, vs target or vs 2026-01.",
        suggestions=tuple(sendable(line, _suggested(line, versus, at, partial))[:SUGGESTIONS]),
    )


def refuse_named_team(line: Line, at: int, after: int, read: Partial) -> None:
    """Raise QueryError for "vs team maas": the team is always the one of the rep.

    `at` and `after` are the start and end of what was just read.
    """
    is_with_team = bool(read.compare) and read.compare[-1].baseline is Baseline.TEAM
    if not is_with_team or after >= len(line.words) or _after_versus(line, at) == at:
        return
    named = bare_name(line, after)
    if named is None or named[0] != "team":
        return
    without_name = line.text[: line.words[after - 1].end] + line.behind(named[2] - 1)
    raise QueryError(
        "“vs team” compares with the rep's own team, not with another one.",
        hint="Leave out its name, or ask for the teams side by side.",
        suggestions=tuple(sendable(line, [without_name, f"{line.before(at)}by team"])),
    )


def filters_of_team(line: Line, partial: Partial) -> tuple[Filter, ...]:
    """Return the filters; "vs team" without a named rep adds the asker.

    Raises QueryError if the asker isn't a rep.
    """
    is_named = any(entry.dimension == "rep" for entry in partial.filters)
    if is_named or not any(entry.baseline is Baseline.TEAM for entry in partial.compare):
        return partial.filters
    if line.reading.asker.rep is None:
        raise QueryError("Whose team? I don't know which rep you are.", hint="Name one, such as rep:anna.")
    return (*partial.filters, Filter("rep", (line.reading.asker.rep,)))


def _compared(partial: Partial, baseline: Baseline) -> Partial:
    return replace(partial, compare=(*partial.compare, Compare(baseline)))


def _after_versus(line: Line, at: int) -> int:
    """Return the position after "vs", "compared to the" or "ten opzichte van", or the same position."""
    texts = line.texts
    if after := phrase_end(QUESTIONS.versus_phrases, texts, at):
        at = after
    elif texts[at] in QUESTIONS.versus:
        at += 1
    else:
        return at
    while at < len(texts) and texts[at] in _LINKS:
        if counted_ago(texts, at):  # "a week ago"
            break
        at += 1
    return at


def _year_before(line: Line, versus: int, at: int, partial: Partial) -> int | None:
    """Return the position after "a year ago" or, for the period "ytd", after "ytd last year".

    Raises QueryError for more than one year ago, unless the question is about a year.
    """
    period = partial.period
    own = line.texts[period.at : period.after] if period else ()
    if own and stands(own, line.texts, at):
        after = phrase_end(_LAST_YEAR, line.texts, at + len(own))
        if after:
            return after
    years, unit = counted_ago(line.texts, at) or (0, Grain.DAY)
    if unit is not Grain.YEAR or (period and period.period.grain is Grain.YEAR):
        return None
    if years == 1:
        return at + 3
    raise _years_ago(line, years, (versus, at + 3), partial)


def _years_ago(line: Line, years: int, place: tuple[int, int], partial: Partial) -> QueryError:
    """Return the refusal of "vs 2 years ago"; offers the same period of that year, and the whole year."""
    then = line.reading.today.day.year - years
    periods = [f"{then:04}"] if then > 0 else []
    if partial.period and not partial.period.period.is_all_time and years < _MOST_YEARS:
        same = partial.period.period
        for _ in range(years):
            same = year_before(same)
        periods.insert(0, canonical_period(same))
    before, after = line.around(*place)
    return QueryError(
        "What should it be compared with?",
        hint="Write vs previous, vs last year, vs target or vs 2026-01.",
        suggestions=tuple(sendable(line, [f"{before}vs {period}{after}" for period in periods])),
    )


def _suggested(line: Line, versus: int, at: int, partial: Partial) -> list[str]:
    """Return suggestions for a mistyped "vs lats year", or for two members with "vs" between them."""
    if at >= len(line.words):
        before = line.text[: line.words[-1].end]
        return [f"{before} {known}" for known in ("previous", "last year", "target")]
    beside = _side_by_side(line, versus, at, partial)
    if beside or not line.mistakes:
        return beside
    word = unknown_word(line, at)
    return list(dict.fromkeys((*as_meant(word), *as_baseline(word), *others(word))))


def _side_by_side(line: Line, versus: int, at: int, partial: Partial) -> list[str]:
    """Suggest "anna,bart by rep" for "anna vs bart"."""
    named = bare_name(line, at)
    key, colon, value = line.texts[at].partition(":")
    dimension = line.names.dimensions.get(tuple(parts(key))) if colon else named[0] if named else None
    if dimension is None or not any(entry.dimension == dimension for entry in partial.filters):
        return []
    before = line.before(versus).rstrip()
    after = line.text[line.words[at].start :] if named else value + line.behind(at)
    return [f"{before},{after} by {dimension}"]
