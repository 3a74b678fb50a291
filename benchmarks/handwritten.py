"""Read hand-written SQL: a file per question, and another where a database does better with its own.

`sql/sales.sql` is read by every database, `sql/sales.sqlite.sql` only by SQLite. Statements end with `;`.
Columns named `k_...` say what a row is about, the others are values. A few words stand for what each
database writes in its own way.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url

from benchmarks.databases import Database
from kpi_engine.database.session import opening

_FOLDER = Path(__file__).parent / "sql"

_WORDS: Mapping[str, Mapping[str, str]] = {
    "duckdb": {
        "MONTH_OF": "(year({0}) * 100 + month({0}))",
        "MONTH_NUMBER": "((year({0}) - 2024) * 12 + month({0}) - 11)",
        "DAY_NUMBER": "(CAST({0} AS DATE) - DATE '2000-01-01')",
        "DATE_OF": "(DATE '2000-01-01' + CAST({0} AS INTEGER))",
        "TEXT_OF": "CAST({0} AS VARCHAR)",
        "QUOTIENT": "(({0}) // ({1}))",
    },
    "postgresql": {
        "MONTH_OF": "date_trunc('month', CAST({0} AS timestamp))",
        "MONTH_NUMBER": "CAST(date_part('year', {0}) * 12 + date_part('month', {0}) - 24299 AS integer)",
        "DAY_NUMBER": "(CAST({0} AS date) - DATE '2000-01-01')",
        "DATE_OF": "(DATE '2000-01-01' + CAST({0} AS integer))",
        "TEXT_OF": "CAST({0} AS text)",
        "QUOTIENT": "(({0}) / ({1}))",
    },
    "sqlite": {
        "MONTH_OF": "substr({0}, 1, 7)",
        "MONTH_NUMBER": "((substr({0}, 1, 4) - 2024) * 12 + substr({0}, 6, 2) - 11)",
        "DAY_NUMBER": "CAST(julianday({0}) - 2451544.5 AS INTEGER)",
        "DATE_OF": "date('2000-01-01', ({0}) || ' days')",
        "TEXT_OF": "CAST({0} AS TEXT)",
        "QUOTIENT": "(({0}) / ({1}))",
    },
}
_WORD = re.compile(
    r"\b(MONTH_OF|MONTH_NUMBER|DAY_NUMBER|DATE_OF|TEXT_OF|QUOTIENT)\(((?:[^()]|\([^()]*\))*)\)"
)
_EACH = "EACH_MONTH("
_YEAR = re.compile(r"\bYEAR_TO(_NEXT)?\((\d+)\)")

Facts = dict[str, float]
"""Values by name, such as "whole/2026-10/value"."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What one statement returned."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


def statements(question: str, kind: str) -> tuple[str, ...]:
    """Return the statements that answer a question on a kind of database."""
    own = _FOLDER / f"{question}.{kind}.sql"
    text = (own if own.exists() else _FOLDER / f"{question}.sql").read_text(encoding="utf-8")
    words = _WORDS[kind]
    while _EACH in text:
        text = _each_month(text)
    text = _YEAR.sub(lambda found: str(_year_to(int(found[2]) + bool(found[1]))), text)
    written = _WORD.sub(lambda found: words[found[1]].format(*_arguments(found[2])), text)
    return tuple(written.strip().removesuffix(";").split(";\n"))


def _each_month(text: str) -> str:
    """Write what stands in the first EACH_MONTH( ) 24 times, with the number of the month for `#`."""
    start = text.index(_EACH)
    end, depth = start + len(_EACH), 1
    while depth:
        depth += (text[end] == "(") - (text[end] == ")")
        end += 1
    inner = text[start + len(_EACH) : end - 1]
    return text[:start] + ", ".join(inner.replace("#", str(number)) for number in range(24)) + text[end:]


def _year_to(number: int) -> int:
    """Return the bits of the 365 days before a month, told by its number since November 2024.

    Bit 0 is November 2023. The bits from 40 on are the first days of the four months before March 2024: with
    the leap day in between, the 365 days before the same month of the next year begin on the second.
    """
    return (4095 << number) + sum(1 << (40 + first) for first in range(number + 1, 4))


def _arguments(text: str) -> list[str]:
    """Split at the commas outside of parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


Run = Callable[[str], Rows]


@contextmanager
def connected(database: Database) -> Iterator[Run]:
    """Give what runs one statement on a connection of the database's own driver."""
    match database.kind:
        case "duckdb":
            # opened as the product opens it: DuckDB refuses a file that the process has open in another way
            engine = create_engine(database.url, connect_args=opening(make_url(database.url), 60).arguments)
            raw = engine.raw_connection()
            try:
                yield lambda statement: _fetched(_executed(raw.cursor(), statement))
            finally:
                raw.close()
                engine.dispose()
        case "sqlite":
            opened = sqlite3.connect(f"file:{database.path}?mode=ro", uri=True)
            try:
                yield lambda statement: _fetched(opened.execute(statement))
            finally:
                opened.close()
        case _:
            import psycopg  # noqa: PLC0415 - the drivers of one database aren't needed for another

            url = database.url.replace("postgresql+psycopg://", "postgresql://")
            with psycopg.connect(url, autocommit=True) as session:
                yield lambda statement: _fetched(session.execute(statement.encode()))


def _executed(cursor: Any, statement: str) -> Any:
    cursor.execute(statement)
    return cursor


def _fetched(cursor: Any) -> Rows:
    columns = tuple(column[0] for column in cursor.description)
    return Rows(columns, cursor.fetchall())


def facts_of(every: Sequence[Rows]) -> Facts:
    """Return the values of some statements by name: the keys of the row, then the column."""
    facts: Facts = {}
    for rows in every:
        keys = [index for index, column in enumerate(rows.columns) if column.startswith("k_")]
        values = [(index, column) for index, column in enumerate(rows.columns) if not column.startswith("k_")]
        months = {index for index in keys if rows.columns[index] == "k_month"}
        for row in rows.rows:
            about = "/".join(_month(row[index]) if index in months else str(row[index]) for index in keys)
            for index, column in values:
                value = row[index]
                if isinstance(value, (int, float, Decimal)):
                    facts[f"{about}/{column}"] = float(value)
    return facts


def _month(value: object) -> str:
    """Return a month as 2026-10, however a database returned it."""
    match value:
        case date():
            return f"{value:%Y-%m}"
        case int():
            return f"{value // 100}-{value % 100:02}"
    return str(value)
