"""One budget of false alarms a year: all looks and all figures of a place spend it together."""

from __future__ import annotations

import pytest

from kpi_engine.analysis.alarm_budget import YEARLY, alarms
from kpi_engine.analysis.scan import HONEST

WEEKLY = HONEST * YEARLY / 52


@pytest.mark.parametrize(("period", "periods"), [("week", 52), ("month", 12)])
def test_one_figure_may_spend_a_period_s_part(period: str, periods: int) -> None:
    """A month has more to spend than a week; the first look may spend four fifths of it."""
    part = 0.8 * HONEST * YEARLY / periods
    assert alarms([part * 0.99], [0], period, watched=1) == [True]  # type: ignore[arg-type]
    assert alarms([part * 1.01], [0], period, watched=1) == [False]  # type: ignore[arg-type]


def test_all_looks_at_a_period_spend_it_once() -> None:
    """Each later look has less; together they never have more than the period's part."""

    def limit(before: int) -> float:
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if alarms([middle], [before], "week", watched=1)[0] else (low, middle)
        return low

    limits = [limit(before) for before in range(12)]
    assert limits == sorted(limits, reverse=True)
    assert limits[1] > 0
    assert sum(limits) == pytest.approx(WEEKLY, rel=1e-6)


def test_figures_that_aren_t_judged_now_count_too() -> None:
    """Ten figures judged one after the other have no more than ten that are judged at once."""
    p = 0.8 * WEEKLY / 9
    assert alarms([p], [0], "week", watched=1) == [True]
    assert alarms([p], [0], "week", watched=10) == [False]
    assert alarms([p / 2], [0], "week", watched=10) == [True]


def test_several_that_stand_out_together_are_found_more_easily() -> None:
    """As Benjamini and Hochberg have it."""
    p = 0.8 * WEEKLY / 3
    assert alarms([p, 0.5, 0.5, 0.5], [0] * 4, "week", watched=4) == [False] * 4
    assert alarms([p, p, 0.5, 0.5], [0] * 4, "week", watched=4) == [True, True, False, False]
    assert alarms([], [], "week", watched=3) == []
