"""The direction that a question why takes for granted, and a period of which it is true."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime

from bot.render.words.change_story import Direction
from kpi_engine import COMMANDS, Engine, fold
from kpi_engine.domain.answer import Answer, Comparison
from kpi_engine.domain.explanation import Explanation, is_clear
from kpi_engine.domain.periods import Period, period_of, previous
from kpi_engine.domain.query import Baseline, Compare, Query, ScopedQuery

_PERIODS = 12
"""How many earlier periods are looked at."""


def heard(words: Iterable[str]) -> tuple[list[str], Direction | None]:
    """Return the words without those of a change, and the direction of these: None for none, and for both."""
    kept, rises, falls = [], False, False
    for word in words:
        folded = fold(word.strip("?!.,"))
        rises, falls = rises or folded in COMMANDS.rising, falls or folded in COMMANDS.falling
        if folded not in COMMANDS.rising | COMMANDS.falling | COMMANDS.changed:
            kept.append(word)
    if rises == falls:
        return kept, None
    return kept, "up" if rises else "down"


def where_true(
    explanation: Explanation,
    query: Query,
    asked: Direction,
    scoped: Callable[[Query], ScopedQuery],
    engine: Engine,
    now: datetime,
) -> Query | None:
    """Return the question nearest to `query` whose figure went in the direction that was asked about.

    One that clearly did, else any: a running period where none was named, then the same period beside last
    year, then earlier ones. Raises KpiError.
    """
    question, answer = explanation.question, explanation.answer
    tried = [
        replace(question, by=(), period=period, compare=(Compare(Baseline.PREVIOUS),))
        for period in _periods(answer.period, engine.today(now), names_period=query.period is not None)
    ]
    found = engine.answer_all([scoped(entry) for entry in tried], now)
    asked_of = [
        *((entry, answers[0].comparisons[:1]) for entry, answers in zip(tried, found, strict=True)),
    ]
    beside = [
        (replace(question, by=(), compare=(Compare(entry.to),)), (entry,))
        for entry in answer.comparisons[1:]
        if entry.to is Baseline.LAST_YEAR
    ]
    running = [entry for entry in asked_of if not _is_before(entry[0], answer)]
    ordered = [*running, *beside, *(entry for entry in asked_of if entry not in running)]
    for is_it in (_is_clearly, _is):
        for entry, comparisons in ordered:
            if any(is_it(comparison, asked) for comparison in comparisons):
                is_usual = entry.compare == (Compare(Baseline.PREVIOUS),)
                return replace(entry, compare=()) if is_usual else entry
    return None


def _periods(period: Period, today: date, *, names_period: bool) -> Iterator[Period]:
    """Yield the running period, where none was named, and earlier ones, the latest first."""
    if period.is_all_time:
        return
    running = period_of(period.grain, today)
    if not names_period and running != period and running.start != today:
        yield running
    for _ in range(_PERIODS):
        period = previous(period)
        yield period


def _is_before(query: Query, answer: Answer) -> bool:
    start, end = answer.period.start, query.period.end if query.period else None
    return start is not None and end is not None and end <= start


def _is_clearly(comparison: Comparison, asked: Direction) -> bool:
    return is_clear(comparison.verdict) and _is(comparison, asked)


def _is(comparison: Comparison, asked: Direction) -> bool:
    change = comparison.change or 0.0
    return change > 0 if asked == "up" else change < 0
