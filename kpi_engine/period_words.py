"""Periods in words, English and Dutch, and back to their shortest absolute form."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date

from kpi_engine.periods import (
    ALL_TIME,
    ONE_DAY,
    Grain,
    Period,
    last_complete,
    period_of,
    shift,
    start_of,
    whole_months,
    year_before,
)
from kpi_engine.words import UNITS

BEGINNING = date(1970, 1, 1)
"""Where "until" begins."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan", "januari"),
            ("february", "feb", "februari"),
            ("march", "mar", "maart", "mrt"),
            ("april", "apr"),
            ("may", "mei"),
            ("june", "jun", "juni"),
            ("july", "jul", "juli"),
            ("august", "aug", "augustus"),
            ("september", "sep", "sept"),
            ("october", "oct", "oktober", "okt"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_THIS = {"this", "deze", "dit", "current", "huidige", "lopende"}
_LAST = {"last", "vorige", "vorig", "laatste", "afgelopen", "past", "previous"}
_TO_DATE = {"mtd": Grain.MONTH, "qtd": Grain.QUARTER, "ytd": Grain.YEAR, "wtd": Grain.WEEK}
_NEAR_DAYS = {"today": 0, "vandaag": 0, "yesterday": 1, "gisteren": 1}
_ALL = {("all", "time"), ("ever",), ("alles",), ("ooit",), ("alltime",)}
_SINCE, _UNTIL = {"since", "sinds", "vanaf"}, {"until", "tot", "till"}
_FIRST_YEAR = 1900
"""The first year that can be written; "last N" goes no further back."""
_MOST = 1200
"""Units that "last N" takes at most."""

_YEAR = r"((?:19|20)\d\d)"
_FORMS: tuple[tuple[str, Grain, Callable[..., date]], ...] = (
    (_YEAR, Grain.YEAR, lambda year: date(year, 1, 1)),
    (_YEAR + r"-?q([1-4])", Grain.QUARTER, lambda year, quarter: date(year, 3 * quarter - 2, 1)),
    (_YEAR + r"-?w(\d\d?)", Grain.WEEK, lambda year, week: date.fromisocalendar(year, week, 1)),
    (_YEAR + r"-(\d\d?)", Grain.MONTH, lambda year, month: date(year, month, 1)),
    (_YEAR + r"-(\d\d?)-(\d\d?)", Grain.DAY, date),
)

_Found = tuple[Period, int]


def read_period(words: Sequence[str], at: int, today: date) -> _Found | None:
    """Return the period that stands at a place and the place after it, else None."""
    if at >= len(words):
        return None
    word = words[at]
    for phrase in _ALL:
        if tuple(words[at : at + len(phrase)]) == phrase:
            return ALL_TIME, at + len(phrase)
    if word in _SINCE | _UNTIL:
        return _open_ended(words, at, today)
    if word in _THIS | _LAST:
        return _relative(words, at, today)
    return _absolute(words, at, today)


def counts_back(words: Sequence[str], at: int) -> bool:
    """Whether "last N units" stands at a place, whatever N is."""
    return at + 2 < len(words) and words[at] in _LAST and words[at + 1].isdigit() and words[at + 2] in UNITS


def _absolute(words: Sequence[str], at: int, today: date) -> _Found | None:
    word = words[at]
    if word in _NEAR_DAYS:
        return period_of(Grain.DAY, today - _NEAR_DAYS[word] * ONE_DAY), at + 1
    if word in _TO_DATE:
        return period_of(_TO_DATE[word], today), at + 1
    if word in _MONTHS:
        return _named_month(words, at, today)
    numbered = _numbered(words, at, today)
    if numbered:
        return numbered
    if ".." in word:
        start, _, end = word.partition("..")
        first, last = _iso(start), _iso(end)
        return (joined, at + 1) if first and last and (joined := _joined(first, last)) else None
    single = _iso(word)
    return (single, at + 1) if single else None


def _numbered(words: Sequence[str], at: int, today: date) -> _Found | None:
    """Read "q3", "q3 2025", "week 47" or "week 47 2025"; without a year the latest one that has begun."""
    quarter = re.fullmatch("q([1-4])", words[at])
    number = words[at + 1] if at + 1 < len(words) else ""
    if quarter:
        form, after = f"q{quarter.group(1)}", at + 1
    elif words[at] in ("week", "wk") and re.fullmatch(r"\d\d?", number):
        form, after = f"w{number}", at + 2
    else:
        return None
    if after < len(words) and re.fullmatch(_YEAR, words[after]):
        years, after = [int(words[after])], after + 1
    else:
        years = [today.year + 1, today.year, today.year - 1]  # an ISO year may begin in December
    found = [period for year in years if (period := _iso(f"{year}-{form}"))]
    begun = [period for period in found if len(years) == 1 or period.bounds()[0] <= today]
    return (begun[0], after) if begun else None


def _relative(words: Sequence[str], at: int, today: date) -> _Found | None:
    following = words[at + 1] if at + 1 < len(words) else ""
    if following in UNITS:
        grain = UNITS[following]
        if words[at] in _THIS:
            return period_of(grain, today), at + 2
        return last_complete(grain, today), at + 2
    if counts_back(words, at):
        return _counted(int(following) if following.isdecimal() else 0, UNITS[words[at + 2]], at, today)
    if following in _MONTHS:
        month, after = _named_month(words, at + 1, today)
        is_running = words[at] in _LAST and today < month.bounds()[1]
        return (year_before(month), after) if is_running else (month, after)
    return None


def _counted(count: int, grain: Grain, at: int, today: date) -> _Found | None:
    if not 1 <= count <= _MOST:
        return None
    try:
        found = last_complete(grain, today, count)
    except (ValueError, OverflowError):
        return None
    return (found, at + 3) if found.bounds()[0].year >= _FIRST_YEAR else None


def _named_month(words: Sequence[str], at: int, today: date) -> _Found:
    month = _MONTHS[words[at]]
    following = words[at + 1] if at + 1 < len(words) else ""
    if re.fullmatch(r"(19|20)\d\d", following):
        return period_of(Grain.MONTH, date(int(following), month, 1)), at + 2
    year = today.year if month <= today.month else today.year - 1
    return period_of(Grain.MONTH, date(year, month, 1)), at + 1


def _open_ended(words: Sequence[str], at: int, today: date) -> _Found | None:
    found = (
        read_period(words, at + 1, today)
        if at + 1 < len(words) and words[at + 1] not in _SINCE | _UNTIL
        else None
    )
    if found is None or found[0].is_all_time:
        return None
    start, end = found[0].bounds()
    if words[at] in _UNTIL:
        return (Period(BEGINNING, end, found[0].grain), found[1]) if end > BEGINNING else None
    last = shift(found[0].grain, start_of(found[0].grain, today), 1)
    return (Period(start, last, found[0].grain), found[1]) if start < last else None


def _iso(word: str) -> Period | None:
    """Read 2026, 2026-09, 2026-Q3, 2026-W47 or 2026-09-05; a date that doesn't exist is no period."""
    try:
        return _iso_form(word)
    except ValueError:
        return None


def _iso_form(word: str) -> Period | None:
    for pattern, grain, first_day in _FORMS:
        if match := re.fullmatch(pattern, word):
            return period_of(grain, first_day(*(int(part) for part in match.groups())))
    return None


def _joined(first: Period, last: Period) -> Period | None:
    start, end = first.bounds()[0], last.bounds()[1]
    if start >= end:
        return None
    if first.grain is last.grain:
        return Period(start, end, first.grain)
    return Period(start, end, Grain.MONTH if whole_months(start, end) else Grain.DAY)


def canonical_period(period: Period) -> str:
    """Return the absolute form that reads back as the same period."""
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


def _canonical_unit(grain: Grain, start: date) -> str:
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
