"""Optional joins of which most rows find no partner: right where the other side is found here."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_engine.domain.errors import Problem
from tests.shop import checked, notes

LEADS = """name: leads
table: leads
key: id
time: at
joins:
  deal: {model: deals, on: {id: lead_id}}
measures:
  created: {agg: count}
"""
DEALS = "name: deals\ntable: deals\nkey: id\n"
DAY = "2026-02-05"


def _tables(deals: list[tuple[object, ...]]) -> dict[str, tuple[str, list[tuple[object, ...]]]]:
    return {
        "leads": ("id INTEGER, at TEXT", [(number, DAY) for number in range(1, 31)]),
        "deals": ("id INTEGER, lead_id INTEGER", deals),
    }


@pytest.mark.parametrize(
    "deals",
    [[(1, 4), (2, 17), (3, 29)], [(1, 1), (2, 2), (3, 3)], [(1, 4), (2, 17), (3, 99), (4, None)]],
    ids=["some", "the first", "one of a lead that is gone"],
)
def test_most_leads_have_no_deal(tmp_path: Path, deals: list[tuple[object, ...]]) -> None:
    """No mistake: the deals have their leads. It is good to know."""
    models = {"leads": LEADS, "deals": DEALS}
    assert checked(tmp_path / "checked", _tables(deals), models) == []
    (note,) = notes(tmp_path / "notes", _tables(deals), models)
    found = sum(lead in range(1, 31) for _, lead in deals)
    assert f"of 30 rows don't match a row of deals; {found} of the" in note.message


def test_deals_of_other_leads(tmp_path: Path) -> None:
    """None is found here: these are other keys."""
    models = {"leads": LEADS, "deals": DEALS}
    (found,) = checked(tmp_path, _tables([(1, 401), (2, 402), (3, 3)]), models)
    assert not found.is_warning
    assert "joins.deal: 29 of 30 rows don't match a row of deals" in found.message


def _by_rep(folder: Path, column: str, reps: list[int], rows: int = 30) -> list[Problem]:
    sales = (
        f"name: sales\ntable: orders\nkey: id\ntime: at\njoins:\n  who: {{model: reps, on: {{{column}: id}}}}\n"
        "measures:\n  value: {agg: sum, of: amount}\n"
    )
    tables = {
        "orders": (
            "id INTEGER, at TEXT, rep_id INTEGER, amount NUMERIC",
            [(number, DAY, number % 15 + 1, number) for number in range(1, rows + 1)],
        ),
        "reps": ("id INTEGER, name TEXT", [(rep, f"Rep {rep}") for rep in reps]),
    }
    return checked(folder, tables, {"sales": sales, "reps": "name: reps\ntable: reps\nkey: id\n"})


def test_reps_who_left_the_table(tmp_path: Path) -> None:
    """Most orders are of people who are gone: a warning, with who they are."""
    (found,) = _by_rep(tmp_path, "rep_id", [1, 2, 3])
    assert (found.is_warning, found.is_note) == (True, False)
    assert "joins.who: 24 of 30 rows don't match a row of reps (" in found.message


def test_numbers_that_meet_by_chance(tmp_path: Path) -> None:
    """Orders and reps are both counted from 1: that the numbers meet proves nothing."""
    (found,) = _by_rep(tmp_path, "id", [1, 2, 3])
    assert not found.is_warning
    assert "these columns don't belong together" in found.message
