"""Existing customers, upsells and cross-sells by what a customer ordered before, on shops small enough to check by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_engine.domain.errors import DefinitionError
from tests.bought import Bought
from tests.bought import told as told_in_python
from tests.shop import SHIPPED, Shop, write_config, write_tables

NOW = "2026-03-02T09:00"
ORDERS = """
name: orders
table: orders
key: id
where: "status = 'paid'"
"""
PRODUCTS = """
name: products
table: products
key: id
"""
PURCHASES = """
name: purchases
table: lines
key: id
columns:
  paid: {sql: "amount * 1.0 / pieces"}
joins:
  order: {model: orders, on: {order_id: id}, required: true}
  product: {model: products, on: {product: id}}
time: order.at
dimensions: {rep: order.rep, line: id, category: product.category}
history:
  customer: order.customer
  order: order_id
  category: product.category
  level: product.list_price
measures:
  existing_buyers: {agg: count_distinct, of: order.customer, when: existing}
  existing_value: {agg: sum, of: amount, when: existing}
  upsold: {agg: count_distinct, of: order.customer, when: upsell}
  cross_sold: {agg: count_distinct, of: order.customer, when: cross_sell}
  upsell_value: {agg: sum, of: amount, when: upsell}
  cross_sell_value: {agg: sum, of: amount, when: cross_sell}
  value: {agg: sum, of: amount}
"""
METRICS = {
    "bought": """
name: bought
kind: simple
title: {en: Bought again}
description: {en: d}
unit: money
better: up
measure: {model: purchases, measure: existing_value}
""",
    "turnover": """
name: turnover
kind: simple
title: {en: All lines}
description: {en: d}
unit: money
better: up
measure: {model: purchases, measure: value}
""",
}
ORDER_COLUMNS = "id INTEGER, customer TEXT, rep TEXT, at TEXT, status TEXT"
LINE_COLUMNS = "id INTEGER, order_id INTEGER, product TEXT, pieces INTEGER, amount NUMERIC, mark TEXT"
PRODUCT_COLUMNS = "id TEXT, category TEXT, list_price NUMERIC"
GOODS = [
    ("tea 10", "tea", 10),
    ("tea 11", "tea", 11),
    ("tea 12.09", "tea", 12.09),
    ("tea 15", "tea", 15),
    ("tea 20", "tea", 20),
    ("tea ?", "tea", None),
    ("pen 20", "pens", 20),
    ("pen 22", "pens", 22),
    ("ink", "inks", 5),
    ("postage", None, 4),
]
Line = tuple[int, str]
"""The line's number and what is bought."""


def build(
    folder: Path,
    orders: list[tuple[tuple[object, ...], list[Line]]],
    model: str = PURCHASES,
    *,
    marks: dict[int, str] | None = None,
    paid: dict[int, tuple[int, float]] | None = None,
) -> Shop:
    """Write a shop: each order with its lines, one piece at the list price (or 1), unless `paid` says otherwise."""
    prices = {name: price for name, _, price in GOODS}
    lines = []
    for order, bought in orders:
        for number, product in bought:
            pieces, amount = (paid or {}).get(number, (1, prices[product] or 1))
            lines.append((number, order[0], product, pieces, amount, (marks or {}).get(number)))
    tables = {
        "orders": (ORDER_COLUMNS, [order for order, _ in orders]),
        "lines": (LINE_COLUMNS, lines),
        "products": (PRODUCT_COLUMNS, GOODS),
    }
    models = {"orders": ORDERS, "products": PRODUCTS, "purchases": model}
    return Shop(
        write_tables(folder / "shop.sqlite", tables), write_config(folder / "config", models, METRICS), NOW
    )


def lines_of(shop: Shop, metric: str, rest: str = "all time") -> set[int]:
    """Return the numbers of the lines that a metric of money counts."""
    return {int(line or 0) for line, value in shop.groups(f"{metric} by line {rest}").items() if value}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Tea, pens and inks; lines are numbered, those after the bar are of 2026.

    customer  orders and their lines
    A         1: tea 10, pen 20 | 2: tea 11 (+10 %), ink (new)   3: tea 12.09 (just below +10 %), ink, pen 22 (+10 %
              over order 1, the last with pens)   and after the clock 4: tea 20
    B         | 5 and 6 at the same moment: 5 (the smaller key) tea 10; 6: tea 15 (up), ink (new), pen 20 (new), pen 22 (new)
    C         7, in 2019: tea 20 | 8: tea 15 (down), pen 20 (new)
    D         | 9: tea 10   a credit 10: pen 20   11: pen 20 (new all the same)
    (nobody)  12: tea 10 | 13: tea 20, ink
    E         | 14: tea 10   without a time 15: ink   16: tea 11 (up), ink (new), postage (of no category)
    F         17: tea 20   18: tea 10 | 19: tea 11 (over the last order, though not over the one before)
    G         20: tea 10, tea 20 | 21: tea 15 (below the highest of the last order)
    H         22: tea ? | 23: tea 20 (over what is not known)   24: tea ?
    """
    shop = build(
        tmp_path,
        [
            ((1, "A", "Ann", "2025-01-10", "paid"), [(1, "tea 10"), (2, "pen 20")]),
            ((2, "A", "Bob", "2026-01-05", "paid"), [(3, "tea 11"), (4, "ink")]),
            ((3, "A", "Ann", "2026-01-20", "paid"), [(5, "tea 12.09"), (6, "ink"), (7, "pen 22")]),
            ((4, "A", "Ann", "2026-05-01", "paid"), [(8, "tea 20")]),
            ((6, "B", "Ann", "2026-01-08", "paid"), [(10, "tea 15"), (11, "ink"), (12, "pen 20"), (13, "pen 22")]),
            ((5, "B", "Ann", "2026-01-08", "paid"), [(9, "tea 10")]),
            ((7, "C", "Bob", "2019-06-01", "paid"), [(14, "tea 20")]),
            ((8, "C", "Bob", "2026-01-11", "paid"), [(15, "tea 15"), (16, "pen 20")]),
            ((9, "D", "Bob", "2026-01-12", "paid"), [(17, "tea 10")]),
            ((10, "D", "Bob", "2026-01-13", "credit"), [(18, "pen 20")]),
            ((11, "D", "Bob", "2026-01-15", "paid"), [(19, "pen 20")]),
            ((12, None, "Bob", "2025-01-10", "paid"), [(20, "tea 10")]),
            ((13, None, "Bob", "2026-01-10", "paid"), [(21, "tea 20"), (22, "ink")]),
            ((14, "E", None, "2026-01-09", "paid"), [(23, "tea 10")]),
            ((15, "E", None, None, "paid"), [(24, "ink")]),
            ((16, "E", None, "2026-01-25", "paid"), [(25, "tea 11"), (26, "ink"), (27, "postage")]),
            ((17, "F", "Ann", "2025-01-01", "paid"), [(28, "tea 20")]),
            ((18, "F", "Ann", "2025-06-01", "paid"), [(29, "tea 10")]),
            ((19, "F", "Ann", "2026-01-03", "paid"), [(30, "tea 11")]),
            ((20, "G", "Ann", "2025-06-01", "paid"), [(31, "tea 10"), (32, "tea 20")]),
            ((21, "G", "Ann", "2026-01-04", "paid"), [(33, "tea 15")]),
            ((22, "H", "Ann", "2025-06-01", "paid"), [(34, "tea ?")]),
            ((23, "H", "Ann", "2026-01-04", "paid"), [(35, "tea 20")]),
            ((24, "H", "Ann", "2026-01-05", "paid"), [(36, "tea ?")]),
        ],
    )  # fmt: skip
    yield shop
    shop.engine.close()


def test_the_first_order_is_never_existing(shop: Shop) -> None:
    """Two orders of one moment, a credit, an unknown customer, a row without time or to come: as drawn."""
    assert lines_of(shop, "bought") == {
        3, 4, 5, 6, 7, 10, 11, 12, 13, 15, 16, 19, 25, 26, 27, 29, 30, 33, 35, 36,
    }  # fmt: skip


def test_a_category_that_is_new_to_the_customer(shop: Shop) -> None:
    """Every line of it in that order; never in the first order, nor without a category."""
    assert lines_of(shop, "cross_sell_revenue") == {4, 11, 12, 13, 16, 19, 26}


def test_a_level_above_the_last_order_in_the_category(shop: Shop) -> None:
    """Exactly 10 % counts, just below doesn't; the last order's highest line is what is compared with."""
    assert lines_of(shop, "upsell_revenue") == {3, 7, 10, 25, 30}


def test_the_rates_are_of_existing_customers_who_bought(shop: Shop) -> None:
    """January: A to H but the unknown one are existing; A, B, E and F bought up, A to E across."""
    assert (shop.value("upsell_rate 2026-01"), shop.value("cross_sell_rate 2026-01")) == (4 / 8, 5 / 8)
    assert shop.ask("upsell_rate 2026-01").figure.denominator == 8
    assert shop.value("upsell_revenue 2026-01") == 11 + 22 + 15 + 11 + 11
    assert shop.value("upsell_rate 2019-06") is None


def test_filters_and_periods_never_change_history(shop: Shop) -> None:
    """Bob's order of A is the second although Ann took the first; so are those of one week."""
    assert lines_of(shop, "bought", "rep:Bob all time") == {3, 4, 15, 16, 19}
    assert lines_of(shop, "upsell_revenue", "category:tea 2026-01") == {3, 10, 25, 30}
    assert lines_of(shop, "cross_sell_revenue", "2026-01-05..2026-01-08") == {4, 11, 12, 13}
    assert shop.groups("cross_sell_rate by rep 2026-01") == {"Ann": 1 / 5, "Bob": 1, None: 1}


def test_what_needs_no_history_counts_beside_it(shop: Shop) -> None:
    """Rows that take no part in history are counted by the model's other measures: A to H, nobody, no time."""
    assert shop.value("turnover all time") == pytest.approx(294.09 + 30 + 20 + 10 + 5 + 30 + 30 + 1)
    assert shop.value("turnover 2026-01") == pytest.approx(294.09)


def told(shop: Shop) -> tuple[set[int], set[int]]:
    """Return the lines sold up and across, and close the shop."""
    with closing(shop.engine):
        return lines_of(shop, "upsell_revenue"), lines_of(shop, "cross_sell_revenue")


@pytest.mark.parametrize(
    ("rule", "mark", "expected"),
    [
        (True, True, ({3, 5}, {6, 7})),
        (False, True, ({3, 5}, {7})),
        (True, False, ({4, 7}, {5, 6})),
    ],
)
def test_a_mark_wins_over_the_rule(
    rule: bool, mark: bool, expected: tuple[set[int], set[int]], tmp_path: Path
) -> None:
    """A marked line is what the mark says, also if that is neither; NULL or an empty text is left to the rule.

    A mark in the first order is no upsell: nobody was sold up who wasn't a customer.
    """
    orders = [
        ((1, "A", "Ann", "2025-01-10", "paid"), [(1, "tea 10"), (2, "pen 20")]),
        ((2, "A", "Ann", "2026-01-05", "paid"), [(3, "tea 10"), (4, "tea 15"), (5, "ink"), (6, "ink"), (7, "pen 22")]),
    ]  # fmt: skip
    marks = {1: "upsell", 3: "upsell", 4: "none", 5: "up", 6: "", 7: "across"}
    model = PURCHASES
    if mark:
        added = "  mark: {column: mark, upsell: [upsell, up], cross_sell: [across]}\n"
        model = model.replace("measures:\n", f"{added}measures:\n")
    if not rule:
        model = model.replace("  category: product.category\n  level: product.list_price\n", "")
    assert told(build(tmp_path, orders, model, marks=marks)) == expected


def test_the_list_price_against_the_price_paid(tmp_path: Path) -> None:
    """A sold the same tea at half its price, then at the whole: an upsell by the prices paid only.

    B and C paid 20/3 apiece, then 22/3 (exactly 10 % more) and 21.99/3, for a tea of 11 instead of 10.
    """
    orders = [
        ((1, "A", "Ann", "2025-01-10", "paid"), [(1, "tea 10")]),
        ((2, "A", "Ann", "2026-01-05", "paid"), [(2, "tea 10")]),
        ((3, "B", "Ann", "2025-01-10", "paid"), [(3, "tea 10")]),
        ((4, "B", "Ann", "2026-01-05", "paid"), [(4, "tea 11")]),
        ((5, "C", "Ann", "2025-01-10", "paid"), [(5, "tea 10")]),
        ((6, "C", "Ann", "2026-01-05", "paid"), [(6, "tea 11")]),
    ]
    paid = {1: (2, 10.0), 2: (1, 10.0), 3: (3, 20.0), 4: (3, 22.0), 5: (3, 20.0), 6: (3, 21.99)}
    (tmp_path / "paid").mkdir()
    at_paid = PURCHASES.replace("level: product.list_price", "level: paid")
    assert told(build(tmp_path, orders, paid=paid)) == ({4, 6}, set())
    assert told(build(tmp_path / "paid", orders, at_paid, paid=paid)) == ({2, 4}, set())


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    """Each line of the table in docs/models.md is what it says there."""
    page = (SHIPPED.parent / "docs" / "models.md").read_text(encoding="utf-8")
    table = page[page.index("| order | line | list price | so it is |") :].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in table]
    lines, order, said = [], 0, []
    for number, (key, category, price, verdict) in enumerate(cells, 1):
        order = int(key or order)
        lines.append((number, order, "A", f"2026-01-0{order}", category, int(price), 1))
        said.append(verdict.split(":")[0])
    model = """
name: purchases
table: lines
key: id
time: at
dimensions: {line: id}
history: {customer: customer, order: order_id, category: category, level: price}
measures:
  upsell_value: {agg: sum, of: amount, when: upsell}
  cross_sell_value: {agg: sum, of: amount, when: cross_sell}
"""
    columns = (
        "id INTEGER, order_id INTEGER, customer TEXT, at TEXT, category TEXT, price NUMERIC, amount NUMERIC"
    )
    url = write_tables(tmp_path / "shop.sqlite", {"lines": (columns, lines)})
    up, across = told(Shop(url, write_config(tmp_path / "config", {"purchases": model}), NOW))
    assert {number for number, verdict in enumerate(said, 1) if verdict == "upsell"} == up
    assert {number for number, verdict in enumerate(said, 1) if verdict == "cross-sell"} == across
    assert len(up) + len(across) == 3


def test_without_an_uplift_any_higher_level_counts(tmp_path: Path) -> None:
    """A tier: the same isn't higher, the next one is; nor is 0.3 above the sum of 0.1 and 0.2."""
    orders = [
        ((1, "A", "Ann", "2025-01-10", "paid"), [(1, "tea 10")]),
        ((2, "A", "Ann", "2026-01-05", "paid"), [(2, "tea 10"), (3, "tea 11")]),
    ]
    tier = PURCHASES.replace("level: product.list_price", "level: product.list_price\n  min_uplift: 0")
    assert told(build(tmp_path, orders, tier)) == ({3}, set())
    (tmp_path / "sum").mkdir()
    summed = tier.replace("product.list_price", "paid").replace("amount * 1.0 / pieces", "amount + 0.2")
    paid = {1: (1, 0.3 - 0.2), 2: (1, 0.1), 3: (1, 0.11)}
    assert told(build(tmp_path / "sum", orders, summed, paid=paid)) == ({3}, set())


def test_what_is_free_and_what_has_no_category(tmp_path: Path) -> None:
    """Free tea after free tea is no upsell, paid tea is; dearer postage, which has no category, is none."""
    orders = [
        ((1, "A", "Ann", "2025-01-10", "paid"), [(1, "tea 10"), (2, "postage")]),
        ((2, "A", "Ann", "2026-01-05", "paid"), [(3, "tea 10"), (4, "postage")]),
        ((3, "A", "Ann", "2026-01-06", "paid"), [(5, "tea 10"), (6, "postage")]),
    ]
    paid = {1: (1, 0.0), 2: (1, 4.0), 3: (1, 0.0), 4: (1, 8.0), 5: (1, 5.0), 6: (1, 16.0)}
    counted = PURCHASES.replace("level: product.list_price", "level: paid").replace(
        "sum, of: amount, when", "count, when"
    )
    assert told(build(tmp_path, orders, counted, paid=paid)) == ({5}, set())


def test_lines_of_one_order_at_several_moments(tmp_path: Path) -> None:
    """An order stands at its earliest line; the later ones make the customer no returning one."""
    lines = """
name: purchases
table: lines
key: id
time: at
dimensions: {line: id}
history: {customer: customer, order: order_id, category: category}
measures:
  existing_value: {agg: sum, of: amount, when: existing}
  cross_sell_value: {agg: sum, of: amount, when: cross_sell}
"""
    rows = [
        (1, 7, "A", "2026-01-01", "tea", 1),
        (2, 7, "A", "2026-01-05", "pens", 1),
        (3, 3, "A", "2026-01-03", "pens", 1),
        (4, 3, "A", "2026-01-09", "inks", 1),
    ]
    columns = "id INTEGER, order_id INTEGER, customer TEXT, at TEXT, category TEXT, amount NUMERIC"
    url = write_tables(tmp_path / "shop.sqlite", {"lines": (columns, rows)})
    shop = Shop(
        url, write_config(tmp_path / "config", {"purchases": lines}, {"bought": METRICS["bought"]}), NOW
    )
    with closing(shop.engine):
        assert lines_of(shop, "bought") == {3, 4}
        assert lines_of(shop, "cross_sell_revenue") == {4}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  level: product.list_price\n", "", ":18: measures.upsold: nothing says which lines are upsell. Add category: and level: to"),
        ("  category: product.category\n  level: product.list_price\n", "", ":18: measures.cross_sold: nothing says which lines are cross_sell. Add category: to history:, or mark:"),
        ("  category: product.category\n", "", ":11: history: level: needs category:"),
        ("  level: product.list_price\n", "  min_uplift: 0.2\n", ":11: history: min_uplift: needs level:"),
        ("time: order.at\n", "", ":10: has history: but not time:. Add time:"),
        ("product.category\n", "prod.category\n", ':14: prod.category: "prod" is not a join of purchases. Did you mean "product"?'),
        ("when: upsell}", "when: upsold}", ":19: measures.upsold.when:"),
        ("order: order_id\n", "order: order_id\n  mark: {column: mark}\n", ":14: history.mark: add the values that mark a line"),
        ("when: existing}", "when: existing, first: {per: id, event: id}}", ":17: measures.existing_buyers: use either when: or first:, not both"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(old: str, new: str, said: str, tmp_path: Path) -> None:
    """File, line, what is wrong and the fix; nothing is guessed."""
    model = PURCHASES.lstrip()
    assert old in model
    with pytest.raises(DefinitionError) as wrong:
        build(tmp_path, [], model.replace(old, new, 1))
    problems = [str(problem) for problem in wrong.value.problems]
    assert any(problem.startswith(f"config/models/purchases.yaml{said}") for problem in problems), problems


def test_a_model_without_history_has_no_upsell(tmp_path: Path) -> None:
    """What to add is said."""
    start, end = PURCHASES.index("history:"), PURCHASES.index("measures:")
    with pytest.raises(DefinitionError, match=r"nothing says which lines are existing\. Add history: with"):
        build(tmp_path, [], PURCHASES[:start] + PURCHASES[end:])


def test_a_metric_of_whole_orders_takes_no_part_of_them(tmp_path: Path) -> None:
    """Pairs and churn read orders by statements of their own, which know no history."""
    pairs = (
        "name: pairs\nkind: affinity\ntitle: {en: P}\ndescription: {en: d}\nunit: ratio\nbetter: up\n"
        "value: {model: purchases, measure: upsell_value}\nbasket: order_id\nitem: category\n"
    )
    folder = write_config(
        tmp_path / "config",
        {"orders": ORDERS, "products": PRODUCTS, "purchases": PURCHASES},
        {"pairs": pairs},
    )
    with pytest.raises(DefinitionError, match="not single lines"):
        Shop("sqlite://", folder, NOW)


# customer, order, day, category, level, mark
SOLD = st.tuples(
    st.sampled_from(["A", "B", None]),
    st.sampled_from([1, 2, 3, 4, 5, None]),
    st.integers(0, 4),
    st.sampled_from(["tea", "pens", "Tea", None]),
    st.sampled_from([None, 0, 100, 109, 110, 121, 132]),
    st.sampled_from([None, None, None, "", "upsell", "cross-sell", "other"]),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(SOLD, min_size=1, max_size=25),
    uplift=st.sampled_from([0, 10, 21]),
    has_mark=st.booleans(),
    which=st.integers(0, 2),
)
def test_any_shop_equals_plain_python(
    rows: list[tuple[str | None, int | None, int, str | None, int | None, str | None]],
    uplift: int,
    has_mark: bool,
    which: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whatever is ordered when, also filtered by a rep: the same lines as by walking through each customer's orders."""
    mark = ", mark: {column: mark, upsell: [upsell], cross_sell: [cross-sell]}" if has_mark else ""
    model = (
        "name: purchases\ntable: sold\nkey: id\ntime: at\ndimensions: {line: id, rep: rep}\n"
        f"history: {{customer: customer, order: number, category: category, level: level, min_uplift: {uplift / 100}{mark}}}\n"
        "measures:\n"
        "  existing_value: {agg: count, when: existing}\n"
        "  upsell_value: {agg: count, when: upsell}\n"
        "  cross_sell_value: {agg: count, when: cross_sell}\n"
    )
    folder = tmp_path_factory.mktemp("sold")
    table = [
        (n, *row[:2], f"2026-01-0{row[2] + 1}", *row[3:], "Ann" if n % 2 else "Bob")
        for n, row in enumerate(rows)
    ]
    columns = "id INTEGER, customer TEXT, number INTEGER, at TEXT, category TEXT, level NUMERIC, mark TEXT, rep TEXT"
    url = write_tables(folder / "shop.sqlite", {"sold": (columns, table)})
    config = write_config(folder / "config", {"purchases": model}, {"bought": METRICS["bought"]})
    metric, kind = (
        ("bought", "existing"),
        ("upsell_revenue", "upsell"),
        ("cross_sell_revenue", "cross-sell"),
    )[which]
    with closing((shop := Shop(url, config, NOW)).engine):
        everything, of_ann = (
            lines_of(shop, metric),
            lines_of(shop, metric, "rep:Ann all time") if len(rows) > 1 else None,
        )
    lines = [Bought(n, *row) for n, row in enumerate(rows)]
    found = {line.line for line in told_in_python(lines, uplift, has_mark=has_mark)[kind]}
    assert everything == found
    assert of_ann is None or of_ann == {n for n in found if n % 2}
