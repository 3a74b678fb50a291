"""How many false alarms a year somebody gets from all figures that are watched for them together.

A figure that is judged each week at 5 % is unusual by chance two or three times a year, and ten figures are
twenty-five times. So the alarms of a year have a budget, which is spent period by period (alpha spending:
Lan and DeMets 1983), and what a period may spend is shared by the figures judged in it by the procedure of
Benjamini and Hochberg (1995). In a company in which nothing happens, a place then gets about as many
false alarms a year as its budget says, however many figures it watches. docs/alerts.md has what was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from kpi_engine.analysis.false_discovery import q_values
from kpi_engine.analysis.scan import HONEST

YEARLY = 1.0
"""False alarms a year at a place where nothing happens, of the figures of one grain together."""
_PERIODS = {"week": 52, "month": 12}
_FIRST_LOOK, _EACH_NEXT = 0.8, 0.2
"""The first look at a period spends this part of it, and each later one this part of what is left.

The same period is judged again when late rows have changed it, without end; all looks together spend it once.
"""


def alarms(
    p_values: Sequence[float], looks: Sequence[int], period: Literal["week", "month"], *, watched: int
) -> list[bool]:
    """Return which of the figures that are judged now are worth an alarm.

    `looks` is how often each figure's period was judged before, and `watched` how many figures are watched
    at the place, judged now or not.
    """
    spent = HONEST * YEARLY / _PERIODS[period]
    parts = [_FIRST_LOOK * _EACH_NEXT**before for before in looks]
    scaled = [min(1.0, p / part) for p, part in zip(p_values, parts, strict=True)]
    return [rate <= spent for rate in q_values(scaled, tests=max(watched, len(scaled)))]
