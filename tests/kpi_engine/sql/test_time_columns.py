"""How far the business zone is ahead of the stored one: from the zones themselves, looked up once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kpi_engine.sql.time_columns import TimeColumn, TimeForm, _changes

BRUSSELS = ZoneInfo("Europe/Brussels")


@pytest.mark.parametrize(
    ("stored", "business"),
    [("UTC", "Europe/Brussels"), ("America/New_York", "Europe/Brussels"), ("UTC", "Australia/Lord_Howe")],
)
def test_each_hour_has_the_offset_of_its_zones(stored: str, business: str) -> None:
    """Two years of hours, against the tz database asked for each of them."""
    own, zone = ZoneInfo(stored), ZoneInfo(business)
    start, end = date(2025, 3, 1), date(2027, 3, 1)
    pieces = TimeColumn(TimeForm.TIMESTAMP, own, zone).offsets(start, end)
    moment = datetime(2025, 3, 1, tzinfo=UTC)
    while moment.date() < end:
        kept = moment.astimezone(own).replace(tzinfo=None)
        told = next(minutes for bound, minutes in pieces if kept < bound)  # type: ignore[operator]
        there, here = (moment.astimezone(place).utcoffset() for place in (zone, own))
        # in the hour that a stored clock shows twice, nothing tells which of the two it was
        if moment.astimezone(own).fold == 0 and (moment + timedelta(hours=1)).astimezone(own).fold == 0:
            assert told == (there - here) / timedelta(minutes=1), moment  # type: ignore[operator]
        moment += timedelta(hours=1)


def test_a_year_is_looked_through_once() -> None:
    """Whatever days of it are asked for, and however the moments are stored."""
    _changes.cache_clear()
    TimeColumn(TimeForm.TIMESTAMP, ZoneInfo("UTC"), BRUSSELS).offsets(date(2024, 5, 1), date(2026, 10, 1))
    looked_through = _changes.cache_info().misses
    assert looked_through == 3
    TimeColumn(TimeForm.TEXT_T, ZoneInfo("UTC"), BRUSSELS).offsets(date(2025, 1, 9), date(2026, 11, 23))
    assert _changes.cache_info().misses == looked_through
