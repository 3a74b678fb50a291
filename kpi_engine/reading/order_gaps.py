"""The events of customers: how long they wait between two, and who has been silent for long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.sql.functions import Function

from kpi_engine.analysis.intervals import Waits
from kpi_engine.domain.errors import DataError
from kpi_engine.domain.models import Model, Path
from kpi_engine.domain.statements import RunStatement, note_kept, sent_for
from kpi_engine.domain.translatable import said
from kpi_engine.reading.freshness import Span
from kpi_engine.reading.reader import Reader
from kpi_engine.reading.wanted import WaitsOf
from kpi_engine.sql.exact_text import exactly
from kpi_engine.sql.expressions import day_number, filter_conditions
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.readable import is_moment
from kpi_engine.sql.time_columns import TimeColumn

_FIRST_DAY = date(1990, 1, 1)
"""No customer ordered before; the clock's changes are known from here on."""
_WAITS = "waits between customers' events"


def waits_of(reader: Reader, wanted: WaitsOf, span: Span, now: datetime) -> tuple[Waits | None, RunStatement]:
    """Return the waits between customers' events, None where nobody had two, and the statement.

    They are read once a day, and again when `span`, of the events' model, tells that days before
    `wanted.until` were loaded meanwhile. Raises the errors of Warehouse.read.
    """
    reader.require_within(wanted.filters)
    today, model = reader.today(now), reader.models[wanted.events.model]
    loaded = span.until and min(span.until, reader.midnight(wanted.until))
    known = None if model.is_own else reader.waits.get(today, (wanted, loaded))
    if known is None:
        with sent_for(_WAITS, [model.name]):
            known = _Events(reader, wanted).read()
        reader.waits.put(today, (wanted, loaded), known)
    else:
        note_kept(_WAITS, [model.name])
    return known


@dataclass(frozen=True, slots=True)
class _Events:
    """The events that a distinct count of customers counts, before `wanted.until`."""

    reader: Reader
    wanted: WaitsOf

    def read(self) -> tuple[Waits | None, RunStatement]:
        """Return the waits and the statement; several events on one day are one event."""
        rows, run = self.reader.run(self._model.database, self._statement())
        count, p80, p90, silent = rows[0]
        waits = Waits(int(count), int(p80), int(p90), int(silent)) if count else None
        return waits, run

    def _statement(self) -> Select[Any]:
        """One row: how many waits there are, two percentiles of them, and how many customers are silent."""
        rows = self._rows()
        days = select(rows.c.who, rows.c.day).group_by(exactly(rows.c.who), rows.c.day).subquery("event_days")

        def beside(name: str) -> ColumnElement[Any]:
            # not func.lag: a dialect that is installed may have put a function of its own there
            near: Function[int] = Function(name, days.c.day)
            return near.over(partition_by=exactly(days.c.who), order_by=days.c.day)

        wait = (days.c.day - beside("lag")).label("wait")
        mark = literal_column("1", Integer).label("mark")  # some databases join outer by an equality only
        gaps = select(mark, days.c.day, wait, beside("lead").label("next_day")).cte("kpi_gaps")
        waited = (
            select(gaps.c.wait, func.count().label("count"))
            .where(gaps.c.wait.is_not(None))
            .group_by(gaps.c.wait)
            .subquery("waited")
        )
        reached = func.sum(waited.c.count).over(order_by=waited.c.wait).label("reached")
        total = func.sum(waited.c.count).over().label("total")
        ranked = select(waited.c.wait, reached, total).subquery("ranked")

        def percentile(percent: int) -> ColumnElement[Any]:
            return func.min(case((100 * ranked.c.reached >= percent * ranked.c.total, ranked.c.wait)))

        found = select(
            func.max(mark).label("mark"),
            func.max(ranked.c.total).label("count"),
            percentile(80).label("p80"),
            percentile(90).label("p90"),
        ).subquery("found")
        is_silent = and_(
            gaps.c.next_day.is_(None),
            gaps.c.day >= self._number(self.wanted.active_since),
            gaps.c.day < self._number(self.wanted.until) - found.c.p80,
        )
        return (
            select(found.c.count, found.c.p80, found.c.p90, func.count(case((is_silent, 1))))
            .select_from(found.join(gaps, gaps.c.mark == found.c.mark, isouter=True))
            .group_by(found.c.count, found.c.p80, found.c.p90)
        )

    def _number(self, day: date) -> ColumnElement[int]:
        """The number of a day, as of the days of events."""
        begins = literal(self._stored.midnight(day), self._stored.sql_type())
        return day_number(begins, self._stored, _FIRST_DAY, self.wanted.until, is_known=True)

    @property
    def _model(self) -> Model:
        return self.reader.models[self.wanted.events.model]

    @property
    def _stored(self) -> TimeColumn:
        return self.reader.time_column(self._model, self._time)

    @property
    def _time(self) -> Path:
        time = self._model.measures[self.wanted.events.measure].time or self._model.time
        if time is None:
            raise DataError(
                said("The model {model} has no time column.", model=self._model.name),
                hint="Give it a column with time:.",
            )
        return time

    def _rows(self) -> Subquery:
        """The counted events: `who`, and `day` as a number."""
        model, measure, stored = self._model, self._model.measures[self.wanted.events.measure], self._stored
        customer = measure.of or (model.key,)
        further = [path for entry in self.wanted.filters if (path := model.path_of(entry.dimension))]
        flags = {"counts": measure.where} if measure.where else {}
        relation = Relation(self.reader.models, model, [self._time, customer, *further], flags)
        at, who = relation.column(self._time), relation.column(customer)
        day = day_number(at, stored, _FIRST_DAY, self.wanted.until, is_known=True)
        counted = [relation.flag("counts") == 1] if flags else []
        return (
            select(who.label("who"), day.label("day"))
            .select_from(relation.source)
            .where(
                at < literal(stored.midnight(self.wanted.until), stored.sql_type()),
                is_moment(at, stored.form),
                who.is_not(None),
                *filter_conditions(relation, model, self.wanted.filters),
                *counted,
            )
            .subquery("events")
        )
