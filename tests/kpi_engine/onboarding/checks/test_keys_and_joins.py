"""Keys that repeat, joins that multiply, and rows that lead nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_engine.domain.errors import Problem
from tests.shop import checked

Rows = list[tuple[object, ...]]

SALES = """name: sales
table: orders
key: id
time: at
joins:
  rep: {model: reps, on: {rep: code}}
dimensions: {rep: rep, region: rep.region}
measures:
  value: {agg: sum, of: amount}
"""
REPS = """name: reps
table: reps
key: code
members: {rep: {label: name}}
"""
LEADS = """name: leads
table: leads
key: id
time: at
measures:
  created: {agg: count}
"""
ORDERS: Rows = [(1, "a", "2026-01-05", 10), (2, "b", "2026-02-05", 20)]
TEAM: Rows = [("a", "N", "Ann"), ("b", "S", "Bob")]


def _problems(
    folder: Path, orders: Rows = ORDERS, team: Rows = TEAM, leads: Rows | None = None, sales: str = SALES
) -> list[Problem]:
    tables = {
        "orders": ("id INTEGER, rep TEXT, at TEXT, amount NUMERIC", orders),
        "reps": ("code TEXT, region TEXT, name TEXT", team),
        "leads": ("id INTEGER, at TEXT, converted_at TEXT, qualified_at TEXT", leads or []),
    }
    models = {"sales": sales, "reps": REPS} | ({"leads": LEADS} if leads is not None else {})
    return checked(folder, tables, models)


def test_sound_rows_have_no_problem(tmp_path: Path) -> None:
    """Unique keys, joins that lead somewhere, moments in the past."""
    assert _problems(tmp_path) == []


def test_a_key_that_is_not_unique(tmp_path: Path) -> None:
    """An error at the line of the key: every sum would count the row twice."""
    (found,) = _problems(tmp_path, orders=[*ORDERS, (2, "b", "2026-02-05", 20)])
    assert not found.is_warning
    assert str(found).startswith("own/models/sales.yaml:3: id isn't unique: 3 rows have 2 values (2 repeat).")


def test_rows_without_a_key(tmp_path: Path) -> None:
    """An error."""
    (found,) = _problems(tmp_path, orders=[*ORDERS, (None, "b", "2026-02-05", 20)])
    assert not found.is_warning
    assert "1 of 3 rows have no id" in found.message


def test_a_join_that_multiplies(tmp_path: Path) -> None:
    """Two rows of one code: the join and the key both say so, and nothing is counted through the join."""
    found = _problems(tmp_path, team=[*TEAM, ("b", "W", "Bo")])
    assert [problem.is_warning for problem in found] == [False, False]
    assert any(
        "sales.yaml:6: joins.rep multiplies rows: 1 values of code" in str(problem) for problem in found
    )


@pytest.mark.parametrize(
    ("order", "line", "words"),
    [
        ((3, "c", "2026-02-05", 1), 6, "joins.rep: 1 of 3 rows don't match a row of reps ('c')"),
        ((3, "a", None, 1), 4, "1 of 3 rows have no at: they count in all time only"),
        ((3, "a", "2027-02-05", 1), 4, "1 rows have a at in the future"),
    ],
)
def test_what_is_odd_is_a_warning(tmp_path: Path, order: tuple[object, ...], line: int, words: str) -> None:
    """The numbers are right as defined, but somebody should look."""
    (found,) = _problems(tmp_path, orders=[*ORDERS, order])
    assert (found.is_warning, found.line) == (True, line)
    assert words in found.message


def test_a_missing_rep_is_no_orphan(tmp_path: Path) -> None:
    """Nobody is named: that is the missing member, said as such and not as a mistake."""
    few = [*ORDERS, (3, None, "2026-02-05", 1)]
    assert _problems(tmp_path, orders=few) == []
    many = [*few, (4, None, "2026-02-06", 1), (5, None, "2026-02-07", 1)]
    (found,) = _problems(tmp_path / "many", orders=many)
    assert "rep is empty in 3 of 5 rows (rep); these are shown as (none)" in found.message


def test_a_join_on_the_wrong_column(tmp_path: Path) -> None:
    """Most rows lead nowhere: an error, since regions would all be (none)."""
    found = _problems(tmp_path, sales=SALES.replace("{rep: code}", "{rep: region}"))
    (join,) = [problem for problem in found if not problem.is_warning]
    assert join.line == 6
    assert (
        "joins.rep: 2 of 2 rows don't match a row of reps ('a', 'b'): these columns don't belong"
        in join.message
    )


def test_a_required_join_that_leaves_out_what_it_should_not(tmp_path: Path) -> None:
    """Rows whose partner doesn't exist at all are named; those whose partner doesn't count were meant."""
    sales = SALES.replace("{rep: code}}", "{rep: code}, required: true}")
    assert _problems(tmp_path / "all", sales=sales) == []
    orders = [*ORDERS, (3, "zz", "2026-02-05", 1)]
    (found,) = _problems(tmp_path / "one", orders=orders, sales=sales)
    assert "joins.rep: 1 of 3 rows have no row in reps ('zz') and are left out" in found.message
    wrong = _problems(tmp_path / "none", sales=sales.replace("{rep: code}", "{rep: region}"))
    (found,) = [problem for problem in wrong if not problem.is_warning]
    assert (found.line, "none of its 2 rows has a partner" in found.message) == (6, True)


def test_a_join_that_is_not_complete(tmp_path: Path) -> None:
    """Rows of the other model without rows here would be counted though they have none."""
    sales = SALES.replace("{rep: code}}", "{rep: code}, required: true, complete: true}")
    assert _problems(tmp_path / "all", sales=sales) == []
    (found,) = _problems(tmp_path / "one", team=[*TEAM, ("c", "S", "Cid")], sales=sales)
    assert not found.is_warning
    assert "joins.rep isn't complete: 1 of 3 rows of reps have no row here" in found.message


def test_a_join_of_two_types(tmp_path: Path) -> None:
    """Text on one side and numbers on the other don't meet, or get no names."""
    sales = SALES.replace("{rep: code}", "{amount: code}")
    keys, types = [problem for problem in _problems(tmp_path, sales=sales) if not problem.is_warning]
    assert "measures.value: amount is a key" in keys.message
    assert "joins.rep compares two types: amount is no text (10), reps.code is text ('a')" in types.message


def test_a_code_that_is_misspelt(tmp_path: Path) -> None:
    """The orphan is probably the key that differs only in a space: the fix says how to write it."""
    team: Rows = [("GTX Pro", "N", "Ann"), ("MG", "S", "Bob")]
    orders: Rows = [(1, "GTXPro", "2026-01-05", 10), (2, "MG", "2026-02-05", 20)]
    (found,) = _problems(tmp_path, orders=orders, team=team)
    assert "1 of 2 rows don't match a row of reps: 'GTXPro' for 'GTX Pro'?" in found.message
    assert "case rep when 'GTXPro' then 'GTX Pro' else rep end" in found.fix


def test_a_success_before_its_entry(tmp_path: Path) -> None:
    """It never counts, and that is said."""
    leads: Rows = [
        (1, "2026-01-05", "2026-01-04", "2026-01-09"),
        (2, "2026-01-05", "2026-02-01", "2026-01-09"),
    ]
    (found,) = _problems(tmp_path, leads=leads)
    assert found.is_warning
    assert "1 rows of leads succeeded (converted_at) before they began" in found.message


def test_nothing_ever_succeeded(tmp_path: Path) -> None:
    """A conversion of 0 % for all time is a column that isn't filled."""
    leads: Rows = [(1, "2026-01-05", "2026-01-14", None), (2, "2026-01-05", "2026-02-01", None)]
    (found,) = _problems(tmp_path, leads=leads)
    assert "qualified_at is empty in all 2 rows: nothing ever succeeded" in found.message
