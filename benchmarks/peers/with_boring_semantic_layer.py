"""Boring Semantic Layer: a semantic table for each fact, with dimensions and measures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis
from boring_semantic_layer import to_semantic_table

from benchmarks.peers.asked import SPLITS, Table
from benchmarks.peers.with_ibis import facts_of


def opened(path: Path) -> Callable[[], list[Table]]:
    """Return what asks the reduced summary."""
    facts = facts_of(ibis.duckdb.connect(path, read_only=True))
    leads = _semantic("leads", facts["leads"]).with_measures(leads=lambda t: t.count())
    sales = (
        _semantic("sales", facts["sales"])
        .with_measures(
            sales=lambda t: t.amount.sum(),
            orders=lambda t: t.order_id.nunique(),
            buyers=lambda t: t.customer_id.nunique(),
        )
        .with_measures(average_order_value=lambda t: t.sales / t.orders)
    )
    closed = (
        _semantic("opportunities", facts["opportunities"])
        .with_measures(won=lambda t: (t.stage == "won").sum(), closed=lambda t: t.count())
        .with_measures(win_rate=lambda t: t.won / t.closed)
    )
    asked = (
        (leads, ("leads",)),
        (sales, ("sales", "orders", "buyers", "average_order_value")),
        (closed, ("win_rate",)),
    )

    def run() -> list[Table]:
        return [
            _table(by, model.group_by("month", *by).aggregate(*measures))
            for model, measures in asked
            for by in SPLITS
        ]

    return run


def _semantic(name: str, table: Any) -> Any:
    return to_semantic_table(table, name=name).with_dimensions(
        month=lambda t: t.month, rep=lambda t: t.rep, region=lambda t: t.region
    )


def _table(by: tuple[str, ...], query: Any) -> Table:
    found = query.to_pyarrow()
    return Table(by, found.to_pylist)
