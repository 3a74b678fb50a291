"""Unclear or impossible ranges: with one end, or with an end before the start."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import ONE_DAY, Period, period_of, start_of
from kpi_engine.domain.translatable import said
from kpi_engine.language.doubts import Doubt, which_period
from kpi_engine.language.lexicon import DOUBTS, PERIODS, QUESTIONS, offered_beside
from kpi_engine.language.period_phrases import (
    OPENERS,
    RANGE,
    TO,
    canonical_period,
    joined_period,
    joint_after,
)
from kpi_engine.language.period_units import read_unit
from kpi_engine.language.phrases import is_in, phrase_end
from kpi_engine.language.today import Today

_BOUNDS = (*DOUBTS.up_to, *DOUBTS.before, *DOUBTS.after)


def until_now(words: Sequence[str], at: int, _: Today) -> Doubt | None:
    """Ask for the start of "to date"."""
    after = phrase_end(DOUBTS.until_now, words, at)
    if after is None:
        return None
    offered = offered_beside(tuple(words[at:after]), lambda language: language.doubts.until_now)
    refusal = QueryError("Until now, but since when?", hint="Did you mean one of these?")
    return Doubt(after, refusal, tuple(offered.until_now))


def bounded(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    """Offer a period for "up to october" (includes October), "before october" and "after october"."""
    place = phrase_end(_BOUNDS, words, at)
    unit = read_unit(words, place, today) if place else None
    if unit is None:
        return None
    grain, opening = unit.period.grain, tuple(words[at:place])
    start, end = unit.period.bounds()
    if opening in DOUBTS.after:
        following = period_of(grain, end)
        since = f"since {canonical_period(following)}"
        return _later(following, unit.after, today) or which_period(words, at, unit.after, [since])
    last = period_of(grain, (start if opening in DOUBTS.before else end) - ONE_DAY)
    return which_period(words, at, unit.after, [f"until {canonical_period(last)}"])


def not_begun(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    """Refuse "since 2027" and "2027 onwards" until 2027 has begun."""
    is_since = words[at] in PERIODS.since
    unit = read_unit(words, at + 1 if is_since else at, today)
    if unit is None or not (is_since or is_in(PERIODS.onwards | {RANGE}, words, unit.after)):
        return None
    return _later(unit.period, unit.after if is_since else unit.after + 1, today)


def _later(first: Period, after: int, today: Today) -> Doubt | None:
    """Return the refusal of a period that hasn't begun, with an offer that starts at the current one."""
    grain = first.grain
    if first.bounds()[0] <= start_of(grain, today.day):
        return None
    running = f"since {canonical_period(period_of(grain, today.day))}"
    message = said("{period} hasn't begun yet.", period=canonical_period(period_of(grain, first.bounds()[0])))
    return Doubt(after, QueryError(message, hint="Did you mean one of these?"), (running,))


def turned(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    """Refuse a range whose end comes before its start, and offer it the other way round."""
    first = read_unit(words, at + 1 if words[at] in OPENERS else at, today)
    joint = (
        joint_after(words, first.after, QUESTIONS.both if words[at] in PERIODS.between else TO)
        if first
        else None
    )
    last = read_unit(words, joint, today) if joint else None
    turned = joined_period(last.period, first.period) if first and last else None
    if turned is None or last is None:
        return None
    refusal = QueryError("That period ends before it begins.", hint="Did you mean one of these?")
    return Doubt(last.after, refusal, (canonical_period(turned),))
