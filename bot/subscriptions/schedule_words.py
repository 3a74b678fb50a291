"""When something comes and where it goes, read from a typed line, and said back as typed words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from bot.render.subscription_list import order_words
from bot.subscriptions.schedule_clock import read_clock
from bot.subscriptions.schedule_days import DEFAULT_AT, MONTHLY, WEEKLY, not_so_often, read_day
from bot.subscriptions.schedule_line import OrderLine, PartialOrder, Reader, Step, order_line
from bot.subscriptions.schedule_places import channel_or_question, read_where, refuse_two_places
from kpi_engine.domain.periods import Grain
from kpi_engine.domain.posts import Schedule
from kpi_engine.language.lexicon import QUESTIONS, SCHEDULES

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
    """Return when something comes: as the line says, and as usual where it says nothing."""
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
    """Take "weekly" or "monthly" out of the line. Raises QueryError for "daily"."""
    for at, word in enumerate(left.words):
        grain = QUESTIONS.every.get(word)
        if grain in _FREQUENCIES:
            return left.without(at, at + 1), _FREQUENCIES[grain]
        if grain is Grain.DAY:
            raise not_so_often(left, at, at + 1)
    return left, ""


def _refuse_plain_place(left: OrderLine, read: PartialOrder, frequency: str, language: str) -> None:
    """Refuse "weekly in sales": the summary for a channel, or sales each week."""
    is_first = QUESTIONS.every.get(left.word(0)) in _FREQUENCIES
    summary = frequency or (left.tokens[0] if is_first else "")
    place = left.words[is_first:]
    if not summary or len(place) < 2 or place[0] not in SCHEDULES.towards:  # noqa: PLR2004
        return
    name = " ".join(left.tokens[is_first + 1 :])
    rest = f" {every_words(read.schedule, language)}" if read.schedule else ""
    verb = left.offered.subscribe
    raise channel_or_question(name, (f"{verb} {summary}{rest}", f"{verb} {name} {summary}{rest}"))
