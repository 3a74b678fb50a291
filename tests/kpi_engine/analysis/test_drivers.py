"""The parts of a change add up to it, whatever the members did."""

from __future__ import annotations

from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.analysis.drivers import Effect, Ratio, amounts, concentration, rates, ratios
from kpi_engine.analysis.volume import VolumeEffects, volume_price_mix

COUNT = st.integers(0, 10_000)
MONEY = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 2))


@st.composite
def shares(draw: st.DrawFn) -> Ratio:
    size = draw(COUNT)
    return Ratio(draw(st.integers(0, size)), size)


@st.composite
def scores(draw: st.DrawFn) -> Ratio:
    """Promoters less detractors, of the answers."""
    size = draw(COUNT)
    promoters = draw(st.integers(0, size))
    return Ratio(promoters - draw(st.integers(0, size - promoters)), size)


def _both(entry: st.SearchStrategy) -> st.SearchStrategy[list[tuple]]:
    return st.lists(st.tuples(entry, entry), min_size=1, max_size=30)


def _value(side: list[Ratio]) -> float | None:
    size = fsum(entry.denominator for entry in side)
    return fsum(entry.numerator for entry in side) / size if size else None


def _sides(pairs: list[tuple]) -> tuple[list, list]:
    return [now for now, _ in pairs], [base for _, base in pairs]


@given(_both(MONEY))
def test_the_differences_of_members_are_the_difference_of_the_sum(pairs: list[tuple[float, float]]) -> None:
    """An additive measure's parts add up to its change."""
    now, base = _sides(pairs)
    assert fsum(effect.part for effect in amounts(now, base)) == pytest.approx(
        fsum(now) - fsum(base), abs=1e-6
    )


@given(_both(shares() | scores()))
def test_mix_and_rate_add_up_to_the_change_of_a_rate(pairs: list[tuple[Ratio, Ratio]]) -> None:
    """A rate's parts, entering and leaving members among them, add up to its change to 1e-9."""
    now, base = _sides(pairs)
    after, before, found = _value(now), _value(base), rates(now, base)
    if after is None or before is None:
        assert found is None
        return
    assert found is not None
    assert fsum(effect.part for effect in found) == pytest.approx(after - before, abs=1e-9)
    for effect in found:
        assert effect.mix is not None
        assert effect.rate is not None
        assert effect.part == pytest.approx(effect.mix + effect.rate, abs=1e-12)


@given(_both(st.builds(Ratio, MONEY, COUNT)))
def test_volume_price_and_mix_add_up_to_the_change_of_a_value(pairs: list[tuple[Ratio, Ratio]]) -> None:
    """Items that come, go, or have a value without pieces among them."""
    now, base = _sides(pairs)
    found = volume_price_mix(now, base)
    priced = [pair for pair in pairs if all(side.denominator or not side.numerator for side in pair)]
    if not all(sum(pair[place].denominator for pair in priced) for place in (0, 1)):
        assert found is None
        return
    assert found is not None
    change = fsum(entry.numerator for entry in now) - fsum(entry.numerator for entry in base)
    parts = (found.volume, found.price, found.mix, found.other)
    scale = max(1.0, *(abs(entry.numerator) for entry in (*now, *base)), *map(abs, parts))
    assert fsum(parts) == pytest.approx(change, abs=1e-9 * scale)


def test_one_price_that_rises_is_price_alone_and_more_pieces_are_volume_alone() -> None:
    """The words say what they mean."""
    dearer = volume_price_mix([Ratio(220.0, 10)], [Ratio(200.0, 10)])
    assert dearer == VolumeEffects(volume=0.0, price=pytest.approx(20.0), mix=0.0, other=0)
    more = volume_price_mix([Ratio(300.0, 15)], [Ratio(200.0, 10)])
    assert more == VolumeEffects(volume=pytest.approx(100.0), price=0.0, mix=0.0, other=0)
    other = volume_price_mix([Ratio(50.0, 5), Ratio(150.0, 5)], [Ratio(100.0, 10), Ratio(0.0, 0)])
    assert other is not None
    assert (other.price, other.volume + other.mix) == pytest.approx((0.0, 100.0))
    freight = volume_price_mix([Ratio(200.0, 10), Ratio(7.0, 0)], [Ratio(200.0, 10), Ratio(5.0, 0)])
    assert freight == VolumeEffects(0.0, 0.0, 0.0, other=2.0)


@given(_both(st.builds(Ratio, MONEY, COUNT)))
def test_the_parts_of_any_ratio_add_up_to_its_change(pairs: list[tuple[Ratio, Ratio]]) -> None:
    """A cost per lead's parts add up to its change, also where members cost and yield nothing."""
    now, base = _sides(pairs)
    after, before, found = _value(now), _value(base), ratios(now, base)
    if after is None or before is None:
        assert found is None
        return
    assert found is not None
    allowed = 1e-9 * max(1.0, *(abs(entry.numerator) for entry in (*now, *base)))
    assert fsum(effect.part for effect in found) == pytest.approx(after - before, abs=allowed)


def test_a_rate_by_hand() -> None:
    """Two sources at 10 and 30 %: only the weights change, so all of it is mix."""
    now = [Ratio(5, 50), Ratio(15, 50)]
    base = [Ratio(8, 80), Ratio(6, 20)]
    assert rates(now, base) == (
        Effect(pytest.approx(0.021), pytest.approx(0.021), 0.0),
        Effect(pytest.approx(0.039), pytest.approx(0.039), 0.0),
    )


def test_a_member_that_enters_or_leaves_has_mix_alone() -> None:
    """Who wasn't there before has the rate of now in both periods."""
    found = rates([Ratio(10, 100), Ratio(30, 50), Ratio(0, 0)], [Ratio(10, 100), Ratio(0, 0), Ratio(9, 30)])
    assert found is not None
    assert [effect.rate for effect in found] == [0.0, 0.0, 0.0]
    assert fsum(effect.part for effect in found) == pytest.approx(40 / 150 - 19 / 130, abs=1e-12)


def test_a_source_that_costs_and_yields_nothing_has_its_part() -> None:
    """500 more for fairs, without a lead, raises the cost per lead by 500 over the mean of the leads."""
    found = ratios([Ratio(1000, 100), Ratio(500, 0)], [Ratio(1000, 100), Ratio(0, 0)])
    assert found == (Effect(0.0), Effect(pytest.approx(5.0)))


def test_a_numerator_without_its_denominator_is_split_as_any_ratio() -> None:
    """Where a member has successes and no trials, there is no rate of its own to speak of."""
    now, base = [Ratio(4, 0), Ratio(6, 20)], [Ratio(0, 0), Ratio(5, 20)]
    assert rates(now, base) == ratios(now, base)
    assert fsum(effect.part for effect in rates(now, base) or ()) == pytest.approx(10 / 20 - 5 / 20)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([-9.0, 0.0, 0.0, 0.0], 1.0),  # one alone
        ([2.0] * 12, 0.0),  # all alike
        ([5.0, -5.0], 0.0),  # against each other
        ([7.0], 0.0),  # one member explains nothing
        ([], 0.0),
        ([0.0, 0.0], 0.0),
        ([8.0, 2.0], (0.8 - 0.5) / 0.5),
    ],
)
def test_how_concentrated_a_change_is(parts: list[float], expected: float) -> None:
    """1 where few alone moved, 0 where all moved alike."""
    assert concentration(parts) == pytest.approx(expected)


@given(st.lists(MONEY, max_size=40))
def test_concentration_is_a_share(parts: list[float]) -> None:
    """It lies between 0 and 1."""
    assert 0 <= concentration(parts) <= 1 + 1e-9
