"""Reads the period that a question is about."""

from __future__ import annotations

import re
from dataclasses import replace

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import Period
from kpi_engine.domain.query import Baseline
from kpi_engine.domain.translatable import said
from kpi_engine.language.bare_names import bare_name
from kpi_engine.language.lexicon import QUESTIONS
from kpi_engine.language.line import Line
from kpi_engine.language.offers import sendable
from kpi_engine.language.partial import Partial, Step, TypedPeriod
from kpi_engine.language.period_phrases import canonical_period, periods_beside, read_period
from kpi_engine.language.unclear_periods import doubtful_period, offered_together
from kpi_engine.language.vocabulary import AND


def read_when(line: Line, at: int, partial: Partial) -> Step | None:
    """Read a period. Raises QueryError for a doubtful one, and for a second one."""
    found = read_period(line.texts, at, line.reading.today)
    if found is None:
        refuse_doubtful(line, at)
        return None
    period = TypedPeriod(found[0], at, found[1])
    if partial.period is not None and partial.period.period != period.period:
        raise _two_periods(line, partial.period, period)
    return replace(partial, period=period, typed=(*partial.typed, period)), period.after


def refuse_doubtful(line: Line, at: int) -> None:
    """Raise QueryError for an unclear period, unless the words are a name."""
    doubt = doubtful_period(line.texts, at, line.reading.today)
    if doubt is None or bare_name(line, at):
        return
    before, after = line.around(at, doubt.after)
    lines = [f"{before}{offer}{after}" for offer in doubt.offers]
    doubt.refusal.suggestions = tuple(sendable(line, lines))
    if lines and not doubt.refusal.suggestions:
        doubt.refusal.hint = said("Write a period like 2026-07, 2026-Q3, 2026-W47 or 2026-07-15.")
    raise doubt.refusal


def words_of(line: Line, typed: TypedPeriod) -> str:
    """Return the words of a period as they were typed."""
    return re.sub(r" ?\.\. ?", "..", " ".join(line.texts[typed.at : typed.after]))


def typed_words(line: Line, partial: Partial) -> dict[Period, str]:
    """Return each period of a line in the words that were typed for it; where it stands twice, the last."""
    return {typed.period: words_of(line, typed) for typed in partial.typed}


def _two_periods(line: Line, first: TypedPeriod, second: TypedPeriod) -> QueryError:
    periods, end = periods_beside(line.texts, first.at, AND, line.reading.today)
    lines = []
    if end >= second.after:
        before, after = line.around(first.at, end)
        offers = offered_together(periods)
        baseline = QUESTIONS.baselines.get(line.texts[second.at : second.after])
        if baseline is Baseline.LAST_YEAR:
            offers.insert(0, f"{canonical_period(first.period)} vs last year")
        lines = [f"{before}{offer}{after}" for offer in offers]
    return QueryError(
        "Which period? You named two.",
        hint="To compare them, write vs before the second.",
        suggestions=tuple(sendable(line, lines)),
    )
