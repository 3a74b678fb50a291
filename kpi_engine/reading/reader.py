"""What is read from the databases for one catalogue: how moments are stored, members, freshness, cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, literal, select

from kpi_engine.analysis.intervals import Waits
from kpi_engine.database.warehouse import Row, Warehouse
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import DataError
from kpi_engine.domain.metrics import Acquisition, Metric, Need
from kpi_engine.domain.models import MemberTable, Model, Path
from kpi_engine.domain.periods import ONE_DAY, Window
from kpi_engine.domain.query import Filter, Key, Member
from kpi_engine.domain.translatable import said
from kpi_engine.reading.day_memory import DayMemory
from kpi_engine.reading.frames import Frame, GroupKey, frame_of, nothing
from kpi_engine.sql.exact_text import exactly
from kpi_engine.sql.expressions import filter_conditions
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.planner import Planner
from kpi_engine.sql.scan import Ask, Ground, Output, clipped
from kpi_engine.sql.time_columns import TimeColumn, form_of

_MEMBER_LIMIT = 20_000
"""More members than this are not offered by name."""


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member with the days between which it counts as one (None: always)."""

    member: Member
    active_from: date | None = None
    active_until: date | None = None
    user: str | None = None
    email: str | None = None

    def is_active(self, window: Window) -> bool:
        """Whether the member counts as one on some day of the window."""
        if window.end is not None and self.active_from is not None and self.active_from >= window.end:
            return False
        return not (
            window.start is not None and self.active_until is not None and self.active_until <= window.start
        )


@dataclass(frozen=True, slots=True)
class Span:
    """The first moment of a model's rows and how far they are loaded, both of the business zone."""

    first: datetime | None
    until: datetime | None


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

    def __init__(self, catalogue: Catalogue, warehouses: Mapping[str, Warehouse], zone: ZoneInfo) -> None:
        self.models = catalogue.models
        self._warehouses = warehouses
        self._zone = zone
        self.rare_shares: DayMemory[float] = DayMemory()
        """Of what the baskets hold, the share that is too rare for any pair (see basket_pairs)."""
        self.waits: DayMemory[tuple[Waits | None, str]] = DayMemory()
        """The waits between customers' events, with their SQL (see order_gaps)."""
        self._time_columns: dict[tuple[str, Path], TimeColumn] = {}
        self._lock = Lock()

    def today(self, now: datetime) -> date:
        """Return the date of the business zone."""
        return now.astimezone(self._zone).date()

    def midnight(self, day: date) -> datetime:
        """Return the start of a date of the business zone."""
        return datetime.combine(day, time(), self._zone)

    def warehouse(self, model: Model) -> Warehouse:
        """Return the database of a model. Raises DataError where no such database is connected."""
        if model.database not in self._warehouses:
            raise DataError(
                said(
                    "The model {model} is in a database “{database}” that isn't connected.",
                    model=model.name,
                    database=model.database,
                ),
                hint="Correct database: in its file.",
            )
        return self._warehouses[model.database]

    # how moments are stored

    def time_column(self, model: Model, path: Path) -> TimeColumn:
        """Return how a time column is stored, told from one value of it the first time."""
        with self._lock:
            known = self._time_columns.get((model.name, path))
        if known is None:
            known, is_told = self._look_at(model, path)
            if is_told:
                with self._lock:
                    self._time_columns[model.name, path] = known
        return known

    def _look_at(self, model: Model, path: Path) -> tuple[TimeColumn, bool]:
        """Return how a column is stored, and whether a value told it (an empty table can't)."""
        relation = Relation(self.models, model, [path], {})
        column = relation.column(path)
        statement = select(column).select_from(relation.source).where(column.is_not(None)).limit(1)
        rows = self.warehouse(model).read(statement)
        owner = relation.model_at(path[:-1])
        declared = owner.columns[path[-1]].type if path[-1] in owner.columns else None
        zone = ZoneInfo(owner.zone) if owner.zone else self._zone
        return TimeColumn(form_of(rows[0][0] if rows else None, declared), zone, self._zone), bool(rows)

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
        known = [{str(row.member.key): row.member.key for row in self.members(name)} for name in by]
        made = []
        for segment, *rest in rows:
            keys = [names.get(key, key) for names, key in zip(known, rest, strict=False)]
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
        """Return the first row's moment and how far the rows are loaded, nothing after `now` counted.

        The bot's own rows are always loaded until now.
        """
        if model.time is None:
            return Span(None, None)
        fresh = model.fresh or model.time
        relation = Relation(self.models, model, [model.time, fresh], {})
        at, loaded = relation.column(model.time), relation.column(fresh)
        stored, stored_fresh = self.time_column(model, model.time), self.time_column(model, fresh)
        happened = loaded < literal(stored_fresh.before(now), stored_fresh.sql_type())
        statement = select(func.min(at), func.max(loaded)).select_from(relation.source).where(happened)
        first, until = next(iter(self.warehouse(model).read(statement)), (None, None))
        if model.is_own:
            return Span(stored.read(first), now.astimezone(self._zone))
        moment = stored_fresh.read(until)
        return Span(stored.read(first), min(moment, now.astimezone(self._zone)) if moment else None)

    # members

    def members(self, dimension: str, metric: Metric | None = None) -> tuple[MemberRow, ...]:
        """Return a dimension's members, by label: its own table's, else every value that its models hold.

        With `metric`, values are looked for in that metric's models only.
        """
        table = self._member_model(dimension)
        if table is not None:
            return self._listed(*table, dimension, ())
        keys: dict[Key, None] = {}
        models = {ref.model for ref in metric.spec.measures()} if metric else set(self.models)
        for model in sorted(self.models.values(), key=lambda model: model.is_own):
            if dimension in model.dimensions and model.name in models and not model.targets:
                found = dict.fromkeys(row[0] for row in self._distinct(model, dimension))
                known = {str(key) for key in keys} if model.is_own else set()
                keys |= {key: None for key in found if str(key) not in known}
        rows = [MemberRow(Member(key, str(key))) for key in keys if key is not None]
        return tuple(sorted(rows, key=lambda row: row.member.label))

    def belonging(self, dimension: str, to: str) -> Mapping[Key, Key]:
        """Return the key of `to` that each member of `dimension` has in its own table (a rep's team)."""
        table = self._member_model(dimension)
        if table is None or to not in table[0].dimensions:
            return {}
        model, path = table[0], table[0].dimensions[to].path
        relation = Relation(self.models, model, [(model.key,), path], {})
        key, other = relation.column((model.key,)), relation.column(path)
        statement: Select[Any] = select(key, other).select_from(relation.source).limit(_MEMBER_LIMIT)
        return {row[0]: row[1] for row in self.warehouse(model).read(statement) if row[1] is not None}

    def active_members(
        self,
        dimension: str,
        every: Sequence[MemberRow],
        filters: Sequence[Filter],
        window: Window,
    ) -> tuple[MemberRow, ...]:
        """Return which of `every` member to show in a window.

        They are narrowed by the filters that the dimension itself or its own table can tell.
        """
        table = self._member_model(dimension)
        narrowing = table is not None and any(
            entry.dimension in table[0].dimensions and entry.dimension != dimension for entry in filters
        )
        rows = self._listed(*table, dimension, filters) if table and narrowing else tuple(every)
        for entry in filters:
            if entry.dimension == dimension:
                named = {member.key for member in entry.members}
                rows = tuple(row for row in rows if (row.member.key in named) != entry.exclude)
        return tuple(row for row in rows if row.is_active(window))

    def _member_model(self, dimension: str) -> tuple[Model, MemberTable] | None:
        for model in self.models.values():
            if dimension in model.members:
                return model, model.members[dimension]
        return None

    def _distinct(self, model: Model, dimension: str) -> Sequence[Row]:
        path = model.dimensions[dimension].path
        relation = Relation(self.models, model, [path], {})
        key = relation.column(path)
        statement = select(key).select_from(relation.source).group_by(exactly(key)).limit(_MEMBER_LIMIT)
        return self.warehouse(model).read(statement)

    def _listed(
        self, model: Model, table: MemberTable, dimension: str, filters: Sequence[Filter]
    ) -> tuple[MemberRow, ...]:
        named = (table.active_from, table.active_until, table.user, table.email)
        extra = [column for column in dict.fromkeys(named) if column]
        usable = [
            entry for entry in filters if entry.dimension in model.dimensions and entry.dimension != dimension
        ]
        paths: list[Path] = [(model.key,), (table.label,), *((name,) for name in extra)]
        paths += [model.dimensions[entry.dimension].path for entry in usable]
        relation = Relation(self.models, model, paths, {})
        columns = [relation.column(path) for path in paths[: 2 + len(extra)]]
        conditions = filter_conditions(relation, model, usable)
        statement: Select[Any] = (
            select(*columns).select_from(relation.source).where(*conditions).limit(_MEMBER_LIMIT)
        )
        rows = self.warehouse(model).read(statement)
        labels = Counter(str(row[1]) for row in rows)
        return tuple(
            sorted(
                (self._member_row(model, table, extra, row, labels) for row in rows if row[0] is not None),
                key=lambda row: (row.member.label, str(row.member.key)),
            )
        )

    def _member_row(
        self, model: Model, table: MemberTable, extra: Sequence[str], row: Row, labels: Mapping[str, int]
    ) -> MemberRow:
        key, label, *rest = row
        values = dict(zip(extra, rest, strict=True))
        name = str(key if label is None else label)
        if labels[name] > 1:
            name = f"{name} ({key})"
        days = [self._day(model, column, values) for column in (table.active_from, table.active_until)]
        known = [values.get(column) if column else None for column in (table.user, table.email)]
        user, email = (str(value) if value else None for value in known)
        return MemberRow(Member(key, name), days[0], days[1], user, email)

    def _day(self, model: Model, column: str | None, values: Mapping[str, object]) -> date | None:
        if column is None or values.get(column) is None:
            return None
        moment = self.time_column(model, (column,)).read(values[column])
        return moment.date() if moment else None


def between(column: ColumnElement[Any], stored: TimeColumn, start: date, end: date) -> ColumnElement[bool]:
    """Return the condition that a stored moment falls on a day of `[start, end)`."""
    kind = stored.sql_type()
    return (column >= literal(stored.midnight(start), kind)) & (column < literal(stored.midnight(end), kind))
