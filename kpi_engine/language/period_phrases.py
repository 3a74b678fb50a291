"""Periods in words, English and Dutch, and back to their shortest absolute form."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from kpi_engine.domain.periods import (
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
from kpi_engine.language.folding import UNITS

BEGINNING = date(1970, 1, 1)
"""Where "until" begins."""

MONTHS = {
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
THIS = {"this", "deze", "dit", "current", "huidige", "lopende"}
LAST = {"last", "vorige", "vorig", "laatste", "afgelopen", "voorbije", "past", "previous", "prev"}
_TO_DATE = {"mtd": Grain.MONTH, "qtd": Grain.QUARTER, "ytd": Grain.YEAR, "wtd": Grain.WEEK}
_SO_FAR = {("to", "date"), ("so", "far")}
_NEAR_DAYS = {"today": 0, "vandaag": 0, "yesterday": 1, "gisteren": 1, "eergisteren": 2}
_ALL = {("all", "time"), ("ever",), ("alles",), ("ooit",), ("alltime",)}
SINCE, UNTIL = {"since", "sinds", "vanaf"}, {"until", "tot", "till"}
_NOW, OF = {"now", "nu", "date"}, {"of", "van"}
FROM, BETWEEN = {"from", "van"}, {"between", "tussen"}
OPENERS = SINCE | UNTIL | FROM | BETWEEN
RANGE = ".."
TO = {RANGE, "to", "through", "thru", "t/m", "tem", *UNTIL}
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
ORDINALS = {
    name: number
    for number, names in enumerate(
        (
            ("first", "1st", "eerste", "1e", "1ste"),
            ("second", "2nd", "tweede", "2e", "2de"),
            ("third", "3rd", "derde", "3e", "3de"),
            ("fourth", "4th", "vierde", "4e", "4de"),
        ),
        start=1,
    )
    for name in names
}
HALVES = {"half", "helft", "halfjaar", "semester"}
AGO = {"ago", "geleden", "terug"}
ONE = {"a", "an", "one", "een"}
ONWARDS = {"onwards", "onward"}
PLURALS = {
    *("days", "dagen", "weeks", "weken", "wks", "months", "maanden", "mths", "quarters", "kwartalen"),
    *("years", "jaren", "yrs"),
}
"""Units that say nothing without their number."""
THE = {"the", "de", "het"}
NUMBERED = {"nr", "no", "number", "nummer"}
_YEAR_BEFORE = {"last", "previous", "prev", "vorig", "vorige"}
_ONE_YEAR = {"year", "yr", "jaar"}
_FIRST_YEAR = 1900
"""The first year that can be written; "last N" goes no further back."""
_MOST = 1200
"""Units that "last N" takes at most."""
PERIOD_WORDS = frozenset(
    (
        *MONTHS,
        *_WEEKDAYS,
        *_NOW,
        *THIS,
        *LAST,
        *_TO_DATE,
        *_NEAR_DAYS,
        *SINCE,
        *UNTIL,
        *FROM,
        *BETWEEN,
        *TO,
        *COUNTS,
    )
) | {word for phrase in _ALL for word in phrase}
"""The words of which periods are made."""

YEAR = r"((?:19|20)\d\d)"
_FORMS: tuple[tuple[str, Grain, Callable[..., date]], ...] = (
    (YEAR, Grain.YEAR, lambda year: date(year, 1, 1)),
    (YEAR + r"[-/]?q([1-4])", Grain.QUARTER, lambda year, quarter: date(year, 3 * quarter - 2, 1)),
    (YEAR + r"-?w(\d\d?)", Grain.WEEK, lambda year, week: date.fromisocalendar(year, week, 1)),
    (YEAR + r"-(\d\d?)", Grain.MONTH, lambda year, month: date(year, month, 1)),
    (YEAR + r"-(\d\d?)-(\d\d?)", Grain.DAY, date),
    (YEAR + r"(\d\d)(\d\d)", Grain.DAY, date),
)

DAY = re.compile(r"([1-9]|[12]\d|3[01])(?:st|nd|rd|th|e|de|ste)?")
_A_YEAR = "(?: (?:19|20)\\d\\d)?"
_A_MONTH = rf"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})"
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

_SHORT_YEARS = tuple(
    re.compile(rf"(?:(?<!\S)|(?<=\.\.))({name}){year}(?=$|[\s,?!.;])", re.IGNORECASE)
    for name, year in (
        (rf"{_A_MONTH}|q[1-4]|h[12]|{_A_WEEK}", r" ?'([0-3]\d)"),
        (_A_MONTH, r"-(2\d)"),
    )
)
"""A year in two digits, after its apostrophe or as spreadsheets write a month: "Jan-25"."""
_SLASHED_YEAR = re.compile(rf"(?<!\S)(q[1-4]|h[12]|{_A_MONTH})/{YEAR}(?!\S)", re.IGNORECASE)

InYear = Callable[[int], Period | None]
_Found = tuple[Period, int]


@dataclass(frozen=True, slots=True)
class Unit:
    """One end of a range, and the place after it; `in_year` where its year wasn't written."""

    period: Period
    after: int
    in_year: InYear | None = None


def read_period(words: Sequence[str], at: int, today: date) -> _Found | None:
    """Return the period that stands at a place and the place after it, else None."""
    if at >= len(words):
        return None
    word = words[at]
    for phrase in _ALL:
        if tuple(words[at : at + len(phrase)]) == phrase:
            return ALL_TIME, at + len(phrase)
    if word in SINCE:
        return _since(words, at + 1, today)
    if word in UNTIL or word == RANGE:
        return _until(words, at + 1, today)
    if word in FROM | BETWEEN:
        found = _range(words, at + 1, today, TO if word in FROM else {"and", "en"})
        return (found[0], found[1]) if found and found[2] else None
    found = _range(words, at + 2 if _is_over(words, at) else at, today, TO)
    return found[:2] if found else None


def with_periods_spelled(text: str) -> str:
    """Return a line in which "week 40-44", "jan - mar" and "1-15 september" have two dots for the dash,
    and "jan '25", "Jan-25" and "q3/2025" their whole year; what is quoted stays as it is.
    """
    if '"' not in text:
        return _spelled(text)
    pieces = re.split('("[^"]*"?)', text)
    pieces[::2] = map(_spelled, pieces[::2])
    return "".join(pieces)


def _spelled(text: str) -> str:
    if not re.search(r"\d|[-–—]", text):
        return text
    for shortened in _SHORT_YEARS:
        text = shortened.sub(r"\1 20\2", text)
    text = _SLASHED_YEAR.sub(r"\1 \2", text)
    for dashed in _DASHES:
        text = dashed.sub(r"\1..\2", text)
    return text


def _is_over(words: Sequence[str], at: int) -> bool:
    """Whether "over the" stands before "last 6 months", where it says no more than "in the"."""
    return words[at] == "over" and at + 2 < len(words) and words[at + 1] in THE and words[at + 2] in LAST


def periods_beside(
    words: Sequence[str], at: int, joints: AbstractSet[str], today: date
) -> tuple[list[Period], int]:
    """Return the periods that stand beside each other, or only with `joints` between them, and the place
    after them. One without a year takes the year that puts it next to one that has its own.
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
    """Whether a word, such as "since", only means something before a period."""
    return word in SINCE | UNTIL


def counts_back(words: Sequence[str], at: int) -> bool:
    """Whether "last N units" stands at a place, whatever N is."""
    if at + 2 >= len(words) or words[at] not in LAST or words[at + 2] not in UNITS:
        return False
    return words[at + 1].isdigit() or _count(words[at + 1]) > 0


def counted_ago(words: Sequence[str], at: int) -> tuple[int, Grain] | None:
    """Return the number and the unit of "two weeks ago" where that stands at a place, else None."""
    if at + 2 >= len(words) or words[at + 1] not in UNITS or words[at + 2] not in AGO:
        return None
    count = _count(words[at])
    return (count, UNITS[words[at + 1]]) if count else None


def _count(word: str) -> int:
    """Return the number that is written, 0 where none is."""
    return COUNTS.get(word) or (1 if word in ONE else int(word) if re.fullmatch("[0-9]{1,9}", word) else 0)


def _range(
    words: Sequence[str], at: int, today: date, to: AbstractSet[str]
) -> tuple[Period, int, bool] | None:
    """Read a period or two with a joint; the last part tells whether it was two."""
    first = read_unit(words, at, today) or _same_month(words, at, to, today)
    if first is None:
        return None
    joint = joint_after(words, first.after, to)
    if joint and words[joint : joint + 1] and words[joint] in _NOW:
        until_now = _to_now(first.period, today)
        after = joint + (2 if tuple(words[joint : joint + 2]) == ("nu", "toe") else 1)
        return (until_now, after, True) if until_now else None
    last = read_unit(words, joint, today) if joint else None
    if joint and last is None:
        last = _same_unit(words, first, at, joint)
    if last is not None:
        both = joined_period(*in_order(first, last))
        return (both, last.after, True) if both else None
    is_so_far = tuple(words[first.after : first.after + 2]) in _SO_FAR
    if is_so_far or set(words[first.after : first.after + 1]) & {RANGE, *ONWARDS}:
        until_now = _to_now(first.period, today)
        return (until_now, first.after + (2 if is_so_far else 1), True) if until_now else None
    return first.period, first.after, False


def joint_after(words: Sequence[str], at: int, to: AbstractSet[str] = frozenset(TO)) -> int | None:
    """Return the place after "to", "..", "t/m" or "tot en met"; None where no such word stands."""
    if at >= len(words) or words[at] not in to:
        return None
    return at + 3 if tuple(words[at : at + 3]) == ("tot", "en", "met") else at + 1


def _same_unit(words: Sequence[str], first: Unit, at: int, joint: int) -> Unit | None:
    """Read the "44" of "week 40..44" and "w40..44"."""
    is_week = words[at] in WEEKS or RUN_ON_WEEK.fullmatch(words[at])
    if not is_week or joint >= len(words) or not re.fullmatch(r"\d\d?", words[joint]):
        return None
    in_year = yearly(f"w{words[joint]}")
    year = first.period.bounds()[0].isocalendar().year
    period = in_year(year) or in_year(year + 1)
    return Unit(period, joint + 1, in_year) if period else None


def _same_month(words: Sequence[str], at: int, to: AbstractSet[str], today: date) -> Unit | None:
    """Read the "1" of "1..15 september"."""
    day = DAY.fullmatch(words[at]) if at < len(words) else None
    joint = joint_after(words, at + 1, to)
    if day is None or joint is None:
        return None
    last = _dated(words, joint, today)
    end = last.period.bounds()[0] if last else None
    if last is None or end is None or int(day.group(1)) > end.day:
        return None
    form = f"{end.month:02}-{int(day.group(1)):02}"
    return Unit(period_of(Grain.DAY, end.replace(day=int(day.group(1)))), at + 1, yearly(form))


def in_order(first: Unit, last: Unit) -> tuple[Period, Period]:
    """Return two ends; one without a year takes the year that puts it next to the other."""
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


def read_unit(words: Sequence[str], at: int, today: date) -> Unit | None:
    """Read one period, without an open end."""
    if at >= len(words):
        return None
    if counted_ago(words, at):
        return _ago(words, at, today)
    for reader in (_relative, _to_date, _named, _dated, _absolute):
        found = reader(words, at, today)
        if found:
            return found
    return None


def _to_date(words: Sequence[str], at: int, today: date) -> Unit | None:
    """Read "ytd" or "year to date"."""
    if words[at] in _TO_DATE:
        return Unit(period_of(_TO_DATE[words[at]], today), at + 1)
    if words[at] in UNITS and tuple(words[at + 1 : at + 3]) in _SO_FAR:
        return Unit(period_of(UNITS[words[at]], today), at + 3)
    return None


def _ago(words: Sequence[str], at: int, today: date) -> Unit | None:
    """Read "two weeks ago": the unit that is so many before the running one."""
    counted = counted_ago(words, at)
    back = _counted(*counted, today) if counted else None
    return Unit(period_of(back.grain, back.bounds()[0]), at + 3) if back else None


def _absolute(words: Sequence[str], at: int, today: date) -> Unit | None:
    if half := re.fullmatch(YEAR + "[-/]?h([12])", words[at]):
        period = _half(int(half.group(2)))(int(half.group(1)))
        return Unit(period, at + 1) if period else None
    single = iso_period(words[at])
    if single and single.grain is Grain.YEAR:
        return _year_first(words, at, single, today)
    return Unit(single, at + 1) if single else None


def _year_first(words: Sequence[str], at: int, year: Period, today: date) -> Unit:
    """Read "2025", and "2025 Q3" where no other year follows."""
    part = part_of_year(words, at + 1)
    if part and not _written_year(words, part[1], today):
        within = part[0](year.bounds()[0].year)
        if within:
            return Unit(within, part[1])
    return Unit(year, at + 1)


WEEKS = ("week", "wk", "weeks", "weken")
RUN_ON_WEEK = re.compile(r"(?:w|wk|week)(\d\d?)")
QUARTERS = {"quarter", "kwartaal", "qtr"}


def yearly(form: str) -> InYear:
    return lambda year: iso_period(f"{year}-{form}")


def _half(which: int) -> InYear:
    first = 6 * which - 5  # January or July
    return lambda year: Period(date(year, first, 1), add_months(date(year, first, 1), 6), Grain.QUARTER)


def _named(words: Sequence[str], at: int, today: date) -> Unit | None:
    """Read a part of a year or a weekday by its name; without its year it is the latest that has begun."""
    if at >= len(words):
        return None
    if UNITS.get(words[at]) is Grain.MONTH:  # "the month of october"
        name = at + (2 if set(words[at + 1 : at + 2]) <= OF else 1)
        return _named(words, name, today) if name < len(words) and words[name] in MONTHS else None
    if words[at] in _WEEKDAYS:
        days = (today.weekday() - _WEEKDAYS[words[at]]) % 7  # today where it is the day
        return Unit(period_of(Grain.DAY, today - days * ONE_DAY), at + 1)
    part = part_of_year(words, at)
    return latest(part[0], words, part[1], today) if part else None


def part_of_year(words: Sequence[str], at: int) -> tuple[InYear, int] | None:
    """Read the name of a month, a day of it, a quarter, a half year or a week, and no year after it."""
    if at >= len(words):
        return None
    word = words[at]
    if word.rstrip(".") in MONTHS:
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
    place = at + (2 if set(words[at + 1 : at + 2]) & NUMBERED else 1)
    number = words[place] if place < len(words) else ""
    if words[at] in WEEKS and re.fullmatch(r"\d\d?", number):
        return yearly(f"w{number}"), place + 1
    if words[at] in QUARTERS | HALVES and re.fullmatch("[1-4]", number):
        return _quarter_or_half(int(number), words[at] in HALVES, place + 1)
    return None


def _quarter_or_half(number: int, is_half: bool, after: int) -> tuple[InYear, int] | None:
    if not is_half:
        return yearly(f"q{number}"), after
    return (_half(number), after) if number <= 2 else None  # noqa: PLR2004


def _month(words: Sequence[str], at: int) -> tuple[InYear, int] | None:
    """Read "october", "october 12th" and "oct 12, 2026"; not "oct 12", which may be of 2012."""
    month, following = MONTHS[words[at].rstrip(".")], words[at + 1] if at + 1 < len(words) else ""
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
    """Whether a number after a month's name is its own, and not of "5 september" or "2 weeks ago"."""
    following = words[at + 1] if at + 1 < len(words) else ""
    return following.rstrip(".") not in MONTHS and following not in UNITS and following not in HALVES


def _ordinal(words: Sequence[str], at: int) -> tuple[InYear, int] | None:
    """Read "first quarter" and "eerste helft"; half a month is no half year."""
    unit = words[at + 1] if at + 1 < len(words) else ""
    if unit not in QUARTERS | HALVES:
        return None
    after = at + (3 if set(words[at + 2 : at + 3]) & _ONE_YEAR and unit == "half" else 2)
    if unit in HALVES and half_of_month(words, at):
        return None
    if set(words[after : after + 1]) & OF and set(words[after + 1 : after + 2]) & THE:  # "of the year"
        after += 3 if set(words[after + 2 : after + 3]) & _ONE_YEAR else 0
    return _quarter_or_half(ORDINALS[words[at]], unit in HALVES, after)


def half_of_month(words: Sequence[str], at: int) -> int | None:
    """Return the place of the month in "first half of october", None where no such half stands."""
    if at + 2 >= len(words) or words[at] not in ORDINALS or words[at + 1] not in HALVES:
        return None
    month = at + (3 if words[at + 2] in OF else 2)
    if month >= len(words):
        return None
    is_relative = words[month] in THIS | LAST and set(map(UNITS.get, words[month + 1 : month + 2])) == {
        Grain.MONTH
    }
    return month if is_relative or words[month].rstrip(".") in MONTHS else None


def _dated(words: Sequence[str], at: int, today: date) -> Unit | None:
    """Read "5 september", with or without its year."""
    day = DAY.fullmatch(words[at]) if at < len(words) else None
    name = at + (2 if set(words[at + 1 : at + 2]) & OF else 1)
    month = words[name].rstrip(".") if name < len(words) else ""
    if day is None or month not in MONTHS:
        return None
    after = name + 2 if has_comma_and_year(words, name + 1) else name + 1
    return latest(yearly(f"{MONTHS[month]:02}-{int(day.group(1)):02}"), words, after, today)


def has_comma_and_year(words: Sequence[str], at: int) -> bool:
    """Whether the ", 2026" of "oct 12, 2026" stands at a place."""
    return words[at : at + 1] == [","] and re.fullmatch(YEAR, "".join(words[at + 1 : at + 2])) is not None


def latest(
    in_year: Callable[[int], Period | None], words: Sequence[str], after: int, today: date
) -> Unit | None:
    """Return the period of a year that its name doesn't hold: the one that follows, else the latest begun."""
    written = _written_year(words, after, today)
    if written:
        period = in_year(written[0])
        return Unit(period, written[1]) if period else None
    years = (today.year + 1, today.year, today.year - 1)  # an ISO year may begin in December
    begun = [found for year in years if (found := in_year(year)) and found.bounds()[0] <= today]
    return Unit(begun[0], after, in_year) if begun else None


def _written_year(words: Sequence[str], at: int, today: date) -> tuple[int, int] | None:
    """Read the "2025", "of 2025" or "last year" after a name: the year and the place after it."""
    if set(words[at : at + 1]) & OF:
        at += 1
    if at < len(words) and re.fullmatch(YEAR, words[at]):
        return int(words[at]), at + 1
    if not set(words[at + 1 : at + 2]) & _ONE_YEAR:
        return None
    if words[at] in _YEAR_BEFORE:
        return today.year - 1, at + 2
    return (today.year, at + 2) if words[at] in THIS else None


def _relative(words: Sequence[str], at: int, today: date) -> Unit | None:
    """Read "yesterday", "this month", "last 3 weeks", "last monday" and "last october"."""
    if words[at] in _NEAR_DAYS:
        return Unit(period_of(Grain.DAY, today - _NEAR_DAYS[words[at]] * ONE_DAY), at + 1)
    if words[at] not in THIS | LAST or at + 1 >= len(words):
        return None
    following = words[at + 1]
    period: Period | None = None
    if following in UNITS and words[at] in THIS:
        period = period_of(UNITS[following], today)
    elif following in UNITS and following not in PLURALS:
        period = last_complete(UNITS[following], today)
    elif following in _WEEKDAYS and words[at] in LAST:
        days = (today.weekday() - _WEEKDAYS[following] - 1) % 7 + 1
        period = period_of(Grain.DAY, today - days * ONE_DAY)
    elif counts_back(words, at):
        period = _counted(_count(following), UNITS[words[at + 2]], today)
        return Unit(period, at + 3) if period else None
    elif following in MONTHS:
        return _relative_month(words, at, today)
    return Unit(period, at + 2) if period else None


def _relative_month(words: Sequence[str], at: int, today: date) -> Unit | None:
    named = _named(words, at + 1, today)
    if named is None:
        return None
    is_running = words[at] in LAST and today < named.period.bounds()[1]
    return Unit(year_before(named.period) if is_running else named.period, named.after)


def _counted(count: int, grain: Grain, today: date) -> Period | None:
    if not 1 <= count <= _MOST:
        return None
    try:
        found = last_complete(grain, today, count)
    except (ValueError, OverflowError):
        return None
    return found if found.bounds()[0].year >= _FIRST_YEAR else None


def _since(words: Sequence[str], at: int, today: date) -> _Found | None:
    found = _range(words, at, today, TO)
    if found is None or found[2]:
        return found[:2] if found else None
    until_now = _to_now(found[0], today)
    return (until_now, found[1]) if until_now else None


def _to_now(first: Period, today: date) -> Period | None:
    start, end = first.bounds()[0], shift(first.grain, start_of(first.grain, today), 1)
    return Period(start, end, first.grain) if start < end else None


def _until(words: Sequence[str], at: int, today: date) -> _Found | None:
    last = read_unit(words, at + 2 if tuple(words[at : at + 2]) == ("en", "met") else at, today)
    if last is None:
        return None
    end = last.period.bounds()[1]
    return (Period(BEGINNING, end, last.period.grain), last.after) if end > BEGINNING else None


def iso_period(word: str) -> Period | None:
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


def joined_period(first: Period, last: Period) -> Period | None:
    """Return the period from the start of one to the end of another; None the wrong way round."""
    if first.is_all_time or last.is_all_time:
        return None
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
