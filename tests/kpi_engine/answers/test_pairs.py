"""Winning combinations: the arithmetic against brute force, the counts against plain Python."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing
from datetime import date
from itertools import combinations
from math import comb
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.company import demo_database
from kpi_engine.analysis.affinity import Pair, p_value
from kpi_engine.analysis.false_discovery import q_values
from kpi_engine.domain.errors import QueryError
from tests.shop import SHIPPED, Shop, write_config, write_tables

END = date(2026, 11, 22)


@pytest.fixture(scope="module")
def shop() -> Iterable[Shop]:
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Counts that some baskets have."""
    baskets = draw(st.integers(1, 60))
    first, second = draw(st.integers(1, baskets)), draw(st.integers(1, baskets))
    joint = draw(st.integers(max(1, first + second - baskets), min(first, second)))
    return Pair(joint, first, second, baskets)


@given(pairs())
def test_the_p_value_is_the_exact_tail(pair: Pair) -> None:
    """Counted with binomial coefficients."""
    tail = sum(
        comb(pair.first, joint) * comb(pair.baskets - pair.first, pair.second - joint)
        for joint in range(pair.joint, min(pair.first, pair.second) + 1)
    )
    assert p_value(pair) == pytest.approx(tail / comb(pair.baskets, pair.second), rel=1e-9)


@given(pairs())
def test_a_lower_bound_lies_below_the_lift(pair: Pair) -> None:
    """And the measures hang together."""
    assert 0 <= pair.lift_low <= pair.lift + 1e-12
    assert pair.lift == pytest.approx(pair.confidence / (pair.second / pair.baskets))
    assert pair.lift == pytest.approx(pair.confidence_back / (pair.first / pair.baskets))


def test_false_discoveries_by_hand() -> None:
    """Benjamini and Hochberg: p times the number of tests over its rank, never falling."""
    assert q_values([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.5])
    assert q_values([]) == []


@given(st.lists(st.floats(0, 1), max_size=30))
def test_q_values_keep_the_order(p_values: list[float]) -> None:
    """None is below its p, and none above 1."""
    found = q_values(p_values)
    assert all(p <= q + 1e-12 <= 1 + 1e-9 for p, q in zip(p_values, found, strict=True))
    by_p = [q for _, q in sorted(zip(p_values, found, strict=True))]
    assert by_p == sorted(by_p)


def _baskets(where: str = "1 = 1") -> dict[int, dict[str, float]]:
    statement = (
        "select o.id, p.name, sum(l.amount) from order_lines l join orders o on o.id = l.order_id"
        " join products p on p.id = l.product_id join customers c on c.id = o.customer_id"
        " where o.status in ('paid', 'shipped') and o.ordered_at >= '2025-11-01' and o.ordered_at < '2026-11-01'"
        f" and {where} group by o.id, p.name"
    )
    found: dict[int, dict[str, float]] = defaultdict(dict)
    with closing(sqlite3.connect(demo_database(END))) as connection:
        for order, product, worth in connection.execute(statement):
            found[order][product] = worth
    return found


@pytest.mark.parametrize(("line", "where"), [("pairs", "1 = 1"), ("pairs region:noord", "c.region_id = 1")])
def test_every_pair_equals_plain_python(line: str, where: str, shop: Shop) -> None:
    """Joint baskets, both items' baskets, and the pair's revenue."""
    baskets = _baskets(where)
    items = Counter(product for basket in baskets.values() for product in basket)
    joint: Counter[frozenset[str]] = Counter()
    revenue: dict[frozenset[str], float] = defaultdict(float)
    for basket in baskets.values():
        for pair in combinations(sorted(basket), 2):
            joint[frozenset(pair)] += 1
            revenue[frozenset(pair)] += sum(basket[product] for product in pair)
    answer = shop.ask(line)
    expected = {pair for pair, count in joint.items() if count >= 20}
    assert {frozenset(group.labels) for group in answer.groups} == expected
    assert answer.figure.parts == {"baskets": len(baskets)}
    for group in answer.groups:
        first, second = (str(label) for label in group.labels)
        together, parts = joint[frozenset((first, second))], group.figure.parts
        assert parts
        assert parts["joint"] == together
        assert parts["confidence"] == pytest.approx(together / items[first])
        assert parts["confidence_back"] == pytest.approx(together / items[second])
        assert group.figure.value == pytest.approx(together * len(baskets) / (items[first] * items[second]))
        assert parts["revenue"] == pytest.approx(revenue[frozenset((first, second))])


def test_the_planted_pair_wins(shop: Shop) -> None:
    """Model X and Milk Station come first; pairs that chance explains come after all winners."""
    groups = shop.ask("pairs").groups
    assert set(groups[0].labels) == {"Model X", "Milk Station"}
    shown = [bool((group.figure.parts or {})["shown"]) for group in groups]
    assert shown == sorted(shown, reverse=True)
    assert all((group.figure.value or 0) > 1 for group, wins in zip(groups, shown, strict=True) if wins)


def test_pairs_with_an_item_and_without(shop: Shop) -> None:
    """A filter on the item keeps whole baskets and chooses among the pairs."""
    every = {group.labels: group.figure.value for group in shop.ask("pairs").groups}
    with_x = {group.labels: group.figure.value for group in shop.ask('pairs product:"Model X"').groups}
    without = {group.labels: group.figure.value for group in shop.ask('pairs -product:"Model X"').groups}
    assert with_x == {pair: lift for pair, lift in every.items() if "Model X" in pair}
    assert {**with_x, **without} == every


@pytest.mark.parametrize("line", ["pairs by rep", "pairs per month"])
def test_pairs_are_not_split(line: str, shop: Shop) -> None:
    """A list has no groups."""
    with pytest.raises(QueryError, match="can't be split"):
        shop.ask(line)


def test_what_a_customer_buys_within_some_days(tmp_path: Path) -> None:
    """Baskets of customers, both items at most 10 days apart; postage is left out.

    customer  tea                cups               so
    A         1 Jan (5)          8 Jan (20)         joint: 25
    B         1 Jan (5)          20 Jan (20)        too far apart
    C         1 and 15 Jan (5)   10 Jan (20)        joint, also with the tea five days later: 30
    D         3 Jan (5)          3 Jan (20)         joint on one day: 25
    E         1 Jan (5)          none               nothing
    """
    bought = [
        ("A", 1, "tea", 5), ("A", 8, "cups", 20), ("B", 1, "tea", 5), ("B", 20, "cups", 20), ("C", 1, "tea", 5),
        ("C", 15, "tea", 5), ("C", 10, "cups", 20), ("D", 3, "tea", 5), ("D", 3, "cups", 20), ("E", 1, "tea", 5),
        *((who, 1, "postage", 1) for who in "ABCDE"),
    ]  # fmt: skip
    rows = [(n, who, f"2026-01-{day:02}", item, worth) for n, (who, day, item, worth) in enumerate(bought)]
    model = (
        "name: purchases\ntable: lines\nkey: id\ntime: at\ndimensions: {product: item}\n"
        "measures: {value: {agg: sum, of: worth}}\n"
    )
    metric = (
        "name: pairs\nkind: affinity\ntitle: {en: Pairs}\ndescription: {en: d}\nunit: ratio\nbetter: up\n"
        "value: {model: purchases, measure: value}\nbasket: customer\nitem: product\nmin_joint: 1\nq: null\n"
        "within: 10\nexclude: [postage]\n"
    )
    columns = "id INTEGER, customer TEXT, at TEXT, item TEXT, worth NUMERIC"
    shop = Shop(
        write_tables(tmp_path / "shop.sqlite", {"lines": (columns, rows)}),
        write_config(tmp_path / "config", {"purchases": model}, {"pairs": metric}),
        "2026-03-02T09:00",
    )
    (pair,) = shop.ask("pairs 2026-01").groups
    assert set(pair.labels) == {"tea", "cups"}
    parts = pair.figure.parts or {}
    assert (parts["joint"], parts["revenue"]) == (3, 25 + 30 + 25)
    assert pair.figure.value == pytest.approx(3 * 5 / (5 * 4))
    shop.engine.close()
