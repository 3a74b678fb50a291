"""Periods whose length is unclear: "last months", "last 30", "a few weeks ago"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from rapidfuzz import fuzz, process

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import Grain, Period, add_months
from kpi_engine.domain.translatable import said
from kpi_engine.language.doubts import Doubt, which_period
from kpi_engine.language.lexicon import DOUBTS, PERIODS, offered_beside
from kpi_engine.language.period_phrases import canonical_period, read_period
from kpi_engine.language.period_units import counted_ago, counts_back
from kpi_engine.language.phrases import is_in
from kpi_engine.language.today import Today

_HALF_YEAR = 6
"""Months."""

_USUAL = {
    Grain.DAY: (7, 14, 30),
    Grain.WEEK: (4, 8, 13),
    Grain.MONTH: (3, 6, 12),
    Grain.QUARTER: (2, 4, 8),
    Grain.YEAR: (2, 3, 5),
}
"""The usual numbers of units to look back."""
_ANY_HALF = PERIODS.halves | PERIODS.inflected_half


def uncounted(words: Sequence[str], at: int, _: Today) -> Doubt | None:
    """Ask for the number in "last months" and "last few weeks"."""
    if words[at] not in PERIODS.last:
        return None
    place = _after_few(words, at + 1)
    unit = words[place] if place < len(words) else ""
    if unit not in PERIODS.plurals:
        return None
    offers = (f"{words[at]} {count} {unit}" for count in _USUAL[PERIODS.units[unit]])
    return how_many(words, at, place + 1, offers)


def how_many(words: Sequence[str], at: int, after: int, offers: Iterable[str]) -> Doubt:
    message = said("How many? “{typed}” has no number.", typed=" ".join(words[at:after]))
    return Doubt(after, QueryError(message, hint="Did you mean one of these?"), tuple(offers))


def _after_few(words: Sequence[str], at: int) -> int:
    """Return the position after "a couple of", or the same position if those words aren't there."""
    few = at + 1 if is_in(PERIODS.one, words, at) else at
    if not is_in(DOUBTS.few, words, few):
        return at
    return few + (2 if is_in(PERIODS.of, words, few + 1) else 1)


def without_unit(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    """Ask for the unit of "last 30", unless a mistyped unit follows it."""
    if words[at] not in PERIODS.last or not re.fullmatch("[1-9][0-9]{0,2}", "".join(words[at + 1 : at + 2])):
        return None
    following = words[at + 2] if at + 2 < len(words) else ""
    if read_period(words, at + 1, today):  # "previous 5 september"
        return None
    if following and process.extractOne(following, PERIODS.units.keys(), scorer=fuzz.ratio, score_cutoff=60):
        return None
    number, units = words[at + 1], _units_beside(words[at])
    return Doubt(
        at + 2,
        QueryError(
            said("{number} of which unit?", number=number),
            hint="You can count days, weeks, months, quarters and years.",
        ),
        tuple(f"{words[at]} {number} {units[grain]}" for grain in (Grain.DAY, Grain.WEEK, Grain.MONTH)),
    )


def uncountable(words: Sequence[str], at: int, _: Today) -> Doubt | None:
    """Refuse to count back zero units, or further than periods go."""
    is_back = counts_back(words, at)
    if not is_back and not counted_ago(words, at):
        return None
    number, unit = words[at + 1 : at + 3] if is_back else words[at : at + 2]
    message = said("I can't go back {number} {unit}.", number=number[:8], unit=unit)
    return Doubt(at + 3, QueryError(message, hint="Try last 12 months."))


def some_time_ago(words: Sequence[str], at: int, _: Today) -> Doubt | None:
    """Ask for the number in "a few weeks ago", and offer six months for "half a year ago"."""
    after = _half_year_after(words, at + 1 if words[at] in PERIODS.one else at)
    if after and is_in(PERIODS.ago, words, after):
        months = offered_beside(words[after], lambda language: language.periods.ago).units[Grain.MONTH]
        return which_period(words, at, after + 1, [f"{_HALF_YEAR} {months} {words[after]}"])
    place = _after_few(words, at)
    if (
        place == at
        or place + 1 >= len(words)
        or words[place] not in PERIODS.plurals
        or words[place + 1] not in PERIODS.ago
    ):
        return None
    unit, ago = words[place : place + 2]
    return how_many(words, at, place + 2, (f"{count} {unit} {ago}" for count in (2, 3, 4)))


def half_a_year(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    """Ask what "last half year" means: the last six months, or the half year before the current one."""
    if words[at] not in PERIODS.last:
        return None
    after = _half_year_after(words, at + 1)
    if not after:
        return None
    begins = date(today.day.year, 1 if today.day.month <= _HALF_YEAR else 7, 1)
    before = Period(add_months(begins, -_HALF_YEAR), begins, Grain.QUARTER)
    months = _units_beside(words[at])[Grain.MONTH]
    return which_period(words, at, after, [f"{words[at]} {_HALF_YEAR} {months}", canonical_period(before)])


def _half_year_after(words: Sequence[str], at: int) -> int:
    """Return the position after "half year", "half a year", "halfjaar" or "half", 0 if none is there."""
    if not is_in(_ANY_HALF, words, at):
        return 0
    year = at + (2 if is_in(PERIODS.one, words, at + 1) else 1)
    return year + 1 if is_in(PERIODS.year, words, year) else at + 1


def _units_beside(word: str) -> Mapping[Grain, str]:
    """Return the plural units in the language of a word for "last"."""
    return offered_beside(word, lambda language: language.periods.last).units
