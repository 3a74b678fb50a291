"""The figures that a post shows, as one value that changes when one of them does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from bot.render.formats import Formats
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure


def figures_hash(answers: Sequence[Answer], formats: Formats) -> str:
    """Return the hash of the figures that answers show, rounded as people read them.

    What a figure is about counts, not the period: the same figure a week later hasn't changed.
    """
    return sha256("\n".join(_shown(answers, formats)).encode()).hexdigest()


def _shown(answers: Sequence[Answer], formats: Formats) -> Iterator[str]:
    for answer in answers:

        def value(figure: Figure, answer: Answer = answer) -> str:
            return formats.value(figure.value, answer.unit, answer.currency)

        yield f"{answer.metric} {value(answer.figure)}"
        yield from (value(point.figure) for point in answer.series)
        for group in answer.groups:
            yield f"{group.keys!r} {value(group.figure)}"
            yield from (value(point.figure) for point in group.series)
