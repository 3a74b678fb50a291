"""Words about time that can't be read as a period: why not, and which periods may be meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from kpi_engine.domain.periods import Period
from kpi_engine.language.doubts import Doubt, which_period
from kpi_engine.language.fiscal_periods import is_fiscal
from kpi_engine.language.lexicon import DOUBTS, PERIODS
from kpi_engine.language.missing_dates import missing
from kpi_engine.language.named_periods import ORDINALS
from kpi_engine.language.period_phrases import OPENERS, PERIOD_WORDS, canonical_period, joined_period
from kpi_engine.language.period_units import read_unit
from kpi_engine.language.phrases import is_in, one_of
from kpi_engine.language.today import Today
from kpi_engine.language.unclear_counts import (
    half_a_year,
    some_time_ago,
    uncountable,
    uncounted,
    without_unit,
)
from kpi_engine.language.unclear_dates import days_of_month, written_otherwise
from kpi_engine.language.unclear_fiscal import unclear_fiscal
from kpi_engine.language.unclear_parts import half_of_month_meant, part_of_period
from kpi_engine.language.unclear_ranges import bounded, not_begun, turned, until_now

_FIRST = (
    PERIOD_WORDS
    | {
        phrase[0]
        for phrases in (DOUBTS.until_now, DOUBTS.up_to, DOUBTS.before, DOUBTS.after)
        for phrase in phrases
    }
    | {
        *PERIODS.over,
        *PERIODS.inflected_half,
        *PERIODS.one,
        *DOUBTS.few,
        *PERIODS.halves,
        *ORDINALS,
        *PERIODS.weeks,
        *PERIODS.quarters,
        *PERIODS.units,
        *DOUBTS.begin,
        *DOUBTS.middle,
        *DOUBTS.end,
    }
)
_NUMBERED_FIRST = re.compile(rf"(?:{one_of(DOUBTS.quarter_or_week | PERIODS.short_weeks)}|q)?\d")
"""What unclear periods start with; a quick test that most other words fail."""


def doubtful_period(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    """Return what is unclear about the period that starts at a position, None if nothing is."""
    if not (words[at] in _FIRST or _NUMBERED_FIRST.match(words[at]) or is_fiscal(words[at])):
        return None
    for reader in (
        unclear_fiscal,
        uncounted,
        without_unit,
        uncountable,
        some_time_ago,
        until_now,
        bounded,
        half_a_year,
        part_of_period,
        half_of_month_meant,
        turned,
        days_of_month,
        written_otherwise,
        not_begun,
        missing,
        _over,
        _opened,
    ):
        doubt = reader(words, at, today)
        if doubt:
            return doubt
    return None


def _opened(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    """Offer what is unclear after "since", "between" or "over the" with those words in front."""
    place = at + 1
    if words[at] in PERIODS.over and is_in(PERIODS.the, words, place):
        place += 1
    elif words[at] not in OPENERS:
        return None
    inner = doubtful_period(words, place, today) if place < len(words) else None
    if inner is None:
        return None
    opening = " ".join(words[at:place])
    return replace(inner, offers=tuple(f"{opening} {offer}" for offer in inner.offers))


def _over(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    """Ask whether "over last month" means during that month or compared with it."""
    unit = read_unit(words, at + 1, today) if words[at] in PERIODS.over else None
    if unit is None:
        return None
    typed = " ".join(words[at + 1 : unit.after])
    return which_period(words, at, unit.after, [typed, f"vs {typed}"])


def offered_together(periods: Sequence[Period]) -> list[str]:
    """Return what two or more periods next to each other may mean, best first."""
    first, last = periods[0], periods[-1]
    span = [] if any(period.is_all_time for period in periods) else [canonical_period(_span(periods))]
    is_whole = all(one.end == other.start for one, other in pairwise(periods))
    if len(periods) > 2:  # noqa: PLR2004
        cut = [f"{whole} per {first.grain}" for whole in span]
        return [*span, *cut] if is_whole else cut
    compared = f"{canonical_period(first)} vs {canonical_period(last)}"
    if narrow := [one for one, other in ((first, last), (last, first)) if _is_within(one, other)]:
        return [canonical_period(narrow[0]), compared]
    return [*span, compared] if is_whole else [compared, *span]


def _span(periods: Sequence[Period]) -> Period:
    """Return the period from the first start to the last end of bounded periods."""
    earliest = min(periods, key=lambda period: period.bounds()[0])
    latest_end = max(periods, key=lambda period: period.bounds()[1])
    return joined_period(earliest, latest_end) or earliest


def _is_within(period: Period, other: Period) -> bool:
    """Whether a period is a part of another."""
    if period.is_all_time or other.is_all_time or period == other:
        return False
    (start, end), (begins, ends) = period.bounds(), other.bounds()
    return begins <= start and end <= ends
