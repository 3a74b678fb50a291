"""The 95 % intervals hold the truth in 93 to 97 % of the cases, on average over true values: exactly counted."""

from __future__ import annotations

import pytest

from benchmarks.intervals import newcombe_coverage, score_coverage, wilson_coverage


@pytest.mark.parametrize("size", [5, 8, 12, 20, 50, 120, 500])
def test_wilson(size: int) -> None:
    assert 0.93 <= wilson_coverage(size).mean() <= 0.97


@pytest.mark.parametrize(("size", "base"), [(5, 5), (8, 20), (20, 20), (30, 90)])
def test_newcombe(size: int, base: int) -> None:
    assert 0.93 <= newcombe_coverage(size, base, [0.05, 0.1, 0.2, 0.35, 0.5, 0.8]).mean() <= 0.97


@pytest.mark.parametrize("size", [5, 8, 12, 20, 50, 120])
def test_net_promoter_score(size: int) -> None:
    assert 0.93 <= score_coverage(size, [(0.3, 0.3), (0.5, 0.2), (0.6, 0.1), (0.4, 0.05)]).mean() <= 0.97


def test_large_samples() -> None:
    """Of so many cases each is close on its own."""
    assert all(0.93 <= held <= 0.97 for held in wilson_coverage(500, [0.05, 0.2, 0.5, 0.9]))
    assert all(0.93 <= held <= 0.97 for held in newcombe_coverage(500, 500, [0.1, 0.4]))
    assert all(0.93 <= held <= 0.97 for held in score_coverage(500, [(0.5, 0.2)]))
