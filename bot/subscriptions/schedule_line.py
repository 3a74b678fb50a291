"""The line of a subscription while it is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import time

from bot.render.schedule_words import OrderWords, order_words
from kpi_engine import SCHEDULES, fold, is_in, one_of
from kpi_engine.domain.posts import Schedule

_TOKEN = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_QUOTED_TIME = re.compile(rf'\b({one_of(SCHEDULES.every)}) "([^"]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OrderLine:
    """The part of a line that hasn't been read yet.

    `typed` are all tokens of the line. `tokens` are the remaining ones, `words` the same in the form in
    which they are compared, and `places` their indexes in `typed`. Suggestions use the words of `offered`.
    """

    typed: tuple[str, ...]
    tokens: tuple[str, ...]
    words: tuple[str, ...]
    places: tuple[int, ...]
    offered: OrderWords

    def word(self, at: int) -> str:
        """Return a remaining word, "" past the end."""
        return self.words[at] if at < len(self.words) else ""

    def after(self, known: Collection[str], at: int) -> int:
        """Return the position after a word if it is one of `known`, else the same position."""
        return at + 1 if is_in(known, self.words, at) else at

    def without(self, at: int, after: int) -> OrderLine:
        """Return the line without the words between two positions."""
        tokens, words, places = (
            (*entries[:at], *entries[after:]) for entries in (self.tokens, self.words, self.places)
        )
        return replace(self, tokens=tokens, words=words, places=places)

    def mended(self, places: Sequence[int], words: str = "") -> str:
        """Return the whole line as typed, with `words` instead of the tokens in `places`."""
        first = min(places)
        before = [token for at, token in enumerate(self.typed) if at < first]
        after = [token for at, token in enumerate(self.typed) if at > first and at not in places]
        return " ".join((self.offered.subscribe, *before, *([words] if words else []), *after))

    def instead(self, start: int, end: int, *days: str) -> tuple[str, ...]:
        """Return the whole line once for each of `days`, which replaces the words from `start` to `end`."""
        return tuple(self.mended(self.places[start:end], day) for day in days)


@dataclass(frozen=True, slots=True)
class PartialOrder:
    """What has been read of a line so far.

    `day` are the `places` of the words of `schedule`. `channel` is an id and `place` what was typed for it.
    `is_here` stands for the channel where the line was typed, `is_mine` for the person who typed it.
    `people` are the ids of others whom it is sent to, `each_rep` stands for every rep. With `only_changes`
    it is sent only if a figure has changed.
    """

    schedule: Schedule | None = None
    day: tuple[int, ...] = ()
    at: time | None = None
    channel: str | None = None
    place: str = ""
    is_here: bool = False
    is_mine: bool = False
    people: tuple[str, ...] = ()
    each_rep: bool = False
    only_changes: bool = False


Step = tuple[PartialOrder, int]
"""What has been read up to a position, and that position."""

Reader = Callable[[OrderLine, int, PartialOrder], Step | None]
"""Reads the words at a position; returns None if they aren't of its kind. Raises QueryError."""


def order_line(line: str, language: str) -> OrderLine:
    """Cut a normalised line into words; `language` is that of suggestions."""
    typed = tuple(_TOKEN.findall(_QUOTED_TIME.sub(r"\1 \2", line)))
    words = tuple(fold(token).rstrip(",;") for token in typed)
    return OrderLine(typed, typed, words, tuple(range(len(typed))), order_words(language))
