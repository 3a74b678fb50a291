"""How profit is spread over customers: what the findings about customers' profit have in common."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_engine.analysis.concentration import Spread
from kpi_engine.answers.question import Question
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import SpreadOf

CUSTOMER = "customer"


def wanted(question: Question) -> Iterator[SpreadOf]:
    """Yield the spread over customers, where some may bring a loss and the metric tells customers apart."""
    if not question.is_about_one_figure or CUSTOMER not in question.metric.dimensions:
        return
    spec = question.metric.spec.by_customer()
    if spec is not None:
        yield SpreadOf(spec, question.filters, question.window, CUSTOMER)


def spread(question: Question, readings: Readings) -> Spread | None:
    """Return how the profit is spread; None where it isn't wanted or can't be had."""
    return next((readings.spreads[want] for want in wanted(question)), None)
