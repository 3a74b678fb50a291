"""Time columns of several forms, in no zone or the wrong one, and tables that are loaded no more."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kpi_engine.domain.errors import Problem
from kpi_engine.onboarding.checks.freshness import usual_gap
from kpi_engine.onboarding.checks.moments import skipped_hours
from tests.shop import BRUSSELS, Shop, checked, write_config, write_tables

ORDERS = "name: orders\ntable: orders\nkey: id\ntime: at\nmeasures: {count: {agg: count}}\n"
LEADS = "name: leads\ntable: leads\nkey: id\ntime: at\nmeasures: {created: {agg: count}}\n"


def _problems(folder: Path, moments: list[object], leads: str = LEADS, kind: str = "TEXT") -> list[Problem]:
    return checked(folder, {"leads": (f"id INTEGER, at {kind}", list(enumerate(moments)))}, {"leads": leads})


@pytest.mark.parametrize(
    "moments",
    [
        ["2026-01-05", "2026-01-06"],
        ["2026-01-05 08:30", "2026-01-06 09:00:00", "2026-01-07"],
        ["2026-01-05T08:30:00", "2026-01-06T09:00:00"],
        ["2026-01", "2026-02"],
    ],
)
def test_one_form_is_sound(tmp_path: Path, moments: list[object]) -> None:
    """A day among moments is its midnight."""
    assert _problems(tmp_path, moments) == []


@pytest.mark.parametrize(
    ("moments", "example"),
    [
        (["2026-01-05", "06/01/2026"], "06/01/2026"),
        (["2026-01-05", "2026-1-6"], "2026-1-6"),
        (["2026-01-05 08:30", "soon"], "soon"),
        (["2026-01", "2026-01-05"], "2026-01-05"),
        (["2026-01-05", "2026-13-45"], "2026-13-45"),
    ],
)
def test_text_of_two_forms(tmp_path: Path, moments: list[object], example: str) -> None:
    """It falls in no period."""
    (found,) = _problems(tmp_path, moments)
    assert (found.is_warning, found.line) == (False, 4)
    assert f"1 of 2 values can't be read ({example}): such a row is in no period" in found.message


def test_an_empty_text_is_no_value(tmp_path: Path) -> None:
    """As NULL is none."""
    assert _problems(tmp_path, ["2026-01-05", ""]) == []


def test_numbers_and_text_in_one_column(tmp_path: Path) -> None:
    """SQLite keeps both."""
    (found,) = _problems(tmp_path, [1767600000, 1767700000, "2026-01-05"], kind="")
    assert "1 of 3 values can't be read (2026-01-05)" in found.message
    assert _problems(tmp_path / "numbers", [1767600000, 1767700000], kind="") == []


def test_a_zone_that_only_the_text_knows(tmp_path: Path) -> None:
    """Text is compared as text: a Z behind it changes nothing, unless the model says so too."""
    moments: list[object] = ["2026-01-05T23:30:00Z", "2026-01-06T23:30:00Z"]
    (found,) = _problems(tmp_path / "brussels", moments)
    assert not found.is_warning
    assert "at is in UTC in 2 of 2 rows (it ends in Z), but is read as Europe/Brussels" in found.message
    assert _problems(tmp_path / "utc", moments, LEADS + "zone: UTC\n") == []
    (offset,) = _problems(tmp_path / "offset", ["2026-01-05T23:30:00+02:00", "2026-01-06T23:30:00+01:00"])
    assert (offset.is_warning, "carries an offset such as +02:00 in 2 of 2 rows" in offset.message) == (
        False,
        True,
    )


def test_an_hour_that_the_zone_does_not_have(tmp_path: Path) -> None:
    """Brussels' clock went from 2:00 to 3:00 on 30 March 2025: half past two can only be of another zone."""
    moments: list[object] = ["2025-03-30 02:30:00", "2025-03-31 02:30:00"]
    (found,) = _problems(tmp_path / "brussels", moments)
    assert (found.is_warning, "1 rows have a at in the hour that Europe/Brussels skips" in found.message) == (
        True,
        True,
    )
    assert _problems(tmp_path / "utc", moments, LEADS + "zone: UTC\n") == []


def test_skipped_hours() -> None:
    """Each spring's, and none where the clock stands."""
    now = datetime(2026, 6, 1, tzinfo=BRUSSELS)
    hours = list(skipped_hours(BRUSSELS, now))
    assert hours[-1] == (datetime(2026, 3, 29, 2), datetime(2026, 3, 29, 3))
    assert len(hours) == 21
    assert list(skipped_hours(ZoneInfo("UTC"), now)) == []
    assert list(skipped_hours(ZoneInfo("Australia/Lord_Howe"), now))[-1] == (
        datetime(2025, 10, 5, 2),
        datetime(2025, 10, 5, 2, 30),
    )


def test_a_zone_without_effect(tmp_path: Path) -> None:
    """Days are taken as they are."""
    (found,) = _problems(tmp_path, ["2026-01-05"], LEADS + "zone: UTC\n")
    assert (found.is_warning, found.line) == (True, 6)
    assert "zone: UTC has no effect: the time columns hold 2026-10-01" in found.message


def test_days_kept_as_midnights(tmp_path: Path) -> None:
    """A zone would move them."""
    moments: list[object] = ["2026-01-05 00:00:00", "2026-01-06 00:00:00"]
    (found,) = _problems(tmp_path, moments, LEADS + "zone: America/New_York\n")
    assert (found.line, "at is at midnight in all 2 rows: these are days" in found.message) == (6, True)


def test_a_table_that_is_loaded_no_more(tmp_path: Path) -> None:
    """Rows came each day until 31 January; it is 2 March."""
    days: list[object] = [str(date(2026, 1, 1) + timedelta(days=number)) for number in range(31)]
    (found,) = _problems(tmp_path, days)
    assert found.is_warning
    assert "the newest at is 2026-01-31, 30 days ago; rows usually follow within 1 day." in found.message


def test_a_table_that_is_loaded_monthly_is_fresh(tmp_path: Path) -> None:
    """Two months without a row are not much where a month is usual."""
    assert _problems(tmp_path, [f"2025-{month:02}-01" for month in range(1, 13)]) == []


def test_the_usual_gap() -> None:
    """Nine of ten follow within it; a few days tell nothing."""
    week = [date(2026, 1, 5) + timedelta(days=7 * number) for number in range(12)]
    assert usual_gap(week) == 7
    assert usual_gap([*week[:10], week[9] + timedelta(days=400)]) == 400
    assert usual_gap([*week, week[-1] + timedelta(days=400)]) == 7
    assert usual_gap(week[:5]) is None


def test_extents(tmp_path: Path) -> None:
    """Rows with their first and last moment, and the zone in which they are read."""
    tables = {
        "leads": ("id INTEGER, at TEXT", [(1, "2026-01-05 23:30:00"), (2, "2026-02-05 08:00:00"), (3, None)]),
        "reps": ("id INTEGER, hired TEXT", [(1, "2020-01-01")]),
        "empty": ("id INTEGER, at TEXT", []),
    }
    reps = "name: reps\ntable: reps\nkey: id\ntime: hired\n"
    models = {
        "assumed": LEADS,
        "utc": LEADS.replace("name: leads", "name: utc") + "zone: UTC\n",
        "reps": reps,
        "empty": LEADS.replace("leads", "empty"),
    }
    shop = Shop(
        write_tables(tmp_path / "s.sqlite", tables), write_config(tmp_path / "c", models), "2026-03-02T09:00"
    )
    found = {extent.model: extent for extent in shop.engine.extents(shop.now)}
    shop.engine.close()
    assert (found["leads"].source, found["leads"].rows, found["leads"].moments) == (
        "leads",
        3,
        "Europe/Brussels, assumed",
    )
    assert found["utc"].moments == "UTC"
    assert found["utc"].first == datetime(2026, 1, 6, 0, 30, tzinfo=BRUSSELS)
    assert found["leads"].last == datetime(2026, 2, 5, 8, 0, tzinfo=BRUSSELS)
    assert (found["reps"].is_dated, found["reps"].moments) == (True, "days")
    assert (found["empty"].rows, found["empty"].first) == (0, None)


def test_missing_days(tmp_path: Path) -> None:
    """Working days without rows in the last two months, and parts of days; of one table once."""
    days = [date(2025, 9, 1) + timedelta(days=place) for place in range(182)]
    gone, part = [date(2025, 11, 12), date(2026, 1, 14), date(2026, 1, 15)], date(2026, 1, 20)
    rows = [
        (number, str(day))
        for day in days
        if day.weekday() < 5 and day not in gone
        for number in range(2 if day == part else 20)
    ]
    tables = {"orders": ("id INTEGER, at TEXT", [(place, day) for place, (_, day) in enumerate(rows)])}
    models = {"orders": ORDERS, "again": ORDERS.replace("name: orders", "name: again")}
    found, other = checked(tmp_path, tables, models)
    assert found.subject == other.subject
    told = "no rows on 2026-01-14 and 2026-01-15 and few rows on 2026-01-20 (2 of about 20)"
    assert told in found.message
    assert found.is_warning
    whole = {
        "orders": ("id INTEGER, at TEXT", [(n, str(d)) for n, d in enumerate(days * 20) if d.weekday() < 5])
    }
    assert checked(tmp_path / "whole", whole, models) == []


def test_each_measure_goes_by_its_own_time(tmp_path: Path) -> None:
    """Deals are closed until the end of the month: only what was opened isn't complete."""
    opened = [date(2026, 1, 1) + timedelta(days=place) for place in range(41)]
    rows = [(place, str(day), str(day + timedelta(days=18))) for place, day in enumerate(opened)]
    model = (
        "name: opportunities\ntable: deals\nkey: id\ntime: opened\nmeasures:\n"
        "  created: {agg: count}\n  won: {agg: count, time: closed}\n"
    )
    tables = {"deals": ("id INTEGER, opened TEXT, closed TEXT", rows)}
    (found,) = checked(tmp_path, tables, {"opportunities": model})
    assert found.message.startswith("measures.created: the newest opened is 2026-02-10, 20 days ago")
    assert "closed goes on until 2026-02-28, so the table is loaded" in found.fix
    alone = model.replace("  created: {agg: count}\n", "")
    assert checked(tmp_path / "alone", tables, {"opportunities": alone}) == []
