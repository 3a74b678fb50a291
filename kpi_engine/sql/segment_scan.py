"""The SELECT of a scan whose values add up over segments: fine groups once, rolled up for each grouping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    case,
    distinct,
    func,
    literal_column,
    null,
    select,
    union_all,
)

from kpi_engine.domain.models import Aggregate
from kpi_engine.sql.exact_text import exact, exactly
from kpi_engine.sql.scan import Grouping, Output
from kpi_engine.sql.source_rows import tests_of

Statement = Select[Any] | CompoundSelect[Any]
TypedNulls = Mapping[str, ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """What a scan's rows hold besides their segment and values: keys of `dimensions`, tests by filters."""

    dimensions: tuple[str, ...]
    tests: tuple[tuple[Any, ...], ...]

    def key(self, dimension: str) -> str:
        """Return the column of a dimension's key."""
        return f"key_{self.dimensions.index(dimension)}"

    def keys(self, grouping: Grouping) -> list[str]:
        """Return the columns of a grouping's keys."""
        return [self.key(name) for name in grouping.by]

    def test(self, grouping: Grouping) -> str | None:
        """Return the column that says whether a row passes the grouping's filters; None where all do."""
        return f"passes_{self.tests.index(grouping.where)}" if grouping.where else None


@dataclass(frozen=True, slots=True)
class Part:
    """Groupings that come out of one set of fine groups, each with the segments it needs (None: all)."""

    places: Mapping[Grouping, tuple[int, ...] | None]

    @property
    def segments(self) -> tuple[int, ...] | None:
        """The segments that any of them needs."""
        wanted: set[int] = set()
        for places in self.places.values():
            if places is None:
                return None
            wanted |= set(places)
        return tuple(sorted(wanted))


def segmented(
    placed: Select[Any], table: Table, outputs: Sequence[Output], parts: Sequence[Part]
) -> Statement:
    """Return a statement with a row per grouping, segment and group.

    Columns: the grouping's number, the segment, one key per dimension, the values of the outputs (one each,
    a mean, and a sum of some rows, with their number). The groupings of a part come out of one set of fine
    groups.
    """
    if len(parts) == 1 and len(parts[0].places) == 1:
        (grouping,) = parts[0].places
        if not grouping.where:
            plain = placed.subquery("placed_rows")
            return _fine(plain, table.keys(grouping), outputs, None, literal_column("0"))
    rows: FromClause = placed.cte("kpi_placed_rows") if len(parts) > 1 else placed.subquery("placed_rows")
    branches: list[Select[Any]] = []
    for number, part in enumerate(parts):
        names = list(dict.fromkeys(name for grouping in part.places for name in table.keys(grouping)))
        tests = list(dict.fromkeys(name for grouping in part.places if (name := table.test(grouping))))
        fine = _fine(rows, [*names, *tests], outputs, part.segments).cte(f"kpi_fine_groups_{number}")
        for grouping, places in part.places.items():
            typed = {} if branches else typed_nulls(table, fine, rows)
            branch = _rolled_up(fine, table, grouping, outputs, len(branches), typed)
            if places != part.segments and places is not None:
                branch = branch.where(fine.c.segment.in_(places))
            branches.append(branch)
    return union_all(*branches)


def _fine(
    rows: FromClause,
    names: Sequence[str],
    outputs: Sequence[Output],
    places: Sequence[int] | None,
    number: ColumnElement[Any] | None = None,
) -> Select[Any]:
    keys = [rows.c[name] for name in names]
    values = [value for index, entry in enumerate(outputs) for value in _aggregates(rows, index, entry)]
    first = [] if number is None else [number.label("grouping")]
    statement = select(*first, rows.c.segment, *keys, *values)
    if places is not None:
        statement = statement.where(rows.c.segment.in_(places))
    return statement.group_by(rows.c.segment, *map(exactly, keys))


def _rolled_up(
    fine: CTE,
    table: Table,
    grouping: Grouping,
    outputs: Sequence[Output],
    number: int,
    typed: TypedNulls,
) -> Select[Any]:
    names = table.keys(grouping)
    keys = [_key(fine, table.key(name), names, typed) for name in table.dimensions]
    values = [
        _total(output, fine.c[name]).label(name)
        for index, output in enumerate(outputs)
        for name in _names(index, output)
    ]
    statement = select(literal_column(str(number)).label("grouping"), fine.c.segment, *keys, *values)
    test = table.test(grouping)
    if test:
        statement = statement.where(fine.c[test] == 1)
    return statement.group_by(fine.c.segment, *(exactly(fine.c[name]) for name in names))


def _key(fine: CTE, name: str, own: Sequence[str], typed: TypedNulls) -> ColumnElement[Any]:
    if name in own:
        return fine.c[name]
    return typed.get(name, null()).label(name)


def typed_nulls(table: Table, source: FromClause, other: FromClause | None = None) -> TypedNulls:
    """Return a NULL of each key's own type, for the first branch of a UNION, which gives the others theirs.

    PostgreSQL takes two bare NULLs of a UNION for text. Keys that `source` lacks are those of `other`.
    """
    found: dict[str, ColumnElement[Any]] = {}
    never = literal_column("1") == literal_column("0")
    for name in map(table.key, table.dimensions):
        holder = source if other is None or name in source.c else other
        found[name] = select(holder.c[name]).where(never).scalar_subquery()
    return found


def _names(index: int, output: Output) -> tuple[str, ...]:
    return (f"value_{index}", f"weight_{index}") if output.is_weighed else (f"value_{index}",)


def _total(output: Output, part: ColumnElement[Any]) -> ColumnElement[Any]:
    match output.measure.agg:
        case "min":
            return func.min(part)
        case "max":
            return func.max(part)
        case _:
            return func.sum(part)


def counted(rows: FromClause, index: int, output: Output) -> ColumnElement[Any]:
    """Return the input of an aggregate: the value where the row counts, else NULL."""
    value: ColumnElement[Any] = rows.c[f"input_{index}"] if output.measure.of else literal_column("1")
    tests = tests_of(rows, index, output)
    return case((and_(*tests), value)) if tests else value


def _aggregates(rows: FromClause, index: int, output: Output) -> list[ColumnElement[Any]]:
    value = counted(rows, index, output)
    if output.measure.agg == "sum" and output.is_weighed:
        number = func.count(case((and_(*tests_of(rows, index, output)), literal_column("1"))))
        return [func.sum(value).label(f"value_{index}"), number.label(f"weight_{index}")]
    made: dict[Aggregate, list[ColumnElement[Any]]] = {
        "count": [func.count(value)],
        "count_distinct": [func.count(distinct(exact(value)))],
        "sum": [func.sum(value)],
        "min": [func.min(value)],
        "max": [func.max(value)],
        "avg": [func.sum(value), func.count(value)],
    }
    return [
        entry.label(name) for entry, name in zip(made[output.measure.agg], _names(index, output), strict=True)
    ]
