"""Weeks, months, quarters and days that don't exist or haven't begun."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import ONE_DAY
from kpi_engine.domain.translatable import said
from kpi_engine.language.doubts import Doubt
from kpi_engine.language.lexicon import PERIODS
from kpi_engine.language.named_periods import DAY, RUN_ON_WEEK, YEAR, has_comma_and_year, iso_period, yearly
from kpi_engine.language.period_phrases import canonical_period
from kpi_engine.language.period_units import latest
from kpi_engine.language.phrases import is_in
from kpi_engine.language.today import Today


def missing(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    """Refuse week 60, month 13, quarter 5 and 31 February."""
    is_named = words[at] in PERIODS.quarters
    number = "".join(words[at + 1 : at + 2]) if is_named else re.sub(rf"^({YEAR}[-/]?)?q", "", words[at])
    if re.fullmatch("[05-9]", number) and number != words[at]:
        message = said("There is no quarter {number}.", number=number)
        return Doubt(at + (2 if is_named else 1), QueryError(message, hint="A year has four quarters."))
    if month := re.fullmatch(YEAR + r"-(00?|1[3-9]|[2-9]\d)", words[at]):
        message = said("There is no month {number}.", number=month.group(2))
        return Doubt(at + 1, QueryError(message, hint="A year has twelve months."))
    return _missing_week(words, at, today) or _missing_day(words, at, today)


def _missing_week(words: Sequence[str], at: int, today: Today) -> Doubt | None:
    year, after = str(today.day.year), at + 1
    if written := re.fullmatch(YEAR + r"-?w(\d\d?)", words[at]):
        year, number = written.groups()
    elif run_on := RUN_ON_WEEK.fullmatch(words[at]):
        number = run_on.group(1)
    else:
        place = at + (2 if is_in(PERIODS.number_signs, words, at + 1) else 1)
        number, after = "".join(words[place : place + 1]), place + 1
        if words[at] not in PERIODS.weeks or not re.fullmatch(r"\d\d?", number):
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


def _missing_day(words: Sequence[str], at: int, today: Today) -> Doubt | None:
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
    """Return day, month ("02", "2026-02") and the position after "31 feb", "feb 31" or "2026-02-31"."""
    if whole := re.fullmatch(YEAR + r"(-?)(\d\d?)\2(\d\d?)", words[at]):
        return int(whole.group(4)), f"{whole.group(1)}-{whole.group(3)}", at + 1
    if turned := re.fullmatch(r"(\d\d?)[/.-](\d\d?)[/.-]" + YEAR, words[at]):
        return int(turned.group(1)), f"{turned.group(3)}-{turned.group(2)}", at + 1
    name = at + (2 if is_in(PERIODS.of, words, at + 1) else 1)
    following = words[name] if name < len(words) else ""
    for number, month in ((words[at], following), (following, words[at])):
        day = DAY.fullmatch(number)
        if day and month.rstrip(".") in PERIODS.months:
            return int(day.group(1)), f"{PERIODS.months[month.rstrip('.')]:02}", name + 1
    return None
