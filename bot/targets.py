"""Targets that people set, before those of the customer's own table; and numbers as people type them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from bot.store.targets import TargetBook
from kpi_engine.analysis.targets import TargetRow
from kpi_engine.catalogue import Unit
from kpi_engine.errors import QueryError
from kpi_engine.target_rows import Targets

_NUMBER = re.compile(r"(?<!\S)(?:(?:€|EUR) ?)?-?\d[\d.,]*(?: ?(?:k|m|mln|%|€|EUR))?(?!\S)", re.IGNORECASE)
NO_TARGET = frozenset({"none", "geen"})
"""What is typed in place of a number to take a target back."""
_TAKEN_BACK = re.compile(rf"(?<!\S)(?:{'|'.join(sorted(NO_TARGET))})(?!\S)", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_TIMES = {"k": 1e3, "m": 1e6, "mln": 1e6}
_THOUSAND = 3
"""Digits behind a separator of thousands."""


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


def read_number(typed: str, unit: Unit) -> float:
    """Return a number as people type it: 300k, 300.000, €300,000, 15%, 0,15. Raises QueryError.

    A single point or comma before exactly three digits parts thousands. A share above 1 is in percent.
    """
    text = re.sub(r"€|eur", "", typed, flags=re.IGNORECASE).strip().casefold()
    suffix = next((entry for entry in ("mln", "k", "m", "%") if text.endswith(entry)), "")
    digits = text.removesuffix(suffix).strip()
    if suffix == "%" and unit != "share":
        raise QueryError(
            "This metric isn't a share, so its target isn't in percent.", hint="Leave out the %."
        )
    value = float(_plain(digits)) * _TIMES.get(suffix, 1)
    is_percent = suffix == "%" or (unit == "share" and value > 1)
    if unit == "share" and not 0 <= value / (100 if is_percent else 1) <= 1:
        raise QueryError("A share lies between 0 and 100%.", hint="Write it as 15% or 0,15.")
    return value / 100 if is_percent else value


def _plain(digits: str) -> str:
    """Return digits with a point before the decimals and nothing between the thousands."""
    marks = [mark for mark in ".," if mark in digits]
    if not marks:
        return digits
    decimal = max(marks, key=digits.rfind)
    whole, _, rest = digits.rpartition(decimal)
    is_thousands = len(marks) == 1 and (
        digits.count(decimal) > 1
        or (len(rest) == _THOUSAND and 0 < len(whole.lstrip("-")) <= _THOUSAND and whole.lstrip("-") != "0")
    )
    pieces = re.split(r"[.,]", digits if is_thousands else whole)
    has_odd_groups = len(pieces) > 1 and any(len(piece) != _THOUSAND for piece in pieces[1:])
    if has_odd_groups or (not is_thousands and digits.count(decimal) > 1):
        raise QueryError("That number can't be read.", hint="Write it like 300000, 300.000 or 300k.")
    return "".join(pieces) if is_thousands else f"{''.join(pieces)}.{rest or 0}"
