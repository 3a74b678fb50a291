"""The direction that a question why takes for granted, and a period of which it is true."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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
    """Return the question nearest to `query` whose figure clearly went in the direction that was asked about.

    A running period where none was named, then the same period beside last year, then earlier ones. Raises
    KpiError.
    """
    question, answer = explanation.question, explanation.answer
    tried = [
        replace(question, by=(), period=period, compare=(Compare(Baseline.PREVIOUS),))
        for period in _periods(answer.period, engine.today(now), names_period=query.period is not None)
    ]
    found = engine.answer_all([scoped(entry) for entry in tried], now)
    went = [entry for entry, answers in zip(tried, found, strict=True) if _went(answers, asked)]
    running = [entry for entry in went if entry.period and entry.period.end and not _is_before(entry, answer)]
    beside = [
        replace(question, by=(), compare=(Compare(entry.to),))
        for entry in answer.comparisons[1:]
        if entry.to is Baseline.LAST_YEAR and _is(entry, asked)
    ]
    earlier = [replace(entry, compare=()) for entry in went if entry not in running]
    return next(iter((*(replace(entry, compare=()) for entry in running), *beside, *earlier)), None)


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


def _went(answers: Sequence[Answer], asked: Direction) -> bool:
    return any(_is(entry, asked) for answer in answers for entry in answer.comparisons[:1])


def _is(comparison: Comparison, asked: Direction) -> bool:
    change = comparison.change or 0.0
    return is_clear(comparison.verdict) and (change > 0 if asked == "up" else change < 0)
