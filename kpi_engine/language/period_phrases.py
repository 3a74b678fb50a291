"""Periods and ranges in words, and back to their shortest absolute form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date

from kpi_engine.domain.periods import (
    ALL_TIME,
    AnyGrain,
    FiscalGrain,
    Grain,
    Period,
    period_of,
    shift,
    start_of,
    whole_months,
)
from kpi_engine.language.lexicon import PERIODS, QUESTIONS
from kpi_engine.language.named_periods import DAY, RUN_ON_WEEK, Unit, yearly
from kpi_engine.language.period_units import dated, read_unit
from kpi_engine.language.phrases import is_in, phrase_end
from kpi_engine.language.today import Today

BEGINNING = date(1970, 1, 1)
"""The start of an "until" period."""
RANGE = ".."
_BOUNDED = PERIODS.start | PERIODS.between
OPENERS = PERIODS.since | PERIODS.until | _BOUNDED
"""Words before the first end of a range, or the only one."""
TO = PERIODS.to | PERIODS.until | {RANGE}
PERIOD_WORDS = frozenset(
    (
        *PERIODS.months,
        *PERIODS.weekdays,
        *PERIODS.now,
        *PERIODS.this,
        *PERIODS.last,
        *PERIODS.to_date,
        *PERIODS.near_days,
        *PERIODS.since,
        *PERIODS.until,
        *PERIODS.start,
        *PERIODS.between,
        *TO,
        *PERIODS.counts,
        *PERIODS.fiscal,
        *PERIODS.fiscal_to_date,
        *(phrase[0] for phrase in PERIODS.fiscal_years + PERIODS.fiscal_quarters if len(phrase) == 1),
    )
) | {word for phrase in PERIODS.all_time for word in phrase}
"""All words that periods are made of."""
_OPEN = PERIODS.onwards | {RANGE}
"""Words after a period that has no end."""
_AFTER_UNTIL = [phrase[1:] for phrase in PERIODS.through if phrase[0] in PERIODS.until and len(phrase) > 1]
_Found = tuple[Period, int]


def read_period(words: Sequence[str], at: int, today: Today) -> _Found | None:
    """Return the period that starts at a position and the position after it, None if none does."""
    if at >= len(words):
        return None
    word = words[at]
    if after := phrase_end(PERIODS.all_time, words, at):
        return ALL_TIME, after
    if word in PERIODS.since:
        return _since(words, at + 1, today)
    if word in PERIODS.until or word == RANGE:
        return _until(words, at + 1, today)
    if word in _BOUNDED:
        found = _range(words, at + 1, today, TO if word in PERIODS.start else QUESTIONS.both)
        return (found[0], found[1]) if found and found[2] else None
    found = _range(words, at + 2 if _is_over(words, at) else at, today, TO)
    return found[:2] if found else None


def _is_over(words: Sequence[str], at: int) -> bool:
    """Whether the words are "over the last", which means the same as "in the last"."""
    return (
        words[at] in PERIODS.over
        and at + 2 < len(words)
        and words[at + 1] in PERIODS.the
        and words[at + 2] in PERIODS.last
    )


def periods_beside(
    words: Sequence[str], at: int, joints: AbstractSet[str], today: Today
) -> tuple[list[Period], int]:
    """Return the periods next to each other, or with only `joints` between them, and the position after
    them. A period without a year gets the year that puts it next to one that has a year.
    """
    units: list[Unit] = []
    after = at
    while found := read_period(words, at, today):
        unit = read_unit(words, at, today)
        units.append(unit if unit and unit.after == found[1] else Unit(*found))
        after = at = found[1]
        while at < len(words) and words[at] in joints:
            at += 1
    dated = [place for place, unit in enumerate(units) if not unit.in_year]
    if not dated or any(unit.period.is_all_time for unit in units):
        return [unit.period for unit in units], after
    periods = [units[dated[0]].period]
    for unit in units[dated[0] + 1 :]:
        periods.append(in_order(Unit(periods[-1], 0), unit)[1])
    for unit in reversed(units[: dated[0]]):
        periods.insert(0, in_order(unit, Unit(periods[0], 0))[0])
    return periods, after


def opens_range(word: str) -> bool:
    """Whether a word, such as "since", has a meaning only before a period."""
    return word in PERIODS.since | PERIODS.until


def _range(
    words: Sequence[str], at: int, today: Today, to: AbstractSet[str]
) -> tuple[Period, int, bool] | None:
    """Read one period, or two with "to" between them; the last item is True for two."""
    first = read_unit(words, at, today) or _same_month(words, at, to, today)
    if first is None:
        return None
    joint = joint_after(words, first.after, to)
    if joint and is_in(PERIODS.now, words, joint):
        until_now = _to_now(first.period, today)
        after = phrase_end(PERIODS.now_phrases, words, joint) or joint + 1
        return (until_now, after, True) if until_now else None
    last = read_unit(words, joint, today) if joint else None
    if joint and last is None:
        last = _same_unit(words, first, at, joint)
    if last is not None:
        both = joined_period(*in_order(first, last))
        return (both, last.after, True) if both else None
    so_far = phrase_end(PERIODS.so_far, words, first.after)
    if so_far or is_in(_OPEN, words, first.after):
        until_now = _to_now(first.period, today)
        return (until_now, so_far or first.after + 1, True) if until_now else None
    return first.period, first.after, False


def joint_after(words: Sequence[str], at: int, to: AbstractSet[str] = TO) -> int | None:
    """Return the position after "to", "..", "t/m" or "tot en met", None if none is there."""
    if at >= len(words) or words[at] not in to:
        return None
    return phrase_end(PERIODS.through, words, at) or at + 1


def _same_unit(words: Sequence[str], first: Unit, at: int, joint: int) -> Unit | None:
    """Read the "44" of "week 40..44" and "w40..44"."""
    is_week = words[at] in PERIODS.weeks or RUN_ON_WEEK.fullmatch(words[at])
    if not is_week or joint >= len(words) or not re.fullmatch(r"\d\d?", words[joint]):
        return None
    in_year = yearly(f"w{words[joint]}")
    year = first.period.bounds()[0].isocalendar().year
    period = in_year(year) or in_year(year + 1)
    return Unit(period, joint + 1, in_year) if period else None


def _same_month(words: Sequence[str], at: int, to: AbstractSet[str], today: Today) -> Unit | None:
    """Read the "1" of "1..15 september"."""
    day = DAY.fullmatch(words[at]) if at < len(words) else None
    joint = joint_after(words, at + 1, to)
    if day is None or joint is None:
        return None
    last = dated(words, joint, today)
    end = last.period.bounds()[0] if last else None
    if last is None or end is None or int(day.group(1)) > end.day:
        return None
    form = f"{end.month:02}-{int(day.group(1)):02}"
    return Unit(period_of(Grain.DAY, end.replace(day=int(day.group(1)))), at + 1, yearly(form))


def in_order(first: Unit, last: Unit) -> tuple[Period, Period]:
    """Return two ends; an end without a year gets the year that puts it next to the other."""
    start, end = first.period, last.period
    if last.in_year and not first.in_year:
        begins = start.bounds()[0]
        years = (begins.year, begins.year + 1)
        later = [found for year in years if (found := last.in_year(year)) and found.bounds()[0] >= begins]
        end = later[0] if later else end
    elif first.in_year:
        begins = end.bounds()[0]
        back = (begins.year + 1, begins.year, begins.year - 1)
        earlier = [found for year in back if (found := first.in_year(year)) and found.bounds()[0] <= begins]
        start = earlier[0] if earlier else start
    return start, end


def _since(words: Sequence[str], at: int, today: Today) -> _Found | None:
    found = _range(words, at, today, TO)
    if found is None or found[2]:
        return found[:2] if found else None
    until_now = _to_now(found[0], today)
    return (until_now, found[1]) if until_now else None


def _to_now(first: Period, today: Today) -> Period | None:
    start, end = first.bounds()[0], shift(first.grain, start_of(first.grain, today.day), 1)
    return Period(start, end, first.grain) if start < end else None


def _until(words: Sequence[str], at: int, today: Today) -> _Found | None:
    last = read_unit(words, phrase_end(_AFTER_UNTIL, words, at) or at, today)
    if last is None:
        return None
    end = last.period.bounds()[1]
    return (Period(BEGINNING, end, last.period.grain), last.after) if end > BEGINNING else None


def joined_period(first: Period, last: Period) -> Period | None:
    """Return the period from the start of one to the end of another, None if that ends before it starts."""
    if first.is_all_time or last.is_all_time:
        return None
    start, end = first.bounds()[0], last.bounds()[1]
    if start >= end:
        return None
    if first.grain == last.grain:
        return Period(start, end, first.grain)
    return Period(start, end, Grain.MONTH if whole_months(start, end) else Grain.DAY)


def canonical_period(period: Period) -> str:
    """Return the shortest absolute form, which reads back as the same period."""
    if period.is_all_time:
        return "all time"
    start, end = period.bounds()
    grain = period.grain
    if start == BEGINNING and start_of(grain, end) == end:
        return f"until {_canonical_unit(grain, shift(grain, end, -1))}"
    if start_of(grain, start) != start or start_of(grain, end) != end:
        grain = Grain.DAY
    first, last = _canonical_unit(grain, start), _canonical_unit(grain, shift(grain, end, -1))
    return first if first == last else f"{first}..{last}"


def _canonical_unit(grain: AnyGrain, start: date) -> str:
    if isinstance(grain, FiscalGrain):
        quarter = f"-Q{grain.year.months_before(start) // 3 + 1}" if grain.unit is Grain.QUARTER else ""
        return f"fy{grain.year.number_of(start):04}{quarter}"
    match grain:
        case Grain.YEAR:
            return f"{start.year:04}"
        case Grain.QUARTER:
            return f"{start.year:04}-Q{(start.month + 2) // 3}"
        case Grain.MONTH:
            return f"{start.year:04}-{start.month:02}"
        case Grain.WEEK:
            year, week, _ = start.isocalendar()
            return f"{year:04}-W{week:02}"
        case Grain.DAY:
            return start.isoformat()
