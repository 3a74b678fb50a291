"""Rows of each day: models over the same rows together, the years once a day, the last days after a minute."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from kpi_engine.definitions.loader import load
from kpi_engine.reading.day_counts import is_counted
from kpi_engine.reading.reader import Reader
from kpi_engine.reading.wanted import DaysOf
from tests.kpi_engine.reading.counted import CountedWarehouse
from tests.shop import BRUSSELS, SHIPPED, write_config, write_tables

NOW = datetime(2026, 10, 1, 12, tzinfo=BRUSSELS)
TODAY = NOW.date()
ORDERS = "name: orders\ntable: orders\nkey: id\ntime: at\nmeasures: {count: {agg: count}}\n"
MODELS = {
    "orders": ORDERS,
    "again": ORDERS.replace("name: orders", "name: again"),
    "paid": ORDERS.replace("name: orders", "name: paid") + "where: paid_at is not null\n",
    "lines": """name: lines
table: lines
key: id
time: order.at
joins: {order: {model: orders, on: {order_id: id}, required: true}}
measures: {count: {agg: count}, shipped: {agg: count, time: shipped_at}}
""",
    "costs": "name: costs\ntable: costs\nkey: id\ntime: month\ngrain: month\nmeasures: {count: {agg: count}}\n",
    "broken": ORDERS.replace("name: orders", "name: broken").replace("time: at", "time: nowhere"),
}
TABLES = {
    "orders": (
        "id INTEGER, at TEXT, paid_at TEXT",
        [
            (1, "2026-09-01 10:00", "2026-09-02 10:00"),
            (2, "2026-09-01 23:59", None),
            (3, "2026-09-30 10:00", None),
            (4, "2026-10-01 13:00", None),  # after now
            (5, "2018-05-04 10:00", None),  # long ago
        ],
    ),
    "lines": ("id INTEGER, order_id INTEGER, shipped_at TEXT", [(1, 1, "2026-09-10"), (2, 1, "2026-09-10")]),
    "costs": ("id INTEGER, month TEXT", [(1, "2026-09")]),
}
COUNTS = {date(2026, 9, 1): 2, date(2026, 9, 30): 1}


class World:
    """A reader over one database, a clock of the machine, and the statements that were sent."""

    def __init__(self, folder: Path) -> None:
        self.path, self.seconds = folder / "shop.sqlite", 0.0
        self.warehouse = CountedWarehouse(write_tables(self.path, TABLES))
        self.catalogue = load(write_config(folder / "own", MODELS), SHIPPED)
        self.reader = Reader(self.catalogue, {"sales": self.warehouse}, BRUSSELS, lambda: self.seconds)

    def counts(self, *names: str, now: datetime = NOW) -> dict[str, object]:
        found = self.reader.day_rows([DaysOf(name) for name in names], now)
        return {want.model: rows and dict(rows.counts) for want, rows in found.items()}

    def add(self, day: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("INSERT INTO orders VALUES (9, ?, NULL)", (day,))
            connection.commit()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.warehouse.close()


def test_all_models_in_one_statement(world: World) -> None:
    """One tells how moments are stored, one counts; the same rows once, lines on the table of their orders."""
    found = world.counts("orders", "again", "lines", "paid")
    assert found["orders"] == found["again"] == found["lines"] == COUNTS
    assert found["paid"] == {date(2026, 9, 1): 1}
    statements = world.warehouse.taken()
    assert len(statements) == 2
    assert statements[-1].count("UNION ALL") == 1
    assert "lines" not in statements[-1]


def test_the_time_of_a_measure(world: World) -> None:
    want = DaysOf("lines", ("shipped_at",))
    found = world.reader.day_rows([want], NOW)[want]
    assert found is not None
    assert found.counts == {date(2026, 9, 10): 2}


def test_the_last_days_are_counted_again_after_a_minute(world: World) -> None:
    """By either clock; what is older is known for the day, and not for a question as of an earlier moment."""
    assert world.counts("orders")["orders"] == COUNTS
    world.warehouse.taken()
    world.add("2026-09-29 09:00")
    world.add("2026-08-03 09:00")
    assert world.counts("orders", now=NOW + timedelta(seconds=30))["orders"] == COUNTS
    assert world.warehouse.taken() == []
    world.seconds = 61
    late = COUNTS | {date(2026, 9, 29): 1}
    assert world.counts("orders", now=NOW + timedelta(seconds=61))["orders"] == late
    (statement,) = world.warehouse.taken()
    assert "2026-09-17" in statement
    every = late | {date(2026, 8, 3): 1}
    assert world.counts("orders", now=NOW - timedelta(hours=1))["orders"] == every
    world.seconds = 86_500
    assert world.counts("orders", now=NOW + timedelta(days=1))["orders"] == every | {TODAY: 1}


def test_what_a_database_refuses_is_not_known(world: World) -> None:
    """The others are counted; it isn't asked again with every question."""
    assert world.counts("broken", "orders") == {"broken": None, "orders": COUNTS}
    world.warehouse.taken()
    world.seconds = 61
    assert world.counts("broken", now=NOW + timedelta(seconds=61)) == {"broken": None}
    assert world.warehouse.taken() == []
    world.seconds = 3_700
    assert world.counts("broken", now=NOW + timedelta(hours=1)) == {"broken": None}


def test_which_models_have_days(world: World) -> None:
    """Not those with one row a month, and not the bot's own."""
    models = world.catalogue.models
    assert is_counted(models["orders"])
    assert not is_counted(models["costs"])
    assert not any(is_counted(model) for model in models.values() if model.is_own)
