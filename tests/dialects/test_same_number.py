"""The same question gives the same number on every database."""

from __future__ import annotations

import math
from contextlib import closing
from datetime import UTC, date
from pathlib import Path

import pytest

from kpi_engine.domain.answer import Answer
from tests.dialects.conftest import rows
from tests.shop import BRUSSELS, Shop, write_config

MODELS = {
    "reps": "name: reps\ntable: reps\nkey: id\ndimensions: {region: region}\nmembers: {rep: {label: name}}\n",
    "leads": """
name: leads
table: leads
key: id
time: created_at
zone: UTC
columns: {converted_at: converted_at}
joins: {rep: {model: reps, on: {rep_id: id}}}
dimensions: {rep: rep_id, region: rep.region, source: source}
measures:
  created: {agg: count}
  zoned: {agg: count, time: created_zoned}
""",
    "sales": """
name: sales
table: orders
key: id
time: ordered_on
where: "status = 'paid' and customer not like '%:x'"
columns:
  worth: {sql: "amount * 2 / 2", type: money}
joins: {rep: {model: reps, on: {rep_id: id}}}
dimensions: {rep: rep_id, region: rep.region, customer: customer}
measures:
  value: {agg: sum, of: worth}
  orders: {agg: count_distinct, of: id}
  new_customers: {agg: count_distinct, of: customer, first: {per: customer, event: id}}
  middle: {agg: median, of: amount}
  mean: {agg: avg, of: amount}
  least: {agg: min, of: amount}
  most: {agg: max, of: amount}
  large: {agg: count, where: "amount > 500"}
""",
    "activity": """
name: activity
query: "select id, customer, ordered_on from orders where status = 'paid'"
key: id
time: ordered_on
dimensions: {customer: customer}
measures:
  customers: {agg: count_distinct, of: customer}
  new_customers: {agg: count_distinct, of: customer, first: {per: customer, event: id}}
""",
    "orders": "name: orders\ntable: orders\nkey: id\nwhere: status = 'paid'\n",
    "purchases": """
name: purchases
table: order_lines
key: id
columns:
  paid: {sql: "amount * 1e0 / nullif(pieces, 0)"}
joins: {order: {model: orders, on: {order_id: id}, required: true}}
time: order.ordered_on
dimensions: {rep: order.rep_id, customer: order.customer, category: category}
history: {customer: order.customer, order: order_id, category: category, level: paid}
measures:
  existing_buyers: {agg: count_distinct, of: order.customer, when: existing}
  upsold: {agg: count_distinct, of: order.customer, when: upsell}
  cross_sold: {agg: count_distinct, of: order.customer, when: cross_sell}
  upsell_value: {agg: sum, of: amount, when: upsell}
  cross_sell_value: {agg: sum, of: amount, when: cross_sell}
  typical: {agg: median, of: amount, when: existing}
""",
    "costs": """
name: marketing_costs
table: costs
key: id
time: month
grain: month
dimensions: {source: source}
measures: {amount: {agg: sum, of: amount}}
""",
}
MODELS["marked"] = (
    MODELS["purchases"]
    .replace("name: purchases", "name: marked")
    .replace(
        "level: paid}",
        "level: paid, min_uplift: 0, mark: {column: mark, upsell: [upsell], cross_sell: [cross-sell]}}",
    )
)


def _simple(name: str, measure: str) -> str:
    text = "name: {0}\nkind: simple\nunit: count\nbetter: up\ntitle: {{en: {0}}}\ndescription: {{en: {0}}}\n"
    return (
        text.format(name)
        + f"measure: {{model: {measure.split('.', maxsplit=1)[0]}, measure: {measure.split('.')[1]}}}\n"
    )


METRICS = {
    name: _simple(name, measure)
    for name, measure in {
        "middle": "sales.middle",
        "mean": "sales.mean",
        "least": "sales.least",
        "most": "sales.most",
        "large": "sales.large",
        "zoned": "leads.zoned",
        "typical": "purchases.typical",
        "marked_up": "marked.upsell_value",
        "marked_across": "marked.cross_sell_value",
    }.items()
}
_HEAD = "name: {0}\nkind: {1}\nunit: {2}\nbetter: up\ntitle: {{en: {0}}}\ndescription: {{en: {0}}}\n"
METRICS |= {
    "lost": _HEAD.format("lost", "retention", "share")
    + "active: {model: activity, measure: customers}\n"
    + "new: {model: activity, measure: new_customers}\nwithin: 60\n",
    "boughtwith": _HEAD.format("boughtwith", "affinity", "ratio")
    + "value: {model: sales, measure: value}\nbasket: rep_id\nitem: customer\nmin_joint: 1\nq: null\n",
    "near": _HEAD.format("near", "affinity", "ratio")
    + "value: {model: sales, measure: value}\nbasket: rep_id\nitem: customer\nmin_joint: 2\nq: null\n"
    + "within: {months: 1}\n",
    "won": _HEAD.format("won", "cohort", "share")
    + "entered: {model: leads, measure: created}\nsucceeded: converted_at\nwithin: {months: 1}\n",
    "earned": _HEAD.format("earned", "layers", "money")
    + "revenue: {model: sales, measure: value}\ngoods: {model: sales, measure: least}\n",
    "feeling": _HEAD.format("feeling", "score", "score")
    + "promoters: {model: sales, measure: large}\ndetractors: {model: sales, measure: new_customers}\n"
    + "answers: {model: sales, measure: orders}\n",
    "both": _HEAD.format("both", "ratio", "ratio")
    + "numerator: {model: sales, measure: value}\nplus: [{model: sales, measure: orders}]\n"
    + "denominator: {model: leads, measure: created}\n",
}
QUESTIONS = [
    f"{metric} {rest}"
    for metric in (
        "leads",
        "zoned",
        "sales",
        "orders",
        "average_order_value",
        "new_customers",
        "middle",
        "mean",
        "least",
        "most",
        "large",
        "conversion",
    )
    for rest in (
        "2026-03",
        "per month 2025-01..2026-10",
        "by rep 2026-10",
        "by region 2026 vs 2025",
        "per week last 12 weeks",
        "all time",
        "this month",
    )
]
QUESTIONS += [
    f"{metric} {rest}"
    for metric in (
        "upsell_rate",
        "cross_sell_rate",
        "upsell_revenue",
        "cross_sell_revenue",
        "typical",
        "marked_up",
        "marked_across",
    )
    for rest in (
        "per month 2025-01..2026-10",
        "by rep 2026",
        "by category all time",
        "rep:Bo by customer 2026",
    )
]
QUESTIONS += [
    "lost 2026-03",
    "lost by customer 2026-03",
    "boughtwith 2026-03",
    "boughtwith region:Noord 2026-02..2026-04",
    "near 2026-03..2026-04",
    "won per month 2025-01..2026-10",
    "won by rep all time",
    "lost per month 2025-01..2026-10",
    "lost this month",
    "earned by rep 2026-10",
    "feeling per month 2026-01..2026-06",
    "both by region 2026-03",
    "leads by source 2026",
    "leads per day 2026-03-27..2026-04-01",
    "leads per day 2026-10-23..2026-10-28",
    "leads source:web 2026",
    "leads -source:WEB 2026",
    'leads source:"O\'Neill 100%" 2026',
    "cost_per_lead by source 2026-09",
    "cost_per_lead this month",
    "cost_per_lead per week 2026-W01..2026-W10",
]


def _shop(url: str, folder: Path) -> Shop:
    return Shop(url, write_config(folder, MODELS, METRICS), "2026-11-23T08:30")


def _numbers(answer: Answer) -> dict[str, float]:
    """Every number of an answer; no data is not a number."""
    found = {"total": answer.figure.value}
    found |= {f"{entry.to} {entry.period}": entry.figure.value for entry in answer.comparisons}
    found |= {f"{point.period}": point.figure.value for point in answer.series}
    found |= {f"{group.keys}": group.figure.value for group in answer.groups}
    return {name: math.nan if value is None else value for name, value in found.items()}


@pytest.fixture(scope="module")
def expected(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """Each question with SQLite's numbers."""
    shop = _shop(sqlite_url, tmp_path_factory.mktemp("expected"))
    with closing(shop.engine):
        assert shop.value("leads 2026-03")
        assert 0.05 < (shop.value("upsell_rate 2026-03") or 0) < 0.95
        assert len(shop.groups("leads by source 2026")) == 6
        return {question: _numbers(shop.ask(question)) for question in QUESTIONS}


@pytest.mark.parametrize(
    "other",
    [
        "duckdb_url",
        pytest.param("postgresql_url", marks=pytest.mark.postgresql),
        pytest.param("mysql_url", marks=pytest.mark.mysql),
    ],
)
def test_the_same_question_gives_the_same_number(
    other: str, expected: dict[str, dict[str, float]], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Every aggregate, grouping and time zone agrees with SQLite to a millionth."""
    shop = _shop(str(request.getfixturevalue(other)), tmp_path)
    with closing(shop.engine):
        for question, numbers in expected.items():
            assert numbers == pytest.approx(_numbers(shop.ask(question)), rel=1e-6, nan_ok=True), question


@pytest.mark.parametrize(
    "name",
    [
        "sqlite_url",
        "duckdb_url",
        pytest.param("postgresql_url", marks=pytest.mark.postgresql),
        pytest.param("mysql_url", marks=pytest.mark.mysql),
    ],
)
def test_zoned_and_naive_moments_agree(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A UTC moment without zone and the same one with zone fall in the same month and day."""
    shop = _shop(str(request.getfixturevalue(name)), tmp_path)
    for rest in ("per month 2025-01..2026-10", "per day 2026-10-20..2026-10-30"):
        assert shop.series(f"leads {rest}") == shop.series(f"zoned {rest}")
    shop.engine.close()


def test_the_nights_when_the_clock_changes(
    sqlite_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A day of 23 hours and one of 25 hold the leads that plain Python puts there."""
    shop = _shop(sqlite_url, tmp_path)
    created = [row["created_at"].replace(tzinfo=UTC).astimezone(BRUSSELS).date() for row in rows()["leads"]]
    for day in (
        date(2026, 3, 28),
        date(2026, 3, 29),
        date(2026, 3, 30),
        date(2026, 10, 24),
        date(2026, 10, 25),
    ):
        assert shop.value(f"leads {day}") == created.count(day)
    shop.engine.close()
