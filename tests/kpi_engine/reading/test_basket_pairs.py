"""Counted pairs: against brute force, with few and many rare items, and beyond the number that is fetched."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from kpi_engine.analysis.affinity import Pair, p_value
from kpi_engine.analysis.false_discovery import q_values
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.definitions.loader import load
from kpi_engine.domain.horizon import Horizon
from kpi_engine.domain.metrics import MeasureRef, PairsOf
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Key
from kpi_engine.reading.basket_pairs import BasketPairs, Purchases, read_pairs
from kpi_engine.reading.reader import Reader
from tests.shop import BRUSSELS, SHIPPED, Shop, write_config, write_tables

NOW = datetime(2026, 3, 2, 9, tzinfo=BRUSSELS)
MODEL = (
    "name: purchases\ntable: lines\nkey: id\ndimensions: {product: item}\n"
    "measures: {value: {agg: sum, of: worth}}\n"
)
Line = tuple[int, str, int]


def _lines(items: int, seed: str) -> list[Line]:
    """Three hundred baskets; a part of them repeat an item, and low numbers are bought more often."""
    random = Random(seed)
    return [
        (basket, f"item {min(random.randrange(items), random.randrange(items))}", random.randrange(1, 90))
        for basket in range(300)
        for _ in range(random.randrange(1, 9))
    ]


def _counted(lines: list[Line], least: int) -> dict[frozenset[Key], tuple[int, float]]:
    """Return the joint baskets and the worth of every pair that is judged."""
    held: dict[int, Counter[str]] = defaultdict(Counter)
    for basket, item, worth in lines:
        held[basket][item] += worth
    joint: Counter[frozenset[Key]] = Counter()
    worth_of: Counter[frozenset[Key]] = Counter()
    for basket in held.values():
        for pair in combinations(basket, 2):
            joint[frozenset(pair)] += 1
            worth_of[frozenset(pair)] += sum(basket[item] for item in pair)
    return {pair: (count, worth_of[pair]) for pair, count in joint.items() if count >= least}


@pytest.fixture(params=[12, 200], ids=["no rare items", "mostly rare items"])
def lines(request: pytest.FixtureRequest) -> list[Line]:
    return _lines(request.param, str(request.param))


@pytest.fixture
def reader(lines: list[Line], tmp_path: Path) -> Iterator[Reader]:
    rows = [(number, *line, "2026-01-05") for number, line in enumerate(lines)]
    columns = "id INTEGER, basket INTEGER, item TEXT, worth INTEGER, at TEXT"
    warehouse = SqlWarehouse(write_tables(tmp_path / "shop.sqlite", {"lines": (columns, rows)}))
    catalogue = load(write_config(tmp_path / "config", {"purchases": MODEL}), SHIPPED)
    with closing(warehouse):
        yield Reader(catalogue, {"sales": warehouse}, BRUSSELS)


def _read(reader: Reader, least: int = 3, limit: int = 50_000, within: Horizon | None = None) -> BasketPairs:
    pairs = PairsOf(MeasureRef("purchases", "value"), "basket", "product", least, 0.1, within)
    purchases = Purchases(pairs, reader.models["purchases"], (), Window(None, None), NOW)
    return read_pairs(reader, purchases, limit)


def _as_sets(found: BasketPairs) -> dict[frozenset[Key], tuple[int, float]]:
    return {frozenset(pair.items): (pair.counts.joint, pair.worth) for pair in found.pairs}


def test_counts_equal_brute_force(lines: list[Line], reader: Reader) -> None:
    """Asked twice: what the first time tells about rare items decides how the second is read."""
    expected = _counted(lines, 3)
    assert len(expected) > 20
    first, second = _read(reader), _read(reader)
    assert _as_sets(first) == _as_sets(second) == expected
    assert first.judged == len(expected)
    assert first.baskets == len({basket for basket, _, _ in lines})
    in_baskets = Counter(item for basket in {line[:2] for line in lines} for item in basket[1:])
    for pair in first.pairs:
        assert (pair.counts.first, pair.counts.second) == tuple(in_baskets[str(item)] for item in pair.items)


def test_rare_items_are_left_out_before_the_join_where_they_are_many(
    lines: list[Line], reader: Reader
) -> None:
    """The first time they are; then only where the last reading found many."""
    in_baskets = Counter(item for _, item in {line[:2] for line in lines})
    rare = sum(count for count in in_baskets.values() if count < 10) / in_baskets.total()
    assert "often_held" in _read(reader, 10).statement.sql
    assert ("often_held" in _read(reader, 10).statement.sql) == (rare >= 0.1)


def test_pairs_of_days_are_counted_once(lines: list[Line], reader: Reader) -> None:
    """Without dates every purchase is near every other."""
    assert _as_sets(_read(reader, within=Horizon(days=0))) == _counted(lines, 3)


@pytest.mark.parametrize("limit", [1, 10])
def test_beyond_the_limit_the_verdicts_stay(limit: int, reader: Reader) -> None:
    """Only pairs with a lift above 1 are fetched, and the number of all, which their q-values need."""
    every = _read(reader, 1)
    chances = q_values([p_value(pair.counts) for pair in every.pairs])
    verdicts = {pair.items: chance for pair, chance in zip(every.pairs, chances, strict=True)}
    lifted = [pair for pair in every.pairs if pair.counts.lift > 1]
    some = _read(reader, 1, len(lifted))
    assert some.judged == len(every.pairs) >= len(lifted) > limit
    assert not some.is_cut
    assert set(some.pairs) == set(lifted)
    exact = q_values([p_value(pair.counts) for pair in some.pairs], tests=some.judged)
    for pair, chance in zip(some.pairs, exact, strict=True):
        assert min(chance, 0.5) == pytest.approx(min(verdicts[pair.items], 0.5), rel=1e-12)
    few = _read(reader, 1, limit)
    assert few.is_cut
    assert len(few.pairs) == limit
    assert set(few.pairs) < set(lifted)


def test_the_surest_are_fetched(reader: Reader) -> None:
    """The pair that chance explains least is among few."""
    every = _read(reader)
    surest = min(every.pairs, key=lambda pair: p_value(pair.counts))
    assert surest in _read(reader, limit=10).pairs


def test_no_pair_at_all(reader: Reader) -> None:
    """The number of baskets is known all the same."""
    found = _read(reader, least=1_000)
    assert (found.pairs, found.judged, found.is_cut) == ((), 0, False)
    assert found.baskets > 0


def test_a_model_without_dates_states_no_period(lines: list[Line], tmp_path: Path) -> None:
    """No period is applied, so the answer is about all time, also where one was typed."""
    rows = [(number, *line, "2026-01-05") for number, line in enumerate(lines)]
    columns = "id INTEGER, basket INTEGER, item TEXT, worth INTEGER, at TEXT"
    metric = (
        "name: pairs\nkind: affinity\ntitle: {en: Pairs}\ndescription: {en: d}\nunit: ratio\nbetter: up\n"
        "value: {model: purchases, measure: value}\nbasket: basket\nitem: product\nmin_joint: 3\n"
    )
    shop = Shop(
        write_tables(tmp_path / "shop.sqlite", {"lines": (columns, rows)}),
        write_config(tmp_path / "config", {"purchases": MODEL}, {"pairs": metric}),
        "2026-03-02T09:00",
    )
    with closing(shop.engine):
        for line in ("pairs", "pairs 2019-01"):
            answer = shop.ask(line)
            assert answer.period.is_all_time
            assert len(answer.groups) == len(_counted(lines, 3))


def test_lift_at_most_one_is_never_surer_than_even() -> None:
    """That is why the verdicts need only the number of the pairs that aren't fetched."""
    for baskets in range(1, 26):
        for first in range(1, baskets + 1):
            for second in range(1, baskets + 1):
                for joint in range(max(1, first + second - baskets), min(first, second) + 1):
                    pair = Pair(joint, first, second, baskets)
                    if joint * baskets <= first * second:
                        assert p_value(pair) >= 0.5 - 1e-12
