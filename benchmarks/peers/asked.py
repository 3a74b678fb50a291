"""What every peer is asked: metrics of three facts by month, of everything, by rep and by region."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

START, END = date(2024, 11, 1), date(2026, 11, 1)
SPLITS = ((), ("rep",), ("region",))


@dataclass(frozen=True, slots=True)
class Table:
    """One result: its split, and its rows as dictionaries, made only when values are compared."""

    by: Sequence[str]
    rows: Callable[[], Iterable[dict[str, Any]]]


def facts_of(tables: Iterable[Table]) -> dict[str, float]:
    """Return the values as "sales/rep/7/2026-10"."""
    facts: dict[str, float] = {}
    for table in tables:
        by = table.by[0] if table.by else "all"
        for row in table.rows():
            month = row.pop("month")
            key = int(row.pop(by)) if table.by else 0
            named = (
                f"{by}/{key}/{month:%Y-%m}" if isinstance(month, (date, datetime)) else f"{by}/{key}/{month}"
            )
            for metric, value in row.items():
                if isinstance(value, (int, float, Decimal)):
                    facts[f"{metric}/{named}"] = float(value)
    return facts
