"""The same dirt is found on every database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Column, DateTime, Integer, MetaData, Numeric, String, Table, create_engine

from tests.four_databases import FOUR, address_of
from tests.shop import BRUSSELS, Shop, write_config

METADATA = MetaData()
Table(
    "dirty_orders",
    METADATA,
    Column("id", Integer),
    Column("At", DateTime),
    Column("product", String(20)),
    Column("source", String(20)),
    Column("amount", Numeric(10, 2)),
    Column("words", String(20)),
    Column("currency", String(3)),
)
Table("dirty_products", METADATA, Column("code", String(20)), Column("label", String(20)))
Table("dirty_twice", METADATA, Column("id", Integer), Column("day", DateTime))
Table("dirty_hours", METADATA, Column("id", Integer), Column("moment", DateTime), Column("kind", String(9)))
SPRING = datetime(2025, 3, 30, 2, 30)
ORDERS = [
    (1, SPRING, "GTXPro", "web", 10, "12,50", "EUR"),
    (2, datetime(2025, 4, 30, 12), "GTX Pro", "Web ", None, "3", "USD"),
    (3, None, "GTX Pro", "web", 5, "4", "EUR"),
]
SKIPPED = "in the hour that Europe/Brussels skips when its clock goes forward, so it isn't in that zone."
SALES = """name: sales
table: dirty_orders
key: id
time: at
columns: {at: At}
joins:
  product: {model: products, on: {product: code}}
dimensions:
  product: product
  source: source
measures:
  value: {agg: sum, of: amount}
  largest: {agg: max, of: amount}
  none: {agg: count, where: "source = 'nowhere'"}
"""
PRODUCTS = "name: products\ntable: dirty_products\nkey: code\nmembers: {product: {label: label}}\n"
TWICE = "name: twice\ntable: dirty_twice\nkey: id\ntime: day\nzone: America/New_York\nmeasures: {rows: {agg: count}}\n"
HOURS = [
    (number, at.astimezone(UTC).replace(tzinfo=None), "web")
    for number in range(800)
    for at in [datetime(2024, 4, 1, 9 + number % 2, tzinfo=BRUSSELS) + timedelta(days=number % 395)]
]


@pytest.fixture(params=FOUR)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database with orders that have a bit of everything wrong."""
    address = address_of(request.param, request, tmp_path / "dirty.db")
    engine = create_engine(address)
    METADATA.drop_all(engine)
    METADATA.create_all(engine)
    days = [(1, datetime(2025, 1, 1)), (2, datetime(2025, 1, 2)), (2, datetime(2025, 1, 3))]
    rows = {
        "dirty_orders": ORDERS,
        "dirty_products": [("GTX Pro", "GTX"), ("MG", "GTX")],
        "dirty_twice": days,
        "dirty_hours": HOURS,
    }
    with engine.begin() as connection:
        for name, values in rows.items():
            table = METADATA.tables[name]
            names = [column.name for column in table.columns]
            connection.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in values])
    engine.dispose()
    yield address
    METADATA.drop_all(engine)
    engine.dispose()


def _found(url: str, folder: Path, models: dict[str, str]) -> list[str]:
    shop = Shop(url, write_config(folder / "own", models), "2025-05-02T08:30")
    try:
        found = [*shop.engine.problems(), *shop.engine.row_problems(shop.now)]
    finally:
        shop.engine.close()
    words = {"error": "wrong", "warning": "odd", "note": "note"}
    return [f"{problem.line} {words[problem.severity]} {problem.message}" for problem in found]


def test_dirt_of_every_kind(url: str, tmp_path: Path) -> None:
    """Line by line."""
    assert _found(url, tmp_path, {"sales": SALES, "products": PRODUCTS}) == [
        "7 odd joins.product: 1 of 3 rows don't match a row of products: 'GTXPro' for 'GTX Pro'?",
        "12 odd measures.value: amount is empty in 1 of 3 rows; they add nothing.",
        "13 odd measures.largest: amount is empty in 1 of 3 rows; they are left out.",
        "14 odd measures.none.where is true for none of 3 rows: it is always 0.",
        f"4 odd 1 rows have a at {SKIPPED}",
        "4 odd 1 of 3 rows have no at: they count in all time only.",
        "12 wrong measures.value adds up 2 currencies (rows by currency: EUR 2, USD 1).",
        "4 odd 2 members of product are called 'GTX' ('GTX Pro', 'MG').",
        "9 odd product holds 'GTX Pro' (2 rows), 'GTXPro' (1 rows): these count as 2 members.",
        "10 odd source holds 'web' (2 rows), 'Web ' (1 rows): these count as 2 members.",
        "4 note 1 of 2 members of product occur in no row ('GTX'); they are shown with 0.",
    ]  # fmt: skip


def test_a_key_that_repeats_and_days_in_disguise(url: str, tmp_path: Path) -> None:
    """The second is looked at only where the first is mended."""
    (found,) = _found(url, tmp_path, {"twice": TWICE})
    assert found == "3 wrong id isn't unique: 3 rows have 2 values (2 repeat)."
    mended = TWICE.replace("key: id", "key: day")
    (found,) = _found(url, tmp_path, {"twice": mended})
    assert found.startswith("5 odd day is at midnight in all 3 rows: these are days")


def test_a_sum_of_text(url: str, tmp_path: Path) -> None:
    """Strict databases refuse it, SQLite would cut '12,50' off: an error on each."""
    found = _found(url, tmp_path, {"sales": SALES.replace("agg: sum, of: amount", "agg: sum, of: words"), "products": PRODUCTS})  # fmt: skip
    first = next(text for text in found if text.startswith("12 wrong"))
    assert "words holds" in first


def test_hours_in_utc_and_a_value_that_no_row_has(url: str, tmp_path: Path) -> None:
    """Office hours that move with the seasons, and a kind spelt otherwise."""
    hours = """name: hours
table: dirty_hours
key: id
time: moment
where: "kind not in ('Fair', 'We b')"
measures: {rows: {agg: count}}
"""
    assert _found(url, tmp_path, {"hours": hours}) == [
        "5 odd where: no row has a value that it names ('We b' for 'web'?): kind holds 'web'.",
        "4 odd moment lies an hour earlier in summer than in winter, read as Europe/Brussels: it probably isn't in that zone.",
    ]
