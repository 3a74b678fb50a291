"""The events of customers: how long they wait between two, and who has been silent for long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, case, func, literal, select
from sqlalchemy.sql.functions import Function

from kpi_engine.analysis.intervals import Waits
from kpi_engine.database.warehouse import Row
from kpi_engine.domain.errors import DataError
from kpi_engine.domain.metrics import MeasureRef
from kpi_engine.domain.models import Model, Path
from kpi_engine.domain.query import Filter
from kpi_engine.domain.statements import RunStatement
from kpi_engine.domain.translatable import said
from kpi_engine.reading.reader import Reader
from kpi_engine.sql.exact_text import exactly
from kpi_engine.sql.expressions import day_number, filter_conditions
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.time_columns import TimeColumn

_FIRST_DAY = date(1990, 1, 1)
"""No customer ordered before; the clock's changes are known from here on."""


@dataclass(frozen=True, slots=True)
class Events:
    """The events that a distinct count of customers counts, before `until`."""

    reader: Reader
    ref: MeasureRef
    filters: Sequence[Filter]
    until: date

    def waits(self) -> tuple[Waits | None, RunStatement]:
        """Return the waits between a customer's events, and the statement; several on one day are one."""
        rows = self._rows()
        days = select(rows.c.who, rows.c.day).group_by(exactly(rows.c.who), rows.c.day).subquery("event_days")
        # not func.lag: a dialect that is installed may have put a function of its own there
        earlier: Function[int] = Function("lag", days.c.day)
        before = earlier.over(partition_by=exactly(days.c.who), order_by=days.c.day)
        waited = select((days.c.day - before).label("wait")).subquery("waits")
        place = func.row_number().over(order_by=waited.c.wait).label("place")
        count = func.count().over().label("count")
        ranked = select(waited.c.wait, place, count).where(waited.c.wait.is_not(None)).subquery("ranked")

        def percentile(percent: int) -> ColumnElement[Any]:
            return func.min(case((100 * ranked.c.place >= percent * ranked.c.count, ranked.c.wait)))

        statement = select(func.count(), percentile(80), percentile(90)).select_from(ranked)
        (count_, p80, p90), run = self._read(statement)
        return (Waits(int(count_), int(p80), int(p90)) if count_ else None), run

    def silent(self, active_since: date, heard_since: date) -> tuple[int, RunStatement]:
        """Return how many customers had their last event in `[active_since, heard_since)`."""
        rows, stored = self._rows(), self._stored
        last = select(func.max(rows.c.at).label("at")).group_by(exactly(rows.c.who)).subquery("last_events")
        kind = stored.sql_type()
        first, until = (literal(stored.midnight(day), kind) for day in (active_since, heard_since))
        statement = select(func.count()).select_from(last).where(last.c.at >= first, last.c.at < until)
        (count,), run = self._read(statement)
        return int(count), run

    @property
    def _model(self) -> Model:
        return self.reader.models[self.ref.model]

    @property
    def _stored(self) -> TimeColumn:
        return self.reader.time_column(self._model, self._time)

    @property
    def _time(self) -> Path:
        time = self._model.measures[self.ref.measure].time or self._model.time
        if time is None:
            raise DataError(
                said("The model {model} has no time column.", model=self._model.name),
                hint="Give it a column with time:.",
            )
        return time

    def _rows(self) -> Subquery:
        """The counted events: `who`, `at` as stored, `day` as a number."""
        model, measure, stored = self._model, self._model.measures[self.ref.measure], self._stored
        customer = measure.of or (model.key,)
        further = [path for entry in self.filters if (path := model.path_of(entry.dimension))]
        flags = {"counts": measure.where} if measure.where else {}
        relation = Relation(self.reader.models, model, [self._time, customer, *further], flags)
        at, who = relation.column(self._time), relation.column(customer)
        day = day_number(at, stored, _FIRST_DAY, self.until)
        counted = [relation.flag("counts") == 1] if flags else []
        return (
            select(who.label("who"), at.label("at"), day.label("day"))
            .select_from(relation.source)
            .where(
                at < literal(stored.midnight(self.until), stored.sql_type()),
                who.is_not(None),
                *filter_conditions(relation, model, self.filters),
                *counted,
            )
            .subquery("events")
        )

    def _read(self, statement: Select[Any]) -> tuple[Row, RunStatement]:
        rows, run = self.reader.run(self._model.database, statement)
        return rows[0], run
