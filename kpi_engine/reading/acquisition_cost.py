"""What winning customers cost: the cost of a source and month, shared by all that its leads became.

    cost of a customer = cost of the source and month of the lead / customers won from those leads

The costs, and the customers by their first event, are read by source and month; customers whose lead
has no source, came before the costs begin, or isn't known at all have no known cost. What leads cost
that won nobody (yet), and what has no source, is unallocated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    select,
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

Batch = tuple[int, Key]
"""The leads of one month (its place) from one source."""


def costs_wanted(reader: Reader, asks: Sequence[Ask], now: datetime) -> Mapping[Acquisition, Ask]:
    """Return what must be read of the costs for asks that no scan holds: each month's, by source."""
    wanted = (ask.need.acquisition for ask in asks if ask.need.acquired != "rows")
    return {
        acquisition: Ask(
            Need("cost", acquisition.cost),
            tuple(Window(start, end) for start, end in pairwise(_months_of(reader, acquisition, now))),
            (acquisition.by,),
        )
        for acquisition in wanted
        if acquisition
    }


def acquire(reader: Reader, evaluation: Evaluation, costs: Mapping[Acquisition, int]) -> None:
    """Fill in the asks that no scan holds: what customers cost to win, how many have a known cost.

    `costs` are the places of the asks for each acquisition's costs (see costs_wanted).
    """
    wanted: dict[Acquisition, list[int]] = defaultdict(list)
    for index, ask in enumerate(evaluation.asks):
        if ask.need.acquisition and ask.need.acquired != "rows":
            wanted[ask.need.acquisition].append(index)
    for acquisition, indexes in wanted.items():
        Costs(reader, acquisition, evaluation, costs[acquisition]).fill(indexes)


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

    def __init__(self, reader: Reader, acquisition: Acquisition, evaluation: Evaluation, costs: int) -> None:
        """Take what each month's leads of each source cost from the ask at `costs`."""
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
        self._place = costs
        self._costs = self._costs_of(costs)
        self._customers: dict[Batch, int] = {}
        self._cost_runs = evaluation.statements(range(costs, costs + 1))

    def fill(self, indexes: Sequence[int]) -> None:
        """Fill in some asks; nothing is known by what customers can't be split by."""
        asks = {index: self._evaluation.asks[index] for index in indexes}
        pieces = {(i, window): self._days(ask, window) for i, ask in asks.items() for window in ask.windows}
        together: dict[tuple[tuple[str, ...], tuple[Filter, ...]], list[int]] = {((), ()): []}
        for index, ask in asks.items():
            together.setdefault((ask.by, ask.where), []).append(index)
        every: tuple[RunStatement, ...] = ()
        for (by, where), held in together.items():
            marks = {day for (index, _), piece in pieces.items() if index in held for day in piece}
            days = sorted(marks | {_EVER, self._tomorrow})
            won = self._won(by, where, days)
            every = every or won.runs  # of all customers, which come first
            for index in held:
                self._evaluation.further[index] = [*self._cost_runs, *every, *won.runs]
                for window in asks[index].windows:
                    self._evaluation.take(index, window, self._cell(asks[index], won, pieces[index, window]))

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

    def _costs_of(self, index: int) -> Mapping[Batch, float]:
        """Return what each month cost by source, whatever the question is about."""
        windows = self._evaluation.asks[index].windows
        return {
            (place, source): cost
            for place, window in enumerate(windows)
            for (source,), cost in self._evaluation.cell(index, window).items()
            if cost is not None
        }

    def _won(self, by: tuple[str, ...], where: Sequence[Filter], marks: Sequence[date]) -> _Won:
        named = (*by, *(entry.dimension for entry in where))
        if len(self._months) == 1 or not all(name in self._model.dimensions for name in named):
            return _Won(marks, {})
        placed = self._placed(by, where, marks)
        if not (by or where):
            return self._won_by_all(placed, marks)
        units = self._units(placed)
        return (
            self._won_here(placed, by, marks) if units is None else self._won_there(placed, units, by, marks)
        )

    def _won_by_all(self, placed: CTE, marks: Sequence[date]) -> _Won:
        """Return what all customers cost, and keep how many of them came of each month's leads."""
        rows, run = self._reader.run(self._model.database, _counted(placed, 0))
        batches = [(int(row[0]), (int(row[1]), row[2]), int(row[3])) for row in rows]
        for _, batch, count in batches:
            self._customers[batch] = self._customers.get(batch, 0) + count
        return _Won(marks, self._shared((place, batch, (), count) for place, batch, count in batches), (run,))

    def _won_here(self, placed: CTE, by: Sequence[str], marks: Sequence[date]) -> _Won:
        """Return what each group's customers cost, brought together with the costs of another database."""
        rows, run = self._reader.run(self._model.database, _counted(placed, len(by)))
        won = (
            (int(segment), (int(month), source), tuple(key), int(count))
            for segment, month, source, *key, count in rows
        )
        return _Won(marks, self._shared(won), (run,))

    def _shared(self, won: Iterable[tuple[int, Batch, GroupKey, int]]) -> Mapping[int, Shares]:
        """Return the customers of each segment and group with their cost: equal shares of their batch's."""
        found: dict[int, dict[GroupKey, tuple[float, float]]] = defaultdict(dict)
        for segment, batch, group, count in won:
            cost = count * self._costs.get(batch, 0.0) / self._customers[batch]
            customers, costs = found[segment].get(group, (0.0, 0.0))
            found[segment][group] = customers + count, costs + cost
        return found

    def _won_there(self, placed: CTE, units: Subquery, by: Sequence[str], marks: Sequence[date]) -> _Won:
        """Return what each group's customers cost, added up where the costs are."""
        counts = _counted(placed, len(by)).subquery("counts")
        keys = [counts.c[f"key_{index}"] for index in range(len(by))]
        same = and_(counts.c.month == units.c.month, same_bytes(counts.c.source, units.c.source))
        cost = counts.c.customers * func.coalesce(units.c.unit, literal_column("0"))
        statement = (
            select(counts.c.segment, *keys, func.sum(counts.c.customers), func.sum(cost))
            .select_from(counts.outerjoin(units, same))
            .group_by(counts.c.segment, *map(exactly, keys))
        )
        rows, run = self._reader.run(self._model.database, statement)
        found: dict[int, dict[GroupKey, tuple[float, float]]] = defaultdict(dict)
        for segment, *key, customers, costs in rows:
            found[int(segment)][tuple(key)] = float(customers), float(costs)
        return _Won(marks, found, (run,))

    def _units(self, placed: CTE) -> Subquery | None:
        """Return what one customer of each month and source cost; None if another database has the costs."""
        scans = self._reader.plan([self._evaluation.asks[self._place]], self._evaluation.now).scans
        if len(scans) != 1 or scans[0].database != self._model.database or scans[0].tallies:
            return None
        costs = scans[0].statement.subquery("costs")
        batches = (
            select(
                placed.c.month, placed.c.source, func.count(distinct(exact(placed.c.first_per))).label("n")
            )
            .group_by(placed.c.month, exactly(placed.c.source))
            .subquery("batches")
        )
        same = and_(batches.c.month == costs.c.segment, same_bytes(batches.c.source, costs.c.key_0))
        unit = costs.c.value_0 * literal_column("1.0") / batches.c.n
        return (
            select(batches.c.month, batches.c.source, unit.label("unit"))
            .select_from(batches.join(costs, same))
            .subquery("units")
        )

    def _placed(self, by: tuple[str, ...], filters: Sequence[Filter], marks: Sequence[date]) -> CTE:
        """Return each customer's first event: segment, lead's month, source, keys, whether it `passes`."""
        rows = self._first_rows(by, filters)
        leads = [literal(self._lead.midnight(day), self._lead.sql_type()) for day in self._months]
        events = [literal(self._event.midnight(day), self._event.sql_type()) for day in marks]
        tests = [kept(rows.c[f"filter_{index}"], entry) for index, entry in enumerate(filters)]
        passes: ColumnElement[Any] = case((and_(*tests), 1), else_=0) if tests else literal_column("1")
        return (
            select(
                bucket(rows.c.at, events, range(len(events) - 1)).label("segment"),
                bucket(rows.c.lead, leads, range(len(leads) - 1)).label("month"),
                rows.c.source,
                *(rows.c[f"key_{index}"] for index in range(len(by))),
                rows.c.first_per,
                passes.label("passes"),
            )
            .where(
                rows.c.source.is_not(None),
                *(rows.c.lead >= leads[0], rows.c.lead < leads[-1]),
                *(rows.c.at >= events[0], rows.c.at < events[-1]),
            )
            .cte("placed_rows")
        )

    def _first_rows(self, by: tuple[str, ...], filters: Sequence[Filter]) -> Subquery:
        """Return the rows of each customer's first event."""
        model, first = self._model, self._first
        named = {"first_per": first.per, "first_event": first.event, "at": self._time}
        named |= {"lead": self._acquired, "source": self._source}
        named |= {f"key_{index}": model.dimensions[name].path for index, name in enumerate(by)}
        named |= {f"filter_{i}": model.dimensions[entry.dimension].path for i, entry in enumerate(filters)}
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


def _counted(placed: CTE, keys: int) -> Select[Any]:
    """Select segment, month of the lead, source, the keys, and how many customers there are that pass."""
    named = [placed.c.segment, placed.c.month, placed.c.source]
    named += [placed.c[f"key_{index}"] for index in range(keys)]
    customers = func.count(distinct(exact(placed.c.first_per))).label("customers")
    return select(*named, customers).where(placed.c.passes == 1).group_by(*apart(named))
