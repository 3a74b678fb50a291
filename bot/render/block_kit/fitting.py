"""How much of a document one Slack message holds: in its text, which screen readers read, as in its blocks.

What doesn't fit is left out of both, and both say so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot import slack_limits as limits
from bot.render.block_kit import blocks, parts
from bot.render.block_kit.blocks import Block
from bot.render.block_kit.markup import top_level
from bot.render.block_kit.shortening import (
    Words,
    cut_answered,
    cut_sections,
    first_answers,
    first_items,
    first_lines,
    first_terms,
    with_beginnings,
)
from bot.render.document import (
    Answered,
    Glossary,
    Listing,
    Notes,
    Page,
    Part,
    Scoreboard,
    Section,
)
from bot.render.plain_text import lines

_TEXT_ROOM = limits.MESSAGE_TEXT - 100
"""Characters for a message's text, so that a mark at its end still fits."""
_BLOCKS_ROOM = limits.JSON_OF_BLOCKS - 300
"""Characters of JSON for its blocks, for the same reason."""
_BLOCKS_OF_ALL = 25
_BLOCKS_OF_FOOT = 5
"""What didn't fit, two rows of buttons, who shared it, and the mark of made-up data."""
_JSON_OF_FOOT = 500
_BLOCKS_OF_SUMMARY = 24
"""So that a mark at its end still fits."""
_ROOM_OF_PAGE = 300
_LONGEST_BEGINNING = 300
_SHORTEST_POINT = 10
"""Characters of a period with its value, at least."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a message tells of a document: its text, its blocks, and those without the newer types."""

    text: str
    blocks: tuple[Block, ...]
    plain: tuple[Block, ...]


def fitted(document: Sequence[Part], language: str) -> Told:
    """Return as much of a document as one message holds."""
    words = Words(language)
    if any(isinstance(part, Answered | Scoreboard) for part in document):
        return _answers(document, words)
    if any(isinstance(part, Section) for part in document):
        return _summary(document, words)
    for part in document:
        match part:
            case Glossary():
                return _glossary(document, part, words)
            case Page():
                return _page(document, part)
            case Listing(more=more) if more:
                return _listing(document, part)
    return _told(document)


def _told(document: Sequence[Part], *, brief: bool = False) -> Told:
    newer, plain = parts.forms(parts.shown(document))
    return Told(_text(document, brief=brief), tuple(newer), tuple(plain))


def _text(document: Sequence[Part], *, brief: bool = False) -> str:
    return "\n".join(map(top_level, lines(document, brief=brief)))


def _largest(count: int, fits: Callable[[int], bool]) -> int:
    """Return the largest number up to `count` that fits, 0 where none does; what is less always fits too."""
    low, high = 0, count
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def _replaced(document: Sequence[Part], old: Part, new: Part) -> list[Part]:
    return [new if part is old else part for part in document]


# answers


def _answers(document: Sequence[Part], words: Words) -> Told:
    """Return all of some answers, else in fewer words, else fewer periods, groups or answers."""
    few = limits.CHART_POINTS
    if _points(document) * _SHORTEST_POINT <= _TEXT_ROOM:
        for brief in (False, True):
            attempt = _answers_told(document, words, brief=brief)
            if _is_fit(attempt):
                return attempt
    attempt = _answers_told(document, words, brief=True, points=few)
    if _is_fit(attempt):
        return attempt

    def narrowed(rows: int) -> Told:
        return _answers_told(document, words, brief=True, points=few, rows=rows)

    rows = _largest(_rows(document), lambda rows: _is_fit(narrowed(rows)))
    if rows:
        return narrowed(rows)

    def first(count: int) -> Told:
        kept, total = first_answers(document, count)
        rest = words.answers_shown(count, total) if count < total else ""
        return _answers_told(kept, words, brief=True, points=few, rows=1, rest=rest)

    _, total = first_answers(document, 0)
    return first(_largest(total, lambda count: _is_fit(first(count))) or 1)


def _is_fit(attempt: Told) -> bool:
    return len(attempt.text) <= _TEXT_ROOM and blocks.json_size(attempt.blocks) <= _BLOCKS_ROOM


def _points(document: Sequence[Part]) -> int:
    figures = [part.breakdown for part in document if isinstance(part, Answered) and part.breakdown]
    return sum(len(series.points) for figure in figures if figure.groups for series in figure.series)


def _rows(document: Sequence[Part]) -> int:
    figures = [part.breakdown for part in document if isinstance(part, Answered) and part.breakdown]
    return max((len(figure.groups.rows) for figure in figures if figure.groups), default=0)


def _answers_told(
    document: Sequence[Part],
    words: Words,
    *,
    brief: bool = False,
    points: int | None = None,
    rows: int | None = None,
    rest: str = "",
) -> Told:
    cut = [
        cut_answered(part, words, rows, points) if isinstance(part, Answered) else part for part in document
    ]
    body = [part for part in cut if isinstance(part, Answered | Scoreboard)]
    tail = [*([Notes((rest,))] if rest else []), *(part for part in cut if part not in body)]
    after = parts.shown(tail)
    room = limits.JSON_OF_BLOCKS - _JSON_OF_FOOT - blocks.json_size([entry.block for entry in after])
    newer, plain = (
        (*_kept(form, room, words), *end)
        for form, end in zip(parts.forms(parts.shown(body)), parts.forms(after), strict=True)
    )
    return Told(_text([*body, *tail], brief=brief), tuple(newer), tuple(plain))


def _kept(shown: Sequence[Block], room: int, words: Words) -> list[Block]:
    """Return the blocks that Slack takes in one message; the text says what the others would.

    At most two charts, and at most `room` characters of JSON.
    """
    kept: list[Block] = []
    charts = limits.CHARTS
    for block in shown[: _BLOCKS_OF_ALL - _BLOCKS_OF_FOOT]:
        charts -= block["type"] == "data_visualization"
        room -= len(json.dumps(block, ensure_ascii=False))
        if room < 0:
            break
        if block["type"] != "data_visualization" or charts >= 0:
            kept.append(block)
    if len(kept) < len(shown):
        kept += blocks.contexts([words.not_everything()])
    return kept


# summaries


def _summary(document: Sequence[Part], words: Words) -> Told:
    """Return all of a summary, else in fewer words, else with shorter lists, else without its last lines."""
    sections = [part for part in document if isinstance(part, Section)]
    lists = [entry.groups.total for part in sections for entry in part.breakdowns if entry.groups]
    rows, entries = max(lists, default=0), sum(len(part.metrics) for part in sections)

    def made(rows: int, entries: int, *, brief: bool = True) -> Told:
        return _told(cut_sections(document, rows, entries, words), brief=brief)

    def fits(told: Told) -> bool:
        return len(told.text) <= _TEXT_ROOM and all(
            len(form) <= _BLOCKS_OF_SUMMARY and blocks.json_size(form) <= _BLOCKS_ROOM
            for form in (told.blocks, told.plain)
        )

    in_full = made(rows, entries, brief=False)
    if fits(in_full):
        return in_full
    fitting = _largest(rows, lambda count: fits(made(count, entries)))
    if fitting:
        return made(fitting, entries)
    return made(1, _largest(entries, lambda count: fits(made(1, count))) or 1)


# lists


def _glossary(document: Sequence[Part], part: Glossary, words: Words) -> Told:
    """Return the terms with their meanings, else with how each meaning begins, else the first of them."""

    def cut(count: int, room: int | None) -> list[Part]:
        shown = part if room is None else with_beginnings(part, room, words)
        return _replaced(document, part, first_terms(shown, count, words))

    def fits(count: int, room: int | None) -> bool:
        return len(_text(cut(count, room))) <= _TEXT_ROOM

    count = len(part.terms)
    if fits(count, None):
        return _told(document)
    meaning = _largest(_LONGEST_BEGINNING, lambda room: fits(count, room))
    return _told(cut(_largest(count, lambda count: fits(count, meaning)), meaning))


def _page(document: Sequence[Part], part: Page) -> Told:
    """Return a page with as many of its items as fit, one at least."""
    for count in range(len(part.items), 0, -1):
        told = _told(_replaced(document, part, first_items(part, count)))
        size = len(json.dumps(told.blocks, ensure_ascii=False))
        is_fit = (
            size < limits.JSON_OF_BLOCKS - _ROOM_OF_PAGE
            and len(told.text) < limits.MESSAGE_TEXT - _ROOM_OF_PAGE
        )
        if is_fit or count == 1:
            return told
    return _told(document)


def _listing(document: Sequence[Part], part: Listing) -> Told:
    """Return a list with as many of its lines as a section's text holds; marks may spread them over more."""

    def first(count: int) -> list[Part]:
        return _replaced(document, part, first_lines(part, count))

    def fits(count: int) -> bool:
        told = _told(first(count))
        return max(len(told.text), len(told.blocks[0]["text"]["text"])) < limits.SECTION_TEXT

    return _told(first(_largest(min(len(part.lines), part.most), fits)))
