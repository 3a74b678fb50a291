"""Each trap of counting on a shop of its own, with the number worked out by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from kpi_engine.domain.errors import AmbiguousNameError
from tests.shop import Shop, Tables, checked, write_config, write_tables

Open = Callable[..., Shop]

ORDERS = "id INTEGER, at TEXT, customer TEXT, rep, product TEXT, amount NUMERIC"
SALES = """name: sales
table: orders
key: id
time: at
dimensions: {customer: customer, rep: rep, product: product}
measures:
  value: {agg: sum, of: amount}
  orders: {agg: count, where: "amount > 0"}
  new_customers: {agg: count_distinct, of: customer, first: {per: customer, event: id}}
"""
REPS = "name: reps\ntable: reps\nkey: id\nmembers: {rep: {label: name}}\n"
LEADS = """name: leads
table: leads
key: id
time: at
dimensions: {source: source}
measures: {created: {agg: count}}
"""
COSTS = """name: marketing_costs
table: costs
key: id
time: month
grain: month
dimensions: {source: source}
measures: {amount: {agg: sum, of: amount}}
"""


@pytest.fixture
def open_shop(tmp_path: Path) -> Iterator[Open]:
    shops: list[Shop] = []

    def opened(tables: Tables, models: Mapping[str, str], now: str = "2026-11-23T08:30") -> Shop:
        url = write_tables(tmp_path / "shop.sqlite", tables)
        shops.append(Shop(url, write_config(tmp_path / "own", models), now))
        return shops[-1]

    yield opened
    for shop in shops:
        shop.engine.close()


def test_trap_fan_out(open_shop: Open) -> None:
    """Three lines of revenue and two of service of one customer.

    sold     A 10, A 20, A 30     = 60
    served   A 5,  A 4            =  9
    profit                        = 51

    Joined row by row the six pairs would give 120 - 27 = 93.
    """
    tables = {
        "orders": (ORDERS, [(n, "2026-10-05", "A", 1, "x", 10 * n) for n in (1, 2, 3)]),
        "service": ("id INTEGER, at TEXT, customer TEXT, amount NUMERIC", [(1, "2026-10-06", "A", 5), (2, "2026-10-07", "A", 4)]),
    }  # fmt: skip
    costs = SALES.replace("  orders:", '  cost: {agg: sum, of: "amount", where: "1 = 0"}\n  orders:')
    service = "name: service_costs\ntable: service\nkey: id\ntime: at\ndimensions: {customer: customer}\nmeasures: {amount: {agg: sum, of: amount}}\n"
    shop = open_shop(tables, {"sales": costs, "service_costs": service})
    answer = shop.ask("profit 2026-10")
    assert answer.figure.parts == {"revenue": 60, "cm1": 60, "cm2": 51, "cm3": None}
    assert shop.groups("profit by customer 2026-10") == {"A": 51}


def test_trap_double_count(open_shop: Open) -> None:
    """An order of two lines is one order, a customer of two orders one new customer.

    line  order  customer  product  amount
    1     1      A         x        10
    2     1      A         y        20
    3     2      A         x        30
    """
    lines = "id INTEGER, order_id INTEGER, at TEXT, customer TEXT, product TEXT, amount NUMERIC"
    rows = [(1, 1, "2026-10-05", "A", "x", 10), (2, 1, "2026-10-05", "A", "y", 20), (3, 2, "2026-10-06", "A", "x", 30)]  # fmt: skip
    model = SALES.replace("rep: rep, ", "").replace('{agg: count, where: "amount > 0"}', "{agg: count_distinct, of: order_id}").replace("event: id", "event: order_id")  # fmt: skip
    shop = open_shop({"orders": (lines, rows)}, {"sales": model})
    assert shop.value("orders 2026-10") == 2
    assert shop.value("average_order_value 2026-10") == 30
    assert shop.value("new_customers 2026-10") == 1
    assert shop.groups("orders by product 2026-10") == {"x": 2, "y": 1}


def test_trap_zero_denominator(open_shop: Open) -> None:
    """October has one order of 10, November none so far: no mean, and no 0 either."""
    shop = open_shop({"orders": (ORDERS, [(1, "2026-10-05", "A", 1, "x", 10)])}, {"sales": SALES})
    assert shop.value("average_order_value 2026-10") == 10
    assert shop.value("average_order_value 2026-11-01..2026-11-20") is None
    assert shop.value("sales 2026-11-01..2026-11-20") == 0


def test_trap_partial_month(open_shop: Open) -> None:
    """On Monday 5 October two working days are over (the 1st and 2nd), and two days of a weekend.

    September's first two working days are the 1st and 2nd: 10 + 20. The 100 of the 3rd are not
    compared with, the whole month's 1130 even less.
    """
    rows = [
        (1, "2026-09-01", "A", 1, "x", 10), (2, "2026-09-02", "A", 1, "x", 20), (3, "2026-09-03", "A", 1, "x", 100),
        (4, "2026-09-29", "A", 1, "x", 1000), (5, "2026-10-01", "A", 1, "x", 7), (6, "2026-10-05", "A", 1, "x", 500),
    ]  # fmt: skip
    shop = open_shop({"orders": (ORDERS, rows)}, {"sales": SALES}, "2026-10-05T08:30")
    answer = shop.ask("sales this month")
    assert answer.figure.value == 7, "the 5th isn't over"
    assert (answer.comparisons[0].figure.value, answer.comparisons[0].like_for_like) == (30, 2)


def test_trap_31_day_month(open_shop: Open) -> None:
    """The month before October is all of September, not the 31 days before; the 31st is October's.

    31 Aug 1000, 1 Sep 10, 30 Sep 20, 1 Oct 3, 31 Oct 4
    A cost of 310 for October is 10 a day: 1-30 October is 300.
    """
    days = [
        ("2026-08-31", 1000),
        ("2026-09-01", 10),
        ("2026-09-30", 20),
        ("2026-10-01", 3),
        ("2026-10-31", 4),
    ]
    tables = {
        "orders": (ORDERS, [(n, day, "A", 1, "x", amount) for n, (day, amount) in enumerate(days)]),
        "leads": ("id INTEGER, at TEXT, source TEXT", [(1, "2026-10-02", "web")]),
        "costs": ("id INTEGER, month TEXT, source TEXT, amount NUMERIC", [(1, "2026-10-01", "web", 310)]),
    }
    shop = open_shop(tables, {"sales": SALES, "leads": LEADS, "costs": COSTS})
    answer = shop.ask("sales 2026-10")
    assert (answer.figure.value, answer.comparisons[0].figure.value) == (7, 30)
    assert shop.series("sales per month 2026-08..2026-10") == [1000, 30, 7]
    assert shop.value("cost_per_lead 2026-10-01..2026-10-30") == pytest.approx(300)


def test_trap_clock_change(open_shop: Open) -> None:
    """25 October 2026 has 25 hours in Brussels, 29 March 23; stored in UTC.

    stored (UTC)          Brussels
    2026-03-28 22:59:59   28 March 23:59:59 (winter)
    2026-03-28 23:00:00   29 March 00:00
    2026-03-29 21:59:59   29 March 23:59:59 (summer)
    2026-03-29 22:00:00   30 March 00:00
    2026-10-24 21:59:59   24 October 23:59:59 (summer)
    2026-10-24 22:00:00   25 October 00:00
    2026-10-25 00:30:00   25 October 02:30, the first time
    2026-10-25 01:30:00   25 October 02:30, the second time
    2026-10-25 22:59:59   25 October 23:59:59 (winter)
    2026-10-25 23:00:00   26 October 00:00
    """
    moments = [
        "2026-03-28 22:59:59", "2026-03-28 23:00:00", "2026-03-29 21:59:59", "2026-03-29 22:00:00",
        "2026-10-24 21:59:59", "2026-10-24 22:00:00", "2026-10-25 00:30:00", "2026-10-25 01:30:00",
        "2026-10-25 22:59:59", "2026-10-25 23:00:00",
    ]  # fmt: skip
    tables = {"leads": ("id INTEGER, at TEXT, source TEXT", [(n, at, "web") for n, at in enumerate(moments)])}
    shop = open_shop(tables, {"leads": LEADS + "zone: UTC\n"})
    assert shop.series("leads per day 2026-03-28..2026-03-30") == [1, 2, 1]
    assert shop.series("leads per day 2026-10-24..2026-10-26") == [1, 4, 1]
    assert shop.value("leads 2026-10-25") == 4


def test_trap_late_row(open_shop: Open, tmp_path: Path) -> None:
    """An order of September that is entered in November counts in September, from then on."""
    shop = open_shop({"orders": (ORDERS, [(1, "2026-09-05", "A", 1, "x", 10)])}, {"sales": SALES})
    assert shop.series("sales per month 2026-09..2026-10") == [10, 0]
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection:
        connection.execute("INSERT INTO orders VALUES (2, '2026-09-30', 'B', 1, 'x', 5)")
        connection.commit()
    assert shop.series("sales per month 2026-09..2026-10") == [15, 0]


def test_trap_duplicate_key(tmp_path: Path) -> None:
    """A row that is there twice would count twice: check refuses the key instead."""
    row = (1, "2026-09-05", "A", 1, "x", 10)
    found = checked(tmp_path, {"orders": (ORDERS, [row, row])}, {"sales": SALES})
    (problem,) = [problem for problem in found if not problem.is_warning]
    assert problem.message == "id isn't unique: 2 rows have 1 values (1 repeat)."
    assert (problem.file, problem.line) == ("own/models/sales.yaml", 3)


def test_trap_missing_rep(open_shop: Open) -> None:
    """Rep 1 is listed (10), rep 9 isn't (20), and one order has none (5): 35 in all."""
    rows = [(1, "2026-10-05", "A", 1, "x", 10), (2, "2026-10-05", "A", 9, "x", 20), (3, "2026-10-05", "A", None, "x", 5)]  # fmt: skip
    tables = {"orders": (ORDERS, rows), "reps": ("id INTEGER, name TEXT", [(1, "Ann")])}
    shop = open_shop(tables, {"sales": SALES, "reps": REPS})
    assert shop.groups("sales by rep 2026-10") == {"Ann": 10, "9": 20, None: 5}
    assert shop.value("sales 2026-10") == 35


def test_trap_long_ids_beside_a_missing_one(open_shop: Open) -> None:
    """Two reps whose ids differ in the last of 17 digits sold 10 and 20, nobody 5.

    As a floating-point number both ids are 9007199254740992, and one of the two would swallow the other.
    """
    one, two = 2**53, 2**53 + 1
    rows = [(1, "2026-10-05", "A", one, "x", 10), (2, "2026-10-05", "A", two, "x", 20), (3, "2026-10-05", "A", None, "x", 5)]  # fmt: skip
    shop = open_shop({"orders": (ORDERS, rows)}, {"sales": SALES})
    assert shop.groups("sales by rep 2026-10") == {str(one): 10, str(two): 20, None: 5}


def test_trap_credit(open_shop: Open) -> None:
    """Sold for 100 in September, taken back in October: October bears it, September stays."""
    rows = [(1, "2026-09-05", "A", 1, "x", 100), (2, "2026-10-06", "A", 1, "x", -100), (3, "2026-10-07", "B", 1, "x", 30)]  # fmt: skip
    shop = open_shop({"orders": (ORDERS, rows)}, {"sales": SALES})
    assert shop.series("sales per month 2026-09..2026-10") == [100, -70]
    assert shop.series("orders per month 2026-09..2026-10") == [1, 1], "a credit is no order"


def test_trap_first_order_before_the_window(open_shop: Open) -> None:
    """A bought in 2024 and in October, B in October only: one customer is new, by whichever rep or product.

    order  at          customer  rep  product
    1      2024-03-01  A         1    x
    2      2026-10-05  A         2    y
    3      2026-10-06  B         2    y
    """
    rows = [(1, "2024-03-01", "A", 1, "x", 10), (2, "2026-10-05", "A", 2, "y", 10), (3, "2026-10-06", "B", 2, "y", 10)]  # fmt: skip
    shop = open_shop({"orders": (ORDERS, rows)}, {"sales": SALES})
    assert shop.value("new_customers 2026-10") == 1
    assert shop.value("new_customers product:y all time") == 1, "A's first was x, whatever is filtered"
    assert shop.groups("new_customers by product all time") == {"x": 1, "y": 1}


def test_trap_customer_who_returns(open_shop: Open) -> None:
    """A bought two years ago and again in October: returned, neither new nor lost.

    active on 1 October (365 days): B     active on 1 November: A, B
    """
    rows = [(1, "2024-03-01", "A", 1, "x", 10), (2, "2026-10-05", "A", 1, "x", 10), (3, "2026-05-05", "B", 1, "x", 10)]  # fmt: skip
    activity = SALES.replace("name: sales", "name: activity").replace("value:", "customers: {agg: count_distinct, of: customer}\n  value:")  # fmt: skip
    shop = open_shop({"orders": (ORDERS, rows)}, {"activity": activity})
    assert shop.ask("churn 2026-10").figure.parts == {
        "active_start": 1, "lost": 0, "new": 0, "returned": 1, "gone": 0, "active_end": 2, "ever": 2, "inactive": 0,
    }  # fmt: skip


def test_trap_source_with_cost_and_no_leads(open_shop: Open) -> None:
    """The podcast cost 62 and brought nobody: its row stays, without a ratio; the total counts its cost.

    web      310 / 2 leads = 155
    podcast   62 / 0       = no data
    total    372 / 2       = 186, not the mean of the ratios
    """
    tables = {
        "leads": ("id INTEGER, at TEXT, source TEXT", [(1, "2026-10-02", "web"), (2, "2026-10-03", "web")]),
        "costs": ("id INTEGER, month TEXT, source TEXT, amount NUMERIC", [(1, "2026-10-01", "web", 310), (2, "2026-10-01", "podcast", 62)]),
    }  # fmt: skip
    shop = open_shop(tables, {"leads": LEADS, "costs": COSTS})
    assert shop.groups("cost_per_lead by source 2026-10") == {"web": 155, "podcast": None}
    assert shop.value("cost_per_lead 2026-10") == 186


def test_trap_two_reps_of_one_name(open_shop: Open) -> None:
    """Two people called Jan Maes sold 10 and 20: nobody sold 30."""
    rows = [(1, "2026-10-05", "A", 1, "x", 10), (2, "2026-10-05", "A", 2, "x", 20)]
    tables = {"orders": (ORDERS, rows), "reps": ("id INTEGER, name TEXT", [(1, "Jan Maes"), (2, "Jan Maes")])}
    shop = open_shop(tables, {"sales": SALES, "reps": REPS})
    assert shop.groups("sales by rep 2026-10") == {"Jan Maes (1)": 10, "Jan Maes (2)": 20}
    with pytest.raises(AmbiguousNameError):
        shop.ask('sales rep:"Jan Maes" 2026-10')


def test_trap_code_gtxpro_against_gtx_pro(open_shop: Open) -> None:
    """'GTXPro' (10) and 'GTX Pro' (20) are two products, as stored; each can be asked for, half a name is a choice."""
    rows = [(1, "2026-10-05", "A", 1, "GTXPro", 10), (2, "2026-10-05", "A", 1, "GTX Pro", 20)]
    shop = open_shop({"orders": (ORDERS, rows)}, {"sales": SALES})
    assert shop.groups("sales by product 2026-10") == {"GTXPro": 10, "GTX Pro": 20}
    assert shop.value('sales product:"GTX Pro" 2026-10') == 20
    with pytest.raises(AmbiguousNameError):
        shop.ask("sales product:gtx 2026-10")


def test_trap_mixed_case_and_stray_spaces(open_shop: Open) -> None:
    """'web', 'WEB' and 'Web ' are three sources as stored, and one where the model says so."""
    leads = ("id INTEGER, at TEXT, source TEXT", [(n, "2026-10-02", source) for n, source in enumerate(["web", "WEB", "Web ", "web"])])  # fmt: skip
    shop = open_shop({"leads": leads}, {"leads": LEADS})
    assert shop.groups("leads by source 2026-10") == {"web": 2, "WEB": 1, "Web ": 1}


def test_trap_mixed_case_mended(open_shop: Open) -> None:
    """The fix that check proposes."""
    leads = ("id INTEGER, at TEXT, source TEXT", [(n, "2026-10-02", source) for n, source in enumerate(["web", "WEB", "Web ", "web"])])  # fmt: skip
    mended = LEADS + 'columns: {source: {sql: "trim(lower(source))"}}\n'
    shop = open_shop({"leads": leads}, {"leads": mended})
    assert shop.groups("leads by source 2026-10") == {"web": 4}


def test_the_last_answer_of_a_person_and_wave(tmp_path: Path) -> None:
    """Ann answered 10 and then 3 in the spring, and 9 in the autumn; two anonymous answers both count.

    What she will answer tomorrow isn't there yet. Bob was asked twice in the spring and never answered.
    """
    rows = [
        (1, "ann", "spring", "2026-01-02", "2026-01-05", 10),
        (2, "ann", "spring", "2026-01-02", "2026-01-09", 3),
        (3, "ann", "spring", "2026-01-02", "2026-03-03", 10),
        (4, "ann", "autumn", "2026-01-20", "2026-01-21", 9),
        (5, None, "spring", "2026-01-02", "2026-01-03", 7),
        (6, None, "spring", "2026-01-02", "2026-01-03", 9),
        (7, "bob", "spring", "2026-01-02", None, None),
        (8, "bob", "spring", "2026-01-02", None, None),
    ]
    model = """
name: nps_answers
table: answers
key: id
time: answered_at
once: {per: [person, wave], latest: answered_at}
measures:
  answers: {agg: count, where: "score is not null"}
  promoters: {agg: count, where: "score between 9 and 10"}
  detractors: {agg: count, where: "score between 0 and 6"}
  delivered: {agg: count, time: sent_at}
  answered: {agg: count, time: sent_at, where: "answered_at is not null"}
"""
    columns = "id INTEGER, person TEXT, wave TEXT, sent_at TEXT, answered_at TEXT, score INTEGER"
    shop = Shop(
        write_tables(tmp_path / "shop.sqlite", {"answers": (columns, rows)}),
        write_config(tmp_path / "config", {"nps_answers": model}),
        "2026-03-02T09:00",
    )
    counts = {"n": 4, "promoters": 2, "passives": 1, "detractors": 1, "delivered": 5, "answered": 4}
    assert shop.ask("nps 2026-01").figure.parts == counts
    assert shop.value("response_rate 2026-01") == 4 / 5
    shop.engine.close()
