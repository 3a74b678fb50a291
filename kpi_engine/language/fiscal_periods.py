"""Fiscal years and their parts in words: "fy26 q2", "last fiscal year", "boekjaar 2025/26", "fytd"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from kpi_engine.domain.periods import (
    FiscalGrain,
    Grain,
    Period,
    add_months,
    last_complete,
    period_of,
    shift,
)
from kpi_engine.language.lexicon import PERIODS
from kpi_engine.language.named_periods import ORDINALS, InYear, Unit
from kpi_engine.language.phrases import is_in, one_of, phrase_end
from kpi_engine.language.today import Today

_SIGN = f"(?:{one_of(PERIODS.fiscal_signs)})'?"
_NUMBER = r"((?:19|20)?\d\d)(?:[/-]((?:19|20)?\d\d))?"
_PART = "(?:[/-]?([qh][1-4]))?"
_SIGNED = re.compile(_SIGN + _NUMBER + _PART)
"""What is written against the sign of fiscal years: "fy26", "fy2025/26" and "fy26q2"."""
_NUMBERED = re.compile(_NUMBER + _PART)
_PART_BEFORE = re.compile(f"([qh][1-4])[/-]?{_SIGN}{_NUMBER}")
_QUARTER_SIGN = re.compile(rf"(?:{one_of(PERIODS.fiscal_quarter_signs)})([1-4])")
_HALVES = 2
_CENTURY = 2000
_TWO_DIGITS = 2
_NEXT_YEAR = 100
_REACH = 7
"""How many words a fiscal period has at most."""
_MOST, _FIRST_YEAR = 400, 1900
"""Fiscal units that "last N" takes at most, and the first year that it goes back to."""

_FiscalYear = tuple[date, int]
"""The first day of a fiscal year, and the position after its words."""
_Part = tuple[int, int, int]
"""The first quarter of a part of a year (0 to 3), how many it has, and the position after its words."""


def read_fiscal(words: Sequence[str], at: int, today: Today) -> Unit | None:
    """Read one fiscal period, None if none starts at a position."""
    if not any(map(is_fiscal, words[at : at + _REACH])):
        return None
    for reader in (_to_date, _relative, _ago, _part_of_year, _year):
        found = reader(words, at, today)
        if found:
            return found
    return None


def is_fiscal(word: str) -> bool:
    """Whether a word makes a period fiscal."""
    return (
        word in _WORDS
        or _SIGNED.fullmatch(word) is not None
        or _PART_BEFORE.fullmatch(word) is not None
        or _QUARTER_SIGN.fullmatch(word) is not None
    )


_WORDS = frozenset(
    {phrase[0] for phrase in (*PERIODS.fiscal_years, *PERIODS.fiscal_quarters)}
    | {*PERIODS.fiscal, *PERIODS.fiscal_to_date}
)


def fiscal_unit(words: Sequence[str], at: int, today: Today) -> tuple[FiscalGrain, int] | None:
    """Read "fiscal year", "boekjaren" and "fiscal quarter": the unit, and the position after its words."""
    for phrases, grain in (
        (PERIODS.fiscal_years, today.fiscal_years),
        (PERIODS.fiscal_quarters, today.fiscal_quarters),
    ):
        after = phrase_end(phrases, words, at)
        if after:
            return grain, after
    return None


def fiscal_years_apart(words: Sequence[str], at: int, today: Today) -> tuple[list[int], int] | None:
    """Return the years of "fy26/28" if no fiscal year has them both, and the position after its words."""
    place = at if _SIGNED.fullmatch(words[at]) else phrase_end(PERIODS.fiscal_years, words, at)
    typed = words[place] if place is not None and place < len(words) else ""
    form = _SIGNED.fullmatch(typed) if place == at else _NUMBERED.fullmatch(typed)
    if place is None or form is None or not form.group(2):
        return None
    if _first_day(form.group(1), form.group(2), today):
        return None
    return [_full(form.group(1)), _full(form.group(2))], place + 1


def _to_date(words: Sequence[str], at: int, today: Today) -> Unit | None:
    """Read "fytd" and "fiscal year to date"."""
    if words[at] in PERIODS.fiscal_to_date:
        is_year = PERIODS.fiscal_to_date[words[at]] is Grain.YEAR
        grain = today.fiscal_years if is_year else today.fiscal_quarters
        return Unit(period_of(grain, today.day), at + 1)
    if words[at] in PERIODS.fiscal and at + 1 < len(words) and words[at + 1] in PERIODS.to_date:
        unit = PERIODS.to_date[words[at + 1]]  # "fiscal ytd"
        grain = today.fiscal_years if unit is Grain.YEAR else today.fiscal_quarters
        return Unit(period_of(grain, today.day), at + 2) if unit in (Grain.YEAR, Grain.QUARTER) else None
    named = fiscal_unit(words, at, today)
    after = phrase_end(PERIODS.so_far, words, named[1]) if named else None
    return Unit(period_of(named[0], today.day), after) if named and after else None


def _relative(words: Sequence[str], at: int, today: Today) -> Unit | None:
    """Read "this fiscal quarter", "last 3 fiscal years" and "last fiscal year q2"."""
    if words[at] not in PERIODS.this | PERIODS.last | PERIODS.next:
        return None
    count = _count(words, at + 1) if words[at] in PERIODS.last else 0
    named = fiscal_unit(words, at + (2 if count else 1), today)
    if named is None:
        return None
    grain, after = named
    if count:
        back = _back(count, grain, today)
        return Unit(back, after) if back else None
    if words[after - 1] in PERIODS.fiscal_plurals and words[at] not in PERIODS.this:
        return None
    if grain.unit is Grain.YEAR and (part := _part(words, after)):
        return _within(_relative_year(words[at], today), part, today, part[2])
    start = period_of(grain, today.day).bounds()[0]
    return Unit(period_of(grain, shift(grain, start, _steps(words[at]))), after)


def _steps(word: str) -> int:
    return 0 if word in PERIODS.this else (-1 if word in PERIODS.last else 1)


def _relative_year(word: str, today: Today) -> date:
    running = period_of(today.fiscal_years, today.day).bounds()[0]
    return shift(today.fiscal_years, running, _steps(word))


def _ago(words: Sequence[str], at: int, today: Today) -> Unit | None:
    """Read "2 fiscal quarters ago"."""
    count = _count(words, at)
    named = fiscal_unit(words, at + 1, today) if count else None
    if named is None or not is_in(PERIODS.ago, words, named[1]):
        return None
    back = _back(count, named[0], today)
    return Unit(period_of(named[0], back.bounds()[0]), named[1] + 1) if back else None


def _count(words: Sequence[str], at: int) -> int:
    """Return the number at a position, 0 for any other word."""
    word = words[at] if at < len(words) else ""
    if word in PERIODS.one:
        return 1
    return PERIODS.counts.get(word) or (int(word) if re.fullmatch(r"[1-9]\d{0,2}", word) else 0)


def _back(count: int, grain: FiscalGrain, today: Today) -> Period | None:
    if count > _MOST:
        return None
    found = last_complete(grain, today.day, count)
    return found if found.bounds()[0].year >= _FIRST_YEAR else None


def _part_of_year(words: Sequence[str], at: int, today: Today) -> Unit | None:
    """Read a quarter or a half before its fiscal year: "q2 of fy26", "q2fy26" and "second fiscal quarter"."""
    if run_on := _PART_BEFORE.fullmatch(words[at]):
        start = _first_day(run_on.group(2), run_on.group(3), today)
        part = _signed_part(run_on.group(1), at + 1)
        return _within(start, part, today, at + 1) if start and part else None
    if part := _part(words, at):
        year = _fiscal_year(words, _after_of(words, part[2]), today, is_running_meant=True)
        return _within(year[0], part, today, year[1]) if year else None
    part = _fiscal_part(words, at)
    if part is None:
        return None
    year = _fiscal_year(words, _after_of(words, part[2]), today, is_running_meant=True) or _plain_year(
        words, _after_of(words, part[2]), today
    )
    return _within(year[0], part, today, year[1]) if year else _latest(part, today)


def _fiscal_part(words: Sequence[str], at: int) -> _Part | None:
    """Read "fiscal q2", "fq2", "fiscal quarter 2" and "second fiscal quarter"."""
    if sign := _QUARTER_SIGN.fullmatch(words[at]):
        return int(sign.group(1)) - 1, 1, at + 1
    if words[at] in PERIODS.fiscal and (part := _part(words, at + 1)):
        return part
    if words[at] in ORDINALS and (after := phrase_end(PERIODS.fiscal_quarters, words, at + 1)):
        return ORDINALS[words[at]] - 1, 1, after
    after = phrase_end(PERIODS.fiscal_quarters, words, at)
    if after and after < len(words) and re.fullmatch("[1-4]", words[after]):
        return int(words[after]) - 1, 1, after + 1
    return None


def _year(words: Sequence[str], at: int, today: Today) -> Unit | None:
    """Read "fy26", "fiscal year 2026" and "boekjaar 2025/26", with the part of it that may follow."""
    form = _SIGNED.fullmatch(words[at])
    year = _fiscal_year(words, at, today, is_running_meant=False)
    if year is None:
        return None
    start, after = year
    if form is None and after > at:
        form = _NUMBERED.fullmatch(words[after - 1])
    part = _signed_part(form.group(3), after) if form and form.group(3) else _part(words, after)
    return _within(start, part, today, part[2]) if part else Unit(period_of(today.fiscal_years, start), after)


def _fiscal_year(
    words: Sequence[str], at: int, today: Today, *, is_running_meant: bool
) -> _FiscalYear | None:
    """Read a fiscal year: by its number, or relative to the day; without either, the running one if meant."""
    if at >= len(words):
        return None
    if signed := _SIGNED.fullmatch(words[at]):
        return _numbered(signed, words, at + 1, today)
    is_relative = words[at] in PERIODS.this | PERIODS.last | PERIODS.next
    after = phrase_end(PERIODS.fiscal_years, words, at + is_relative)
    if is_relative:
        return (_relative_year(words[at], today), after) if after and is_running_meant else None
    if after is None and words[at] in PERIODS.fiscal:
        after = at + 1 if re.match(r"(?:19|20)\d\d", "".join(words[at + 1 : at + 2])) else None
    number = _NUMBERED.fullmatch(words[after]) if after and after < len(words) else None
    if after and number:
        return _numbered(number, words, after + 1, today)
    running = period_of(today.fiscal_years, today.day).bounds()[0]
    return (running, after) if after and is_running_meant else None


def _numbered(form: re.Match[str], words: Sequence[str], after: int, today: Today) -> _FiscalYear | None:
    """Return the fiscal year of a number, and of two that a dash parted: "fy25-26"."""
    first, second = form.group(1), form.group(2)
    following = words[after] if after < len(words) else ""
    if second is None and form.group(3) is None and _is_next_year(first, following):
        start = _first_day(first, following, today)
        if start:
            return start, after + 1
    start = _first_day(first, second, today)
    return (start, after) if start else None


def _is_next_year(first: str, following: str) -> bool:
    is_year = re.fullmatch(r"\d\d", following) is not None
    return is_year and int(following) == (_full(first) + 1) % _NEXT_YEAR


def _plain_year(words: Sequence[str], at: int, today: Today) -> _FiscalYear | None:
    """Read the "2026" of "fiscal q2 2026"."""
    number = words[at] if at < len(words) else ""
    return (today.fiscal_year.numbered(int(number)), at + 1) if re.fullmatch(r"(19|20)\d\d", number) else None


def _first_day(first: str, second: str | None, today: Today) -> date | None:
    """Return the first day of a fiscal year by its number, or by the two years that it is in."""
    if second is None:
        return today.fiscal_year.numbered(_full(first))
    year, last = _full(first), _full(second)
    if last != year + 1 or today.fiscal_year.is_calendar_year:
        return None
    return today.fiscal_year.starting_in(year)


def _full(number: str) -> int:
    return int(number) + (_CENTURY if len(number) == _TWO_DIGITS else 0)


def _part(words: Sequence[str], at: int) -> _Part | None:
    """Read "q2", "h1", "quarter 2", "second quarter" and "first half"."""
    if at >= len(words):
        return None
    following = words[at + 1] if at + 1 < len(words) else ""
    if words[at] in ORDINALS and following in PERIODS.quarters | PERIODS.halves:
        return _quarters(ORDINALS[words[at]], following in PERIODS.halves, at + 2)
    if words[at] in PERIODS.quarters | PERIODS.halves and re.fullmatch("[1-4]", following):
        return _quarters(int(following), words[at] in PERIODS.halves, at + 2)
    return _signed_part(words[at], at + 1)


def _signed_part(typed: str, after: int) -> _Part | None:
    sign = re.fullmatch("([qh])([1-4])", typed)
    return _quarters(int(sign.group(2)), sign.group(1) == "h", after) if sign else None


def _quarters(number: int, is_half: bool, after: int) -> _Part | None:
    if not is_half:
        return number - 1, 1, after
    return ((number - 1) * _HALVES, _HALVES, after) if number <= _HALVES else None


def _after_of(words: Sequence[str], at: int) -> int:
    """Return the position after "of the", or the same position."""
    at += is_in(PERIODS.of, words, at)
    return at + is_in(PERIODS.the, words, at)


def _within(year: date, part: _Part, today: Today, after: int) -> Unit:
    start = add_months(year, 3 * part[0])
    return Unit(period_of(today.fiscal_quarters, start, part[1]), after)


def _latest(part: _Part, today: Today) -> Unit:
    """Return a part of a fiscal year without its year: the latest that has begun."""
    running = period_of(today.fiscal_years, today.day).bounds()[0]
    here = _within(running, part, today, part[2])
    if here.period.bounds()[0] > today.day:
        here = _within(shift(today.fiscal_years, running, -1), part, today, part[2])

    def in_year(number: int) -> Period | None:
        return _within(today.fiscal_year.numbered(number), part, today, part[2]).period

    found: InYear = in_year
    return Unit(here.period, part[2], found)
