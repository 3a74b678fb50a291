"""Values outside their usual range are found, the others are left alone, and nothing odd is an exception."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_engine.analysis.anomalies import Detection, are_few, detect

ODD = st.one_of(
    st.none(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-3, 200).map(float),
    st.floats(0, 1),
)
VALUES = st.lists(ODD, max_size=70)
SIZES = st.one_of(st.none(), st.lists(ODD, max_size=70), st.just([50.0] * 70))
KINDS = st.sampled_from(["count", "amount", "rate", "score"])


def _is_sound(found: Detection, last: float | None) -> bool:
    numbers = [found[name] for name in ("score", "p_value", "expected", "low", "high")]  # type: ignore[literal-required]
    assert all(math.isfinite(number) for number in numbers)
    assert found["low"] <= found["expected"] <= found["high"]
    assert found["score"] >= 0
    assert 0 < found["p_value"] <= 1
    if "reason" in found:
        return not found["is_anomaly"]
    assert last is not None
    return found["is_anomaly"] == (not found["low"] <= last <= found["high"]) == (found["p_value"] <= 0.05)


@given(VALUES, st.sampled_from(["week", "month"]), KINDS, SIZES)
def test_odd_input_is_no_exception(
    values: list[float | None], period: str, kind: str, sizes: list[float | None] | None
) -> None:
    """Every number is finite, the range holds what is expected, and the flag agrees with the range."""
    fitting = None if sizes is None else sizes[: len(values)]
    found = detect(values, period, kind, fitting)  # type: ignore[arg-type]
    limits = {"rate": (0.0, 1.0), "score": (-100.0, 100.0)}.get(kind, (-1e90, 1e90))
    last = values[-1] if values else None
    assert _is_sound(found, None if last is None else min(max(last, limits[0]), limits[1]))


@pytest.mark.parametrize(
    ("values", "kind", "reason"),
    [
        ([], "amount", "no value"),
        ([5.0] * 20 + [None], "amount", "no value"),
        ([5.0], "amount", "too short"),
        ([None] * 20 + [5.0, 6.0], "count", "too short"),
        ([0.0] * 24, "count", "constant"),
        ([70.0] * 24, "amount", "constant"),
        ([0.2] * 24, "rate", "too few"),
        ([30.0] * 24, "score", "too few"),
    ],
)
def test_it_says_why_it_cant_judge(values: list[float | None], kind: str, reason: str) -> None:
    """A rate or a score without what it is made of is not judged either."""
    assert detect(values, "month", kind).get("reason") == reason  # type: ignore[arg-type]


def _quiet(random: Random, length: int = 37, spread: float = 0.1) -> list[float]:
    return [random.lognormvariate(10, spread) for _ in range(length)]


def test_noise_is_flagged_as_often_as_it_says() -> None:
    """Of 400 counts in which nothing happens one in twenty is, within what chance allows; of amounts fewer.

    Amounts are ranked among real ones, which aren't as quiet as noise around one level.
    """
    random, draw = Random(5), np.random.default_rng(5)
    amounts = [detect(_quiet(random), "month", "amount") for _ in range(400)]
    counts = [detect([float(count) for count in draw.poisson(60, 37)], "month", "count") for _ in range(400)]
    for found, least, most in ((amounts, 1, 24), (counts, 8, 34)):
        assert least <= sum(entry["is_anomaly"] for entry in found) <= most
        assert sum(entry["p_value"] <= 0.01 for entry in found) <= 10


def test_a_halving_is_found() -> None:
    """And a doubling, in months of a tenth of noise."""
    random = Random(6)
    for _ in range(50):
        *past, last = _quiet(random)
        for factor in (0.5, 2.0):
            assert detect([*past, last * factor], "month", "amount")["p_value"] <= 0.01


def test_falls_are_found_as_often_as_rises() -> None:
    """By the same factor."""
    random = Random(7)
    found = {0.75: 0, 1 / 0.75: 0}
    for _ in range(200):
        *past, last = _quiet(random)
        for factor in found:
            found[factor] += detect([*past, last * factor], "month", "amount")["is_anomaly"]
    down, up = found.values()
    assert down >= 60
    assert 0.7 < down / up < 1.4


def test_a_december_peak_that_comes_back_is_not_flagged() -> None:
    """The same month of earlier years is part of the usual range; its absence is unusual."""
    random = Random(6)
    year = [1.0] * 11 + [1.8]
    series = [100 * year[index % 12] * random.lognormvariate(0, 0.03) for index in range(48)]
    assert not detect(series, "month", "amount")["is_anomaly"]
    assert detect([*series[:-1], 400.0], "month", "amount")["is_anomaly"]
    assert detect([*series[:-1], 100.0], "month", "amount")["is_anomaly"]


def test_counts_have_at_least_the_noise_of_counting() -> None:
    """Past counts that lie closer together than chance allows are luck, past amounts may be as even."""
    even = [100.0, 101.0, 99.0, 100.0, 102.0, 98.0] * 5
    assert not detect([*even, 112.0], "month", "count")["is_anomaly"]
    assert detect([*even, 112.0], "month", "amount")["is_anomaly"]


def test_small_counts_are_judged_exactly() -> None:
    """Six after threes is chance, fourteen isn't; the bounds of the range are whole."""
    threes = [3.0, 2.0, 4.0, 3.0, 5.0, 1.0, 3.0, 4.0, 2.0, 3.0, 3.0, 3.0]
    found = detect([*threes, 6.0], "month", "count")
    assert not found["is_anomaly"]
    assert found["low"].is_integer()
    assert found["high"].is_integer()
    assert detect([*threes, 14.0], "month", "count")["is_anomaly"]


def test_a_shift_is_told_from_a_spike() -> None:
    """Three high months in a row."""
    random = Random(9)
    past = _quiet(random, 33, 0.04)
    assert detect([*past, *(value * 1.25 for value in past[:3])], "month", "amount")["what"] == "shift"
    assert detect([*past, past[0] * 1.5], "month", "amount")["what"] == "spike"


def test_rates_of_few_are_not_judged() -> None:
    """Seven leads can't show anything; two hundred can, and twenty less than those."""
    past = [0.2] * 12
    assert detect([*past, 0.0], "month", "rate", [50.0] * 12 + [7.0])["reason"] == "too few"
    many = detect([*past, 0.02], "month", "rate", [200.0] * 13)
    few = detect([*past, 0.05], "month", "rate", [20.0] * 13)
    assert many["is_anomaly"]
    assert not few["is_anomaly"]
    assert few["high"] - few["low"] > 2 * (many["high"] - many["low"])


def test_rates_are_flagged_as_often_as_they_say() -> None:
    """At few and at many."""
    draw = np.random.default_rng(8)
    for size in (20, 200):
        flagged = 0
        for _ in range(300):
            wins = draw.binomial(size, 0.3, 25)
            flagged += detect([float(won) / size for won in wins], "month", "rate", [size] * 25)["is_anomaly"]
        assert 4 <= flagged <= 27


def test_a_score_is_judged_by_its_answers() -> None:
    """Of ten answers a fall of twenty points is chance, of two hundred it isn't; never beyond the scale."""
    past = [42.0, 35.0, 47.0, 38.0, 40.0, 44.0, 36.0, 41.0, 39.0, 43.0, 37.0, 45.0]
    few = detect([*past, 20.0], "month", "score", [10.0] * 13)
    many = detect([*past, 20.0], "month", "score", [200.0] * 13)
    assert not few["is_anomaly"]
    assert many["is_anomaly"]
    assert -100 <= few["low"] < many["low"] < 40 < many["high"] < few["high"] <= 100


def test_a_missing_period_is_no_zero() -> None:
    """A hole in the past neither widens the range nor moves it."""
    random = Random(11)
    series = _quiet(random)
    whole = detect(series, "month", "amount")
    holed = detect(
        [None if place in (20, 21) else value for place, value in enumerate(series)], "month", "amount"
    )
    assert holed["low"] == pytest.approx(whole["low"], rel=0.1)
    assert holed["high"] == pytest.approx(whole["high"], rel=0.1)


def test_negative_amounts_are_judged() -> None:
    """Such as a profit that is sometimes a loss."""
    random = Random(12)
    past = [random.gauss(500, 900) for _ in range(36)]
    assert not detect([*past, 400.0], "month", "amount")["is_anomaly"]
    assert detect([*past, -40_000.0], "month", "amount")["is_anomaly"]


def test_amounts_of_few_orders_are_better_judged_as_counts() -> None:
    """From eight orders a period on, amounts; what is unknown counts as few."""
    assert are_few([7.0, 8.0, 7.0])
    assert not are_few([0.0] * 12 + [8.0] * 12)
    assert are_few([None, math.nan])
    random = Random(13)
    values = _quiet(random)
    assert detect(values, "month", "amount", orders=[5.0] * len(values))["reason"] == "too few"
    assert detect(values, "month", "amount", orders=[9.0] * len(values)) == detect(values, "month", "amount")


def test_the_widest_range_of_a_count_begins_at_zero() -> None:
    """Amounts may be below it, and so may corrected counts."""
    assert detect([1.0, 2.0], "week", "count")["low"] == 0.0
    assert detect([], "week", "count")["low"] == 0.0
    assert detect([1.0, -2.0], "week", "count")["low"] < -2.0
    assert detect([1.0, 2.0], "week", "amount")["low"] < 0.0


@pytest.mark.parametrize("size", [1e15, 2.0**70, 1e300])
@pytest.mark.filterwarnings("error")
def test_one_absurd_denominator_is_no_trouble(size: float) -> None:
    """Not even a warning, in the history of a rate."""
    found = detect(
        [0.1 + 0.01 * (place % 3) for place in range(24)], "month", "rate", [40.0] * 10 + [size] + [40.0] * 13
    )
    assert found["low"] <= found["expected"] <= found["high"]


@pytest.mark.parametrize("value", [1e308, -1e308])
def test_a_value_beyond_all_limits_agrees_with_its_range(value: float) -> None:
    """In a series as wild as this it may not be flagged; then it lies inside."""
    wild: list[float | None] = [10.5, 0.0, None, 0.0, 1.0, 1e308, -1e15, -1e6, 1e300, -1e300, 5.0, 1e15]
    for kind in ("count", "amount"):
        found = detect([*wild, value], "week", kind)
        assert found["is_anomaly"] is not (found["low"] <= value <= found["high"])
