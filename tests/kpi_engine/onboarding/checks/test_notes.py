"""What is right, but good to know: members without rows, owners of today, prices that were bargained."""

from __future__ import annotations

from pathlib import Path

from tests.shop import Tables, notes

LINES = """name: sales
table: lines
key: id
time: at
columns:
  amount: {sql: "price * quantity"}
joins:
  product: {model: products, on: {product_id: id}}
  customer: {model: customers, on: {customer_id: id}}
dimensions:
  product: product_id
  customer: customer_id
  rep: customer.owner
measures:
  value: {agg: sum, of: amount}
"""
PRODUCTS = "name: products\ntable: products\nkey: id\nmembers: {product: {label: name}}\n"
CUSTOMERS = "name: customers\ntable: customers\nkey: id\nmembers: {customer: {label: name}}\n"
REPS = "name: reps\ntable: reps\nkey: id\nmembers: {rep: {label: name}}\n"
MODELS = {"sales": LINES, "products": PRODUCTS, "customers": CUSTOMERS, "reps": REPS}
DAY = "2026-03-01"


def _tables() -> dict[str, tuple[str, list[tuple[object, ...]]]]:
    """One product and one customer, sold at the list price by their only owner."""
    return {
        "lines": ("id, at TEXT, product_id, customer_id, price NUMERIC, quantity", [(1, DAY, 1, 1, 10, 2)]),
        "products": ("id, name TEXT, price NUMERIC", [(1, "Tea", 10)]),
        "customers": ("id, name TEXT, owner", [(1, "Shop", 1)]),
        "reps": ("id, name TEXT", [(1, "Ann Lee")]),
    }


def _notes(folder: Path, tables: Tables) -> dict[str, str]:
    """Return the notes by file and line."""
    return {f"{found.file}:{found.line}": found.message for found in notes(folder, tables, MODELS)}


def test_an_owner_of_today_is_said(tmp_path: Path) -> None:
    """Who has the customer today gets its past: right by the model, but not who sold it."""
    assert _notes(tmp_path, _tables()) == {
        "own/models/sales.yaml:13": (
            "rep comes from customers (customer.owner): whoever has the customer today gets its past as well."
        )
    }


def test_members_whom_no_row_names(tmp_path: Path) -> None:
    """Reps without a deal, customers without orders: by name, since a 0 is shown for them."""
    tables = _tables()
    tables["reps"][1].extend([(2, "Cy Idle"), (3, "Bo New")])
    tables["customers"][1].append((2, "Never", 1))
    found = _notes(tmp_path, tables)
    said = "2 of 3 members of rep occur in no row ('Bo New', 'Cy Idle'); they are shown with 0."
    assert found["own/models/reps.yaml:4"] == said
    assert "1 of 2 members of customer occur in no row ('Never')" in found["own/models/customers.yaml:4"]


def test_names_that_begin_alike(tmp_path: Path) -> None:
    """Who types only the beginning will be asked who is meant."""
    tables = _tables()
    tables["reps"][1].extend([(2, "Anna Ray"), (3, "Bo New")])
    tables["customers"][1].extend([(2, "Two", 2), (3, "Three", 3)])
    found = _notes(tmp_path, tables)
    assert found["own/models/reps.yaml:4"] == (
        "2 of 3 names of rep start like another name (Ann Lee and Anna Ray)."
    )


def test_a_price_that_differs_from_the_list(tmp_path: Path) -> None:
    """The row's own price counts; how often the list has another one is said."""
    tables = _tables()
    tables["lines"][1].extend([(2, DAY, 1, 1, 8, 1), (3, DAY, 1, 1, 10, 1)])
    assert _notes(tmp_path, tables)["own/models/sales.yaml:15"] == (
        "measures.value takes price of its own rows, which differs from the one in products in 1 of 3 rows."
    )
