"""Places of a board: shared where no difference is clear, and nobody first or last for little data."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.random import Generator

from kpi_engine.analysis.places import Estimate, amounts, counts, places, rates, scores


def ordered(estimates: Sequence[Estimate]) -> list[Estimate]:
    return sorted(estimates, key=lambda entry: -entry.shrunken)


def test_figures_of_few_are_drawn_to_the_others() -> None:
    """Two of three isn't better than 50 of 100, nor is nothing of two worse than 5 of 100."""
    trials = [100, 100, 100, 100, 100, 3, 2]
    found = rates([50, 20, 22, 18, 5, 2, 0], trials)
    values = [entry.shrunken for entry in found]
    assert values[0] > values[5] > 0.2 > values[6] > values[4]
    assert all(0 < value < 1 for value in values)


def test_one_far_off_does_not_draw_the_others() -> None:
    found = counts([40, 42, 38, 41, 39, 40, 43, 37, 400])
    assert all(36 < entry.shrunken < 46 for entry in found[:-1])
    assert places(ordered(found)) == [1, 2, 2, 2, 2, 2, 2, 2, 2]


def test_places_count_on_behind_those_that_share_one() -> None:
    assert places(ordered(counts([900, 880, 300, 310, 20, 0]))) == [1, 1, 3, 3, 5, 6]
    assert places(ordered(counts([0, 0, 0]))) == [1, 1, 1]
    assert places(ordered(counts([7]))) == [1]
    assert places([]) == []


def test_amounts_are_judged_by_their_own_noise() -> None:
    """A hundred against fifty is clear where both are steady, and isn't where either rests on one order."""
    steady, loose = amounts([100.0, 50.0], [0.01, 0.01]), amounts([100.0, 50.0], [1.0, 0.01])
    assert places(steady) == [1, 2]
    assert places(loose) == [1, 1]
    assert 50 < steady[1].shrunken < steady[0].shrunken < 100
    assert loose[0].shrunken < steady[0].shrunken


def test_scores_are_in_points() -> None:
    found = scores([60.0, 10.0, -20.0, 5.0, 12.0], [16.0] * 5)
    assert [round(entry.shrunken) for entry in found] == [53, 10, -16, 6, 12]
    assert places(ordered(found)) == [1, 2, 2, 2, 5]


Board = Callable[[Generator, int], list[Estimate]]


def _equal_rates(rng: Generator, members: int) -> list[Estimate]:
    trials = rng.poisson(40, members) + 1
    return rates(rng.binomial(trials, 0.2).tolist(), trials.tolist())


def _equal_counts(rng: Generator, members: int) -> list[Estimate]:
    return counts(rng.poisson(25, members).tolist())


def _equal_amounts(rng: Generator, members: int) -> list[Estimate]:
    noise = 1.8 / (rng.poisson(20, members) + 1)
    return amounts(np.exp(rng.normal(9, np.sqrt(noise))).tolist(), noise.tolist())


@pytest.mark.parametrize("board", [_equal_rates, _equal_counts, _equal_amounts])
@pytest.mark.parametrize("members", [3, 10, 40])
def test_equal_members_share_the_first_place_on_95_boards_of_100(board: Board, members: int) -> None:
    rng = np.random.default_rng(4)
    found = [places(ordered(board(rng, members))) for _ in range(120)]
    assert sum(max(entry) > 1 for entry in found) <= 0.065 * len(found)  # 5 % and the chance in 120 boards


def test_beyond_300_members_the_limit_is_the_strictest() -> None:
    """A clear difference stays clear; the members are too many to compare each with each."""
    found = places(ordered(counts([25.0] * 400 + [400.0])))
    assert found == [1] + [2] * 400
