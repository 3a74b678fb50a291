"""The groups of a large dimension, chosen in the database: as Python ranks them when it has all members."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Select

from kpi_engine.analysis.concentration import spread_of
from kpi_engine.answers import choosing, why
from kpi_engine.answers.findings.concentration import Concentration
from kpi_engine.answers.findings.loss_makers import LossMakers
from kpi_engine.database.warehouse import Row
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.errors import DataError
from kpi_engine.domain.explanation import OTHERS_LABEL
from kpi_engine.domain.query import Baseline, Compare
from kpi_engine.reading.members import MEMBER_LIMIT
from tests.kpi_engine.reading.counted import CountedWarehouse
from tests.shop import SHIPPED, Shop, write_config, write_tables

COUNT = MEMBER_LIMIT + 500
"""Customers, most of whom buy once."""

SALES = """
name: sales
table: lines
key: id
time: day
joins:
  customer: {model: customers, on: {customer: id}}
dimensions: {customer: customer, segment: customer.segment}
measures:
  value: {agg: sum, of: amount}
  cost: {agg: sum, of: cost}
  lines: {agg: count}
  good: {agg: count, where: "amount >= 20"}
"""
SERVICE = """
name: service_costs
table: service
key: id
time: day
dimensions: {customer: customer}
measures:
  amount: {agg: sum, of: amount}
"""
CUSTOMERS = "name: customers\ntable: customers\nkey: id\nmembers: {customer: {label: name}}\n"
GAIN = """
name: gain
kind: layers
title: {en: Gain}
description: {en: What is left of sales.}
unit: money
better: up
revenue: {model: sales, measure: value}
goods: {model: sales, measure: cost}
service: {model: service_costs, measure: amount}
"""
GOOD_RATE = """
name: good_rate
kind: ratio
title: {en: Good rate}
description: {en: The share of the lines that are good.}
unit: share
better: up
share: true
numerator: {model: sales, measure: good}
denominator: {model: sales, measure: lines}
"""


def _a_day(month: int, number: int) -> str:
    """Return a day of August or September 2026: each day has some, so that none is missing."""
    return f"2026-{month:02}-{number % (31 if month == 8 else 30) + 1:02}"


_LINES = Random("lines")
LINES: list[tuple[object, ...]] = [
    (
        number,
        _a_day(_LINES.choice((8, 9)), number),
        customer,
        amount,
        _LINES.choice((5, 12, 18)),
    )
    for number, (customer, amount) in enumerate(
        [
            *((_LINES.randrange(COUNT), _LINES.choice((8, 10, 16, 20, 25))) for _ in range(24_000)),
            *((100 + place % 40, 20 + place % 3) for place in range(900)),  # who buy often, with ties
            *((None, 500) for _ in range(60)),  # of nobody known: the most
        ]
    )
]
SERVICES: list[tuple[object, ...]] = [
    (place, _a_day(8 + place % 2, place // 2), 3 * place, 7.5) for place in range(3_000)
]


class Refusing(CountedWarehouse):
    """A database that can't answer some statements."""

    refused: str | None = None

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        if self.refused and self.refused in self.sql(statement):
            raise DataError("That is too much.")
        return super().read(statement)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder: Path = tmp_path_factory.mktemp("choosing")
    tables = {
        "customers": (
            "id INTEGER PRIMARY KEY, name TEXT, segment TEXT",
            [(key, f"Klant {key:05}", ("gold", "silver")[key % 2]) for key in range(COUNT)],
        ),
        "lines": ("id INTEGER, day TEXT, customer INTEGER, amount NUMERIC, cost NUMERIC", LINES),
        "service": ("id INTEGER, day TEXT, customer INTEGER, amount NUMERIC", SERVICES),
    }
    models = {"sales": SALES, "service_costs": SERVICE, "customers": CUSTOMERS}
    config = write_config(folder / "own", models, {"gain": GAIN, "good_rate": GOOD_RATE})
    url = write_tables(folder / "shop.sqlite", tables)
    made = Shop(url, config, "2026-10-02T09:00", warehouse=Refusing(url))
    yield made
    made.engine.close()


def _warehouse(shop: Shop) -> Refusing:
    warehouse = shop.engine._warehouses["sales"]
    assert isinstance(warehouse, Refusing)
    return warehouse


def _shown(answer: Answer) -> list[tuple[object, ...]]:
    return [(*group.keys, *group.labels, group.figure.value) for group in answer.groups]


@pytest.mark.parametrize(
    "line",
    [
        "sales by customer last month top 10",
        "sales by customer last month top 45",
        "sales by customer last month bottom 10",
        "gain by customer last month top 7",
        "gain by customer last month bottom 5",
        "sales by customer last month gain:<-20",
        "sales by customer last month gain:<0 top 10",
        "gain by customer last month sales:>300",
        "sales by customer last month sales:>=300",
        "good_rate by customer last month top 10",
        "good_rate by customer last month bottom 10",
        "good_rate by customer last month sales:>100 top 5",
    ],
)
def test_chosen_as_python_ranks_all(line: str, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The best and worst, with ties at the last place, sizes, shares, and the customers nobody knows.

    Only customers with rows of the metric in the period are looked at.
    """
    shop.members  # noqa: B018 - read once
    warehouse = _warehouse(shop)
    warehouse.counted()
    query = replace(shop._read(line), compare=(Compare(Baseline.NONE),))
    found = shop.answer(query)
    assert sum(entry.rows for entry in warehouse.counted()) < 8_000
    with monkeypatch.context() as patch:
        patch.setattr(choosing, "LARGE", 10**9)
        expected = shop.answer(query)
    assert sum(entry.rows for entry in warehouse.counted()) > 8_000
    assert found.groups
    assert _shown(found) == _shown(expected)
    assert found.figure == expected.figure
    assert found.notes == expected.notes


def test_how_gain_is_spread(shop: Shop) -> None:
    """The loss makers and the concentration are those of every customer's gain, worked out in Python."""
    values: dict[int, float] = defaultdict(float)
    for _, day, customer, amount, cost in LINES:
        if str(day) >= "2026-07" and customer is not None:
            values[customer] += amount - cost  # type: ignore[index,operator]
    for _, _, customer, amount in SERVICES:
        values[customer] -= amount  # type: ignore[index,operator]
    expected = spread_of(values)
    answer = shop.ask("gain last quarter")
    (losses,) = (finding for finding in answer.findings if isinstance(finding, LossMakers))
    (concentration,) = (finding for finding in answer.findings if isinstance(finding, Concentration))
    assert (losses.count, losses.customers) == (expected.losers, expected.members)
    assert losses.total == pytest.approx(expected.losses, rel=1e-9)
    assert [value for _, value in losses.worst] == pytest.approx([value for _, value in expected.worst])
    assert concentration.part == pytest.approx(expected.part_of_best, rel=1e-9)


def test_a_finding_that_cannot_be_had_is_left_out(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the answer stands."""
    whole = shop.ask("gain last quarter")
    monkeypatch.setattr(Refusing, "refused", "placed_values")
    found = shop.ask("gain last quarter")
    assert found.figure == whole.figure
    assert not [entry for entry in found.findings if isinstance(entry, (LossMakers, Concentration))]


@pytest.mark.parametrize("metric", ["sales", "gain"])
def test_why_with_many_customers(metric: str, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who moved most, and the others together, add up to the change."""
    found = shop.why(f"{metric} last month")
    assert found.comparison.change is not None
    (by,) = (entry for entry in found.breakdowns if entry.dimension == "customer")
    (others,) = (part for part in by.parts if part.label == OTHERS_LABEL)
    shown = [part for part in by.parts if part is not others]
    change = found.answer.figure.value - found.comparison.figure.value  # type: ignore[operator]
    assert by.total == pytest.approx(change, rel=1e-9)
    assert len(shown) < 2_000
    monkeypatch.setattr(why, "LARGE", 10**9)
    monkeypatch.setattr(why, "MEMBER_LIMIT", 10**9)
    (every,) = (
        entry for entry in shop.why(f"{metric} last month").breakdowns if entry.dimension == "customer"
    )
    assert len(shown) + others.members == len(every.parts)
    parts = {part.key: part.part for part in every.parts}
    assert {part.key: part.part for part in shown} == pytest.approx(
        {part.key: parts[part.key] for part in shown}
    )
    rest = [part for part in every.parts if part.key not in {entry.key for entry in shown}]
    assert max(abs(part.part) for part in rest) <= min(abs(part.part) for part in shown) + 1e-9
    assert by.concentration == pytest.approx(every.concentration, rel=1e-9)


@pytest.mark.parametrize(
    "address",
    ["duckdb_company_url", pytest.param("postgresql_company_url", marks=pytest.mark.postgresql)],
)
@pytest.mark.parametrize(
    "line",
    [
        "sales by customer last month top 10",
        "profit by customer last month orders:>1 bottom 10",
        "attach_rate by customer last quarter sales:>500 top 10",
        "upsell_rate by customer last quarter top 5",
    ],
)
def test_chosen_elsewhere(
    address: str, line: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same on the demo company, whose customers are few enough to be ranked in Python."""
    shop = Shop(request.getfixturevalue(address), SHIPPED, "2026-11-23T08:30")
    query = replace(shop._read(line), compare=(Compare(Baseline.NONE),))
    with monkeypatch.context() as patch:
        patch.setattr(choosing, "LARGE", 10**9)
        expected = shop.answer(query)
    monkeypatch.setattr(choosing, "MEMBER_LIMIT", 0)
    found = shop.answer(query)
    assert len(found.groups) >= 5
    assert [row[:2] for row in _shown(found)] == [row[:2] for row in _shown(expected)]
    values = [group.figure.value for group in expected.groups]
    assert [group.figure.value for group in found.groups] == pytest.approx(values, rel=1e-9)
    shop.engine.close()
