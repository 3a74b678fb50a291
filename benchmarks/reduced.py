"""The reduced summary: what other semantic layers can say as well, of all, by rep and by region."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.handwritten import Facts
from benchmarks.questions import MONTHS
from benchmarks.summary import facts_of_summary
from kpi_engine import Answer

NAME = "reduced"
"""The summary's name in benchmarks/config/summaries."""

_RATES = {"average_order_value": ("sales", "orders"), "win_rate": ("won", "closed")}
_PARTS = 3
"""Slashes in the name of a value of one month."""
_SHOWN = ("leads", "sales", "orders", "buyers")


def facts_of_reduced(answers: Sequence[Answer]) -> Facts:
    """Return the values of the months as "sales/rep/7/2026-10", without those of all months together."""
    return {
        name.replace("/month/", "/").removesuffix("/value"): value
        for name, value in facts_of_summary(answers).items()
        if "/month/" in name and name.endswith("/value")
    }


def complete(rows: Facts) -> Facts:
    """Return the same values from rows named "rep/7/2026-10/sales"; what is absent is 0."""
    for name, value in list(rows.items()):
        about, _, column = name.rpartition("/")
        if column.startswith("buyers_"):
            rows[f"{about}/{MONTHS[34 + int(column.removeprefix('buyers_'))]}/buyers"] = value
    groups = {name.rpartition("/")[0] for name in rows if name.count("/") == _PARTS}
    found = {f"{name}/{about}": rows.get(f"{about}/{name}", 0.0) for about in groups for name in _SHOWN}
    for name, (above, below) in _RATES.items():
        for about in groups:
            if rows.get(f"{about}/{below}"):
                found[f"{name}/{about}"] = rows.get(f"{about}/{above}", 0.0) / rows[f"{about}/{below}"]
    return found
