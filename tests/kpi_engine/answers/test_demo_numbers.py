"""Every metric on the demo company equals an independent computation: plain Python over the rows.

Nothing here uses the engine's SQL, planner or calendar; moments are shifted with zoneinfo.
"""

from __future__ import annotations

import sqlite3
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.playground.company import demo_database
from tests.kpi_engine.answers.test_demo_customers import CUSTOMER_METRICS
from tests.shop import SHIPPED, Shop

END = date(2026, 11, 22)
MONTHS = [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13)][:22]
BRUSSELS = ZoneInfo("Europe/Brussels")

Row = dict[str, object]
Cell = Callable[[Row], object]


@pytest.fixture(scope="module")
def shop() -> Iterable[Shop]:
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


def _rows(statement: str) -> list[Row]:
    with closing(sqlite3.connect(demo_database(END))) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(statement)]


def _local_day(utc: object) -> date:
    return datetime.fromisoformat(str(utc)).replace(tzinfo=UTC).astimezone(BRUSSELS).date()


class Company:
    """The demo company's rows with their local days, and every metric by any key."""

    def __init__(self) -> None:
        self.reps = {row["id"]: row for row in _rows("select * from reps")}
        self.leads = [
            row for row in _rows("select * from leads") if row["status"] not in ("spam", "duplicate")
        ]
        for lead in self.leads:
            lead["day"] = _local_day(lead["created_at"])
            lead["qualified"] = _local_day(lead["qualified_at"]) if lead["qualified_at"] else None
            lead["converted"] = _local_day(lead["converted_at"]) if lead["converted_at"] else None
        regions = {row["id"]: row["region_id"] for row in _rows("select id, region_id from leads")}
        self.opportunities = _rows("select * from opportunities")
        for opportunity in self.opportunities:
            opportunity["day"] = _local_day(opportunity["created_at"])
            opportunity["closed"] = _local_day(opportunity["closed_at"]) if opportunity["closed_at"] else None
            opportunity["region_id"] = regions[opportunity["lead_id"]]
        customers = {row["id"]: row["region_id"] for row in _rows("select id, region_id from customers")}
        orders = {row["id"]: row for row in _rows("select * from orders") if row["status"] != "cancelled"}
        for order in orders.values():
            order["day"] = date.fromisoformat(str(order["ordered_at"])[:10])
            order["region_id"] = customers[order["customer_id"]]
        self.orders = [order for order in orders.values() if order["status"] != "credit"]
        lines = _rows("select order_id, amount from order_lines")
        self.lines = [
            orders[line["order_id"]] | {"amount": line["amount"]}
            for line in lines
            if line["order_id"] in orders
        ]
        self.costs = [
            row | {"day": date.fromisoformat(str(row["month"])[:10])}
            for row in _rows("select * from marketing_costs")
        ]

    def firsts(self) -> list[Row]:
        first: dict[object, Row] = {}
        for order in sorted(self.orders, key=lambda order: (str(order["ordered_at"]), order["id"])):
            first.setdefault(order["customer_id"], order)
        return list(first.values())


@pytest.fixture(scope="module")
def company() -> Company:
    return Company()


def _month(day: object) -> str:
    return str(day)[:7]


def _count(rows: Iterable[Row], by: str | None, day: str = "day") -> Counter[tuple[str, object]]:
    return Counter((_month(row[day]), row[by] if by else "all") for row in rows if row[day] is not None)


def _sum(rows: Iterable[Row], by: str | None) -> dict[tuple[str, object], float]:
    totals: dict[tuple[str, object], float] = defaultdict(float)
    for row in rows:
        totals[_month(row["day"]), row[by] if by else "all"] += float(str(row["amount"]))
    return totals


def _ratio(
    above: dict[tuple[str, object], float], below: dict[tuple[str, object], float]
) -> dict[tuple[str, object], float | None]:
    return {key: (above.get(key, 0) / below[key] if below.get(key) else None) for key in {*above, *below}}


def _expected(company: Company, metric: str, by: str | None) -> dict[tuple[str, object], float | None]:
    won = [row for row in company.opportunities if row["stage"] == "won"]
    closed = [row for row in company.opportunities if row["stage"] in ("won", "lost")]
    in_time = [
        row for row in company.leads if row["converted"] and 0 <= (row["converted"] - row["day"]).days < 90
    ]
    match metric:
        case "leads":
            return dict(_count(company.leads, by))
        case "prospects":
            return dict(_count(company.leads, by, "qualified"))
        case "opportunities":
            return dict(_count(company.opportunities, by))
        case "sales":
            return dict(_sum(company.lines, by))
        case "orders":
            return dict(_count(company.orders, by))
        case "average_order_value":
            return _ratio(_sum(company.lines, by), _count(company.orders, by))
        case "new_customers":
            return dict(_count(company.firsts(), by))
        case "won":
            return dict(_count(won, by, "closed"))
        case "win_rate":
            return _ratio(_count(won, by, "closed"), _count(closed, by, "closed"))
        case "sales_cycle":
            return _days_to_won(won, by, statistics.median)
        case "sales_cycle_mean":
            return _days_to_won(won, by, statistics.fmean)
        case "conversion":
            return _ratio(_count(in_time, by), _count(company.leads, by))
        case "conversion_period":
            return _ratio(_count(company.firsts(), by), _count(company.leads, by))
        case "cost_per_lead":
            return _ratio(_sum(company.costs, by), _count(company.leads, by))
        case "cost_per_conversion":
            return _ratio(_sum(company.costs, by), _count(company.firsts(), by))
    raise AssertionError(metric)


def _days_to_won(
    won: list[Row], by: str | None, middle: Callable[[list[int]], float]
) -> dict[tuple[str, object], float | None]:
    days: dict[tuple[str, object], list[int]] = defaultdict(list)
    for deal in won:
        wait = (deal["closed"] - deal["day"]).days  # type: ignore[operator]
        if wait >= 0:
            days[_month(deal["closed"]), deal[by] if by else "all"].append(wait)
    return {key: middle(found) for key, found in days.items()}


METRICS = (
    "leads",
    "prospects",
    "opportunities",
    "sales",
    "orders",
    "average_order_value",
    "new_customers",
    "won",
    "win_rate",
    "conversion",
    "conversion_period",
    "cost_per_lead",
    "cost_per_conversion",
    "sales_cycle",
    "sales_cycle_mean",
)
ZERO_WHEN_EMPTY = {"leads", "prospects", "opportunities", "sales", "orders", "new_customers", "won"}


def test_every_shipped_metric_is_checked_here(shop: Shop) -> None:
    """A metric that is added gets its independent computation too."""
    assert {*METRICS, *CUSTOMER_METRICS, "acquisition_return", "pairs"} == set(shop.catalogue.metrics)


@pytest.mark.parametrize("metric", METRICS)
def test_each_month_equals_plain_python(metric: str, shop: Shop, company: Company) -> None:
    """22 months, month by month; of conversion those whose 90 days are over."""
    months = MONTHS[:19] if metric == "conversion" else MONTHS
    expected = _expected(company, metric, None)
    empty = 0.0 if metric in ZERO_WHEN_EMPTY else None
    wanted = [expected.get((month, "all"), empty) for month in months]
    assert None not in wanted
    assert shop.series(f"{metric} per month {months[0]}..{months[-1]}") == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("by", ["rep", "region"])
def test_each_group_equals_plain_python(metric: str, by: str, shop: Shop, company: Company) -> None:
    """Each rep and each region, months of two years, the missing member included."""
    if by not in shop.catalogue.metrics[metric].dimensions:
        assert metric.startswith("cost_per_")
        assert by == "rep"
        return
    expected = _expected(company, metric, f"{by}_id")
    months = ["2025-03", "2025-12", "2026-07"]
    answer = shop.ask(f"{metric} by {by} per month 2025-01..2026-07")
    empty = 0.0 if metric in ZERO_WHEN_EMPTY else None
    checked = 0
    for group in answer.groups:
        values = {_month(point.period.start): point.figure.value for point in group.series}
        for month in months:
            wanted = expected.get((month, group.keys[0]), empty)
            assert values[month] == (None if wanted is None else pytest.approx(wanted, rel=1e-9)), (
                group.labels,
                month,
            )
            checked += 1
    named = {key for month, key in expected if "2025-01" <= month <= "2026-07"}
    assert named <= {group.keys[0] for group in answer.groups}
    assert checked >= len(months) * (17 if by == "rep" else 4)


def test_the_running_month_stops_at_yesterday(shop: Shop, company: Company) -> None:
    """The 1st to the 22nd against the first fourteen working days of October (the 1st to the 20th)."""
    answer = shop.ask("sales this month")
    day_totals = Counter()
    for line in company.lines:
        day_totals[line["day"]] += line["amount"]
    assert answer.figure.value == pytest.approx(
        sum(v for d, v in day_totals.items() if date(2026, 11, 1) <= d <= END)
    )
    before = sum(v for d, v in day_totals.items() if date(2026, 10, 1) <= d <= date(2026, 10, 20))
    assert answer.comparisons[0].figure.value == pytest.approx(before)


def test_the_first_question_just_answers(shop: Shop, company: Company) -> None:
    """`conversion rep:anna` is Anna de Vries and the newest month whose ninety days are over."""
    answer = shop.ask("conversion rep:anna")
    anna = next(key for key, rep in company.reps.items() if rep["name"] == "Anna de Vries")
    july = [lead for lead in company.leads if lead["rep_id"] == anna and _month(lead["day"]) == "2026-07"]
    in_time = [
        lead for lead in july if lead["converted"] and 0 <= (lead["converted"] - lead["day"]).days < 90
    ]
    assert (answer.figure.numerator, answer.figure.denominator) == (len(in_time), len(july))
    assert str(answer.period.start) == "2026-07-01"


def test_targets_are_the_quotas(shop: Shop) -> None:
    """A rep's and a region's own quota; a team's and the company's are sums where they have none."""
    rows = _rows(
        "select q.*, r.team_id as home from quotas q left join reps r on r.id = q.rep_id where month like '2026-10%'"
    )
    by_region = {
        row["region_id"]: row["value"]
        for row in rows
        if row["metric"] == "sales" and row["region_id"] is not None
    }
    sales = [row for row in rows if row["metric"] == "sales" and row["rep_id"] is not None]
    answer = shop.ask("sales by rep 2026-10")
    quotas = {group.keys[0]: group.target.value for group in answer.groups if group.target}
    assert quotas == {row["rep_id"]: row["value"] for row in sales}
    regions = {
        group.keys[0]: group.target.value
        for group in shop.ask("sales by region 2026-10").groups
        if group.target
    }
    assert regions == by_region
    assert len(regions) == 4
    assert sum(regions.values()) == sum(row["value"] for row in sales)
    teams = {
        group.keys[0]: group.target.value
        for group in shop.ask("sales by team 2026-10").groups
        if group.target
    }
    assert teams == {key: sum(row["value"] for row in sales if row["home"] == key) for key in teams}
    assert len(teams) == 5
    assert answer.target is not None
    assert answer.target.value == sum(row["value"] for row in sales)
    assert answer.target.attainment == pytest.approx(answer.figure.value / answer.target.value)
    company_rate = next(
        row["value"]
        for row in rows
        if row["metric"] == "conversion" and row["rep_id"] is None and row["region_id"] is None
    )
    assert shop.ask("conversion 2026-07").target.value == company_rate
    assert shop.ask("conversion rep:anna").target is None
