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
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, literal, select

from kpi_engine.database.warehouse import SqlWarehouse, Warehouse
from kpi_engine.domain.models import Model, Path
from kpi_engine.domain.statements import note_kept, sent_for
from kpi_engine.reading.kept import Elapsed, Kept
from kpi_engine.reading.sources import Sources, one_row
from kpi_engine.reading.wanted import SpanOf
from kpi_engine.sql.joins import Relation, own_rows
from kpi_engine.sql.readable import happened, known
from kpi_engine.sql.time_columns import TimeColumn

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_RECENT = timedelta(days=42)
"""The last moment is looked for in this time first: most tables have newer rows."""
_EARLIEST = date(1902, 1, 1)  # in seconds since 1970 it still fits an integer of 32 bits
"""What is dated before this has no date: "0000-00-00", an empty text."""
_CANDIDATES = 100
"""So many moments are looked at where a mistyped one ("20226-10-03") is the first or last."""
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
        earliest = literal(self.stored.midnight(_EARLIEST), self.stored.sql_type())
        statement = select(func.min(self.at)).select_from(self.source)
        return statement.where(
            self.at >= earliest, *known(self.at, self.stored), happened(self.loaded, self.stored_loaded, now)
        )

    def last(self, now: datetime, since: datetime | None) -> Select[Any]:
        """Return the statement for the last moment before `now`, looked for from `since` on."""
        statement = select(func.max(self.loaded)).select_from(self.source)
        statement = statement.where(happened(self.loaded, self.stored_loaded, now))
        return statement if since is None else statement.where(self.loaded >= self._bound(since))

    def candidates(self, now: datetime, *, is_first: bool) -> Select[Any]:
        """Return the statement for the first or last moments before `now`, where the outermost is no date."""
        column = self.at if is_first else self.loaded
        is_before = happened(self.loaded, self.stored_loaded, now)
        statement = select(column).select_from(self.source).where(is_before).distinct()
        return statement.order_by(column if is_first else column.desc()).limit(_CANDIDATES)

    def _bound(self, moment: datetime) -> ColumnElement[Any]:
        return literal(self.stored_loaded.before(moment), self.stored_loaded.sql_type())


class Freshness:
    """How far the rows of a catalogue's models are loaded; safe to share between threads."""

    def __init__(self, sources: Sources, elapsed: Elapsed) -> None:
        self._sources = sources
        self._firsts: Kept[SpanOf, _Moment] = Kept(_DAY.total_seconds(), elapsed)
        self._lasts: Kept[SpanOf, _Moment] = Kept(_MINUTE.total_seconds(), elapsed)

    def spans(self, wanted: Iterable[SpanOf], now: datetime) -> Mapping[SpanOf, Span]:
        """Return the spans that are wanted, in order, nothing after `now` (zone-aware) counted.

        Those of one database that aren't known yet are read in one statement; those without rows of
        the last weeks in one more. Raises DataError and WarehouseError.
        """
        every = {want: dated(self._sources.models[want.model], want.time) for want in wanted}
        found: dict[SpanOf, Span] = {}
        unknown: dict[str, dict[SpanOf, Model]] = {}
        for want, model in every.items():
            known = Span(None, None) if model.time is None else self._kept(want, model, now)
            if known is None:
                unknown.setdefault(model.database, {})[want] = model
            else:
                found[want] = known
        note_kept(_REACH, (want.model for want in found if every[want].time is not None))
        for together in unknown.values():
            found |= self._read(together, now)
        return {want: found[want] for want in every}

    def _kept(self, want: SpanOf, model: Model, now: datetime) -> Span | None:
        first, last = self._first(want, now), self._lasts.get(want)
        if model.is_own or first is None or last is None or not last.counts_at(now, _MINUTE):
            return None
        return self._span(first.value, last.value, now)

    def _first(self, want: SpanOf, now: datetime) -> _Moment | None:
        found = self._firsts.get(want)
        # a table that was empty may get its first rows at any time
        return found if found and found.counts_at(now, _DAY if found.value else _MINUTE) else None

    def _span(self, first: datetime | None, last: datetime | None, now: datetime) -> Span:
        return Span(first, min(now.astimezone(self._sources.zone), last) if last else None)

    def _read(self, models: Mapping[SpanOf, Model], now: datetime) -> Mapping[SpanOf, Span]:
        """Read the spans of models of one database, and keep what is the customer's."""
        each = self._rows(models)
        firsts = {want: self._first(want, now) for want in models}
        wanted = {("first", want): each[want].first(now) for want, kept in firsts.items() if kept is None}
        warehouse = self._sources.warehouse(next(iter(models.values())))
        since = None if _scans_all(warehouse) else now - _RECENT
        customers = [want for want, model in models.items() if not model.is_own]
        with sent_for(_REACH, (want.model for want in models)):
            read = one_row(
                warehouse, wanted | {("last", want): each[want].last(now, since) for want in customers}
            )
        old = [want for want in customers if since and read["last", want] is None]
        with sent_for(_REACH, (want.model for want in old)):
            read |= one_row(warehouse, {("last", want): each[want].last(now, None) for want in old})
        found = {}
        for want, model in models.items():
            rows, kept = each[want], firsts[want]
            first = kept.value if kept else _moment(warehouse, rows, read["first", want], now, is_first=True)
            if model.is_own:
                found[want] = self._span(first, now, now)
                continue
            last = _moment(warehouse, rows, read["last", want], now, is_first=False)
            self._lasts.put(want, _Moment(last, now))
            if kept is None:
                self._firsts.put(want, _Moment(first, now))
            found[want] = self._span(first, last, now)
        return found

    def _rows(self, models: Mapping[SpanOf, Model]) -> Mapping[SpanOf, _Rows]:
        """Return the rows that tell each span; how their columns are stored is read together."""
        paths = {want: (model.time or (), model.fresh or model.time or ()) for want, model in models.items()}
        stored = self._sources.time_columns((models[want], path) for want in models for path in paths[want])
        return {
            want: _Rows(
                *columns_of(self._sources.models, model, *paths[want]),
                *(stored[want.model, path] for path in paths[want]),
            )
            for want, model in models.items()
        }


def _moment(
    warehouse: Warehouse, rows: _Rows, value: object, now: datetime, *, is_first: bool
) -> datetime | None:
    """Return a stored moment, of a text that is no date the nearest one that is; None if there is none."""
    stored = rows.stored if is_first else rows.stored_loaded
    try:
        return stored.read(value)
    except ValueError:
        for (other,) in warehouse.read(rows.candidates(now, is_first=is_first)):
            try:
                return stored.read(other)
            except ValueError:
                continue
    return None


def dated(model: Model, time: Path | None) -> Model:
    """Return a model whose rows go by the time of a measure (None: by its own).

    A deal that was created on the 27th and closed on the 31st tells that closed deals are loaded until the
    31st. Only a column that tells when rows were loaded (`fresh` other than the model's time) stays.
    """
    if time is None or time == model.time:
        return model
    return replace(model, time=time, fresh=time if model.fresh in (None, model.time) else model.fresh)


def columns_of(
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
