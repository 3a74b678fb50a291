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
    Select,
    Subquery,
    and_,
    case,
    distinct,
    false,
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
from kpi_engine.sql.exact_text import exact, exactly
from kpi_engine.sql.expressions import bucket, kept
from kpi_engine.sql.first_event import FirstEvents, first_only
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.scan import Ask, Grouping, clipped
from kpi_engine.sql.segment_scan import Statement, Table, typed_nulls

_EVER = date(1900, 1, 1)
"""Where the first events are looked for from."""

Batch = tuple[int, Key]
"""The leads of one month (its place) from one source."""

_Group = tuple[tuple[str, ...], tuple[Filter, ...]]
"""Dimensions to split customers by, and the filters that they pass."""


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


@dataclass(frozen=True, slots=True)
class _Won:
    """How many customers of a group had their first event in a segment, and from which leads they came."""

    segment: int
    batch: Batch
    group: GroupKey
    count: int


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
        self._costs = self._costs_of(costs)
        self._cost_runs = evaluation.statements(range(costs, costs + 1))

    def fill(self, indexes: Sequence[int]) -> None:
        """Fill in some asks; nothing is known by what customers can't be split by."""
        asks = {index: self._evaluation.asks[index] for index in indexes}
        pieces = {(i, window): self._days(ask, window) for i, ask in asks.items() for window in ask.windows}
        together: dict[_Group, list[tuple[date, date]]] = {((), ()): [(_EVER, self._tomorrow)]}
        for (index, _), piece in pieces.items():
            together.setdefault((asks[index].by, asks[index].where), []).append(piece)
        marks = sorted({day for covered in together.values() for piece in covered for day in piece})
        won, runs = self._won({group: together[group] for group in together if self._reaches(*group)}, marks)
        self._customers = self._count(won[(), ()])
        for index, ask in asks.items():
            self._evaluation.further[index] = [*self._cost_runs, *runs]
            for window in ask.windows:
                cell = self._cell(ask, won.get((ask.by, ask.where), ()), marks, pieces[index, window])
                self._evaluation.take(index, window, cell)

    def _reaches(self, by: Sequence[str], where: Sequence[Filter]) -> bool:
        named = (*by, *(entry.dimension for entry in where))
        return all(name in self._model.dimensions for name in named)

    def _cell(
        self, ask: Ask, won: Sequence[_Won], marks: Sequence[date], piece: tuple[date, date]
    ) -> dict[GroupKey, float | None]:
        start, end = piece
        if ask.need.acquired == "unallocated":
            return {} if ask.by or ask.where else {(): self._unallocated(end)}
        return self._summed([entry for entry in won if _is_in(entry, marks, start, end)], ask.need)

    def _days(self, ask: Ask, window: Window) -> tuple[date, date]:
        read = clipped(window, ask.need)
        return read.start or _EVER, read.end or self._tomorrow

    def _summed(self, won: Sequence[_Won], need: Need) -> dict[GroupKey, float | None]:
        counts: dict[tuple[GroupKey, Batch], int] = defaultdict(int)
        for entry in won:
            counts[entry.group, entry.batch] += entry.count
        parts: dict[GroupKey, list[float]] = defaultdict(list)
        for (group, batch), count in counts.items():
            cost = self._costs.get(batch, 0.0) / self._customers[batch]
            parts[group].append(count * (cost if need.acquired == "cost" else 1.0))
        return {group: fsum(values) for group, values in parts.items()}

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

    def _count(self, won: Sequence[_Won]) -> Mapping[Batch, int]:
        """Return how many customers came of each month's leads, whatever the question is about."""
        customers: dict[Batch, int] = defaultdict(int)
        for entry in won:
            customers[entry.batch] += entry.count
        return dict(customers)

    def _won(
        self, groups: Mapping[_Group, Sequence[tuple[date, date]]], marks: Sequence[date]
    ) -> tuple[Mapping[_Group, Sequence[_Won]], tuple[RunStatement, ...]]:
        """Read the customers of some groups, each over its pieces of days, in one statement."""
        found: dict[_Group, list[_Won]] = {group: [] for group in groups}
        if len(marks) == 1 or len(self._months) == 1:
            return found, ()
        table = Table(
            tuple(dict.fromkeys(name for by, _ in groups for name in by)),
            tuple(dict.fromkeys(where for _, where in groups)),
        )
        rows, run = self._reader.run(self._model.database, self._statement(table, groups, marks))
        places = [(group, [table.dimensions.index(name) for name in group[0]]) for group in groups]
        for number, segment, month, source, *keys, count in rows:
            group, own = places[int(number)]
            key = tuple(keys[place] for place in own)
            found[group].append(_Won(int(segment), (int(month), source), key, int(count)))
        return found, (run,)

    def _statement(
        self, table: Table, groups: Mapping[_Group, Sequence[tuple[date, date]]], marks: Sequence[date]
    ) -> Statement:
        """Select the group's number, segment, month of the lead, source, a key per dimension, customers."""
        placed = self._placed(table, marks).cte("placed_rows")
        branches: list[Select[Any]] = []
        for number, ((by, where), pieces) in enumerate(groups.items()):
            grouping = Grouping(by, where)
            names = table.keys(grouping)
            typed = {} if branches else typed_nulls(table, placed)
            keys = [
                placed.c[name] if name in names else typed.get(name, null()).label(name)
                for name in map(table.key, table.dimensions)
            ]
            first, last = min(start for start, _ in pieces), max(end for _, end in pieces)
            segments = range(marks.index(first), marks.index(last))
            test = table.test(grouping)
            branches.append(
                select(
                    literal_column(str(number)).label("grouping"),
                    *(placed.c[name] for name in ("segment", "month", "source")),
                    *keys,
                    func.count(distinct(exact(placed.c.first_per))).label("customers"),
                )
                .where(placed.c.segment.between(segments[0], segments[-1]) if segments else false())
                .where(*([placed.c[test] == 1] if test else []))
                .group_by(
                    placed.c.segment,
                    *map(exactly, (placed.c.month, placed.c.source)),
                    *(exactly(placed.c[name]) for name in names),
                )
            )
        return union_all(*branches) if len(branches) > 1 else branches[0]

    def _placed(self, table: Table, marks: Sequence[date]) -> Select[Any]:
        """Select the first event of each customer from a lead of a known source: when, by which lead."""
        dimensions = tuple(dict.fromkeys(entry.dimension for test in table.tests for entry in test))
        rows = self._first_rows(table.dimensions, dimensions)
        leads = [literal(self._lead.midnight(day), self._lead.sql_type()) for day in self._months]
        events = [literal(self._event.midnight(day), self._event.sql_type()) for day in marks]
        tests = {
            f"passes_{index}": and_(
                *(kept(rows.c[f"filter_{dimensions.index(entry.dimension)}"], entry) for entry in test)
            )
            for index, test in enumerate(table.tests)
            if test
        }
        passes = [case((test, 1), else_=0).label(name) for name, test in tests.items()]
        return select(
            bucket(rows.c.at, events, range(len(events) - 1)).label("segment"),
            bucket(rows.c.lead, leads, range(len(leads) - 1)).label("month"),
            rows.c.source,
            *(rows.c[table.key(name)] for name in table.dimensions),
            *passes,
            rows.c.first_per,
        ).where(
            rows.c.source.is_not(None),
            *(rows.c.lead >= leads[0], rows.c.lead < leads[-1]),
            *(rows.c.at >= events[0], rows.c.at < events[-1]),
        )

    def _first_rows(self, by: Sequence[str], filtered: Sequence[str]) -> Subquery:
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


def _is_in(entry: _Won, marks: Sequence[date], start: date, end: date) -> bool:
    return start <= marks[entry.segment] and marks[entry.segment + 1] <= end
