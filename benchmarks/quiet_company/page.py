"""The tables of docs/false-alarms.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

_PAGE = Path(__file__).parents[2] / "docs" / "false-alarms.md"
_NAMES = 2
"""The first cells of a row say what it is about."""


def row(cells: Sequence[str]) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"


def head(titles: Sequence[str]) -> list[str]:
    """Return the first two rows of a table; numbers stand to the right."""
    return [row(titles), row(["---"] * _NAMES + ["---:"] * (len(titles) - _NAMES))]


def write(table: str, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Put rows into a table of the page, in place of earlier ones about the same."""
    begin, end = (f"<!-- {table}: {mark} -->" for mark in ("begin", "end"))
    before, rest = _PAGE.read_text(encoding="utf-8").split(begin)
    known, after = rest.split(end)
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in known.strip().splitlines()[2:]]
    merged = {tuple(cells[:_NAMES]): cells for cells in [*lines, *map(list, rows)]}
    written = "\n".join([begin, *head(titles), *map(row, merged.values()), end])
    _PAGE.write_text(before + written + after, encoding="utf-8")
