"""What is counted of orders is read without their lines, where each order is known to have some."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.shop import Shop, write_config, write_tables

LINES = """
name: sales
table: lines
key: id
time: order.ordered_at
joins:
  order: {{model: orders, on: {{order_id: id}}, required: true, complete: {complete}}}
dimensions:
  rep: order.rep_id
  customer: order.customer_id
  product: product
measures:
  value: {{agg: sum, of: amount}}
  orders: {{agg: count_distinct, of: order_id}}
  buyers: {{agg: count_distinct, of: order.customer_id}}
  new_customers: {{agg: count_distinct, of: order.customer_id, first: {{per: order.customer_id, event: order_id}}}}
"""
ORDERS = """
name: orders
table: orders
key: id
where: "status <> 'cancelled'"
"""
BUYERS = """
name: buyers
title: {en: Buyers}
description: {en: Customers who bought.}
kind: simple
measure: {model: sales, measure: buyers}
unit: count
better: up
"""
QUESTIONS = (
    "orders 2026-09",
    "orders by rep 2026-09",
    "buyers per month 2026-01..2026-10",
    "buyers by rep 2026-Q3",
    "new_customers per month 2026-01..2026-10",
    "new_customers by rep 2026-09",
    "new_customers rep:2 2026-09",
    "orders ever",
)


def _shop(folder: Path, *, complete: bool) -> Shop:
    random = Random(7)
    orders = [
        (
            number,
            f"2026-{random.randint(1, 10):02}-{random.randint(1, 28):02} 10:00:00",
            random.randint(1, 40),
            random.choice([1, 2, 3, None]),
            "cancelled" if number % 11 == 0 else "paid",
        )
        for number in range(1, 300)
    ]
    lines = [
        (number * 10 + place, number, random.choice("abc"), random.randint(1, 90))
        for number, *_ in orders
        for place in range(random.randint(1, 4))
    ]
    tables = {
        "orders": ("id INTEGER, ordered_at TEXT, customer_id INTEGER, rep_id INTEGER, status TEXT", orders),
        "lines": ("id INTEGER, order_id INTEGER, product TEXT, amount NUMERIC", lines),
    }
    folder.mkdir()
    models = {"sales": LINES.format(complete=str(complete).lower()), "orders": ORDERS}
    return Shop(
        write_tables(folder / "shop.sqlite", tables),
        write_config(folder / "config", models, {"buyers": BUYERS}),
        "2026-11-23T08:30",
    )


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_orders_alone_give_the_same_numbers(tmp_path: Path, question: str) -> None:
    """The lines are read only where the join doesn't say that each order has some."""
    found = []
    for complete in (False, True):
        shop = _shop(tmp_path / str(complete), complete=complete)
        answer = shop.ask(question)
        found.append(answer)
        assert any("lines" in statement for statement in answer.sql) != complete
        shop.engine.close()
    assert found[0] == found[1]


def test_what_needs_the_lines_reads_them(tmp_path: Path) -> None:
    """Amounts, and orders by product, are of the lines."""
    shop = _shop(tmp_path / "shop", complete=True)
    for question in ("sales 2026-09", "orders by product 2026-09", "orders product:a 2026-09"):
        assert any("lines" in statement for statement in shop.ask(question).sql), question
    shop.engine.close()
