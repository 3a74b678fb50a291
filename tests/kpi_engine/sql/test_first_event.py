"""Each customer's first event of all time against plain Python: ties, filters, splits, rows of nobody."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kpi_engine.domain.metrics import MeasureRef, Need
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Filter, Key, Member
from kpi_engine.sql.scan import Ask
from tests.shop import Shop, write_config, write_tables

ORDERS = """name: sales
table: orders
key: id
time: at
dimensions: {rep: rep, product: product}
measures:
  new_customers: {agg: count_distinct, of: customer, where: "amount > 0", first: {per: customer, event: order_id}}
"""
NEW = Need("value", MeasureRef("sales", "new_customers"))
FIRST = date(2024, 1, 1)
BEYOND = timedelta(days=1_000)

Row = tuple[int, int, str | None, int, int | None, str, int]
"""A line: its key, its day, customer, order, rep, product and amount."""


@st.composite
def lines(draw: st.DrawFn) -> list[Row]:
    """Lines of orders; of an order all have one customer, day and rep. Many fall on the same days."""
    orders = draw(
        st.lists(
            st.tuples(
                st.sampled_from([0, 1, 30, 31, 400, 401, 700]),
                st.sampled_from(["A", "a", "B", "C", None]),
                st.sampled_from([1, 2, None]),
            ),
            min_size=1,
            max_size=10,
        )
    )
    keys = draw(st.permutations(range(len(orders))))  # the smallest key isn't the row that is stored first
    found: list[Row] = []
    for order, (day, customer, rep) in zip(keys, orders, strict=True):
        for product, amount in draw(
            st.lists(st.tuples(st.sampled_from("xy"), st.sampled_from([5, 0, -1])), min_size=1, max_size=2)
        ):
            found.append((len(found), day, customer, order, rep, product, amount))
    return found


def expected(rows: list[Row], window: Window, by: int | None, only: tuple[int, Key] | None) -> dict[Key, int]:
    """The different customers whose first order that counts lies in the window, by a column of its lines."""
    orders: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row[2] is not None and row[6] > 0:
            orders[row[2]].append(row)
    found: dict[Key, set[str]] = defaultdict(set)
    for customer, own in orders.items():
        earliest = min((row[1], row[3]) for row in own)
        day = FIRST + timedelta(days=earliest[0])
        if window.start is not None and window.end is not None and not window.start <= day < window.end:
            continue
        for row in own:
            if (row[1], row[3]) == earliest and (only is None or row[only[0]] == only[1]):
                found[None if by is None else row[by]].add(customer)
    return {key: len(customers) for key, customers in found.items()}


WINDOWS = (
    Window(None, None),
    Window(FIRST, FIRST + timedelta(days=1)),
    Window(FIRST, FIRST + timedelta(days=31)),
    Window(FIRST + timedelta(days=30), FIRST + timedelta(days=401)),
    Window(FIRST + timedelta(days=400), FIRST + BEYOND),
)
COLUMNS = {"rep": 4, "product": 5}


@settings(max_examples=25, derandomize=True, phases=(Phase.generate,))
@given(lines())
def test_first_events(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> None:
    """By the first order's own rep and product, filtered by them, over windows before and after others."""
    folder = tmp_path_factory.mktemp("shop")
    stored = [(row[0], str(FIRST + timedelta(days=row[1])), *row[2:]) for row in rows]
    columns = (
        "id INTEGER, at TEXT, customer TEXT, order_id INTEGER, rep INTEGER, product TEXT, amount INTEGER"
    )
    url = write_tables(folder / "shop.sqlite", {"orders": (columns, stored)})
    shop = Shop(url, write_config(folder / "own", {"sales": ORDERS}), "2026-11-23T08:30")
    filters = [None, (4, 1), (4, None), (5, "x")]
    names = {place: name for name, place in COLUMNS.items()}
    asks = [
        (Ask(NEW, WINDOWS, by, where), None if not by else COLUMNS[by[0]], only)
        for by in ((), ("rep",), ("product",))
        for only in filters
        for where in [(Filter(names[only[0]], (Member(only[1], ""),)),) if only else ()]
    ]
    for together in (asks, *([entry] for entry in asks[1::5])):
        asks = [ask for ask, _, _ in together]
        evaluation = shop.engine._reader.evaluate(asks, shop.now, ["any"] * len(asks))
        for place, (ask, by, only) in enumerate(together):
            for window in WINDOWS:
                found = {key[0] if key else None: n for key, n in evaluation.cell(place, window).items() if n}
                assert found == expected(rows, window, by, only), (ask, window)
    shop.engine.close()
