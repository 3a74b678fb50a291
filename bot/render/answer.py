"""An answer as a message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot import slack_limits as limits
from bot.render import blocks, figures
from bot.render.blocks import Ask
from bot.render.escape import code, escaped, marked_down
from bot.render.figures import Shown
from bot.render.message import Block, Message
from bot.render.scores import score
from bot.render.sentences import Sentences, listed
from kpi_engine.explaining import splits
from kpi_engine.language import canonical
from kpi_engine.periods import ONE_DAY, Grain, Period, add_months, start_of
from kpi_engine.query import Baseline, Query
from kpi_engine.result import Answer

_BLOCKS_OF_ALL = 25
_MONTHS_OF_TREND = 12
_QUESTION_SHOWN = 400
_JSON_OF_FOOT = 3500
_LEAD = ("rep", "region", "source")
"""Splits that are offered first, where the metric reaches them."""


def answer_message(answers: Sequence[Answer], sentences: Sentences) -> Message:
    """Return one message for one question, however many metrics it names."""
    text = sentences.filled(
        "answer.txt.j2",
        answers=[_text_parts(answer, sentences) for answer in answers],
    )
    if len(answers) > 1 and not any(answer.groups or answer.series for answer in answers):
        blocks_of_scores = tuple(_scores(answers, sentences))
        return Message(limits.shorten(escaped(text), limits.MESSAGE_TEXT), blocks_of_scores)
    each = [_parts(answer, sentences) for answer in answers]
    newer = _fitting([block for parts in each for block in parts[0]])
    plain = _fitting([block for parts in each for block in parts[1]])
    buttons = blocks.asks(_next_questions(answers, sentences), name="next")
    shown = limits.shorten(escaped(text), limits.MESSAGE_TEXT)
    tail = [buttons] if buttons else []
    message = Message(shown, (*newer, *tail))
    return message if newer == plain else replace(message, plain=Message(shown, (*plain, *tail)))


def _fitting(shown: Sequence[Block]) -> list[Block]:
    """Return the blocks that Slack takes in one message; the text says what the others would.

    At most two charts, and less JSON than Slack's ceiling, with room for buttons and a mark.
    """
    kept: list[Block] = []
    charts, room = limits.CHARTS, limits.JSON_OF_BLOCKS - _JSON_OF_FOOT
    for block in shown[: _BLOCKS_OF_ALL - 2]:
        charts -= block["type"] == "data_visualization"
        room -= len(json.dumps(block, ensure_ascii=False))
        if room < 0:
            break
        if block["type"] != "data_visualization" or charts >= 0:
            kept.append(block)
    return kept


def _scores(answers: Sequence[Answer], sentences: Sentences) -> list[Block]:
    """Return several metrics of one question as scores beside each other."""
    periods = {answer.period for answer in answers}
    first = answers[0]
    until = min((answer.data_until for answer in answers if answer.data_until), default=None)
    question = replace(
        first.query,
        metrics=tuple(answer.metric for answer in answers),
        period=first.period if len(periods) == 1 else None,
    )
    where = _where_and_when(first, sentences) if len(periods) == 1 else [sentences.filters(first.filters)]
    heading = "  ·  ".join(f"*{marked_down(part)}*" for part in where if part)
    fields = [score(answer, sentences, period=len(periods) > 1) for answer in answers]
    notes = dict.fromkeys(
        f"{sentences.metric(answer.metric)}: {note}"
        for answer in answers
        for note in _notes(answer, sentences)
    )
    return [
        _source(canonical(question), until, sentences),
        *([blocks.section(heading)] if heading else []),
        *blocks.sections(fields),
        *([blocks.context(*map(marked_down, notes))] if notes else []),
    ]


def _source(question: str, until: datetime | None, sentences: Sentences) -> Block:
    """Return line 1: the question in absolute words, and how far the data is loaded."""
    asked = code(limits.shorten(question, _QUESTION_SHOWN))
    return blocks.context(f"{asked}  ·  {marked_down(sentences.data_until(until))}")


def _text_parts(answer: Answer, sentences: Sentences) -> dict[str, object]:
    return {
        "question": canonical(answer.query),
        "data_until": sentences.data_until(answer.data_until),
        "headline": sentences.headline(answer),
        "lines": sentences.lines(answer),
        "groups": _group_lines(answer, sentences),
        "series": _series_lines(answer, sentences),
        "notes": _notes(answer, sentences),
    }


def _group_lines(answer: Answer, sentences: Sentences) -> list[str]:
    if answer.pair_of is not None:
        return figures.group_lines(answer, sentences)
    return [sentences.group(group, answer) for group in answer.groups[: figures.rows_shown(answer)]]


def _series_lines(answer: Answer, sentences: Sentences) -> list[str]:
    if not answer.groups:
        return [sentences.point(point, answer) for point in answer.series]
    return [
        f"{sentences.labels(group)}: "
        + "; ".join(
            f"{sentences.formats.axis_label(point.period)} {sentences.short_value(point.figure, answer)}"
            for point in group.series
        )
        for group in answer.groups[: figures.rows_shown(answer)]
        if group.series
    ]


def _parts(answer: Answer, sentences: Sentences) -> tuple[list[Block], list[Block]]:
    """Return the blocks of one answer, and the same without the newer types."""
    head = [
        _source(canonical(answer.query), answer.data_until, sentences),
        blocks.section(_headline(answer, sentences)),
    ]
    fields = [_field(line) for line in sentences.lines(answer)]
    if fields:
        head += blocks.sections(fields)
    figure = _figure(answer, sentences)
    foot = _foot(answer, sentences)
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


def _foot(answer: Answer, sentences: Sentences) -> list[Block]:
    notes = _notes(answer, sentences)
    return [blocks.context(*(marked_down(note) for note in notes))] if notes else []


def _notes(answer: Answer, sentences: Sentences) -> list[str]:
    notes = [sentences.note(note, answer) for note in answer.notes]
    hidden = len(listed(answer)) - figures.rows_shown(answer)
    if hidden > 0:
        total = sentences.formats.number(len(listed(answer)))
        shown = sentences.formats.number(figures.rows_shown(answer))
        notes.append(
            sentences.say("{shown} of {total} shown; add “top 50” for more.").format(shown=shown, total=total)
        )
    return notes


def _next_questions(answers: Sequence[Answer], sentences: Sentences) -> list[Ask]:
    """Return what one would ask next about a single metric: why, a split, over time, what it means."""
    if len(answers) != 1:
        return []
    answer = answers[0]
    definition = Ask(sentences.say("Definition"), f"define {answer.metric}")
    if answer.pair_of is not None:
        return [definition]
    rest = tuple(entry for entry in answer.query.compare if entry.baseline is not Baseline.TEAM)
    base = replace(answer.query, compare=rest, sizes=(), by=(), per=None, top=None, flags=frozenset())
    used = {*answer.query.by, *(entry.dimension for entry in answer.filters)}
    reached = sentences.catalogue.metrics[answer.metric].dimensions
    wanted = [name for name in (*_LEAD, *reached) if name in reached and name not in used]
    found = [
        _split(base, name, sentences)
        for name in list(dict.fromkeys(wanted))[: 2 if not answer.query.by else 1]
    ]
    if _is_explained(answer, sentences):
        found.insert(0, Ask(sentences.say("Why"), f"why {canonical(base)}"))
    if answer.query.per is None:
        found.append(Ask(sentences.say("Last 12 months"), canonical(_trend(base))))
    if answer.query.by or answer.query.per:
        found.append(Ask(sentences.say("Only the total"), canonical(base)))
    return [*found, definition]


def _is_explained(answer: Answer, sentences: Sentences) -> bool:
    """Whether there is a change to the first period that is compared, and it is made of parts."""
    catalogue = sentences.catalogue
    return bool(
        answer.comparisons
        and answer.comparisons[0].team is None
        and answer.comparisons[0].change
        and splits(catalogue.metrics[answer.metric], catalogue.models)
    )


def _trend(base: Query) -> Query:
    """Return the same over the twelve months that end with the question's own."""
    if base.period is None or base.period.end is None:
        return replace(base, per=Grain.MONTH, compare=())
    last = start_of(Grain.MONTH, base.period.end - ONE_DAY)
    period = Period(add_months(last, 1 - _MONTHS_OF_TREND), add_months(last, 1), Grain.MONTH)
    return replace(base, per=Grain.MONTH, period=period, compare=())


def _split(base: Query, dimension: str, sentences: Sentences) -> Ask:
    label = sentences.say("By {dimension}").format(dimension=sentences.dimension(dimension).lower())
    return Ask(label, canonical(replace(base, by=(dimension,))))
