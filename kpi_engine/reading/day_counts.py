"""How many rows each day of a model has, to tell whether the rows of a day have arrived.

The days are those of the time column that a measure goes by. As the span of a model (see freshness), they are
counted on the table that owns the column, models over the same rows once. The days of about four years are
counted once a day; those of the last two weeks, in which late rows arrive, again after a minute. For a post
(see kept.afresh) those of the last two months are counted again.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, literal, literal_column, select, union_all

from kpi_engine.domain.errors import DataError, WarehouseTimeoutError
from kpi_engine.domain.models import Model
from kpi_engine.domain.periods import ONE_DAY
from kpi_engine.domain.statements import note_kept, sent_for
from kpi_engine.reading.freshness import columns_of, dated
from kpi_engine.reading.kept import Elapsed, Kept, is_afresh
from kpi_engine.reading.sources import Sources
from kpi_engine.reading.wanted import DaysOf
from kpi_engine.sql.expressions import day_number
from kpi_engine.sql.local_day import day_of
from kpi_engine.sql.readable import happened
from kpi_engine.sql.time_columns import TimeColumn

log = logging.getLogger(__name__)

_COUNTED = timedelta(days=4 * 366 + 60)
"""Three years of history before a period of last year, and eight weeks to tell what is usual."""
_LATE = timedelta(days=14)
_POSTED = timedelta(days=62)
"""What posts are about: a month, and the month before it."""
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_ROWS = "rows of each day"
"""What the statements are for."""


@dataclass(frozen=True, slots=True, eq=False)
class DayRows:
    """The rows of each day of a model, days without any left out. Two readings are never equal."""

    counts: Mapping[date, int]


@dataclass(frozen=True, slots=True)
class _Read:
    """Counted days as they were at `now`: all before `end` (older ones), or with the last ones."""

    end: date
    rows: DayRows | None
    now: datetime

    def counts_at(self, now: datetime, kept_for: timedelta) -> bool:
        """Whether it can be used for a question that is asked at `now`."""
        return self.now <= now < self.now + kept_for

    def until(self, end: date) -> _Read:
        """Return the same without the days from `end` on."""
        if end >= self.end or self.rows is None:
            return self
        counts = {day: number for day, number in self.rows.counts.items() if day < end}
        return _Read(end, DayRows(counts), self.now)


class DayCounts:
    """The rows of each day of a catalogue's models; safe to share between threads."""

    def __init__(self, sources: Sources, elapsed: Elapsed) -> None:
        self._sources = sources
        self._older: Kept[Hashable, _Read] = Kept(_DAY.total_seconds(), elapsed)
        self._latest: Kept[Hashable, _Read] = Kept(_MINUTE.total_seconds(), elapsed)
        self._refused: Kept[Hashable, bool] = Kept(_HOUR.total_seconds(), elapsed)

    def rows(self, wanted: Iterable[DaysOf], now: datetime) -> Mapping[DaysOf, DayRows | None]:
        """Return the rows of each day before `now` (zone-aware) of some models, by the time of a measure.

        None where they can't be counted. Those of one database are read in one statement.
        """
        models = {want: dated(self._sources.models[want.model], want.time) for want in wanted}
        places = {want: _place(self._sources.models, model) for want, model in models.items()}
        each = {place: models[want] for want, place in places.items()}
        found: dict[Hashable, DayRows | None] = {}
        unknown: dict[str, dict[Hashable, Model]] = {}
        for place, model in each.items():
            kept = self._latest.get(place)
            if kept and kept.counts_at(now, _MINUTE):
                found[place] = kept.rows
            elif self._refused.get(place):
                found[place] = None
            else:
                unknown.setdefault(model.database, {})[place] = model
        note_kept(_ROWS, (each[place].name for place in found))
        for together in unknown.values():
            found |= self._read(together, now)
        return {want: found[place] for want, place in places.items()}

    def _read(self, models: Mapping[Hashable, Model], now: datetime) -> Mapping[Hashable, DayRows | None]:
        """Count what isn't known of models of one database, and keep it."""
        today = self._sources.today(now)
        older: dict[Hashable, _Read] = {}
        for place in models:
            known = self._older.get(place)
            if known and known.counts_at(now, _DAY):
                older[place] = known.until(today - _POSTED) if is_afresh() else known
        starts = {place: older[place].end if place in older else today - _COUNTED for place in models}
        read = self._counted(models, starts, now)
        found: dict[Hashable, DayRows | None] = {}
        for place in models:
            counts = read[place]
            if counts is None:
                self._refused.put(place, True)
                found[place] = None
                continue
            before = older[place].rows if place in older else None
            rows = found[place] = DayRows({**(before.counts if before else {}), **counts})
            if place not in older or is_afresh():
                end, at = today - _LATE, older[place].now if place in older else now
                past = DayRows({day: number for day, number in rows.counts.items() if day < end})
                self._older.put(place, _Read(end, past, at))
            self._latest.put(place, _Read(today + ONE_DAY, rows, now))
        return found

    def _counted(
        self, models: Mapping[Hashable, Model], starts: Mapping[Hashable, date], now: datetime
    ) -> Mapping[Hashable, Mapping[date, int] | None]:
        """Return the rows of each day from some days on; None for what a database doesn't count."""
        names = [model.name for model in models.values()]
        try:
            stored = self._sources.time_columns((model, model.time or ()) for model in models.values())
            branches = [
                self._statement(number, model, stored[model.name, model.time or ()], starts[place], now)
                for number, (place, model) in enumerate(models.items())
            ]
            warehouse = self._sources.warehouse(next(iter(models.values())))
            with sent_for(_ROWS, names):
                rows = warehouse.read(union_all(*branches) if len(branches) > 1 else branches[0])
        except (DataError, WarehouseTimeoutError) as wrong:
            if len(models) > 1 and isinstance(wrong, DataError):
                return {
                    place: counts
                    for place, model in models.items()
                    for counts in self._counted({place: model}, starts, now).values()
                }
            log.warning("the rows of each day of %s can't be counted: %s", ", ".join(names), wrong)
            return dict.fromkeys(models, None)
        found: dict[Hashable, dict[date, int]] = {place: {} for place in models}
        places = list(models)
        for number, day, rows_of_day in rows:
            if day is not None:
                found[places[int(number)]][day_of(int(day), warehouse.dialect_name)] = int(rows_of_day)
        return found

    def _statement(
        self, number: int, model: Model, stored: TimeColumn, start: date, now: datetime
    ) -> Select[Any]:
        """Return the statement for the days of one model, each with the model's number and its rows."""
        path = model.time or ()
        source, at, _ = columns_of(self._sources.models, model, path, path)
        kind, today = stored.sql_type(), self._sources.today(now)
        dated_rows = (
            select(day_number(at, stored, start, today, is_known=True).label("day"))
            .select_from(source)
            .where(at >= literal(stored.midnight(start), kind), happened(at, stored, now))
            .subquery(f"kpi_days_{number}")
        )
        day = dated_rows.c.day
        return select(literal_column(str(number)), day, func.count()).group_by(day)


def is_counted(model: Model) -> bool:
    """Whether a model's days have rows to count: not where it has one row a month or is the bot's own."""
    return model.time is not None and model.grain == "day" and not (model.is_own or model.targets)


def _place(models: Mapping[str, Model], model: Model) -> Hashable:
    """Return what says which rows are counted: the same for models over the same table and time column."""
    path = model.time or ()
    owner, is_required = model, True
    for step in path[:-1]:
        join = owner.joins[step]
        owner, is_required = models[join.model], is_required and join.required
    at = owner.columns.get(path[-1])
    column = (path[-1],) if at is None else (at.physical, at.sql)
    joined = () if is_required else (model.name, path)
    return (owner.database, owner.schema, owner.table, owner.query, owner.where, column, joined)
