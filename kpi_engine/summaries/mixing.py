"""Rates that moved because more of their cases came from members with other rates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import fsum

from kpi_engine.analysis.drivers import Ratio
from kpi_engine.analysis.mix import MixShift, mix_shift
from kpi_engine.answers.coverage import coverage_of
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.periods import Grain
from kpi_engine.domain.query import Key
from kpi_engine.reading.readings import Readings
from kpi_engine.summaries.looking import PERSON, Look

_MONTHS_BEFORE = 3
"""How many months before, together, a month's mix is compared with."""


@dataclass(frozen=True, slots=True)
class Mixed:
    """A rate whose mix moved: by which dimension, and which member's weight did most of it."""

    of: Look
    key: Key
    figure: Figure
    before: float
    shift: MixShift


def mixed(looked: Sequence[Look], readings: Readings) -> Iterator[Mixed]:
    """Yield each month's rate by each dimension, with the part of its change that its mix makes.

    The mix of people isn't told: it only says who was given the cases.
    """
    for look in looked:
        question = look.of.question
        is_rate = question.metric.spec.is_share and question.period.grain is Grain.MONTH
        if not is_rate or look.dimension == PERSON or len(look.history) < _MONTHS_BEFORE:
            continue
        coverage = coverage_of(question, readings)
        windows = look.history[-_MONTHS_BEFORE:]
        if any(
            coverage.missing_in(window) or coverage.begins_after(window)
            for window in (*windows, question.window)
        ):
            continue
        reading = readings.figures[look.figures]
        keys = reading.keys((question.window, *windows))
        now = [_ratio([reading.group(question.window, key)]) for key in keys]
        base = [_ratio([reading.group(window, key) for window in windows]) for key in keys]
        shift = mix_shift(now, base)
        if shift is None:
            continue
        sign = -1.0 if shift.mix < 0 else 1.0
        key, _ = max(zip(keys, shift.parts, strict=True), key=lambda pair: sign * pair[1])
        size = fsum(entry.denominator for entry in base)
        before = fsum(entry.numerator for entry in base) / size
        yield Mixed(look, key[0], reading.total(question.window), before, shift)


def _ratio(figures: Sequence[Figure]) -> Ratio:
    return Ratio(
        fsum(figure.numerator or 0.0 for figure in figures),
        fsum(figure.denominator or 0.0 for figure in figures),
    )
