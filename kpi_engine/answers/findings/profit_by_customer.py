"""What each customer brings: what the findings about customers' profit have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpi_engine.answers.question import Question
from kpi_engine.domain.query import Key
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import FiguresOf

CUSTOMER = "customer"


def wanted(question: Question) -> Iterator[FiguresOf]:
    """Yield the figures by customer, where some may bring a loss and the metric tells customers apart."""
    if not question.is_about_one_figure or CUSTOMER not in question.metric.dimensions:
        return
    spec = question.metric.spec.by_customer()
    if spec is not None:
        windows = (question.window,)
        yield FiguresOf(spec, question.filters, windows, (CUSTOMER,), windows)


def profits(question: Question, readings: Readings) -> Mapping[Key, float]:
    """Return what each customer brings, where that is known; empty where it isn't wanted."""
    return {
        key: figure.value
        for want in wanted(question)
        for (key,), figure in readings.figures[want].groups(question.window).items()
        if key is not None and figure.value is not None
    }
