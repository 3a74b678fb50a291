"""The part of a rate's change that its mix makes."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.analysis.drivers import Ratio
from kpi_engine.analysis.mix import mix_shift

sizes = st.integers(0, 400)
members = st.lists(st.tuples(sizes, sizes, sizes, sizes), min_size=1, max_size=8)


def _ratios(pairs: list[tuple[int, int]]) -> list[Ratio]:
    return [Ratio(min(pair), max(pair)) for pair in pairs]


@given(members)
def test_the_parts_add_up_to_the_change(drawn: list[tuple[int, int, int, int]]) -> None:
    """Mix and rate make the whole change of the rate, and the members' parts make the mix."""
    now, base = _ratios([(a, b) for a, b, _, _ in drawn]), _ratios([(c, d) for _, _, c, d in drawn])
    found = mix_shift(now, base)
    totals = [
        (sum(entry.numerator for entry in side), sum(entry.denominator for entry in side))
        for side in (now, base)
    ]
    if found is None:
        assert not all(size for _, size in totals)
        return
    change = totals[0][0] / totals[0][1] - totals[1][0] / totals[1][1]
    assert found.mix + found.rate == pytest.approx(change, abs=1e-9)
    assert sum(found.parts) == pytest.approx(found.mix, abs=1e-9)
    assert found.low <= found.rate <= found.high
    assert 0 <= found.p_value <= 1


def test_simpson() -> None:
    """Every region converts better, and the whole worse: the mix alone falls."""
    base = [Ratio(240, 1000), Ratio(15, 200)]
    now = [Ratio(145, 500), Ratio(77, 700)]
    found = mix_shift(now, base)
    assert found is not None
    assert found.mix < 0 < found.low
    assert found.p_value < 1e-6


def test_a_mix_that_is_drawn_alike_is_rarely_called_moved() -> None:
    """With the same weights in both periods, about one in twenty has p < 0.05."""
    chance = random.Random(7)
    weights, rates = [0.5, 0.3, 0.2], [0.25, 0.2, 0.08]

    def drawn(count: int) -> list[Ratio]:
        picks = chance.choices(range(3), weights, k=count)
        return [
            Ratio(
                sum(chance.random() < rates[member] for pick in picks if pick == member), picks.count(member)
            )
            for member in range(3)
        ]

    found = [mix_shift(drawn(250), drawn(600)) for _ in range(400)]
    share = sum(entry is not None and entry.p_value < 0.05 for entry in found) / len(found)
    assert 0.02 <= share <= 0.08


def test_what_is_no_share_has_no_mix() -> None:
    """Nothing to divide by, and successes that aren't cases."""
    assert mix_shift([Ratio(0, 0)], [Ratio(1, 2)]) is None
    assert mix_shift([Ratio(3, 2)], [Ratio(1, 2)]) is None
