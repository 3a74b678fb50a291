"""An answer as a message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot import slack_limits as limits
from bot.render import blocks, figures
from bot.render.escape import code, escaped, marked_down
from bot.render.figures import Shown
from bot.render.fitting import BLOCKS_ROOM, TEXT_ROOM, cut, largest, left_out
from bot.render.message import Block, Message
from bot.render.next_steps import button_rows
from bot.render.scores import score, score_line
from bot.render.sentences import Sentences, listed
from kpi_engine.domain.answer import Answer
from kpi_engine.language.parser import canonical

_BLOCKS_OF_ALL = 25
_QUESTION_SHOWN = 400
_BLOCKS_OF_FOOT = 5
"""What didn't fit, two rows of buttons, who shared it, and the mark of made-up data."""
_JSON_OF_FOOT = 500
_SHORTEST_POINT = 10
"""Characters of a period with its value, at least."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a message tells of its answers: as much as fits, with what it leaves out."""

    answers: tuple[Answer, ...]
    text: str
    blocks: tuple[Block, ...]
    plain: tuple[Block, ...]

    @property
    def fits(self) -> bool:
        return len(self.text) <= TEXT_ROOM and blocks.json_size(self.blocks) <= BLOCKS_ROOM


def answer_message(
    answers: Sequence[Answer],
    sentences: Sentences,
    *,
    is_private: bool = False,
    drivers: Sequence[str] = (),
) -> Message:
    """Return one message for one question, however many metrics it names.

    Text and blocks show the same groups and periods, and say how many are left out. `is_private` where
    nobody else reads along; `drivers` are the dimensions that say most about the answer's change.
    """
    rows = button_rows(answers, sentences, is_private=is_private, drivers=drivers)
    told = _most(answers, sentences, rows)
    text = limits.shorten(told.text, limits.MESSAGE_TEXT)
    if told.blocks == told.plain:
        return Message(text, told.blocks)
    return Message(text, told.blocks, plain=Message(text, told.plain))


def _most(answers: Sequence[Answer], sentences: Sentences, buttons: Sequence[Block]) -> _Told:
    """Return all of some answers, else in fewer words, else fewer periods, groups or answers."""
    few = limits.CHART_POINTS
    drawn = sum(
        len(group.series) for answer in answers for group in answer.groups[: figures.rows_shown(answer)]
    )
    if drawn * _SHORTEST_POINT <= TEXT_ROOM:
        for brief in (False, True):
            attempt = _told(answers, sentences, buttons, brief=brief)
            if attempt.fits:
                return attempt
    attempt = _told(answers, sentences, buttons, brief=True, points=few)
    if attempt.fits:
        return attempt
    most = max(len(answer.groups) for answer in attempt.answers)

    def narrowed(rows: int) -> _Told:
        return _told(answers, sentences, buttons, brief=True, points=few, rows=rows)

    rows = largest(most, lambda rows: narrowed(rows).fits)
    if rows:
        return narrowed(rows)

    def first(count: int) -> _Told:
        rest = sentences.say("{shown} of {total} numbers shown; ask for fewer at a time.").format(
            shown=sentences.formats.number(count), total=sentences.formats.number(len(answers))
        )
        is_all = count == len(answers)
        shown = answers[:count]
        return _told(shown, sentences, buttons, brief=True, points=few, rows=1, rest="" if is_all else rest)

    return first(largest(len(answers), lambda count: first(count).fits) or 1)


def _told(
    answers: Sequence[Answer],
    sentences: Sentences,
    buttons: Sequence[Block],
    *,
    brief: bool = False,
    points: int | None = None,
    rows: int | None = None,
    rest: str = "",
) -> _Told:
    shown = tuple(cut(answer, sentences, rows, points) for answer in answers)
    notes = tuple(
        (*(sentences.note(note, answer) for note in answer.notes), *left_out(answer, kept, sentences))
        for answer, kept in zip(answers, shown, strict=True)
    )
    if len(shown) > 1 and not any(answer.groups or answer.series for answer in shown):
        scored = (*_scores(shown, notes, rest, sentences), *buttons)
        text = _score_text(shown, notes, sentences) if brief else _text(shown, notes, sentences, brief=False)
        return _Told(shown, _with_rest(text, rest), scored, scored)
    each = [_parts(answer, noted, sentences) for answer, noted in zip(shown, notes, strict=True)]
    tail = (*([blocks.context(marked_down(rest))] if rest else []), *buttons)
    room = limits.JSON_OF_BLOCKS - _JSON_OF_FOOT - blocks.json_size(tail)
    newer, plain = (
        (*_fitting([block for parts in each for block in parts[form]], room, sentences), *tail)
        for form in (0, 1)
    )
    text = _text(shown, notes, sentences, brief=brief)
    return _Told(shown, _with_rest(text, rest), newer, plain)


def _with_rest(text: str, rest: str) -> str:
    return escaped(f"{text}\n{rest}" if rest else text)


def _text(
    answers: Sequence[Answer], notes: Sequence[Sequence[str]], sentences: Sentences, *, brief: bool
) -> str:
    parts = [
        {
            "question": limits.shorten(canonical(answer.query), _QUESTION_SHOWN),
            "data_until": sentences.data_until(answer.data_until),
            "headline": sentences.headline(answer),
            "lines": sentences.lines(answer),
            "groups": _group_lines(answer, sentences, brief=brief),
            "series": _series_lines(answer, sentences),
            "notes": noted,
        }
        for answer, noted in zip(answers, notes, strict=True)
    ]
    return sentences.filled("answer.txt.j2", answers=parts)


def _fitting(shown: Sequence[Block], room: int, sentences: Sentences) -> list[Block]:
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
        more = sentences.say("Not everything fits in one message: ask for fewer numbers at a time.")
        kept.append(blocks.context(more))
    return kept


def _scores(
    answers: Sequence[Answer], notes: Sequence[Sequence[str]], rest: str, sentences: Sentences
) -> list[Block]:
    """Return several metrics of one question as scores beside each other."""
    has_one_period = len({answer.period for answer in answers}) == 1
    heading = "  ·  ".join(f"*{marked_down(part)}*" for part in _heading(answers, sentences))
    fields = [score(answer, sentences, period=not has_one_period) for answer in answers]
    small = [*_named_notes(answers, notes, sentences), *([rest] if rest else [])]
    return [
        _source(*_common_source(answers), sentences),
        *([blocks.section(heading)] if heading else []),
        *blocks.sections(fields),
        *([blocks.context(*map(marked_down, small))] if small else []),
    ]


def _score_text(answers: Sequence[Answer], notes: Sequence[Sequence[str]], sentences: Sentences) -> str:
    """Return what `_scores` shows, a line for each of them."""
    has_one_period = len({answer.period for answer in answers}) == 1
    question, until = _common_source(answers)
    shown = limits.shorten(question, _QUESTION_SHOWN)
    lines = [
        f"{shown} · {sentences.data_until(until)}",
        ", ".join(_heading(answers, sentences)),
        *(score_line(answer, sentences, period=not has_one_period) for answer in answers),
        *_named_notes(answers, notes, sentences),
    ]
    return "\n".join(line for line in lines if line)


def _common_source(answers: Sequence[Answer]) -> tuple[str, datetime | None]:
    """Return the question of several metrics, and how far all their data is loaded."""
    first = answers[0]
    question = replace(
        first.query,
        metrics=tuple(answer.metric for answer in answers),
        period=first.period if len({answer.period for answer in answers}) == 1 else None,
    )
    return canonical(question), min(
        (answer.data_until for answer in answers if answer.data_until), default=None
    )


def _heading(answers: Sequence[Answer], sentences: Sentences) -> list[str]:
    first = answers[0]
    if len({answer.period for answer in answers}) == 1:
        return _where_and_when(first, sentences)
    filters = sentences.filters(first.filters)
    return [filters] if filters else []


def _named_notes(
    answers: Sequence[Answer], notes: Sequence[Sequence[str]], sentences: Sentences
) -> list[str]:
    named = (
        f"{sentences.metric(answer.metric)}: {note}"
        for answer, noted in zip(answers, notes, strict=True)
        for note in noted
    )
    return list(dict.fromkeys(named))


def _source(question: str, until: datetime | None, sentences: Sentences) -> Block:
    """Return line 1: the question in absolute words, and how far the data is loaded."""
    asked = code(limits.shorten(question, _QUESTION_SHOWN))
    return blocks.context(f"{asked}  ·  {marked_down(sentences.data_until(until))}")


def _group_lines(answer: Answer, sentences: Sentences, *, brief: bool) -> list[str]:
    if answer.pair_of is not None or brief:
        return figures.group_lines(answer, sentences)
    return [sentences.group(group, answer) for group in answer.groups]


def _series_lines(answer: Answer, sentences: Sentences) -> list[str]:
    if not answer.groups:
        return [sentences.point(point, answer) for point in answer.series]
    return [
        f"{sentences.labels(group)}: "
        + "; ".join(
            f"{sentences.formats.short_name(point.period)} {sentences.short_value(point.figure, answer)}"
            for point in group.series
        )
        for group in answer.groups
        if group.series
    ]


def _parts(answer: Answer, notes: Sequence[str], sentences: Sentences) -> tuple[list[Block], list[Block]]:
    """Return the blocks of one answer, and the same without the newer types."""
    head = [
        _source(canonical(answer.query), answer.data_until, sentences),
        blocks.section(_headline(answer, sentences)),
    ]
    fields = [_field(line) for line in sentences.lines(answer)]
    if fields:
        head += blocks.sections(fields)
    figure = _figure(answer, sentences)
    foot = [blocks.context(*map(marked_down, notes))] if notes else []
    newer = [*head, *([figure.block] if figure else []), *foot]
    plain = [*head, *([figure.plain] if figure else []), *foot]
    return newer, plain


def _headline(answer: Answer, sentences: Sentences) -> str:
    made_of = sentences.made_of(answer.figure, answer)
    value = f"*{marked_down(sentences.value(answer.figure, answer))}*"
    return (
        f"*{marked_down(sentences.metric(answer.metric))}*"
        + "".join(f"  ·  {marked_down(part)}" for part in _where_and_when(answer, sentences))
        + f"\n{value}"
        + (f"  {marked_down(made_of)}" if made_of else "")
    )


def _where_and_when(answer: Answer, sentences: Sentences) -> list[str]:
    named = (sentences.filters(answer.filters), sentences.period(answer.period, answer.window))
    return [part for part in named if part]


def _field(line: str) -> str:
    """Return "what: how much" as a small heading above its value."""
    name, colon, rest = line.partition(": ")
    if not colon:
        return marked_down(line)
    name = name[:1].upper() + name[1:]
    return f"*{marked_down(name)}*\n{marked_down(rest)}"


def _figure(answer: Answer, sentences: Sentences) -> Shown | None:
    title = sentences.subject(answer)
    flags = answer.query.flags
    if answer.query.per:
        if "table" in flags:
            return figures.series_table(answer, sentences, title)
        return figures.series_chart(answer, sentences, title)
    if not listed(answer):
        return None
    if "chart" in flags:
        return figures.group_chart(answer, sentences, title)
    return figures.group_table(answer, sentences, title)
