"""Notes that depend on the rows, each on a shop small enough to count by hand, with its counterpart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from kpi_engine.domain.answer import Note
from tests.shop import Shop, Tables, write_config, write_tables

Open = Callable[..., Shop]

ORDERS = "id INTEGER, at TEXT, rep INTEGER, amount NUMERIC"
SALES = """name: sales
table: orders
key: id
time: at
dimensions: {rep: rep}
measures: {value: {agg: sum, of: amount}}
"""
REPS = "name: reps\ntable: reps\nkey: id\nmembers: {rep: {label: name}}\n"
DEALS = """name: opportunities
table: deals
key: id
time: closed_at
dimensions: {}
measures: {won: {agg: count, where: "won = 1"}, closed: {agg: count}}
"""
LEADS = """name: leads
table: leads
key: id
time: at
dimensions: {}
measures: {created: {agg: count}}
"""
LINES = """name: purchases
table: lines
key: id
time: at
dimensions: {product: item}
measures: {value: {agg: sum, of: amount}}
"""


@pytest.fixture
def open_shop(tmp_path: Path) -> Iterator[Open]:
    shops: list[Shop] = []

    def opened(tables: Tables, models: Mapping[str, str]) -> Shop:
        folder = tmp_path / str(len(shops))
        folder.mkdir()
        url = write_tables(folder / "shop.sqlite", tables)
        shops.append(Shop(url, write_config(folder / "own", models), "2026-11-23T08:30"))
        return shops[-1]

    yield opened
    for shop in shops:
        shop.engine.close()


def _note(shop: Shop, line: str, code: str) -> Note | None:
    return next((note for note in shop.ask(line).notes if note.code == code), None)


@pytest.mark.parametrize(
    ("last", "is_late"),
    [
        ("2026-10-27", True),  # a Tuesday: Tuesday to Friday lack rows
        ("2026-10-29", False),  # a Thursday: two working days at most may be quiet
        ("2026-11-03", False),
    ],
)
def test_data_that_stops_before_the_period_s_end(last: str, is_late: bool, open_shop: Open) -> None:
    """More than two working days up to the end without a row."""
    rows = [(1, "2026-09-01", 1, 10), (2, "2026-10-05", 1, 10), (3, last, 1, 10)]
    shop = open_shop({"orders": (ORDERS, rows)}, {"sales": SALES})
    found = _note(shop, "sales 2026-10", "partial_load")
    assert found == (
        Note("partial_load", {"until": date.fromisoformat(last), "is_sum": True}) if is_late else None
    )


def _deals(october: int, won: int) -> Tables:
    """September: 10 deals, 2 won."""
    columns = "id INTEGER, closed_at TEXT, won INTEGER"
    earlier = [(n, "2026-09-15", int(n < 2)) for n in range(10)]
    return {"deals": (columns, [*earlier, *((100 + n, "2026-10-15", int(n < won)) for n in range(october))])}


def test_few_cases(open_shop: Open) -> None:
    """Seeing 20 % halved takes 199 cases a side (Fleiss); with 198 it is said, with 199 it isn't."""
    found = _note(open_shop(_deals(30, 9), {"opportunities": DEALS}), "win_rate 2026-10", "few")
    assert found == Note("few", {"n": 30, "needed": 199})
    short = _note(open_shop(_deals(198, 40), {"opportunities": DEALS}), "win_rate 2026-10", "few")
    assert short == Note("few", {"n": 198, "needed": 199})
    assert _note(open_shop(_deals(199, 40), {"opportunities": DEALS}), "win_rate 2026-10", "few") is None


def test_nothing_under_the_filters(open_shop: Open) -> None:
    """Only where somebody filtered: a company without sales has none to be missed."""
    tables = {
        "orders": (ORDERS, [(1, "2026-10-05", 1, 10), (2, "2026-11-05", 1, 10)]),
        "reps": ("id INTEGER, name TEXT", [(1, "Anna"), (2, "Bob")]),
    }
    shop = open_shop(tables, {"sales": SALES, "reps": REPS})
    assert _note(shop, "sales rep:bob 2026-10", "no_rows") == Note("no_rows")
    assert _note(shop, "sales rep:anna 2026-10", "no_rows") is None
    assert shop.value("sales 2026-08") is None
    assert _note(shop, "sales 2026-08", "no_rows") is None


def test_leads_that_are_too_young(open_shop: Open) -> None:
    """On 23 November those since 25 October have had fewer than 30 whole days to qualify."""
    days = ["2026-10-01", "2026-10-10", "2026-10-24", "2026-10-25", "2026-11-20"]
    rows = [(n, day, "2026-10-12" if n == 1 else None) for n, day in enumerate(days)]
    shop = open_shop({"leads": ("id INTEGER, at TEXT, qualified_at TEXT", rows)}, {"leads": LEADS})
    answer = shop.ask("lead_quality 2026-10")
    assert (answer.figure.numerator, answer.figure.denominator) == (1, 3)
    assert Note("maturing", {"count": 1, "share": 0.25}) in answer.notes
    assert _note(shop, "lead_quality 2026-09", "maturing") is None


def _baskets(both: int) -> Tables:
    """`both` orders of a bed and a lamp, and a hundred of a chair alone."""
    rows = [(f"b{n}", item) for n in range(both) for item in ("bed", "lamp")]
    rows += [(f"c{n}", "chair") for n in range(100)]
    columns = "id INTEGER, order_id TEXT, item TEXT, at TEXT, amount NUMERIC"
    return {"lines": (columns, [(n, order, item, "2026-10-05", 1) for n, (order, item) in enumerate(rows)])}


def test_no_two_items_often_enough(open_shop: Open) -> None:
    """A pair is judged from 20 joint orders on."""
    rare = open_shop(_baskets(19), {"purchases": LINES})
    assert _note(rare, "pairs", "no_pairs") == Note("no_pairs", {"needed": 20})
    assert rare.value("pairs") == 0
    often = open_shop(_baskets(20), {"purchases": LINES})
    assert _note(often, "pairs", "no_pairs") is None
    assert often.value("pairs") == 1
