"""The Net Promoter Score with an interval that also holds for few answers.

The adjusted Wald interval with three imaginary answers, three quarters of one to each end:
Rocks (2016), "Interval estimation for the Net Promoter Score".
"""

from __future__ import annotations

from math import sqrt

_Z = 1.959963984540054
FEW_ANSWERS = 10
"""Under this many answers there is no score, only counts."""
_ADDED = 0.75
_ADDED_IN_ALL = 3


def score(promoters: float, detractors: float, answers: float) -> float:
    """Return 100 x (promoters - detractors) / answers, -100 to 100; `answers` above 0."""
    return 100 * (promoters - detractors) / answers


def adjusted(promoters: float, detractors: float, answers: float) -> tuple[float, float]:
    """Return the adjusted score and its margin (half the 95 % interval), both in points."""
    p = (promoters + _ADDED) / (answers + _ADDED_IN_ALL)
    d = (detractors + _ADDED) / (answers + _ADDED_IN_ALL)
    margin = _Z * sqrt((p + d - (p - d) ** 2) / (answers + _ADDED_IN_ALL))
    return 100 * (p - d), 100 * margin


def interval(promoters: float, detractors: float, answers: float) -> tuple[float, float]:
    """Return the 95 % interval, cut at -100 and 100."""
    centre, margin = adjusted(promoters, detractors, answers)
    return max(-100.0, centre - margin), min(100.0, centre + margin)


def differs(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two (adjusted score, margin) differ by more than chance explains."""
    return abs(one[0] - other[0]) > sqrt(one[1] ** 2 + other[1] ** 2)
