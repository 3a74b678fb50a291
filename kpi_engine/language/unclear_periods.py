"""Words of a period that can't be read as one: why not, and which periods they may have meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from rapidfuzz import fuzz, process

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import ONE_DAY, Grain, Period, add_months, period_of, start_of
from kpi_engine.domain.translatable import said
from kpi_engine.language.folding import UNITS
from kpi_engine.language.period_phrases import (
    AGO,
    BETWEEN,
    DAY,
    HALVES,
    LAST,
    MONTHS,
    NUMBERED,
    OF,
    ONE,
    ONWARDS,
    OPENERS,
    ORDINALS,
    PERIOD_WORDS,
    PLURALS,
    QUARTERS,
    RANGE,
    RUN_ON_WEEK,
    SINCE,
    THE,
    TO,
    UNTIL,
    WEEKS,
    YEAR,
    canonical_period,
    counted_ago,
    counts_back,
    half_of_month,
    has_comma_and_year,
    iso_period,
    joined_period,
    joint_after,
    latest,
    may_follow_month,
    read_period,
    read_unit,
    yearly,
)

_FEW = {"few", "couple", "several", "some", "paar", "enkele", "aantal"}
_USUAL = {
    Grain.DAY: (7, 14, 30),
    Grain.WEEK: (4, 8, 13),
    Grain.MONTH: (3, 6, 12),
    Grain.QUARTER: (2, 4, 8),
    Grain.YEAR: (2, 3, 5),
}
"""How many units back people mostly look."""
_UNTIL_NOW = (
    *(("tot", "nu", "toe"), ("tot", "op", "heden"), ("tot", "nu"), ("to", "date"), ("up", "to", "now")),
    *(("up", "to", "date"), ("until", "now"), ("till", "now"), ("so", "far")),
)
_UP_TO = (("up", "to"), ("through",), ("thru",), ("t/m",), ("tem",), ("to",))
_BEFORE = (("before",), ("prior", "to"))
_AFTER = (("after",), ("na",))
_BEGIN = {"begin", "beginning", "start", "early", "vroeg"}
_MIDDLE = {"mid", "middle", "midden", "half", "halfway", "halverwege"}
_END = {"end", "eind", "einde", "late"}
_DUTCH = LAST & {"vorige", "vorig", "laatste", "afgelopen", "voorbije"}
_FIRST = (
    PERIOD_WORDS
    | {phrase[0] for phrases in (_UNTIL_NOW, _UP_TO, _BEFORE, _AFTER) for phrase in phrases}
    | {"over", "halve", *ONE, *_FEW, *HALVES, *ORDINALS, *WEEKS, *QUARTERS, *UNITS, *_BEGIN, *_MIDDLE, *_END}
)
_NUMBERED_FIRST = re.compile(r"(?:kw|wk?|week|q)?\d")
"""What the words of a doubtful period begin with: most others are passed over by it."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the words up to a place are refused, and what can be written for them instead, best first."""

    after: int
    refusal: QueryError
    offers: tuple[str, ...] = ()


def doubtful_period(words: Sequence[str], at: int, today: date) -> Doubt | None:
    """Return what is doubtful about the words of a period that stand at a place, None where none do."""
    if words[at] not in _FIRST and not _NUMBERED_FIRST.match(words[at]):
        return None
    for reader in (
        _uncounted,
        _without_unit,
        _uncountable,
        _some_time_ago,
        _until_now,
        _bounded,
        _half_a_year,
        _part_of_period,
        _half_of_month,
        _turned,
        _days_of_month,
        _written_otherwise,
        _not_begun,
        _missing,
        _over,
        _opened,
    ):
        doubt = reader(words, at, today)
        if doubt:
            return doubt
    return None


def offered_together(periods: Sequence[Period]) -> list[str]:
    """Return what two or more periods beside each other may have meant, best first."""
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


def _which(words: Sequence[str], at: int, after: int, offers: Iterable[str]) -> Doubt | None:
    """Return the doubt about words that may mean each of `offers`, None where they can mean nothing."""
    typed, found = " ".join(words[at:after]), tuple(dict.fromkeys(offers))
    if not found:
        return None
    message = said("Which period is “{typed}”?", typed=typed)
    return Doubt(after, QueryError(message, hint="Did you mean one of these?"), found)


# numbers of units


def _uncounted(words: Sequence[str], at: int, _: date) -> Doubt | None:
    """How many are "last months" and "last few weeks"?"""
    if words[at] not in LAST:
        return None
    place = _after_few(words, at + 1)
    unit = words[place] if place < len(words) else ""
    if unit not in PLURALS:
        return None
    offers = (f"{words[at]} {count} {unit}" for count in _USUAL[UNITS[unit]])
    return _how_many(words, at, place + 1, offers)


def _how_many(words: Sequence[str], at: int, after: int, offers: Iterable[str]) -> Doubt:
    message = said("How many? “{typed}” has no number.", typed=" ".join(words[at:after]))
    return Doubt(after, QueryError(message, hint="Did you mean one of these?"), tuple(offers))


def _after_few(words: Sequence[str], at: int) -> int:
    """Return the place after "a couple of", the same place where it doesn't stand there."""
    few = at + 1 if set(words[at : at + 1]) & ONE else at
    if not set(words[few : few + 1]) & _FEW:
        return at
    return few + (2 if set(words[few + 1 : few + 2]) & OF else 1)


def _without_unit(words: Sequence[str], at: int, today: date) -> Doubt | None:
    """Of what is "last 30"? Nothing is asked where a mistyped unit follows."""
    if words[at] not in LAST or not re.fullmatch("[1-9][0-9]{0,2}", "".join(words[at + 1 : at + 2])):
        return None
    following = words[at + 2] if at + 2 < len(words) else ""
    if read_period(words, at + 1, today):  # "previous 5 september"
        return None
    if following and process.extractOne(following, UNITS.keys(), scorer=fuzz.ratio, score_cutoff=60):
        return None
    number, is_dutch = words[at + 1], words[at] in _DUTCH
    units = ("dagen", "weken", "maanden") if is_dutch else ("days", "weeks", "months")
    return Doubt(
        at + 2,
        QueryError(
            said("{number} of which unit?", number=number),
            hint="Days, weeks, months, quarters and years can be counted.",
        ),
        tuple(f"{words[at]} {number} {unit}" for unit in units),
    )


def _uncountable(words: Sequence[str], at: int, _: date) -> Doubt | None:
    """No months can be counted back, nor more weeks than there are."""
    is_back = counts_back(words, at)
    if not is_back and not counted_ago(words, at):
        return None
    number, unit = words[at + 1 : at + 3] if is_back else words[at : at + 2]
    message = said("I can't count {number} {unit} back.", number=number[:8], unit=unit)
    return Doubt(at + 3, QueryError(message, hint="Try last 12 months."))


def _some_time_ago(words: Sequence[str], at: int, _: date) -> Doubt | None:
    """How many are "a few weeks ago" and "half a year ago"?"""
    after = _half_year_after(words, at + 1 if words[at] in ONE else at)
    if after and set(words[after : after + 1]) & AGO:
        unit = "months" if words[after] == "ago" else "maanden"
        return _which(words, at, after + 1, [f"6 {unit} {words[after]}"])
    place = _after_few(words, at)
    if place == at or place + 1 >= len(words) or words[place] not in PLURALS or words[place + 1] not in AGO:
        return None
    unit, ago = words[place : place + 2]
    return _how_many(words, at, place + 2, (f"{count} {unit} {ago}" for count in (2, 3, 4)))


# open ends


def _until_now(words: Sequence[str], at: int, _: date) -> Doubt | None:
    """Since when is "to date"?"""
    after = _after_phrase(_UNTIL_NOW, words, at)
    if after is None:
        return None
    is_dutch = words[at] == "tot"
    offers = ("deze maand", "dit jaar", "alles") if is_dutch else ("this month", "this year", "all time")
    refusal = QueryError("Until now, but since when?", hint="Did you mean one of these?")
    return Doubt(after, refusal, offers)


def _bounded(words: Sequence[str], at: int, today: date) -> Doubt | None:
    """Up to October takes it in; before October is until September, after October since November."""
    place = _after_phrase((*_UP_TO, *_BEFORE, *_AFTER), words, at)
    unit = read_unit(words, place, today) if place else None
    if unit is None:
        return None
    grain, opening = unit.period.grain, tuple(words[at:place])
    start, end = unit.period.bounds()
    if opening in _AFTER:
        following = period_of(grain, end)
        since = f"since {canonical_period(following)}"
        return _later(following, unit.after, today) or _which(words, at, unit.after, [since])
    last = period_of(grain, (start if opening in _BEFORE else end) - ONE_DAY)
    return _which(words, at, unit.after, [f"until {canonical_period(last)}"])


def _after_phrase(phrases: Iterable[tuple[str, ...]], words: Sequence[str], at: int) -> int | None:
    lengths = [len(phrase) for phrase in phrases if tuple(words[at : at + len(phrase)]) == phrase]
    return at + max(lengths) if lengths else None


def _not_begun(words: Sequence[str], at: int, today: date) -> Doubt | None:
    """Nothing is to be had of "since 2027" and "2027 onwards" before 2027 begins."""
    is_since = words[at] in SINCE
    unit = read_unit(words, at + 1 if is_since else at, today)
    if unit is None or not (is_since or set(words[unit.after : unit.after + 1]) & {RANGE, *ONWARDS}):
        return None
    return _later(unit.period, unit.after if is_since else unit.after + 1, today)


def _later(first: Period, after: int, today: date) -> Doubt | None:
    """Return that a period hasn't begun, where it hasn't, with the running one to begin with instead."""
    grain = first.grain
    if first.bounds()[0] <= start_of(grain, today):
        return None
    running = f"since {canonical_period(period_of(grain, today))}"
    message = said("{period} hasn't begun yet.", period=canonical_period(period_of(grain, first.bounds()[0])))
    return Doubt(after, QueryError(message, hint="Did you mean one of these?"), (running,))


def _opened(words: Sequence[str], at: int, today: date) -> Doubt | None:
    """What is doubtful after "since", "between" or "over the" is offered with that before it."""
    place = at + 1
    if words[at] == "over" and set(words[place : place + 1]) & THE:
        place += 1
    elif words[at] not in OPENERS:
        return None
    inner = doubtful_period(words, place, today) if place < len(words) else None
    if inner is None:
        return None
    opening = " ".join(words[at:place])
    return replace(inner, offers=tuple(f"{opening} {offer}" for offer in inner.offers))


def _over(words: Sequence[str], at: int, today: date) -> Doubt | None:
    """Nobody knows whether "over last month" is during it or against it."""
    unit = read_unit(words, at + 1, today) if words[at] == "over" else None
    if unit is None:
        return None
    typed = " ".join(words[at + 1 : unit.after])
    return _which(words, at, unit.after, [typed, f"vs {typed}"])


# halves and other parts


def _half_a_year(words: Sequence[str], at: int, today: date) -> Doubt | None:
    """The last half year is six months back, or the half year before the running one."""
    if words[at] not in LAST:
        return None
    after = _half_year_after(words, at + 1)
    if not after:
        return None
    begins = date(today.year, 1 if today.month <= 6 else 7, 1)  # noqa: PLR2004
    before = Period(add_months(begins, -6), begins, Grain.QUARTER)
    months = "maanden" if words[at] in _DUTCH else "months"
    return _which(words, at, after, [f"{words[at]} 6 {months}", canonical_period(before)])


def _half_year_after(words: Sequence[str], at: int) -> int:
    """Return the place after "half year", "half a year", "halfjaar" or "half", 0 where none stands."""
    if not set(words[at : at + 1]) & (HALVES | {"halve"}):
        return 0
    year = at + (2 if set(words[at + 1 : at + 2]) & ONE else 1)
    return year + 1 if set(words[year : year + 1]) & {"year", "yr", "jaar"} else at + 1


def _part_of_period(words: Sequence[str], at: int, today: date) -> Doubt | None:
    """How far goes "begin oktober" or "end of 2025", also after "since" and "until"?"""
    opener = words[at] if words[at] in SINCE | UNTIL else ""
    first = at + 1 if opener else at
    while opener and set(words[first : first + 1]) & THE:
        first += 1
    if not set(words[first : first + 1]) & (_BEGIN | _MIDDLE | _END):
        return None
    place = first + 1
    while set(words[place : place + 1]) & (OF | THE):
        place += 1
    unit = read_unit(words, place, today)
    if unit is None or unit.period.grain not in {Grain.MONTH, Grain.YEAR}:
        return None
    parts = list(map(canonical_period, _parts(unit.period, words[first])))
    if opener in SINCE:
        parts = [f"since {part.partition(RANGE)[0]}" for part in parts[:1]]
    elif opener in UNTIL:
        parts = [f"until {part.rpartition(RANGE)[2]}" for part in parts[:1]]
    return _which(words, at, unit.after, parts)


def _parts(period: Period, which: str) -> list[Period]:
    """Return the first, middle or last third (of a month) or quarter (of a year), and the half."""
    start, end = period.bounds()
    if period.grain is Grain.MONTH:
        tenth, half, twentieth = (start + days * ONE_DAY for days in (10, 15, 20))
        grain = Grain.DAY
    else:
        tenth, half, twentieth = (add_months(start, months) for months in (3, 6, 9))
        grain = Grain.QUARTER
    if which in _BEGIN:
        return [Period(start, tenth, grain), Period(start, half, grain)]
    if which in _END:
        return [Period(twentieth, end, grain), Period(half, end, grain)]
    return [Period(tenth, twentieth, grain)]


def _half_of_month(words: Sequence[str], at: int, today: date) -> Doubt | None:
    """The first half of October is its first fifteen days."""
    month = half_of_month(words, at)
    unit = read_unit(words, month, today) if month else None
    if unit is None or ORDINALS[words[at]] > 2:  # noqa: PLR2004
        return None
    start, end = unit.period.bounds()
    middle = start + 15 * ONE_DAY
    half = Period(start, middle, Grain.DAY) if ORDINALS[words[at]] == 1 else Period(middle, end, Grain.DAY)
    return _which(words, at, unit.after, [canonical_period(half)])


# ranges and dates


def _turned(words: Sequence[str], at: int, today: date) -> Doubt | None:
    """A range whose end comes before its beginning."""
    first = read_unit(words, at + 1 if words[at] in OPENERS else at, today)
    joint = joint_after(words, first.after, {"and", "en"} if words[at] in BETWEEN else TO) if first else None
    last = read_unit(words, joint, today) if joint else None
    turned = joined_period(last.period, first.period) if first and last else None
    if turned is None or last is None:
        return None
    refusal = QueryError("That period ends before it begins.", hint="Did you mean one of these?")
    return Doubt(last.after, refusal, (canonical_period(turned),))


def _days_of_month(words: Sequence[str], at: int, today: date) -> Doubt | None:
    """The first fifteen days of October are also written "oct 1-15"."""
    after = at + (4 if words[at + 2 : at + 3] == [RANGE] else 2)
    written = re.fullmatch(r"(\d\d?)(?:-|\.\.)(\d\d?)", "".join(words[at + 1 : after]))
    if written is None or words[at].rstrip(".") not in MONTHS:
        return None
    month = MONTHS[words[at].rstrip(".")]
    days = [latest(yearly(f"{month:02}-{int(day):02}"), words, after, today) for day in written.groups()]
    found = [day for day in days if day]
    joined = joined_period(found[0].period, found[-1].period) if len(found) == len(days) else None
    return _which(words, at, found[-1].after, [canonical_period(joined)]) if joined else None


def _written_otherwise(words: Sequence[str], at: int, today: date) -> Doubt | None:
    """A date that may be of two days, or that isn't written as it is read; also both ends of a range."""
    meant, after = _meant(words, at, today)
    joint = joint_after(words, after) if meant else None
    if joint is not None:
        ends, beyond = _meant(words, joint, today)
        unit = None if ends else read_unit(words, joint, today)
        ends, beyond = ([unit.period] * len(meant), unit.after) if unit else (ends, beyond)
        if ends:
            pairs = (joined_period(start, end) for start, end in zip(meant, ends, strict=False))
            return _which(words, at, beyond, [canonical_period(pair) for pair in pairs if pair])
    return _which(words, at, after, map(canonical_period, meant))


def _meant(words: Sequence[str], at: int, today: date) -> tuple[list[Period], int]:
    """Return what a date of one or two words may mean, best first, and the place after it."""
    if at >= len(words):
        return [], at
    if _is_month_and_number(words, at):
        return _month_and_number(words, at, today), at + 2
    if quarter := re.fullmatch(r"kw(\d\d?)", words[at]):  # the Dutch quarter, the German week
        number = quarter.group(1)
        named = [latest(yearly(form), words, at + 1, today) for form in (f"q{number}", f"w{number}")]
        found = [unit for unit in named if unit]
        return [unit.period for unit in found], found[0].after if found else at + 1
    return _as_people_write(words[at], today), at + 1


def _is_month_and_number(words: Sequence[str], at: int) -> bool:
    return (
        words[at].rstrip(".") in MONTHS
        and at + 1 < len(words)
        and re.fullmatch(r"\d\d?", words[at + 1]) is not None
        and may_follow_month(words, at + 1)
    )


def _month_and_number(words: Sequence[str], at: int, today: date) -> list[Period]:
    """Return what "oct 12" may mean: the 12th, or October 2012."""
    month, number = MONTHS[words[at].rstrip(".")], int(words[at + 1])
    day = latest(yearly(f"{month:02}-{number:02}"), (), 0, today)
    of_year = iso_period(f"20{number:02}-{month:02}")
    is_past = of_year is not None and of_year.bounds()[0] <= today
    return [*([day.period] if day else []), *([of_year] if of_year and is_past else [])]


def _as_people_write(word: str, today: date) -> list[Period]:
    """Return what "15/09/2026", "15/9", "09/2026", "2026/09" or "2025-2026" may mean, the day before the
    month first.
    """
    if years := re.fullmatch(YEAR + "[/-]" + YEAR, word):
        first, last = (period_of(Grain.YEAR, date(int(year), 1, 1)) for year in years.groups())
        return [joined for joined in (joined_period(first, last),) if joined]
    if day := re.fullmatch(r"(\d\d?)[/.-](\d\d?)", word):
        one, two = day.groups()
        begun = (latest(yearly(f"{month}-{of}"), (), 0, today) for of, month in ((one, two), (two, one)))
        return list(dict.fromkeys(unit.period for unit in begun if unit))
    if found := re.fullmatch(rf"(\d\d?)[/.-](\d\d?)[/.-]({YEAR}|\d\d)", word):
        one, two, year = found.group(1), found.group(2), found.group(3)
        year = year if len(year) > 2 else f"20{year}"  # noqa: PLR2004
        forms = [f"{year}-{two}-{one}", f"{year}-{one}-{two}"]
    elif found := re.fullmatch(r"(\d\d?)[/.-]" + YEAR, word):
        forms = [f"{found.group(2)}-{found.group(1)}"]
    elif found := re.fullmatch(YEAR + r"[/.](\d\d?)(?:[/.](\d\d?))?", word):
        forms = ["-".join(part for part in found.groups() if part)]
    else:
        return []
    return [period for form in dict.fromkeys(forms) if (period := iso_period(form))]


# what the calendar doesn't have


def _missing(words: Sequence[str], at: int, today: date) -> Doubt | None:
    """Week 60, month 13, quarter 5 and 31 February."""
    is_named = words[at] in QUARTERS
    number = "".join(words[at + 1 : at + 2]) if is_named else re.sub(rf"^({YEAR}[-/]?)?q", "", words[at])
    if re.fullmatch("[05-9]", number) and number != words[at]:
        message = said("There is no quarter {number}.", number=number)
        return Doubt(at + (2 if is_named else 1), QueryError(message, hint="A year has four."))
    if month := re.fullmatch(YEAR + r"-(00?|1[3-9]|[2-9]\d)", words[at]):
        message = said("There is no month {number}.", number=month.group(2))
        return Doubt(at + 1, QueryError(message, hint="A year has twelve."))
    return _missing_week(words, at, today) or _missing_day(words, at, today)


def _missing_week(words: Sequence[str], at: int, today: date) -> Doubt | None:
    year, after = str(today.year), at + 1
    if written := re.fullmatch(YEAR + r"-?w(\d\d?)", words[at]):
        year, number = written.groups()
    elif run_on := RUN_ON_WEEK.fullmatch(words[at]):
        number = run_on.group(1)
    else:
        place = at + (2 if set(words[at + 1 : at + 2]) & NUMBERED else 1)
        number, after = "".join(words[place : place + 1]), place + 1
        if words[at] not in WEEKS or not re.fullmatch(r"\d\d?", number):
            return None
    if after < len(words) and re.fullmatch(YEAR, words[after]):
        year, after = words[after], after + 1
    period = iso_period(f"{year}-w{number}")
    if period:
        message = said("{period} hasn't begun yet.", period=canonical_period(period))
        return Doubt(after, QueryError(message, hint="Try last week, this month or 2026-07."))
    weeks = str(date(int(year), 12, 28).isocalendar().week)
    return Doubt(
        after,
        QueryError(
            said("There is no week {number} in {year}.", number=number, year=year),
            hint=said("{year} has {weeks} weeks.", year=year, weeks=weeks),
        ),
    )


def _missing_day(words: Sequence[str], at: int, today: date) -> Doubt | None:
    written = _written_day(words, at)
    if written is None:
        return None
    day, month, after = written
    after += has_comma_and_year(words, after)
    of_month = latest(yearly(month), words, after, today) if month.isdecimal() else None
    period = of_month.period if of_month else iso_period(month)
    if period is None:
        return None
    after = of_month.after if of_month else after
    last = period.bounds()[1] - ONE_DAY
    if day <= last.day:
        return None
    written_month = canonical_period(period)
    return Doubt(
        after,
        QueryError(
            said("There is no day {number} in {month}.", number=str(day), month=written_month),
            hint=said("{month} has {days} days.", month=written_month, days=last.day),
        ),
        (last.isoformat(),),
    )


def _written_day(words: Sequence[str], at: int) -> tuple[int, str, int] | None:
    """Return the day, the month ("02", "2026-02") and the place after "31 feb", "feb 31" or "2026-02-31"."""
    if whole := re.fullmatch(YEAR + r"(-?)(\d\d?)\2(\d\d?)", words[at]):
        return int(whole.group(4)), f"{whole.group(1)}-{whole.group(3)}", at + 1
    if turned := re.fullmatch(r"(\d\d?)[/.-](\d\d?)[/.-]" + YEAR, words[at]):
        return int(turned.group(1)), f"{turned.group(3)}-{turned.group(2)}", at + 1
    name = at + (2 if set(words[at + 1 : at + 2]) & OF else 1)
    following = words[name] if name < len(words) else ""
    for number, month in ((words[at], following), (following, words[at])):
        day = DAY.fullmatch(number)
        if day and month.rstrip(".") in MONTHS:
            return int(day.group(1)), f"{MONTHS[month.rstrip('.')]:02}", name + 1
    return None
