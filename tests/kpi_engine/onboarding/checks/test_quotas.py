"""Targets that stand for a quarter or a year, in a table that is read by the month."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shop import checked

QUOTAS = """name: quotas
table: quotas
key: id
time: month
grain: month
dimensions: {rep: rep}
targets: {metric: metric, value: value}
"""


def _told(
    folder: Path, months: dict[str, list[tuple[str, float]]], extra: str = "", ends: str = ""
) -> list[str]:
    rows = [
        (place, "sales", rep, month, value, *([ends] if ends else []))
        for place, (rep, month, value) in enumerate(
            (rep, month, value) for rep, entries in months.items() for month, value in entries
        )
    ]
    columns = f"id INTEGER, metric TEXT, rep TEXT, month TEXT, value NUMERIC{extra}"
    found = checked(folder, {"quotas": (columns, rows)}, {"quotas": QUOTAS})
    return [f"{entry.message} {entry.fix}" for entry in found if "target" in entry.message]


QUARTERS = ["2025-07-01", "2025-10-01", "2026-01-01"]
MONTHS = [f"{year}-{month:02}-01" for year in (2025, 2026) for month in range(1, 13)]


@pytest.mark.parametrize(
    ("months", "grain"),
    [
        ({"Ann": [(day, 60.0) for day in QUARTERS]}, "quarter"),
        ({"Ann": [("2026-01-01", 60.0)], "Bob": [("2026-01-01", 90.0)]}, "quarter"),
        ({"Ann": [("2025-02-01", 60.0), ("2025-05-01", 70.0)]}, "quarter"),
        ({"Ann": [("2024-01-01", 600.0), ("2025-01-01", 700.0)]}, "year"),
    ],
    ids=["every quarter", "one quarter", "quarters of another year", "every year"],
)
def test_rows_that_are_months_apart(
    tmp_path: Path, months: dict[str, list[tuple[str, float]]], grain: str
) -> None:
    """None for the months between."""
    (told,) = _told(tmp_path, months)
    assert f"probably stands for a {grain}" in told
    assert told.endswith(f"Set grain: {grain}.")


def test_a_column_that_says_when_the_period_ends(tmp_path: Path) -> None:
    """One row, and its last day."""
    (told,) = _told(tmp_path, {"Ann": [("2026-01-01", 60.0)]}, ", period_end TEXT", "2026-03-31")
    assert "its periods last 3 months" in told
    assert _told(tmp_path / "month", {"Ann": [("2026-03-01", 6.0)]}, ", period_end TEXT", "2026-03-31") == []


def test_a_target_that_is_repeated_in_its_quarter(tmp_path: Path) -> None:
    """60, 60, 60, 75, 75, 75: nobody plans like that by the month."""
    values = [60.0, 75.0, 80.0, 95.0]
    (told,) = _told(tmp_path, {"Ann": [(day, values[place // 3]) for place, day in enumerate(MONTHS[:12])]})
    assert "counts three times" in told


@pytest.mark.parametrize(
    "months",
    [
        {"Ann": [(day, 30.0 + place) for place, day in enumerate(MONTHS)]},
        {"Ann": [(day, 30.0) for day in MONTHS]},
        {"Ann": [(day, 30.0 if day < "2026" else 35.0) for day in MONTHS]},
        {"Ann": [("2026-03-01", 30.0)]},
        {"Ann": [("2026-01-01", 30.0), ("2026-02-01", 30.0)], "Bob": [("2026-01-01", 30.0)]},
    ],
    ids=["growing", "constant", "by the year", "this month alone", "one left"],
)
def test_targets_of_months(tmp_path: Path, months: dict[str, list[tuple[str, float]]]) -> None:
    """Nothing is said."""
    assert _told(tmp_path, months) == []
