"""The rows of each day: the databases agree with the calendar, also in the nights when the clock changes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from kpi_engine.reading.wanted import DaysOf
from tests.dialects.conftest import rows
from tests.shop import BRUSSELS, Shop, write_config

LEADS = "name: leads\ntable: leads\nkey: id\ntime: {time}\nzone: UTC\nmeasures: {{created: {{agg: count}}}}\n"
SALES = "name: sales\ntable: orders\nkey: id\ntime: ordered_on\nmeasures: {value: {agg: sum, of: amount}}\n"
LINES = """name: lines
table: order_lines
key: id
time: order.ordered_on
joins: {order: {model: sales, on: {order_id: id}, required: true}}
measures: {pieces: {agg: sum, of: pieces}}
"""


@pytest.mark.parametrize(
    "database",
    [
        "sqlite_url",
        "duckdb_url",
        pytest.param("postgresql_url", marks=pytest.mark.postgresql),
        pytest.param("mysql_url", marks=pytest.mark.mysql),
    ],
)
@pytest.mark.parametrize("column", ["created_at", "created_zoned"])
def test_rows_of_each_day(database: str, column: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Of moments of another zone, of dates, and of lines on the table of their orders."""
    models = {"leads": LEADS.format(time=column), "sales": SALES, "lines": LINES}
    shop = Shop(request.getfixturevalue(database), write_config(tmp_path, models), "2026-06-01T12:00")
    wanted = [DaysOf(name) for name in models]
    found = {want.model: read.counts for want, read in shop.engine._reader.day_rows(wanted, shop.now).items()}
    made = rows()
    created = [moment for row in made["leads"] if isinstance(moment := row["created_at"], datetime)]
    past = [moment.replace(tzinfo=UTC).astimezone(BRUSSELS) for moment in created]
    assert found["leads"] == Counter(moment.date() for moment in past if moment < shop.now)
    ordered = (day for row in made["orders"] if isinstance(day := row["ordered_on"], date))
    assert found["sales"] == found["lines"] == Counter(day for day in ordered if day <= shop.now.date())
    shop.engine.close()
