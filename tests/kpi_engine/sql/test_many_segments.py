"""More windows than a number has bits: each customer's events are then held in several numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta

import pytest

from bot.playground.company import demo_database
from kpi_engine.domain.metrics import MeasureRef, Need
from kpi_engine.domain.periods import Window
from kpi_engine.sql.bits import BITS
from kpi_engine.sql.scan import Ask
from tests.company_copies import END
from tests.shop import SHIPPED, Shop

WEEKS = 104
DAYS = 70
LAST_WEEK = date(2026, 11, 16)


@pytest.fixture(scope="module", params=["sqlite", "duckdb"])
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """SQLite has no aggregate that unites sets of bits."""
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{demo_database(END)}" if is_sqlite else request.getfixturevalue("duckdb_company_url")
    made = Shop(url, SHIPPED, "2026-11-23T08:30")
    yield made
    made.engine.close()


def _rows(statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(demo_database(END))) as connection:
        return connection.execute(statement).fetchall()


def test_orders_of_two_years_by_week(shop: Shop) -> None:
    """Orders are counted apart, since a line is not an order."""
    assert WEEKS > BITS
    first = LAST_WEEK - timedelta(weeks=WEEKS - 1)
    expected = [0] * WEEKS
    for (day,) in _rows("select ordered_at from orders where status in ('paid', 'shipped')"):
        week = (date.fromisoformat(str(day)[:10]) - first).days // 7
        if 0 <= week < WEEKS:
            expected[week] += 1
    assert shop.series(f"orders per week last {WEEKS} weeks") == expected


def test_churn_by_week_as_in_pieces(shop: Shop) -> None:
    """The same weeks, asked seven by seven."""
    whole = shop.ask("churn per week last 70 weeks").series
    assert len(whole) == 70
    for start in range(0, 70, 35):
        piece = whole[start : start + 7]
        first, last = piece[0].period.start, piece[-1].period.end
        assert first is not None
        assert last is not None
        line = f"churn per week {first}..{last - timedelta(days=1)}"
        assert [point.figure for point in shop.ask(line).series] == [point.figure for point in piece]


def test_contracts_over_many_days(shop: Shop) -> None:
    """Which customers have a contract on each of seventy days, and on the first or last of a period."""
    days = [date(2026, 6, 1) + timedelta(days=step) for step in range(DAYS)]
    windows = tuple(Window(day, day + timedelta(days=1)) for day in days)
    ref = MeasureRef("contracts", "customers")
    asks = [
        Ask(Need("start", ref, on=("start",)), windows),
        Ask(Need("either", ref, on=("start", "end")), windows),
    ]
    evaluation = shop.engine._reader.evaluate(asks, shop.now, ["any"] * len(asks))
    covered = [
        (
            customer,
            date.fromisoformat(str(begun)[:10]),
            date.fromisoformat(str(ends)[:10]) if ends else date.max,
        )
        for customer, begun, ends in _rows("select customer_id, started_on, ends_on from service_contracts")
    ]
    on = [
        {customer for customer, begun, ends in covered if begun <= day <= ends}
        for day in [*days, days[-1] + timedelta(days=1)]
    ]
    for place, window in enumerate(windows):
        assert evaluation.cell(0, window) == {(): len(on[place])}
        assert evaluation.cell(1, window) == {(): len(on[place] | on[place + 1])}


def test_more_numbers_than_a_result_has_columns(shop: Shop) -> None:
    """Days of three years by rep are read in several statements; they add up to the orders."""
    answer = shop.ask("orders by rep per day 2024-01-01..2026-10-31")
    points = [point.figure.value or 0 for group in answer.groups for point in group.series]
    assert len(answer.statements) > 1
    assert len(points) == len(answer.groups) * 1035
    assert sum(points) == shop.value("orders 2024-01-01..2026-10-31")
