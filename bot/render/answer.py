"""An answer as a message."""

from __future__ import annotations

from collections.abc import Sequence

from bot.render import figures
from bot.render.document import Answered, Breakdown, Headline, Scoreboard, Source
from bot.render.exports import data_until, question_of
from bot.render.finding_words import told
from bot.render.message import Message
from bot.render.next_steps import button_rows
from bot.render.scores import facts, score
from bot.render.sentences import Sentences, listed
from bot.render.words.answers import subject
from bot.render.words.notes import note_sentence
from kpi_engine import canonical
from kpi_engine.domain.answer import Answer


def answer_message(
    answers: Sequence[Answer],
    sentences: Sentences,
    *,
    is_private: bool = False,
    drivers: Sequence[str] = (),
) -> Message:
    """Return one message for one question, however many metrics it names.

    `is_private` where nobody else reads along; `drivers` are the dimensions that say most about the
    answer's change.
    """
    buttons = button_rows(answers, sentences, is_private=is_private, drivers=drivers)
    each = tuple(answered(answer, sentences) for answer in answers)
    if len(answers) > 1 and not any(answer.groups or answer.series for answer in answers):
        return Message((_scoreboard(answers, each, sentences), buttons), sentences.language)
    return Message((*each, buttons), sentences.language)


def answered(answer: Answer, sentences: Sentences, *, is_whole: bool = False) -> Answered:
    """Return one answer; with `is_whole` every group is in it, for media that have room for them."""
    value, figure = told(answer, sentences)
    return Answered(
        metric=sentences.metric(answer.metric),
        source=Source(canonical(answer.query), (sentences.data_until(answer.data_until),)),
        headline=Headline(
            (sentences.metric(answer.metric), *_where_and_when(answer, sentences)),
            value,
            sentences.made_of(figure, answer),
        ),
        facts=facts(answer, sentences),
        breakdown=_breakdown(answer, sentences, is_whole=is_whole),
        notes=tuple(note_sentence(note, answer, sentences) for note in answer.notes),
    )


def _breakdown(answer: Answer, sentences: Sentences, *, is_whole: bool) -> Breakdown | None:
    if not answer.query.per and not listed(answer):
        return None
    flags = answer.query.flags
    is_chart = "table" not in flags if answer.query.per else "chart" in flags
    title = subject(answer, sentences)
    return figures.breakdown(answer, sentences, title, is_chart=is_chart, is_whole=is_whole)


def _scoreboard(answers: Sequence[Answer], each: Sequence[Answered], sentences: Sentences) -> Scoreboard:
    """Return several metrics of one question as scores beside each other."""
    first = answers[0]
    has_one_period = len({answer.period for answer in answers}) == 1
    filters = sentences.filters(first.filters)
    topic = _where_and_when(first, sentences) if has_one_period else (filters,) if filters else ()
    return Scoreboard(
        source=Source(canonical(question_of(answers)), (sentences.data_until(data_until(answers)),)),
        topic=topic,
        scores=tuple(score(answer, sentences, period=not has_one_period) for answer in answers),
        answers=tuple(each),
    )


def _where_and_when(answer: Answer, sentences: Sentences) -> tuple[str, ...]:
    named = (sentences.filters(answer.filters), sentences.period(answer.period, answer.window))
    return tuple(part for part in named if part)
