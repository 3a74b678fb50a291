"""A figure against another one: the change, and words for it that follow the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose

from kpi_engine.analysis.rates import newcombe
from kpi_engine.catalogue import Direction
from kpi_engine.figure import Figure
from kpi_engine.result import Verdict


@dataclass(frozen=True, slots=True)
class Change:
    """`change` in the metric's unit, `change_pct` as a fraction of the base, None where that says nothing."""

    change: float | None
    change_pct: float | None
    verdict: Verdict
    good: bool | None


UNKNOWN = Change(None, None, Verdict.NO_DATA, None)


def change(now: Figure, base: Figure, *, is_share: bool, relative: bool, better: Direction) -> Change:
    """Compare two figures.

    Shares go "up" or "down" only where Newcombe's 95 % interval of the difference excludes
    zero. `relative` False (shares, scores) gives no percentage. A base of 0 or less has no
    percentage: "new", "from loss to profit".
    """
    if now.value is None or base.value is None:
        return UNKNOWN
    difference = now.value - base.value
    verdict = _share_verdict(now, base, difference) if is_share else _verdict(now.value, base.value)
    fraction = difference / base.value if relative and base.value > 0 else None
    return Change(difference, fraction, verdict, _is_good(verdict, better))


def _verdict(now: float, base: float) -> Verdict:
    if isclose(now, base, rel_tol=1e-9, abs_tol=1e-9):
        return Verdict.SAME
    if base < 0 < now:
        return Verdict.FROM_LOSS_TO_PROFIT
    if now < 0 < base:
        return Verdict.FROM_PROFIT_TO_LOSS
    if base == 0:
        return Verdict.NEW if now > 0 else Verdict.DOWN
    return Verdict.UP if now > base else Verdict.DOWN


def _share_verdict(now: Figure, base: Figure, difference: float) -> Verdict:
    if now.numerator is None or now.denominator is None or base.numerator is None or base.denominator is None:
        return _verdict(now.value or 0.0, base.value or 0.0)
    interval = newcombe(now.numerator, now.denominator, base.numerator, base.denominator)
    if interval is None or interval[0] <= 0 <= interval[1]:
        return Verdict.NO_CLEAR_CHANGE
    return Verdict.UP if difference > 0 else Verdict.DOWN


def _is_good(verdict: Verdict, better: Direction) -> bool | None:
    rises = {Verdict.UP: True, Verdict.NEW: True, Verdict.FROM_LOSS_TO_PROFIT: True}
    falls = {Verdict.DOWN: False, Verdict.FROM_PROFIT_TO_LOSS: False}
    risen = (rises | falls).get(verdict)
    if risen is None or better == "neutral":
        return None
    return risen if better == "up" else not risen
