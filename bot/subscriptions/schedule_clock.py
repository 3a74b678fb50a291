"""Reads the time of a subscription: "at 8:30", "om 9 uur", "14u30"."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time

from bot.subscriptions.schedule_line import OrderLine, PartialOrder, Step
from kpi_engine import PERIODS, SCHEDULES, one_of
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.translatable import said

_HOUR_SIGN = f"[:.]|{one_of(SCHEDULES.hour_signs)}"
_CLOCK = re.compile(rf"(\d{{1,2}})(?:{_HOUR_SIGN})(\d{{2}})?(am|pm)?|(\d{{1,2}})(am|pm)")
_HOUR = re.compile(r"\d{1,2}")
_HALVES = frozenset({"am", "pm"})
_BEHIND_HOUR = SCHEDULES.hour | _HALVES
_NOON, _HOURS, _MINUTES = 12, 24, 60


def read_clock(line: OrderLine, at: int, read: PartialOrder) -> Step | None:
    """Read a time of day. Raises QueryError for an impossible time, and for a second one."""
    start = line.after(SCHEDULES.at, at)
    word, after = line.word(start), start + 1
    found, hour = _CLOCK.fullmatch(word), _HOUR.fullmatch(word)
    if found is None and not (hour and _is_hour(line, at, start, read)):
        return None
    hours, minutes, half = word, "", ""
    if found:
        hours, minutes = found.group(1) or found.group(4), found.group(2) or ""
        half = found.group(3) or found.group(5) or ""
    if not half:
        after = line.after(SCHEDULES.hour, after)
    if not half and line.word(after) in _HALVES:
        half, after = line.word(after), after + 1
    moment = _moment(int(hours), int(minutes or 0), half, word)
    if read.at not in (None, moment):
        raise QueryError("At what time? You named two.", hint="Leave one out.")
    return replace(read, at=moment), after


def _is_hour(line: OrderLine, at: int, start: int, read: PartialOrder) -> bool:
    """Whether a number is a time of day: after "at", before "uur" or "pm", or directly after a day."""
    follows_day = bool(read.day) and line.places[at] == read.day[-1] + 1
    following = line.word(start + 1)
    return start > at or following in _BEHIND_HOUR or (follows_day and following not in PERIODS.units)


def _moment(hour: int, minute: int, half: str, typed: str) -> time:
    """Return a time of day; `half` is "am", "pm" or empty. Raises QueryError."""
    if half:
        hour = hour % _NOON + (_NOON if half == "pm" else 0) if 1 <= hour <= _NOON else _HOURS
    if hour >= _HOURS or minute >= _MINUTES:
        raise QueryError(
            said("“{typed}” isn't a time of day.", typed=typed[:40]), hint="Write it like 08:30."
        )
    return time(hour, minute)
