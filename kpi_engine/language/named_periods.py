"""Parts of a year by their names or numbers: months, days, weeks, quarters and half years."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from kpi_engine.domain.periods import Grain, Period, add_months, period_of
from kpi_engine.language.lexicon import PERIODS
from kpi_engine.language.phrases import is_in, one_of

RUN_ON_WEEK = re.compile(rf"(?:{one_of(PERIODS.short_weeks)})(\d\d?)")
ORDINALS = {
    word: number
    for word, number in (*PERIODS.ordinals.items(), *PERIODS.numbered_ordinals.items())
    if number <= 4  # noqa: PLR2004 - quarters
}
InYear = Callable[[int], Period | None]
DAY = re.compile(rf"([1-9]|[12]\d|3[01])(?:{one_of(PERIODS.ordinal_endings)})?")
YEAR = r"((?:19|20)\d\d)"
_FORMS: tuple[tuple[re.Pattern[str], Grain, Callable[..., date]], ...] = tuple(
    (re.compile(YEAR + rest), grain, first_day)
    for rest, grain, first_day in (
        ("", Grain.YEAR, lambda year: date(year, 1, 1)),
        (r"[-/]?q([1-4])", Grain.QUARTER, lambda year, quarter: date(year, 3 * quarter - 2, 1)),
        (r"-?w(\d\d?)", Grain.WEEK, lambda year, week: date.fromisocalendar(year, week, 1)),
        (r"-(\d\d?)", Grain.MONTH, lambda year, month: date(year, month, 1)),
        (r"-(\d\d?)-(\d\d?)", Grain.DAY, date),
        (r"(\d\d)(\d\d)", Grain.DAY, date),
    )
)
"""How a period is written in digits, its unit, and its first day from those digits."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A period and the position after its words; `in_year` is set if no year was written."""

    period: Period
    after: int
    in_year: InYear | None = None


def iso_period(word: str) -> Period | None:
    """Read 2026, 2026-09, 2026-Q3, 2026-W47 or 2026-09-05; return None for a date that doesn't exist."""
    try:
        return _iso_form(word)
    except ValueError:
        return None


def _iso_form(word: str) -> Period | None:
    for pattern, grain, first_day in _FORMS:
        if match := pattern.fullmatch(word):
            return period_of(grain, first_day(*(int(part) for part in match.groups())))
    return None


def yearly(form: str) -> InYear:
    """Return how a part of a year, written as in ISO 8601 (w47, 09-05), becomes a period of a year."""
    return lambda year: iso_period(f"{year}-{form}")


def half_year(which: int) -> InYear:
    """Return how the first (1) or second (2) half becomes a period of a year."""
    first = 6 * which - 5  # January or July
    return lambda year: Period(date(year, first, 1), add_months(date(year, first, 1), 6), Grain.QUARTER)


def part_of_year(words: Sequence[str], at: int) -> tuple[InYear, int] | None:
    """Read the name of a month, a day of it, a quarter, a half year or a week, and no year after it."""
    if at >= len(words):
        return None
    word = words[at]
    if word.rstrip(".") in PERIODS.months:
        return _month(words, at)
    if word in ORDINALS:
        return _ordinal(words, at)
    if run_on := RUN_ON_WEEK.fullmatch(word):
        return yearly(f"w{run_on.group(1)}"), at + 1
    return _numbered(words, at)


def _numbered(words: Sequence[str], at: int) -> tuple[InYear, int] | None:
    """Read "q3", "h1", "quarter 3" and "week nr 46"."""
    if short := re.fullmatch("([qh])([1-4])", words[at]):
        return _quarter_or_half(int(short.group(2)), short.group(1) == "h", at + 1)
    place = at + (2 if is_in(PERIODS.number_signs, words, at + 1) else 1)
    number = words[place] if place < len(words) else ""
    if words[at] in PERIODS.weeks and re.fullmatch(r"\d\d?", number):
        return yearly(f"w{number}"), place + 1
    if words[at] in PERIODS.quarters | PERIODS.halves and re.fullmatch("[1-4]", number):
        return _quarter_or_half(int(number), words[at] in PERIODS.halves, place + 1)
    return None


def _quarter_or_half(number: int, is_half: bool, after: int) -> tuple[InYear, int] | None:
    if not is_half:
        return yearly(f"q{number}"), after
    return (half_year(number), after) if number <= 2 else None  # noqa: PLR2004


def _month(words: Sequence[str], at: int) -> tuple[InYear, int] | None:
    """Read "october", "october 12th" and "oct 12, 2026"; not "oct 12", which may be of 2012."""
    month, following = PERIODS.months[words[at].rstrip(".")], words[at + 1] if at + 1 < len(words) else ""
    if re.fullmatch(r"\d\d?-\d\d?", following):
        return None
    day = DAY.fullmatch(following)
    if day is None or not may_follow_month(words, at + 1):
        return yearly(f"{month:02}"), at + 1
    after = at + (3 if has_comma_and_year(words, at + 2) else 2)
    has_year = after < len(words) and re.fullmatch(YEAR, words[after])
    if following.isdecimal() and not has_year:
        return None
    return yearly(f"{month:02}-{int(day.group(1)):02}"), after


def may_follow_month(words: Sequence[str], at: int) -> bool:
    """Whether the number after a month belongs to it, and not to "5 september" or "2 weeks ago"."""
    following = words[at + 1] if at + 1 < len(words) else ""
    return (
        following.rstrip(".") not in PERIODS.months
        and following not in PERIODS.units
        and following not in PERIODS.halves
    )


def _ordinal(words: Sequence[str], at: int) -> tuple[InYear, int] | None:
    """Read "first quarter" and "eerste helft", but not half a month."""
    unit = words[at + 1] if at + 1 < len(words) else ""
    if unit not in PERIODS.quarters | PERIODS.halves:
        return None
    after = at + (3 if is_in(PERIODS.year, words, at + 2) and unit in PERIODS.half else 2)
    if unit in PERIODS.halves and half_of_month(words, at):
        return None
    if is_in(PERIODS.of, words, after) and is_in(PERIODS.the, words, after + 1):  # "of the year"
        after += 3 if is_in(PERIODS.year, words, after + 2) else 0
    return _quarter_or_half(ORDINALS[words[at]], unit in PERIODS.halves, after)


def half_of_month(words: Sequence[str], at: int) -> int | None:
    """Return the position of the month in "first half of october", None without such words."""
    if at + 2 >= len(words) or words[at] not in ORDINALS or words[at + 1] not in PERIODS.halves:
        return None
    month = at + (3 if words[at + 2] in PERIODS.of else 2)
    if month >= len(words):
        return None
    is_relative = words[month] in PERIODS.this | PERIODS.last and set(
        map(PERIODS.units.get, words[month + 1 : month + 2])
    ) == {Grain.MONTH}
    return month if is_relative or words[month].rstrip(".") in PERIODS.months else None


def has_comma_and_year(words: Sequence[str], at: int) -> bool:
    """Whether the ", 2026" of "oct 12, 2026" starts at a position."""
    return is_in({","}, words, at) and re.fullmatch(YEAR, "".join(words[at + 1 : at + 2])) is not None
