"""Reads what an alert waits for, where it goes and when it is quiet; the rest of the line is its question."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import time

from kpi_engine import (
    ALERTS,
    COMMANDS,
    FILLERS,
    ME,
    NUMBER,
    PERIODS,
    SCHEDULES,
    fold,
    is_in,
    one_of,
    phrase_end,
)
from kpi_engine.domain.alerts import QuietHours, Rule
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.translatable import said

_TOKEN = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_GLUED = re.compile(r":?([<>]=?)(?=[\d€-])")
_NUMBER = re.compile(NUMBER, re.IGNORECASE)
_LONGEST_NUMBER = 3
"""Words of a number, at most: "€ 300 000"."""
_CHANNEL = re.compile(r"<#([A-Z0-9]+)(?:\|[^>]*)?>")
_NAMED_CHANNEL = re.compile(r"#[\w-]+", re.UNICODE)
_SIGNS = {"<": Rule.BELOW, "<=": Rule.BELOW, ">": Rule.ABOVE, ">=": Rule.ABOVE}
_HOUR = rf"(\d{{1,2}})(?:(?:[:.]|{one_of(SCHEDULES.hour_signs)})(\d{{2}})?)?"
_HOURS = re.compile(rf"{_HOUR}(?: ?- ?| (?:{one_of(ALERTS.until)}) ){_HOUR}")
_LONGEST_HOURS = 3
_IN_A_DAY, _IN_AN_HOUR = 24, 60
_CHANGING = COMMANDS.falling | COMMANDS.rising


@dataclass(frozen=True, slots=True)
class ReadAlert:
    """What was read of a line; `what` is the question that is left.

    `bound`, `cases` and `change` are numbers as typed, "" where the line names none. `channel` is an id and
    `place` what was typed for it; `is_here` stands for the channel where the line was typed. `quiet` are
    hours that the line names, and `is_anytime` says that there are to be none.
    """

    what: str = ""
    rule: Rule | None = None
    bound: str = ""
    cases: str = ""
    change: str = ""
    quiet: QuietHours | None = None
    is_anytime: bool = False
    channel: str | None = None
    place: str = ""
    is_here: bool = False
    is_mine: bool = False


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a line that aren't read yet, as typed and in the form in which they are compared."""

    tokens: tuple[str, ...]
    words: tuple[str, ...]

    def without(self, start: int, end: int) -> _Words:
        return _Words((*self.tokens[:start], *self.tokens[end:]), (*self.words[:start], *self.words[end:]))

    def number(self, at: int) -> tuple[str, int] | None:
        """Return the number that begins at a position, as typed, and the position after it."""
        for after in range(min(at + _LONGEST_NUMBER, len(self.tokens)), at, -1):
            typed = " ".join(self.tokens[at:after])
            if _NUMBER.fullmatch(typed) and not is_in(PERIODS.units, self.words, after):
                return typed, after
        return None


_Step = tuple[ReadAlert, int, int]
"""What was read, and the words that said it: from a position up to another one."""


def read_alert(line: str) -> ReadAlert:
    """Read the line of an alert. Raises QueryError."""
    tokens = tuple(_TOKEN.findall(_GLUED.sub(r" \1 ", line)))
    left, read = _Words(tokens, tuple(fold(token).rstrip(",;") for token in tokens)), ReadAlert()
    for readers in (_FIRST, _BOUNDS, _RANGES):
        at = 0
        while at < len(left.words):
            step = _step(readers, left, at, read)
            if step is None:
                at += 1
            else:
                read, start, end = step
                left, at = left.without(start, end), start
    if read.is_mine + read.is_here + (read.channel is not None) > 1:
        raise QueryError("To you or to a channel? You named both.", hint="Leave one out.")
    return replace(read, what=" ".join(_asked(left).tokens))


def warning_of(line: str) -> str | None:
    """Return what follows "tell me when" at the beginning of a line; None for another line."""
    tokens = _TOKEN.findall(line)
    words = [fold(token) for token in tokens]
    at = 0
    while not (after := phrase_end(ALERTS.warning, words, at)) and is_in(FILLERS, words, at):
        at += 1
    if after is None or not is_in(ALERTS.when, words, after):
        return None
    return " ".join(tokens[after + 1 :])


_Reader = Callable[[_Words, int, ReadAlert], _Step | None]


def _step(readers: Sequence[_Reader], left: _Words, at: int, read: ReadAlert) -> _Step | None:
    return next((step for reader in readers if (step := reader(left, at, read))), None)


def _where(left: _Words, at: int, read: ReadAlert) -> _Step | None:
    """Read "in #sales", "here" and "to me". Raises QueryError for a channel without an id."""
    towards = left.words[at] in SCHEDULES.towards
    place = at + towards
    if place >= len(left.words):
        return None
    channel, word = _CHANNEL.fullmatch(left.tokens[place].rstrip(",;")), left.words[place]
    if channel:
        if read.channel not in (None, channel.group(1)):
            raise QueryError("Name one channel at a time.", hint="Set up an alert for each channel.")
        return replace(read, channel=channel.group(1), place=channel.group()), at, place + 1
    if word in SCHEDULES.here:
        return replace(read, is_here=True), at, place + 1
    if towards and word in SCHEDULES.myself:
        return replace(read, is_mine=True), at, place + 1
    if _NAMED_CHANNEL.fullmatch(word):
        raise QueryError(
            said("I can't tell which channel “{name}” is.", name=left.tokens[place][:40]),
            hint="Type # and choose the channel from Slack's list, or write “here” in that channel.",
        )
    return None


def _quiet(left: _Words, at: int, read: ReadAlert) -> _Step | None:
    """Read "quiet 20:00-07:00" and "any time". Raises QueryError for hours that can't be."""
    if after := phrase_end(ALERTS.anytime, left.words, at):
        return replace(read, is_anytime=True, quiet=None), at, after
    if left.words[at] not in ALERTS.quiet:
        return None
    for after in range(min(at + 1 + _LONGEST_HOURS, len(left.words)), at + 1, -1):
        found = _HOURS.fullmatch(" ".join(left.words[at + 1 : after]))
        if found:
            start, end = _time(found.group(1), found.group(2)), _time(found.group(3), found.group(4))
            return replace(read, quiet=QuietHours(start, end), is_anytime=False), at, after
    raise QueryError("When should it be quiet?", hint="Write it like: quiet 20:00-07:00.")


def _time(hours: str, minutes: str | None) -> time:
    hour, minute = int(hours) % _IN_A_DAY if int(hours) == _IN_A_DAY else int(hours), int(minutes or 0)
    if hour >= _IN_A_DAY or minute >= _IN_AN_HOUR:
        raise QueryError(
            said("“{typed}” isn't a time of day.", typed=f"{hours}:{minutes or '00'}"),
            hint="Write it like 08:30.",
        )
    return time(hour, minute)


def _floor(left: _Words, at: int, read: ReadAlert) -> _Step | None:
    """Read "with at least 30 cases" and "by at least 5k"."""
    start = at + (left.words[at] in ALERTS.by)
    begun = phrase_end(ALERTS.least, left.words, start)
    found = left.number(begun) if begun else None
    if found is None:
        return None
    typed, after = found
    if is_in(ALERTS.cases, left.words, after):
        return replace(read, cases=typed), at, after + 1
    return replace(read, change=typed), at, after + is_in(ALERTS.by, left.words, after)


def _bound(left: _Words, at: int, read: ReadAlert) -> _Step | None:
    """Read "below 15%", with the verbs around it: "drops below 15%", "onder 15% komt"."""
    rule, after = _SIGNS.get(left.words[at]), at + 1
    for known, phrases in ((Rule.BELOW, ALERTS.below), (Rule.ABOVE, ALERTS.above)):
        if end := phrase_end(phrases, left.words, at):
            rule, after = known, end
    found = left.number(after) if rule else None
    if rule is None or found is None:
        return None
    typed, after = found
    if read.rule is not None and (read.rule, read.bound) != (rule, typed):
        raise QueryError("An alert waits for one thing.", hint="Set up an alert for each.")
    while is_in(ALERTS.moving | _CHANGING, left.words, after):
        after += 1
    return replace(read, rule=rule, bound=typed), _before(left, at), after


def _range(left: _Words, at: int, read: ReadAlert) -> _Step | None:
    """Read "unusual", "drops" and "stijgt", with the verbs before it: "is unusual"."""
    word = left.words[at]
    rule = (
        Rule.UNUSUAL
        if word in ALERTS.unusual
        else Rule.DROP
        if word in COMMANDS.falling
        else Rule.RISE
        if word in COMMANDS.rising
        else None
    )
    if rule is None or read.bound:
        return None
    if Rule.UNUSUAL not in (rule, read.rule or rule) and read.rule not in (None, rule):
        raise QueryError("An alert waits for one thing.", hint="Set up an alert for each.")
    kept = read.rule if rule is Rule.UNUSUAL and read.rule else rule  # "unusually low" is a drop
    after = at + 1
    while is_in(ALERTS.moving, left.words, after):
        after += 1
    return replace(read, rule=kept), _before(left, at), after


def _before(left: _Words, at: int) -> int:
    """Return where the verbs before a position begin."""
    while at and is_in(ALERTS.moving | _CHANGING, left.words, at - 1):
        at -= 1
    return at


def _asked(left: _Words) -> _Words:
    """Return the words of the question, without "me when" before it, or "below" and no number behind it."""
    while left.words and left.words[0] in FILLERS | ME | ALERTS.when | SCHEDULES.myself:
        left = left.without(0, 1)
    for at in range(len(left.words)):
        ends = {phrase_end(phrases, left.words, at) for phrases in (ALERTS.below, ALERTS.above)}
        if len(left.words) in ends:
            return left.without(at, len(left.words))
    return left


_FIRST: tuple[_Reader, ...] = (_where, _quiet, _floor)
_BOUNDS: tuple[_Reader, ...] = (_bound,)
_RANGES: tuple[_Reader, ...] = (_range,)
"""Each is read over the whole line before the next: "drops below 15%" waits for a bound, not for a drop."""
