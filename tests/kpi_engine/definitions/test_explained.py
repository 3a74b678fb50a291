"""What a metric is made of, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_engine.definitions.explained import define
from kpi_engine.definitions.loader import load
from tests.shop import SHIPPED, write_config

MODEL = """
name: purchases
table: lines
key: id
time: at
columns: {buyer: customer_no, price: {sql: "amount / pieces"}}
history: {customer: buyer, order: order_id%s}
measures:
  existing_buyers: {agg: count_distinct, of: buyer, when: existing}
  upsold: {agg: count_distinct, of: buyer, when: %s}
"""


@pytest.mark.parametrize(
    ("history", "when", "said"),
    [
        (", category: kind", "cross_sell", ", where kind is new: in none of the customer's earlier orders, by at"),
        (", category: kind, level: price", "upsell", ", where (amount / pieces) is at least 10 % above the highest of the customer's last order in that kind, by at"),
        (", category: kind, level: tier, min_uplift: 0", "upsell", ", where tier is above the highest of the customer's last order in that kind, by at"),
        (", mark: {column: mark, upsell: [up, U]}", "upsell", ", where mark is 'up' or 'U', by at"),
        (", category: kind, mark: {column: mark, cross_sell: [x]}", "cross_sell", ", where mark is 'x' or without a mark kind is new: in none of the customer's earlier orders, by at"),
        ("", "existing", ", by at"),
    ],
)  # fmt: skip
def test_what_history_says_is_named_in_words(tmp_path: Path, history: str, when: str, said: str) -> None:
    """Existing customers, a new category, the level and its uplift, the mark; by the table's own names."""
    catalogue = load(write_config(tmp_path / "own", {"purchases": MODEL % (history, when)}), SHIPPED)
    upsold, existing = define(catalogue, catalogue.metrics["upsell_rate"]).sources
    from_the_second = (
        "distinct customer_no of lines, from the second order_id of each customer_no on (existing customers)"
    )
    assert upsold.reads == from_the_second + said
    assert existing.reads == f"{from_the_second}, by at"
