"""Reads when and where a subscription is sent, and writes schedules as typed words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from bot.render.subscription_list import order_words
from bot.subscriptions.schedule_clock import read_clock
from bot.subscriptions.schedule_days import DEFAULT_AT, MONTHLY, WEEKLY, not_so_often, read_day
from bot.subscriptions.schedule_line import OrderLine, PartialOrder, Reader, Step, order_line
from bot.subscriptions.schedule_places import channel_or_question, read_where, refuse_two_places
from kpi_engine import QUESTIONS, SCHEDULES
from kpi_engine.domain.periods import Grain
from kpi_engine.domain.posts import Schedule

__all__ = [
    "DEFAULT_AT",
    "MONTHLY",
    "WEEKLY",
    "Ordered",
    "channel_or_question",
    "every_words",
    "read_order",
    "scheduled",
]

_READERS: tuple[Reader, ...] = (read_where, read_day, read_clock)
_FREQUENCIES = {Grain.WEEK: "weekly", Grain.MONTH: "monthly"}


@dataclass(frozen=True, slots=True)
class Ordered:
    """What a line subscribes to: `what` is the rest of the line, without when and where.

    `schedule` is None without a day; `at` may be set then. `channel` is a channel's id, None for direct
    messages, and `place` what was typed for it. `is_here` stands for the channel where the line was typed.
    `frequency` is "weekly" or "monthly" if that word is the only one that says how often.
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
    return Ordered(what, read.schedule, read.at, read.channel, read.place, read.is_here, frequency)


def scheduled(ordered: Ordered, usual: Schedule) -> Schedule:
    """Return the schedule of a line, with the parts that it doesn't name from the usual schedule."""
    weekly = {"weekly": WEEKLY, "monthly": MONTHLY}.get(ordered.frequency, usual)
    found = ordered.schedule or weekly
    at = ordered.at or (found.at if ordered.schedule is None else DEFAULT_AT)
    return Schedule(found.every, at, found.weekday, found.working_day)


def _step(left: OrderLine, at: int, read: PartialOrder) -> Step | None:
    for reader in _READERS:
        step = reader(left, at, read)
        if step is not None:
            return step
    return None


def _frequency(left: OrderLine) -> tuple[OrderLine, str]:
    """Return the line without "weekly" or "monthly", and that word. Raises QueryError for "daily"."""
    for at, word in enumerate(left.words):
        grain = QUESTIONS.every.get(word)
        if grain in _FREQUENCIES:
            return left.without(at, at + 1), _FREQUENCIES[grain]
        if grain is Grain.DAY:
            raise not_so_often(left, at, at + 1)
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
