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
from datetime import date
from itertools import pairwise
from math import fsum
from typing import Any

from sqlalchemy import Select, distinct, func, literal, select

from kpi_engine.domain.metrics import Acquisition, Need
from kpi_engine.domain.periods import ONE_DAY, Grain, Window, shift, start_of
from kpi_engine.domain.query import Filter, Key
from kpi_engine.reading.frames import GroupKey
from kpi_engine.reading.reader import Evaluation, Reader
from kpi_engine.sql.exact_text import exact, exactly
from kpi_engine.sql.expressions import apart, bucket, kept
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.scan import Ask, clipped

_EVER = date(1900, 1, 1)
"""Where the first events are looked for from."""

Batch = tuple[int, Key]
"""The leads of one month (its place) from one source."""


def acquire(reader: Reader, evaluation: Evaluation, filters: Sequence[Filter]) -> None:
    """Fill in the asks that no scan holds: what customers cost to win, how many have a known cost."""
    wanted: dict[tuple[Acquisition, tuple[str, ...]], list[int]] = defaultdict(list)
    for index, ask in enumerate(evaluation.asks):
        if ask.need.acquisition and ask.need.acquired != "rows":
            wanted[ask.need.acquisition, ask.by].append(index)
    costs: dict[Acquisition, Costs] = {}
    for (acquisition, by), indexes in wanted.items():
        if acquisition not in costs:
            costs[acquisition] = Costs(reader, acquisition, evaluation)
        costs[acquisition].fill(indexes, by, filters)


@dataclass(frozen=True, slots=True)
class _Won:
    """How many customers of a group had their first event in a segment, and from which leads they came."""

    segment: int
    batch: Batch
    group: GroupKey
    count: int


class Costs:
    """The costs of one acquisition, and the customers that they won."""

    def __init__(self, reader: Reader, acquisition: Acquisition, evaluation: Evaluation) -> None:
        """Read what each month's leads of each source cost, and how many customers came of them."""
        self._reader, self._acquisition, self._evaluation = reader, acquisition, evaluation
        model = reader.models[acquisition.customers.model]
        measure = model.measures[acquisition.customers.measure]
        time, source = measure.time or model.time, model.path_of(acquisition.by)
        if not (measure.first and time and model.acquired and source):
            raise ValueError("a catalogue holds only acquisitions whose customers can be told")
        self._model, self._measure, self._first = model, measure, measure.first
        self._time, self._acquired, self._source = time, model.acquired, source
        self._event, self._lead = reader.time_column(model, time), reader.time_column(model, model.acquired)
        since, today = reader.costs_since(acquisition, evaluation.now), reader.today(evaluation.now)
        self._months = _months(since, shift(Grain.MONTH, start_of(Grain.MONTH, today), 1))
        self._costs = self._read_costs()
        self._customers = self._count_customers()

    def fill(self, indexes: Sequence[int], by: tuple[str, ...], filters: Sequence[Filter]) -> None:
        """Fill in some asks that are split alike; nothing is known by what customers can't be split by."""
        named = (*by, *(entry.dimension for entry in filters))
        reachable = all(name in self._model.dimensions for name in named)
        asks = {index: self._evaluation.asks[index] for index in indexes}
        pieces = {(i, window): self._days(ask, window) for i, ask in asks.items() for window in ask.windows}
        marks = sorted({day for piece in pieces.values() for day in piece})
        won = self._won(by, filters, marks) if reachable else []
        for (index, window), (start, end) in pieces.items():
            need = asks[index].need
            if need.acquired == "unallocated":
                cell: dict[GroupKey, float | None] = {} if named else {(): self._unallocated(end)}
            else:
                cell = self._summed([entry for entry in won if _is_in(entry, marks, start, end)], need)
            self._evaluation.take(index, window, cell)

    def _days(self, ask: Ask, window: Window) -> tuple[date, date]:
        read = clipped(window, ask.need)
        return read.start or _EVER, read.end or self._reader.today(self._evaluation.now) + ONE_DAY

    def _summed(self, won: Sequence[_Won], need: Need) -> dict[GroupKey, float | None]:
        parts: dict[GroupKey, list[float]] = defaultdict(list)
        for entry in won:
            cost = self._costs.get(entry.batch, 0.0) / self._customers[entry.batch]
            parts[entry.group].append(entry.count * (cost if need.acquired == "cost" else 1.0))
        return {group: fsum(values) for group, values in parts.items()}

    def _unallocated(self, end: date) -> float:
        return fsum(
            cost
            for batch, cost in self._costs.items()
            if self._months[batch[0]] < end and (batch[1] is None or batch not in self._customers)
        )

    def _read_costs(self) -> Mapping[Batch, float]:
        """Return what each month cost by source, whatever the question is about."""
        windows = tuple(Window(start, end) for start, end in pairwise(self._months))
        ask = Ask(Need("cost", self._acquisition.cost), windows, (self._acquisition.by,))
        read = self._reader.evaluate([ask], (), self._evaluation.now)
        self._evaluation.sql.extend(read.sql)
        return {
            (place, source): cost
            for place, window in enumerate(windows)
            for (source,), cost in read.cell(0, window).items()
            if cost is not None
        }

    def _count_customers(self) -> Mapping[Batch, int]:
        """Return how many customers came of each month's leads, whatever the question is about."""
        customers: dict[Batch, int] = defaultdict(int)
        tomorrow = self._reader.today(self._evaluation.now) + ONE_DAY
        for entry in self._won((), (), [_EVER, tomorrow]):
            customers[entry.batch] += entry.count
        return dict(customers)

    def _won(self, by: tuple[str, ...], filters: Sequence[Filter], marks: Sequence[date]) -> list[_Won]:
        if len(marks) == 1 or len(self._months) == 1:
            return []
        statement = self._statement(by, filters, marks)
        warehouse = self._reader.warehouse(self._model)
        self._evaluation.sql.append(warehouse.sql(statement))
        return [
            _Won(int(segment), (int(month), source), tuple(key), int(count))
            for segment, month, source, *key, count in warehouse.read(statement)
        ]

    def _statement(
        self, by: tuple[str, ...], filters: Sequence[Filter], marks: Sequence[date]
    ) -> Select[Any]:
        """Select segment, month of the lead, source, one key per dimension of `by`, number of customers."""
        ranked = self._ranked(by, filters).subquery("ranked_rows")
        leads = [literal(self._lead.midnight(day), self._lead.sql_type()) for day in self._months]
        events = [literal(self._event.midnight(day), self._event.sql_type()) for day in marks]
        placed = (
            select(
                bucket(ranked.c.at, events, 0, len(events) - 1).label("segment"),
                bucket(ranked.c.lead, leads, 0, len(leads) - 1).label("month"),
                ranked.c.source,
                *(ranked.c[f"key_{index}"] for index in range(len(by))),
                ranked.c.who,
            )
            .where(
                *(kept(ranked.c[f"filter_{index}"], entry) for index, entry in enumerate(filters)),
                ranked.c.place == 1,
                ranked.c.source.is_not(None),
                *(ranked.c.lead >= leads[0], ranked.c.lead < leads[-1]),
                *(ranked.c.at >= events[0], ranked.c.at < events[-1]),
            )
            .subquery("placed_rows")
        )
        keys = [column for column in placed.c if column.name != "who"]
        return select(*keys, func.count(distinct(exact(placed.c.who)))).group_by(*apart(keys))

    def _ranked(self, by: tuple[str, ...], filters: Sequence[Filter]) -> Select[Any]:
        """Select the rows that count, with the place of their event among those of their customer."""
        model, first = self._model, self._first
        named = {"who": first.per, "event": first.event, "at": self._time}
        named |= {"lead": self._acquired, "source": self._source}
        named |= {f"key_{index}": model.dimensions[name].path for index, name in enumerate(by)}
        named |= {f"filter_{i}": model.dimensions[entry.dimension].path for i, entry in enumerate(filters)}
        flags = {"counts": self._measure.where} if self._measure.where else {}
        relation = Relation(self._reader.models, model, named.values(), flags)
        columns = {name: relation.column(path) for name, path in named.items()}
        happened = columns["at"] < literal(self._event.before(self._evaluation.now), self._event.sql_type())
        place = func.rank().over(
            partition_by=exactly(columns["who"]), order_by=(columns["at"], exactly(columns["event"]))
        )
        counted = [relation.flag("counts") == 1] if flags else []
        return (
            select(*(column.label(name) for name, column in columns.items()), place.label("place"))
            .select_from(relation.source)
            .where(columns["who"].is_not(None), happened, *counted)
        )


def _months(since: date, until: date) -> list[date]:
    """Return the first days of the months from `since` on, and the end of the last one."""
    found = [since]
    while found[-1] < until:
        found.append(shift(Grain.MONTH, found[-1], 1))
    return found


def _is_in(entry: _Won, marks: Sequence[date], start: date, end: date) -> bool:
    return start <= marks[entry.segment] and marks[entry.segment + 1] <= end
