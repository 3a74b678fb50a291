"""Quantities and prices below 0, and refunds whose amounts are positive."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kpi_engine.onboarding.checks.test_advice_followed import Followed
from tests.shop import checked, notes

DAY = "2026-02-05"
LINES = """name: sales
table: lines
key: id
time: at
columns:
  amount: {sql: "price * qty"}
measures:
  value: {agg: sum, of: amount}
  orders: {agg: count_distinct, of: order_id}
"""
INVOICES = """name: sales
table: invoices
key: id
time: at
dimensions: {rep: rep}
measures:
  value: {agg: sum, of: total}
  orders: {agg: count}
"""


def _lines(*rows: tuple[object, ...]) -> dict[str, tuple[str, list[tuple[object, ...]]]]:
    every = [(place, DAY, *row) for place, row in enumerate(rows)]
    return {"lines": ("id INTEGER, at TEXT, order_id INTEGER, qty INTEGER, price NUMERIC", every)}


def test_returns_that_count_as_orders(tmp_path: Path) -> None:
    """An order of nothing but returned goods is none; followed, the advice leaves it out."""
    shop = Followed(tmp_path, _lines((1, 3, 10), (1, -1, 10), (2, -2, 10)), {"sales": LINES})
    problem = shop.found("qty is below 0 in 2 rows that measures.value adds up")
    assert problem.is_warning
    assert not problem.is_note
    assert "measures.orders counts 1 by them alone" in problem.message
    shop.follow_where(problem)
    assert shop.value("orders 2026-02") == 1
    assert [entry.severity for entry in shop.problems()] == ["note"]


def test_returns_that_are_taken_off_only(tmp_path: Path) -> None:
    """Nothing is wrong: it is good to know."""
    sales = LINES.replace("of: order_id}", 'of: order_id, where: "qty > 0"}')
    tables = _lines((1, 3, 10), (2, -2, 10))
    assert checked(tmp_path / "checked", tables, {"sales": sales}) == []
    (note,) = notes(tmp_path / "notes", tables, {"sales": sales})
    assert "qty is below 0 in 1 rows" in note.message


def test_a_price_below_zero(tmp_path: Path) -> None:
    """No return: goods don't cost less than nothing."""
    shop = Followed(tmp_path, _lines((1, 3, 10), (2, 2, -10)), {"sales": LINES})
    problem = shop.found("price is below 0 in 1 rows")
    assert not problem.is_note
    shop.follow_where(problem)
    assert shop.value("sales 2026-02") == 30


def test_amounts_that_are_all_positive(tmp_path: Path) -> None:
    """Nothing is said, also of a column that isn't a quantity by its name."""
    assert checked(tmp_path, _lines((1, 3, 10), (2, 2, 10)), {"sales": LINES}) == []


def _invoices(
    *rows: tuple[object, ...], kind: str = "move_type"
) -> dict[str, tuple[str, list[tuple[object, ...]]]]:
    every = [(place, DAY, "Ann", *row) for place, row in enumerate(rows)]
    return {"invoices": (f"id INTEGER, at TEXT, rep TEXT, {kind} TEXT, total NUMERIC", every)}


@pytest.mark.parametrize(
    ("column", "sale", "refund"),
    [
        ("move_type", "out_invoice", "out_refund"),
        ("Type", "Invoice", "Credit Note"),
        ("soort", "factuur", "creditnota"),
        ("status", "paid", "refund"),
    ],
)
def test_refunds_with_positive_amounts(tmp_path: Path, column: str, sale: str, refund: str) -> None:
    """They are added instead of taken off; followed, the advice takes them off, and they are no orders."""
    tables = _invoices((sale, 650), (refund, 150), (sale, 80), (None, 20), kind=column)
    shop = Followed(tmp_path, tables, {"sales": INVOICES})
    problem = shop.found("refunds are added instead of taken off")
    assert f"1 of 4 rows whose {column} is {refund!r}" in problem.message
    shop.follow(problem)
    shop.follow_where(problem)
    assert (shop.value("sales 2026-02"), shop.value("orders 2026-02")) == (600, 3)
    assert shop.problems() == []


@pytest.mark.parametrize(
    "rows",
    [
        [("out_invoice", 650), ("out_refund", -150)],
        [("credit", 650), ("debit", 150)],
        [("out_refund", 650), ("out_refund", 150)],
        [("Invoice", 650), ("Retail", 150)],
    ],
    ids=["negative already", "a ledger", "nothing else", "no refund"],
)
def test_what_is_no_refund_or_has_its_sign(tmp_path: Path, rows: list[tuple[object, ...]]) -> None:
    """Nothing is said."""
    assert checked(tmp_path, _invoices(*rows), {"sales": INVOICES}) == []


def test_how_one_pays_is_no_type(tmp_path: Path) -> None:
    """Paid by credit is no credit note."""
    assert (
        checked(tmp_path, _invoices(("credit", 5), ("cash", 6), kind="payment_type"), {"sales": INVOICES})
        == []
    )


def test_sales_that_were_given_back(tmp_path: Path) -> None:
    """The row is the sale itself: it is left out, not taken off."""
    shop = Followed(tmp_path, _invoices(("paid", 650), ("refunded", 150), kind="status"), {"sales": INVOICES})
    problem = shop.found("what was given back still counts")
    shop.follow_where(problem)
    assert (shop.value("sales 2026-02"), shop.value("orders 2026-02")) == (650, 1)
    assert shop.problems() == []


def test_refunds_of_the_header(tmp_path: Path) -> None:
    """The type is the invoice's, the amounts are its lines'."""
    tables = {
        "lines": ("id INTEGER, invoice_id INTEGER, amount NUMERIC", [(1, 1, 10), (2, 2, 4)]),
        "invoices": ("id INTEGER, at TEXT, type TEXT", [(1, DAY, "out_invoice"), (2, DAY, "out_refund")]),
    }
    models = {
        "sales": "name: sales\ntable: lines\nkey: id\ntime: invoice.at\njoins:\n"
        "  invoice: {model: invoices, on: {invoice_id: id}, required: true}\n"
        "measures:\n  value: {agg: sum, of: amount}\n",
        "invoices": "name: invoices\ntable: invoices\nkey: id\n",
    }
    shop = Followed(tmp_path, tables, models)
    problem = shop.found("whose invoice.type is 'out_refund'")
    shop.follow_where(problem)
    assert shop.value("sales 2026-02") == 10
    assert shop.problems() == []
