"""Which of many series are unusual, all of them judged on one budget of false alarms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

from kpi_engine.analysis.false_discovery import q_values

if TYPE_CHECKING:
    from kpi_engine.analysis.anomalies import Kind


HONEST = 0.7
"""The part of a wanted rate of false discoveries at which p-values of real series keep to it.

Real series have wilder changes than the clean series by which p-values are calibrated, so far out in the tail
these are a little too small (docs/judgement.md, "False alarms and scans").
"""


class Case(TypedDict):
    """A series as `detect` takes it; `weight` (1 unless given) is its part of the budget."""

    values: Sequence[float | None]
    period: Literal["week", "month"]
    kind: Kind
    denominators: NotRequired[Sequence[float | None] | None]
    weight: NotRequired[float]


def scan(cases: Sequence[Case], q: float = 0.10) -> list[bool]:
    """Return for each series whether its last value is unusual; of those found, at most a share `q` is wrong.

    `weight` gives a series a larger part of the budget (see `q_values`). Series that can't be judged are
    never found and cost the others nothing.
    """
    from kpi_engine.analysis.anomalies import detect  # which offers this function too

    judged = [
        detect(case["values"], case["period"], case["kind"], case.get("denominators")) for case in cases
    ]
    places = [place for place, found in enumerate(judged) if "reason" not in found]
    weights = [case.get("weight", 1.0) for case in cases]
    rates = q_values([judged[place]["p_value"] for place in places], [weights[place] for place in places])
    unusual = {place for place, rate in zip(places, rates, strict=True) if rate <= HONEST * q}
    return [place in unusual for place in range(len(cases))]
