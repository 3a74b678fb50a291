"""Churn, profit and scores on shops small enough to check by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_engine.analysis import score
from kpi_engine.analysis.concentration import spread_of
from kpi_engine.answers.findings.concentration import Concentration
from kpi_engine.answers.findings.loss_makers import LossMakers
from kpi_engine.answers.findings.profit_layers import ProfitLayers
from kpi_engine.answers.findings.responses import Responses
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.horizon import Horizon
from tests.shop import Shop, write_config, write_tables

ACTIVITY = """
name: activity
table: orders
key: id
time: at
where: "status = 'paid'"
joins:
  customer: {model: customers, on: {customer: id}}
dimensions: {customer: customer, region: customer.region, product: product}
measures:
  customers: {agg: count_distinct, of: customer}
  new_customers: {agg: count_distinct, of: customer, first: {per: customer, event: id}}
"""
CUSTOMERS = """
name: customers
table: customers
key: id
"""
SALES = """
name: sales
table: orders
key: id
time: at
joins:
  customer: {model: customers, on: {customer: id}}
dimensions: {customer: customer, region: customer.region}
measures:
  value: {agg: sum, of: amount}
  cost: {agg: sum, of: cost}
"""
SERVICE = """
name: service_costs
table: service
key: id
time: at
joins:
  customer: {model: customers, on: {customer: id}}
dimensions: {customer: customer, region: customer.region}
measures:
  amount: {agg: sum, of: amount}
"""
ANSWERS = """
name: nps_answers
table: answers
key: id
time: answered_at
measures:
  answers: {agg: count, where: "score is not null"}
  promoters: {agg: count, where: "score between 9 and 10"}
  detractors: {agg: count, where: "score between 0 and 6"}
  delivered: {agg: count, time: sent_at}
  answered: {agg: count, time: sent_at, where: "answered_at is not null"}
"""
ORDERS = [
    (1, "A", "2025-01-10", "paid", "x", 100, 60),
    (2, "A", "2026-01-20", "paid", "x", 100, 60),
    (3, "B", "2025-01-31", "paid", "x", 50, 20),
    (4, "C", "2025-02-01", "paid", "y", 10, 4),
    (5, "D", "2023-06-01", "paid", "x", 10, 4),
    (6, "D", "2026-01-05", "paid", "y", 10, 4),
    (7, "E", "2026-01-15", "paid", "x", 70, 30),
    (8, "F", "2025-06-01", "cancelled", "x", 900, 1),
    (9, "C", "2026-01-25", "credit", "y", -10, -4),
]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """January 2026 with a window of 365 days.

    customer  orders                       active 1 Jan  active 1 Feb  so in January
    A         10 Jan 2025, 20 Jan 2026     yes           yes           stays
    B         31 Jan 2025                  yes           no            is lost (a year and a day ago)
    C         1 Feb 2025 (credited later)  yes           yes           stays (the first day that counts)
    D         June 2023, 5 Jan 2026        no            yes           returns
    E         15 Jan 2026                  no            yes           is new
    F         a cancelled order            no            no            never was one
    """
    tables = {
        "orders": ("id INTEGER, customer TEXT, at TEXT, status TEXT, product TEXT, amount NUMERIC, cost NUMERIC", ORDERS),
        "customers": ("id TEXT, region TEXT", [("A", "N"), ("B", "N"), ("C", "S"), ("D", "S"), ("E", None), ("F", "N")]),
        "service": ("id INTEGER, customer TEXT, at TEXT, amount NUMERIC", [(1, "A", "2026-01-02", 15), (2, "C", "2026-01-09", 3)]),
        "answers": (
            "id INTEGER, sent_at TEXT, answered_at TEXT, score INTEGER",
            [(n, "2026-01-01", "2026-01-10", s) for n, s in enumerate([10, 9, 9, 8, 7, 6, 0])] + [(8, "2026-01-01", None, None)],
        ),
    }  # fmt: skip
    models = {
        "activity": ACTIVITY,
        "customers": CUSTOMERS,
        "sales": SALES,
        "service_costs": SERVICE,
        "nps_answers": ANSWERS,
    }
    shop = Shop(
        write_tables(tmp_path / "shop.sqlite", tables),
        write_config(tmp_path / "config", models),
        "2026-03-02T09:00",
    )
    yield shop
    shop.engine.close()


def test_churn_and_its_parts(shop: Shop) -> None:
    """One of three is lost; one new, one returned; the parts reconcile. Of the five ever, B isn't active."""
    answer = shop.ask("churn 2026-01")
    assert answer.figure.value == pytest.approx(1 / 3)
    assert answer.figure.parts == {
        "active_start": 3, "lost": 1, "new": 1, "returned": 1, "gone": 0, "active_end": 4, "ever": 5, "inactive": 1 / 5,
    }  # fmt: skip


def test_churn_by_the_customers_own_region(shop: Shop) -> None:
    """B is of N; the region of E is missing, and nobody was active there."""
    answer = shop.ask("churn by region 2026-01")
    found = {group.labels[0]: (group.figure.numerator, group.figure.denominator) for group in answer.groups}
    assert found == {"N": (1, 2), "S": (0, 1), None: (0, 0)}
    assert {group.labels[0]: group.figure.value for group in answer.groups}[None] is None


def test_churn_is_not_split_by_what_belongs_to_an_order(shop: Shop) -> None:
    """A customer may have bought several products."""
    with pytest.raises(QueryError, match="belongs to an order"):
        shop.ask("churn by product 2026-01")


def test_churn_over_all_time_is_refused(shop: Shop) -> None:
    """It has no ends to compare; with what to ask instead."""
    with pytest.raises(QueryError, match="all time has neither"):
        shop.ask("churn all time")


def test_churn_over_more_than_its_window(shop: Shop) -> None:
    """February 2024 to February 2026: D (June 2023) was active at the start and is again at the end.

    New in between are A, B, C and E, of whom B (31 January 2025) and C (1 February 2025) are gone.
    """
    parts = shop.ask("churn 2024-02..2026-02").figure.parts
    assert parts == {
        "active_start": 1, "lost": 0, "new": 4, "returned": 0, "gone": 2, "active_end": 3, "ever": 5, "inactive": 2 / 5,
    }  # fmt: skip


def test_profit_in_layers(shop: Shop) -> None:
    """January: 100 + 10 + 70 - 10 of revenue, 60 + 4 + 30 - 4 of goods, 18 of service."""
    answer = shop.ask("profit 2026-01")
    assert answer.figure.value == 62
    assert answer.figure.parts == {"revenue": 170, "cm1": 80, "cm2": 62, "cm3": None}
    assert shop.value("profit_margin 2026-01") == pytest.approx(62 / 170)
    groups = shop.groups("profit by region 2026-01")
    assert groups == {"N": 25, "S": -3, None: 40}
    assert sum(value or 0 for value in groups.values()) == 62


def test_loss_makers_and_the_best_customers(shop: Shop) -> None:
    """A earned 25, C lost 9, D earned 6 and E 40: the best fifth of four is one."""
    layers, losing, best = shop.ask("profit 2026-01").findings
    assert layers == ProfitLayers(170, 80, 62, "EUR")
    assert losing == LossMakers(1, 4, -9, (("C", -9),))
    assert isinstance(best, Concentration)
    assert (best.customers, best.part) == (4, pytest.approx(40 / 62))
    assert shop.ask("profit 2026-01 by region").findings == (layers,)
    found = [type(finding) for finding in shop.ask("profit 2026-01 customer:A").findings]
    assert found == [ProfitLayers, Concentration]


def test_the_part_of_the_best() -> None:
    """More than everything where the others lose; nothing to say of a loss."""

    def part(*values: float) -> float | None:
        return spread_of(dict(enumerate(values))).part_of_best

    assert part(70, 60, -20, -5, -5) == pytest.approx(0.7)
    assert part(120, -20) == pytest.approx(1.2)
    assert part(5) == 1
    assert part() is None
    assert part(5, -9) is None


def test_a_margin_without_revenue_is_no_data(shop: Shop) -> None:
    """S sold 10 and took 10 back: a loss, but no percentage."""
    found = {group.labels[0]: group.figure for group in shop.ask("profit_margin by region 2026-01").groups}
    assert found["S"].value is None
    assert found["S"].numerator == -3


def test_a_missing_layer_is_never_zero(tmp_path: Path) -> None:
    """Without service costs the profit is CM1, and CM2 is unknown."""
    tables = {
        "orders": ("id INTEGER, customer TEXT, at TEXT, status TEXT, product TEXT, amount NUMERIC, cost NUMERIC", ORDERS),
        "customers": ("id TEXT, region TEXT", []),
    }  # fmt: skip
    shop = Shop(
        write_tables(tmp_path / "shop.sqlite", tables),
        write_config(tmp_path / "config", {"sales": SALES, "customers": CUSTOMERS}),
        "2026-03-02T09:00",
    )
    answer = shop.ask("profit 2026-01")
    assert answer.figure.parts == {"revenue": 170, "cm1": 80, "cm2": None, "cm3": None}
    assert answer.figure.value == 80
    shop.engine.close()


def test_a_score_and_the_share_that_answered(shop: Shop) -> None:
    """Three promoters and two detractors of seven; seven of eight answered."""
    answer = shop.ask("nps 2026-01")
    assert answer.figure.value == pytest.approx(100 / 7)
    counts = {"n": 7, "promoters": 3, "passives": 2, "detractors": 2, "delivered": 8, "answered": 7}
    assert answer.figure.parts == counts
    assert answer.findings[0] == Responses(7, 8)
    assert shop.value("response_rate 2026-01") == pytest.approx(7 / 8)
    empty = shop.ask("nps 2026-02").figure
    assert (empty.value, empty.denominator) == (None, 0)


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_scores_stay_in_their_bounds(promoters: int, passives: int, detractors: int) -> None:
    """-100 to 100, the interval around the adjusted score, symmetrical in promoters and detractors."""
    answers = promoters + passives + detractors
    if not answers:
        return
    value = score.score(promoters, detractors, answers)
    low, high = score.interval(promoters, detractors, answers)
    assert -100 <= value <= 100
    assert -100 <= low <= high <= 100
    mirrored = score.interval(detractors, promoters, answers)
    assert (-mirrored[1], -mirrored[0]) == pytest.approx((low, high))
    assert score.score(detractors, promoters, answers) == -value


def test_the_interval_by_hand() -> None:
    """8 promoters, 1 detractor, 10 answers: p = 8.75/13, d = 1.75/13."""
    p, d = 8.75 / 13, 1.75 / 13
    margin = 1.959963984540054 * math.sqrt((p + d - (p - d) ** 2) / 13)
    assert score.interval(8, 1, 10) == pytest.approx(
        (100 * (p - d - margin), min(100, 100 * (p - d + margin)))
    )


DAYS = st.integers(0, 900)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    orders=st.lists(st.tuples(st.sampled_from("ABCDEFGH"), DAYS), min_size=1, max_size=40),
    start=st.integers(380, 800),
    length=st.integers(1, 500),
    within=st.sampled_from([Horizon(days=30), Horizon(days=365), Horizon(months=4), Horizon(months=12)]),
)
def test_churn_equals_sets_of_customers(
    orders: list[tuple[str, int]],
    start: int,
    length: int,
    within: Horizon,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whatever is ordered when, over shorter and longer periods than the window: each part is a set's size."""
    first = date(2023, 1, 1)
    rows = [
        (n, who, str(first + timedelta(days=day)), "paid", "x", 1, 1) for n, (who, day) in enumerate(orders)
    ]
    folder = tmp_path_factory.mktemp("churn")
    tables = {
        "orders": ("id INTEGER, customer TEXT, at TEXT, status TEXT, product TEXT, amount NUMERIC, cost NUMERIC", rows),
        "customers": ("id TEXT, region TEXT", []),
    }  # fmt: skip
    metric = (
        "name: lost\nkind: retention\ntitle: {en: Lost}\ndescription: {en: d}\nunit: share\nbetter: down\n"
        "active: {model: activity, measure: customers}\nnew: {model: activity, measure: new_customers}\n"
        f"within: {json.dumps(within.plain())}\n"
    )
    config = write_config(folder / "config", {"activity": ACTIVITY, "customers": CUSTOMERS}, {"lost": metric})
    shop = Shop(write_tables(folder / "shop.sqlite", tables), config, "2026-03-02T09:00")
    begin, end = first + timedelta(days=start), first + timedelta(days=start + length)
    parts = shop.ask(f"lost {begin}..{end - timedelta(days=1)}").figure.parts
    shop.engine.close()

    if min(day for _, day in orders) >= start + length:
        assert parts is None, "before the first row of all there is no data"
        return

    def active(at: int) -> set[str]:
        since = (within.before(first + timedelta(days=at)) - first).days
        return {who for who, day in orders if since <= day < at}

    before, after = active(start), active(start + length)
    ever = {who for who, day in orders if day < start}
    new = {who for who, day in orders if start <= day < start + length} - ever
    assert parts == {
        "active_start": len(before),
        "lost": len(before - after),
        "new": len(new),
        "returned": len(after - before - new),
        "gone": len(new - after),
        "active_end": len(after),
        "ever": len(ever | new),
        "inactive": (len(ever | new) - len(after)) / len(ever | new) if ever | new else None,
    }
    reconciled = parts["active_start"] - parts["lost"] + parts["new"] + parts["returned"] - parts["gone"]
    assert parts["active_end"] == reconciled
