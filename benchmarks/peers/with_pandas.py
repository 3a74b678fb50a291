"""pandas: the columns that are needed are read into frames, and grouped there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd

from benchmarks.peers.asked import END, SPLITS, START, Table

_READ = {
    "leads": f"""
        SELECT created_at AS at, rep_id AS rep, region_id AS region FROM leads
        WHERE status NOT IN ('spam', 'duplicate') AND created_at >= '{START}' AND created_at < '{END}'""",
    "orders": f"""
        SELECT id AS order_id, ordered_on AS at, customer_id, rep_id AS rep, region_id AS region FROM orders
        WHERE status <> 'cancelled' AND ordered_on >= '{START}' AND ordered_on < '{END}'""",
    "lines": "SELECT order_id, CAST(amount AS DOUBLE) AS amount FROM order_lines",
    "opportunities": f"""
        SELECT lead_id, closed_at AS at, rep_id AS rep, stage = 'won' AS won FROM opportunities
        WHERE stage IN ('won', 'lost') AND closed_at >= '{START}' AND closed_at < '{END}'""",
    "regions": "SELECT id AS lead_id, region_id AS region FROM leads",
}


def opened(path: Path) -> Callable[[], list[Table]]:
    """Return what reads the tables and makes the reduced summary of them."""
    connection = duckdb.connect(path, read_only=True)

    def run() -> list[Table]:
        frames = {name: connection.cursor().execute(text).df() for name, text in _READ.items()}
        sold = frames["lines"].merge(frames["orders"], on="order_id")
        closed = frames["opportunities"].merge(frames["regions"], on="lead_id")
        for frame in (frames["leads"], sold, closed):
            frame["month"] = frame["at"].dt.to_period("M").dt.to_timestamp()
        return [table for by in SPLITS for table in _tables(by, frames["leads"], sold, closed)]

    return run


def _tables(
    by: tuple[str, ...], leads: pd.DataFrame, sold: pd.DataFrame, closed: pd.DataFrame
) -> list[Table]:
    keys = ["month", *by]
    sales = sold.groupby(keys).agg(
        sales=("amount", "sum"), orders=("order_id", "nunique"), buyers=("customer_id", "nunique")
    )
    sales["average_order_value"] = sales["sales"] / sales["orders"]
    made = (
        leads.groupby(keys).size().to_frame("leads"),
        sales,
        closed.groupby(keys).agg(win_rate=("won", "mean")),
    )
    return [_table(by, frame) for frame in made]


def _table(by: tuple[str, ...], frame: pd.DataFrame) -> Table:
    return Table(by, lambda: frame.reset_index().to_dict("records"))
