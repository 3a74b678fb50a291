"""How far the rows are loaded: read for all models at once, on the table that has the moments, and kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kpi_engine.definitions.loader import load
from kpi_engine.reading.reader import Reader
from tests.kpi_engine.reading.counted import CountedWarehouse
from tests.shop import BRUSSELS, SHIPPED, write_config, write_tables

NOW = datetime(2026, 10, 1, 12, tzinfo=BRUSSELS)
LINES = """
name: lines
table: lines
key: id
time: order.ordered_at
joins:
  order: {model: orders, on: {order_id: id}, required: true}
dimensions: {rep: order.rep_id}
measures: {value: {agg: sum, of: amount}}
"""
ORDERS = "name: orders\ntable: orders\nkey: id\ntime: ordered_at\nwhere: \"status <> 'cancelled'\"\n"
RETURNS = """
name: returns
table: returns
key: id
time: order.ordered_at
joins: {order: {model: orders, on: {order_id: id}}}
dimensions: {rep: order.rep_id}
measures: {count: {agg: count}}
"""
MEASURE = "dimensions: {rep: rep_id}\nmeasures: {count: {agg: count}}\n"
TABLES = {
    "orders": (
        "id INTEGER PRIMARY KEY, ordered_at TEXT, rep_id INTEGER, status TEXT",
        [
            (1, "2024-02-03 10:00:00", 1, "paid"),
            (2, "2026-09-30 18:30:00", 1, "paid"),
            (3, "2026-09-30 23:00:00", 1, "cancelled"),
            (4, "2026-10-02 09:00:00", 1, "paid"),  # after now
        ],
    ),
    "lines": ("id INTEGER, order_id INTEGER, amount REAL", [(1, 1, 5.0), (2, 1, 6.0)]),
    "returns": ("id INTEGER, order_id INTEGER", [(1, 1)]),
}
ELSEWHERE = {
    "dates": ("date", [("2026-08-30",), ("2026-09-29",)], "2026-09-29T23:59:59"),
    "epochs": ("integer", [(1_790_000_000,)], "2026-09-21T16:13:20"),
    "old": ("text", [("2020-05-05 08:00:00",)], "2020-05-05T08:00:00"),
    "empty": ("text", [], None),
    **{f"more{number}": ("text", [("2026-09-28 08:00",)], "2026-09-28T08:00:00") for number in range(15)},
}
"""Models of one table each: the type of its moments, its rows and until when it is loaded."""


class Watch:
    """A clock of the machine that goes when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class World:
    """A reader over one database, its clock, and the statements that it was asked."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "shop.sqlite"
        tables = TABLES | {
            name: (f"id INTEGER, at {kind}, rep_id INTEGER", [(i, *row, 1) for i, row in enumerate(rows)])
            for name, (kind, rows, _) in ELSEWHERE.items()
        }
        models = {"lines": LINES, "orders": ORDERS + MEASURE, "returns": RETURNS}
        models |= {name: f"name: {name}\ntable: {name}\nkey: id\ntime: at\n{MEASURE}" for name in ELSEWHERE}
        self.warehouse = CountedWarehouse(write_tables(self.path, tables))
        self.watch = Watch()
        self.catalogue = load(write_config(folder / "own", models), SHIPPED)
        self.reader = Reader(self.catalogue, {"sales": self.warehouse}, BRUSSELS, self.watch)

    def until(self, model: str, now: datetime = NOW) -> datetime | None:
        return self.reader.span(self.catalogue.models[model], now).until

    def add(self, table: str, *row: object) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)
            connection.commit()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.warehouse.close()


def at(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


def test_all_models_are_read_together(world: World) -> None:
    """One statement tells how the moments are stored, one until when; one more for those without new rows."""
    models = [world.catalogue.models[name] for name in (*TABLES, *ELSEWHERE)]
    spans = world.reader.spans(models, NOW)
    assert list(spans) == [model.name for model in models]
    assert len(models) > 20
    assert len(world.warehouse.taken()) == 3
    assert {name: spans[name].until for name in ELSEWHERE} == {
        name: at(until) for name, (_, _, until) in ELSEWHERE.items()
    }
    assert spans["orders"].first == spans["lines"].first == at("2024-02-03T10:00:00")
    assert spans["orders"].until == at("2026-09-30T18:30:00")
    assert world.reader.spans(models, NOW) == spans
    assert world.warehouse.taken() == []
    world.watch.seconds = 61
    assert world.reader.spans(models, NOW + timedelta(seconds=61)) == spans
    statements = world.warehouse.taken()
    assert "min(" not in statements[0]
    assert len(statements) == 2 + 1  # an empty table can't tell how it is stored


def test_a_required_join_is_read_on_its_own_table(world: World) -> None:
    """An order without lines says how far the lines are loaded; behind an optional join only rows tell."""
    assert world.until("lines") == at("2026-09-30T18:30:00")
    statement = world.warehouse.taken()[-1]
    assert "orders" in statement
    assert "lines" not in statement.replace("lines_order", "")
    assert world.until("returns") == at("2024-02-03T10:00:00")


def test_new_rows_count_after_a_minute(world: World) -> None:
    """Of the questions' clock as of the machine's; an earlier question is read for itself."""
    before = at("2026-09-30T18:30:00")
    assert world.until("orders") == before
    world.add("orders", 9, "2026-10-01 11:00:00", 1, "paid")
    assert world.until("orders", NOW + timedelta(seconds=30)) == before
    assert world.until("orders", NOW - timedelta(hours=2)) == before
    assert world.until("orders", NOW) == at("2026-10-01T11:00:00")
    world.add("orders", 10, "2026-10-01 11:30:00", 1, "paid")
    assert world.until("orders", NOW) == at("2026-10-01T11:00:00")
    world.watch.seconds = 61
    assert world.until("orders", NOW) == at("2026-10-01T11:30:00")


def test_the_first_moment_is_kept_for_a_day(world: World) -> None:
    """Rows that are loaded for earlier are seen the day after; the first rows of an empty table at once."""
    orders, empty = world.catalogue.models["orders"], world.catalogue.models["empty"]
    world.reader.spans([orders, empty], NOW)
    world.add("orders", 9, "2020-01-01 00:00:00", 1, "paid")
    world.add("empty", 1, "2026-09-01 08:00:00", 1)
    later = NOW + timedelta(minutes=2)
    world.watch.seconds = 120
    spans = world.reader.spans([orders, empty], later)
    assert spans["orders"].first == at("2024-02-03T10:00:00")
    assert spans["empty"].first == at("2026-09-01T08:00:00")
    world.watch.seconds = 86_401
    assert world.reader.span(orders, NOW + timedelta(days=1, minutes=1)).first == at("2020-01-01T00:00:00")


def test_texts_that_are_no_dates(tmp_path: Path) -> None:
    """Empty, of zeros or mistyped: the nearest moment that is a date says from when to when."""
    texts = ["", "0000-00-00", "2025-03-04", "2026-02-30", "2026-09-11", "20226-09-12"]
    tables = {
        "orders": ("id INTEGER, at TEXT, rep_id INTEGER", [(i, text, 1) for i, text in enumerate(texts)])
    }
    models = {"orders": f"name: orders\ntable: orders\nkey: id\ntime: at\n{MEASURE}"}
    warehouse = CountedWarehouse(write_tables(tmp_path / "shop.sqlite", tables))
    catalogue = load(write_config(tmp_path / "own", models), SHIPPED)
    span = Reader(catalogue, {"sales": warehouse}, BRUSSELS).span(catalogue.models["orders"], NOW)
    assert span.first == at("2025-03-04T23:59:59")
    assert span.until == at("2026-09-11T23:59:59")
    warehouse.close()
