"""Who stands out on a board of many members, and that nobody does where all are alike."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray

from kpi_engine.analysis.ranking import leaderboard

Kind = Literal["rate", "count"]
Numbers = NDArray[np.float64]


def board(rng: Generator, members: int, kind: Kind, spread: float) -> tuple[Numbers, Numbers]:
    """Members who differ by nothing but chance and, with a `spread`, by how people are."""
    sizes = rng.poisson(40 * rng.gamma(4, 0.25, members)) + 1.0 if kind == "rate" else np.ones(members)
    mean = 0.2 if kind == "rate" else 25.0
    if kind == "rate":
        trials = 1 / (mean * (1 - mean) * spread**2) - 1 if spread else 0
        rates = rng.beta(mean * trials, (1 - mean) * trials, members) if spread else np.full(members, mean)
        return rng.binomial(sizes.astype(int), rates).astype(float), sizes
    rates = mean * rng.gamma(1 / spread**2, spread**2, members) if spread else np.full(members, mean)
    return rng.poisson(rates).astype(float), sizes


def flagged(counts: Numbers, sizes: Numbers, kind: Kind) -> list[int]:
    found = leaderboard(counts.tolist(), sizes.tolist(), kind)
    return [place for place, entry in enumerate(found) if entry["is_anomaly"]]


@pytest.mark.parametrize("kind", ["rate", "count"])
@pytest.mark.parametrize("spread", [0.0, 0.25])
def test_on_boards_of_equals_hardly_anybody_is_flagged(kind: Kind, spread: float) -> None:
    """On at most 5 % of boards; benchmarks/boards.py measures more of them."""
    rng = np.random.default_rng(12)
    boards = [board(rng, members, kind, spread) for members in [10] * 60 + [30] * 50 + [120] * 10]
    assert sum(bool(flagged(*entry, kind)) for entry in boards) <= 0.05 * len(boards)


@pytest.mark.parametrize("kind", ["rate", "count"])
@pytest.mark.parametrize(("factor", "direction"), [(0.15, "low"), (3.0, "high")])
def test_who_differs_from_all_others_is_found_with_the_side(
    kind: Kind, factor: float, direction: str
) -> None:
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(40):
        counts, sizes = board(rng, 30, kind, 0.0)
        sizes[7] = 100 if kind == "rate" else 1
        counts[7] = rng.binomial(100, 0.2 * factor) if kind == "rate" else rng.poisson(25 * factor)
        entry = leaderboard(counts.tolist(), sizes.tolist(), kind)[7]
        found += entry == {"is_anomaly": True, "direction": direction}
    assert found >= 32


def test_one_who_is_far_off_does_not_hide_another() -> None:
    """The centre and the spread are robust: the first doesn't make the second usual."""
    counts = [20, 22, 19, 21, 18, 23, 20, 19, 22, 21, 20, 18, 300, 61]
    found = leaderboard(counts, None, "count")
    assert [entry["direction"] for entry in found] == [None] * 12 + ["high"] * 2


def test_a_rate_of_few_is_not_judged_as_one_of_many() -> None:
    """Nothing of 12 is chance; nothing of 200 isn't, where the others have a fifth."""
    trials = [200.0] * 10
    found = leaderboard([40.0] * 10 + [0, 0], [*trials, 12, 200], "rate")
    assert [entry["direction"] for entry in found] == [None] * 11 + ["low"]


@pytest.mark.parametrize("kind", ["rate", "count"])
def test_odd_input_is_never_flagged_and_never_an_error(kind: Kind) -> None:
    odd = [None, math.nan, math.inf, -3.0, 1e300]
    assert leaderboard([], [], kind) == []
    for sizes in (odd, [0.0] * 5, [10.0] * 5, [5, 0, None, math.inf, 1e300]):
        assert not any(entry["is_anomaly"] for entry in leaderboard(odd, sizes, kind))
    for value in (0.0, 10.0):
        assert not any(entry["is_anomaly"] for entry in leaderboard([value] * 20, [10.0] * 20, kind))
    # who has no usable number doesn't hinder the others' judgement
    counts = [20.0, 22, 19, 21, 18, 23, 20, 19, 22, 300]
    found = leaderboard([*counts, *odd], [400.0] * 15, kind)
    assert [place for place, entry in enumerate(found) if entry["is_anomaly"]] == [9]


def test_members_without_a_denominator_of_their_own_are_left_out() -> None:
    """Too few or too many of them raise nothing."""
    numerators = [10, 12, 9, 11, 10, 60]
    assert len(leaderboard(numerators, [100, 100, 100], "rate")) == 6
    assert [entry["is_anomaly"] for entry in leaderboard(numerators, [100] * 8, "rate")] == [False] * 5 + [
        True
    ]
    assert not any(entry["is_anomaly"] for entry in leaderboard(numerators, [], "count"))
