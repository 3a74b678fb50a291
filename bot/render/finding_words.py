"""A finding in words: its sentences, with amounts, counts and periods as people of a language write them."""

from __future__ import annotations

from bot.render.formats import Formats
from bot.render.sentences import Sentences
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.quantities import (
    Count,
    FigureParts,
    FigureValue,
    Money,
    Quantity,
    RoundShare,
    Share,
    Span,
)
from kpi_engine.domain.titles import Title
from kpi_engine.domain.translatable import in_words_of


def words(finding: Finding, answer: Answer, sentences: Sentences) -> str:
    """Return a finding of an answer in the language of `sentences`."""

    def shown(value: object) -> str:
        return _shown(value, answer, sentences)

    return " ".join(in_words_of(sentence, sentences.say, shown) for sentence in finding.words(answer))


def told(answer: Answer, sentences: Sentences) -> tuple[str, Figure]:
    """Return the value of an answer in words, and the figure that this is of.

    Where its own can't be known yet, a finding may stand for it.
    """

    def shown(value: object) -> str:
        return _shown(value, answer, sentences)

    for finding in answer.findings:
        if found := finding.headline(answer):
            text, figure = found
            return in_words_of(text, sentences.say, shown), figure
    return sentences.value(answer.figure, answer), answer.figure


def _shown(value: object, answer: Answer, sentences: Sentences) -> str:
    match value:
        case Span():
            return sentences.period(value.period)
        case FigureValue():
            return sentences.value(value.figure, answer)
        case FigureParts():
            return sentences.made_of(value.figure, answer)
    return _formatted(value, sentences.formats)


def _formatted(value: object, formats: Formats) -> str:  # noqa: PLR0911 - one for each type
    match value:
        case Money():
            return formats.money(value.value, value.currency)
        case Count():
            return formats.number(value.value)
        case Share():
            return formats.share(value.value)
        case RoundShare():
            return formats.number(100 * value.value) + "%"
        case Quantity():
            return formats.value(value.value, value.unit, value.currency)
        case Title():
            return value.in_language(formats.language)
        case int():
            return formats.number(value)
    return str(value)
