"""A finding in words: one function and one template for each."""

from __future__ import annotations

from dataclasses import asdict
from functools import singledispatch
from typing import TYPE_CHECKING

from kpi_engine.domain.answer import Answer
from kpi_engine.domain.findings import (
    AcquisitionCost,
    AtRisk,
    Concentration,
    LossMakers,
    ProfitLayers,
    ProposedWindow,
    Reconciliation,
    Responses,
    RollingScore,
    RunningContracts,
    YoungerCohort,
)

if TYPE_CHECKING:
    from bot.render.sentences import Sentences

MADE_OF = (Reconciliation, RunningContracts, ProfitLayers, AcquisitionCost, Responses)
"""Findings that say what the number is made of; they come first."""
_CURVE_SHOWN = (0.1, 0.5, 0.8)
"""The shares of the customers that a sentence about the cumulative profit names beside the best fifth."""


@singledispatch
def words(finding: object, answer: Answer, sentences: Sentences) -> str:
    """Return a finding as a sentence."""
    raise TypeError(f"{type(finding).__name__} of {answer.metric} has no words in {sentences.language}")


@words.register(Reconciliation)
def _reconciliation(finding: Reconciliation, answer: Answer, sentences: Sentences) -> str:  # noqa: ARG001
    number = sentences.formats.number
    counts = {name: number(value or 0) for name, value in asdict(finding).items() if name != "inactive"}
    return sentences.filled(
        "finding_reconciliation.j2",
        **counts,
        gained=number(finding.new + finding.returned),
        inactive=sentences.formats.share(finding.inactive) if finding.inactive else "",
    )


@words.register(RunningContracts)
def _running_contracts(finding: RunningContracts, answer: Answer, sentences: Sentences) -> str:  # noqa: ARG001
    counts = {name: sentences.formats.number(value) for name, value in asdict(finding).items()}
    return sentences.filled("finding_running_contracts.j2", **counts)


@words.register(ProfitLayers)
def _profit_layers(finding: ProfitLayers, answer: Answer, sentences: Sentences) -> str:
    return sentences.filled("finding_profit_layers.j2", **_amounts(finding, answer, sentences))


@words.register(AcquisitionCost)
def _acquisition_cost(finding: AcquisitionCost, answer: Answer, sentences: Sentences) -> str:
    shown = _amounts(finding, answer, sentences) | {"customers": sentences.formats.number(finding.customers)}
    return sentences.filled("finding_acquisition_cost.j2", **shown)


def _amounts(finding: ProfitLayers | AcquisitionCost, answer: Answer, sentences: Sentences) -> dict[str, str]:
    """Return a finding's values as amounts of money; what isn't known is empty."""
    currency = sentences.currency(answer)
    return {
        name: "" if value is None else sentences.formats.money(value, currency)
        for name, value in asdict(finding).items()
    }


@words.register(Responses)
def _responses(finding: Responses, answer: Answer, sentences: Sentences) -> str:  # noqa: ARG001
    return sentences.filled(
        "finding_responses.j2",
        answered=sentences.formats.number(finding.answered),
        delivered=sentences.formats.number(finding.delivered),
        share=sentences.formats.share(finding.answered / finding.delivered),
    )


@words.register(YoungerCohort)
def _younger_cohort(finding: YoungerCohort, answer: Answer, sentences: Sentences) -> str:
    return sentences.filled(
        "finding_younger_cohort.j2",
        period=sentences.period(finding.period),
        age=finding.age,
        value=sentences.value(finding.figure, answer),
        made_of=sentences.made_of(finding.figure, answer),
        same_age=sentences.value(finding.same_age, answer),
        older=sentences.period(answer.period),
    )


@words.register(LossMakers)
def _loss_makers(finding: LossMakers, answer: Answer, sentences: Sentences) -> str:
    def money(value: float) -> str:
        return sentences.formats.value(value, answer.unit, answer.currency)

    return sentences.filled(
        "finding_loss_makers.j2",
        count=sentences.formats.number(finding.count),
        customers=sentences.formats.number(finding.customers),
        total=money(finding.total),
        worst=", ".join(f"{name} ({money(value)})" for name, value in finding.worst),
    )


@words.register(Concentration)
def _concentration(finding: Concentration, answer: Answer, sentences: Sentences) -> str:  # noqa: ARG001
    def percent(share: float) -> str:
        return sentences.formats.number(100 * share) + "%"

    shown = [(share, part) for share, part in finding.curve if round(share, 2) in _CURVE_SHOWN]
    say = sentences.say("{share} make {part}")
    return sentences.filled(
        "finding_concentration.j2",
        best=percent(finding.best),
        part=percent(finding.part),
        customers=sentences.formats.number(finding.customers),
        curve=", ".join(say.format(share=percent(share), part=percent(part)) for share, part in shown),
    )


@words.register(AtRisk)
def _at_risk(finding: AtRisk, answer: Answer, sentences: Sentences) -> str:  # noqa: ARG001
    counts = {name: sentences.formats.number(value) for name, value in asdict(finding).items()}
    return sentences.filled("finding_at_risk.j2", **counts)


@words.register(ProposedWindow)
def _proposed_window(finding: ProposedWindow, answer: Answer, sentences: Sentences) -> str:  # noqa: ARG001
    counts = {name: sentences.formats.number(value) for name, value in asdict(finding).items()}
    return sentences.filled("finding_proposed_window.j2", **counts)


@words.register(RollingScore)
def _rolling_score(finding: RollingScore, answer: Answer, sentences: Sentences) -> str:
    return sentences.filled(
        "finding_rolling_score.j2",
        period=sentences.period(finding.period),
        value=sentences.value(finding.figure, answer),
        made_of=sentences.made_of(finding.figure, answer),
    )
