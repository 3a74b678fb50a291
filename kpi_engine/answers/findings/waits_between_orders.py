"""The waits between customers' orders: what the findings about lost customers have in common."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_engine.analysis.intervals import Waits
from kpi_engine.answers.question import Question
from kpi_engine.domain.metrics import Lapse
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import WaitsOf


def lapse_of(question: Question) -> tuple[Lapse, WaitsOf] | None:
    """Return when a customer counts as lost, and the waits to judge that by; None where nothing is lost."""
    lapse, end = question.metric.spec.lapse, question.window.end
    if lapse is None or end is None or not question.is_about_one_figure:
        return None
    return lapse, WaitsOf(lapse.active, question.filters, lapse.within.before(end), end)


def waits_wanted(question: Question) -> Iterator[WaitsOf]:
    """Yield the waits that a finding about lost customers needs."""
    lapse = lapse_of(question)
    if lapse:
        yield lapse[1]


def known_waits(question: Question, readings: Readings) -> tuple[Lapse, WaitsOf, Waits] | None:
    """Return the waits and what they are judged by, None if there are too few to say something."""
    lapse = lapse_of(question)
    waits = readings.waits.get(lapse[1]) if lapse else None
    return (*lapse, waits) if lapse and waits and waits.is_enough else None
