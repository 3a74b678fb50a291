"""From when to when a model has rows.

The moments are read on the table that owns the time column, so that an index on it serves: where the model's
own table has it, and where every join on the way to it is required. A row of such a table that no row of the
model belongs to (an order without lines) counts: the data is loaded until then. A column behind an optional
join is read over the join.

What was read is kept for a minute, the first moment for a day: as long by the clock of the questions (`now`)
as by the one of the machine, and never for an earlier `now`. The bot's own rows are read each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, literal, select

from kpi_engine.database.warehouse import SqlWarehouse, Warehouse
from kpi_engine.domain.models import Model, Path
from kpi_engine.domain.statements import note_kept, sent_for
from kpi_engine.reading.kept import Elapsed, Kept
from kpi_engine.reading.sources import Sources, one_row
from kpi_engine.sql.joins import Relation, own_rows
from kpi_engine.sql.time_columns import TimeColumn

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_RECENT = timedelta(days=42)
"""The last moment is looked for in this time first: most tables have newer rows."""
_REACH = "how far the data reaches"
"""What the statements are for."""


@dataclass(frozen=True, slots=True)
class Span:
    """The first moment of a model's rows and how far they are loaded, both of the business zone."""

    first: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class _Moment:
    """A moment that was read, and the `now` after which no row was counted."""

    value: datetime | None
    now: datetime

    def counts_at(self, now: datetime, kept_for: timedelta) -> bool:
        """Whether it can be used for a question that is asked at `now`."""
        return self.now <= now < self.now + kept_for


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows that tell a model's span: their time, when they were loaded, and how both are stored."""

    source: FromClause
    at: ColumnElement[Any]
    loaded: ColumnElement[Any]
    stored: TimeColumn
    stored_loaded: TimeColumn

    def first(self, now: datetime) -> Select[Any]:
        """Return the statement for the first moment of the rows that are loaded before `now`."""
        return select(func.min(self.at)).select_from(self.source).where(self.loaded < self._bound(now))

    def last(self, now: datetime, since: datetime | None) -> Select[Any]:
        """Return the statement for the last moment before `now`, looked for from `since` on."""
        statement = select(func.max(self.loaded)).select_from(self.source)
        statement = statement.where(self.loaded < self._bound(now))
        return statement if since is None else statement.where(self.loaded >= self._bound(since))

    def _bound(self, moment: datetime) -> ColumnElement[Any]:
        return literal(self.stored_loaded.before(moment), self.stored_loaded.sql_type())


class Freshness:
    """How far the rows of a catalogue's models are loaded; safe to share between threads."""

    def __init__(self, sources: Sources, elapsed: Elapsed) -> None:
        self._sources = sources
        self._firsts: Kept[str, _Moment] = Kept(_DAY.total_seconds(), elapsed)
        self._lasts: Kept[str, _Moment] = Kept(_MINUTE.total_seconds(), elapsed)

    def spans(self, models: Iterable[Model], now: datetime) -> Mapping[str, Span]:
        """Return the span of each model by its name, in order, nothing after `now` (zone-aware) counted.

        The models of one database that aren't known yet are read in one statement; those without rows of
        the last weeks in one more. Raises DataError and WarehouseError.
        """
        every = {model.name: model for model in models}
        found: dict[str, Span] = {}
        unknown: dict[str, dict[str, Model]] = {}
        for model in every.values():
            known = Span(None, None) if model.time is None else self._kept(model, now)
            if known is None:
                unknown.setdefault(model.database, {})[model.name] = model
            else:
                found[model.name] = known
        note_kept(_REACH, (name for name in found if every[name].time is not None))
        for together in unknown.values():
            found |= self._read(together, now)
        return {name: found[name] for name in every}

    def _kept(self, model: Model, now: datetime) -> Span | None:
        first, last = self._first(model, now), self._lasts.get(model.name)
        if model.is_own or first is None or last is None or not last.counts_at(now, _MINUTE):
            return None
        return self._span(first.value, last.value, now)

    def _first(self, model: Model, now: datetime) -> _Moment | None:
        found = self._firsts.get(model.name)
        # a table that was empty may get its first rows at any time
        return found if found and found.counts_at(now, _DAY if found.value else _MINUTE) else None

    def _span(self, first: datetime | None, last: datetime | None, now: datetime) -> Span:
        return Span(first, min(now.astimezone(self._sources.zone), last) if last else None)

    def _read(self, models: Mapping[str, Model], now: datetime) -> Mapping[str, Span]:
        """Read the spans of models of one database, and keep what is the customer's."""
        each = self._rows(models)
        firsts = {name: self._first(model, now) for name, model in models.items()}
        wanted = {("first", name): each[name].first(now) for name, kept in firsts.items() if kept is None}
        warehouse = self._sources.warehouse(next(iter(models.values())))
        since = None if _scans_all(warehouse) else now - _RECENT
        dated = [name for name, model in models.items() if not model.is_own]
        with sent_for(_REACH, models):
            read = one_row(
                warehouse, wanted | {("last", name): each[name].last(now, since) for name in dated}
            )
        old = [name for name in dated if since and read["last", name] is None]
        with sent_for(_REACH, old):
            read |= one_row(warehouse, {("last", name): each[name].last(now, None) for name in old})
        found = {}
        for name, model in models.items():
            rows, kept = each[name], firsts[name]
            first = kept.value if kept else rows.stored.read(read["first", name])
            if model.is_own:
                found[name] = self._span(first, now, now)
                continue
            last = rows.stored_loaded.read(read["last", name])
            self._lasts.put(name, _Moment(last, now))
            if kept is None:
                self._firsts.put(name, _Moment(first, now))
            found[name] = self._span(first, last, now)
        return found

    def _rows(self, models: Mapping[str, Model]) -> Mapping[str, _Rows]:
        """Return the rows that tell the span of each model; how their columns are stored is read together."""
        paths = {name: (model.time or (), model.fresh or model.time or ()) for name, model in models.items()}
        stored = self._sources.time_columns((models[name], path) for name in models for path in paths[name])
        return {
            name: _Rows(
                *_columns(self._sources.models, model, *paths[name]),
                *(stored[name, path] for path in paths[name]),
            )
            for name, model in models.items()
        }


def _columns(
    models: Mapping[str, Model], model: Model, time: Path, fresh: Path
) -> tuple[FromClause, ColumnElement[Any], ColumnElement[Any]]:
    """Return where the moments of a model are read, its time, and what tells how far it is loaded."""
    relation = Relation(models, model, [time, fresh], {})
    steps = time[:-1]
    if fresh[:-1] != steps or not _are_required(relation, steps):
        return relation.source, relation.column(time), relation.column(fresh)
    source = own_rows(relation.model_at(steps), (time[-1], fresh[-1]))
    return source, source.c[time[-1]], source.c[fresh[-1]]


def _are_required(relation: Relation, steps: Path) -> bool:
    """Whether a row without its partner in one of some joins isn't counted."""
    return all(relation.model_at(steps[:place]).joins[step].required for place, step in enumerate(steps))


def _scans_all(warehouse: Warehouse) -> bool:
    """Whether a lower bound costs more than it saves: DuckDB keeps no index on a time column."""
    return isinstance(warehouse, SqlWarehouse) and warehouse.dialect.name == "duckdb"
