"""Questions about one metric each, answered in four steps over frozen values.

    windows   says everything that will be read, as plain values
    read      reads it for all of them together; the only step that asks the databases
    figures   makes the numbers of what was read
    notes     says what their reader must know

The first and the last two are pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from kpi_engine.answers import findings
from kpi_engine.answers.coverage import told_missing, told_until
from kpi_engine.answers.figures import figures, labels_wanted
from kpi_engine.answers.notes import notes
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.soundness import with_doubts
from kpi_engine.answers.windows import Windows
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.statements import RunStatement
from kpi_engine.reading import readings
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import Wanted


def read(
    setting: Setting, asked: Sequence[Windows], now: datetime, beside: Sequence[Wanted] = ()
) -> Readings:
    """Read what questions want; then their groups' names, and what their findings want when that is known.

    `beside` is read as well, in the same statements.
    """
    wanted = [*(want for entry in asked for want in entry.wanted), *beside]
    found = readings.read(setting.reader, setting.targets, wanted, now)
    more = [
        want
        for entry in asked
        for want in (*labels_wanted(entry, found), *findings.wanted_then(entry.question, found))
    ]
    return found.with_more(readings.read(setting.reader, setting.targets, more, now)) if more else found


def _statements(asked: Windows, found: Readings) -> tuple[RunStatement, ...]:
    chosen = (asked.chosen.statement,) if asked.chosen else ()
    then = findings.wanted_then(asked.question, found)
    return (*chosen, *found.statements_of((*asked.wanted, *then)))


def answer_of(asked: Windows, found: Readings) -> Answer:
    """Return the answer to a question, out of what was read for it."""
    made = figures(asked, found)
    question = asked.question
    metric = question.metric
    answer = Answer(
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
        data_until=told_until(made.coverage.until, question),
        notes=notes(asked, made),
        statements=_statements(asked, found),
        yields=question.yields,
        verdict=made.judgement.verdict,
        basis=made.judgement.basis,
        missing=told_missing(
            made.coverage.missing_of((question.window, *(entry.window for entry in made.comparisons))),
            question,
        ),
        looked_at=made.coverage.looked_at,
    )
    return with_doubts(answer, asked)
