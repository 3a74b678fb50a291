"""Reads to whom a subscription is sent: "for each rep", "to @anna and @karim"."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.subscriptions.schedule_line import OrderLine, PartialOrder, Step
from kpi_engine import QUESTIONS, SCHEDULES, fold
from kpi_engine.domain.errors import QueryError

_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_AND = QUESTIONS.both | {"&"}
_MOST = 20
"""How many people one subscription is sent to, at most."""


def read_people(line: OrderLine, at: int, read: PartialOrder) -> Step | None:
    """Read "for each rep", and "to" before mentions of people. Raises QueryError for too many of them."""
    word, after = line.word(at), line.word(at + 1)
    if word in SCHEDULES.towards and after in SCHEDULES.every and line.word(at + 2) in SCHEDULES.rep:
        return replace(read, each_rep=True), at + 3
    if word not in SCHEDULES.recipients:
        return None
    people, is_mine, place = list(read.people), read.is_mine, at + 1
    while place < len(line.words):
        named = _named(line, place)
        if named is not None:
            people += [person for person in named if person]
            is_mine = is_mine or "" in named
        elif not (line.word(place) in _AND and _named(line, place + 1)):
            break
        place += 1
    if len(people) == len(read.people):
        return None  # "to me" alone is read with the places
    if len(people) > _MOST:
        raise QueryError(
            "That is too many people for one subscription.",
            hint="Name at most twenty, or send it to a channel.",
        )
    return replace(read, people=tuple(dict.fromkeys(people)), is_mine=is_mine), place


def _named(line: OrderLine, at: int) -> tuple[str, ...] | None:
    """Return the people of a word such as "<@U1>,me", "" for the one who types; None for other words."""
    parts = line.tokens[at].rstrip(",;").split(",") if at < len(line.tokens) else [""]
    found = [_PERSON.fullmatch(part) for part in parts]
    if not all(person or fold(part) in SCHEDULES.myself for person, part in zip(found, parts, strict=True)):
        return None
    return tuple(person.group(1) if person else "" for person in found)
