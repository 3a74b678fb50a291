"""What winning customers cost: the cost of a source and month, shared by all that its leads became.

    cost of a customer = cost of the source and month of the lead / customers won from those leads

The costs, and the customers by their first event, are read by source and month; customers whose lead
has no source, came before the costs begin, or isn't known at all have no known cost. What leads cost
that won nobody (yet), and what has no source, is unallocated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from math import fsum
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    distinct,
    func,
    literal,
    literal_column,
    null,
    select,
    union_all,
)

from kpi_engine.domain.metrics import Acquisition, Need
from kpi_engine.domain.periods import ONE_DAY, Grain, Window, shift, start_of
from kpi_engine.domain.query import Filter, Key
from kpi_engine.domain.statements import RunStatement
from kpi_engine.reading.frames import GroupKey
from kpi_engine.reading.reader import Evaluation, Reader
from kpi_engine.sql.exact_text import exact, exactly, same_bytes
from kpi_engine.sql.expressions import apart, bucket, kept
from kpi_engine.sql.first_event import FirstEvents, first_only
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.scan import Ask, clipped

_EVER = date(1900, 1, 1)
"""Where the first events are looked for from."""

_BATCHES, _COSTS, _FIRST_GROUP = 0, 1, 2
"""The numbers of a statement's branches."""

Batch = tuple[int, Key]
"""The leads of one month (its place) from one source."""


def costs_wanted(reader: Reader, asks: Sequence[Ask], now: datetime) -> Mapping[Acquisition, Ask]:
    """Return what must be read of costs that another database has than the customers.

    What one database has is read together by `acquire`.
    """
    wanted = (ask.need.acquisition for ask in asks if ask.need.acquired != "rows")
    return {
        acquisition: _costs_ask(reader, acquisition, now)
        for acquisition in wanted
        if acquisition and not _is_together(reader, acquisition)
    }


def acquire(reader: Reader, evaluation: Evaluation, costs: Mapping[Acquisition, int]) -> None:
    """Fill in the asks that no scan holds: what customers cost to win, how many have a known cost.

    `costs` are the places of the asks for costs of another database (see costs_wanted).
    """
    wanted: dict[Acquisition, list[int]] = defaultdict(list)
    for index, ask in enumerate(evaluation.asks):
        if ask.need.acquisition and ask.need.acquired != "rows":
            wanted[ask.need.acquisition].append(index)
    for acquisition, indexes in wanted.items():
        Costs(reader, acquisition, evaluation, costs.get(acquisition)).fill(indexes)


def _is_together(reader: Reader, acquisition: Acquisition) -> bool:
    """Whether one database has the customers and the costs, which add up there."""
    costs, customers = (reader.models[ref.model] for ref in (acquisition.cost, acquisition.customers))
    adds_up = costs.measures[acquisition.cost.measure].agg in ("sum", "count")
    return costs.database == customers.database and adds_up


def _costs_ask(reader: Reader, acquisition: Acquisition, now: datetime) -> Ask:
    """Return the ask for what each month cost by source."""
    months = _months_of(reader, acquisition, now)
    windows = tuple(Window(start, end) for start, end in pairwise(months))
    return Ask(Need("cost", acquisition.cost), windows, (acquisition.by,))


_Group = tuple[tuple[str, ...], tuple[Filter, ...]]
"""Dimensions to split by, and the filters of the customers that count."""

Shares = Mapping[GroupKey, tuple[float, float]]
"""How many customers each group won, and what they cost."""


@dataclass(frozen=True, slots=True)
class _Won:
    """What was won between two of the `marks` each, by the place of the first."""

    marks: Sequence[date]
    segments: Mapping[int, Shares]
    runs: tuple[RunStatement, ...] = ()

    def between(self, start: date, end: date, *, is_cost: bool) -> dict[GroupKey, float | None]:
        """Return the cost, or else the number, of the customers won in `[start, end)` by each group."""
        parts: dict[GroupKey, list[float]] = defaultdict(list)
        for segment, shares in self.segments.items():
            if start <= self.marks[segment] and self.marks[segment + 1] <= end:
                for group, share in shares.items():
                    parts[group].append(share[is_cost])
        return {group: fsum(values) for group, values in parts.items()}


class Costs:
    """The costs of one acquisition, and the customers that they won."""

    def __init__(
        self, reader: Reader, acquisition: Acquisition, evaluation: Evaluation, costs: int | None
    ) -> None:
        """Take what each month's leads of each source cost from the ask at `costs`, if it was read."""
        self._reader, self._acquisition, self._evaluation = reader, acquisition, evaluation
        model = reader.models[acquisition.customers.model]
        measure = model.measures[acquisition.customers.measure]
        time, source = measure.time or model.time, model.path_of(acquisition.by)
        if not (measure.first and time and model.acquired and source):
            raise ValueError("a catalogue holds only acquisitions whose customers can be told")
        self._model, self._measure, self._first = model, measure, measure.first
        self._time, self._acquired, self._source = time, model.acquired, source
        self._event, self._lead = reader.time_column(model, time), reader.time_column(model, model.acquired)
        self._tomorrow = reader.today(evaluation.now) + ONE_DAY
        self._months = _months_of(reader, acquisition, evaluation.now)
        self._is_together = costs is None
        self._costs: dict[Batch, float] = {} if costs is None else self._costs_of(costs)
        self._cost_runs = () if costs is None else evaluation.statements(range(costs, costs + 1))
        self._customers: dict[Batch, int] = {}

    def fill(self, indexes: Sequence[int]) -> None:
        """Fill in some asks; nothing is known by what customers can't be split by."""
        asks = {index: self._evaluation.asks[index] for index in indexes}
        pieces = {(i, window): self._days(ask, window) for i, ask in asks.items() for window in ask.windows}
        together: dict[_Group, list[int]] = {((), ()): []}
        for index, ask in asks.items():
            together.setdefault((ask.by, ask.where), []).append(index)
        marks = sorted({_EVER, self._tomorrow, *(day for piece in pieces.values() for day in piece)})
        known = [group for group in together if self._reaches(*group)]
        won, runs = self._won(known, marks) if len(self._months) > 1 else ({}, ())
        for group, held in together.items():
            found = _Won(marks, won.get(group, {}))
            for index in held:
                self._evaluation.further[index] = [*self._cost_runs, *runs]
                for window in asks[index].windows:
                    cell = self._cell(asks[index], found, pieces[index, window])
                    self._evaluation.take(index, window, cell)

    def _reaches(self, by: Sequence[str], where: Sequence[Filter]) -> bool:
        named = (*by, *(entry.dimension for entry in where))
        return all(name in self._model.dimensions for name in named)

    def _cell(self, ask: Ask, won: _Won, piece: tuple[date, date]) -> dict[GroupKey, float | None]:
        start, end = piece
        if ask.need.acquired == "unallocated":
            return {} if ask.by or ask.where else {(): self._unallocated(end)}
        return won.between(start, end, is_cost=ask.need.acquired == "cost")

    def _days(self, ask: Ask, window: Window) -> tuple[date, date]:
        read = clipped(window, ask.need)
        return read.start or _EVER, read.end or self._tomorrow

    def _unallocated(self, end: date) -> float:
        return fsum(
            cost
            for batch, cost in self._costs.items()
            if self._months[batch[0]] < end and (batch[1] is None or batch not in self._customers)
        )

    def _costs_of(self, index: int) -> dict[Batch, float]:
        """Return what each month cost by source, whatever the question is about."""
        windows = self._evaluation.asks[index].windows
        return {
            (place, source): cost
            for place, window in enumerate(windows)
            for (source,), cost in self._evaluation.cell(index, window).items()
            if cost is not None
        }

    def _won(
        self, groups: Sequence[_Group], marks: Sequence[date]
    ) -> tuple[Mapping[_Group, Mapping[int, Shares]], tuple[RunStatement, ...]]:
        """Return what the customers of each group cost, in one statement: added up where the costs are."""
        dimensions = tuple(dict.fromkeys(name for by, _ in groups for name in by))
        tests = tuple(dict.fromkeys(where for _, where in groups))
        placed = self._placed(dimensions, tests, marks)
        costs = self._costs_there() if self._is_together else None
        units = None if costs is None else _units(placed, costs)
        table = _Table(placed, dimensions, tests, tuple(groups))
        branches = [table.batches(), *([] if costs is None else [table.costs(costs)])]
        branches += [
            table.counted(group) if units is None else table.costed(group, units) for group in groups
        ]
        rows, run = self._reader.run(self._model.database, union_all(*branches))
        found: dict[_Group, dict[int, dict[GroupKey, tuple[float, float]]]] = {
            group: defaultdict(dict) for group in groups
        }
        self._customers = {(int(row[2]), row[3]): int(row[-2]) for row in rows if row[0] == _BATCHES}
        self._costs |= {(int(row[2]), row[3]): float(row[-1]) for row in rows if row[0] == _COSTS}
        for number, segment, month, source, *keys, count, cost in rows:
            if number in (_BATCHES, _COSTS):
                continue
            group = groups[number - _FIRST_GROUP]
            key = tuple(keys[dimensions.index(name)] for name in group[0])
            share = float(cost or 0) if units is not None else self._share((int(month), source), int(count))
            customers, spent = found[group][int(segment)].get(key, (0.0, 0.0))
            found[group][int(segment)][key] = customers + float(count), spent + share
        return found, (run,)

    def _share(self, batch: Batch, count: int) -> float:
        """Return what some customers of a batch cost: their equal shares of its cost."""
        return count * self._costs.get(batch, 0.0) / self._customers[batch]

    def _costs_there(self) -> CTE:
        """Return what each month (`segment`) cost by source (`key_0`): `value_0`."""
        ask = _costs_ask(self._reader, self._acquisition, self._evaluation.now)
        (scan,) = self._reader.plan([ask], self._evaluation.now).scans
        return scan.statement.cte("kpi_costs")

    def _placed(self, by: tuple[str, ...], tests: Sequence[tuple[Filter, ...]], marks: Sequence[date]) -> CTE:
        """Return each customer's first event: segment, lead's month, source, keys, which tests it passes."""
        filtered = tuple(dict.fromkeys(entry.dimension for test in tests for entry in test))
        rows = self._first_rows(by, filtered)
        leads = [literal(self._lead.midnight(day), self._lead.sql_type()) for day in self._months]
        events = [literal(self._event.midnight(day), self._event.sql_type()) for day in marks]

        def passes(test: Sequence[Filter]) -> ColumnElement[Any]:
            kept_all = [kept(rows.c[f"filter_{filtered.index(entry.dimension)}"], entry) for entry in test]
            return case((and_(*kept_all), 1), else_=0) if kept_all else literal_column("1")

        return (
            select(
                bucket(rows.c.at, events, range(len(events) - 1)).label("segment"),
                bucket(rows.c.lead, leads, range(len(leads) - 1)).label("month"),
                rows.c.source,
                *(rows.c[f"key_{index}"] for index in range(len(by))),
                rows.c.first_per,
                *(passes(test).label(f"passes_{index}") for index, test in enumerate(tests)),
            )
            .where(
                rows.c.source.is_not(None),
                *(rows.c.lead >= leads[0], rows.c.lead < leads[-1]),
                *(rows.c.at >= events[0], rows.c.at < events[-1]),
            )
            .cte("kpi_placed_rows")
        )

    def _first_rows(self, by: tuple[str, ...], filtered: Sequence[str]) -> Subquery:
        """Return the rows of each customer's first event."""
        model, first = self._model, self._first
        named = {"first_per": first.per, "first_event": first.event, "at": self._time}
        named |= {"lead": self._acquired, "source": self._source}
        named |= {f"key_{index}": model.dimensions[name].path for index, name in enumerate(by)}
        named |= {f"filter_{index}": model.dimensions[name].path for index, name in enumerate(filtered)}
        flags = {"counts": self._measure.where} if self._measure.where else {}
        relation = Relation(self._reader.models, model, named.values(), flags)
        columns = {name: relation.column(path) for name, path in named.items()}
        counted = [relation.flag("counts") == 1] if flags else []
        rows = (
            select(*(column.label(name) for name, column in columns.items()))
            .select_from(relation.source)
            .where(columns["first_per"].is_not(None), *counted)
            .subquery("counted_rows")
        )
        events = FirstEvents(model, first, self._time, self._measure.where)
        ground = self._reader.ground(self._evaluation.now)
        return first_only(rows, events.moments(ground, ((_EVER, self._tomorrow),)))


def _months_of(reader: Reader, acquisition: Acquisition, now: datetime) -> list[date]:
    """Return the first days of the months with costs, and the end of the running one."""
    end = shift(Grain.MONTH, start_of(Grain.MONTH, reader.today(now)), 1)
    return _months(reader.costs_since(acquisition, now), end)


def _months(since: date, until: date) -> list[date]:
    """Return the first days of the months from `since` on, and the end of the last one."""
    found = [since]
    while found[-1] < until:
        found.append(shift(Grain.MONTH, found[-1], 1))
    return found


def _units(placed: CTE, costs: CTE) -> CTE:
    """Return what one customer of each month and source cost."""
    count = func.count(distinct(exact(placed.c.first_per))).label("n")
    batches = (
        select(placed.c.month, placed.c.source, count)
        .group_by(placed.c.month, exactly(placed.c.source))
        .subquery("batches")
    )
    same = and_(batches.c.month == costs.c.segment, same_bytes(batches.c.source, costs.c.key_0))
    unit = costs.c.value_0 * literal_column("1.0") / batches.c.n
    units = select(batches.c.month, batches.c.source, unit.label("unit"))
    # PostgreSQL can't tell how many rows first events are: it would work these out for each of them
    return (
        units.select_from(batches.join(costs, same))
        .cte("kpi_units")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """The first events of a statement, and its branches.

    Each branch has the columns: its number, segment, month of the lead, source, one key per dimension, how
    many customers, what they cost. What a branch doesn't tell is 0 or NULL.
    """

    placed: CTE
    dimensions: tuple[str, ...]
    tests: tuple[tuple[Filter, ...], ...]
    groups: tuple[_Group, ...]

    def batches(self) -> Select[Any]:
        """Select how many customers came of each month's leads of each source."""
        rows = self.placed
        never = literal_column("1") == literal_column("0")
        keys = [
            select(rows.c[name]).where(never).scalar_subquery().label(name)  # a NULL of the key's own type
            for name in self._names(self.dimensions)
        ]
        zero: ColumnElement[Any] = literal_column("0")
        cost: ColumnElement[Any] = literal_column("0.0")
        customers = func.count(distinct(exact(rows.c.first_per))).label("customers")
        return select(
            zero.label("number"), zero.label("segment"), rows.c.month, rows.c.source, *keys, customers, cost
        ).group_by(rows.c.month, exactly(rows.c.source))

    def costs(self, costs: CTE) -> Select[Any]:
        """Select what each month cost by source."""
        nothing: ColumnElement[Any] = literal_column("0")
        keys = [null() for _ in self.dimensions]
        number: ColumnElement[Any] = literal_column(str(_COSTS))
        return select(number, nothing, costs.c.segment, costs.c.key_0, *keys, nothing, costs.c.value_0).where(
            costs.c.value_0.is_not(None)
        )

    def counted(self, group: _Group) -> Select[Any]:
        """Select the customers of a group by segment, month and source; the cost is known elsewhere."""
        counts = self._counts(group)
        number, keys = self._number(group), self._keys(counts, group[0])
        return select(
            number, counts.c.segment, counts.c.month, counts.c.source, *keys, counts.c.customers, null()
        )

    def costed(self, group: _Group, units: CTE) -> Select[Any]:
        """Select the customers of a group by segment, with their cost: equal shares of their batch's."""
        counts = self._counts(group)
        same = and_(counts.c.month == units.c.month, same_bytes(counts.c.source, units.c.source))
        cost = counts.c.customers * func.coalesce(units.c.unit, literal_column("0"))
        own = [counts.c[name] for name in self._names(group[0])]
        number, keys = self._number(group), self._keys(counts, group[0])
        sums = func.sum(counts.c.customers), func.sum(cost)
        return (
            select(number, counts.c.segment, literal_column("0"), null(), *keys, *sums)
            .select_from(counts.outerjoin(units, same))
            .group_by(counts.c.segment, *map(exactly, own))
        )

    def _counts(self, group: _Group) -> Subquery:
        by, where = group
        rows = self.placed
        named = [rows.c.segment, rows.c.month, rows.c.source, *(rows.c[name] for name in self._names(by))]
        customers = func.count(distinct(exact(rows.c.first_per))).label("customers")
        passes = rows.c[f"passes_{self.tests.index(where)}"] == 1
        return select(*named, customers).where(passes).group_by(named[0], *apart(named[1:])).subquery()

    def _number(self, group: _Group) -> ColumnElement[Any]:
        return literal_column(str(self.groups.index(group) + _FIRST_GROUP))

    def _names(self, by: Sequence[str]) -> list[str]:
        return [f"key_{self.dimensions.index(name)}" for name in by]

    def _keys(self, counts: Subquery, by: Sequence[str]) -> list[ColumnElement[Any]]:
        own = self._names(by)
        return [counts.c[name] if name in own else null() for name in self._names(self.dimensions)]
