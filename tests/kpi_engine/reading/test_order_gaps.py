"""Waits between orders are read once a day."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select

from kpi_engine.analysis.intervals import Waits
from kpi_engine.database.warehouse import Row, SqlWarehouse
from kpi_engine.definitions.loader import load
from kpi_engine.domain.metrics import MeasureRef
from kpi_engine.reading.day_memory import DayMemory
from kpi_engine.reading.order_gaps import waits_of
from kpi_engine.reading.reader import Reader, Span
from kpi_engine.reading.wanted import WaitsOf
from tests.shop import BRUSSELS, SHIPPED, write_config, write_tables

MODEL = (
    "name: activity\ntable: orders\nkey: id\ntime: at\n"
    "measures: {customers: {agg: count_distinct, of: customer}}\n"
)
MARCH = WaitsOf(MeasureRef("activity", "customers"), (), date(2025, 3, 1), date(2026, 3, 1))
MORNING = datetime(2026, 3, 2, 9, tzinfo=BRUSSELS)


class CountingWarehouse(SqlWarehouse):
    """Counts what is read."""

    reads = 0

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        self.reads += 1
        return super().read(statement)


def _shop(folder: Path, days: Sequence[tuple[str, str]]) -> tuple[CountingWarehouse, Reader]:
    orders = [(number, who, day) for number, (who, day) in enumerate(days)]
    url = write_tables(folder / "shop.sqlite", {"orders": ("id INTEGER, customer TEXT, at TEXT", orders)})
    warehouse = CountingWarehouse(url)
    catalogue = load(write_config(folder / "config", {"activity": MODEL}), SHIPPED)
    return warehouse, Reader(catalogue, {"sales": warehouse}, BRUSSELS)


def test_waits_by_hand(tmp_path: Path) -> None:
    """Several orders on one day are one; four waits of 1, 2, 9 and 20 days.

    Of the four customers A and C have waited for more than 20 days at the end, and D's last order was a
    year and a day before.
    """
    days = [
        ("A", "2026-01-01"), ("A", "2026-01-02"), ("A", "2026-01-02"), ("A", "2026-01-04"),
        ("B", "2026-02-08"), ("B", "2026-02-28"), ("C", "2026-01-01"), ("C", "2026-01-10"),
        ("D", "2025-02-28"), ("B", "2026-03-01"),
    ]  # fmt: skip
    warehouse, reader = _shop(tmp_path, days)
    with closing(warehouse):
        waits, run = waits_of(reader, MARCH, Span(None, MORNING), MORNING)
    assert waits == Waits(4, 20, 20, 2)
    assert run.sql.startswith("WITH kpi_gaps AS")


def test_nobody_had_two(tmp_path: Path) -> None:
    """There are no waits, as in a table without rows."""
    warehouse, reader = _shop(tmp_path, [("A", "2026-01-01"), ("B", "2026-01-02")])
    with closing(warehouse):
        assert waits_of(reader, MARCH, Span(None, MORNING), MORNING)[0] is None


@pytest.mark.parametrize(
    ("loaded", "later", "reads"),
    [
        (timedelta(), timedelta(hours=3), 0),
        (timedelta(), timedelta(days=1), 1),
        (timedelta(hours=2), timedelta(hours=3), 0),
        (timedelta(days=-3), timedelta(hours=3), 1),
    ],
    ids=["same day", "next day", "newer rows of other days", "days before were loaded meanwhile"],
)
def test_read_once_a_day(loaded: timedelta, later: timedelta, reads: int, tmp_path: Path) -> None:
    """Unless the days that count weren't all loaded the first time."""
    warehouse, reader = _shop(tmp_path, [("A", "2026-01-01"), ("A", "2026-01-02")])
    with closing(warehouse):
        first, _ = waits_of(reader, MARCH, Span(None, MORNING + loaded), MORNING)
        before = warehouse.reads
        now = MORNING + later
        assert waits_of(reader, MARCH, Span(None, now), now)[0] == first
        assert warehouse.reads - before == reads


def test_a_memory_is_bounded_and_of_one_day() -> None:
    """What was used least recently goes first."""
    memory: DayMemory[int] = DayMemory(size=2)
    monday, tuesday = date(2026, 3, 2), date(2026, 3, 3)
    memory.put(monday, "a", 1)
    memory.put(monday, "b", 2)
    assert memory.get(monday, "a") == 1
    memory.put(monday, "c", 3)
    assert [memory.get(monday, key) for key in "abc"] == [1, None, 3]
    assert memory.get(tuesday, "a") is None
