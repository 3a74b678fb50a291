"""Reads when and where a subscription is sent, and writes schedules as typed words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import time

from bot.render.schedule_words import order_words
from bot.subscriptions.schedule_changes import read_changes
from bot.subscriptions.schedule_clock import read_clock
from bot.subscriptions.schedule_days import (
    DAILY,
    DEFAULT_AT,
    MONTHLY,
    QUARTERLY,
    WEEKLY,
    WORKDAYS,
    YEARLY,
    read_day,
)
from bot.subscriptions.schedule_line import OrderLine, PartialOrder, Reader, Step, order_line
from bot.subscriptions.schedule_people import read_people
from bot.subscriptions.schedule_places import channel_or_question, read_where, refuse_two_places
from kpi_engine import QUESTIONS, SCHEDULES
from kpi_engine.domain.periods import Grain
from kpi_engine.domain.posts import Schedule

__all__ = [
    "DEFAULT_AT",
    "WEEKLY",
    "Ordered",
    "channel_or_question",
    "every_words",
    "read_order",
    "scheduled",
    "usual_rhythm",
]

_READERS: tuple[Reader, ...] = (read_people, read_where, read_changes, read_day, read_clock)
_FREQUENCIES = {
    Grain.DAY: ("daily", DAILY),
    Grain.WEEK: ("weekly", WEEKLY),
    Grain.MONTH: ("monthly", MONTHLY),
    Grain.QUARTER: ("quarterly", QUARTERLY),
    Grain.YEAR: ("yearly", YEARLY),
}
"""How often something comes, said in one word."""
_USUAL = dict(_FREQUENCIES.values())
"""The schedule that each rhythm has without more words."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a line subscribes to: `what` is the rest of the line, without when and where.

    `schedule` is None without a day; `at` may be set then. `channel` is a channel's id, None for direct
    messages, and `place` what was typed for it. `is_here` stands for the channel where the line was typed.
    `frequency` is "daily", "weekly" and so on if that word is the only one that says how often. `people` are
    the ids of those who get it, with the person who typed it if `is_mine`; with `each_rep` every rep does.
    With `only_changes` it is sent only if a figure has changed.
    """

    what: str
    schedule: Schedule | None
    at: time | None
    channel: str | None
    place: str
    is_here: bool
    frequency: str
    is_mine: bool = False
    people: tuple[str, ...] = ()
    each_rep: bool = False
    only_changes: bool = False


def every_words(schedule: Schedule, language: str = "en") -> str:
    """Return a schedule as it is typed: "every monday 08:30"."""
    return f"{order_words(language).day(schedule)} {schedule.at:%H:%M}"


def read_order(line: str, language: str = "en") -> Ordered:
    """Read when and where from a normalised line. Raises QueryError; `language` is that of suggestions."""
    left, read = order_line(line, language), PartialOrder()
    at = 0
    while at < len(left.words):
        step = _step(left, at, read)
        if step is None:
            at += 1
        else:
            read, after = step
            left = left.without(at, after)
    refuse_two_places(read)
    left, frequency = (left, "") if read.schedule else _frequency(left)
    _refuse_plain_place(left, read, frequency, language)
    what = " ".join(left.tokens)
    return Ordered(
        what,
        read.schedule,
        read.at,
        read.channel,
        read.place,
        read.is_here,
        frequency,
        read.is_mine,
        read.people,
        read.each_rep,
        read.only_changes,
    )


def scheduled(ordered: Ordered, usual: Schedule) -> Schedule:
    """Return the schedule of a line, with the parts that it doesn't name from the usual schedule."""
    found = ordered.schedule or _USUAL.get(ordered.frequency, usual)
    at = ordered.at or (found.at if ordered.schedule is None else DEFAULT_AT)
    return replace(found, at=at)


def usual_rhythm(schedule: Schedule) -> Schedule:
    """Return the schedule of the same rhythm that a line without a day means."""
    return next(usual for usual in (*_USUAL.values(), WORKDAYS) if usual.every == schedule.every)


def _step(left: OrderLine, at: int, read: PartialOrder) -> Step | None:
    for reader in _READERS:
        step = reader(left, at, read)
        if step is not None:
            return step
    return None


def _frequency(left: OrderLine) -> tuple[OrderLine, str]:
    """Return the line without "weekly" or another word for how often, and that word in English."""
    for at, word in enumerate(left.words):
        grain = QUESTIONS.every.get(word)
        if grain in _FREQUENCIES:
            return left.without(at, at + 1), _FREQUENCIES[grain][0]
    return left, ""


def _refuse_plain_place(left: OrderLine, read: PartialOrder, frequency: str, language: str) -> None:
    """Raise QueryError for "weekly in sales", which can mean a channel or a metric."""
    is_first = QUESTIONS.every.get(left.word(0)) in _FREQUENCIES
    summary = frequency or (left.tokens[0] if is_first else "")
    place = left.words[is_first:]
    if not summary or len(place) < 2 or place[0] not in SCHEDULES.towards:  # noqa: PLR2004
        return
    name = " ".join(left.tokens[is_first + 1 :])
    rest = f" {every_words(read.schedule, language)}" if read.schedule else ""
    verb = left.offered.subscribe
    raise channel_or_question(name, (f"{verb} {summary}{rest}", f"{verb} {name} {summary}{rest}"))
