"""Windows in months: the databases agree with the calendar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from kpi_engine.domain.periods import Grain, Period, split
from tests.dialects.conftest import rows
from tests.kpi_engine.domain.test_horizon import months_later
from tests.shop import BRUSSELS, Shop, write_config

TODAY = date(2026, 11, 23)
DATABASES = [
    "sqlite_url",
    "duckdb_url",
    pytest.param("postgresql_url", marks=pytest.mark.postgresql),
    pytest.param("mysql_url", marks=pytest.mark.mysql),
]
MONTHS = (1, 2, 12)
LEADS = """
name: leads
table: leads
key: id
time: created_at
zone: UTC
columns: {converted_at: converted_at}
measures: {created: {agg: count}}
"""
SALES = """
name: sales
table: orders
key: id
time: ordered_on
dimensions: {customer: customer}
measures:
  value: {agg: sum, of: amount}
  customers: {agg: count_distinct, of: customer}
  new_customers: {agg: count_distinct, of: customer, first: {per: customer, event: id}}
"""
_HEAD = "name: {0}\nkind: {1}\nunit: share\nbetter: up\ntitle: {{en: {0}}}\ndescription: {{en: {0}}}\n"
METRICS = {
    f"won_{months}": _HEAD.format(f"won_{months}", "cohort")
    + "entered: {model: leads, measure: created}\nsucceeded: converted_at\n"
    + f"within: {{months: {months}}}\n"
    for months in MONTHS
}
METRICS |= {
    f"lost_{months}": _HEAD.format(f"lost_{months}", "retention")
    + "active: {model: sales, measure: customers}\nnew: {model: sales, measure: new_customers}\n"
    + f"within: {{months: {months}}}\n"
    for months in MONTHS
}
METRICS["near"] = (
    _HEAD.format("near", "affinity").replace("unit: share", "unit: ratio")
    + "value: {model: sales, measure: value}\nbasket: rep_id\nitem: customer\nmin_joint: 1\nq: null\n"
    + "within: {months: 1}\n"
)


@pytest.fixture(params=DATABASES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    url = str(request.getfixturevalue(request.param))
    shop = Shop(url, write_config(tmp_path, {"leads": LEADS, "sales": SALES}, METRICS), f"{TODAY}T08:30")
    with closing(shop.engine):
        yield shop


def _day(moment: object) -> date | None:
    return moment.replace(tzinfo=UTC).astimezone(BRUSSELS).date() if isinstance(moment, datetime) else None


@pytest.mark.parametrize("months", MONTHS)
def test_successes_within_months(months: int, shop: Shop) -> None:
    """Every day of entry on its own, the last days of months too, whose windows are clamped."""
    entries, successes = Counter[date](), Counter[date]()
    for row in rows()["leads"]:
        entered, succeeded = _day(row["created_at"]), _day(row["converted_at"])
        if entered is None or months_later(entered, months) > TODAY:
            continue
        entries[entered] += 1
        successes[entered] += succeeded is not None and entered <= succeeded < months_later(entered, months)
    days = [
        period.bounds()[0]
        for period in split(Period(date(2025, 1, 20), date(2025, 4, 5), Grain.DAY), Grain.DAY)
    ]
    series = shop.ask(f"won_{months} per day {days[0]}..{days[-1]}").series
    found = [(point.figure.numerator or 0, point.figure.denominator or 0) for point in series]
    assert found == [(successes[day], entries[day]) for day in days]
    every = shop.ask(f"won_{months} all time").figure
    assert (every.numerator, every.denominator) == (successes.total(), entries.total())


@pytest.mark.parametrize("months", MONTHS)
def test_customers_active_within_months(months: int, shop: Shop) -> None:
    """Those who ordered in the months before each end of a period."""
    orders = [(row["customer"], row["ordered_on"]) for row in rows()["orders"]]

    def active(end: date) -> set[object]:
        return {who for who, day in orders if months_later(end, -months) <= _date(day) < end}

    for start, end in ((date(2026, 2, 28), date(2026, 3, 31)), (date(2026, 3, 30), date(2026, 8, 31))):
        parts = shop.ask(f"lost_{months} {start}..{end - timedelta(days=1)}").figure.parts or {}
        assert parts["active_start"] == len(active(start))
        assert parts["active_end"] == len(active(end))
        assert parts["lost"] == len(active(start) - active(end))


def _date(value: object) -> date:
    assert isinstance(value, date)
    return value


def test_pairs_within_months(shop: Shop) -> None:
    """The later purchase falls at most a month after the earlier one, that day included."""
    bought = {
        (row["rep_id"], row["customer"], _date(row["ordered_on"]))
        for row in rows()["orders"]
        if row["rep_id"] is not None and date(2026, 1, 1) <= _date(row["ordered_on"]) < date(2026, 4, 1)
    }
    baskets: dict[frozenset[object], set[object]] = {}
    for rep, one, day in bought:
        for basket, other, later in bought:
            if rep == basket and one != other and day <= later <= months_later(day, 1):
                baskets.setdefault(frozenset((one, other)), set()).add(rep)
    groups = shop.ask("near 2026-01..2026-03").groups
    assert {frozenset(group.keys): (group.figure.parts or {})["joint"] for group in groups} == {
        pair: len(found) for pair, found in baskets.items()
    }
