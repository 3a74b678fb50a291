"""Intervals, verdicts, targets, anomalies: arithmetic against published numbers and properties."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.analysis.compare import NO_HISTORY, Evidence, change
from kpi_engine.analysis.evidence import Noise, Season
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
        ("amount", 124.0, 100.0, Verdict.UP, 0.24, True),
        ("amount", 80.0, 100.0, Verdict.DOWN, -0.2, False),
        ("amount", 140.0, 100.0, Verdict.CLEARLY_UP, 0.4, True),
        ("amount", 60.0, 100.0, Verdict.CLEARLY_DOWN, -0.4, False),
        ("amount", 116.0, 100.0, Verdict.LEANING_UP, 0.16, None),
        ("amount", 95.0, 100.0, Verdict.NO_CLEAR_CHANGE, -0.05, None),
        ("amount", 100.4, 100.0, Verdict.SAME, 0.004, None),
        ("amount", 100.0, 100.0, Verdict.SAME, 0.0, None),
        ("amount", 5.0, 0.0, Verdict.NEW, None, True),
        ("amount", 5.0, -5.0, Verdict.NOT_JUDGED, None, None),
        ("amount", None, 5.0, Verdict.NO_DATA, None, None),
        ("count", 140.0, 100.0, Verdict.LEANING_UP, 0.4, None),
        ("count", 160.0, 100.0, Verdict.CLEARLY_UP, 0.6, True),
        ("count", 4.0, 0.0, Verdict.TOO_FEW, None, None),
        ("count", 9.0, 0.0, Verdict.NEW, None, True),
        ("count", 1.0, 4.0, Verdict.TOO_FEW, -0.75, None),
        ("cost", 124.0, 100.0, Verdict.UP, 0.24, True),
        ("profit", 50.0, -50.0, Verdict.FROM_LOSS_TO_PROFIT, None, True),
        ("profit", -50.0, 50.0, Verdict.FROM_PROFIT_TO_LOSS, -2.0, False),
        ("profit", 200.0, 100.0, Verdict.UP, 1.0, True),
        ("profit", -100.0, -200.0, Verdict.UP, None, True),
        ("profit", 120.0, 100.0, Verdict.NO_CLEAR_CHANGE, 0.2, None),
        ("profit", 5.0, 0.0, Verdict.NEW, None, True),
        ("none", 200.0, 100.0, Verdict.NOT_JUDGED, 1.0, None),
    ],
)
def test_a_change_in_words(
    style: ChangeStyle, now: float | None, base: float, verdict: Verdict, pct: float | None, good: bool | None
) -> None:
    """Percentages only where the base is positive; only a profit goes from loss to profit.

    Figures of 400 rows each, with a noise of 2 a row.
    """
    known = Evidence(Noise(2.0))
    figures = Figure(now, rows=400), Figure(base, rows=400)
    found = change(*figures, style=style, relative=True, better="up", known=known)
    assert (found.verdict, found.good) == (verdict, good)
    assert found.change_pct == (None if pct is None else pytest.approx(pct))


def test_a_share_goes_up_only_where_the_interval_says_so() -> None:
    """21 of 98 against 14 of 90 is no clear change; ten times as many is one."""
    few = change(Figure(21 / 98, 21, 98), Figure(14 / 90, 14, 90), style="share", relative=False, better="up")
    many = change(
        Figure(21 / 98, 210, 980), Figure(14 / 90, 140, 900), style="share", relative=False, better="up"
    )
    tiny = change(Figure(3 / 5, 3, 5), Figure(14 / 90, 14, 90), style="share", relative=False, better="up")
    assert (few.verdict, few.good, few.change_pct) == (Verdict.NO_CLEAR_CHANGE, None, None)
    assert (many.verdict, many.good) == (Verdict.CLEARLY_UP, True)
    assert (tiny.verdict, tiny.good, tiny.needed) == (Verdict.TOO_FEW, None, trials_needed(14 / 90, -7 / 90))


def test_an_amount_has_no_verdict_without_a_history() -> None:
    """Nor do periods of unlike seasons; counts have the noise of counts, costs that of their cases."""
    now, base = Figure(200.0, rows=400), Figure(100.0, rows=400)

    def said(style: ChangeStyle, known: Evidence = NO_HISTORY) -> Verdict:
        return change(now, base, style=style, relative=True, better="up", known=known).verdict

    for style in ("amount", "mean", "profit", "margin"):
        assert said(style) is Verdict.NOT_JUDGED
    assert {said("count"), said("cost")} == {Verdict.CLEARLY_UP}
    for style in ("count", "cost", "amount", "mean", "profit", "margin"):
        assert said(style, Evidence(Noise(2.0), season=None)) is Verdict.NOT_JUDGED


def test_an_amount_of_few_rows_is_judged_by_their_number() -> None:
    """Where that says enough; a mean isn't."""
    known, many, few = Evidence(Noise(2.0)), Figure(900.0, rows=60), Figure(60.0, rows=5)

    def said(now: Figure, base: Figure, style: ChangeStyle) -> tuple[Verdict, int | None]:
        found = change(now, base, style=style, relative=True, better="up", known=known)
        return found.verdict, found.needed

    assert said(few, many, "amount") == (Verdict.CLEARLY_DOWN, None)
    assert said(many, few, "amount") == (Verdict.CLEARLY_UP, None)
    assert said(few, Figure(90.0, rows=6), "amount") == (Verdict.TOO_FEW, 8)
    assert said(few, many, "mean") == (Verdict.TOO_FEW, 8)


def test_what_every_year_brings_is_no_change() -> None:
    """A month that doubles as it does each year isn't up, and says that its season is allowed for."""
    now, base = Figure(200.0, rows=400), Figure(100.0, rows=400)
    known = Evidence(Noise(2.0), Season(math.log(2), 0.001))
    found = change(now, base, style="amount", relative=True, better="up", known=known)
    assert (found.change_pct, found.verdict, found.is_seasonal) == (1.0, Verdict.NO_CLEAR_CHANGE, True)
    flat = change(base, base, style="amount", relative=True, better="up", known=known)
    assert (flat.verdict, flat.good) == (Verdict.CLEARLY_DOWN, False)


def test_only_a_season_that_explains_a_change_is_said_to() -> None:
    """Of noise it isn't: a small change beside a season, or two periods without anything, need none."""
    known = Evidence(Noise(2.0), Season(math.log(2), 0.001))

    def said(now: float, base: float) -> tuple[Verdict, bool]:
        one, other = Figure(now, rows=now * 4), Figure(base, rows=base * 4)
        found = change(one, other, style="amount", relative=True, better="up", known=known)
        return found.verdict, found.is_usual

    assert said(200.0, 100.0) == (Verdict.NO_CLEAR_CHANGE, True)
    assert said(8.0, 6.0) == (Verdict.NO_CLEAR_CHANGE, False)
    assert said(0.0, 0.0) == (Verdict.SAME, False)


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
