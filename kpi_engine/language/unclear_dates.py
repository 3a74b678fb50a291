"""Dates that can mean two days, or that are written in a form that isn't read as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from kpi_engine.domain.periods import Grain, Period, period_of
from kpi_engine.language.doubts import Doubt, which_period
from kpi_engine.language.lexicon import DOUBTS, PERIODS
from kpi_engine.language.named_periods import YEAR, Unit, iso_period, may_follow_month, yearly
from kpi_engine.language.period_phrases import RANGE, canonical_period, in_order, joined_period, joint_after
from kpi_engine.language.period_units import latest, read_unit
from kpi_engine.language.phrases import is_in, one_of
from kpi_engine.language.today import Today

_QUARTER_OR_WEEK = re.compile(rf"(?:{one_of(DOUBTS.quarter_or_week)})(\d\d?)")


def days_of_month(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    """Offer a range of days for "oct 1-15"."""
    after = at + (4 if is_in({RANGE}, words, at + 2) else 2)
    written = re.fullmatch(r"(\d\d?)(?:-|\.\.)(\d\d?)", "".join(words[at + 1 : after]))
    if written is None or words[at].rstrip(".") not in PERIODS.months:
        return None
    month = PERIODS.months[words[at].rstrip(".")]
    days = [latest(yearly(f"{month:02}-{int(day):02}"), words, after, today) for day in written.groups()]
    found = [day for day in days if day]
    joined = _spanned(found[0], found[-1]) if len(found) == len(days) else None
    return which_period(words, at, found[-1].after, [canonical_period(joined)]) if joined else None


def written_otherwise(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    """Offer the dates that were probably meant, also for the two ends of a range."""
    meant, after = _meant(words, at, today)
    joint = joint_after(words, after) if meant else None
    if joint is not None:
        ends, beyond = _meant(words, joint, today)
        unit = None if ends else read_unit(words, joint, today)
        ends, beyond = ([unit] * len(meant), unit.after) if unit else (ends, beyond)
        if ends:
            pairs = (_spanned(start, end) for start, end in zip(meant, ends, strict=False))
            return which_period(words, at, beyond, [canonical_period(pair) for pair in pairs if pair])
    return which_period(words, at, after, (canonical_period(unit.period) for unit in meant))


def _spanned(first: Unit, last: Unit) -> Period | None:
    """Return the span of two dates; turned round if the years that were written are the other way round."""
    return joined_period(*in_order(first, last)) or joined_period(last.period, first.period)


def _meant(words: Sequence[str], at: int, today: Today) -> tuple[list[Unit], int]:
    """Return what a date of one or two words may mean, best first, and the place after it."""
    if at >= len(words):
        return [], at
    if _is_month_and_number(words, at):
        return _month_and_number(words, at, today), at + 2
    if quarter := _QUARTER_OR_WEEK.fullmatch(words[at]):
        number = quarter.group(1)
        named = [latest(yearly(form), words, at + 1, today) for form in (f"q{number}", f"w{number}")]
        found = [unit for unit in named if unit]
        return found, found[0].after if found else at + 1
    return _as_people_write(words[at], at + 1, today), at + 1


def _is_month_and_number(words: Sequence[str], at: int) -> bool:
    return (
        words[at].rstrip(".") in PERIODS.months
        and at + 1 < len(words)
        and re.fullmatch(r"\d\d?", words[at + 1]) is not None
        and may_follow_month(words, at + 1)
    )


def _month_and_number(words: Sequence[str], at: int, today: Today) -> list[Unit]:
    """Return what "oct 12" may mean: the 12th, or October 2012."""
    month, number = PERIODS.months[words[at].rstrip(".")], int(words[at + 1])
    day = latest(yearly(f"{month:02}-{number:02}"), (), at + 2, today)
    of_year = iso_period(f"20{number:02}-{month:02}")
    is_past = of_year is not None and of_year.bounds()[0] <= today.day
    return [*([day] if day else []), *([Unit(of_year, at + 2)] if of_year and is_past else [])]


def _as_people_write(word: str, after: int, today: Today) -> list[Unit]:
    """Return what "15/09/2026", "15/9", "09/2026", "2026/09" or "2025-2026" may mean, the day before the
    month first.
    """
    if years := re.fullmatch(YEAR + "[/-]" + YEAR, word):
        first, last = (period_of(Grain.YEAR, date(int(year), 1, 1)) for year in years.groups())
        return [Unit(joined, after) for joined in (joined_period(first, last),) if joined]
    if day := re.fullmatch(r"(\d\d?)[/.-](\d\d?)", word):
        one, two = day.groups()
        begun = (latest(yearly(f"{month}-{of}"), (), after, today) for of, month in ((one, two), (two, one)))
        return list({unit.period: unit for unit in begun if unit}.values())
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
    return [Unit(period, after) for form in dict.fromkeys(forms) if (period := iso_period(form))]
