"""Periods in words, English and Dutch, and back to their shortest absolute form."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from kpi_engine.periods import (
    ALL_TIME,
    ONE_DAY,
    Grain,
    Period,
    add_months,
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
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            ("monday", "maandag"),
            ("tuesday", "dinsdag"),
            ("wednesday", "woensdag"),
            ("thursday", "donderdag"),
            ("friday", "vrijdag"),
            ("saturday", "zaterdag"),
            ("sunday", "zondag"),
        )
    )
    for name in names
}
_THIS = {"this", "deze", "dit", "current", "huidige", "lopende"}
_LAST = {"last", "vorige", "vorig", "laatste", "afgelopen", "voorbije", "past", "previous", "prev"}
_TO_DATE = {"mtd": Grain.MONTH, "qtd": Grain.QUARTER, "ytd": Grain.YEAR, "wtd": Grain.WEEK}
_NEAR_DAYS = {"today": 0, "vandaag": 0, "yesterday": 1, "gisteren": 1}
_ALL = {("all", "time"), ("ever",), ("alles",), ("ooit",), ("alltime",)}
_SINCE, _UNTIL = {"since", "sinds", "vanaf"}, {"until", "tot", "till"}
_NOW, _OF = {"now", "nu"}, {"of", "van"}
_FROM, _BETWEEN = {"from", "van"}, {"between", "tussen"}
RANGE = ".."
_TO = {RANGE, "to", "through", "thru", "t/m", "tem", *_UNTIL}
COUNTS = {
    name: number
    for number, names in enumerate(
        (
            ("two", "twee"),
            ("three", "drie"),
            ("four", "vier"),
            ("five", "vijf"),
            ("six", "zes"),
            ("seven", "zeven"),
            ("eight", "acht"),
            ("nine", "negen"),
            ("ten", "tien"),
            ("eleven", "elf"),
            ("twelve", "twaalf"),
        ),
        start=2,
    )
    for name in names
}
_FIRST_YEAR = 1900
"""The first year that can be written; "last N" goes no further back."""
_MOST = 1200
"""Units that "last N" takes at most."""
PERIOD_WORDS = frozenset(
    (
        *_MONTHS,
        *_WEEKDAYS,
        *_NOW,
        *_THIS,
        *_LAST,
        *_TO_DATE,
        *_NEAR_DAYS,
        *_SINCE,
        *_UNTIL,
        *_FROM,
        *_BETWEEN,
        *_TO,
        *COUNTS,
    )
) | {word for phrase in _ALL for word in phrase}
"""The words of which periods are made."""

_YEAR = r"((?:19|20)\d\d)"
_FORMS: tuple[tuple[str, Grain, Callable[..., date]], ...] = (
    (_YEAR, Grain.YEAR, lambda year: date(year, 1, 1)),
    (_YEAR + r"-?q([1-4])", Grain.QUARTER, lambda year, quarter: date(year, 3 * quarter - 2, 1)),
    (_YEAR + r"-?w(\d\d?)", Grain.WEEK, lambda year, week: date.fromisocalendar(year, week, 1)),
    (_YEAR + r"-(\d\d?)", Grain.MONTH, lambda year, month: date(year, month, 1)),
    (_YEAR + r"-(\d\d?)-(\d\d?)", Grain.DAY, date),
)

_DAY = re.compile(r"([1-9]|[12]\d|3[01])(?:st|nd|rd|th|e|de|ste)?")
_A_YEAR = "(?: (?:19|20)\\d\\d)?"
_A_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
_A_WEEK = r"(?:w|wk|week|weeks|weken) ?\d\d?"
_ISO_END = r"(?:19|20)\d\d-[\dqw-]{1,5}"
_DASHES = tuple(
    re.compile(rf"(?<!\S)({first}){dash}({last})(?=$|[\s,?!.;])", re.IGNORECASE)
    for first, dash, last in (
        (_A_WEEK + _A_YEAR, " ?[-–—] ?", rf"(?:{_A_WEEK}|\d\d?)"),
        ("q[1-4]" + _A_YEAR, " ?[-–—] ?", "q[1-4]"),
        (_A_MONTH + _A_YEAR, " ?[-–—] ?", _A_MONTH),
        (rf"\d\d?(?: {_A_MONTH}{_A_YEAR})?", " ?[-–—] ?", rf"\d\d? {_A_MONTH}"),
        (_ISO_END, "(?: [-–—] |[–—])", _ISO_END),
    )
)
"""Two ends of a range with a dash between them: weeks, quarters, months and days, written alike."""

_Found = tuple[Period, int]


@dataclass(frozen=True, slots=True)
class _Unit:
    """One end of a range, and the place after it; `in_year` where its year wasn't written."""

    period: Period
    after: int
    in_year: Callable[[int], Period | None] | None = None


def read_period(words: Sequence[str], at: int, today: date) -> _Found | None:
    """Return the period that stands at a place and the place after it, else None."""
    if at >= len(words):
        return None
    word = words[at]
    for phrase in _ALL:
        if tuple(words[at : at + len(phrase)]) == phrase:
            return ALL_TIME, at + len(phrase)
    if word in _SINCE:
        return _since(words, at + 1, today)
    if word in _UNTIL or word == RANGE:
        return _until(words, at + 1, today)
    if word in _FROM | _BETWEEN:
        found = _range(words, at + 1, today, _TO if word in _FROM else {"and", "en"})
        return (found[0], found[1]) if found and found[2] else None
    found = _range(words, at, today, _TO)
    return found[:2] if found else None


def with_dashed_ranges(text: str) -> str:
    """Return a line in which "week 40-44", "jan - mar" and "1-15 september" have two dots for the dash."""
    for dashed in _DASHES:
        text = dashed.sub(r"\1..\2", text)
    return text


def opens_range(word: str) -> bool:
    """Whether a word, such as "since", only means something before a period."""
    return word in _SINCE | _UNTIL


def counts_back(words: Sequence[str], at: int) -> bool:
    """Whether "last N units" stands at a place, whatever N is."""
    if at + 2 >= len(words) or words[at] not in _LAST or words[at + 2] not in UNITS:
        return False
    return words[at + 1].isdigit() or words[at + 1] in COUNTS


def mended_periods(words: Sequence[str], at: int, today: date) -> list[str]:
    """Return what a range the wrong way round, or a date as people write it, may have meant, as words
    that read as periods; one for each possible meaning.
    """
    first = _unit(words, at, today)
    joint = _joint(words, first.after, _TO) if first else None
    last = _unit(words, joint, today) if joint else None
    if first and last:
        turned = _joined(last.period, first.period)
        return [canonical_period(turned)] if turned else []
    found = _as_people_write(words[at], today)
    if tuple(words[at + 1 : at + 2]) == (RANGE,):
        ends = _as_people_write(words[at + 2], today) if at + 2 < len(words) else []
        pairs = [_joined(start, end) for start, end in zip(found, ends, strict=False)]
        return [canonical_period(pair) for pair in pairs if pair]
    return [canonical_period(period) for period in found]


def _as_people_write(word: str, today: date) -> list[Period]:
    """Return what "15/09/2026", "15/9", "09/2026", "2026/09" or "2025-2026" may mean, the day before the
    month first.
    """
    if years := re.fullmatch(_YEAR + "[/-]" + _YEAR, word):
        first, last = (period_of(Grain.YEAR, date(int(year), 1, 1)) for year in years.groups())
        return [joined for joined in (_joined(first, last),) if joined]
    if day := re.fullmatch(r"(\d\d?)[/.-](\d\d?)", word):
        one, two = day.groups()
        begun = (_latest(_yearly(f"{month}-{of}"), (), 0, today) for of, month in ((one, two), (two, one)))
        return list(dict.fromkeys(unit.period for unit in begun if unit))
    if found := re.fullmatch(r"(\d\d?)[/.-](\d\d?)[/.-]" + _YEAR, word):
        one, two, year = found.groups()
        forms = [f"{year}-{two}-{one}", f"{year}-{one}-{two}"]
    elif found := re.fullmatch(r"(\d\d?)[/.-]" + _YEAR, word):
        forms = [f"{found.group(2)}-{found.group(1)}"]
    elif found := re.fullmatch(_YEAR + r"[/.](\d\d?)(?:[/.](\d\d?))?", word):
        forms = ["-".join(part for part in found.groups() if part)]
    else:
        return []
    return [period for form in dict.fromkeys(forms) if (period := _iso(form))]


def joined_period(first: Period, last: Period) -> Period | None:
    """Return the period from the start of one to the end of another; None the wrong way round."""
    return None if first.is_all_time or last.is_all_time else _joined(first, last)


def _range(
    words: Sequence[str], at: int, today: date, to: AbstractSet[str]
) -> tuple[Period, int, bool] | None:
    """Read a period or two with a joint; the last part tells whether it was two."""
    first = _unit(words, at, today) or _same_month(words, at, to, today)
    if first is None:
        return None
    joint = _joint(words, first.after, to)
    if joint and words[joint : joint + 1] and words[joint] in _NOW:
        until_now = _to_now(first.period, today)
        after = joint + (2 if tuple(words[joint : joint + 2]) == ("nu", "toe") else 1)
        return (until_now, after, True) if until_now else None
    last = _unit(words, joint, today) if joint else None
    if joint and last is None:
        last = _same_unit(words, first, at, joint)
    if last is not None:
        both = _both(first, last)
        return (both, last.after, True) if both else None
    if words[first.after : first.after + 1] == [RANGE]:
        until_now = _to_now(first.period, today)
        return (until_now, first.after + 1, True) if until_now else None
    return first.period, first.after, False


def _joint(words: Sequence[str], at: int, to: AbstractSet[str]) -> int | None:
    """Return the place after "to", "..", "t/m" or "tot en met"; None where no such word stands."""
    if at >= len(words) or words[at] not in to:
        return None
    return at + 3 if tuple(words[at : at + 3]) == ("tot", "en", "met") else at + 1


def _same_unit(words: Sequence[str], first: _Unit, at: int, joint: int) -> _Unit | None:
    """Read the "44" of "week 40..44" and "w40..44"."""
    is_week = words[at] in _WEEK or _RUN_ON_WEEK.fullmatch(words[at])
    if not is_week or joint >= len(words) or not re.fullmatch(r"\d\d?", words[joint]):
        return None
    in_year = _yearly(f"w{words[joint]}")
    year = first.period.bounds()[0].isocalendar().year
    period = in_year(year) or in_year(year + 1)
    return _Unit(period, joint + 1, in_year) if period else None


def _same_month(words: Sequence[str], at: int, to: AbstractSet[str], today: date) -> _Unit | None:
    """Read the "1" of "1..15 september"."""
    day = _DAY.fullmatch(words[at]) if at < len(words) else None
    joint = _joint(words, at + 1, to)
    if day is None or joint is None:
        return None
    last = _dated(words, joint, today)
    end = last.period.bounds()[0] if last else None
    if last is None or end is None or int(day.group(1)) > end.day:
        return None
    form = f"{end.month:02}-{int(day.group(1)):02}"
    return _Unit(period_of(Grain.DAY, end.replace(day=int(day.group(1)))), at + 1, _yearly(form))


def _both(first: _Unit, last: _Unit) -> Period | None:
    """Join two ends; one without a year takes the year that puts it next to the other."""
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
    return _joined(start, end)


def _unit(words: Sequence[str], at: int, today: date) -> _Unit | None:
    """Read one period, without an open end."""
    if at >= len(words):
        return None
    word = words[at]
    if word in _THIS | _LAST:
        found = _relative(words, at, today)
        return _Unit(*found) if found else None
    if word in _NEAR_DAYS:
        return _Unit(period_of(Grain.DAY, today - _NEAR_DAYS[word] * ONE_DAY), at + 1)
    running = _to_date(words, at)
    if running:
        return _Unit(period_of(running[0], today), running[1])
    named = _named(words, at, today) or _dated(words, at, today)
    if named:
        return named
    single = _iso(word)
    return _Unit(single, at + 1) if single else None


def _to_date(words: Sequence[str], at: int) -> tuple[Grain, int] | None:
    """Read "ytd" or "year to date"."""
    if words[at] in _TO_DATE:
        return _TO_DATE[words[at]], at + 1
    if words[at] in UNITS and tuple(words[at + 1 : at + 3]) == ("to", "date"):
        return UNITS[words[at]], at + 3
    return None


_WEEK = ("week", "wk", "weeks", "weken")
_RUN_ON_WEEK = re.compile(r"(?:w|wk|week)(\d\d?)")


def _yearly(form: str) -> Callable[[int], Period | None]:
    return lambda year: _iso(f"{year}-{form}")


def _half(which: str) -> Callable[[int], Period | None]:
    first = 3 * int(which) * 2 - 5  # January or July
    return lambda year: Period(date(year, first, 1), add_months(date(year, first, 1), 6), Grain.QUARTER)


def _named(words: Sequence[str], at: int, today: date) -> _Unit | None:
    """Read a month, a quarter, a half year, a week or a weekday by its name, with or without its year;
    without one it is the latest that has begun.
    """
    if UNITS.get(words[at]) is Grain.MONTH:  # "the month of october"
        name = at + (2 if set(words[at + 1 : at + 2]) <= _OF else 1)
        return _named(words, name, today) if name < len(words) and words[name] in _MONTHS else None
    if words[at] in _WEEKDAYS:
        days = (today.weekday() - _WEEKDAYS[words[at]]) % 7  # today where it is the day
        return _Unit(period_of(Grain.DAY, today - days * ONE_DAY), at + 1)
    number = words[at + 1] if at + 1 < len(words) else ""
    if half := re.fullmatch("h([12])", words[at]):
        return _latest(_half(half.group(1)), words, at + 1, today)
    if words[at].rstrip(".") in _MONTHS:
        form, after = f"{_MONTHS[words[at].rstrip('.')]:02}", at + 1
    elif re.fullmatch("q[1-4]", words[at]):
        form, after = words[at], at + 1
    elif run_on := _RUN_ON_WEEK.fullmatch(words[at]):
        form, after = f"w{run_on.group(1)}", at + 1
    elif words[at] in _WEEK and re.fullmatch(r"\d\d?", number):
        form, after = f"w{number}", at + 2
    else:
        return None
    return _latest(_yearly(form), words, after, today)


def _dated(words: Sequence[str], at: int, today: date) -> _Unit | None:
    """Read "5 september", with or without its year."""
    day = _DAY.fullmatch(words[at]) if at < len(words) else None
    name = at + (2 if set(words[at + 1 : at + 2]) & _OF else 1)
    month = words[name].rstrip(".") if name < len(words) else ""
    if day is None or month not in _MONTHS:
        return None
    return _latest(_yearly(f"{_MONTHS[month]:02}-{int(day.group(1)):02}"), words, name + 1, today)


def _latest(
    in_year: Callable[[int], Period | None], words: Sequence[str], after: int, today: date
) -> _Unit | None:
    """Return the period of a year that its name doesn't hold: the one that follows, else the latest begun."""
    if after < len(words) and re.fullmatch(_YEAR, words[after]):
        period = in_year(int(words[after]))
        return _Unit(period, after + 1) if period else None
    years = (today.year + 1, today.year, today.year - 1)  # an ISO year may begin in December
    begun = [found for year in years if (found := in_year(year)) and found.bounds()[0] <= today]
    return _Unit(begun[0], after, in_year) if begun else None


def _relative(words: Sequence[str], at: int, today: date) -> _Found | None:
    following = words[at + 1] if at + 1 < len(words) else ""
    if following in UNITS:
        grain = UNITS[following]
        if words[at] in _THIS:
            return period_of(grain, today), at + 2
        return last_complete(grain, today), at + 2
    if counts_back(words, at):
        count = COUNTS.get(following) or (int(following) if following.isdecimal() else 0)
        return _counted(count, UNITS[words[at + 2]], at, today)
    if following in _WEEKDAYS and words[at] in _LAST:
        days = (today.weekday() - _WEEKDAYS[following] - 1) % 7 + 1
        return period_of(Grain.DAY, today - days * ONE_DAY), at + 2
    named = _named(words, at + 1, today) if following in _MONTHS else None
    if named:
        is_running = words[at] in _LAST and today < named.period.bounds()[1]
        return (year_before(named.period) if is_running else named.period), named.after
    return None


def _counted(count: int, grain: Grain, at: int, today: date) -> _Found | None:
    if not 1 <= count <= _MOST:
        return None
    try:
        found = last_complete(grain, today, count)
    except (ValueError, OverflowError):
        return None
    return (found, at + 3) if found.bounds()[0].year >= _FIRST_YEAR else None


def _since(words: Sequence[str], at: int, today: date) -> _Found | None:
    found = _range(words, at, today, _TO)
    if found is None or found[2]:
        return found[:2] if found else None
    until_now = _to_now(found[0], today)
    return (until_now, found[1]) if until_now else None


def _to_now(first: Period, today: date) -> Period | None:
    start, end = first.bounds()[0], shift(first.grain, start_of(first.grain, today), 1)
    return Period(start, end, first.grain) if start < end else None


def _until(words: Sequence[str], at: int, today: date) -> _Found | None:
    last = _unit(words, at + 2 if tuple(words[at : at + 2]) == ("en", "met") else at, today)
    if last is None:
        return None
    end = last.period.bounds()[1]
    return (Period(BEGINNING, end, last.period.grain), last.after) if end > BEGINNING else None


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
