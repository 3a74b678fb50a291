"""The SELECT of one scan, in steps: rows, their history or rank, their segment, the aggregates."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    distinct,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
)

from kpi_engine.domain.horizon import Horizon
from kpi_engine.domain.models import Aggregate, Path
from kpi_engine.domain.periods import ONE_DAY
from kpi_engine.domain.query import Filter
from kpi_engine.sql.exact_text import exact, exactly
from kpi_engine.sql.expressions import apart, as_text, bucket, day_number, horizon_days, kept
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.latest_row import latest_only, single_paths
from kpi_engine.sql.order_history import history_paths, with_history
from kpi_engine.sql.scan import Draft, Ground, Output
from kpi_engine.sql.time_columns import TimeColumn


class Statement:
    """The SELECT of one scan, in steps: rows, their history or rank, their segment, the aggregates."""

    def __init__(
        self,
        ground: Ground,
        draft: Draft,
        bounds: tuple[date, ...],
        covered: tuple[tuple[date | None, date | None], ...],
    ) -> None:
        self._ground, self._draft, self._bounds, self._covered = ground, draft, bounds, covered
        self._model = draft.model
        measures = [output.measure for output in draft.outputs]
        self._first = measures[0].first
        self._on = next(iter(draft.windows)).days
        self._until = measures[0].until if self._on else None
        self._history = self._model.history if measures[0].when else None
        self._whens = tuple(dict.fromkeys(measure.when for measure in measures if measure.when))

    def select(self) -> Select[Any]:
        """Return the whole statement."""
        rows = self._rows().subquery("source_rows")
        if self._model.once:
            stored = self._ground.time_column(self._model, self._model.once.latest)
            rows = latest_only(rows, stored, self._ground.now)
        if self._history and self._model.time:
            stored = self._ground.time_column(self._model, self._model.time)
            rows = with_history(rows, self._history, self._whens, stored, self._ground.now)
        if self._first:
            rank = func.rank().over(
                partition_by=exactly(rows.c.first_per), order_by=(rows.c.at, exactly(rows.c.first_event))
            )
            counted = [column == 1 for column in rows.c if column.name.startswith("counts_")]
            ranked = select(*rows.c, rank.label("first_rank")).where(rows.c.first_per.is_not(None), *counted)
            rows = ranked.subquery("ranked_rows")
        placed = self._placed(rows).subquery("placed_rows")
        output = next(iter(self._draft.outputs))
        if output.measure.agg == "median":
            return self._median(placed)
        keys = [placed.c.segment, *(placed.c[f"key_{i}"] for i in range(len(self._draft.by)))]
        values = [
            value
            for index, entry in enumerate(self._draft.outputs)
            for value in _aggregates(placed, index, entry)
        ]
        return select(*keys, *values).group_by(*apart(keys))

    def _rows(self) -> Select[Any]:
        """One row per row of the model, with everything the further steps need."""
        paths = self._paths()
        flags = {
            f"counts_{index}": output.measure.where
            for index, output in enumerate(self._draft.outputs)
            if output.measure.where
        }
        relation = Relation(self._ground.models, self._model, paths.values(), flags)
        columns = [relation.column(path).label(name) for name, path in paths.items()]
        columns += [relation.flag(name).label(name) for name in flags]
        absent = (f"key_{i}" for i in range(len(self._draft.by)) if f"key_{i}" not in paths)
        columns += [cast(null(), String(1)).label(name) for name in absent]
        return select(*(columns or [literal_column("1").label("one")])).select_from(relation.source)

    def _paths(self) -> dict[str, Path]:
        """Return the columns that the further steps need, by the names that they have there."""
        needed: dict[str, Path | None] = {"at": self._draft.time, "until": self._until}
        needed |= {f"key_{i}": self._model.path_of(name) for i, name in enumerate(self._draft.by)}
        needed |= {f"filter_{i}": path for i, (path, _) in enumerate(self._filters())}
        for index, output in enumerate(self._draft.outputs):
            needed[f"input_{index}"] = output.measure.of
            needed[f"since_{index}"] = output.measure.since
            needed[f"success_{index}"] = output.within.succeeded if output.within else None
            if output.known:
                needed |= {f"lead_{index}": self._model.acquired}
                needed |= {f"from_{index}": self._model.path_of(output.known.by)}
        if self._first:
            needed |= {"first_per": self._first.per, "first_event": self._first.event}
        if self._history:
            needed |= history_paths(self._model, self._whens)
        needed |= single_paths(self._model)
        return {name: path for name, path in needed.items() if path}

    def _filters(self) -> list[tuple[Path | None, Filter]]:
        """Return the question's filters as this model can tell them: its path, and the members as stored."""
        return [
            (self._model.path_of(entry.dimension), as_text(entry) if self._model.is_own else entry)
            for entry in self._ground.filters
        ]

    def _placed(self, rows: Any) -> Select[Any]:
        """Rows of the covered windows that pass the filters, each with its segment."""
        conditions = [
            kept(rows.c[f"filter_{i}"] if path else null(), entry)
            for i, (path, entry) in enumerate(self._filters())
        ]
        if self._first:
            conditions.append(rows.c.first_rank == 1)
        segment: ColumnElement[Any] = literal_column("0")
        if self._draft.time:
            stored = self._ground.time_column(self._model, self._draft.time)
            conditions += self._covering(rows, stored) if self._until else self._in_time(rows.c.at, stored)
            if self._bounds:
                marks = [literal(stored.midnight(day), stored.sql_type()) for day in self._bounds]
                segment = bucket(rows.c.at, marks, 0, len(marks) - 1)
        days = self._days_since(rows)
        left = ("until", "filter_", "first_", "since_", "lead_", "from_", *days)
        carried = [column for column in rows.c if not column.name.startswith(left)]
        values = [value.label(name) for name, value in days.items()]
        tests = (*self._successes(rows), *self._acquired(rows))
        return select(segment.label("segment"), *carried, *values, *tests).where(*conditions)

    def _days_since(self, rows: Any) -> dict[str, ColumnElement[Any]]:
        """Return the inputs that are the days between two moments; NULL where those aren't in order."""
        found: dict[str, ColumnElement[Any]] = {}
        for index, output in enumerate(self._draft.outputs):
            measure = output.measure
            if measure.since and measure.of:
                days = self._day(rows.c[f"input_{index}"], measure.of) - self._day(
                    rows.c[f"since_{index}"], measure.since
                )
                found[f"input_{index}"] = case((days >= 0, days))
        return found

    def _covering(self, rows: Any, begun: TimeColumn) -> list[ColumnElement[bool]]:
        """Rows that had begun on one of the days, or on it, and whose last day isn't before it."""
        if self._until is None:
            return []
        ends = self._ground.time_column(self._model, self._until)

        def covers(day: date) -> ColumnElement[bool]:
            begins = rows.c.at < literal(begun.midnight(day + ONE_DAY), begun.sql_type())
            return and_(
                begins,
                or_(rows.c.until.is_(None), rows.c.until >= literal(ends.midnight(day), ends.sql_type())),
            )

        return [or_(*(covers(day) for day in self._on))]

    def _in_time(self, at: Any, stored: TimeColumn) -> list[ColumnElement[bool]]:
        kind = stored.sql_type()
        happened = at < literal(stored.before(self._ground.now), kind)
        if not self._bounds:
            start, end = self._covered[0]
            if start is None and end is None:
                return [or_(at.is_(None), happened)]
            stretch = [happened]
            stretch += [at >= literal(stored.midnight(start), kind)] if start else []
            stretch += [at < literal(stored.midnight(end), kind)] if end else []
            return stretch
        stretches = [
            and_(at >= literal(stored.midnight(start), kind), at < literal(stored.midnight(end), kind))
            for start, end in self._covered
            if start is not None and end is not None
        ]
        return [or_(*stretches), happened]

    def _successes(self, rows: Any) -> list[ColumnElement[Any]]:
        """A 1-or-0 column for each output that counts successes within some days."""
        columns: list[ColumnElement[Any]] = []
        for index, output in enumerate(self._draft.outputs):
            if output.within and self._draft.time:
                entered = self._day(rows.c.at, self._draft.time)
                succeeded = self._day(rows.c[f"success_{index}"], output.within.succeeded)
                stored = self._ground.time_column(self._model, output.within.succeeded)
                known = rows.c[f"success_{index}"] < literal(
                    stored.before(self._ground.now), stored.sql_type()
                )
                tests = [succeeded >= entered, known]
                if output.within.horizon:
                    tests.append(succeeded - entered < self._days_in(output.within.horizon, rows.c.at))
                columns.append(case((and_(*tests), 1), else_=0).label(f"within_{index}"))
        return columns

    def _acquired(self, rows: Any) -> list[ColumnElement[Any]]:
        """A 1-or-0 column for each output that counts customers whose acquisition cost is known."""
        columns: list[ColumnElement[Any]] = []
        for index, output in enumerate(self._draft.outputs):
            if output.known and self._model.acquired and self._model.path_of(output.known.by):
                stored = self._ground.time_column(self._model, self._model.acquired)
                since = literal(stored.midnight(output.known.since), stored.sql_type())
                known = and_(rows.c[f"lead_{index}"] >= since, rows.c[f"from_{index}"].is_not(None))
                columns.append(case((known, 1), else_=0).label(f"known_{index}"))
        return columns

    def _day(self, moment: Any, path: Path) -> ColumnElement[int]:
        stored = self._ground.time_column(self._model, path)
        return day_number(moment, stored, self._first_day, self._ground.now.date())

    def _days_in(self, horizon: Horizon, at: Any) -> ColumnElement[int]:
        """How many days the horizon has that begins when the row happened."""
        stored = self._ground.time_column(self._model, self._draft.time or ())
        return horizon_days(at, stored, horizon, self._first_day, self._ground.now.date())

    @property
    def _first_day(self) -> date:
        return self._bounds[0] if self._bounds else date(1970, 1, 1)

    def _median(self, placed: Any) -> Select[Any]:
        """The mean of the middle one or two values, in the same SQL everywhere."""
        keys = [placed.c.segment, *(placed.c[f"key_{i}"] for i in range(len(self._draft.by)))]
        output = next(iter(self._draft.outputs))
        value = _counted(placed, 0, output)
        valued = select(*keys, value.label("value")).where(value.is_not(None)).subquery("valued_rows")
        groups = [valued.c[key.name] for key in keys]
        place = func.row_number().over(partition_by=apart(groups), order_by=valued.c.value).label("place")
        count = func.count().over(partition_by=apart(groups)).label("count")
        ordered = select(*groups, valued.c.value, place, count).subquery("ordered_rows")
        keys = [ordered.c[key.name] for key in keys]
        middle = and_(2 * ordered.c.place >= ordered.c.count, 2 * ordered.c.place <= ordered.c.count + 2)
        return (
            select(*keys, func.avg(1.0 * ordered.c.value).label("value_0"))
            .where(middle)
            .group_by(*apart(keys))
        )


def _counted(placed: Any, index: int, output: Output) -> ColumnElement[Any]:
    """Return the input of an aggregate: the value where the row counts, else NULL."""
    value = placed.c[f"input_{index}"] if output.measure.of else literal_column("1")
    tests = []
    if output.measure.where:
        tests.append(placed.c[f"counts_{index}"] == 1)
    if output.measure.when:
        tests.append(placed.c[f"is_{output.measure.when}"] == 1)
    if output.within:
        tests.append(placed.c[f"within_{index}"] == 1)
    if output.known:
        tests.append(placed.c[f"known_{index}"] == 1)
    return case((and_(*tests), value)) if tests else value


def _aggregates(placed: Any, index: int, output: Output) -> list[ColumnElement[Any]]:
    value = _counted(placed, index, output)
    made: dict[Aggregate, list[ColumnElement[Any]]] = {
        "count": [func.count(value)],
        "count_distinct": [func.count(distinct(exact(value)))],
        "sum": [func.sum(value)],
        "min": [func.min(value)],
        "max": [func.max(value)],
        "avg": [func.sum(value), func.count(value)],
    }
    names = (f"value_{index}", f"weight_{index}")
    return [entry.label(name) for entry, name in zip(made[output.measure.agg], names, strict=False)]
