"""Reads the day of a subscription: "every monday", "elke 2e werkdag", "on fridays"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import time

from bot.render.formats import ordinal
from bot.subscriptions.schedule_line import OrderLine, PartialOrder, Step
from kpi_engine import PERIODS, QUESTIONS, SCHEDULES, near_names, one_of, phrase_end
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.posts import Schedule
from kpi_engine.domain.translatable import said

DEFAULT_AT = time(8, 30)
DAILY = Schedule("day", DEFAULT_AT)
WORKDAYS = Schedule("workday", DEFAULT_AT)
WEEKLY = Schedule("week", DEFAULT_AT, weekday=0)
MONTHLY = Schedule("month", DEFAULT_AT, working_day=2)
QUARTERLY = Schedule("quarter", DEFAULT_AT, working_day=2)
YEARLY = Schedule("year", DEFAULT_AT, working_day=2)
"""The schedules of "every day", "every working day", "every week" and so on."""
_LAST_WORKING_DAY = 20
"""The latest working day of a month that every month has."""
_LONG = {
    **dict.fromkeys(SCHEDULES.month, MONTHLY),
    **dict.fromkeys(SCHEDULES.quarter, QUARTERLY),
    **dict.fromkeys(SCHEDULES.year, YEARLY),
}
"""Units of which a working day is chosen, with what they mean without one."""

_NAMED_DAYS = {**PERIODS.weekdays, **SCHEDULES.plural_weekdays}
"""Days that are read without "every" or "on"; "do" and "sun" have other meanings as well."""
_DAYS = {**SCHEDULES.short_weekdays, **_NAMED_DAYS}
_NUMBERED = re.compile(rf"(\d{{1,2}})(?:{one_of(PERIODS.ordinal_endings)})?")
_OF = PERIODS.of | SCHEDULES.of
_AND = QUESTIONS.both | {"&"}
_KNOWN = (*PERIODS.weekdays, *sorted({*SCHEDULES.day, *SCHEDULES.week, *_LONG}))
_WEEKDAYS = 5
_NEAR, _ALIKE = 2, 60

_Found = tuple[Schedule, int]
"""A schedule and the position after its words."""


def read_day(line: OrderLine, at: int, read: PartialOrder) -> Step | None:
    """Read a day. Raises QueryError for one that can't be scheduled, and for a second one."""
    found = _day(line, at)
    if found is None:
        return None
    schedule, after = found
    places = line.places[at:after]
    if read.schedule not in (None, schedule):
        raise _two_days([line.mended(places), line.mended(read.day)])
    if line.word(after) in _AND and _weekday(line, after + 1):
        both = [*places, *line.places[after : after + 2]]
        days = (schedule.weekday or 0, _DAYS[line.word(after + 1)])
        raise _two_days([line.mended(both, line.offered.weekdays[day]) for day in days])
    return replace(read, schedule=schedule, day=places), after


def not_so_often(line: OrderLine, at: int, after: int) -> QueryError:
    """Return the refusal of "every hour", the words between two positions."""
    typed = " ".join(line.tokens[at:after])
    return QueryError(
        said("I can send it once a day or less often, not “{typed}”.", typed=typed[:40]),
        hint="Write every day, every working day, every monday, every month or every quarter.",
        suggestions=line.instead(at, after, line.offered.day(DAILY), line.offered.day(WORKDAYS)),
    )


def _day(line: OrderLine, at: int) -> _Found | None:
    word = line.words[at]
    after = line.after(PERIODS.the, at + 1)
    if word in SCHEDULES.every:
        found = _unit(line, after)
        if found is None:
            _refuse_day(line, at, after)
            raise _unknown_unit(line, at, after)
        return found
    if word in SCHEDULES.on:
        found = _weekday(line, after) or _working_day(line, after) or _working_days(line, after)
        if found is None:
            _refuse_day(line, at, after)
        return found
    return _weekday(line, at) if word in _NAMED_DAYS else None


def _unit(line: OrderLine, at: int) -> _Found | None:
    """Read what follows "every"."""
    word = line.word(at)
    if word in SCHEDULES.week:
        on = line.after(SCHEDULES.on, at + 1)
        return (_weekday(line, on) if on > at + 1 else None) or (WEEKLY, at + 1)
    if word in _LONG:
        on = line.after(PERIODS.the, line.after(SCHEDULES.on, at + 1))
        if on == at + 1:
            return _LONG[word], at + 1
        if _weekday(line, on):
            raise _one_weekday(line, (at - 1, on + 1), on, 1)
        found = _working_day(line, on, _LONG[word])
        if found is None:
            _refuse_day(line, at - 1, on)
        return found or (_LONG[word], at + 1)
    if word in SCHEDULES.day:
        return DAILY, at + 1
    return _weekday(line, at) or _working_day(line, at) or _working_days(line, at)


def _weekday(line: OrderLine, at: int) -> _Found | None:
    day = _DAYS.get(line.word(at))
    return None if day is None else (Schedule("week", DEFAULT_AT, weekday=day), at + 1)


def _working_days(line: OrderLine, at: int) -> _Found | None:
    """Read "working day" and "weekdays": every day that is no holiday and no weekend."""
    after = phrase_end((*SCHEDULES.working_day, *SCHEDULES.working_days), line.words, at)
    after = after or line.after(SCHEDULES.weekday, at)
    return (WORKDAYS, after) if after > at else None


def _working_day(line: OrderLine, at: int, unit: Schedule = MONTHLY) -> _Found | None:
    """Read "2nd working day [of the month]"; `unit` is what was named before."""
    number, after = _number(line.word(at)), phrase_end(SCHEDULES.working_day, line.words, at + 1)
    if not number or after is None:
        return None
    if number > _LAST_WORKING_DAY:
        raise QueryError(
            said("Not every month has a {nth} working day.", nth=ordinal(number)),
            hint=said("Choose one from the 1st to the {last}.", last=ordinal(_LAST_WORKING_DAY)),
        )
    end = _after_unit(line, after)
    named = _LONG[line.word(end - 1)] if end > after else unit
    return replace(named, working_day=number), end


def _number(word: str) -> int:
    """Return the number of "2nd" or "second", 0 for any other word."""
    numbered = _NUMBERED.fullmatch(word)
    return PERIODS.ordinals.get(word) or (int(numbered.group(1)) if numbered else 0)


def _after_unit(line: OrderLine, at: int) -> int:
    """Return the position after "of the month", or the same position if those words aren't there."""
    of = line.after(PERIODS.the, line.after(_OF, at))
    return of + 1 if of > at and line.word(of) in _LONG else at


# days that can't be scheduled


def _refuse_day(line: OrderLine, start: int, at: int) -> None:
    """Raise QueryError for a day of the month that can't be scheduled; its words start at `start`."""
    word = line.word(at)
    is_every, number = line.word(start) in SCHEDULES.every, _number(word)
    weekday, day = _weekday(line, at + 1), line.after(SCHEDULES.day, at + 1)
    of_month = _after_unit(line, day)
    if number and weekday:
        raise _one_weekday(line, (start, _after_unit(line, at + 2)), at + 1, number)
    is_alone = is_every and not word.isdecimal() and line.word(at + 1) not in PERIODS.units
    if number and (of_month > day or is_alone):
        raise _one_date(line, (start, max(of_month, at + 1)), number)
    if word in SCHEDULES.last:
        working = phrase_end(SCHEDULES.working_day, line.words, at + 1) or at + 1
        end = _after_unit(line, at + 2 if weekday else max(day, working))
        if end > at + 1:
            raise _from_the_end(line, (start, end))


def _one_date(line: OrderLine, place: tuple[int, int], date: int) -> QueryError:
    near = max(1, min(_LAST_WORKING_DAY, round(date * _WEEKDAYS / 7)))
    return QueryError(
        "Monthly subscriptions are sent on a working day, not on a date.",
        hint="Write every day, every monday, every month or every 2nd working day.",
        suggestions=line.instead(*place, line.offered.nth(near), line.offered.every_month),
    )


def _one_weekday(line: OrderLine, place: tuple[int, int], at: int, number: int) -> QueryError:
    """Return the refusal of "every first monday"; `at` is the position of the weekday."""
    weekday = line.offered.weekdays[_DAYS.get(line.word(at), 0)]
    near = min(_LAST_WORKING_DAY, _WEEKDAYS * (number - 1) + 1)  # the first of its week
    return QueryError(
        "Monthly subscriptions are sent on a working day, not on a day of the week.",
        hint="Write every day, every monday, every month or every 2nd working day.",
        suggestions=line.instead(*place, weekday, line.offered.nth(near)),
    )


def _from_the_end(line: OrderLine, place: tuple[int, int]) -> QueryError:
    last = line.offered.nth(_LAST_WORKING_DAY)
    return QueryError(
        "I can't count days back from the end of a month.",
        hint="Write every day, every monday, every month or every 2nd working day.",
        suggestions=line.instead(*place, last, line.offered.every_month),
    )


def _unknown_unit(line: OrderLine, at: int, after: int) -> QueryError:
    word, following = line.word(after), line.word(after + 1)
    if word in SCHEDULES.other_units:
        return not_so_often(line, at, after + 1)
    end = after + 2 if following in PERIODS.units or following in _DAYS else after + 1
    near = near_names(word, _KNOWN, _NEAR, _ALIKE)
    days = [
        line.offered.every_month if name in SCHEDULES.month else line.offered.weekdays[_DAYS.get(name, 0)]
        for name in near
    ] or [line.offered.weekdays[0], line.offered.every_month]
    return QueryError(
        said("I don't know how often “{typed}” is.", typed=" ".join(line.tokens[at:end])[:40]),
        hint="Write every day, every monday, every month or every 2nd working day.",
        suggestions=line.instead(at, end, *dict.fromkeys(days)),
    )


def _two_days(lines: Sequence[str]) -> QueryError:
    return QueryError(
        "On which day? You named two.",
        hint="Subscribe twice, once for each day.",
        suggestions=tuple(lines),
    )
