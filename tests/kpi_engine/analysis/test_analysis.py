"""Intervals, verdicts, targets, anomalies: arithmetic against published numbers and properties."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.analysis.compare import change
from kpi_engine.analysis.rates import newcombe, trials_needed, wilson
from kpi_engine.analysis.targets import TargetIndex, TargetRow, attainment, reached
from kpi_engine.domain.answer import Verdict
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import ChangeStyle


def test_wilson_equals_the_published_example() -> None:
    """Newcombe (1998), table I: 81 of 263 gives 0.2553 to 0.3662, and 15 of 148 gives 0.0624 to 0.1605."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 0) is None


def test_newcombe_equals_the_published_example() -> None:
    """Newcombe (1998), table II, method 10: 56/70 against 48/80 gives 0.0524 to 0.3339."""
    assert newcombe(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilson_holds_the_share(successes: int, extra: int) -> None:
    """Always inside 0..1 and around the share."""
    interval = wilson(successes, successes + extra)
    assert interval is not None
    assert 0 <= interval[0] <= successes / (successes + extra) + 1e-12 <= interval[1] + 2e-12 <= 1 + 3e-12


def test_seeing_a_halving_takes_as_many_as_the_textbook_says() -> None:
    """20 % against 10 %, 5 % two-sided, 80 % power: 199 a side (Fleiss, without continuity correction)."""
    assert trials_needed(0.20, -0.10) == pytest.approx(199, abs=1)


@pytest.mark.parametrize(
    ("style", "now", "base", "verdict", "pct", "good"),
    [
        ("amount", 120.0, 100.0, Verdict.UP, 0.2, True),
        ("amount", 80.0, 100.0, Verdict.DOWN, -0.2, False),
        ("amount", 100.0, 100.0, Verdict.SAME, 0.0, None),
        ("amount", 5.0, 0.0, Verdict.NEW, None, True),
        ("amount", 5.0, -5.0, Verdict.UP, None, True),
        ("amount", -5.0, 5.0, Verdict.DOWN, -2.0, False),
        ("amount", None, 5.0, Verdict.NO_DATA, None, None),
        ("profit", 5.0, -5.0, Verdict.FROM_LOSS_TO_PROFIT, None, True),
        ("profit", -5.0, 5.0, Verdict.FROM_PROFIT_TO_LOSS, -2.0, False),
        ("profit", 120.0, 100.0, Verdict.UP, 0.2, True),
        ("profit", 5.0, 0.0, Verdict.NEW, None, True),
    ],
)
def test_a_change_in_words(
    style: ChangeStyle, now: float | None, base: float, verdict: Verdict, pct: float | None, good: bool | None
) -> None:
    """Percentages only where the base is positive; only a profit goes from loss to profit."""
    found = change(Figure(now), Figure(base), style=style, relative=True, better="up")
    assert (found.verdict, found.good) == (verdict, good)
    assert found.change_pct == (None if pct is None else pytest.approx(pct))


def test_a_share_goes_up_only_where_the_interval_says_so() -> None:
    """21 of 98 against 14 of 90 is no clear change; ten times as many is one."""
    few = change(Figure(21 / 98, 21, 98), Figure(14 / 90, 14, 90), style="share", relative=False, better="up")
    many = change(
        Figure(21 / 98, 210, 980), Figure(14 / 90, 140, 900), style="share", relative=False, better="up"
    )
    assert (few.verdict, few.good, few.change_pct) == (Verdict.NO_CLEAR_CHANGE, None, None)
    assert (many.verdict, many.good) == (Verdict.UP, True)


MONTH = date(2026, 11, 1)
ROWS = [
    TargetRow({"rep": 1}, {"rep": 1, "region": "N"}, 10),
    TargetRow({"rep": 2}, {"rep": 2, "region": "N"}, 20),
    TargetRow({"rep": 3}, {"rep": 3, "region": "Z"}, 30),
]


@pytest.mark.parametrize(
    ("wanted", "additive", "expected"),
    [
        ({"rep": {1}}, True, (10, False)),
        ({"region": {"N"}}, True, (30, True)),
        ({}, True, (60, True)),
        ({}, False, None),
        ({"source": {"x"}}, True, None),
        ({"rep": {1, 2}}, True, (30, True)),
    ],
)
def test_a_level_without_a_target_gets_the_sum_of_the_finer_one(
    wanted: dict[str, set[object]], additive: bool, expected: tuple[float, bool] | None
) -> None:
    """Additive metrics only; a filter that no target knows has none."""
    asked = {name: frozenset(keys) for name, keys in wanted.items()}
    index = TargetIndex((MONTH, row) for row in ROWS)
    assert index.target(MONTH, asked, is_additive=additive) == expected  # type: ignore[arg-type]


def test_the_level_s_own_target_wins() -> None:
    """A company target is not the sum of its reps' when it is set."""
    own = TargetIndex((MONTH, row) for row in [*ROWS, TargetRow({}, {}, 100)])
    assert own.target(MONTH, {}, is_additive=True) == (100, False)


def test_attainment_and_reaching() -> None:
    """Lower-is-better has no ratio; a running month is only ever reached early, never missed early."""
    assert attainment(90, 100, "up") == 0.9
    assert attainment(90, 100, "down") is None
    assert attainment(90, 0, "up") is None
    assert reached(90, 100, "up", complete=False) is None
    assert reached(90, 100, "up", complete=True) is False
    assert reached(110, 100, "up", complete=False) is True
    assert reached(90, 100, "down", complete=True) is True
