"""What winning customers cost, against what they brought, on a shop small enough to check by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kpi_engine.answers.findings.acquisition_cost import AcquisitionCost
from kpi_engine.definitions.loader import load
from tests.shop import SHIPPED, Shop, write_config, write_tables

LEADS = """
name: leads
table: leads
key: id
"""
CUSTOMERS = """
name: customers
table: customers
key: id
joins:
  lead: {model: leads, on: {lead: id}}
"""
_OF_CUSTOMER = """
joins:
  customer: {model: customers, on: {customer: id}}
dimensions: {customer: customer, region: customer.region, source: customer.lead.source}
acquired: customer.lead.at
"""
SALES = f"""
name: sales
table: orders
key: id
time: at
{_OF_CUSTOMER}
measures:
  value: {{agg: sum, of: amount}}
  cost: {{agg: sum, of: cost}}
"""
ACTIVITY = f"""
name: activity
table: orders
key: id
time: at
where: "amount > 0"
{_OF_CUSTOMER}
measures:
  customers: {{agg: count_distinct, of: customer}}
  new_customers: {{agg: count_distinct, of: customer, first: {{per: customer, event: id}}}}
"""
SERVICE = f"""
name: service_costs
table: service
key: id
time: at
{_OF_CUSTOMER}
measures:
  amount: {{agg: sum, of: amount}}
"""
COSTS = """
name: marketing_costs
table: costs
key: id
time: month
grain: month
dimensions: {source: source}
measures:
  amount: {agg: sum, of: amount}
"""
MODELS = {
    "leads": LEADS,
    "customers": CUSTOMERS,
    "sales": SALES,
    "activity": ACTIVITY,
    "service_costs": SERVICE,
    "marketing_costs": COSTS,
}
TABLES = {
    "leads": ("id INTEGER, source TEXT, at TEXT", [
        (1, "ads", "2025-01-05"), (2, "ads", "2025-01-06"), (3, "ads", "2025-01-31"), (4, "ads", "2025-02-02"),
        (5, "fair", "2025-02-03"), (6, "friend", "2025-01-09"), (7, "ads", "2024-12-31"), (8, None, "2025-01-02"),
    ]),
    "customers": ("id TEXT, region TEXT, lead INTEGER", [
        ("A", "N", 1), ("B", "S", 2), ("C", "N", 5), ("D", "S", 6), ("E", "N", None), ("F", "N", 7), ("G", "N", 8),
    ]),
    "orders": ("id INTEGER, customer TEXT, at TEXT, amount NUMERIC, cost NUMERIC", [
        (1, "A", "2025-01-20", 100, 40), (2, "A", "2025-02-20", 50, 20), (3, "B", "2025-02-10", 30, 10),
        (4, "C", "2025-03-01", 200, 100), (5, "D", "2025-02-01", 10, 5), (6, "E", "2025-01-15", 500, 1),
        (7, "F", "2025-01-02", 70, 30), (8, "G", "2025-01-03", 40, 4),
    ]),
    "service": ("id INTEGER, customer TEXT, at TEXT, amount NUMERIC", [(1, "A", "2025-01-25", 5)]),
    "costs": ("id INTEGER, month TEXT, source TEXT, amount NUMERIC", [
        (1, "2025-01-01", "ads", 100), (2, "2025-02-01", "ads", 80), (3, "2025-02-01", "fair", 60),
        (4, "2025-01-01", None, 10),
    ]),
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """The costs begin in January 2025: ads 100, and 10 without a source; in February ads 80 and the fair 60.

    customer  lead                        cost                               orders (less goods, service)
    A         ads, January                50: half of 100, with B            100 (55) in January, 50 (30) in February
    B         ads, January                50                                 30 (20) in February
    C         the fair, February          60                                 200 (100) in March
    D         a friend, January           0: nothing was spent               10 (5) in February
    E         none                        not known                          500
    F         ads, before the costs       not known                          70
    G         January, without a source   not known                          40

    Nobody came of the ads of February (80), and 10 has no source: 90 is unallocated.
    """
    url = write_tables(tmp_path / "shop.sqlite", TABLES)
    shop = Shop(url, write_config(tmp_path / "config", MODELS), "2025-04-02T09:00")
    yield shop
    shop.engine.close()


def test_revenue_so_far_against_what_it_cost(shop: Shop) -> None:
    """390 from four customers who cost 160; 210 is left of it after goods and service, 50 after all."""
    answer = shop.ask("acquisition_return")
    assert answer.period.is_all_time
    assert (answer.figure.value, answer.figure.numerator, answer.figure.denominator) == (390 / 160, 390, 160)
    assert answer.findings[1] == AcquisitionCost(4, 160, 390, 50, 90, "EUR")


def test_every_cost_is_of_a_customer_or_unallocated(shop: Shop) -> None:
    """160 and 90 are all 250 that was spent; by region nothing is unallocated to anybody."""
    parts = shop.ask("acquisition_return").figure.parts
    assert parts["acquisition"] + parts["unallocated"] == 250
    by_region = shop.ask("acquisition_return by region")
    assert {group.labels[0]: group.figure.parts["acquisition"] for group in by_region.groups} == {
        "N": 110,
        "S": 50,
    }
    assert {group.labels[0]: group.figure.parts["unallocated"] for group in by_region.groups} == {
        "N": None,
        "S": None,
    }


def test_a_filter_shares_the_cost_as_before(shop: Shop) -> None:
    """A and B share the ads of January, also where only B's region is asked for."""
    south = shop.ask("acquisition_return region:S").figure
    assert (south.numerator, south.denominator) == (40, 50)
    assert south.parts["unallocated"] is None


def test_a_customer_whose_cost_is_not_known_has_none(shop: Shop) -> None:
    """No lead, a lead before the costs, a lead without a source: no data, never zero; a friend's lead cost 0."""
    groups = {group.labels[0]: group.figure for group in shop.ask("acquisition_return by customer").groups}
    for name in "EFG":
        assert groups[name].value is None
        assert (groups[name].parts["acquisition"], groups[name].parts["cm3"]) == (None, None)
    assert (groups["D"].value, groups["D"].parts["acquisition"], groups["D"].parts["cm3"]) == (None, 0, 5)
    assert groups["C"].value == pytest.approx(200 / 60)


def test_the_profit_of_a_month_and_what_is_left_so_far(shop: Shop) -> None:
    """In January A brought 100 and left 55; it cost 50 to win. The profit of the month counts E, F and G too."""
    january = shop.ask("profit 2025-01").figure
    assert january.value == 55 + 499 + 40 + 36
    assert (january.parts["cm3"], january.parts["acquisition"], january.parts["revenue_so_far"]) == (
        5,
        50,
        100,
    )
    february = shop.ask("profit 2025-02").figure
    assert (february.parts["cm3"], february.parts["acquired"]) == (55 + 30 + 20 + 5 - 100, 3)
    series = shop.ask("profit per month 2025-01..2025-03").series
    assert [point.figure.parts["cm3"] for point in series] == [5, 10, 50]


def test_without_costs_or_leads_it_is_not_mapped(tmp_path: Path) -> None:
    """The metric is left out and says what it lacks; the profit has its layers but the last."""
    without_costs = {name: text for name, text in MODELS.items() if name != "marketing_costs"}
    catalogue = load(write_config(tmp_path / "one", without_costs), SHIPPED)
    assert catalogue.unmapped["acquisition_return"] == ("measure amount of model marketing_costs",)
    without_leads = MODELS | {"sales": SALES.replace("acquired: customer.lead.at", "")}
    config = write_config(tmp_path / "two", without_leads)
    assert load(config, SHIPPED).unmapped["acquisition_return"] == ("acquired: in model sales",)
    shop = Shop(write_tables(tmp_path / "shop.sqlite", TABLES), config, "2025-04-02T09:00")
    parts = shop.ask("profit 2025-01").figure.parts
    assert parts == {"revenue": 710, "cm1": 635, "cm2": 630, "cm3": None}
    shop.engine.close()
