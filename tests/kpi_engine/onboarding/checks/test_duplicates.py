"""Rows that are there twice under two numbers."""

from __future__ import annotations

import random
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.kpi_engine.onboarding.checks.test_advice_followed import Followed
from tests.shop import Tables, checked

SALES = """name: sales
table: orders
key: id
time: at
dimensions: {rep: rep, customer: customer}
measures:
  value: {agg: sum, of: amount}
  orders: {agg: count}
"""
COLUMNS = "id INTEGER, at TEXT, rep TEXT, customer INTEGER, amount NUMERIC"


def _orders(count: int) -> list[tuple[object, ...]]:
    dice = random.Random(7)
    start = date(2025, 9, 1)
    return [
        (
            str(start + timedelta(days=dice.randrange(150))),
            dice.choice(["Ann", "Bob"]),
            dice.randrange(200),
            round(dice.lognormvariate(4, 1), 2),
        )
        for _ in range(count)
    ]


def _numbered(rows: list[tuple[object, ...]], columns: str = COLUMNS) -> Tables:
    return {"orders": (columns, [(place, *row) for place, row in enumerate(rows)])}


def test_a_few_rows_twice(tmp_path: Path) -> None:
    """Followed, each counts once."""
    rows: list[tuple[object, ...]] = [
        ("2026-02-05", "Ann", 1, 10),
        ("2026-02-06", "Bob", 2, 25),
        ("2026-02-06", "Bob", 2, 25),
        ("2026-02-07", "Ann", 3, 40),
    ]
    shop = Followed(tmp_path, _numbered(rows), {"sales": SALES})
    problem = shop.found("the same as another row in every column but id")
    assert (problem.is_warning, problem.line) == (True, 3)
    assert "1 of 4 rows" in problem.message
    query = re.search(r"query: (\".*\")", problem.fix)
    assert query
    shop.models["sales"] = SALES.replace("table: orders", f"query: {query[1]}")
    assert shop.problems() == []
    assert (shop.value("sales 2026-02"), shop.value("orders 2026-02")) == (75, 3)


def test_a_load_that_ran_twice(tmp_path: Path) -> None:
    """A day of many is there twice."""
    rows = _orders(3000)
    again = [row for row in rows if row[0] == "2025-11-11"]
    (found,) = [
        problem
        for problem in checked(tmp_path, _numbered([*rows, *again]), {"sales": SALES})
        if "same as another row" in problem.message
    ]
    assert f"{len(again):,} of {len(rows) + len(again):,} rows" in found.message


@pytest.mark.parametrize("twice", [False, True])
def test_rows_of_few_values_are_equal_by_chance(tmp_path: Path, twice: bool) -> None:
    """Leads of a day, a source and a rep tell nothing, also if some are there twice."""
    dice = random.Random(5)
    rows: list[tuple[object, ...]] = [
        (
            str(date(2025, 9, 1) + timedelta(days=dice.randrange(150))),
            dice.choice("abc"),
            dice.randrange(4),
            1,
        )
        for _ in range(3000)
    ]
    found = checked(tmp_path, _numbered(rows + rows[:5] * twice), {"sales": SALES})
    assert not [problem for problem in found if "same as another row" in problem.message]


def test_prices_of_a_list_are_equal_by_chance(tmp_path: Path) -> None:
    """Two customers buy the same on one day."""
    dice = random.Random(3)
    rows: list[tuple[object, ...]] = [
        (
            str(date(2025, 9, 1) + timedelta(days=dice.randrange(150))),
            "Ann",
            dice.randrange(30),
            dice.choice([9, 19, 49]),
        )
        for _ in range(3000)
    ]
    found = checked(tmp_path, _numbered(rows), {"sales": SALES})
    assert not [problem for problem in found if "same as another row" in problem.message]


def test_a_key_that_says_something(tmp_path: Path) -> None:
    """Two order numbers are two orders."""
    rows = [("a-1", "2026-02-05", "Ann", 1, 10), ("a-2", "2026-02-05", "Ann", 1, 10)]
    tables = {"orders": (COLUMNS.replace("id INTEGER", "id TEXT"), rows)}
    assert checked(tmp_path, tables, {"sales": SALES}) == []
