"""Targets set in Slack, which take precedence over the customer's table; and the amount in a line."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from datetime import date, datetime

from bot.store.errors import StoreError
from bot.store.targets import SetTarget, TargetBook
from kpi_engine import (
    COMMANDS,
    NUMBER,
    UNKNOWN_TARGETS,
    TargetIndex,
    TargetRow,
    Targets,
    TargetsOf,
    canonical_period,
    parse_period,
)
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.periods import Grain, Period, add_months, period_of, shift, start_of
from kpi_engine.domain.query import Key

_NUMBER = re.compile(rf"(?<!\S){NUMBER}(?!\S)", re.IGNORECASE)
NO_TARGET = COMMANDS.no_target
"""What is typed in place of a number to take a target back."""
_TAKEN_BACK = re.compile(rf"(?<!\S)(?:{'|'.join(sorted(NO_TARGET))})(?!\S)", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_TOWARDS = re.compile(r"(?:^| )(?:to|at|naar|op|tot|=) $", re.IGNORECASE)
"""Words before the amount that add nothing."""
_NEXT_MONTH = re.compile(r"(?<!\S)(?:next month|(?:volgende|komende) maand)(?!\S)", re.IGNORECASE)

_NEXT_QUARTER = re.compile(r"(?<!\S)(?:next quarter|(?:volgend|komend) kwartaal)(?!\S)", re.IGNORECASE)


class SetTargets:
    """The targets of a workspace's book; at levels where it has none, those of the customer's table."""

    def __init__(self, book: TargetBook, table: Targets) -> None:
        """Take the book and the targets that it takes precedence over."""
        self._book, self._table = book, table

    def read(self, wanted: Collection[TargetsOf], now: datetime) -> Mapping[TargetsOf, TargetIndex]:
        """Return the targets of everything that is wanted.

        A set target replaces the table's at the same level, and keeps that one's members. While the book
        can't be read, no target is known.
        """
        table = self._table.read(wanted, now)
        if not wanted:
            return table
        # The book is asked each time: another process of the bot may have written to it a moment ago.
        start, end = min(want.start for want in wanted), max(want.end for want in wanted)
        try:
            entries = self._book.valid_of({want.metric for want in wanted}, start, end, now)
        except StoreError:  # which of the table's were replaced isn't known, so none is shown
            return dict.fromkeys(wanted, UNKNOWN_TARGETS)
        return {
            want: _joined(
                table[want],
                [entry for entry in entries.get(want.metric, ()) if want.start <= entry.month < want.end],
            )
            for want in wanted
        }

    def edition(self) -> Hashable:
        """Return another value after any process set a target, and each time while the book can't be read."""
        try:
            return self._book.edition(), self._table.edition()
        except StoreError:
            return object()


def _joined(table: TargetIndex, entries: Sequence[SetTarget]) -> TargetIndex:
    """Return the table's targets with those that were set; of two at one level the last one counts."""
    found = {(month, _of(row.level)): (month, row) for month, row in table.rows}
    for entry in entries:
        if entry.value is None:  # taken back
            continue
        place = entry.month, _of(entry.level)
        replaced = found.get(place)
        members = replaced[1].members if replaced else entry.level
        found[place] = entry.month, TargetRow(entry.level, members, entry.value)
    return TargetIndex(found.values())


def _of(level: Mapping[str, Key]) -> frozenset[tuple[str, Key]]:
    return frozenset(level.items())


def split_number(line: str) -> tuple[str, str]:
    """Return the amount in a line as typed (empty if it has none), and the line without it.

    If there are several numbers, years don't count; two amounts raise QueryError. A word of NO_TARGET counts
    as an amount, and is returned in lower case.
    """
    hidden = _QUOTED.sub(lambda found: '"' + "x" * (len(found.group()) - 2) + '"', line)
    none = _TAKEN_BACK.search(hidden)
    if none:
        return none.group().casefold(), f"{line[: none.start()]}{line[none.end() :]}".strip()
    found = list(_NUMBER.finditer(hidden))
    if len(found) > 1:
        found = [entry for entry in found if not re.fullmatch(r"20\d\d", entry.group())]
    if len(found) > 1:
        raise QueryError(
            "Which number is the target?",
            hint="Write one number, such as 300k, €300,000 or 15%, or none to remove it.",
        )
    if not found:
        return "", line
    start, end = found[0].span()
    before = line[:start]
    towards = _TOWARDS.search(before)
    return line[start:end], f"{before[: towards.start() + 1] if towards else before}{line[end:]}".strip()


def with_next_month(line: str, today: date) -> str:
    """Return a line with "next month" and "next quarter" replaced by their dates."""
    following = shift(Grain.QUARTER, start_of(Grain.QUARTER, today), 1)
    line = _NEXT_QUARTER.sub(canonical_period(period_of(Grain.QUARTER, following)), line)
    return _NEXT_MONTH.sub(f"{add_months(today.replace(day=1), 1):%Y-%m}", line)


def month_ahead(typed: str, today: date) -> Period | None:
    """Return what a month's or quarter's name alone means in a target: the running one, or the next.

    None if more or something else than such a name was typed.
    """
    for year in (today.year, today.year + 1):
        try:
            found = parse_period(f"{typed} {year}", today)
        except QueryError:
            return None
        start, end = found.bounds()
        is_one = found.grain in (Grain.MONTH, Grain.QUARTER) and found == period_of(found.grain, start)
        if is_one and start.year == year and end > today:
            return found
    return None
