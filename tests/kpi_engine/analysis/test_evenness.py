"""Members that changed alike are told from those that didn't, as often as the p-value says."""

from __future__ import annotations

from math import fsum
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.analysis import evenness
from kpi_engine.analysis.drivers import Ratio, rates
from kpi_engine.analysis.evenness import Noise

COUNTS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=12)


def _poisson(random: Random, mean: float) -> float:
    """Return a draw of a Poisson distribution, as the sum of many rare events."""
    count, left = 0, random.expovariate(1)
    while left < mean:
        count, left = count + 1, left + random.expovariate(1)
    return float(count)


def _judged(now: list[float], base: list[float]) -> float:
    found = evenness.of_amounts(now, base)
    return evenness.chance_alike(found, Noise((1.0,) * len(now), found.events))


@given(COUNTS)
def test_excesses_cancel(pairs: list[tuple[int, int]]) -> None:
    """What some go beyond changing alike, others fall short of."""
    now, base = ([float(entry[place]) for entry in pairs] for place in (0, 1))
    if any(base):
        found = evenness.of_amounts(now, base)
        assert fsum(found.excess) == pytest.approx(0.0, abs=1e-6)
        assert fsum(found.weight) == pytest.approx(1.0)
        assert 0.0 <= _judged(now, base) <= 1.0


def test_the_excess_is_the_difference_beyond_the_share_of_the_base() -> None:
    """d - D b / B: of a fall by 40, a member with half of the base has 20 by changing alike."""
    found = evenness.of_amounts([20.0, 40.0], [50.0, 50.0])
    assert found.excess == pytest.approx((-10.0, 10.0))
    assert evenness.leading_part(found.excess, -40.0) == pytest.approx(0.25)
    assert evenness.leaders(found.excess, -40.0) == (0,)
    assert evenness.leading_part(found.excess, 0.0) == 0.0


def test_members_that_all_fall_by_half_changed_alike() -> None:
    """However unlike their sizes are."""
    assert _judged([10.0, 50.0, 200.0], [20.0, 100.0, 400.0]) == 1.0
    assert _judged([5.0, 100.0, 400.0], [20.0, 100.0, 400.0]) < 0.05


@pytest.mark.parametrize("mean", [8.0, 40.0])
def test_chance_alone_is_found_one_time_in_ten(mean: float) -> None:
    """At .10, with a few and with many events."""
    random = Random(3)
    draws = 400
    found = sum(
        _judged(*([_poisson(random, mean * level * (1 + place)) for place in range(8)] for level in (0.7, 1)))
        <= 0.10
        for _ in range(draws)
    )
    assert found / draws <= 0.14


def test_one_member_among_many_is_found() -> None:
    """It loses two thirds; the others have the events that they had by chance."""
    random = Random(4)
    found = 0
    for _ in range(100):
        base = [_poisson(random, 60) for _ in range(16)]
        now = [_poisson(random, 20 if place == 3 else 60) for place in range(16)]
        first = evenness.leaders(evenness.of_amounts(now, base).excess, -1.0)[0]
        found += _judged(now, base) <= 0.10 and first == 3
    assert found >= 80


def test_noise_follows_the_history_of_each_member() -> None:
    """A member whose amounts always jump has more of it; counts have at least Poisson's."""
    history = [
        evenness.of_amounts([100.0 + 40 * (-1) ** step, 1000.0, 990.0], [100.0, 1000.0, 1010.0])
        for step in range(6)
    ]
    noise = evenness.noise_of(history, is_count=False)
    assert noise is not None
    assert noise.dispersion[0] > noise.dispersion[1]
    quiet = [evenness.of_amounts([100.0, 100.0, 100.0], [100.0, 100.0, 100.0])]
    counts = evenness.noise_of(quiet, is_count=True)
    assert counts is not None
    assert counts.dispersion == (1.0, 1.0, 1.0)
    assert evenness.noise_of([], is_count=True) is None


def test_small_members_are_judged_together() -> None:
    """Two hundred customers with an order or none tell nothing one by one."""
    random = Random(5)
    now, base = ([_poisson(random, 1) for _ in range(200)] for _ in range(2))
    assert _judged(now, base) == 1.0


def test_the_strangest_of_many_is_judged_among_all_of_them() -> None:
    """Chosen because it moved most, it must be stranger than the strangest of so many is by chance."""
    found = evenness.of_amounts([80.0, 40.0, 41.0], [40.0, 42.0, 40.0])
    noise = Noise((1.0,) * 3, found.events)
    assert evenness.chance_of_one(found, noise, 3) < 0.05
    assert evenness.chance_of_one(found, noise, 5_000) > 0.5


def test_a_ratio_changes_alike_where_all_costs_and_all_counts_grow_alike() -> None:
    """A source that became dearer stands out."""
    base = [Ratio(1000, 100), Ratio(3000, 200), Ratio(500, 20)]
    alike = evenness.of_ratios(
        [Ratio(1.2 * entry.numerator, 0.9 * entry.denominator) for entry in base], base
    )
    assert alike.excess == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)
    dearer = evenness.of_ratios([Ratio(1000, 100), Ratio(6000, 200), Ratio(500, 20)], base)
    assert max(range(3), key=lambda place: dearer.excess[place]) == 1


def test_the_mix_of_simpsons_case_is_told_with_its_interval() -> None:
    """Each rate rises by two points, the weight moves to the low one."""
    base, now = [Ratio(250, 1000), Ratio(20, 250)], [Ratio(135, 500), Ratio(75, 750)]
    effects = rates(now, base)
    assert effects is not None
    found = evenness.same_mix(now, base, effects)
    assert found is not None
    assert found.rate == pytest.approx(0.02)
    assert found.low < found.rate < found.high
    assert found.mix < -0.05
    assert found.is_clear
    assert found.rate + found.mix == pytest.approx(210 / 1250 - 270 / 1250)


def test_a_mix_of_members_with_one_period_only_is_not_told() -> None:
    """Customers of whom each is there once have no rate of their own."""
    now = [Ratio(1, 1), Ratio(0, 1), Ratio(0, 0), Ratio(0, 0)]
    base = [Ratio(0, 0), Ratio(0, 0), Ratio(0, 1), Ratio(1, 1)]
    effects = rates(now, base)
    assert effects is not None
    assert evenness.same_mix(now, base, effects) is None


def test_own_rates_of_a_score_have_its_own_spread() -> None:
    """The variance of an answer is that of the score, not of a share."""
    now, base = [Ratio(20, 50), Ratio(10, 50)], [Ratio(25, 50), Ratio(10, 50)]
    narrow, wide = (evenness.rate_variances(now, base, spread) for spread in (0.2, 0.8))
    assert wide == pytest.approx(tuple(4 * value for value in narrow))


def test_first_keeps_the_excess_beside_all_others() -> None:
    """The others together take part in the change and aren't judged."""
    whole = evenness.of_amounts([10.0, 20.0, 70.0], [20.0, 20.0, 60.0])
    assert evenness.first(whole, 2).excess == whole.excess[:2]


def test_nobody_stands_out_alone() -> None:
    """One member, or no base at all."""
    assert _judged([5.0], [100.0]) == 1.0
    assert evenness.of_amounts([3.0, 4.0], [0.0, 0.0]).excess == (3.0, 4.0)
