"""One question about one metric, answered in four steps over frozen values.

    windows   says everything that will be read, as plain values
    read      reads it; the only step that asks the databases
    figures   makes the numbers of what was read
    notes     says what their reader must know

The first and the last two are pure, so that what several questions want can be read together.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from kpi_engine.answers import findings
from kpi_engine.answers.figures import figures
from kpi_engine.answers.notes import notes
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.windows import Windows, windows
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.query import Query, Scope
from kpi_engine.reading import readings
from kpi_engine.reading.readings import Readings


def answer(setting: Setting, query: Query, scope: Scope, now: datetime) -> Answer:
    """Answer a question about one metric, as far as `scope` lets its asker see.

    Raises QueryError and ForbiddenError where it can't be asked, DataError and WarehouseError where a
    database can't answer.
    """
    asked = windows(setting, query, scope, now)
    return _answer_of(asked, read(setting, asked, now))


def read(setting: Setting, asked: Windows, now: datetime) -> Readings:
    """Read what a question wants, and then what its findings want when that is known."""
    found = readings.read(setting.reader, setting.targets, asked.wanted, now)
    more = findings.wanted_then(asked.question, found)
    return found.with_more(readings.read(setting.reader, setting.targets, more, now)) if more else found


def _answer_of(asked: Windows, found: Readings) -> Answer:
    """Return the answer to a question, out of what was read for it."""
    made = figures(asked, found)
    question = asked.question
    metric = question.metric
    return Answer(
        query=replace(question.query, period=question.period),
        metric=metric.name,
        unit=metric.unit,
        currency=question.money if metric.unit == "money" else None,
        direction=metric.better,
        period=question.period,
        window=question.window,
        filters=question.query.filters,
        figure=made.figure,
        comparisons=made.comparisons,
        target=made.target,
        anomaly=made.anomaly,
        groups=made.groups,
        series=made.series,
        findings=made.findings,
        data_until=made.coverage.until,
        notes=notes(asked, made),
        sql=found.sql,
    )
