"""One budget of false alarms: how much of what is found is wrong, and how much is found."""

from __future__ import annotations

import math
import random
from statistics import NormalDist, fmean

import pytest

from kpi_engine.analysis import anomalies
from kpi_engine.analysis.anomalies import scan
from kpi_engine.analysis.false_discovery import q_values
from kpi_engine.analysis.scan import Case


def series(chance: random.Random, *, factor: float = 1.0) -> Case:
    """Two years of months around a level of its own; the last is `factor` times what it would be."""
    level = math.exp(chance.uniform(5, 9))
    values: list[float | None] = [level * math.exp(chance.gauss(0, 0.12)) for _ in range(26)]
    return {"values": [*values[:-1], (values[-1] or 0) * factor], "period": "month", "kind": "amount"}


def test_a_scan_is_part_of_the_interface_of_anomalies() -> None:
    cases = [series(random.Random(3)), series(random.Random(4), factor=40)]
    assert anomalies.scan(cases) == [False, True]
    assert anomalies.scan([]) == []


def test_series_that_can_not_be_judged_cost_the_others_nothing() -> None:
    chance = random.Random(11)
    unusual = series(chance, factor=1.9)
    short: Case = {"values": [1.0, None, 9e9], "period": "week", "kind": "count"}
    bare: Case = {"values": [0.1] * 30, "period": "month", "kind": "rate"}
    alone = [unusual, *(series(chance) for _ in range(3))]
    assert scan(alone)[0]
    assert scan([*alone, *[short] * 500, *[bare] * 500]) == [*scan(alone), *[False] * 1000]


def test_a_weight_gives_a_series_more_of_the_budget() -> None:
    """One that is too little among fifty others is enough where it is the total."""
    chance = random.Random(5)
    cases = [series(chance, factor=3), *(series(chance) for _ in range(50))]
    judged = [anomalies.detect(case["values"], case["period"], case["kind"])["p_value"] for case in cases]
    q = q_values(judged)[0]
    assert not scan(cases, q * 0.9)[0]
    assert scan([{**cases[0], "weight": 3.0}, *cases[1:]], q * 0.9)[0]


def test_weights_count_by_their_proportions_alone() -> None:
    p_values, weights = [0.001, 0.02, 0.04, 0.6], [3.0, 0.5, 1.0, 0.0]
    assert q_values(p_values, weights) == pytest.approx(q_values(p_values, [7 * entry for entry in weights]))
    assert q_values(p_values, [2.0] * 4) == pytest.approx(q_values(p_values))
    assert q_values(p_values, weights)[3] == 1.0
    assert q_values(p_values, [0.0] * 4) == [1.0] * 4
    # worked out by hand: the weights average 1.125, so p / w is .000375, .045, .045, never
    assert q_values(p_values, weights) == pytest.approx([0.0015, 0.06, 0.06, 1.0])


@pytest.mark.parametrize("is_weighed", [False, True])
def test_of_what_is_found_in_300_series_at_most_a_tenth_is_wrong(is_weighed: bool) -> None:
    """With p-values that hold: 15 of 300 have moved by 3.5 of their own noise."""
    chance, normal = random.Random(2026), NormalDist()
    wrong, found_of = [], []
    for _ in range(300):
        moved = [place < 15 for place in range(300)]
        scores = [abs(chance.gauss(3.5 if entry else 0.0, 1)) for entry in moved]
        weights = [3.0 if place % 30 == 0 else chance.expovariate(1) for place in range(300)]
        rates = q_values([2 * normal.cdf(-score) for score in scores], weights if is_weighed else None)
        found = [place for place, rate in enumerate(rates) if rate <= 0.10]
        wrong.append(fmean(not moved[place] for place in found) if found else 0.0)
        found_of.append(sum(moved[place] for place in found) / 15)
    assert fmean(wrong) <= 0.10
    assert fmean(found_of) >= 0.20


def test_a_scan_of_300_series_keeps_its_budget() -> None:
    """With the detector itself, on series that are lognormal: 20 of 300 are twice or half as high."""
    chance = random.Random(7)
    wrong, found_of = [], []
    for _ in range(2):
        factors = [chance.choice((0.45, 0.5, 2.0, 2.2)) if place < 20 else 1.0 for place in range(300)]
        flags = scan([series(chance, factor=factor) for factor in factors])
        found = [place for place, flag in enumerate(flags) if flag]
        wrong.append(fmean(factors[place] == 1.0 for place in found) if found else 0.0)
        found_of.append(sum(factors[place] != 1.0 for place in found) / 20)
    assert fmean(wrong) <= 0.10
    assert fmean(found_of) >= 0.20
