"""A finding in words: its sentences, with amounts, counts and periods as people of a language write them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bot.render.formats import Formats
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.periods import Period
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


class Speaker(Protocol):
    """What a finding needs to be said in a language."""

    @property
    def formats(self) -> Formats:
        """How numbers and dates are written."""
        ...

    @property
    def say(self) -> Callable[[str], str]:
        """The translation of an English text."""
        ...

    def period(self, period: Period) -> str:
        """Return a period's name."""
        ...

    def value(self, figure: Figure, answer: Answer) -> str:
        """Return the number of a figure of an answer's metric."""
        ...

    def made_of(self, figure: Figure, answer: Answer) -> str:
        """Return what a figure of an answer's metric is made of."""
        ...


def words(finding: Finding, answer: Answer, speaker: Speaker) -> str:
    """Return a finding of an answer in the speaker's language."""

    def shown(value: object) -> str:
        return _shown(value, answer, speaker)

    return " ".join(in_words_of(sentence, speaker.say, shown) for sentence in finding.words(answer))


def _shown(value: object, answer: Answer, speaker: Speaker) -> str:
    match value:
        case Span():
            return speaker.period(value.period)
        case FigureValue():
            return speaker.value(value.figure, answer)
        case FigureParts():
            return speaker.made_of(value.figure, answer)
    return _formatted(value, speaker.formats)


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
