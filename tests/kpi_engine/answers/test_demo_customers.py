"""The metrics about customers on the demo company, each against plain Python over the rows.

Nothing here uses the engine's SQL, planner or calendar.
"""

from __future__ import annotations

import itertools
import math
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.playground.company import demo_database
from kpi_engine.answers.findings.at_risk import AtRisk
from kpi_engine.answers.findings.best_member import BestMember
from kpi_engine.answers.findings.proposed_window import ProposedWindow
from kpi_engine.answers.findings.reconciliation import Reconciliation
from kpi_engine.answers.findings.responses import Responses
from kpi_engine.answers.findings.rolling_score import RollingScore
from kpi_engine.domain.horizon import Horizon
from tests.shop import SHIPPED, Shop

END = date(2026, 11, 22)
BRUSSELS = ZoneInfo("Europe/Brussels")
MONTHS = [date(year, month, 1) for year in (2025, 2026) for month in range(1, 13)][:19]
YEAR = timedelta(days=365)

Row = dict[str, object]
Values = dict[object, float | None]
"""A value per member (None: everything)."""

CUSTOMER_METRICS = (
    "lead_quality",
    "upsell_rate",
    "cross_sell_rate",
    "upsell_revenue",
    "cross_sell_revenue",
    "attach_rate",
    "profit",
    "profit_margin",
    "cac",
    "churn",
    "contract_churn",
    "nps",
    "response_rate",
)


@pytest.fixture(scope="module")
def shop() -> Iterable[Shop]:
    shop = Shop(f"sqlite:///{demo_database(END)}", SHIPPED, "2026-11-23T08:30")
    yield shop
    shop.engine.close()


def _day(utc: object) -> date | None:
    if utc is None:
        return None
    return datetime.fromisoformat(str(utc)).replace(tzinfo=UTC).astimezone(BRUSSELS).date()


def _following(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _ratio(above: float, below: float) -> float | None:
    return above / below if below else None


class Customers:
    """The rows, each with its local day and the member of every dimension it is split by here."""

    def __init__(self) -> None:
        with closing(sqlite3.connect(demo_database(END))) as connection:
            connection.row_factory = sqlite3.Row
            read = lambda table: [dict(row) for row in connection.execute(f"select * from {table}")]  # noqa: E731
            self.customers = {row["id"]: row for row in read("customers")}
            self.all_leads = {row["id"]: row for row in read("leads")}
            self.leads = [row for row in read("leads") if row["status"] not in ("spam", "duplicate")]
            orders = {row["id"]: row for row in read("orders") if row["status"] != "cancelled"}
            categories = {row["id"]: row["category_id"] for row in read("products")}
            lines, self.answers = read("order_lines"), read("nps_answers")
            self.service, self.marketing, self.selling = (
                read("service_costs"),
                read("marketing_costs"),
                read("sales_costs"),
            )
            reps = {row["id"]: row["region_id"] for row in read("reps")}
            self.contracts = read("service_contracts")
        for lead in self.leads:
            lead["day"], lead["qualified"] = _day(lead["created_at"]), _day(lead["qualified_at"])
        for order in orders.values():
            order["day"] = date.fromisoformat(str(order["ordered_at"])[:10])
            self._add_customer(order)
        self.orders = sorted(
            (order for order in orders.values() if order["status"] != "credit"),
            key=lambda order: (str(order["ordered_at"]), order["id"]),
        )
        seen: set[object] = set()
        for order in self.orders:
            order["existing"] = order["customer_id"] in seen
            order["first"] = order["customer_id"] not in seen
            order["categories"] = set()
            seen.add(order["customer_id"])
        self.lines = []
        for line in lines:
            order = orders.get(line["order_id"])
            if order is not None:
                self.lines.append({**order, **line, "existing": order.get("existing", False)})
                order.setdefault("categories", set()).add(categories[line["product_id"]])  # type: ignore[attr-defined]
        for cost in self.service:
            cost["day"] = date.fromisoformat(str(cost["booked_on"]))
            cost["rep_id"] = self.customers[cost["customer_id"]]["rep_id"]
            self._add_customer(cost)
        for cost in (*self.marketing, *self.selling):
            cost["day"] = date.fromisoformat(str(cost["month"]))
        for cost in self.selling:
            cost["region_id"] = reps[cost["rep_id"]]
        for answer in self.answers:
            answer["day"], answer["sent"] = _day(answer["answered_at"]), _day(answer["sent_at"])

    def _add_customer(self, row: Row) -> None:
        customer = self.customers[row["customer_id"]]
        row["region_id"], row["segment"] = customer["region_id"], customer["segment"]

    def contracted(self, at: date, by: str | None) -> dict[object, set[object]]:
        """Who has a contract on a day, by the customer's own member."""
        found: dict[object, set[object]] = defaultdict(set)
        for row in self.contracts:
            if str(row["started_on"]) <= str(at) and (
                row["ends_on"] is None or str(at) <= str(row["ends_on"])
            ):
                member = self.customers[row["customer_id"]][by] if by else None
                found[member].add(row["customer_id"])
        return found

    def active(self, at: date, by: str | None) -> dict[object, set[object]]:
        """Who ordered in the year before, by the customer's own member."""
        found: dict[object, set[object]] = defaultdict(set)
        for order in self.orders:
            if at - YEAR <= order["day"] < at:  # type: ignore[operator]
                member = self.customers[order["customer_id"]][by] if by else None
                found[member].add(order["customer_id"])
        return found


@pytest.fixture(scope="module")
def customers() -> Customers:
    return Customers()


def _in(rows: Iterable[Row], month: date, key: str = "day") -> list[Row]:
    return [row for row in rows if row[key] is not None and month <= row[key] < _following(month)]  # type: ignore[operator]


def _by(rows: Iterable[Row], by: str | None) -> dict[object, list[Row]]:
    found: dict[object, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[by] if by else None].append(row)
    return found


def _buyers(rows: Iterable[Row], mark: str | None = None) -> set[object]:
    return {row["customer_id"] for row in rows if row["existing"] and (mark is None or row["mark"] == mark)}


def _amount(rows: Iterable[Row], column: str = "amount") -> float:
    return math.fsum(float(str(row[column])) for row in rows)


def _rate(rows: dict[object, list[Row]], value: Callable[[list[Row]], float | None]) -> Values:
    return {member: value(found) for member, found in rows.items()}


def _expected(data: Customers, metric: str, month: date, by: str | None) -> Values:
    sold = _by([line for line in _in(data.lines, month) if line["status"] != "credit"], by)
    match metric:
        case "lead_quality":
            return _rate(
                _by(_in(data.leads, month), by),
                lambda rows: _ratio(
                    sum(
                        1
                        for row in rows
                        if row["qualified"] and 0 <= (row["qualified"] - row["day"]).days < 30
                    ),  # type: ignore[operator]
                    len(rows),
                ),
            )
        case "upsell_rate" | "cross_sell_rate":
            mark = "upsell" if metric == "upsell_rate" else "cross-sell"
            return _rate(sold, lambda rows: _ratio(len(_buyers(rows, mark)), len(_buyers(rows))))
        case "upsell_revenue" | "cross_sell_revenue":
            mark = "upsell" if metric == "upsell_revenue" else "cross-sell"
            return _rate(sold, lambda rows: _amount(r for r in rows if r["existing"] and r["mark"] == mark))
        case "attach_rate":
            return _rate(
                _by(_in(data.orders, month), by),
                lambda rows: _ratio(sum(len(row["categories"]) >= 2 for row in rows), len(rows)),  # type: ignore[arg-type]
            )
        case "profit" | "profit_margin":
            return _profits(data, month, by, margin=metric == "profit_margin")
        case "cac":
            cost = _by([*_in(data.marketing, month), *_in(data.selling, month)], by)
            new = _by([order for order in _in(data.orders, month) if order["first"]], by)
            return {member: _ratio(_amount(cost[member]), len(new[member])) for member in {*cost, *new}}
        case "churn":
            start, end = data.active(month, by), data.active(_following(month), by)
            everybody = data.active(_following(month), None)[None]
            return {
                member: _ratio(len(start[member] - everybody), len(start[member]))
                for member in {*start, *end}
            }
        case "contract_churn":
            start, end = data.contracted(month, by), data.contracted(_following(month), None)[None]
            return {member: _ratio(len(found - end), len(found)) for member, found in start.items()}
        case "nps":
            return _rate(_by([a for a in _in(data.answers, month) if a["score"] is not None], by), _score)
        case "response_rate":
            return _rate(
                _by(_in(data.answers, month, "sent"), by),
                lambda rows: _ratio(sum(row["answered_at"] is not None for row in rows), len(rows)),
            )
    raise AssertionError(metric)


def _profits(data: Customers, month: date, by: str | None, *, margin: bool) -> Values:
    lines, service = _by(_in(data.lines, month), by), _by(_in(data.service, month), by)
    found: Values = {}
    for member in {*lines, *service}:
        revenue = _amount(lines[member])
        profit = revenue - _amount(lines[member], "cost") - _amount(service[member])
        found[member] = (_ratio(profit, revenue) if revenue > 0 else None) if margin else profit
    return found


def _score(rows: list[Row]) -> float | None:
    promoters = sum(row["score"] >= 9 for row in rows)  # type: ignore[operator]
    detractors = sum(row["score"] <= 6 for row in rows)  # type: ignore[operator]
    return _ratio(100 * (promoters - detractors), len(rows))


@pytest.mark.parametrize("metric", CUSTOMER_METRICS)
def test_each_month_equals_plain_python(metric: str, shop: Shop, customers: Customers) -> None:
    """Nineteen months, month by month."""
    expected = [_expected(customers, metric, month, None).get(None) for month in MONTHS]
    assert None not in expected
    series = shop.series(f"{metric} per month 2025-01..2026-07")
    assert series == pytest.approx(expected, rel=1e-9)
    assert len(set(series)) > 1


@pytest.mark.parametrize("metric", CUSTOMER_METRICS)
@pytest.mark.parametrize(
    ("by", "column"), [("rep", "rep_id"), ("region", "region_id"), ("segment", "segment")]
)
def test_each_group_equals_plain_python(
    metric: str, by: str, column: str, shop: Shop, customers: Customers
) -> None:
    """Each rep, region and segment in a usual month and in December; a metric without the split says so."""
    if by not in shop.catalogue.metrics[metric].dimensions:
        assert (metric, by) in {("cac", "rep"), ("cac", "segment")}
        return
    for month in (date(2026, 3, 1), date(2025, 12, 1)):
        expected = _expected(customers, metric, month, column)
        groups = {
            group.keys[0]: group.figure.value for group in shop.ask(f"{metric} by {by} {month:%Y-%m}").groups
        }
        assert set(expected) <= set(groups)
        for member, value in groups.items():
            wanted = expected.get(
                member, 0.0 if metric in ("profit", "upsell_revenue", "cross_sell_revenue") else None
            )
            assert value == (None if wanted is None else pytest.approx(wanted, rel=1e-9, abs=1e-9)), (
                month,
                member,
            )


def test_loss_makers_are_counted_and_named(shop: Shop, customers: Customers) -> None:
    """Each customer's profit of October, in plain Python."""
    profits = {
        member: value
        for member, value in _profits(customers, date(2026, 10, 1), "customer_id", margin=False).items()
        if value is not None
    }
    losses = sorted((value, member) for member, value in profits.items() if value < 0)
    *_, losing, best = shop.ask("profit 2026-10").findings
    assert (losing.count, losing.customers) == (len(losses), len(profits))
    assert losing.total == pytest.approx(math.fsum(value for value, _ in losses))
    assert [value for _, value in losing.worst] == pytest.approx([value for value, _ in losses[:3]])
    names = [customers.customers[member]["name"] for _, member in losses[:3]]
    assert [name for name, _ in losing.worst] == names
    top = sorted(profits.values(), reverse=True)[: math.ceil(len(profits) / 5)]
    assert best.part == pytest.approx(math.fsum(top) / math.fsum(profits.values()))
    ordered = sorted(profits.values(), reverse=True)
    sums = [math.fsum(ordered[: math.ceil(len(ordered) * step / 10)]) for step in range(1, 11)]
    assert [part for _, part in best.curve] == pytest.approx([total / sums[-1] for total in sums])
    assert best.curve[-1] == (1, pytest.approx(1))


def test_the_waits_between_orders_and_who_is_at_risk(shop: Shop, customers: Customers) -> None:
    """Nearest-rank percentiles of the days between a customer's order days before the end, and who waits longer."""
    end = date(2026, 11, 1)
    days: dict[object, set[date]] = defaultdict(set)
    for order in customers.orders:
        if order["day"] < end:  # type: ignore[operator]
            days[order["customer_id"]].add(order["day"])  # type: ignore[arg-type]
    waits = sorted(
        (late - early).days for found in days.values() for early, late in itertools.pairwise(sorted(found))
    )
    p80, p90 = (waits[math.ceil(share * len(waits)) - 1] for share in (0.8, 0.9))
    last = [max(found) for found in days.values()]
    risky = sum(end - YEAR <= day < end - timedelta(days=p80) for day in last)
    active = len(customers.active(end, None)[None])
    _, *findings = shop.ask("churn 2026-10").findings
    assert findings == [AtRisk(risky, active, p80), ProposedWindow(Horizon(days=365), p80, p90, len(waits))]
    assert 0 < risky < active
    reconciled, best = shop.ask("churn by region 2026-10").findings  # the waits are told of all customers
    assert isinstance(reconciled, Reconciliation)
    assert isinstance(best, BestMember)


def test_the_rolling_score_is_that_of_three_months(shop: Shop) -> None:
    """The same counts as a question about them; a quarter has none of its own."""
    _, rolling = shop.ask("nps 2026-10").findings
    assert isinstance(rolling, RollingScore)
    assert rolling.figure == shop.ask("nps 2026-08..2026-10").figure
    (asked,) = shop.ask("nps 2026-Q3").findings
    assert isinstance(asked, Responses)
    _, running = shop.ask("nps this month").findings
    assert isinstance(running, RollingScore)
    assert running.figure == shop.ask("nps 2026-09..2026-11").figure


@pytest.mark.parametrize(
    "period", ["2026-10", "2026-Q3", "2025", "2024", "2024-01..2025-12", "2026-W40", "this month"]
)
def test_churn_reconciles_with_the_lists_of_customers(period: str, shop: Shop, customers: Customers) -> None:
    """Each part equals the size of a set of customers, and end = start - lost + new + returned."""
    answer = shop.ask(f"churn {period}")
    window = answer.window
    assert window.start
    assert window.end
    start, end = customers.active(window.start, None)[None], customers.active(window.end, None)[None]
    new = {o["customer_id"] for o in customers.orders if o["first"] and window.start <= o["day"] < window.end}  # type: ignore[operator]
    ever = {o["customer_id"] for o in customers.orders if o["day"] < window.start}  # type: ignore[operator]
    parts = answer.figure.parts
    assert parts == {
        "active_start": len(start),
        "lost": len(start - end),
        "new": len(new),
        "returned": len(end - start - new),
        "gone": len(new - end),
        "active_end": len(end),
        "ever": len(ever | new),
        "inactive": pytest.approx(1 - len(end) / len(ever | new)),
    }
    gained, lost = parts["new"] + parts["returned"], parts["lost"] + parts["gone"]
    assert parts["active_end"] == parts["active_start"] + gained - lost
    assert answer.figure.value == len(start - end) / len(start)


def _acquired(data: Customers, until: date, by: str | None) -> dict[object, dict[str, float]]:
    """What winning the customers of each member cost, and what they brought, of those whose lead's cost is known."""
    costs: dict[object, float] = defaultdict(float)
    for row in data.marketing:
        costs[row["day"], row["source_id"]] += float(str(row["amount"]))
    begin = min(month for month, _ in costs)
    batches: dict[object, tuple[date, object]] = {}
    for customer in {order["customer_id"] for order in data.orders}:
        lead = data.all_leads.get(data.customers[customer]["lead_id"])
        day = _day(lead["created_at"]) if lead else None
        if lead and day and day >= begin and lead["source_id"] is not None:
            batches[customer] = (day.replace(day=1), lead["source_id"])
    won = Counter(batches.values())
    found: dict[object, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for order in data.orders:
        customer = order["customer_id"]
        if order["first"] and order["day"] < until and customer in batches:  # type: ignore[operator]
            parts = found[data.customers[customer][by] if by else None]
            parts["cost"] += costs[batches[customer]] / won[batches[customer]]
            parts["customers"] += 1
    for rows, sign in ((data.lines, 1), (data.service, -1)):
        for row in rows:
            customer = row["customer_id"]
            if row["day"] < until and customer in batches:  # type: ignore[operator]
                parts = found[data.customers[customer][by] if by else None]
                amount = float(str(row["amount"]))
                parts["revenue"] += amount if sign > 0 else 0
                parts["cm2"] += sign * amount - (float(str(row["cost"])) if sign > 0 else 0)
    return found


@pytest.mark.parametrize(("by", "column"), [(None, None), ("segment", "segment"), ("region", "region_id")])
@pytest.mark.parametrize(
    ("period", "until"), [("all time", date(2026, 11, 24)), ("2026-03", date(2026, 4, 1))]
)
def test_acquisition_cost_against_revenue_so_far(
    by: str | None, column: str | None, period: str, until: date, shop: Shop, customers: Customers
) -> None:
    """Each member's customers, their share of the cost of their lead's month and source, and what they brought."""
    expected = _acquired(customers, until, column)
    answer = shop.ask(f"acquisition_return {f'by {by}' if by else ''} {period}")
    figures = {group.keys[0]: group.figure for group in answer.groups} if by else {None: answer.figure}
    assert set(expected) <= set(figures)
    assert len(expected) > 1 or by is None
    for member, parts in expected.items():
        figure = figures[member]
        assert figure.value == pytest.approx(parts["revenue"] / parts["cost"])
        assert figure.parts["acquired"] == parts["customers"]
        assert figure.parts["cm3"] == pytest.approx(parts["cm2"] - parts["cost"])
    profit = shop.ask(f"profit {period}").figure.parts
    assert profit["cm3"] == pytest.approx(sum(parts["cm2"] - parts["cost"] for parts in expected.values()))
    if period == "all time":
        spent = math.fsum(float(str(row["amount"])) for row in customers.marketing)
        assert profit["acquisition"] + profit["unallocated"] == pytest.approx(spent)
