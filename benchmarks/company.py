"""The sales company that is asked: its sizes, and its rows as a DuckDB file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from string import Template
from zoneinfo import ZoneInfo

import duckdb

VERSION = 1
"""Raise it when the rows or their keys change, so that kept databases aren't used any more."""

ZONE = ZoneInfo("Europe/Brussels")
FIRST_DAY, TODAY = date(2022, 1, 1), date(2026, 11, 23)
"""The data has the days from the first until today, without today."""

NOW = datetime.combine(TODAY, time(9), ZONE)
"""The moment at which every question is asked."""

_SEED = 7
_FOLDER = Path(__file__).parent
CONFIG = _FOLDER / "config"
KEYS = _FOLDER / "data" / "keys.sql"
_ROWS = _FOLDER / "data" / "company.sql"


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows there are, roughly. `conversion` is the share of leads that become customers;
    `buying` scales how often customers order, so that the number of orders is about right.
    """

    name: str
    orders: int
    leads: int
    customers: int
    reps: int
    products: int
    conversion: float
    buying: float


SIZES = {
    size.name: size
    for size in (
        Size("XS", 5_000, 10_000, 1_000, 16, 60, 0.08, 1.12),
        Size("S", 100_000, 200_000, 20_000, 40, 300, 0.08, 1.12),
        Size("M", 4_000_000, 20_000_000, 500_000, 200, 2_000, 0.02, 1.23),
        Size("L", 40_000_000, 200_000_000, 5_000_000, 400, 5_000, 0.02, 1.23),
    )
}
"""XS is for trying the benchmark itself; S is what the tests measure."""


def write(path: Path, size: Size) -> None:
    """Write the company to a new DuckDB file at `path`. Deterministic for a size and a version of DuckDB."""
    script = Template(_ROWS.read_text(encoding="utf-8")).substitute(
        orders=size.orders,
        leads=size.leads,
        customers=size.customers,
        reps=size.reps,
        products=size.products,
        conversion=size.conversion,
        buying=size.buying,
        seed=_SEED,
        days=(TODAY - FIRST_DAY).days,
        today=f"TIMESTAMP '{TODAY}'",
    )
    with duckdb.connect(path) as connection:
        connection.execute("SET enable_progress_bar = false; SET memory_limit = '8GB'")
        for statement in script.strip().removesuffix(";").split(";\n"):
            connection.execute(statement).fetchall()
