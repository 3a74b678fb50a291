"""The figure of every member of a dimension inside one statement, so that a database can choose or add up.

What is asked of several tables is brought together member by member; only what is asked about all of them
comes back: the best, those beyond a bound, how a sum is spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Float,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    union_all,
)

from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Sized
from kpi_engine.sql.exact_text import exactly
from kpi_engine.sql.scan import Ask, Place, Plan, Scan, Stretch, Tally, clipped

_ADDS_UP = frozenset({"count", "sum", "count_distinct"})
_TIES = 1_000
"""At most so many members share the last place."""


@dataclass(frozen=True, slots=True)
class Term:
    """What one ask of a plan adds to a column of figures, over one of its windows and times `weight`."""

    index: int
    ask: Ask
    window: Window
    column: str
    weight: int


@dataclass(frozen=True, slots=True)
class RankedBy:
    """What the best are chosen by: the value of a figure, or the lower or upper end of a share's interval."""

    end: str | None
    most_first: bool


def figures_by_member(plan: Plan, terms: Sequence[Term], name: str) -> CTE | None:
    """Return the figures of every member with rows: `member`, and the columns that the terms name.

    The asks of the plan are split by one dimension. None where the terms can't be brought together in one
    statement.
    """
    if len({scan.database for scan in plan.scans}) != 1 or any(scan.model.is_own for scan in plan.scans):
        return None
    columns = dict.fromkeys(term.column for term in terms)
    branches = []
    for number, scan in enumerate(plan.scans):
        rows = scan.statement.subquery(f"{name}_rows_{number}")
        parts: dict[str, list[ColumnElement[Any]]] = {column: [] for column in columns}
        for term in terms:
            place = plan.places.get((term.index, clipped(term.window, term.ask.need)))
            if place is None or place.scan != number:
                continue
            part = _part(scan, place, term, rows)
            if part is None:
                return None
            parts[term.column].append(part)
        sums = [_sum(found).label(column) for column, found in parts.items()]
        branches.append(select(rows.c.key_0.label("member"), *sums))
    if not branches:
        return None
    every = (union_all(*branches) if len(branches) > 1 else branches[0]).subquery(f"{name}_parts")
    sums = [func.sum(every.c[column]).label(column) for column in columns]
    return select(every.c.member, *sums).group_by(exactly(every.c.member)).cte(f"kpi_{name}")


def _part(scan: Scan, place: Place, term: Term, rows: Any) -> ColumnElement[Any] | None:
    """Return what a row of a scan adds; None where the values of members don't follow from one sum."""
    output, stretch = scan.outputs[place.output], clipped(term.window, term.ask.need)
    if output.measure.agg not in _ADDS_UP or place.keys != (0,) or _is_spread(scan, stretch):
        return None
    sign: ColumnElement[Any] = literal_column(str(term.weight))
    if scan.tallies:
        at = scan.tallies[place.grouping].index(Tally(place.output, scan.bounds.places(stretch)))
        counted = func.coalesce(rows.c[f"count_{at}"], literal_column("0"))
        return counted if term.weight == 1 else counted * sign
    value: ColumnElement[Any] = func.coalesce(rows.c[f"value_{place.output}"], literal_column("0"))
    value = value if term.weight == 1 else value * sign
    places = scan.bounds.places(stretch)
    if len(places) >= len(scan.bounds.days) - 1:
        return value
    return case((rows.c.segment.in_(places), value), else_=literal_column("0"))


def _sum(parts: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    return reduce(add, parts) if parts else literal_column("0")


def _is_spread(scan: Scan, stretch: Stretch) -> bool:
    """Whether only a part of some month's amount belongs to the stretch."""
    bounds = scan.bounds
    return bounds.spreads and bool(bounds.days) and bounds.places(stretch) != bounds.touched(stretch)


def value_of(rows: Any, *, is_ratio: bool) -> ColumnElement[Any]:
    """Return the value of a member's figure; NULL where there is nothing, or less, to divide by."""
    above: ColumnElement[Any] = rows.c.above
    if not is_ratio:
        return above
    return _quotient(above, rows.c.below)


def _quotient(above: ColumnElement[Any], below: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((below > 0, above * literal_column("1.0") / below))


def wilson_end(rows: Any, end: str) -> ColumnElement[Any]:
    """Return the low or high end of a share's 95 % interval (see analysis.rates.wilson)."""
    z = literal_column("1.959963984540054", Float())
    trials = cast(func.nullif(rows.c.below, literal_column("0")), Float())
    share = rows.c.above / trials
    margin = z * func.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    centre, scale = share + z * z / (2 * trials), 1 + z * z / trials
    bound = (centre - margin) / scale if end == "low" else (centre + margin) / scale
    edge = (rows.c.above == 0) if end == "low" else (rows.c.above == rows.c.below)
    return case((edge, literal_column("0.0" if end == "low" else "1.0")), else_=bound)


@dataclass(frozen=True, slots=True)
class Sieve:
    """Figures of another metric, or the same, and the bounds that a member's must lie between."""

    figures: CTE
    is_ratio: bool
    sized: Sized


def chosen(
    figures: CTE, rank: ColumnElement[Any], by: RankedBy, count: int | None, sieves: Sequence[Sieve]
) -> Select[Any]:
    """Select the first `count` members by rank (None: all, at most some thousand), of those that pass.

    Columns: the member, its rank, how many members pass, how many there are. Members that share the last
    place are all there.
    """
    source, rank, values = _beside(figures, rank, sieves)
    tests = [_passes(value, sieve.sized) for value, sieve in zip(values, sieves, strict=True)]
    passing = (
        select(source.c.member.label("member"), rank.label("rank"))
        .select_from(source)
        .where(*tests, rank.is_not(None))
        .cte("kpi_passing")
    )
    order = passing.c.rank.desc() if by.most_first else passing.c.rank
    passed = select(func.count()).select_from(passing).scalar_subquery()
    every = select(func.count()).select_from(figures).scalar_subquery()
    statement = select(passing.c.member, passing.c.rank, passed.label("passed"), every.label("every"))
    if count is None:
        return statement.order_by(order).limit(_TIES)
    leading = select(passing.c.rank).order_by(order).limit(count).subquery("leading")
    last = (func.min if by.most_first else func.max)(leading.c.rank)
    limit = select(last).scalar_subquery()
    reaches = passing.c.rank >= limit if by.most_first else passing.c.rank <= limit
    return statement.where(reaches).order_by(order).limit(count + _TIES)


def _beside(
    figures: CTE, rank: ColumnElement[Any], sieves: Sequence[Sieve]
) -> tuple[CTE, ColumnElement[Any], Sequence[ColumnElement[Any]]]:
    """Return members with their rank and the value by which each sieve tests them.

    Figures of several metrics are brought together by grouping: a join would lose the member of no name.
    Nothing of another metric counts as 0.
    """
    if all(sieve.figures is figures for sieve in sieves):
        return figures, rank, [value_of(figures, is_ratio=sieve.is_ratio) for sieve in sieves]
    none: ColumnElement[Any] = literal_column("0")
    one: ColumnElement[Any] = literal_column("1")
    names = [(f"above_{place}", f"below_{place}") for place in range(len(sieves))]
    empty = {name: none for pair in names for name in pair}
    branches = [
        select(
            figures.c.member.label("member"),
            rank.label("rank"),
            one.label("is_own"),
            *(value.label(name) for name, value in empty.items()),
        )
    ]
    for sieve, (above, below) in zip(sieves, names, strict=True):
        held = {**empty, above: sieve.figures.c.above}
        held |= {below: sieve.figures.c.below} if sieve.is_ratio else {}
        columns = (value.label(name) for name, value in held.items())
        branches.append(
            select(sieve.figures.c.member.label("member"), none.label("rank"), none.label("is_own"), *columns)
        )
    every = union_all(*branches).subquery("every_figure")
    together = (
        select(
            every.c.member,
            func.max(case((every.c.is_own == one, every.c.rank))).label("rank"),
            *(func.sum(every.c[name]).label(name) for name in empty),
        )
        .group_by(exactly(every.c.member))
        .having(func.max(every.c.is_own) == one)
        .cte("kpi_figures_together")
    )
    values = [
        _quotient(together.c[above], together.c[below]) if sieve.is_ratio else together.c[above]
        for sieve, (above, below) in zip(sieves, names, strict=True)
    ]
    return together, together.c.rank, values


def _passes(value: ColumnElement[Any], sized: Sized) -> ColumnElement[bool]:
    tests: list[ColumnElement[bool]] = []
    if sized.low is not None:
        low = literal(sized.low)
        tests.append(value >= low if sized.includes_low else value > low)
    if sized.high is not None:
        high = literal(sized.high)
        tests.append(value <= high if sized.includes_high else value < high)
    return and_(*tests)


def spread(figures: CTE, steps: int, worst: int, *, is_ratio: bool) -> CompoundSelect[Any]:
    """Select how a sum is spread over its members, those of no name left out.

    The first row: no member, how many there are, their sum, how many are below zero, the sum of those, and
    the sums of the best members, by shares of all in so many `steps`. Then a row for each of the `worst`
    lowest values below zero: the member and the value.
    """
    value = value_of(figures, is_ratio=is_ratio)
    known = (
        select(figures.c.member, value.label("value"))
        .where(figures.c.member.is_not(None), value.is_not(None))
        .subquery("known_values")
    )
    place = func.row_number().over(order_by=known.c.value.desc()).label("place")
    from_last = func.row_number().over(order_by=(known.c.value, exactly(known.c.member))).label("from_last")
    count = func.count().over().label("members")
    placed = select(known.c.member, known.c.value, place, from_last, count).cte("kpi_placed_values")
    below = placed.c.value < 0
    # the best share of n members are its nearest whole number above, at least one
    parts = [
        func.sum(
            case(
                (
                    ((placed.c.place - 1) * steps < placed.c.members * step) | (placed.c.place == 1),
                    placed.c.value,
                ),
                else_=0,
            )
        )
        for step in range(1, steps + 1)
    ]
    never = literal_column("1") == literal_column("0")
    nobody = select(placed.c.member).where(never).scalar_subquery()
    numbers = [
        func.count(),
        func.sum(placed.c.value),
        func.sum(case((below, 1), else_=0)),
        func.sum(case((below, placed.c.value), else_=0)),
        *parts,
    ]
    named = [number.label(f"number_{index}") for index, number in enumerate(numbers)]
    whole = select(nobody.label("member"), *named).select_from(placed)
    rest = [null().label(f"number_{index}") for index in range(2, len(numbers))]
    lowest = select(
        placed.c.member, literal_column("1").label("number_0"), placed.c.value.label("number_1"), *rest
    ).where(below, placed.c.from_last <= worst)
    return union_all(whole, lowest)


def moved_most(figures: CTE, count: int, *, is_ratio: bool) -> Select[Any]:
    """Select the members whose part of a change is largest, at most `count`.

    The figures have above_now and above_base, of a ratio also below_now and below_base. The parts are those
    of analysis.drivers: differences of amounts, or of a ratio valued alike. Columns: the member, how many
    there are, the sum of all parts without their signs, and the sums of the figures' columns.
    """
    names = [column.name for column in figures.c if column.name != "member"]
    whole = select(*(func.sum(figures.c[name]).label(name) for name in names)).cte("kpi_whole")
    part: ColumnElement[Any] = figures.c.above_now - figures.c.above_base
    if is_ratio:
        one: ColumnElement[Any] = literal_column("1.0")
        size_now, size_base = (func.nullif(whole.c[name], 0) * one for name in ("below_now", "below_base"))
        each_above = (one / size_base + one / size_now) / 2
        each_below = (
            whole.c.above_base * one / size_base / size_now + whole.c.above_now * one / size_now / size_base
        ) / 2
        part = part * each_above - (figures.c.below_now - figures.c.below_base) * each_below
    parts = select(
        figures.c.member, func.abs(part).label("moved"), *(whole.c[name] for name in names)
    ).select_from(figures.join(whole, literal_column("1") == literal_column("1")))
    moved = parts.subquery("moved")
    every = func.count().over().label("members")
    movement = func.sum(moved.c.moved).over().label("movement")
    order = (moved.c.moved.desc(), exactly(moved.c.member))
    sums = [moved.c[name] for name in names]
    return select(moved.c.member, every, movement, *sums).order_by(*order).limit(count)
