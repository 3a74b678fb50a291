"""A mapping mistake is caught by the check, not by a wrong number."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import Shop, write_config, write_tables

SALES = """
name: sales
table: orders
key: id
time: at
joins:
  rep: {model: reps, on: {rep: code}}
dimensions: {rep: rep, region: rep.region}
measures:
  value: {agg: sum, of: amount}
"""
REPS = """
name: reps
table: reps
key: code
"""
LEADS = """
name: leads
table: leads
key: id
time: at
measures:
  created: {agg: count}
"""
ORDERS = [(1, "a", "2026-01-05", 10), (2, "b", "2026-02-05", 20)]
TEAM = [("a", "N"), ("b", "S")]


def _findings(
    tmp_path: Path,
    orders: list[tuple[object, ...]] = ORDERS,
    team: list[tuple[object, ...]] = TEAM,
    leads: list[tuple[object, ...]] | None = None,
) -> list[tuple[bool, str]]:
    """Return whether each finding is only a warning, and its words."""
    tables = {
        "orders": ("id INTEGER, rep TEXT, at TEXT, amount NUMERIC", orders),
        "reps": ("code TEXT, region TEXT", team),
        "leads": ("id INTEGER, at TEXT, converted_at TEXT", leads or []),
    }
    models = {"sales": SALES, "reps": REPS} | ({"leads": LEADS} if leads is not None else {})
    shop = Shop(
        write_tables(tmp_path / "shop.sqlite", tables),
        write_config(tmp_path / "own", models),
        "2026-03-02T09:00",
    )
    try:
        return [(problem.is_warning, str(problem)) for problem in shop.engine.findings(shop.now)]
    finally:
        shop.engine.close()


def test_sound_rows_have_no_finding(tmp_path: Path) -> None:
    """Unique keys, joins that lead somewhere, moments in the past."""
    assert _findings(tmp_path) == []


def test_a_key_that_is_not_unique(tmp_path: Path) -> None:
    """An error: every sum would count the row twice."""
    (found,) = _findings(tmp_path, orders=[*ORDERS, (2, "b", "2026-02-05", 20)])
    is_warning, words = found
    assert not is_warning
    assert words.startswith("own/models/sales.yaml:2: id isn't unique: 3 rows have 2 values (2 repeat).")


def test_rows_without_a_key(tmp_path: Path) -> None:
    """An error."""
    (found,) = _findings(tmp_path, orders=[*ORDERS, (None, "b", "2026-02-05", 20)])
    assert not found[0]
    assert "1 of 3 rows have no id" in found[1]


def test_a_join_that_multiplies(tmp_path: Path) -> None:
    """Two rows of one code: the join and the key both say so."""
    found = _findings(tmp_path, team=[*TEAM, ("b", "W")])
    assert [is_warning for is_warning, _ in found] == [False, False]
    assert any("sales.yaml:2: joins.rep multiplies rows: 1 values of code" in text for _, text in found)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ((3, "c", "2026-02-05", 1), "joins.rep: 1 of 3 rows point to no row of reps ('c')"),
        ((3, "a", None, 1), "1 of 3 rows have no at: they count in all time only"),
        ((3, "a", "2027-02-05", 1), "1 rows have a at that is still to come"),
    ],
)
def test_what_is_odd_is_a_warning(tmp_path: Path, order: tuple[object, ...], words: str) -> None:
    """The numbers are right as defined, but somebody should look."""
    (found,) = _findings(tmp_path, orders=[*ORDERS, order])
    assert found[0]
    assert words in found[1]


def test_a_missing_rep_is_no_orphan(tmp_path: Path) -> None:
    """Nobody is named: that is the missing member, not a mistake."""
    assert _findings(tmp_path, orders=[*ORDERS, (3, None, "2026-02-05", 1)]) == []


def test_a_success_before_its_entry(tmp_path: Path) -> None:
    """It never counts, and that is said."""
    leads: list[tuple[object, ...]] = [(1, "2026-01-05", "2026-01-04"), (2, "2026-01-05", "2026-02-01")]
    (found,) = _findings(tmp_path, leads=leads)
    assert found[0]
    assert "1 rows of leads succeeded (converted_at) before they began" in found[1]
