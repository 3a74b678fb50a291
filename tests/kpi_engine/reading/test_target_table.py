"""Targets of a customer's table: one statement for a request, none for a metric without targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select

from kpi_engine.database.warehouse import Row, SqlWarehouse
from kpi_engine.reading import target_table
from kpi_engine.reading.target_table import TableTargets
from kpi_engine.reading.wanted import TargetsOf
from tests.shop import Shop, Tables, write_config, write_tables

REPS = """
name: reps
database: sales
table: reps
key: id
dimensions: {rep: id, region: region}
members: {rep: {label: name}}
"""
PLAN = """
name: plan
database: sales
table: plan
key: id
time: month
joins:
  owner: {model: reps, on: {rep_id: id}}
dimensions: {rep: rep_id, region: owner.region}
targets: {metric: metric, value: value}
"""
LATER_PLAN = PLAN.replace("name: plan", "name: second").replace("table: plan", "table: second")
MONTHS = [date(2025, month, 1) for month in range(1, 13)]
_COLUMNS = "id INTEGER PRIMARY KEY, month TEXT, rep_id INTEGER, metric TEXT, value REAL"
TABLES: Tables = {
    "reps": ("id INTEGER PRIMARY KEY, name TEXT, region TEXT", [(1, "An", "N"), (2, "Bo", "Z")]),
    "plan": (
        _COLUMNS,
        [
            (number, f"{month}", rep, metric, 100.0 * month.month + rep)
            for number, (month, rep, metric) in enumerate(
                (month, rep, metric) for month in MONTHS for rep in (1, 2) for metric in ("sales", "leads")
            )
        ]
        + [(999, "2025-03-01", 1, "sales", None)],
    ),
    "second": (_COLUMNS, [(1, "2025-12-01", 1, "leads", 7.0), (2, "2026-01-01", 1, "leads", 8.0)]),
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    config = write_config(tmp_path / "own", {"reps": REPS, "plan": PLAN, "second": LATER_PLAN})
    shop = Shop(write_tables(tmp_path / "plan.sqlite", TABLES), config, "2026-01-20T09:00")
    yield shop
    shop.engine.close()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is sent."""
    sent: list[str] = []
    read = SqlWarehouse.read

    def told(warehouse: SqlWarehouse, statement: Select[Any]) -> Sequence[Row]:
        sent.append(str(statement))
        return read(warehouse, statement)

    monkeypatch.setattr(SqlWarehouse, "read", told)
    return sent


def _targets(shop: Shop) -> TableTargets:
    return TableTargets(shop.catalogue, shop.engine._reader)


YEAR = (date(2025, 1, 1), date(2026, 1, 1))


def test_all_that_a_request_wants_is_one_statement(shop: Shop, statements: list[str]) -> None:
    """Two metrics and two periods; each gets its own months, with the members that a level leads to."""
    targets = _targets(shop)
    one_month = (date(2025, 3, 1), date(2025, 4, 1))
    wanted = [TargetsOf("sales", *YEAR), TargetsOf("leads", *one_month), TargetsOf("sales", *one_month)]
    found = targets.read(wanted, shop.now)
    assert [len(found[want].rows) for want in wanted] == [24, 2, 2]
    march = {row.level["rep"]: (row.members["region"], row.value) for _, row in found[wanted[1]].rows}
    assert march == {1: ("N", 301.0), 2: ("Z", 302.0)}
    before = len(statements)
    assert targets.read(wanted, shop.now).keys() == found.keys()
    assert len(statements) - before == 1


def test_a_metric_without_targets_is_not_read(shop: Shop, statements: list[str]) -> None:
    """Which metrics have any is asked once a minute."""
    targets = _targets(shop)
    assert not targets.read([TargetsOf("conversion", *YEAR)], shop.now)[TargetsOf("conversion", *YEAR)]
    asked = list(statements)
    assert len(asked) == 2  # the metrics of both tables
    assert all("DISTINCT" in statement for statement in asked)
    targets.read([TargetsOf("conversion", *YEAR), TargetsOf("profit", *YEAR)], shop.now)
    assert statements == asked


def test_metrics_are_asked_for_again_after_a_minute(
    shop: Shop, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target that was loaded for a new metric is seen by then."""
    targets, clock = _targets(shop), iter([0.0, 0.0, 59.0, 59.0, 61.0, 61.0, 61.0, 61.0])
    monkeypatch.setattr(target_table, "monotonic", lambda: next(clock))
    for times in (2, 2, 4):
        targets.read([TargetsOf("conversion", *YEAR)], shop.now)
        assert len(statements) == times


def test_the_first_table_with_targets_in_the_period_wins(shop: Shop) -> None:
    """Each period by itself, also where several are read together."""
    december, january = (
        TargetsOf("leads", date(2025, 12, 1), YEAR[1]),
        TargetsOf("leads", YEAR[1], date(2026, 2, 1)),
    )
    both = TargetsOf("leads", december.start, january.end)
    found = _targets(shop).read([december, january, both], shop.now)
    assert [row.value for _, row in found[december].rows] == [1201.0, 1202.0]
    assert [row.value for _, row in found[january].rows] == [8.0]
    assert [(month, row.value) for month, row in found[both].rows] == [
        (december.start, 1201.0),
        (december.start, 1202.0),
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 10, 48])
def test_more_targets_than_a_statement_gives(limit: int, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A company with many reps gets its targets all the same, in several statements."""
    wanted = [TargetsOf("sales", *YEAR), TargetsOf("leads", *YEAR)]
    whole = _targets(shop).read(wanted, shop.now)
    monkeypatch.setattr(target_table, "_MOST_ROWS", limit)
    parts = _targets(shop).read(wanted, shop.now)
    assert {want: index.rows for want, index in parts.items()} == {
        want: index.rows for want, index in whole.items()
    }


def test_a_metric_s_name_in_other_letters(tmp_path: Path) -> None:
    """The database decides whether that is the same text; here it is."""
    tables = {
        **TABLES,
        "plan": (
            _COLUMNS.replace("metric TEXT", "metric TEXT COLLATE NOCASE"),
            [(1, "2025-01-01", 1, "Sales", 5.0), (2, "2025-02-01", 1, "Sales", 6.0)],
        ),
    }
    config = write_config(tmp_path / "own", {"reps": REPS, "plan": PLAN})
    shop = Shop(write_tables(tmp_path / "plan.sqlite", tables), config, "2026-01-20T09:00")
    want = TargetsOf("sales", *YEAR)
    assert [row.value for _, row in _targets(shop).read([want], shop.now)[want].rows] == [5.0, 6.0]
    shop.engine.close()
