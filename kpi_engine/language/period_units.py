"""One period in words, without an open end: "last 3 months", "5 september", "2026-Q3"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from kpi_engine.domain.periods import ONE_DAY, Grain, Period, last_complete, period_of, year_before
from kpi_engine.language.fiscal_periods import read_fiscal
from kpi_engine.language.lexicon import PERIODS
from kpi_engine.language.named_periods import (
    DAY,
    YEAR,
    Unit,
    half_year,
    has_comma_and_year,
    iso_period,
    part_of_year,
    yearly,
)
from kpi_engine.language.phrases import is_in, phrase_end
from kpi_engine.language.today import Today

_FIRST_YEAR = 1900
"""The first year that can be written; "last N" goes no further back."""
_MOST = 1200
"""Units that "last N" takes at most."""


def read_unit(words: Sequence[str], at: int, today: Today) -> Unit | None:
    """Read one period, without an open end."""
    if at >= len(words):
        return None
    if fiscal := read_fiscal(words, at, today):
        return fiscal
    if counted_ago(words, at):
        return _ago(words, at, today)
    for reader in (_relative, _to_date, _named, dated, _absolute):
        found = reader(words, at, today)
        if found:
            return found
    return None


def latest(
    in_year: Callable[[int], Period | None], words: Sequence[str], after: int, today: Today
) -> Unit | None:
    """Return a part of the year that is written after it, else of the latest year in which it has begun."""
    written = _written_year(words, after, today)
    if written:
        period = in_year(written[0])
        return Unit(period, written[1]) if period else None
    years = (today.day.year + 1, today.day.year, today.day.year - 1)  # an ISO year may begin in December
    begun = [found for year in years if (found := in_year(year)) and found.bounds()[0] <= today.day]
    return Unit(begun[0], after, in_year) if begun else None


def counts_back(words: Sequence[str], at: int) -> bool:
    """Whether "last N units" starts at a position, whatever N is."""
    if at + 2 >= len(words) or words[at] not in PERIODS.last or words[at + 2] not in PERIODS.units:
        return False
    return words[at + 1].isdigit() or _count(words[at + 1]) > 0


def counted_ago(words: Sequence[str], at: int) -> tuple[int, Grain] | None:
    """Return the number and the unit of "two weeks ago" at a position, None if it isn't there."""
    if at + 2 >= len(words) or words[at + 1] not in PERIODS.units or words[at + 2] not in PERIODS.ago:
        return None
    count = _count(words[at])
    return (count, PERIODS.units[words[at + 1]]) if count else None


def _count(word: str) -> int:
    """Return the number that a word or digits stand for, 0 for any other word."""
    return PERIODS.counts.get(word) or (
        1 if word in PERIODS.one else int(word) if re.fullmatch("[0-9]{1,9}", word) else 0
    )


def _to_date(words: Sequence[str], at: int, today: Today) -> Unit | None:
    """Read "ytd" or "year to date"."""
    if words[at] in PERIODS.to_date:
        return Unit(period_of(PERIODS.to_date[words[at]], today.day), at + 1)
    after = phrase_end(PERIODS.so_far, words, at + 1) if words[at] in PERIODS.units else None
    return Unit(period_of(PERIODS.units[words[at]], today.day), after) if after else None


def _ago(words: Sequence[str], at: int, today: Today) -> Unit | None:
    """Read "two weeks ago": the unit that many before the current one."""
    counted = counted_ago(words, at)
    back = _counted(*counted, today) if counted else None
    return Unit(period_of(back.grain, back.bounds()[0]), at + 3) if back else None


def _absolute(words: Sequence[str], at: int, today: Today) -> Unit | None:
    if half := re.fullmatch(YEAR + "[-/]?h([12])", words[at]):
        period = half_year(int(half.group(2)))(int(half.group(1)))
        return Unit(period, at + 1) if period else None
    single = iso_period(words[at])
    if single and single.grain is Grain.YEAR:
        return _year_first(words, at, single, today)
    return Unit(single, at + 1) if single else None


def _year_first(words: Sequence[str], at: int, year: Period, today: Today) -> Unit:
    """Read "2025", and "2025 Q3" where no other year follows."""
    part = part_of_year(words, at + 1)
    if part and not _written_year(words, part[1], today):
        within = part[0](year.bounds()[0].year)
        if within:
            return Unit(within, part[1])
    return Unit(year, at + 1)


def _named(words: Sequence[str], at: int, today: Today) -> Unit | None:
    """Read a part of a year or a weekday by its name; without a year, the latest one that has begun."""
    if PERIODS.units.get(words[at]) is Grain.MONTH:  # "the month of october"
        name = at + (2 if is_in(PERIODS.of, words, at + 1) else 1)
        return _named(words, name, today) if name < len(words) and words[name] in PERIODS.months else None
    if words[at] in PERIODS.weekdays:
        days = (today.day.weekday() - PERIODS.weekdays[words[at]]) % 7  # today where it is the day
        return Unit(period_of(Grain.DAY, today.day - days * ONE_DAY), at + 1)
    part = part_of_year(words, at)
    return latest(part[0], words, part[1], today) if part else None


def dated(words: Sequence[str], at: int, today: Today) -> Unit | None:
    """Read "5 september", with or without its year."""
    day = DAY.fullmatch(words[at]) if at < len(words) else None
    name = at + (2 if is_in(PERIODS.of, words, at + 1) else 1)
    month = words[name].rstrip(".") if name < len(words) else ""
    if day is None or month not in PERIODS.months:
        return None
    after = name + 2 if has_comma_and_year(words, name + 1) else name + 1
    return latest(yearly(f"{PERIODS.months[month]:02}-{int(day.group(1)):02}"), words, after, today)


def _written_year(words: Sequence[str], at: int, today: Today) -> tuple[int, int] | None:
    """Read the "2025", "of 2025" or "last year" after a name: the year and the position after it."""
    if is_in(PERIODS.of, words, at):
        at += 1
    if at < len(words) and re.fullmatch(YEAR, words[at]):
        return int(words[at]), at + 1
    if not is_in(PERIODS.year, words, at + 1):
        return None
    if words[at] in PERIODS.year_before:
        return today.day.year - 1, at + 2
    return (today.day.year, at + 2) if words[at] in PERIODS.this else None


def _relative(words: Sequence[str], at: int, today: Today) -> Unit | None:
    """Read "yesterday", "this month", "last 3 weeks", "last monday" and "last october"."""
    if words[at] in PERIODS.near_days:
        return Unit(period_of(Grain.DAY, today.day - PERIODS.near_days[words[at]] * ONE_DAY), at + 1)
    if words[at] not in PERIODS.this | PERIODS.last or at + 1 >= len(words):
        return None
    following = words[at + 1]
    period: Period | None = None
    if following in PERIODS.units and words[at] in PERIODS.this:
        period = period_of(PERIODS.units[following], today.day)
    elif following in PERIODS.units and following not in PERIODS.plurals:
        period = last_complete(PERIODS.units[following], today.day)
    elif following in PERIODS.weekdays and words[at] in PERIODS.last:
        days = (today.day.weekday() - PERIODS.weekdays[following] - 1) % 7 + 1
        period = period_of(Grain.DAY, today.day - days * ONE_DAY)
    elif counts_back(words, at):
        period = _counted(_count(following), PERIODS.units[words[at + 2]], today)
        return Unit(period, at + 3) if period else None
    elif following in PERIODS.months:
        return _relative_month(words, at, today)
    return Unit(period, at + 2) if period else None


def _relative_month(words: Sequence[str], at: int, today: Today) -> Unit | None:
    named = _named(words, at + 1, today)
    if named is None:
        return None
    is_running = words[at] in PERIODS.last and today.day < named.period.bounds()[1]
    return Unit(year_before(named.period) if is_running else named.period, named.after)


def _counted(count: int, grain: Grain, today: Today) -> Period | None:
    if not 1 <= count <= _MOST:
        return None
    try:
        found = last_complete(grain, today.day, count)
    except (ValueError, OverflowError):
        return None
    return found if found.bounds()[0].year >= _FIRST_YEAR else None
