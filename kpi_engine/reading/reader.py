"""What is read from the databases for one catalogue: how moments are stored, members, freshness, cells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, literal

from kpi_engine.database.warehouse import Row, Warehouse
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.metrics import Acquisition, Metric, Need
from kpi_engine.domain.models import Model, Path
from kpi_engine.domain.periods import ONE_DAY, Window
from kpi_engine.domain.query import Filter, Key
from kpi_engine.reading.frames import Frame, GroupKey, frame_of, nothing
from kpi_engine.reading.freshness import Freshness, Span
from kpi_engine.reading.kept import Elapsed
from kpi_engine.reading.member_search import MemberLookup, MemberSearch
from kpi_engine.reading.members import MemberList, MemberRow, Members
from kpi_engine.reading.sources import Sources
from kpi_engine.sql.planner import Planner
from kpi_engine.sql.scan import Ask, Ground, Output, clipped
from kpi_engine.sql.time_columns import TimeColumn


@dataclass(slots=True)
class Evaluation:
    """The cells of one question's asks, and the statements that gave them."""

    asks: tuple[Ask, ...]
    now: datetime
    frames: dict[int, list[tuple[Frame, Output]]] = field(default_factory=dict)
    sql: list[str] = field(default_factory=list)
    _cells: dict[tuple[int, Window], Mapping[GroupKey, float | None]] = field(default_factory=dict)

    def take(self, index: int, window: Window, cell: Mapping[GroupKey, float | None]) -> None:
        """Receive the groups of one ask in one window, where no scan holds them."""
        self._cells[index, window] = cell

    def cell(self, index: int, window: Window) -> Mapping[GroupKey, float | None]:
        """Return the groups that have rows for one ask in one window."""
        if (index, window) not in self._cells:
            ask = self.asks[index]
            read = clipped(window, ask.need)
            for frame, output in self.frames.get(index, ()):
                if read in frame.scan.windows:
                    self._cells[index, window] = frame.cell(ask, window, output)
        return self._cells.get((index, window), {})


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
        self._warehouses = warehouses
        self._sources = Sources(catalogue.models, warehouses, zone)
        self._freshness = Freshness(self._sources, elapsed)
        self._members = Members(self._sources, elapsed)
        self._search = MemberSearch(self._sources, self._members, elapsed)

    def today(self, now: datetime) -> date:
        """Return the date of the business zone."""
        return self._sources.today(now)

    def warehouse(self, model: Model) -> Warehouse:
        """Return the database of a model. Raises DataError where no such database is connected."""
        return self._sources.warehouse(model)

    def time_column(self, model: Model, path: Path) -> TimeColumn:
        """Return how a time column is stored, told from one value of it the first time."""
        return self._sources.time_column(model, path)

    # cells

    def evaluate(self, asks: Sequence[Ask], filters: Sequence[Filter], now: datetime) -> Evaluation:
        """Read what the asks need, in as few statements as the planner makes of them."""
        evaluation = Evaluation(tuple(asks), now)
        ground = Ground(self.models, filters, self.time_column, now)
        planner = Planner(ground, cache(lambda found: self.costs_since(found, now)))
        for scan in planner.scans(asks):
            warehouse = self._warehouses[scan.database]
            rows = warehouse.read(scan.statement)
            model = self.models[asks[scan.asks[0]].need.measure.model]
            frame = frame_of(scan, self._with_keys(rows, scan.by) if model.is_own else rows)
            evaluation.sql.append(warehouse.sql(scan.statement))
            for index in scan.asks:
                evaluation.frames.setdefault(index, []).append((frame, planner.output(asks[index].need)))
        return evaluation

    def _with_keys(self, rows: Sequence[Row], by: Sequence[str]) -> Sequence[Row]:
        """Return rows of the bot's own tables with the keys that the customer's database has."""
        if not (rows and by):
            return rows
        known = [self._members.stored_keys(name) for name in by]
        made = []
        for segment, *rest in rows:
            keys = [stored(key) for stored, key in zip(known, rest, strict=False)]
            made.append((segment, *keys, *rest[len(by) :]))
        return made

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
        return self._freshness.spans(models, now)

    # members

    def members(self, dimension: str, metric: Metric | None = None) -> MemberList:
        """Return a dimension's members, and whether these are all (see Members.all)."""
        return self._members.all(dimension, metric)

    def labels(self, dimension: str, keys: Collection[Key]) -> Mapping[Key, MemberRow]:
        """Return the members with some keys, read by key if the dimension is large (see Members.labels)."""
        return self._members.labels(dimension, keys)

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
    return (column >= literal(stored.midnight(start), kind)) & (column < literal(stored.midnight(end), kind))
