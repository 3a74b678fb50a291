"""Ibis: expressions over tables, one query for each fact and split."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis

from benchmarks.peers.asked import END, SPLITS, START, Table


def opened(path: Path) -> Callable[[], list[Table]]:
    """Return what asks the reduced summary."""
    connection = ibis.duckdb.connect(path, read_only=True)
    facts = facts_of(connection)
    asked = {
        "leads": lambda t: {"leads": t.count()},
        "sales": lambda t: {
            "sales": t.amount.sum(),
            "orders": t.order_id.nunique(),
            "buyers": t.customer_id.nunique(),
            "average_order_value": t.amount.sum() / t.order_id.nunique(),
        },
        "opportunities": lambda t: {"win_rate": (t.stage == "won").mean()},
    }

    def run() -> list[Table]:
        return [
            _table(by, table.group_by(["month", *by]).aggregate(**asked[name](table)))
            for name, table in facts.items()
            for by in SPLITS
        ]

    return run


def _table(by: tuple[str, ...], query: Any) -> Table:
    found = query.to_pyarrow()
    return Table(by, found.to_pylist)


def facts_of(connection: Any) -> dict[str, Any]:
    """Return the three facts, with their month, rep and region."""
    leads, orders, lines, opportunities = (
        connection.table(name) for name in ("leads", "orders", "order_lines", "opportunities")
    )
    kept = leads.filter(leads.status.notin(["spam", "duplicate"]))
    sold = lines.join(orders.filter(orders.status != "cancelled"), lines.order_id == orders.id)
    closed = opportunities.filter(opportunities.stage.isin(["won", "lost"]))
    known = leads.select(lead=leads.id, region_id=leads.region_id)
    closed = closed.join(known, closed.lead_id == known.lead)
    return {
        "leads": _monthly(kept, "created_at"),
        "sales": _monthly(sold, "ordered_on"),
        "opportunities": _monthly(closed, "closed_at"),
    }


def _monthly(table: Any, at: str) -> Any:
    within = table.filter((table[at] >= ibis.literal(START)) & (table[at] < ibis.literal(END)))
    return within.mutate(month=within[at].truncate("M"), rep=within.rep_id, region=within.region_id)
