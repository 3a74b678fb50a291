"""Targets that people set, before those of the customer's own table; and the number in a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from bot.store.targets import TargetBook
from kpi_engine.analysis.targets import TargetRow
from kpi_engine.errors import QueryError
from kpi_engine.target_rows import Targets
from kpi_engine.typed_numbers import NUMBER

_NUMBER = re.compile(rf"(?<!\S){NUMBER}(?!\S)", re.IGNORECASE)
NO_TARGET = frozenset({"none", "geen"})
"""What is typed in place of a number to take a target back."""
_TAKEN_BACK = re.compile(rf"(?<!\S)(?:{'|'.join(sorted(NO_TARGET))})(?!\S)", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')


class SetTargets:
    """The targets of a workspace's book; where it has none at a level, those of the customer's table."""

    def __init__(self, book: TargetBook, table: Targets) -> None:
        """Take the book and the targets that it stands before."""
        self._book, self._table = book, table

    def rows(self, metric: str, start: date, end: date, now: datetime) -> Sequence[tuple[date, TargetRow]]:
        """Return the targets of a metric for the months that begin in `[start, end)`, each with its month.

        A set target takes the place of the table's at the same level, and what that one leads to.
        """
        found = {(month, _of(row)): (month, row) for month, row in self._table.rows(metric, start, end, now)}
        for entry in self._book.valid(metric, start, end, now):
            if entry.value is None:  # taken back
                continue
            place = entry.month, frozenset(entry.level.items())
            replaced = found.get(place)
            members = replaced[1].members if replaced else entry.level
            found[place] = entry.month, TargetRow(entry.level, members, entry.value)
        return list(found.values())


def _of(row: TargetRow) -> frozenset[tuple[str, object]]:
    return frozenset(row.level.items())


def split_number(line: str) -> tuple[str, str]:
    """Return the number that a line names, as it is typed, and the line without it. Raises QueryError.

    Of two, a year is none. A word of NO_TARGET stands for a number, and is returned in lower case.
    """
    hidden = _QUOTED.sub(lambda found: '"' + "x" * (len(found.group()) - 2) + '"', line)
    none = _TAKEN_BACK.search(hidden)
    if none:
        return none.group().casefold(), f"{line[: none.start()]}{line[none.end() :]}".strip()
    found = list(_NUMBER.finditer(hidden))
    if len(found) > 1:
        found = [entry for entry in found if not re.fullmatch(r"20\d\d", entry.group())]
    if len(found) != 1:
        raise QueryError(
            "Which number is the target?" if found else "The target itself is missing.",
            hint="Write one number, such as 300k, €300,000 or 15%; or none, to take it back.",
        )
    start, end = found[0].span()
    return line[start:end], f"{line[:start]}{line[end:]}".strip()
