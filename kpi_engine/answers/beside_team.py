"""A rep's figure beside that of their whole team."""

from __future__ import annotations

from kpi_engine.analysis import compare
from kpi_engine.domain.answer import Answer, Comparison, Team
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.query import Baseline


def against_team(own: Answer, total: Answer, members: int, metric: Metric, name: str) -> Comparison:
    """Return the comparison of a rep's answer with the team's, which `members` have figures of.

    What adds up is compared with the members' average, of
    which a rep's figure can be above or below; anything else with the team's own figure.
    """
    figure = total.figure
    average = (
        figure.value / members if metric.spec.is_additive and figure.value is not None and members else None
    )
    changed = compare.change_of(metric, own.figure, figure if average is None else Figure(average))
    return Comparison(
        Baseline.TEAM,
        total.period,
        total.window,
        figure,
        changed.change,
        changed.change_pct,
        changed.verdict,
        changed.good,
        team=Team(name, members, average),
        needed=changed.needed,
    )
