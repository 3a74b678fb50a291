"""Which members a question shows, and how a sum is spread over members: worked out in the database."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CTE

from kpi_engine.analysis.concentration import STEPS, WORST, Spread, spread_of
from kpi_engine.domain.errors import DataError, WarehouseTimeoutError
from kpi_engine.domain.metrics import Kind
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Filter, Key
from kpi_engine.domain.statements import RunStatement, sent_for
from kpi_engine.reading.reader import Reader
from kpi_engine.reading.wanted import ChangedOf, ChosenOf, SpreadOf
from kpi_engine.sql.member_values import (
    RankedBy,
    Sieve,
    Term,
    chosen,
    figures_by_member,
    moved_most,
    spread,
    value_of,
    wilson_end,
)
from kpi_engine.sql.scan import Ask

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The keys of the members that were chosen, in order, and by what the last of them ranks.

    So many `passed` the sizes, of `every` member with rows.
    """

    keys: tuple[Key, ...]
    last: float
    passed: int
    every: int
    statement: RunStatement


@dataclass(frozen=True, slots=True)
class Changed:
    """The keys of the members whose parts of a change are largest, of so many `members`.

    `movement` is the sum of all members' parts without their signs, `whole` the sums of their figures.
    """

    keys: tuple[Key, ...]
    members: int
    movement: float
    whole: Mapping[str, float]
    statement: RunStatement


@dataclass(frozen=True, slots=True)
class _Figures:
    """The figure of every member as a part of a statement, and the database that can run it."""

    table: CTE
    is_ratio: bool
    database: str


def read_chosen(reader: Reader, want: ChosenOf, now: datetime) -> Chosen | None:
    """Return the members that are shown; None without any, and where no single statement can choose them."""
    figures = _figures(reader, want.spec, want.filters, {"": want.window}, want.dimension, now, "figures")
    if figures is None:
        return None
    sieves = []
    for number, (spec, sized) in enumerate(want.sized):
        other = figures
        if spec != want.spec:
            name = f"figures_{number}"
            found = _figures(reader, spec, want.filters, {"": want.window}, want.dimension, now, name)
            if found is None or found.database != figures.database:
                return None
            other = found
        sieves.append(Sieve(other.table, other.is_ratio, sized))
    rank = value_of(figures.table, is_ratio=figures.is_ratio)
    if want.end and figures.is_ratio:
        rank = wilson_end(figures.table, want.end)
    statement = chosen(figures.table, rank, RankedBy(want.end, want.most_first), want.count, sieves)
    with sent_for("which members are shown", [want.dimension]):
        rows, run = reader.run(figures.database, statement)
    if not rows:
        return None
    passed, every = int(rows[0][2]), int(rows[0][3])
    return Chosen(tuple(row[0] for row in rows), float(rows[-1][1]), passed, every, run)


def read_spread(
    reader: Reader, want: SpreadOf, now: datetime
) -> tuple[Spread | None, tuple[RunStatement, ...]]:
    """Return how a figure is spread over members; None where it can't be had, which is logged."""
    try:
        figures = _figures(reader, want.spec, want.filters, {"": want.window}, want.dimension, now, "figures")
        if figures is None:
            return _in_python(reader, want, now)
        with sent_for("how a sum is spread", [want.dimension]):
            return _in_database(reader, figures)
    except (DataError, WarehouseTimeoutError) as wrong:
        log.warning("how %s is spread over %s can't be told: %s", want.spec, want.dimension, wrong)
        return None, ()


def _in_database(reader: Reader, figures: _Figures) -> tuple[Spread, tuple[RunStatement, ...]]:
    rows, run = reader.run(figures.database, spread(figures.table, STEPS, WORST, is_ratio=figures.is_ratio))
    (_, members, total, losers, losses, *best), *worst = sorted(rows, key=lambda row: row[3] is None)
    named = sorted(((key, float(value)) for key, _, value, *_ in worst), key=lambda entry: entry[1])
    return (
        Spread(
            int(members or 0),
            float(total or 0),
            int(losers or 0),
            float(losses or 0),
            tuple(named),
            tuple(float(part or 0) for part in best),
        ),
        (run,),
    )


def _in_python(reader: Reader, want: SpreadOf, now: datetime) -> tuple[Spread, tuple[RunStatement, ...]]:
    """Bring the figures of several databases together here."""
    needs = want.spec.needs(reader.today(now))
    asks = [Ask(need, (want.window,), (want.dimension,), want.filters) for need in needs]
    evaluation = reader.evaluate(asks, now, [reader.named(want.spec)] * len(asks))
    cells = {need.name: evaluation.cell(place, want.window) for place, need in enumerate(needs)}
    keys = dict.fromkeys(key for cell in cells.values() for key in cell)
    empty = {need.name: reader.empty_value(need) for need in needs}
    values: dict[Key, float] = {}
    for key in keys:
        value = want.spec.figure({name: cell.get(key, empty[name]) for name, cell in cells.items()}).value
        if key[0] is not None and value is not None:
            values[key[0]] = value
    return spread_of(values), evaluation.statements(range(len(asks)))


def read_changed(reader: Reader, want: ChangedOf, now: datetime) -> Changed | None:
    """Return the members that moved most; None where no single statement can tell them."""
    windows = {"now": want.window, "base": want.base}
    figures = _figures(reader, want.spec, want.filters, windows, want.dimension, now, "figures")
    if figures is None:
        return None
    statement = moved_most(figures.table, want.count, is_ratio=figures.is_ratio)
    with sent_for("which members moved most", [want.dimension]):
        rows, run = reader.run(figures.database, statement)
    if not rows:
        return None
    _, members, movement, *sums = rows[0]
    names = [column.name for column in figures.table.c if column.name != "member"]
    whole = {name: float(value or 0) for name, value in zip(names, sums, strict=True)}
    return Changed(tuple(row[0] for row in rows), int(members), float(movement or 0), whole, run)


def _figures(
    reader: Reader,
    spec: Kind,
    filters: Sequence[Filter],
    windows: Mapping[str, Window],
    dimension: str,
    now: datetime,
    name: str,
) -> _Figures | None:
    """Return the figures of every member; None where they aren't made of sums in one database.

    The columns are `above` and `below`, with the name of the window behind them where it has one.
    """
    weighed = spec.weighed()
    if weighed is None:
        return None
    needs = [
        need
        for need in spec.needs(reader.today(now))
        if need.name in weighed.above or need.name in weighed.below
    ]
    if any(need.acquired != "rows" for need in needs):
        return None
    asks = [Ask(need, tuple(windows.values()), (dimension,), tuple(filters)) for need in needs]
    terms = [
        Term(index, ask, window, f"{side}_{named}" if named else side, weights[ask.need.name])
        for side, weights in (("above", weighed.above), ("below", weighed.below))
        for named, window in windows.items()
        for index, ask in enumerate(asks)
        if ask.need.name in weights
    ]
    plan = reader.plan(asks, now)
    if not plan.scans:
        return None
    table = figures_by_member(plan, terms, name)
    return None if table is None else _Figures(table, bool(weighed.below), plan.scans[0].database)
