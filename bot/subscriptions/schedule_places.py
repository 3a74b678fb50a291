"""Reads where a subscription is sent: a channel, the current channel, or the person who types."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.subscriptions.schedule_line import OrderLine, PartialOrder, Step
from kpi_engine import SCHEDULES
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.translatable import said

_CHANNEL = re.compile(r"<#([A-Z0-9]+)(?:\|[^>]*)?>")
_NAMED_CHANNEL = re.compile(r"#[\w-]+", re.UNICODE)


def read_where(line: OrderLine, at: int, read: PartialOrder) -> Step | None:
    """Read "in #sales", "here" and "to me". Raises QueryError for a channel without an id."""
    towards = line.words[at] in SCHEDULES.towards
    place = at + towards
    if place >= len(line.words):
        return None
    channel, word = _CHANNEL.fullmatch(line.tokens[place].rstrip(",;")), line.words[place]
    if channel:
        if read.channel not in (None, channel.group(1)):
            raise QueryError("Name one channel at a time.", hint="Subscribe each channel with its own line.")
        return replace(read, channel=channel.group(1), place=channel.group()), place + 1
    if word in SCHEDULES.here:
        return replace(read, is_here=True), place + 1
    if towards and word in SCHEDULES.myself:
        return replace(read, is_mine=True), place + 1
    if _NAMED_CHANNEL.fullmatch(word):
        without = line.mended(line.places[at : place + 1])
        raise QueryError(
            said("I can't tell which channel “{name}” is.", name=line.tokens[place][:40]),
            hint="Type # and choose the channel from Slack's list, or write “here” in that channel.",
            suggestions=(without, f"{without} {line.offered.here}"),
        )
    return None


def refuse_two_places(read: PartialOrder) -> None:
    """Raise QueryError for a line that names both a person and a channel, or people and each rep."""
    is_channel = read.is_here or read.channel is not None
    if read.is_mine + read.is_here + (read.channel is not None) > 1:
        raise QueryError("To you or to a channel? You named both.", hint="Leave one out.")
    if is_channel and (read.people or read.each_rep):
        raise QueryError("To people or to a channel? You named both.", hint="Leave one out.")
    if read.each_rep and (read.people or read.is_mine):
        raise QueryError("To each rep or to the people you named? Both doesn't work.", hint="Leave one out.")


def channel_or_question(name: str, lines: Sequence[str]) -> QueryError:
    """Return the question whether "in sales" means a channel or a metric."""
    return QueryError(
        said("Is “{name}” a channel, or what I should send?", name=name[:40]),
        hint=said(
            "Write a channel as #{name}: type # and choose it from Slack's list, or write “here” in "
            "that channel.",
            name=name[:40],
        ),
        suggestions=tuple(lines),
    )
