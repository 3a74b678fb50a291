"""Unclear parts of a month or a year: "begin october", "first half of october"."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_engine.domain.periods import ONE_DAY, Grain, Period, add_months
from kpi_engine.language.doubts import Doubt, which_period
from kpi_engine.language.lexicon import DOUBTS, PERIODS
from kpi_engine.language.named_periods import ORDINALS, half_of_month
from kpi_engine.language.period_phrases import RANGE, canonical_period
from kpi_engine.language.period_units import read_unit
from kpi_engine.language.phrases import is_in
from kpi_engine.language.today import Today

_PARTS = DOUBTS.begin | DOUBTS.middle | DOUBTS.end


def part_of_period(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    """Offer periods for "begin oktober" and "end of 2025", also after "since" and "until"."""
    opener = words[at] if words[at] in PERIODS.since | PERIODS.until else ""
    first = at + 1 if opener else at
    while opener and is_in(PERIODS.the, words, first):
        first += 1
    if not is_in(_PARTS, words, first):
        return None
    place = first + 1
    while is_in(PERIODS.of | PERIODS.the, words, place):
        place += 1
    unit = read_unit(words, place, today)
    if unit is None or unit.period.grain not in {Grain.MONTH, Grain.YEAR}:
        return None
    parts = list(map(canonical_period, _parts(unit.period, words[first])))
    if opener in PERIODS.since:
        parts = [f"since {part.partition(RANGE)[0]}" for part in parts[:1]]
    elif opener in PERIODS.until:
        parts = [f"until {part.rpartition(RANGE)[2]}" for part in parts[:1]]
    return which_period(words, at, unit.after, parts)


def _parts(period: Period, which: str) -> list[Period]:
    """Return the first, middle or last third (of a month) or quarter (of a year), and the half."""
    start, end = period.bounds()
    if period.grain is Grain.MONTH:
        tenth, half, twentieth = (start + days * ONE_DAY for days in (10, 15, 20))
        grain = Grain.DAY
    else:
        tenth, half, twentieth = (add_months(start, months) for months in (3, 6, 9))
        grain = Grain.QUARTER
    if which in DOUBTS.begin:
        return [Period(start, tenth, grain), Period(start, half, grain)]
    if which in DOUBTS.end:
        return [Period(twentieth, end, grain), Period(half, end, grain)]
    return [Period(tenth, twentieth, grain)]


def half_of_month_meant(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    """Offer the first fifteen days, or the rest, for a half of a month."""
    month = half_of_month(words, at)
    unit = read_unit(words, month, today) if month else None
    if unit is None or ORDINALS[words[at]] > 2:  # noqa: PLR2004
        return None
    start, end = unit.period.bounds()
    middle = start + 15 * ONE_DAY
    half = Period(start, middle, Grain.DAY) if ORDINALS[words[at]] == 1 else Period(middle, end, Grain.DAY)
    return which_period(words, at, unit.after, [canonical_period(half)])
