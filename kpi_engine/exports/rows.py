"""Answers as rows of plain values: one row per metric, group and period, never cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kpi_engine.domain.answer import Anomaly, Answer, Group, TargetResult, UsualRange, Verdict
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.periods import Period
from kpi_engine.domain.query import NONE_LABEL, Key

FIGURES = (
    "value",
    "numerator",
    "denominator",
    "low",
    "high",
    "currency",
    "verdict",
    "usual_low",
    "usual_high",
    "unusual",
    "target",
    "landing",
    "landing_low",
    "landing_high",
)
"""The columns of a figure; the columns before them say what it is a figure of."""
IN_UNIT = frozenset(
    {"value", "low", "high", "usual_low", "usual_high", "target", "landing", "landing_low", "landing_high"}
)
"""Those in the metric's unit."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of an answer: of which period, and of which members (name and key by dimension).

    `verdict` is the word on it, None on the periods of a series, which have none. `usual` is None where the
    figure has no usual range. `target` is that of the row's own period, None on the periods of a series.
    """

    answer: Answer
    period: Period
    labels: Mapping[str, str]
    keys: Mapping[str, Key]
    figure: Figure
    verdict: Verdict | None
    usual: UsualRange | None = None
    target: TargetResult | None = None


def dimensions_of(answers: Sequence[Answer]) -> list[str]:
    """Return the dimensions that answers to one question are split by, each once."""
    return list(dict.fromkeys(name for answer in answers for name in answer.by))


def count_rows(answers: Sequence[Answer]) -> int:
    """Return how many rows the files and the frame of answers to one question have."""
    return sum(1 for _ in rows_of(answers))


def rows_of(answers: Sequence[Answer]) -> Iterator[Row]:
    """Yield every figure of answers to one question, for each metric, group and period; never cut."""
    for answer in answers:
        if not answer.by:
            yield from _rows_of_total(answer)
        for group in answer.groups:
            names = (NONE_LABEL if label is None else label for label in group.labels)
            labels = dict(zip(answer.by, names, strict=True))
            keys = dict(zip(answer.by, group.keys, strict=True))
            target = None if group.series else _own(group.target, answer)
            for period, figure, verdict in _figures(answer, group):
                yield Row(answer, period, labels, keys, figure, verdict, target=target)


def _rows_of_total(answer: Answer) -> Iterator[Row]:
    for point in answer.series:
        yield Row(answer, point.period, {}, {}, point.figure, None, point.usual)
    if not answer.series:
        verdict = answer.verdict if answer.pair_of is None else None
        target = _own(answer.target, answer)
        yield Row(answer, answer.period, {}, {}, answer.figure, verdict, _usual(answer.anomaly), target)


def _own(target: TargetResult | None, answer: Answer) -> TargetResult | None:
    """Return a target of the answer's own period: beside a week stands that of its month."""
    return target if target is not None and target.period == answer.period else None


def _usual(found: Anomaly | None) -> UsualRange | None:
    if found is None or found.reason is not None:
        return None
    return UsualRange(found.low, found.high, found.expected, found.is_anomaly)


def _figures(answer: Answer, group: Group) -> Sequence[tuple[Period, Figure, Verdict | None]]:
    """Return the periods of a group's series, else its figure, which is judged."""
    if group.series:
        return [(point.period, point.figure, None) for point in group.series]
    return [(answer.period, group.figure, group.verdict if answer.pair_of is None else None)]
