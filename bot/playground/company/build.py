"""The demo company as an SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from bot.playground.company.generate import Progress, rows
from bot.playground.company.story import DEFAULT_SEED, check_day
from bot.playground.company.tables import INDEXES, SCHEMA

_FAST = """
pragma journal_mode = off;
pragma synchronous = off;
pragma cache_size = -65536;
"""
"""Safe because a half-built file is never read: see cache.demo_database."""

Value = str | int | float | Decimal | date | None
Stored = str | int | float | None


def build(path: Path, end: date, *, seed: int = DEFAULT_SEED, progress: Progress | None = None) -> None:
    """Write the company as known at the end of `end` to a new SQLite file at `path`.

    Raises QueryError where `end` lies outside the company's days, and sqlite3.Error or OSError where
    the file can't be written.
    """
    check_day(end)
    company = rows(end, seed, progress)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(_FAST + SCHEMA)
        connection.execute("begin")
        for place, (table, records) in enumerate(company._asdict().items()):
            if progress:
                progress(f"writing {table.replace('_', ' ')}", 0.6 + 0.3 * place / len(company))
            _insert(connection, table, records)
        connection.execute("commit")
        if progress:
            progress("indexes", 0.9)
        connection.executescript(INDEXES + "analyze;")
    if progress:
        progress("ready", 1.0)


def _insert(connection: sqlite3.Connection, table: str, records: tuple[tuple[Value, ...], ...]) -> None:
    if records:
        marks = ", ".join("?" * len(records[0]))
        connection.executemany(f"insert into {table} values ({marks})", _stored(records))  # noqa: S608 - our own names


def _stored(records: Iterable[tuple[Value, ...]]) -> Iterable[tuple[Stored, ...]]:
    for record in records:
        yield tuple([_text(value) for value in record])


def _text(value: Value) -> Stored:
    if isinstance(value, datetime):
        naive = value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)
        return naive.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
