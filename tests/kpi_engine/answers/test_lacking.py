"""What a post waits for: rows of its own days that should have arrived, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from kpi_engine.domain.lacking import Lacking
from tests.shop import BRUSSELS, Shop, write_config, write_tables

SALES = """name: sales
table: orders
key: id
time: at
fresh: loaded_at
measures:
  value: {agg: sum, of: amount}
  orders: {agg: count}
"""
COSTS = """name: marketing_costs
table: costs
key: id
time: month
grain: month
measures: {amount: {agg: sum, of: amount}}
"""
LEADS = """name: leads
table: leads
key: id
time: at
measures: {created: {agg: count}}
"""
FIRST, LAST = date(2026, 1, 1), date(2026, 11, 22)
MONDAY = "2026-11-23T08:30"
WEEK = date(2026, 11, 16)


@dataclass
class Company:
    """A shop whose rows are changed while its engine runs."""

    shop: Shop
    path: Path

    def lacking(self, line: str, since: date, now: str = MONDAY) -> tuple[Lacking, ...]:
        moment = datetime.fromisoformat(now).replace(tzinfo=BRUSSELS)
        with self.shop.engine.afresh(0):
            return self.shop.engine.lacking([self.shop._read(line)], since, moment)

    def add_orders(self, day: date, count: int = 20) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            start = connection.execute("SELECT max(id) + 1 FROM orders").fetchone()[0]
            rows = [(start + number, f"{day} 10:00:00", 10, f"{day} 22:00:00") for number in range(count)]
            connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", rows)
            connection.commit()


Opened = Callable[..., Company]


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Opened]:
    """Return what opens a company with orders on each working day until Sunday, 22 November 2026."""
    opened: list[Shop] = []

    def open_it(
        without: Collection[date] = (),
        a_day: int = 20,
        costs_until: int = 10,
        now: str = MONDAY,
        country: str | None = "BE",
    ) -> Company:
        days = [FIRST + timedelta(days=place) for place in range((LAST - FIRST).days + 1)]
        working = [day for day in days if day.weekday() < 5 and day not in without]
        orders = [(day, number) for day in working for number in range(a_day)]
        rows = [(place, f"{day} 10:00:00", 10, f"{day} 22:00:00") for place, (day, _) in enumerate(orders)]
        folder = tmp_path / str(len(opened))
        folder.mkdir()
        tables = {
            "orders": ("id INTEGER, at TEXT, amount NUMERIC, loaded_at TEXT", rows),
            "leads": ("id INTEGER, at TEXT", [(place, row[1]) for place, row in enumerate(rows)]),
            "costs": (
                "id INTEGER, month TEXT, amount NUMERIC",
                [(month, f"2026-{month:02}-01", 100) for month in range(1, costs_until + 1)],
            ),
        }
        url = write_tables(folder / "shop.sqlite", tables)
        models = {"sales": SALES, "marketing_costs": COSTS, "leads": LEADS}
        shop = Shop(url, write_config(folder / "own", models), now, country=country)
        opened.append(shop)
        return Company(shop, folder / "shop.sqlite")

    yield open_it
    for shop in opened:
        shop.engine.close()


def test_days_of_the_period_without_rows(company: Opened) -> None:
    """With the last day that has rows, and how many rows such a day usually has."""
    gone = [date(2026, 11, 19), date(2026, 11, 20)]
    (found,) = company(without=gone).lacking("sales last week", WEEK)
    assert (found.model, found.days, found.until) == ("sales", tuple(gone), date(2026, 11, 18))
    assert found.missing
    assert found.missing.usual == pytest.approx(20)


def test_nothing_is_lacking_where_everything_has_come(company: Opened) -> None:
    """The weekend and a holiday (11 November) have no orders."""
    opened = company(without=[date(2026, 11, 11)])
    assert opened.lacking("sales last week", WEEK) == ()
    assert opened.lacking("sales 2026-W46", date(2026, 11, 9)) == ()


def test_a_holiday_counts_where_no_calendar_knows_it(company: Opened) -> None:
    """One empty weekday may be a holiday; three in a row aren't."""
    one, three = [date(2026, 11, 18)], [date(2026, 11, day) for day in (17, 18, 19)]
    assert company(without=one, country=None).lacking("sales last week", WEEK) == ()
    (found,) = company(without=three, country=None).lacking("sales last week", WEEK)
    assert found.days == tuple(three)


def test_a_hole_from_before_is_not_waited_for(company: Opened) -> None:
    """An earlier post waited for it already, and its answer says that it is incomplete."""
    opened = company(without=[date(2026, 11, 12)])
    assert opened.lacking("sales this month", WEEK) == ()
    assert len(opened.lacking("sales this month", date(2026, 11, 9))) == 1


def test_yesterday_that_has_not_come(company: Opened) -> None:
    """A post each working day waits for the day before it."""
    gone, now = date(2026, 11, 20), "2026-11-21T08:30"
    (found,) = company(without=[gone], now=now).lacking("sales yesterday", gone, now)
    assert found.days == (gone,)


def test_today_of_which_nothing_has_come(company: Opened) -> None:
    """Only where it is asked for alone."""
    today, now = date(2026, 11, 20), "2026-11-20T17:00"
    (found,) = company(without=[today], now=now).lacking("sales today", today, now)
    assert found.days == (today,)
    assert company(without=[today], now=now).lacking("sales this week", WEEK, now) == ()


def test_a_quiet_week_of_a_thin_table_is_not_waited_for(company: Opened) -> None:
    """An order on one day in twenty: nobody knows whether its quiet week is a lost one."""
    days = [FIRST + timedelta(days=place) for place in range((LAST - FIRST).days + 1)]
    kept = {date(2026, month, 3) for month in range(1, 11)} | {date(2026, 11, 13)}
    opened = company(without=[day for day in days if day not in kept], a_day=1)
    assert opened.lacking("sales last week", WEEK) == ()


def test_costs_that_are_not_booked(company: Opened) -> None:
    """Of a month that is over, where those of the month before are booked."""
    october, now = date(2026, 10, 1), "2026-11-03T08:30"
    (found,) = company(costs_until=9, now=now).lacking("cost_per_lead last month", october, now)
    assert (found.model, found.month) == ("marketing_costs", october)
    assert company(costs_until=10, now=now).lacking("cost_per_lead last month", october, now) == ()
    assert company(costs_until=8, now=now).lacking("cost_per_lead last month", october, now) == ()
    assert company(costs_until=10).lacking("cost_per_lead this month", WEEK) == ()


def test_two_metrics_of_one_model_lack_it_once(company: Opened) -> None:
    opened = company(without=[date(2026, 11, 19)])
    assert len(opened.lacking("sales, orders last week", WEEK)) == 1


def test_rows_that_arrive_are_seen_at_once(company: Opened) -> None:
    """Of a week ago and of a month ago: nothing that was read before is used within the block."""
    gone = [date(2026, 10, 15), date(2026, 11, 19)]
    opened = company(without=gone)
    assert opened.lacking("sales 2026-10-12..2026-11-22", date(2026, 10, 12))[0].days == tuple(gone)
    for day in gone:
        opened.add_orders(day)
    kept = opened.shop.engine.lacking(
        [opened.shop._read("sales 2026-10-12..2026-11-22")], date(2026, 10, 12), opened.shop.now
    )
    assert kept[0].days == tuple(gone)
    assert opened.lacking("sales 2026-10-12..2026-11-22", date(2026, 10, 12)) == ()


def test_what_was_read_within_the_block_is_used_again(company: Opened) -> None:
    """So that posts which are due at once share it; and so do those that follow within some seconds."""
    opened = company()
    engine, line = opened.shop.engine, opened.shop._read("sales last week")
    with engine.afresh(0), engine.recorded() as log:
        engine.lacking([line], WEEK, opened.shop.now)
        sent = len(log.sent)
        engine.lacking([line], WEEK, opened.shop.now)
        assert sent > 0
        assert len(log.sent) == sent
    with engine.afresh(30), engine.recorded() as log:
        engine.lacking([line], WEEK, opened.shop.now)
        assert len(log.sent) == 0
