"""What is found beside a figure and doesn't fit in it: one module for each finding.

A module holds the finding (a frozen value with its words and its fields for scripts) and its `FINDER`,
which says what to read for it and makes it. It looks at what the metric's kind answers
(kpi_engine.domain.metrics.Kind) and at the parts of the figure, never at which kind that is.
"""

from __future__ import annotations

from collections.abc import Sequence

from kpi_engine.answers.findings import (
    acquisition_cost,
    at_risk,
    best_member,
    concentration,
    cost_without_yield,
    loss_makers,
    profit_layers,
    proposed_window,
    reconciliation,
    responses,
    rolling_score,
    running_contracts,
    younger_cohort,
)
from kpi_engine.answers.findings.finder import Finder
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Group
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import Finding
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import Wanted

FINDERS: tuple[Finder, ...] = (
    reconciliation.FINDER,
    running_contracts.FINDER,
    profit_layers.FINDER,
    acquisition_cost.FINDER,
    responses.FINDER,
    younger_cohort.FINDER,
    best_member.FINDER,
    cost_without_yield.FINDER,
    loss_makers.FINDER,
    concentration.FINDER,
    rolling_score.FINDER,
    at_risk.FINDER,
    proposed_window.FINDER,
)
"""Every finding, in the order in which an answer holds them; a new one is one more entry here."""


def wanted(question: Question) -> tuple[Wanted, ...]:
    """Return what has to be read for the findings of a question."""
    return tuple(want for finder in FINDERS for want in finder.wanted(question))


def wanted_then(question: Question, readings: Readings) -> tuple[Wanted, ...]:
    """Return what else has to be read once that is known, such as the names of those who stand out."""
    return tuple(want for finder in FINDERS for want in finder.wanted_then(question, readings))


def found(
    question: Question, readings: Readings, figure: Figure, groups: Sequence[Group]
) -> tuple[Finding, ...]:
    """Return the findings beside a question's figure and among its groups, out of what was read for them."""
    return tuple(
        entry
        for finder in FINDERS
        for entry in (*finder.found(question, readings, figure), *finder.among(question, groups))
    )
