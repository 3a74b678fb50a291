"""Print the statements of a question: what each was for, its rows, its time and its SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.render.contract import SCHEMA, Json

if TYPE_CHECKING:
    from rich.console import Console

    from kpi_engine.domain.statements import SentStatement, StatementLog


def explained_json(answer: object, log: StatementLog) -> Json:
    """Return what is printed without `--explain`, and the statements beside it."""
    return {
        "schema": SCHEMA,
        "answer": answer,
        "statements": [_statement(sent) for sent in log.sent],
        "kept": list(log.kept),
    }


def print_statements(console: Console, log: StatementLog, write: Callable[[str], object]) -> None:
    """Print the statements as a table; then their SQL, with `write` so that it can be copied and run."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console.print()
    if log.sent:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for title in ("#", "database", "for"):
            table.add_column(title)
        for title in ("shared by", "rows", "ms"):
            table.add_column(title, justify="right")
        for number, sent in enumerate(log.sent, 1):
            rows = "failed" if sent.rows is None else f"{sent.rows:,}"
            shared = str(sent.purpose.figures) if sent.purpose.figures > 1 else ""
            counts = (shared, rows, _milliseconds(sent.seconds))
            table.add_row(str(number), *map(Text, (sent.database, str(sent.purpose), *counts)))
        console.print(table)
    for line in (_total(log), *(f"Kept from before: {kept}." for kept in log.kept)):
        console.print(line, markup=False)
    for number, sent in enumerate(log.sent, 1):
        write(f"\n-- {number}. {sent.purpose} ({sent.database})\n{sent.sql};\n")


def _statement(sent: SentStatement) -> Json:
    return {
        "for": str(sent.purpose),
        "database": sent.database,
        "rows": sent.rows,
        "seconds": sent.seconds,
        "figures": sent.purpose.figures,
        "sql": sent.sql,
    }


def _total(log: StatementLog) -> str:
    count = len(log.sent)
    if not count:
        return "No statement was sent."
    rows = sum(sent.rows or 0 for sent in log.sent)
    milliseconds = _milliseconds(sum(sent.seconds for sent in log.sent))
    statements = "1 statement" if count == 1 else f"{count} statements"
    return f"{statements}, {rows:,} {'row' if rows == 1 else 'rows'}, {milliseconds} ms."


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1_000:,.1f}"
