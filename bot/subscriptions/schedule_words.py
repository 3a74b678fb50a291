"""When something comes and where it goes, read from a typed line, and said back as typed words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from bot.render.formats import ordinal
from bot.render.subscription_list import order_words
from kpi_engine.definitions.model_files import WEEKDAYS
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.posts import Schedule
from kpi_engine.domain.translatable import said
from kpi_engine.language.folding import UNITS, fold
from kpi_engine.language.suggestions import near_names

DEFAULT_AT = time(8, 30)
WEEKLY = Schedule("week", DEFAULT_AT, weekday=0)
MONTHLY = Schedule("month", DEFAULT_AT, working_day=2)
"""What is meant where only the week or the month is named."""
LAST_WORKING_DAY = 20
"""The latest working day of a month that every month has."""

_DAYS = {
    name: number
    for number, names in enumerate(
        (
            ("monday", "mon", "maandag", "ma"),
            ("tuesday", "tue", "tues", "dinsdag", "di"),
            ("wednesday", "wed", "woensdag", "wo"),
            ("thursday", "thu", "thur", "thurs", "donderdag", "do"),
            ("friday", "fri", "vrijdag", "vr"),
            ("saturday", "sat", "zaterdag", "za"),
            ("sunday", "sun", "zondag", "zo"),
        )
    )
    for name in names
}
_FULL = {name: day for name, day in _DAYS.items() if "da" in name}
_PLURALS = {f"{name}{'s' if name.endswith('day') else 'en'}": day for name, day in _FULL.items()}
_EVERY = frozenset({"every", "each", "elke", "elk", "iedere", "ieder"})
_ON = frozenset({"on", "op"})
_THE = frozenset({"the", "de", "het"})
_AT = frozenset({"at", "om", "@"})
_OF = frozenset({"of", "van", "in"})
_WEEK = frozenset({"week", "wk"})
_MONTH = frozenset({"month", "maand"})
_WEEKLY = frozenset({"weekly", "wekelijks"})
_MONTHLY = frozenset({"monthly", "maandelijks"})
_TOO_OFTEN = frozenset({"daily", "dagelijks"})
_ORDINALS = {
    word: number
    for number, words in enumerate(
        (
            ("first", "eerste"),
            ("second", "tweede"),
            ("third", "derde"),
            ("fourth", "vierde"),
            ("fifth", "vijfde"),
        ),
        start=1,
    )
    for word in words
}
_NUMBERED = re.compile(r"(\d{1,2})(?:st|nd|rd|th|e|ste|de)?")
_WORKING_DAY = (("working", "day"), ("business", "day"), ("workday",), ("werkdag",))
_CLOCK = re.compile(r"(\d{1,2})(?:[:.]|u|h|uur)(\d{2})?(am|pm)?|(\d{1,2})(am|pm)")
_HOUR = re.compile(r"\d{1,2}")
_OCLOCK = frozenset({"uur", "u", "h", "o'clock", "oclock"})
_HALVES = frozenset({"am", "pm"})
_FROM_THE_END = frozenset({"last", "laatste"})
_DAY_WORDS = frozenset({"day", "dag"})
_WEEKDAY_WORDS = frozenset({"weekday", "weekdays", "weekdag"})
_TOWARDS = frozenset({"in", "to", "into", "naar", "op", "on", "for", "voor", "aan"})
_SELF = frozenset({"me", "mij", "myself", "mezelf"})
_HERE = frozenset({"here", "hier"})
_CHANNEL = re.compile(r"<#([A-Z0-9]+)(?:\|[^>]*)?>")
_NAMED_CHANNEL = re.compile(r"#[\w-]+", re.UNICODE)
_TOKEN = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_QUOTED_TIME = re.compile(rf'\b({"|".join(sorted(_EVERY))}) "([^"]*)"', re.IGNORECASE)
_OTHER_UNITS = frozenset({"day", "dag", "quarter", "kwartaal", "hour", "uur", "year", "jaar"})
_NOON, _HOURS, _MINUTES = 12, 24, 60


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a line orders: `what` is left of it once the rest is read.

    `schedule` None: the line names no day (`at` it may). `channel` is a channel's id, None for the person's
    direct messages, and `place` what was typed for it. `is_here`: the channel where the line was typed.
    `frequency` is the word "weekly" or "monthly", where nothing else says how often.
    """

    what: str
    schedule: Schedule | None
    at: time | None
    channel: str | None
    place: str
    is_here: bool
    frequency: str


def every_words(schedule: Schedule, language: str = "en") -> str:
    """Return a schedule as it is typed: "every monday 08:30"."""
    return f"{order_words(language).day(schedule)} {schedule.at:%H:%M}"


def read_order(line: str, language: str = "en") -> Ordered:
    """Read when and where from a line that is put right. Raises QueryError, its lines in a language."""
    return _Order(_QUOTED_TIME.sub(r"\1 \2", line), language).ordered()


def channel_or_question(name: str, lines: Sequence[str]) -> QueryError:
    """Return what is asked about "in sales": a channel without its sign, or one more number."""
    return QueryError(
        said("Is “{name}” a channel, or what I should send?", name=name[:40]),
        hint=said(
            "A channel is written #{name}: type # and choose it from Slack's list; or write “here” in it.",
            name=name[:40],
        ),
        suggestions=tuple(lines),
    )


class _Order:
    """The reading of one line; what is read is taken out of it."""

    def __init__(self, line: str, language: str) -> None:
        self._language, self._offered = language, order_words(language)
        self._typed = _TOKEN.findall(line)
        self._tokens = list(self._typed)
        self._places = list(range(len(self._typed)))  # where each token that is left stands in the line
        self._words = [fold(token).rstrip(",;") for token in self._tokens]
        self._schedule: Schedule | None = None
        self._day: list[int] = []
        self._at: time | None = None
        self._channel: str | None = None
        self._place = ""
        self._is_here = self._is_mine = False

    def ordered(self) -> Ordered:
        at = 0
        while at < len(self._words):
            after = self._where(at) or self._when(at) or self._clock(at)
            if after is None:
                at += 1
                continue
            if after > at:
                del self._tokens[at:after], self._words[at:after], self._places[at:after]
        self._refuse_unclear_places()
        frequency = "" if self._schedule else self._frequency()
        self._refuse_plain_place(frequency)
        what = " ".join(self._tokens)
        return Ordered(what, self._schedule, self._at, self._channel, self._place, self._is_here, frequency)

    def _frequency(self) -> str:
        """Take "weekly" or "monthly" out of the line where nothing else says how often."""
        for at, word in enumerate(self._words):
            if word in _WEEKLY | _MONTHLY:
                del self._tokens[at], self._words[at], self._places[at]
                return "weekly" if word in _WEEKLY else "monthly"
            if word in _TOO_OFTEN:
                raise self._not_so_often(at, at + 1)
        return ""

    # where

    def _where(self, at: int) -> int | None:
        towards = self._words[at] in _TOWARDS
        place = at + towards
        if place >= len(self._words):
            return None
        channel, word = _CHANNEL.fullmatch(self._tokens[place].rstrip(",;")), self._words[place]
        if channel:
            if self._channel not in (None, channel.group(1)):
                raise QueryError(
                    "One channel at a time.", hint="Subscribe each of them with a line of its own."
                )
            self._channel, self._place = channel.group(1), channel.group()
        elif word in _HERE:
            self._is_here = True
        elif towards and word in _SELF:
            self._is_mine = True
        elif _NAMED_CHANNEL.fullmatch(word):
            without = self._mended(self._places[at : place + 1])
            raise QueryError(
                said("I can't tell which channel “{name}” is.", name=self._tokens[place][:40]),
                hint="Type # and choose the channel from Slack's list; or write “here” in that channel.",
                suggestions=(without, f"{without} {self._offered.here}"),
            )
        else:
            return None
        return place + 1

    def _mended(self, places: Sequence[int], words: str = "") -> str:
        """Return the whole line as it was typed, with other words, or none, in some places."""
        before = [token for at, token in enumerate(self._typed) if at < min(places) and at not in places]
        after = [token for at, token in enumerate(self._typed) if at > min(places) and at not in places]
        return " ".join((self._offered.subscribe, *before, *([words] if words else []), *after))

    def _refuse_unclear_places(self) -> None:
        if self._is_mine + self._is_here + (self._channel is not None) > 1:
            raise QueryError("To you or to a channel? The line names both.", hint="Leave one out.")

    def _refuse_plain_place(self, frequency: str) -> None:
        """Refuse "weekly in sales": the summary for a channel, or sales each week."""
        is_first = bool(self._words) and self._words[0] in _WEEKLY | _MONTHLY
        summary = frequency or (self._tokens[0] if is_first else "")
        place = self._words[is_first:]
        if not summary or len(place) < 2 or place[0] not in _TOWARDS:  # noqa: PLR2004
            return
        name = " ".join(self._tokens[is_first + 1 :])
        rest = f" {every_words(self._schedule, self._language)}" if self._schedule else ""
        verb = self._offered.subscribe
        raise channel_or_question(name, (f"{verb} {summary}{rest}", f"{verb} {name} {summary}{rest}"))

    # when

    def _when(self, at: int) -> int | None:
        word = self._words[at]
        if word in _EVERY:
            after = self._skip(_THE, at + 1)
            found = self._unit(after)
            if found is None:
                self._refuse_day(at, after)
            if found is None:
                raise self._unknown_unit(at, after)
        elif word in _ON:
            after = self._skip(_THE, at + 1)
            found = self._weekday(after) or self._working_day(after)
            if found is None:
                self._refuse_day(at, after)
        elif word in _PLURALS or word in _FULL:
            found = self._weekday(at)
        else:
            return None
        if found is None:
            return None
        schedule, after = found
        places = self._places[at:after]
        if self._schedule not in (None, schedule):
            raise _two_days([self._mended(places), self._mended(self._day)])
        following = self._words[after : after + 2]
        if len(following) > 1 and following[0] in {"and", "en", "&"} and self._weekday(after + 1):
            both = [*places, *self._places[after : after + 2]]
            days = [schedule.weekday or 0, _DAYS.get(following[1], _PLURALS.get(following[1], 0))]
            raise _two_days([self._mended(both, self._offered.weekdays[day]) for day in days])
        self._schedule, self._day = schedule, places
        return after

    def _unit(self, at: int) -> tuple[Schedule, int] | None:
        """Read what stands after "every"."""
        word = self._words[at : at + 1]
        if not word:
            return None
        if word[0] in _WEEK:
            on = self._skip(_ON, at + 1)
            return (self._weekday(on) if on > at + 1 else None) or (WEEKLY, at + 1)
        if word[0] in _MONTH:
            on = self._skip(_THE, self._skip(_ON, at + 1))
            if on > at + 1 and self._weekday(on):
                raise self._one_weekday(at - 1, on, on + 1, 1)
            if on > at + 1 and not self._working_day(on):
                self._refuse_day(at - 1, on)
            return (self._working_day(on) if on > at + 1 else None) or (MONTHLY, at + 1)
        return self._weekday(at) or self._working_day(at)

    def _weekday(self, at: int) -> tuple[Schedule, int] | None:
        word = self._words[at] if at < len(self._words) else ""
        day = _DAYS.get(word, _PLURALS.get(word))
        return None if day is None else (Schedule("week", DEFAULT_AT, weekday=day), at + 1)

    def _working_day(self, at: int) -> tuple[Schedule, int] | None:
        """Read "2nd working day [of the month]"."""
        number, after = self._number(at), self._after_working_day(at + 1)
        if not number or after == at + 1:
            return None
        if number > LAST_WORKING_DAY:
            raise QueryError(
                said("Not every month has a {nth} working day.", nth=ordinal(number)),
                hint=said("Choose one from the 1st to the {last}.", last=ordinal(LAST_WORKING_DAY)),
            )
        return Schedule("month", DEFAULT_AT, working_day=number), self._after_month(after)

    def _word(self, at: int) -> str:
        return self._words[at] if at < len(self._words) else ""

    def _number(self, at: int) -> int:
        """Return the number that "2nd" or "second" is, 0 where it is none."""
        word = self._word(at)
        numbered = _NUMBERED.fullmatch(word)
        return _ORDINALS.get(word) or (int(numbered.group(1)) if numbered else 0)

    def _after_working_day(self, at: int) -> int:
        """Return the place after "working day", the same place where it doesn't stand there."""
        found = (len(known) for known in _WORKING_DAY if tuple(self._words[at : at + len(known)]) == known)
        return at + next(found, 0)

    def _after_month(self, at: int) -> int:
        """Return the place after "of the month", the same place where it doesn't stand there."""
        of = self._skip(_THE, self._skip(_OF, at))
        return of + 1 if of > at and self._word(of) in _MONTH else at

    # days that can be named and not be had

    def _refuse_day(self, start: int, at: int) -> None:
        """Raise QueryError for a day of the month that nothing comes on; the words begin at `start`."""
        is_every, number = self._word(start) in _EVERY, self._number(at)
        weekday, day = self._weekday(at + 1), self._skip(_DAY_WORDS, at + 1)
        of_month = self._after_month(day)
        if number and weekday:
            raise self._one_weekday(start, at + 1, self._after_month(at + 2), number)
        is_ordinal = bool(number) and not self._word(at).isdecimal()
        is_alone = is_every and is_ordinal and self._word(at + 1) not in UNITS
        if number and (of_month > day or is_alone):
            raise self._one_date(start, max(of_month, at + 1), number)
        if self._word(at) in _FROM_THE_END:
            after = at + 2 if weekday else max(day, self._after_working_day(at + 1))
            end = self._after_month(after)
            if end > at + 1:
                raise self._from_the_end(start, end)
        working = self._after_working_day(at)
        if is_every and (working > at or self._word(at) in _WEEKDAY_WORDS):
            raise self._not_so_often(start, max(working, at + 1))

    def _one_date(self, start: int, end: int, date: int) -> QueryError:
        near = max(1, min(LAST_WORKING_DAY, round(date * 5 / 7)))  # a week of seven days has five
        return QueryError(
            "By the month I come on a working day, not on a date.",
            hint="Write every monday, every month or every 2nd working day.",
            suggestions=self._instead(start, end, self._offered.nth(near), self._offered.every_month),
        )

    def _one_weekday(self, start: int, at: int, end: int, number: int) -> QueryError:
        weekday = self._offered.weekdays[_DAYS.get(self._word(at), _PLURALS.get(self._word(at), 0))]
        near = min(LAST_WORKING_DAY, 5 * number - 4)  # the first of its week
        return QueryError(
            "By the month I come on a working day, not on a weekday.",
            hint="Write every monday, every month or every 2nd working day.",
            suggestions=self._instead(start, end, weekday, self._offered.nth(near)),
        )

    def _from_the_end(self, start: int, end: int) -> QueryError:
        last = self._offered.nth(LAST_WORKING_DAY)
        return QueryError(
            "I can't count the days of a month from its end.",
            hint="Write every monday, every month or every 2nd working day.",
            suggestions=self._instead(start, end, last, self._offered.every_month),
        )

    def _instead(self, start: int, end: int, *days: str) -> tuple[str, ...]:
        """Return the whole line with each of some days for its words from `start` to `end`."""
        return tuple(self._mended(self._places[start:end], day) for day in days)

    def _skip(self, words: frozenset[str], at: int) -> int:
        return at + 1 if at < len(self._words) and self._words[at] in words else at

    def _unknown_unit(self, at: int, after: int) -> QueryError:
        word = (self._words[after : after + 1] or [""])[0]
        if word in _OTHER_UNITS:
            return self._not_so_often(at, after + 1)
        following = self._words[after + 1 : after + 2]
        end = after + 2 if following and following[0] in {*UNITS, *_DAYS, *_PLURALS} else after + 1
        places, typed = self._places[at:end], " ".join(self._tokens[at:end])
        near = near_names(word, (*_FULL, *_WEEK, *_MONTH), 2, 60) or (WEEKDAYS[0], "month")
        days = dict.fromkeys(
            self._offered.every_month if name in _MONTH else self._offered.weekdays[_DAYS.get(name, 0)]
            for name in near
        )
        return QueryError(
            said("I don't know how often “{typed}” is.", typed=typed[:40]),
            hint="Write every monday, every month or every 2nd working day.",
            suggestions=tuple(self._mended(places, day) for day in days),
        )

    def _not_so_often(self, at: int, after: int) -> QueryError:
        places, typed = self._places[at:after], " ".join(self._tokens[at:after])
        return QueryError(
            said("I come every week or every month, not “{typed}”.", typed=typed[:40]),
            hint="Write every monday, every month or every 2nd working day.",
            suggestions=tuple(
                self._mended(places, day) for day in (self._offered.weekdays[0], self._offered.every_month)
            ),
        )

    # at what time

    def _clock(self, at: int) -> int | None:
        start = self._skip(_AT, at)
        word, after = self._word(start), start + 1
        found, hour = _CLOCK.fullmatch(word), _HOUR.fullmatch(word)
        if found is None and not (hour and self._is_hour(at, start)):
            return None
        hours, minutes, half = word, "", ""
        if found:
            hours, minutes = found.group(1) or found.group(4), found.group(2) or ""
            half = found.group(3) or found.group(5) or ""
        if not half and self._word(after) in _OCLOCK:
            after += 1
        if not half and self._word(after) in _HALVES:
            half, after = self._word(after), after + 1
        return self._take_time(int(hours), int(minutes or 0), half, after, word)

    def _is_hour(self, at: int, start: int) -> bool:
        """Whether a bare number is a time of day: after "at", before "uur" or "pm", or right behind a day."""
        follows_day = bool(self._day) and self._places[at] == self._day[-1] + 1
        following = self._word(start + 1)
        return start > at or following in _OCLOCK | _HALVES or (follows_day and following not in UNITS)

    def _take_time(self, hour: int, minute: int, half: str, after: int, typed: str) -> int:
        if half:
            hour = hour % _NOON + (_NOON if half == "pm" else 0) if 1 <= hour <= _NOON else _HOURS
        if hour >= _HOURS or minute >= _MINUTES:
            raise QueryError(
                said("“{typed}” is no time of day.", typed=typed[:40]), hint="Write it like 08:30."
            )
        moment = time(hour, minute)
        if self._at not in (None, moment):
            raise QueryError("At what time? The line names two.", hint="Leave one out.")
        self._at = moment
        return after


def _two_days(lines: Sequence[str]) -> QueryError:
    return QueryError(
        "One day at a time: the line names two.",
        hint="Subscribe twice, with a line for each day.",
        suggestions=tuple(lines),
    )


def scheduled(ordered: Ordered, usual: Schedule) -> Schedule:
    """Return when something comes: as the line says, and as usual where it says nothing."""
    weekly = {"weekly": WEEKLY, "monthly": MONTHLY}.get(ordered.frequency, usual)
    found = ordered.schedule or weekly
    at = ordered.at or (found.at if ordered.schedule is None else DEFAULT_AT)
    return Schedule(found.every, at, found.weekday, found.working_day)
