"""A figure against another one: the change, and words for it that follow the evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isclose

from kpi_engine.analysis.rates import newcombe
from kpi_engine.analysis.score import adjusted, differs
from kpi_engine.domain.answer import Verdict
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import ChangeStyle, Direction, Metric


@dataclass(frozen=True, slots=True)
class Change:
    """`change` in the metric's unit, `change_pct` as a fraction of the base, None where that says nothing."""

    change: float | None
    change_pct: float | None
    verdict: Verdict
    good: bool | None


UNKNOWN = Change(None, None, Verdict.NO_DATA, None)
NOT_COMPARABLE = Change(None, None, Verdict.NOT_COMPARABLE, None)


def style_of(metric: Metric) -> ChangeStyle:
    """Return how a change of a metric is judged; of a plain amount in points as a score without counts."""
    style = metric.spec.judged_as
    return "score" if style == "amount" and metric.unit == "score" else style


def change_of(metric: Metric, now: Figure, base: Figure) -> Change:
    """Compare two figures of a metric, in the way that its kind and unit ask for."""
    relative = metric.unit not in ("share", "score")
    return change(now, base, style=style_of(metric), relative=relative, better=metric.better)


def change(now: Figure, base: Figure, *, style: ChangeStyle, relative: bool, better: Direction) -> Change:
    """Compare two figures.

    Shares go "up" or "down" only where Newcombe's 95 % interval of the difference excludes
    zero, scores only where they differ by more than their margins together. `relative` False
    (shares, scores) gives no percentage. A base of 0 or less has no percentage: "new", of a profit
    "from loss to profit".
    """
    if now.value is None or base.value is None:
        return UNKNOWN
    difference = now.value - base.value
    verdict = _VERDICTS[style](now, base)
    fraction = difference / base.value if relative and base.value > 0 else None
    return Change(difference, fraction, verdict, _is_good(verdict, better))


def _amount_verdict(now: Figure, base: Figure) -> Verdict:
    return _verdict(now.value or 0.0, base.value or 0.0)


def _profit_verdict(now: Figure, base: Figure) -> Verdict:
    after, before = now.value or 0.0, base.value or 0.0
    if before < 0 < after:
        return Verdict.FROM_LOSS_TO_PROFIT
    return Verdict.FROM_PROFIT_TO_LOSS if after < 0 < before else _verdict(after, before)


def _score_verdict(now: Figure, base: Figure) -> Verdict:
    one, other = (_adjusted(figure) for figure in (now, base))
    if one is None or other is None or not differs(one, other):
        return Verdict.NO_CLEAR_CHANGE
    return Verdict.UP if one[0] > other[0] else Verdict.DOWN


def _adjusted(figure: Figure) -> tuple[float, float] | None:
    parts = figure.parts or {}
    promoters, detractors, answers = (parts.get(name) for name in ("promoters", "detractors", "n"))
    if promoters is None or detractors is None or not answers:
        return None
    return adjusted(promoters, detractors, answers)


def _verdict(now: float, base: float) -> Verdict:
    if isclose(now, base, rel_tol=1e-9, abs_tol=1e-9):
        return Verdict.SAME
    if base == 0:
        return Verdict.NEW if now > 0 else Verdict.DOWN
    return Verdict.UP if now > base else Verdict.DOWN


def _share_verdict(now: Figure, base: Figure) -> Verdict:
    if now.numerator is None or now.denominator is None or base.numerator is None or base.denominator is None:
        return _amount_verdict(now, base)
    interval = newcombe(now.numerator, now.denominator, base.numerator, base.denominator)
    if interval is None or interval[0] <= 0 <= interval[1]:
        return Verdict.NO_CLEAR_CHANGE
    return Verdict.UP if (now.value or 0.0) > (base.value or 0.0) else Verdict.DOWN


_VERDICTS: dict[ChangeStyle, Callable[[Figure, Figure], Verdict]] = {
    "amount": _amount_verdict,
    "profit": _profit_verdict,
    "share": _share_verdict,
    "score": _score_verdict,
}


def _is_good(verdict: Verdict, better: Direction) -> bool | None:
    rises = {Verdict.UP: True, Verdict.NEW: True, Verdict.FROM_LOSS_TO_PROFIT: True}
    falls = {Verdict.DOWN: False, Verdict.FROM_PROFIT_TO_LOSS: False}
    risen = (rises | falls).get(verdict)
    if risen is None or better == "neutral":
        return None
    return risen if better == "up" else not risen
