"""The parts of the usual range."""

from __future__ import annotations

import numpy as np
import pytest

from kpi_engine.analysis.usual_range.bank import LONGEST, bank_of
from kpi_engine.analysis.usual_range.level_series import level_series
from kpi_engine.analysis.usual_range.null import NULLS, has_jumped, p_values_of
from kpi_engine.analysis.usual_range.quantiles import FACTORS, LENGTHS, PROBABILITIES
from kpi_engine.analysis.usual_range.working_scale import working_scale


@pytest.mark.parametrize("period", ["month", "week"])
def test_a_longer_bank_contains_the_shorter_one(period: str) -> None:
    """Whatever length a bank was built for, the errors of the first predictions are the same."""
    short, long = bank_of(60, period), bank_of(LONGEST[period], period)  # type: ignore[arg-type,index]
    assert short.whitening == pytest.approx(long.whitening[:, :60, :60], abs=1e-8)


def test_whitened_noise_is_noise() -> None:
    """The model without walk, slope and season leaves white noise as it is, but for where it starts."""
    noise = np.random.default_rng(3).normal(size=60)
    white = bank_of(60, "month").whitening[0] @ noise
    assert white[10:] == pytest.approx(
        noise[10:] - [noise[:place].mean() for place in range(10, 60)], rel=0.1, abs=0.02
    )


@pytest.mark.parametrize("name", FACTORS)
def test_stronger_evidence_is_rarer(name: str) -> None:
    """At every length: the quantiles rise, and the p-value falls to nothing beyond the last of them."""
    assert all(len(row) == len(PROBABILITIES) for row in FACTORS[name])
    for length in (9, 20, 37, 60, 105):
        found = NULLS[name].p_values(np.linspace(-5, 60, 200), length)
        assert found[0] == 1
        assert (np.diff(found) <= 0).all()
        assert found[-1] < 1e-4


def test_the_null_is_between_those_of_measured_lengths() -> None:
    """And at a measured length it is that one's; longer series have that of the longest."""
    null = NULLS["month"]
    assert list(null.at(LENGTHS[0])) == list(FACTORS["month"][0])
    assert list(null.at(105)) == list(FACTORS["month"][-1])


def test_a_series_that_has_jumped_must_jump_further() -> None:
    """The same evidence says less where the past has jumps of its own."""
    noise = np.random.default_rng(4).normal(0, 0.1, 40)
    calm, jumpy = level_series(noise, "month"), level_series(noise + 1.5 * (np.arange(40) == 20), "month")
    assert not has_jumped(calm, "month")
    assert has_jumped(jumpy, "month")
    strong = np.array([6.0])
    assert p_values_of(strong, jumpy, "month")[0] > 2 * p_values_of(strong, calm, "month")[0]


def test_counts_know_their_floor() -> None:
    """All the noise of Poisson counts is that of counting, little of counts that vary on their own."""
    draw = np.random.default_rng(5)
    shares = []
    for spread in (0.0, 0.4):
        values = draw.poisson(200 * np.exp(draw.normal(0, spread, 40))).astype(float)
        scale = working_scale(values, "count")
        shares.append(level_series(scale.to(values), "month", scale.floor).floor_share)
    assert shares[0] > 0.7
    assert shares[1] < 0.3


@pytest.mark.parametrize(
    ("kind", "value"), [("amount", 250.0), ("count", 12.0), ("rate", 0.3), ("score", -40.0)]
)
def test_the_way_back_from_the_working_scale(kind: str, value: float) -> None:
    """Of a value, and of a loss."""
    scale = working_scale(np.array([200.0, 100.0, 300.0, 250.0]) / (1 if kind != "rate" else 1000), kind)  # type: ignore[arg-type]
    assert scale.back(float(scale.to(np.array([value]))[0])) == pytest.approx(value)
    losses = working_scale(np.array([200.0, -100.0, 300.0]), "amount")
    assert losses.back(float(losses.to(np.array([-70.0]))[0])) == pytest.approx(-70.0)
