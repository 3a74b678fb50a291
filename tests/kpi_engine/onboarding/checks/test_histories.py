"""What check says of the columns that a history names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import Shop, Tables, checked, write_config, write_tables

Rows = list[tuple[object, ...]]

MODEL = """name: purchases
table: lines
key: id
time: at
joins:
  product: {model: products, on: {product: id}}
history:
  customer: customer
  order: number
  category: product.category
  level: product.price
  mark: {column: mark, upsell: [up]}
measures:
  existing_buyers: {agg: count_distinct, of: customer, when: existing}
  upsold: {agg: count_distinct, of: customer, when: upsell}
  cross_sold: {agg: count_distinct, of: customer, when: cross_sell}
"""
PRODUCTS = "name: products\ntable: products\nkey: id\n"
GOODS: Rows = [(1, "tea", 10), (2, "tea", 20), (3, "pens", 5)]
LINES: Rows = [
    (1, "A", 7, "2026-02-20", 1, None),
    (2, "A", 8, "2026-02-25", 2, None),
    (3, "A", 8, "2026-02-25", 3, None),
]


def _tables(lines: Rows, goods: Rows) -> Tables:
    return {
        "lines": ("id INTEGER, customer TEXT, number INTEGER, at TEXT, product INTEGER, mark TEXT", lines),
        "products": ("id INTEGER, category TEXT, price NUMERIC", goods),
    }


def _said(folder: Path, lines: Rows = LINES, model: str = MODEL, goods: Rows = GOODS) -> list[str]:
    found = checked(folder, _tables(lines, goods), {"purchases": model, "products": PRODUCTS})
    return [
        f"{'odd' if problem.is_warning else 'wrong'} {problem.line}: {problem.message}" for problem in found
    ]


def test_what_is_sound(tmp_path: Path) -> None:
    """Only that nothing is marked yet, which leaves all to the rule."""
    assert _said(tmp_path) == ["odd 12: history.mark: mark is empty in all 3 rows."]
    assert _said(tmp_path / "marked", [*LINES, (4, "A", 9, "2026-02-26", 1, "up")]) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("customer: customer", "customer: client", "8: history.customer: client can't be read."),
        ("order: number", "order: nummer", "9: history.order: nummer can't be read."),
        ("product.category", "product.kind", "10: history.category: product.kind can't be read."),
        ("product.price", "product.prijs", "11: history.level: product.prijs can't be read."),
        ("column: mark", "column: sold", "12: history.mark: sold can't be read."),
    ],
)
def test_a_column_that_is_not_there(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Each is tried; the problem stands at its key."""
    shop = Shop(
        write_tables(tmp_path / "shop.sqlite", _tables(LINES, GOODS)),
        write_config(tmp_path / "own", {"purchases": MODEL.replace(old, new), "products": PRODUCTS}),
        "2026-03-02T09:00",
    )
    (problem,) = shop.engine.problems()
    shop.engine.close()
    assert f"{problem.line}: {problem.message}" == said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("product.price", "product.category", "wrong 11: product.category holds text in 3 rows, some of it not a number"),
        ("order: number", "order: customer", "odd 14: measures.existing_buyers: none of 3 rows is existing: it is always 0."),
        ("level: product.price\n", "level: product.price\n  min_uplift: 2\n", "odd 16: measures.upsold: none of 3 rows is upsell"),
    ],
)  # fmt: skip
def test_a_mistaken_column(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Named where it stands."""
    assert any(found.startswith(said) for found in _said(tmp_path, model=MODEL.replace(old, new)))


def test_a_mark_spelt_otherwise(tmp_path: Path) -> None:
    """Without a rule nothing is ever sold up."""
    model = MODEL.replace("  category: product.category\n  level: product.price\n", "").replace(
        "  cross_sold: {agg: count_distinct, of: customer, when: cross_sell}\n", ""
    )
    lines = [*LINES, (4, "A", 9, "2026-02-26", 1, "Upsell")]
    assert _said(tmp_path, lines, model) == [
        "odd 13: measures.upsold: none of 4 rows is upsell: it is always 0."
    ]


def test_values_that_are_missing(tmp_path: Path) -> None:
    """How many rows, and what becomes of them."""
    lines = [*LINES, (4, "A", 9, "2026-02-26", 1, "up"), (5, "A", None, "2026-02-26", 4, None)]
    goods: Rows = [*GOODS, (4, None, None)]
    order, category, level = _said(tmp_path, lines, goods=goods)
    assert order == (
        "odd 9: history.order: number is empty in 1 of 5 rows; they belong to no order and are ignored."
    )
    assert category.startswith(
        "odd 10: history.category: product.category is empty in 1 of 5 rows; they are neither"
    )
    assert (
        level
        == "odd 11: history.level: product.price is empty in 1 of 5 rows; they are no upsell by the rule."
    )


def test_numbers_as_text(tmp_path: Path) -> None:
    """SQLite would compare them as text."""
    goods: Rows = [(1, "tea", "10 €"), (2, "tea", "9 €"), (3, "pens", "5 €")]
    (_, found) = _said(tmp_path, goods=goods)
    assert found.startswith("wrong 11: product.price holds text in 3 rows, some of it not a number ('10 €'")
