"""The one word of an answer: against its usual range, else against the period it is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kpi_engine.answers.comparisons import is_whole
from kpi_engine.answers.coverage import Coverage
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Anomaly, Basis, Comparison, Verdict
from kpi_engine.domain.figure import Figure

_CLEARLY, _SURE, _LEANING = 0.01, 0.05, 0.20


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and what it rests on; None where nothing can be judged."""

    verdict: Verdict
    basis: Basis | None


def judgement(
    question: Question,
    figure: Figure,
    comparisons: Sequence[Comparison],
    anomaly: Anomaly | None,
    coverage: Coverage,
) -> Judgement:
    """Return the verdict on a figure.

    Where the question names a comparison, that one's. Else against the usual range, or if that isn't known
    the first comparison's that can be judged.
    """
    if figure.value is None:
        return Judgement(Verdict.NO_DATA, None)
    if not is_whole(question.window, coverage):
        return Judgement(Verdict.NOT_COMPARABLE, None)
    is_named = bool(question.query.compare and comparisons)
    if not is_named and anomaly is not None and anomaly.reason is None:
        return Judgement(_against_range(figure.value, anomaly), "range")
    judged = comparisons[:1] if is_named else [entry for entry in comparisons if entry.verdict.is_judged]
    for entry in judged:
        return Judgement(entry.verdict, "comparison" if entry.verdict.is_judged else None)
    return Judgement(comparisons[0].verdict if comparisons else Verdict.NOT_JUDGED, None)


def _against_range(value: float, anomaly: Anomaly) -> Verdict:
    """Return the verdict of a two-sided p-value."""
    is_above = value > anomaly.expected
    if anomaly.p_value <= _CLEARLY:
        return Verdict.CLEARLY_UP if is_above else Verdict.CLEARLY_DOWN
    if anomaly.p_value <= _SURE:
        return Verdict.UP if is_above else Verdict.DOWN
    if anomaly.p_value <= _LEANING:
        return Verdict.LEANING_UP if is_above else Verdict.LEANING_DOWN
    return Verdict.NO_CLEAR_CHANGE
