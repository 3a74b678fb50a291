"""Properties of intervals and verdicts that the published examples don't show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.analysis.compare import UNKNOWN, Evidence, change
from kpi_engine.analysis.evidence import Noise
from kpi_engine.analysis.rates import newcombe, trials_needed, wilson
from kpi_engine.domain.answer import Verdict
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Direction


@st.composite
def _rates(draw: st.DrawFn) -> tuple[int, int]:
    trials = draw(st.integers(1, 2000))
    return draw(st.integers(0, trials)), trials


@given(_rates(), _rates())
def test_the_interval_of_a_difference_holds_it_and_turns_with_it(
    now: tuple[int, int], base: tuple[int, int]
) -> None:
    """Within -1..1, around the difference, and mirrored where the two change places."""
    there, back = newcombe(*now, *base), newcombe(*base, *now)
    assert there is not None
    assert back is not None
    difference = now[0] / now[1] - base[0] / base[1]
    assert -1 - 1e-9 <= there[0] <= difference + 1e-9
    assert difference - 1e-9 <= there[1] <= 1 + 1e-9
    assert there == pytest.approx((-back[1], -back[0]))


@given(_rates(), st.integers(2, 50))
def test_more_of_the_same_says_more(rate: tuple[int, int], times: int) -> None:
    """The same share of more trials has a narrower interval."""
    few, many = wilson(*rate), wilson(rate[0] * times, rate[1] * times)
    assert few is not None
    assert many is not None
    assert many[1] - many[0] < few[1] - few[0]


@pytest.mark.parametrize("rate", [(0, 0), (-1, 10), (11, 10)])
def test_no_share_has_no_interval(rate: tuple[int, int]) -> None:
    """Without trials, or with more successes than trials, there is nothing to say."""
    assert wilson(*rate) is None
    assert newcombe(*rate, 5, 10) is None
    assert newcombe(5, 10, *rate) is None


def test_a_smaller_change_takes_more_trials() -> None:
    """Half the change takes about four times as many; both directions are planned for."""
    assert trials_needed(0.2, 0.05) > 3 * trials_needed(0.2, 0.1)
    assert trials_needed(0.5, 0.1) == trials_needed(0.5, -0.1)
    assert trials_needed(0.5, 0.9) >= 1


@pytest.mark.parametrize(
    ("now", "base", "better", "verdict", "good"),
    [
        (125.0, 100.0, "down", Verdict.UP, False),
        (80.0, 100.0, "down", Verdict.DOWN, True),
        (125.0, 100.0, "neutral", Verdict.UP, None),
        (115.0, 100.0, "up", Verdict.LEANING_UP, None),
        (5.0, 0.0, "down", Verdict.NEW, False),
        (0.1 + 0.2, 0.3, "up", Verdict.SAME, None),
    ],
)
def test_good_follows_the_metric_s_direction(
    now: float, base: float, better: Direction, verdict: Verdict, good: bool | None
) -> None:
    """A cost that falls is good; a neutral metric is never judged, and what may be chance isn't either."""
    figures = Figure(now, rows=400), Figure(base, rows=400)
    found = change(*figures, style="amount", relative=True, better=better, known=Evidence(Noise(2.0)))
    assert (found.verdict, found.good) == (verdict, good)
    assert (found.change_pct is None) == (base <= 0)


def test_a_missing_value_has_no_verdict() -> None:
    """Nothing to compare with is no data, whichever side is missing."""
    for now, base in ((0.3, None), (None, 0.3), (None, None)):
        assert change(Figure(now), Figure(base), style="share", relative=False, better="up") == UNKNOWN


def test_a_deeper_loss_is_worse_without_a_history() -> None:
    """No percentage says so, and without a history no word does."""
    deeper = change(Figure(-100), Figure(-50), style="profit", relative=True, better="up")
    assert (deeper.change_pct, deeper.good) == (None, False)
    smaller = change(Figure(-20), Figure(-50), style="profit", relative=True, better="up")
    assert smaller.good is True
