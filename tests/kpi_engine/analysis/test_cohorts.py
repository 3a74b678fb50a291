"""Where a young cohort is expected to end: exact small cases, and the coverage of the band by simulation."""

from __future__ import annotations

import math
import random

import pytest

from kpi_engine.analysis.cohorts import MatureCohort, _band, _correlation, expected_end


def binomial(trials: int, chance: float, of: random.Random) -> int:
    return sum(of.random() < chance for _ in range(trials))


def spread_around(mean: float, correlation: float, of: random.Random) -> float:
    """Draw a share from the beta distribution with a mean and an intra-class correlation."""
    if not correlation:
        return mean
    weight = 1 / correlation - 1
    return of.betavariate(mean * weight, (1 - mean) * weight)


def cohort(entered: int, correlation: float, reached: float, of: random.Random) -> MatureCohort:
    """Draw a cohort of which about a fifth succeed, about the part `reached` of them by the young one's age."""
    in_all = binomial(entered, spread_around(0.2, correlation, of), of)
    return MatureCohort(entered, binomial(in_all, spread_around(reached, correlation, of), of), in_all)


@pytest.mark.parametrize(
    ("entered", "correlation", "reached", "months"),
    [
        (15, 0.0, 0.5, 12),
        (50, 0.01, 0.4, 12),
        (300, 0.0, 0.45, 12),
        (300, 0.02, 0.45, 12),
        (200, 0.003, 0.1, 4),
    ],
)
def test_the_band_holds_the_end_about_as_often_as_it_says(
    entered: int, correlation: float, reached: float, months: int
) -> None:
    """Nominal 80 %; between 75 and 95 % of 300 ends, for few and many entries, alike and unlike months."""
    of, held = random.Random(7), 0
    for _ in range(300):
        mature = [
            cohort(round(entered * of.uniform(0.7, 1.3)), correlation, reached, of) for _ in range(months)
        ]
        young = cohort(entered, correlation, reached, of)
        end = expected_end(young.entered, young.by_age, mature)
        assert end is not None
        held += end.low - 1e-9 <= young.in_all / entered <= end.high + 1e-9
    assert 0.75 <= held / 300 <= 0.95


def test_the_expected_end_by_hand() -> None:
    """Of 90 open entries of each mature month 10 succeed later: so do a ninth of the young one's open ones."""
    end = expected_end(200, 30, [MatureCohort(100, 10, 20)] * 6)
    assert end is not None
    later = (60 + 0.5) / (540 + 1)
    assert end.expected == pytest.approx((30 + 170 * later) / 200)
    assert (end.reached, end.cohorts) == (0.5, 6)
    assert 30 / 200 <= end.low < end.expected < end.high


def test_nothing_is_expected_of_little() -> None:
    """Three months and ten successes at least; months without entries don't count."""
    enough = [MatureCohort(100, 2, 5)] * 3
    assert expected_end(50, 1, enough) is not None
    assert expected_end(50, 1, enough[:2]) is None
    assert expected_end(50, 1, [*enough[:2], MatureCohort(0, 0, 0)]) is None
    assert expected_end(50, 1, [MatureCohort(100, 0, 3)] * 3) is None


def test_all_succeeded_already() -> None:
    """Nothing is open: the end is known."""
    end = expected_end(20, 20, [MatureCohort(10, 5, 8)] * 4)
    assert end is not None
    assert (end.expected, end.low, end.high) == (1, 1, 1)


@pytest.mark.parametrize(("trials", "mean", "weight"), [(1, 0.3, 5.0), (12, 0.2, 9.0), (40, 0.6, 300.0)])
def test_the_quantiles_are_those_of_the_beta_binomial(trials: int, mean: float, weight: float) -> None:
    """Against its probabilities from the textbook's formula."""
    a, b = mean * weight, (1 - mean) * weight

    def beta(x: float, y: float) -> float:
        return math.lgamma(x) + math.lgamma(y) - math.lgamma(x + y)

    chances = [
        math.comb(trials, count) * math.exp(beta(count + a, trials - count + b) - beta(a, b))
        for count in range(trials + 1)
    ]
    assert sum(chances) == pytest.approx(1)
    up_to = [sum(chances[: count + 1]) for count in range(trials + 1)]
    low = next(count for count, below in enumerate(up_to) if below >= 0.1)
    high = next(count for count, below in enumerate(up_to) if below >= 0.9)
    assert _band(trials, mean, weight) == (low, high)


def test_many_entries_have_the_same_band() -> None:
    """Beyond the exact ones a normal distribution takes over, without a step."""
    exact, near = _band(20_000, 0.2, 400.0), _band(20_001, 0.2, 400.0)
    assert near == pytest.approx(exact, rel=0.01)


def test_months_that_differ_as_by_chance_have_no_correlation() -> None:
    """And those that differ by more have some."""
    assert _correlation([20, 20, 20], [100, 100, 100]) == 0
    assert _correlation([10, 20, 30], [100, 100, 100]) > 0.01
    assert _correlation([0, 0], [5, 5]) == 0
