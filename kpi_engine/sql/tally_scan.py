"""The SELECT of a scan that counts something apart: one set of segments per customer (or order), then tests.

Each customer's events become one set of the segments that they lie in. Whether the customer has an event
in a window is then one test of that set, so that windows may overlap and need no pass of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from kpi_engine.domain.query import Filter
from kpi_engine.sql.bits import BITS, shares, united, united_bit_by_bit
from kpi_engine.sql.exact_text import exactly
from kpi_engine.sql.scan import Grouping, Output, Tally
from kpi_engine.sql.segment_scan import Statement, Table, TypedNulls, typed_nulls
from kpi_engine.sql.source_rows import tests_of


@dataclass(frozen=True, slots=True)
class TalliedGrouping:
    """A grouping and its numbers, in the order of their columns."""

    grouping: Grouping
    tallies: tuple[Tally, ...]


_Set = tuple[int | None, tuple[Filter, ...]]
"""Whose segments a set holds: those of an output's rows (None: of all rows) that pass some filters."""


def tallied(
    placed: Select[Any],
    table: Table,
    outputs: Sequence[Output],
    asked: Sequence[TalliedGrouping],
    *,
    has_union: bool,
    days: int = 0,
) -> Statement:
    """Return a statement with a row per grouping and group.

    Columns: the grouping's number, one key per dimension, the numbers of its tallies. `has_union`: the
    database can unite sets of several segments (see bits.unites). `days`: how many days rows may cover,
    where they cover days; else a row lies in one segment.
    """
    made = _Tallied(table, outputs, asked, 0 if has_union else days)
    if len(asked) == 1:
        plain = placed.subquery("placed_rows")
        return made.counts(made.sets(plain, table.keys(asked[0].grouping)), 0, {})
    rows = placed.cte("kpi_placed_rows")
    sets = made.sets(rows, list(map(table.key, table.dimensions))).cte("kpi_sets") if has_union else None
    typed = typed_nulls(table, rows if sets is None else sets)
    branches = []
    for number, entry in enumerate(asked):
        names = table.keys(entry.grouping)
        if sets is None:
            own = made.sets(rows, names)
        elif len(names) == len(table.dimensions):
            own = select(*sets.c)
        else:
            own = made.merged(sets, names)
        branches.append(made.counts(own, number, {} if number else typed))
    return union_all(*branches)


class _Tallied:
    def __init__(
        self, table: Table, outputs: Sequence[Output], asked: Sequence[TalliedGrouping], days: int
    ) -> None:
        """Prepare; with `days` the sets of rows hold several of so many days, and are united bit by bit."""
        self._days = days
        self._table, self._outputs, self._asked = table, outputs, asked
        self._lists = any(tally.output is None for entry in asked for tally in entry.tallies)
        self._sets: dict[_Set, int] = {}
        self._chunks = 1
        for entry in asked:
            for tally in entry.tallies:
                self._sets.setdefault((tally.output, entry.grouping.where), len(self._sets))
                self._chunks = max(self._chunks, max(tally.places) // BITS + 1)
        self._width = max(len(entry.tallies) for entry in asked)

    def sets(self, rows: FromClause, names: Sequence[str]) -> Select[Any]:
        """Select who, the keys, and each set of segments."""
        sets = [
            self._united(self._power(rows, entry, chunk), chunk).label(f"set_{number}_{chunk}")
            for entry, number in self._sets.items()
            for chunk in range(self._chunks)
        ]
        keys = [rows.c[name] for name in names]
        statement = select(rows.c.who, *keys, *sets)
        if not self._lists:
            statement = statement.where(rows.c.who.is_not(None))
        return statement.group_by(*map(exactly, (rows.c.who, *keys)))

    def _united(self, bits: ColumnElement[Any], chunk: int) -> ColumnElement[int]:
        if not self._days:
            return united(bits)
        return united_bit_by_bit(bits, range(min(BITS, self._days - chunk * BITS)))

    def _power(self, rows: FromClause, entry: _Set, chunk: int) -> ColumnElement[Any]:
        output, where = entry
        power: ColumnElement[Any] = rows.c[f"power_{chunk}"]
        tests = [] if output is None else tests_of(rows, output, self._outputs[output])
        test = self._table.test(Grouping((), where))
        tests += [rows.c[test] == 1] if test else []
        return case((and_(*tests), power)) if tests else power

    def merged(self, sets: FromClause, names: Sequence[str]) -> Select[Any]:
        """Select the same of fewer keys."""
        keys = [sets.c[name] for name in names]
        merged = [united(column).label(column.name) for column in sets.c if column.name.startswith("set_")]
        return select(sets.c.who, *keys, *merged).group_by(*map(exactly, (sets.c.who, *keys)))

    def counts(self, sets: Select[Any], number: int, typed: TypedNulls) -> Select[Any]:
        """Select the numbers of one grouping out of its sets; further columns are 0."""
        entry = self._asked[number]
        rows = sets.subquery("counted_sets")
        names = self._table.keys(entry.grouping)
        keys = [
            rows.c[name] if name in names else typed.get(name, null()).label(name)
            for name in map(self._table.key, self._table.dimensions)
        ]
        none = literal_column("0", Integer())
        columns = [self._count(rows, entry, tally) for tally in entry.tallies]
        columns += [none] * (self._width - len(columns))
        named = [column.label(f"count_{place}") for place, column in enumerate(columns)]
        grouping: ColumnElement[Any] = literal_column(str(number)).label("grouping")
        statement = select(grouping, *keys, *named).group_by(*(exactly(rows.c[name]) for name in names))
        listed = self._sets.get((None, entry.grouping.where))
        if entry.grouping.where and names and listed is not None:
            sets_of_all = [rows.c[f"set_{listed}_{chunk}"] for chunk in range(self._chunks)]
            statement = statement.where(or_(*(found != 0 for found in sets_of_all)))
        return statement

    def _count(self, rows: FromClause, entry: TalliedGrouping, tally: Tally) -> ColumnElement[Any]:
        number = self._sets[tally.output, entry.grouping.where]
        wanted = [0] * self._chunks
        for place in tally.places:
            wanted[place // BITS] |= 1 << (place % BITS)
        test = or_(
            *(shares(rows.c[f"set_{number}_{chunk}"], bits) for chunk, bits in enumerate(wanted) if bits)
        )
        if self._lists and tally.output is not None:
            test = and_(test, rows.c.who.is_not(None))
        return func.sum(case((test, 1), else_=0))
