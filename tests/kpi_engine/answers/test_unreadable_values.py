"""Values that can't be read are left out, counted and told; what isn't known is never 0."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_engine.domain.errors import DataError
from kpi_engine.onboarding.checks import values
from tests.shop import Shop, Tables, checked, write_config, write_tables

NOW = "2026-11-10T09:00"
SALES = """
name: sales
table: orders
key: id
time: at
dimensions: {rep: rep}
measures:
  value: {agg: sum, of: amount}
  orders: {agg: count}
  paid: {agg: sum, of: amount, where: "state = 'paid'"}
"""
METRICS = {
    "paid": "name: paid\nkind: simple\ntitle: {en: Paid}\ndescription: {en: Paid}\nunit: money\nbetter: up\n"
    "measure: {model: sales, measure: paid}\n"
}


def shop(tmp_path: Path, columns: str, rows: list[tuple[object, ...]]) -> Shop:
    url = write_tables(tmp_path / "shop.sqlite", {"orders": (columns, rows)})
    return Shop(url, write_config(tmp_path / "config", {"sales": SALES}, METRICS), NOW)


COLUMNS = "id integer primary key, at text, rep text, amount, state text"


def test_what_is_not_known_is_not_0(tmp_path: Path) -> None:
    """Of a member, a month, the total and a measure of some rows; a member without rows that count has 0."""
    rows: list[tuple[object, ...]] = [
        (1, "2026-10-01", "Mila", 10, "paid"),
        (2, "2026-10-02", "Mila", "n/a", "paid"),
        (3, "2026-10-03", "Omar", "n/a", "paid"),
        (4, "2026-10-04", "Omar", None, "paid"),
        (5, "2026-10-05", "Zoe", "", "open"),
        (6, "2026-09-05", "Zoe", "unknown", "paid"),
    ]
    found = shop(tmp_path, COLUMNS, rows)
    assert found.groups("sales 2026-10 by rep") == {"Mila": 10, "Omar": None, "Zoe": None}
    assert found.groups("paid 2026-10 by rep") == {"Mila": 10, "Omar": None, "Zoe": 0}
    assert found.value("sales 2026-10") == 10
    assert found.value("sales 2026-09") is None
    assert found.series("sales per month last 3 months") == [None, None, 10]
    assert found.value("average_order_value 2026-09") is None
    notes = {note.code: note.values for note in found.ask("paid 2026-10").notes}
    assert notes["unreadable_amounts"] == {"model": "sales", "count": 3, "of": 5}


def test_seconds_with_a_text_among_them(tmp_path: Path) -> None:
    """1790805600 is 1 October 2026 in Brussels, a text is no moment, and no number is 0."""
    rows: list[tuple[object, ...]] = [
        (1, "soon", "Mila", 4, "paid"),
        (2, 1790805600, "Mila", 1, "paid"),
        (3, 1790805599, "Mila", 2, "paid"),
        (4, None, "Mila", 8, "paid"),
    ]
    found = shop(tmp_path, COLUMNS.replace("at text", "at"), rows)
    answer = found.ask("sales 2026-10")
    assert answer.figure.value == 1
    assert [note.values for note in answer.notes if note.code == "unreadable_dates"] == [
        {"model": "sales", "count": 1, "of": 4}
    ]
    assert found.value("sales 2026-09") == 2


def test_the_count_is_of_the_rows_that_a_question_is_about(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        (1, "2026-10-01", "Mila", 1, "paid"),
        (2, "2026-02-30", "Mila", 2, "paid"),
        (3, "2026-10-03", "Omar", 4, "paid"),
    ]
    found = shop(tmp_path, COLUMNS, rows)
    assert [note.values for note in found.ask("sales mila 2026-10").notes if "unreadable" in note.code] == [
        {"model": "sales", "count": 1, "of": 2}
    ]
    assert not [note for note in found.ask("sales omar 2026-10").notes if "unreadable" in note.code]


def test_a_spreadsheets_days_are_no_seconds(tmp_path: Path) -> None:
    found = shop(tmp_path, COLUMNS.replace("at text", "at"), [(1, 46296.375, "Mila", 1, "paid")])
    with pytest.raises(DataError, match="isn't a date"):
        found.ask("sales 2026-10")


def test_a_check_that_fails_is_told_and_the_next_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> tuple[()]:
        raise OverflowError

    monkeypatch.setattr(values, "problems", failing)
    tables: Tables = {
        "orders": (COLUMNS, [(1, "2026-10-01", "Mila", -1, "paid"), (2, "2026-02-30", "Mila", 5, "paid")])
    }
    told = [str(problem) for problem in checked(tmp_path, tables, {"sales": SALES}, NOW)]
    assert any("the check of values failed (OverflowError)" in line for line in told), told
    assert any(
        "sales.yaml:5: at holds 2026-10-01, but 1 of 2 values can't be read (2026-02-30)" in line
        for line in told
    )
