"""The noise of figures from their history, and that tests with it are wrong as often as they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log

import numpy as np
import pytest

from kpi_engine.analysis import evidence
from kpi_engine.analysis.evidence import (
    LEANING,
    POISSON,
    SURE,
    Noise,
    Sample,
    Season,
    count_noise,
    count_z,
    is_too_noisy,
    noise_of,
    rows_needed,
    scaled_z,
    score_z,
    season_of,
    share_z,
)
from kpi_engine.analysis.rates import newcombe

WEEKS, TRIALS = 30, 1200


def _counts(values: Sequence[float]) -> list[Sample | None]:
    return [Sample(float(value), float(value)) for value in values]


def _sums(rng: np.random.Generator, orders: float, cv: float, periods: int) -> list[Sample]:
    """Sums of lognormal order values, of Poisson many orders."""
    sigma = np.sqrt(np.log1p(cv**2))
    counts = rng.poisson(orders, periods)
    return [Sample(float(rng.lognormal(0.0, sigma, count).sum()), float(count)) for count in counts]


def _said(scores: Sequence[float], limit: float = SURE) -> tuple[float, float]:
    """The parts of scores that say up and down."""
    found = np.array(scores)
    return float((found >= limit).mean()), float((found <= -limit).mean())


@pytest.mark.parametrize("mean", [8, 40, 300])
@pytest.mark.parametrize("spread", [1.0, 2.5])
def test_weekly_counts_in_which_nothing_happens(mean: int, spread: float) -> None:
    """Of weeks beside the week before, 3 to 7 % carry a direction, rises and falls alike."""
    rng = np.random.default_rng(mean)
    scores = []
    for _ in range(TRIALS):
        drawn = rng.poisson(mean, WEEKS) if spread == 1 else rng.negative_binomial(mean / 1.5, 0.4, WEEKS)
        *history, base, now = map(float, drawn)
        scores.append(count_z(now, base, count_noise(_counts(history), "week")))
    up, down = _said(scores)
    assert 0.025 <= up + down <= 0.07
    assert abs(up - down) <= 0.02


@pytest.mark.parametrize(
    ("orders", "cv"), [(12, 0.5), (20, 0.5), (20, 1.0), (60, 1.0), (60, 1.3), (200, 1.0), (500, 1.3)]
)
def test_weekly_amounts_in_which_nothing_happens(orders: int, cv: float) -> None:
    """The test's interval covers 93 to 97 % (from the rule's own "too few" on), falls and rises alike."""
    rng = np.random.default_rng(orders)
    scores = []
    for _ in range(TRIALS):
        *history, base, now = _sums(rng, orders, cv, WEEKS)
        noise = noise_of(history, "log", "week")
        assert noise is not None
        if not (is_too_noisy(now, noise) or is_too_noisy(base, noise)):
            scores.append(scaled_z(now, base, "log", noise))
    assert len(scores) > TRIALS / 3
    up, down = _said(scores)
    assert 0.02 <= up + down <= 0.07
    assert abs(up - down) <= 0.02


@pytest.mark.parametrize("orders", [3, 5])
def test_amounts_of_few_orders_are_not_judged(orders: int) -> None:
    """Under eight orders in a period there is hardly ever a word."""
    rng = np.random.default_rng(orders)
    few = 0
    for _ in range(200):
        *history, base, now = _sums(rng, orders, 0.5, WEEKS)
        noise = noise_of(history, "log", "week")
        few += noise is None or is_too_noisy(now, noise) or is_too_noisy(base, noise)
    assert few >= 190


def test_months_of_a_season_in_which_nothing_else_happens() -> None:
    """A month against the month before, less what these two months always differ: 3 to 7 %, not 90 %."""
    rng = np.random.default_rng(5)
    season = np.exp(0.3 * np.sin(np.arange(12) / 6 * np.pi))
    adjusted, raw = [], []
    for _ in range(TRIALS):
        series = _counts([float(value) for value in rng.poisson(400 * np.tile(season, 4)[:38])])
        known = [entry for entry in series if entry]
        noise = count_noise(series[:36], "month")
        pairs = [(known[37 - 12 * year], known[36 - 12 * year]) for year in (1, 2, 3)]
        found = season_of(pairs, "log", noise)
        assert found is not None
        adjusted.append(count_z(known[37].value, known[36].value, noise, found))
        raw.append(count_z(known[37].value, known[36].value, noise))
    assert 0.02 <= sum(_said(adjusted)) <= 0.07
    assert sum(_said(raw)) > 0.2


def test_noise_is_that_of_independent_orders() -> None:
    """kappa is 1 + cv^2 of the order values: of many weeks on average within a tenth."""
    rng = np.random.default_rng(3)
    found = [noise_of(_sums(rng, 80, 1.0, WEEKS), "log", "week") for _ in range(200)]
    assert np.median([noise.kappa for noise in found if noise]) == pytest.approx(2.0, rel=0.12)


def test_noise_of_a_series_with_an_odd_week() -> None:
    """One week of ten times the others doesn't make every other change noise."""
    rng = np.random.default_rng(8)
    weeks = [float(value) for value in rng.poisson(100, WEEKS)]
    plain = count_noise(_counts(weeks), "week")
    weeks[-5] *= 10
    assert count_noise(_counts(weeks), "week").kappa < 3 * max(plain.kappa, 1.0) + 1


def test_noise_needs_a_history() -> None:
    """Under eight differences there is none: counts have that of their own, amounts no word."""
    weeks = _counts([40, 44, 38, 41, 47, 36, 40, 43])
    assert noise_of(weeks, "log", "week") is None
    assert count_noise(weeks, "week") == POISSON
    with_gaps = [entry if place % 2 else None for place, entry in enumerate(_counts([40, 44] * 20))]
    assert noise_of(with_gaps, "log", "week") is None


def test_a_season_takes_two_years() -> None:
    """One year may have been odd; the mean difference of two has half the variance."""
    year = (Sample(200.0, 200.0), Sample(100.0, 100.0))
    assert season_of([year], "log", POISSON) is None
    found = season_of([year, year], "log", POISSON)
    assert found is not None
    assert (found.shift, found.variance) == (pytest.approx(log(2)), pytest.approx((1 / 200 + 1 / 100) / 2))


def test_the_season_of_a_sum_is_each_member_s_part_of_it() -> None:
    """A company's profit falls by 4,000 each January; a member of a tenth of its rows has a tenth of that."""
    noise = Noise(100.0, 20)
    year = (Sample(6_000.0, 500.0), Sample(10_000.0, 500.0))
    usual = season_of([year, year], "total", noise)
    assert usual is not None
    assert scaled_z(*year, "total", noise, usual) == pytest.approx(0.0)
    assert scaled_z(Sample(600.0, 50.0), Sample(1_000.0, 50.0), "total", noise, usual) == pytest.approx(0.0)
    assert scaled_z(Sample(1_000.0, 50.0), Sample(1_000.0, 50.0), "total", noise, usual) > SURE


def test_what_happens_every_year_is_no_change() -> None:
    """December doubles as it always does; where it doesn't, that is a fall."""
    usual = Season(log(2), 0.0001)
    assert abs(count_z(800, 400, POISSON, usual)) < LEANING
    assert count_z(400, 400, POISSON, usual) < -SURE


@pytest.mark.parametrize(
    "score",
    [
        lambda now, base: count_z(now, base),
        lambda now, base: count_z(now / 20, base / 20),
        lambda now, base: scaled_z(Sample(now, 80), Sample(base, 80), "log", Noise(2.0, 20)),
        lambda now, base: scaled_z(Sample(now, 80), Sample(base, 80), "total", Noise(9.0, 20)),
        lambda now, base: score_z((now / 10, 10, 80), (base / 10, 10, 80)),
        lambda now, base: share_z(now, 900, base, 900),
    ],
)
def test_rises_and_falls_weigh_alike(score: Callable[[float, float], float]) -> None:
    """The same two figures the other way round have the same score with the other sign."""
    assert score(400, 300) == pytest.approx(-score(300, 400))
    assert score(400, 300) > 0
    assert score(300, 300) == pytest.approx(0.0, abs=1e-6)


def test_few_counts_are_compared_exactly() -> None:
    """2 of 12 in the second period: the two-sided mid-p of the binomial is 0.0225 (z = 2.28)."""
    assert count_z(2, 10) == pytest.approx(-2.281, abs=5e-3)


def test_degrees_of_a_share_are_newcombe_s() -> None:
    """The highest level at which the interval excludes 0, as for a published example (0.0524 to 0.3339)."""
    assert share_z(56, 70, 48, 80) == evidence.CLEAR
    interval = newcombe(56, 70, 48, 80, evidence.CLEAR)
    assert interval is not None
    assert interval[0] > 0
    assert share_z(48, 80, 56, 70) == -evidence.CLEAR
    assert share_z(21, 98, 14, 90) == 0.0
    assert share_z(1, 0, 1, 0) == 0.0


def test_how_many_rows_it_takes() -> None:
    """Eight orders that spread as their mean; more where they spread more."""
    assert rows_needed(Noise(1.2)) == 8
    assert rows_needed(Noise(7.1)) == 29
    assert not is_too_noisy(Sample(1.0, 29), Noise(7.1))
    assert is_too_noisy(Sample(1.0, 28), Noise(7.1))
