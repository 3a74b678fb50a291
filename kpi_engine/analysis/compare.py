"""A figure against another one: the change, and words for it that follow the evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isclose

from kpi_engine.analysis import evidence
from kpi_engine.analysis.evidence import ALIKE, CLEAR, LEANING, POISSON, SURE, Noise, Sample, Scale, Season
from kpi_engine.analysis.rates import trials_needed
from kpi_engine.analysis.score import FEW_ANSWERS
from kpi_engine.domain.answer import Verdict
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import ChangeStyle, Direction, Metric

_SAME = 0.005
"""A change of a smaller part of the base is none."""
_SAME_POINTS = 0.5
"""The same of a score."""
_FEWEST_CASES = 8
"""Of fewer cases a rate tells nothing, whatever it is."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a figure's noise, and of how the two periods differ every year.

    `noise` is None without a history; `season` is None where the periods are of unlike seasons or lengths,
    and history is too short to tell their usual difference.
    """

    noise: Noise | None = None
    season: Season | None = ALIKE


NO_HISTORY = Evidence()
"""Counts, shares and scores are judged without a history, amounts aren't."""


@dataclass(frozen=True, slots=True)
class Change:
    """`change` in the metric's unit, `change_pct` as a fraction of the base, None where that says nothing.

    `needed`: of how many rows or cases a period must be to be judged, where it is of too few. `is_seasonal`:
    the verdict is on what is left beside the same periods' difference in earlier years. `is_usual`: without
    that difference the change would stand out, with it there is no clear change.
    """

    change: float | None
    change_pct: float | None
    verdict: Verdict
    good: bool | None
    needed: int | None = None
    is_seasonal: bool = False
    is_usual: bool = False


UNKNOWN = Change(None, None, Verdict.NO_DATA, None)
NOT_COMPARABLE = Change(None, None, Verdict.NOT_COMPARABLE, None)

_Judged = tuple[Verdict, int | None]
"""A verdict, and how many rows or cases it would take, where it is of too few."""


def style_of(metric: Metric) -> ChangeStyle:
    """Return how a change of a metric is judged; of a plain amount in points as a score without counts."""
    style = metric.spec.judged_as
    return "score" if style in ("amount", "mean") and metric.unit == "score" else style


def change_of(metric: Metric, now: Figure, base: Figure, known: Evidence = NO_HISTORY) -> Change:
    """Compare two figures of a metric, in the way that its kind and unit ask for."""
    relative = metric.unit not in ("share", "score")
    return change(now, base, style=style_of(metric), relative=relative, better=metric.better, known=known)


def change(
    now: Figure,
    base: Figure,
    *,
    style: ChangeStyle,
    relative: bool,
    better: Direction,
    known: Evidence = NO_HISTORY,
) -> Change:
    """Compare two figures.

    The verdict is that of a two-sided test: at 1 % "clearly" up or down, at 5 % up or down, at 20 %
    leaning. Amounts without a history have no verdict. `relative` False (shares, scores) gives no
    percentage. A base of 0 or less has no percentage: "new", of a profit "from loss to profit".
    """
    if now.value is None or base.value is None:
        return UNKNOWN
    difference = now.value - base.value
    is_seasonal = style not in ("share", "score", "none") and known.season not in (None, ALIKE)
    fact = _across_zero(now.value, base.value, style)
    if fact is None and (not is_seasonal or now.value == base.value == 0):
        fact = _fact(now, base, style)
    verdict, needed = fact or _JUDGES[style](now, base, known)
    is_usual = is_seasonal and verdict is Verdict.NO_CLEAR_CHANGE and _stands_out(now, base, style, known)
    fraction = difference / base.value if relative and base.value > 0 else None
    good = is_good(verdict, better)
    if verdict is Verdict.NOT_JUDGED and style == "profit" and base.value < 0 and difference:
        good = _is_better(difference, better)  # neither a percentage nor a word says whether a loss grew
    return Change(difference, fraction, verdict, good, needed, is_seasonal, is_usual)


def _stands_out(now: Figure, base: Figure, style: ChangeStyle, known: Evidence) -> bool:
    """Whether a change would have a direction if the two periods didn't differ every year."""
    season = replace(known.season, shift=0.0) if known.season else None
    verdict, _ = _JUDGES[style](now, base, replace(known, season=season))
    return verdict.direction is not None


def degree(score: float) -> Verdict:
    """Return the verdict of a normal score."""
    if abs(score) < LEANING:
        return Verdict.NO_CLEAR_CHANGE
    if abs(score) < SURE:
        return Verdict.LEANING_UP if score > 0 else Verdict.LEANING_DOWN
    if abs(score) < CLEAR:
        return Verdict.UP if score > 0 else Verdict.DOWN
    return Verdict.CLEARLY_UP if score > 0 else Verdict.CLEARLY_DOWN


def is_good(verdict: Verdict, better: Direction) -> bool | None:
    """Return whether a verdict is an improvement; None where it is neither, or not sure."""
    if verdict.direction is None or better == "neutral":
        return None
    return verdict.direction == better


def _is_better(difference: float, better: Direction) -> bool | None:
    return None if better == "neutral" else (difference > 0) == (better == "up")


def _across_zero(now: float, base: float, style: ChangeStyle) -> _Judged | None:
    if style == "profit" and now * base < 0:
        return Verdict.FROM_LOSS_TO_PROFIT if now > 0 else Verdict.FROM_PROFIT_TO_LOSS, None
    return None


def _fact(figure: Figure, base_figure: Figure, style: ChangeStyle) -> _Judged | None:
    """Return what is so whatever the noise; None where the change has to be judged."""
    now, base = figure.value or 0.0, base_figure.value or 0.0
    if isclose(now, base, rel_tol=1e-9, abs_tol=1e-9):
        return Verdict.SAME, None
    if base == 0 < now and style not in ("share", "score", "margin"):
        size = figure.value if style == "count" else figure.rows
        is_much = size is None or size >= evidence.FEWEST_TOGETHER
        return (Verdict.NEW, None) if is_much else (Verdict.TOO_FEW, evidence.FEWEST_TOGETHER)
    is_small = abs(now - base) < (_SAME_POINTS if style == "score" else _SAME * abs(base))
    return (Verdict.SAME, None) if is_small else None


# the judges of each style


def _count(now: Figure, base: Figure, known: Evidence) -> _Judged:
    if known.season is None:
        return Verdict.NOT_JUDGED, None
    after, before = now.value or 0.0, base.value or 0.0
    if after + before < evidence.FEWEST_TOGETHER:
        return Verdict.TOO_FEW, evidence.FEWEST_TOGETHER
    return degree(evidence.count_z(after, before, known.noise or POISSON, known.season)), None


def _amount(now: Figure, base: Figure, known: Evidence) -> _Judged:
    """Judge an amount; one of too few rows by their number, if that alone tells enough."""
    verdict, needed = _on_log_scale(now, base, known)
    if verdict is not Verdict.TOO_FEW or known.noise is None or known.season is None:
        return verdict, needed
    after, before = now.rows or 0.0, base.rows or 0.0
    noise = Noise(max(1.0, known.noise.kappa), known.noise.freedom)
    score = evidence.count_z(after, before, noise, known.season)
    has_same_sign = score * ((now.value or 0.0) - (base.value or 0.0)) > 0
    return (degree(score), None) if abs(score) >= SURE and has_same_sign else (verdict, needed)


def _on_log_scale(now: Figure, base: Figure, known: Evidence) -> _Judged:
    if known.noise is None or known.season is None:
        return Verdict.NOT_JUDGED, None
    one, other = _sample(now), _sample(base)
    has_rows = now.rows is not None and base.rows is not None
    if has_rows and any(evidence.is_too_noisy(entry, known.noise) for entry in (one, other)):
        return Verdict.TOO_FEW, evidence.rows_needed(known.noise)
    if one.value <= 0 or other.value <= 0:
        return Verdict.NOT_JUDGED, None
    return degree(evidence.scaled_z(one, other, "log", known.noise, known.season)), None


def _cost(now: Figure, base: Figure, known: Evidence) -> _Judged:
    return _on_log_scale(now, base, Evidence(known.noise or POISSON, known.season))


def _linear(scale: Scale) -> Callable[[Figure, Figure, Evidence], _Judged]:
    """Return the judge of figures that may be below zero."""

    def judge(now: Figure, base: Figure, known: Evidence) -> _Judged:
        if known.noise is None or known.season is None:
            return Verdict.NOT_JUDGED, None
        one, other = _sample(now), _sample(base)
        if min(one.n, other.n) < evidence.FEWEST_ORDERS:
            return Verdict.TOO_FEW, evidence.FEWEST_ORDERS
        return degree(evidence.scaled_z(one, other, scale, known.noise, known.season)), None

    return judge


def _share(now: Figure, base: Figure, known: Evidence) -> _Judged:  # noqa: ARG001 - a share tells its own noise
    if now.numerator is None or now.denominator is None or base.numerator is None or base.denominator is None:
        return Verdict.NOT_JUDGED, None
    if min(now.denominator, base.denominator) < _FEWEST_CASES:
        share = base.value or now.value or 0.0
        return Verdict.TOO_FEW, trials_needed(share, -share / 2) if 0 < share <= 1 else _FEWEST_CASES
    score = evidence.share_z(now.numerator, now.denominator, base.numerator, base.denominator)
    return degree(score), None


def _score(now: Figure, base: Figure, known: Evidence) -> _Judged:  # noqa: ARG001 - a score tells its own noise
    one, other = _answers(now), _answers(base)
    if one is None or other is None:
        return Verdict.NOT_JUDGED, None
    if min(one[2], other[2]) < FEW_ANSWERS:
        return Verdict.TOO_FEW, FEW_ANSWERS
    return degree(evidence.score_z(one, other)), None


def _unjudged(now: Figure, base: Figure, known: Evidence) -> _Judged:  # noqa: ARG001 - one of the judges
    return Verdict.NOT_JUDGED, None


_JUDGES: dict[ChangeStyle, Callable[[Figure, Figure, Evidence], _Judged]] = {
    "count": _count,
    "amount": _amount,
    "mean": _on_log_scale,
    "cost": _cost,
    "profit": _linear("total"),
    "margin": _linear("level"),
    "share": _share,
    "score": _score,
    "none": _unjudged,
}


def _sample(figure: Figure) -> Sample:
    return Sample(figure.value or 0.0, 1.0 if figure.rows is None else figure.rows)


def _answers(figure: Figure) -> tuple[float, float, float] | None:
    parts = figure.parts or {}
    promoters, detractors, answers = (parts.get(name) for name in ("promoters", "detractors", "n"))
    if promoters is None or detractors is None or answers is None:
        return None
    return promoters, detractors, answers
