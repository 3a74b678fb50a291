"""What is read from the databases for one catalogue: how moments are stored, members, freshness, cells."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache, partial
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, literal

from kpi_engine.analysis.intervals import Waits
from kpi_engine.database.warehouse import Row, Warehouse
from kpi_engine.domain.cancellation import carried
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.metrics import Acquisition, Kind, Metric, Need
from kpi_engine.domain.models import Model, Path
from kpi_engine.domain.periods import ONE_DAY, Window
from kpi_engine.domain.query import Filter, Key, Scope
from kpi_engine.domain.statements import RunStatement, sent_for
from kpi_engine.reading.day_counts import DayCounts, DayRows
from kpi_engine.reading.day_memory import DayMemory
from kpi_engine.reading.frames import Cell, Frame, KnownKeys, frame_of, nothing
from kpi_engine.reading.freshness import Freshness, Span
from kpi_engine.reading.kept import Elapsed, afresh
from kpi_engine.reading.member_search import MemberLookup, MemberSearch
from kpi_engine.reading.members import MemberList, MemberRow, Members
from kpi_engine.reading.sources import Sources
from kpi_engine.reading.unreadable import Unreadable, UnreadableRows
from kpi_engine.reading.wanted import DaysOf, SpanOf, UnreadableOf
from kpi_engine.sql.bits import unites
from kpi_engine.sql.planner import Planner
from kpi_engine.sql.readable import NumberForm, known
from kpi_engine.sql.scan import Ask, Ground, Plan, Scan, clipped
from kpi_engine.sql.segment_scan import Statement
from kpi_engine.sql.time_columns import TimeColumn

log = logging.getLogger(__name__)

_AT_ONCE = 2
"""Statements of one request that run at the same time on a server."""
_IN_PROCESS = frozenset({"sqlite", "duckdb", ""})
"""The dialects of databases whose statements run in this process."""


@dataclass(slots=True)
class Evaluation:
    """The cells of a request's asks, and the statements that gave them."""

    asks: tuple[Ask, ...]
    now: datetime
    plan: Plan
    frames: tuple[Frame, ...]
    runs: tuple[RunStatement, ...]
    further: dict[int, list[RunStatement]] = field(default_factory=dict)
    _cells: dict[tuple[int, Window], Cell] = field(default_factory=dict)

    def take(self, index: int, window: Window, cell: Cell) -> None:
        """Receive the groups of one ask in one window, where no scan holds them."""
        self._cells[index, window] = cell

    def cell(self, index: int, window: Window) -> Cell:
        """Return the groups that have rows for one ask in one window."""
        known = self._cells.get((index, window))
        if known is None:
            known = self._cells[index, window] = self._found(index, window)
        return known

    def _found(self, index: int, window: Window) -> Cell:
        stretch = clipped(window, self.asks[index].need)
        place = self.plan.places.get((index, stretch))
        return {} if place is None else self.frames[place.scan].cell(place, stretch)

    def statements(self, indexes: range) -> tuple[RunStatement, ...]:
        """Return the statements that gave the cells of some asks."""
        scans = (
            run
            for run, scan in zip(self.runs, self.plan.scans, strict=True)
            if any(i in indexes for i in scan.asks)
        )
        further = (run for index in indexes for run in self.further.get(index, ()))
        return tuple(dict.fromkeys((*scans, *further)))


class Reader:
    """Reads databases for a catalogue; safe to share between threads."""

    def __init__(
        self,
        catalogue: Catalogue,
        warehouses: Mapping[str, Warehouse],
        zone: ZoneInfo,
        elapsed: Elapsed = monotonic,
    ) -> None:
        """Read nothing yet. `elapsed` tells how long what was read is kept."""
        self.models = catalogue.models
        self._titled = catalogue.titled
        self._metric_names: dict[Kind, str] = {}
        for name, metric in catalogue.metrics.items():
            for spec in (metric.spec, metric.spec.narrowed()):
                if spec is not None:
                    self._metric_names.setdefault(spec, name)
        self._warehouses = warehouses
        self._sources = Sources(catalogue.models, warehouses, zone)
        self._freshness = Freshness(self._sources, elapsed)
        self._days = DayCounts(self._sources, elapsed)
        self._unreadable = Unreadable(self._sources, elapsed)
        self._members = Members(self._sources, elapsed)
        self._search = MemberSearch(self._sources, self._members, elapsed)
        self._zone = zone
        self._elapsed = elapsed
        self._scopes: tuple[Scope, ...] = ()
        self.rare_shares: DayMemory[float] = DayMemory()
        """Of what the baskets hold, the share that is too rare for any pair (see basket_pairs)."""
        self.waits: DayMemory[tuple[Waits | None, RunStatement]] = DayMemory()
        """The waits between customers' events, with their statement (see order_gaps)."""

    def afresh(self, seconds: float) -> AbstractContextManager[None]:
        """Return a block in which nothing is used that was read long before it (see kept.afresh)."""
        return afresh(self._elapsed, seconds)

    def within(self, scopes: Iterable[Scope]) -> Reader:
        """Return the same reader, which refuses to read rows that none of some scopes allows."""
        found = copy(self)
        found._scopes = tuple(dict.fromkeys(scopes))  # noqa: SLF001 - a copy of its own
        return found

    def require_within(self, filters: Sequence[Filter], *needs: Need) -> None:
        """Raise ForbiddenError where rows would be read that none of the scopes allows.

        Everything that figures are made of passes here, whoever planned it: the filters must hold those of
        a scope, and no need may be read over all rows. Questions are narrowed before; this keeps a mistake
        there from showing somebody else's figures.
        """
        if not self._scopes or any(not scope.filters for scope in self._scopes):
            return
        held = set(filters)
        is_within = any(held.issuperset(scope.filters) for scope in self._scopes)
        if not is_within or any(need.read_whole for need in needs):
            log.error("a question within a scope would read other rows: refused")
            raise ForbiddenError(
                "That can't be limited to what you have access to.",
                hint="Only people who see everything can ask for it.",
            )

    def today(self, now: datetime) -> date:
        """Return the date of the business zone."""
        return self._sources.today(now)

    def midnight(self, day: date) -> datetime:
        """Return the start of a date of the business zone."""
        return datetime.combine(day, time(), self._zone)

    def warehouse(self, model: Model) -> Warehouse:
        """Return the database of a model. Raises DataError where no such database is connected."""
        return self._sources.warehouse(model)

    def time_column(self, model: Model, path: Path) -> TimeColumn:
        """Return how a time column is stored, told from some values of it the first time."""
        return self._unreadable.time_column(model, path)

    def number_form(self, model: Model, path: Path) -> NumberForm:
        """Return what a column of numbers may hold besides them, told as `time_column` is."""
        return self._unreadable.number_form(model, path)

    def unreadable(self, wanted: Collection[UnreadableOf]) -> Mapping[UnreadableOf, UnreadableRows | None]:
        """Return how many rows of some measures have values that can't be read (see Unreadable.rows)."""
        return self._unreadable.rows(wanted)

    # cells

    def ground(self, now: datetime) -> Ground:
        """Return what every statement of a request needs to know."""
        return Ground(self.models, self.time_column, now, self.sizes, self._unites, self.number_form)

    def plan(self, asks: Sequence[Ask], now: datetime) -> Plan:
        """Return the statements that answer some asks; how their times are stored is read together."""
        for ask in asks:
            self.require_within(ask.where, ask.need)
        moments = [moment for ask in asks for moment in self._moments(ask.need)]
        numbers = [number for ask in asks for number in self._numbers(ask.need)]
        self._sources.look_at(moments, numbers)
        self._unreadable.count(moments, numbers, is_for_statements=True)
        planner = Planner(self.ground(now), cache(lambda found: self.costs_since(found, now)))
        return planner.plan(asks)

    def _moments(self, need: Need) -> Iterator[tuple[Model, Path]]:
        """Yield the time columns that a need's statement compares, each with its model."""
        model = self.models[need.measure.model]
        measure = model.measures[need.measure.measure]
        paths = [measure.time or model.time, measure.until, model.once.latest if model.once else None]
        paths += [measure.of, measure.since] if measure.since else []
        paths += [need.within.succeeded] if need.within else []
        paths += [model.acquired] if need.acquisition else []
        yield from ((model, path) for path in paths if path)

    def _numbers(self, need: Need) -> Iterator[tuple[Model, Path]]:
        """Yield the columns whose values a need's statement reads as numbers, each with its model."""
        model = self.models[need.measure.model]
        measure = model.measures[need.measure.measure]
        if measure.of and measure.has_numbers:
            yield model, measure.of
        if measure.when and model.history and model.history.level:
            yield model, model.history.level

    def evaluate(self, asks: Sequence[Ask], now: datetime, names: Sequence[str]) -> Evaluation:
        """Read what the asks need, in as few statements as the planner makes of them.

        `names` says of which metric each ask is; they are for the log of statements.
        """
        plan = self.plan(asks, now)
        read = self._read_scans(plan.scans, names)
        frames = (frame_of(scan, rows, self._known_keys(scan, rows)) for scan, (rows, _) in read)
        return Evaluation(tuple(asks), now, plan, tuple(frames), tuple(run for _, (_, run) in read))

    def _read_scans(
        self, scans: Sequence[Scan], names: Sequence[str]
    ) -> list[tuple[Scan, tuple[Sequence[Row], RunStatement]]]:
        """Read scans, two at a time on a server, which has more than one processor for a question."""

        def read(scan: Scan) -> tuple[Sequence[Row], RunStatement]:
            with sent_for("figures", (names[index] for index in scan.asks), len(scan.asks)):
                return self.run(scan.database, scan.statement)

        dialects = [self._warehouses[scan.database].dialect_name for scan in scans]
        if sum(dialect not in _IN_PROCESS for dialect in dialects) < _AT_ONCE:
            return [(scan, read(scan)) for scan in scans]
        with ThreadPoolExecutor(_AT_ONCE, "reading") as pool:
            return list(zip(scans, pool.map(carried(read), scans), strict=True))

    def run(self, database: str, statement: Statement) -> tuple[Sequence[Row], RunStatement]:
        """Return the rows of a statement, and what gives its text."""
        warehouse = self._warehouses[database]
        return warehouse.read(statement), RunStatement(partial(warehouse.sql, statement))

    def named(self, spec: Kind) -> str:
        """Return the name of the metric that a kind computes, else those of the measures that it reads."""
        measures = dict.fromkeys(f"{ref.model}.{ref.measure}" for ref in spec.measures())
        return self._metric_names.get(spec) or " and ".join(measures)

    def _known_keys(self, scan: Scan, rows: Sequence[Row]) -> KnownKeys | None:
        """Return what gives the keys that the customer's database has, for rows of the bot's own tables."""
        if not (scan.model.is_own and rows and scan.dimensions):
            return None
        return [self._members.stored_keys(name) for name in scan.dimensions]

    def _unites(self, database: str) -> bool:
        return unites(self._warehouses[database].dialect_name)

    def empty_value(self, need: Need) -> float | None:
        """Return what a need is over no rows; a cost of acquiring nobody isn't known."""
        if need.acquired in ("cost", "unallocated"):
            return None
        return nothing(self.models[need.measure.model].measures[need.measure.measure])

    def costs_since(self, acquisition: Acquisition, now: datetime) -> date:
        """Return the first of the month in which acquisition costs begin; tomorrow where none do."""
        first = self.span(self.models[acquisition.cost.model], now).first
        return first.date().replace(day=1) if first else self.today(now) + ONE_DAY

    # freshness

    def span(self, model: Model, now: datetime) -> Span:
        """Return the span of one model's rows (see `spans`)."""
        return self.spans([model], now)[model.name]

    def spans(self, models: Iterable[Model], now: datetime) -> Mapping[str, Span]:
        """Return from when to when each model has rows, by its name (see Freshness)."""
        found = self._freshness.spans((SpanOf(model.name) for model in models), now)
        return {want.model: span for want, span in found.items()}

    def spans_of(self, wanted: Iterable[SpanOf], now: datetime) -> Mapping[SpanOf, Span]:
        """Return spans, also by the time of a measure (see Freshness)."""
        return self._freshness.spans(wanted, now)

    def day_rows(self, wanted: Iterable[DaysOf], now: datetime) -> Mapping[DaysOf, DayRows | None]:
        """Return how many rows each day of some models has (see DayCounts)."""
        return self._days.rows(wanted, now)

    # members

    def members(self, dimension: str, metric: Metric | None = None) -> MemberList:
        """Return a dimension's members, and whether these are all (see Members.all)."""
        return self._members.all(dimension, metric)

    def labels(self, dimension: str, keys: Collection[Key]) -> Mapping[Key, MemberRow]:
        """Return the members with some keys, read by key if the dimension is large (see Members.labels)."""
        return self._members.labels(dimension, keys)

    def labels_together(self, wanted: Mapping[str, Collection[Key]]) -> Mapping[str, Mapping[Key, str]]:
        """Return the labels of some members of several dimensions (see Members.labels_together)."""
        return self._members.labels_together(wanted)

    def sizes(self, dimensions: Iterable[str]) -> Mapping[str, int]:
        """Return how many members each dimension has (see MemberCounts.sizes)."""
        return self._members.counts.sizes(dimensions)

    def find(self, dimension: str, typed: str) -> list[MemberRow]:
        """Return the members whose name begins as typed (see MemberSearch.find)."""
        return self._search.find(dimension, typed)

    def lookup(self, dimension: str) -> MemberLookup:
        """Return the lookup of a dimension's members by name or key."""
        return MemberLookup(self._search, dimension, self._titled(dimension))

    def belonging(self, dimension: str, to: str) -> Mapping[Key, Key]:
        """Return the key of `to` that each member of `dimension` has in its own table (a rep's team)."""
        return self._members.belonging(dimension, to)

    def active_members(
        self, dimension: str, every: Sequence[MemberRow], filters: Sequence[Filter], window: Window
    ) -> tuple[MemberRow, ...]:
        """Return which of `every` member to show in a window (see Members.active)."""
        return self._members.active(dimension, every, filters, window)


def between(column: ColumnElement[Any], stored: TimeColumn, start: date, end: date) -> ColumnElement[bool]:
    """Return the condition that a stored moment falls on a day of `[start, end)`."""
    kind = stored.sql_type()
    begins, ends = (literal(stored.midnight(day), kind) for day in (start, end))
    return and_(column >= begins, column < ends, *known(column, stored))
