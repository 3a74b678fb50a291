"""Copies of the demo company in which a week or a month went otherwise, for the pictures of the docs."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from bot.playground.company import demo_database

Change = Callable[[sqlite3.Connection], None]
"""Changes the rows of a copy."""


def copy_of(end: date, change: Change, path: Path) -> Path:
    """Make a copy of the demo company whose data ends with `end`, changed, at `path`; return `path`."""
    shutil.copy(demo_database(end), path)
    with closing(sqlite3.connect(path)) as company, company:
        change(company)
    return path


def losing_orders(week: date, *, of_three: int) -> Change:
    """Return a change that removes so many of every three orders of the week that begins on `week`."""

    def change(company: sqlite3.Connection) -> None:
        lost = company.execute(
            "select id from orders where ordered_at >= ? and ordered_at < ? and id % 3 < ?",
            (str(week), str(week + timedelta(days=7)), of_three),
        ).fetchall()
        company.executemany("delete from order_lines where order_id = ?", lost)
        company.executemany("delete from orders where id = ?", lost)

    return change


def doubling_orders(start: date, end: date) -> Change:
    """Return a change that repeats each order from `start` to `end` (excluded)."""

    def change(company: sqlite3.Connection) -> None:
        (last,) = company.execute("select max(id) from orders").fetchone()
        during = {"last": last, "start": str(start), "end": str(end)}
        company.execute(
            "insert into order_lines (order_id, product_id, quantity, unit_price, amount, cost, mark)"
            " select order_id + :last, product_id, quantity, unit_price, amount, cost, mark from order_lines"
            " where order_id in (select id from orders where ordered_at >= :start and ordered_at < :end)",
            during,
        )
        company.execute(
            "insert into orders (id, customer_id, rep_id, ordered_at, status, campaign_id)"
            " select id + :last, customer_id, rep_id, ordered_at, status, campaign_id from orders"
            " where ordered_at >= :start and ordered_at < :end",
            during,
        )

    return change
