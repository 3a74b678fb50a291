"""Reads sizes, which keep the groups of a split within bounds: `sales:>1000 by rep`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.translatable import said
from kpi_engine.language.amounts import is_size, read_size
from kpi_engine.language.line import Line
from kpi_engine.language.offers import sendable
from kpi_engine.language.partial import Partial, Step
from kpi_engine.language.suggestions import SUGGESTIONS
from kpi_engine.language.vocabulary import LONGEST_PHRASE, parts
from kpi_engine.language.words_of_line import Word

_TURNED = {">=": "<", "<=": ">", ">": "<=", "<": ">="}
"""The opposite of each sign, for a size with a minus."""
_BEST_SPLITS = ("rep", "customer", "product")


def read_sized(line: Line, at: int, partial: Partial) -> Step | None:
    """Read "sales:>1000" and, with a metric of several words, "new customers:>5"."""
    for after in range(at + 1, min(at + LONGEST_PHRASE, len(line.words)) + 1):
        key, colon, typed = line.texts[after - 1].partition(":")
        if not colon:
            continue
        if after - 1 > at and "_" in key and key in line.catalogue.metrics:
            return None  # "nps response_rate:>10%" names two metrics
        phrase = (*line.texts[at : after - 1], *parts(key.lstrip("-")))
        metric = line.catalogue.metrics.get(line.names.metrics.get(phrase, ""))
        if metric is None or not (is_size(typed) or typed[:1].isdigit()):
            return None
        word = Word(line.texts[after - 1], line.words[at].start, line.words[after - 1].end)
        if not is_size(typed) or line.texts[at].startswith("-") or not metric.dimensions:
            raise _no_size(line, word, metric, typed)
        size = read_size(typed, metric.name, metric.unit)
        return replace(partial, sizes=(*partial.sizes, size)), after
    return None


def no_split(line: Line, partial: Partial, metrics: Sequence[str]) -> QueryError:
    """Return the refusal of a size or a top without a split, with splits to add."""
    named = [line.catalogue.metrics[name] for name in (*metrics, *(size.metric for size in partial.sizes))]
    shared = [name for name in named[0].dimensions if all(name in metric.dimensions for metric in named)]
    first = [name for name in _BEST_SPLITS if name in shared]
    splits = list(dict.fromkeys((*first, *shared)))[:SUGGESTIONS]
    return QueryError(
        "A size filters the groups of a split, but the question has no split."
        if partial.sizes
        else "Top and bottom pick groups of a split, but the question has no split.",
        hint="Add a split, for example by rep.",
        suggestions=tuple(sendable(line, [f"{line.text} by {name}" for name in splits])),
    )


def _no_size(line: Line, word: Word, metric: Metric, typed: str) -> QueryError:
    sign = next((sign for sign in _TURNED if typed.startswith(sign)), "")
    signs = [_TURNED[sign]] if sign else [] if is_size(typed) else [">=", "<="]
    lines = [line.with_token(word, f"{metric.name}:{new}{typed.removeprefix(sign)}") for new in signs]
    return QueryError(
        "A size needs a lower or an upper limit.",
        hint=said("For example {metric}:>1000 or {metric}:<1000, with a split.", metric=metric.name),
        suggestions=tuple(sendable(line, lines)),
    )
