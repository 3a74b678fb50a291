"""The waits between orders and who is silent for long: the databases agree with plain Python."""

from __future__ import annotations

from bisect import bisect_left
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from kpi_engine.analysis.intervals import Waits
from kpi_engine.database.warehouse import SqlWarehouse
from kpi_engine.definitions.loader import load
from kpi_engine.domain.metrics import MeasureRef
from kpi_engine.reading.order_gaps import waits_of
from kpi_engine.reading.reader import Reader, Span
from kpi_engine.reading.wanted import WaitsOf
from tests.dialects.conftest import rows
from tests.shop import BRUSSELS, SHIPPED, write_config

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=BRUSSELS)
MODELS = {
    "orders": (
        "name: orders\ntable: orders\nkey: id\ntime: ordered_on\n"
        "measures: {customers: {agg: count_distinct, of: customer}}\n"
    ),
    "leads": (
        "name: leads\ntable: leads\nkey: id\ntime: created_at\nzone: UTC\n"
        "measures: {customers: {agg: count_distinct, of: rep_id, where: \"source <> 'none'\"}}\n"
    ),
}


def _events(model: str) -> set[tuple[object, date]]:
    """Return who had an event on which business day."""
    if model == "orders":
        return {(row["customer"], row["ordered_on"]) for row in rows()["orders"]}
    return {
        (row["rep_id"], row["created_at"].replace(tzinfo=UTC).astimezone(BRUSSELS).date())
        for row in rows()["leads"]
        if row["rep_id"] is not None and row["source"] is not None
    }


def _expected(model: str, active_since: date, until: date) -> Waits:
    days: dict[object, list[date]] = {}
    for who, day in sorted(_events(model), key=lambda event: event[1]):
        if day < until:
            days.setdefault(who, []).append(day)
    waits = sorted((later - day).days for known in days.values() for day, later in pairwise(known))
    places = range(1, len(waits) + 1)

    def percentile(percent: int) -> int:
        return waits[bisect_left(places, percent * len(waits) / 100)]

    p80 = percentile(80)
    silent = sum(active_since <= known[-1] < until - timedelta(days=p80) for known in days.values())
    return Waits(len(waits), p80, percentile(90), silent)


@pytest.mark.parametrize(
    "name",
    [
        "sqlite_url",
        "duckdb_url",
        pytest.param("postgresql_url", marks=pytest.mark.postgresql),
        pytest.param("mysql_url", marks=pytest.mark.mysql),
    ],
)
def test_waits_equal_plain_python(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Dates, and moments of another zone near midnight."""
    warehouse = SqlWarehouse(str(request.getfixturevalue(name)), timeout=300)
    catalogue = load(write_config(tmp_path, MODELS), SHIPPED)
    reader = Reader(catalogue, {"sales": warehouse}, BRUSSELS)
    with closing(warehouse):
        for model in MODELS:
            for until in (date(2026, 11, 1), date(2026, 3, 29), date(2025, 6, 15)):
                since = until - timedelta(days=120)
                wanted = WaitsOf(MeasureRef(model, "customers"), (), since, until)
                waits, _ = waits_of(reader, wanted, Span(None, NOW), NOW)
                assert waits == _expected(model, since, until), (model, until)
