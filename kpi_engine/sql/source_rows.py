"""The rows of one scan: what its aggregates need of each row, and in which segment the row lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    literal,
    literal_column,
    null,
    or_,
    select,
)

from kpi_engine.domain.horizon import Horizon
from kpi_engine.domain.models import First, Model, Path
from kpi_engine.domain.periods import ONE_DAY
from kpi_engine.domain.query import Filter
from kpi_engine.sql.bits import BITS
from kpi_engine.sql.expressions import as_text, bucket, day_number, horizon_days, kept
from kpi_engine.sql.first_event import FirstEvents, first_only, moments_of, within
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.latest_row import latest_only, single_paths
from kpi_engine.sql.order_history import Past, history_paths, with_history
from kpi_engine.sql.readable import happened, is_moment, is_unknown, known, number_of
from kpi_engine.sql.scan import Bounds, Ground, Output, Pass
from kpi_engine.sql.time_columns import TimeColumn

_LONGEST_WAIT = timedelta(days=3 * 366)
"""So long before its end may begin what is counted in days: the clocks of that time are told apart."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a scan reads of each row, and which rows.

    `keys` are the dimensions to group by. `where` are the filters of every row, `tests` those that only
    some groupings have. `days` are the days whose covering rows are read, where rows cover days.
    """

    outputs: tuple[Output, ...]
    keys: tuple[str, ...]
    where: tuple[Filter, ...]
    tests: tuple[tuple[Filter, ...], ...]
    bounds: Bounds
    days: tuple[date, ...] = ()


class SourceRows:
    """The rows of a scan as a SELECT, in steps: the columns, the history or first events, the segment."""

    def __init__(self, ground: Ground, made: Pass, reach: Reach) -> None:
        self._ground, self._pass, self._reach = ground, made, reach
        self._model: Model = ground.models[made.model]
        self._history = self._model.history if made.tells_history else None
        measures = [output.measure for output in reach.outputs]
        self._whens = tuple(dict.fromkeys(measure.when for measure in measures if measure.when))

    def placed(self) -> Select[Any]:
        """Return the rows that are read, each with its place in time.

        Columns: `segment`, or `power_<n>`, the set that holds the row's segment, where something is counted
        apart; `key_<i>` per key; `input_<i>` and the 1-or-0 tests of each output; `who`, what is counted
        apart; `passes_<i>` (1 or 0) for each of the reach's tests.
        """
        rows: Any = self._rows().subquery("source_rows")
        if self._model.once:
            stored = self._time_column(self._model.once.latest)
            rows = latest_only(rows, stored, self._ground.now)
        if self._history and self._model.time:
            stored = self._time_column(self._model.time)
            past = Past(self._ground.models, self._model, stored, self._ground.now)
            rows = with_history(rows, self._history, self._whens, past)
        if self._pass.first and self._pass.time:
            rows = self._first_only(rows, self._pass.first, self._pass.time)
        return self._placed(rows)

    def _first_only(self, rows: Any, first: First, time: Path) -> Any:
        covered = self._reach.bounds.covered
        counted = [column == 1 for column in rows.c if column.name.startswith("counts_")]
        if not (self._model.once or self._history):
            events = FirstEvents(self._model, first, time, self._pass.counted)
            rows = select(*rows.c).where(rows.c.first_per.is_not(None), *counted).subquery("counted_rows")
            return first_only(rows, events.moments(self._ground, covered))
        told = select(*rows.c).where(rows.c.first_per.is_not(None), *counted).cte("kpi_counted_rows")
        stored = self._time_column(time)
        moments = moments_of(told, told.c.first_per, told.c.at, stored, self._ground, covered)
        return first_only(told.alias("candidate_rows"), moments.subquery("first_moments"))

    def _rows(self) -> Select[Any]:
        """One row per row of the model, with everything the further steps need."""
        paths = self._paths()
        flags = {
            f"counts_{index}": output.measure.where
            for index, output in enumerate(self._reach.outputs)
            if output.measure.where
        }
        relation = Relation(self._ground.models, self._model, paths.values(), flags)
        amounts = _amounts(self._reach.outputs)
        columns = [
            number_of(relation.column(path), self._ground.number_form(self._model, path)).label(name)
            if name in amounts
            else relation.column(path).label(name)
            for name, path in paths.items()
        ]
        columns += [relation.flag(name).label(name) for name in flags]
        absent = (f"key_{i}" for i in range(len(self._reach.keys)) if f"key_{i}" not in paths)
        columns += [cast(null(), String(1)).label(name) for name in absent]
        return select(*(columns or [literal_column("1").label("one")])).select_from(relation.source)

    def _paths(self) -> dict[str, Path]:
        """Return the columns that the further steps need, by the names that they have there."""
        needed: dict[str, Path | None] = {
            "at": self._pass.time,
            "until": self._pass.until,
            "who": self._pass.entity,
        }
        needed |= {f"key_{i}": self._model.path_of(name) for i, name in enumerate(self._reach.keys)}
        needed |= {f"filter_{i}": self._model.path_of(name) for i, name in enumerate(self._filtered())}
        for index, output in enumerate(self._reach.outputs):
            needed[f"input_{index}"] = None if self._pass.entity else output.measure.of
            needed[f"since_{index}"] = output.measure.since
            needed[f"success_{index}"] = output.within.succeeded if output.within else None
            if output.known:
                needed |= {f"lead_{index}": self._model.acquired}
                needed |= {f"from_{index}": self._model.path_of(output.known.by)}
        if self._pass.first:
            needed |= {"first_per": self._pass.first.per, "first_event": self._pass.first.event}
        if self._history:
            needed |= history_paths(self._model, self._whens)
        needed |= single_paths(self._model)
        return {name: path for name, path in needed.items() if path}

    # which rows

    def _filtered(self) -> tuple[str, ...]:
        """Return the dimensions that are filtered by."""
        every = (*self._reach.where, *(entry for test in self._reach.tests for entry in test))
        return tuple(dict.fromkeys(entry.dimension for entry in every))

    def _keeps(self, rows: Any, entry: Filter) -> ColumnElement[bool]:
        """Return the condition of one filter, as this model can tell it."""
        key: Any = null()
        if self._model.path_of(entry.dimension):
            key = rows.c[f"filter_{self._filtered().index(entry.dimension)}"]
        return kept(key, as_text(entry) if self._model.is_own else entry)

    def _placed(self, rows: Any) -> Select[Any]:
        """Rows of the covered days that pass the filters, each with its segment."""
        conditions = [self._keeps(rows, entry) for entry in self._reach.where]
        tests = {
            f"passes_{index}": and_(*(self._keeps(rows, entry) for entry in test))
            for index, test in enumerate(self._reach.tests)
            if test
        }
        if tests and all(self._reach.tests):
            conditions.append(or_(*tests.values()))
        if self._pass.time:
            stored = self._time_column(self._pass.time)
            in_time = self._covering if self._reach.days else self._in_time
            conditions += in_time(rows, stored)
        days = self._days_since(rows)
        left = ("filter_", "first_", "since_", "success_", "lead_", "from_")
        used = {"at", "until", *days}
        carried = [column for column in rows.c if not (column.name in used or column.name.startswith(left))]
        values = [value.label(name) for name, value in days.items()]
        passes = [case((test, 1), else_=0).label(name) for name, test in tests.items()]
        place = self._place(rows)
        made = (*values, *self._successes(rows), *self._acquired(rows), *passes)
        return select(*place, *carried, *made).where(*conditions)

    def _in_time(self, rows: Any, stored: TimeColumn) -> list[ColumnElement[bool]]:
        at, covered = rows.c.at, self._reach.bounds.covered
        before_now = happened(at, stored, self._ground.now)
        if covered == ((None, None),):
            return [or_(is_unknown(at, stored), before_now)]
        return [*within(at, stored, covered), before_now]

    def _covering(self, rows: Any, begun: TimeColumn) -> list[ColumnElement[bool]]:
        """Rows that cover one of the days; of those in sets of days, any between the first and the last."""
        days = self._reach.days
        if self._pass.entity is None:
            return [or_(*(self._covers(rows, begun, day, day) for day in days))]
        return [self._covers(rows, begun, min(days), max(days))]

    def _covers(self, rows: Any, begun: TimeColumn, first: date, last: date) -> ColumnElement[bool]:
        if self._pass.until is None:
            raise ValueError("only rows with an end cover days")
        ends = self._time_column(self._pass.until)
        begins = rows.c.at < literal(begun.midnight(last + ONE_DAY), begun.sql_type())
        is_open = is_unknown(rows.c.until, ends)
        runs_on = rows.c.until >= literal(ends.midnight(first), ends.sql_type())
        return and_(begins, is_moment(rows.c.at, begun.form), or_(is_open, runs_on))

    # where in time

    def _place(self, rows: Any) -> list[ColumnElement[Any]]:
        """Return the segment of a row, or the sets that hold it where something is counted apart."""
        if self._reach.days and self._pass.time and self._pass.entity:
            return self._days_covered(rows, self._time_column(self._pass.time))
        if self._pass.entity is None:
            return [self._segment(rows, range(len(self._reach.bounds.days) - 1)).label("segment")]
        number = max(len(self._reach.bounds.days) - 1, 1)
        return [
            self._segment(rows, _powers(number, chunk)).label(f"power_{chunk}")
            for chunk in range(chunks(number))
        ]

    def _segment(self, rows: Any, values: Sequence[int]) -> ColumnElement[Any]:
        days = self._reach.bounds.days
        if not days or not self._pass.time:
            return literal_column(str(values[0] if values else 0), BigInteger())
        stored = self._time_column(self._pass.time)
        marks = [literal(stored.midnight(day), stored.sql_type()) for day in days]
        return bucket(rows.c.at, marks, values)

    def _days_covered(self, rows: Any, begun: TimeColumn) -> list[ColumnElement[Any]]:
        """Return the set of the days that a row covers."""
        days = self._reach.days
        sets: list[ColumnElement[Any]] = []
        for chunk in range(chunks(len(days))):
            part = days[chunk * BITS : (chunk + 1) * BITS]
            bits = [
                case(
                    (self._covers(rows, begun, day, day), literal_column(str(1 << place), BigInteger())),
                    else_=literal_column("0", BigInteger()),
                )
                for place, day in enumerate(part)
            ]
            sets.append(reduce(add, bits).label(f"power_{chunk}"))
        return sets

    # what counts

    def _days_since(self, rows: Any) -> dict[str, ColumnElement[Any]]:
        """Return the inputs that are the days between two moments; NULL where those aren't in order."""
        found: dict[str, ColumnElement[Any]] = {}
        for index, output in enumerate(self._reach.outputs):
            measure = output.measure
            if measure.since and measure.of:
                days = self._day(rows.c[f"input_{index}"], measure.of) - self._day(
                    rows.c[f"since_{index}"], measure.since, before=_LONGEST_WAIT
                )
                found[f"input_{index}"] = case((days >= 0, days))
        return found

    def _successes(self, rows: Any) -> list[ColumnElement[Any]]:
        """A 1-or-0 column for each output that counts successes within some days."""
        columns: list[ColumnElement[Any]] = []
        for index, output in enumerate(self._reach.outputs):
            if output.within and self._pass.time:
                entered = self._day(rows.c.at, self._pass.time, is_known=True)
                succeeded = self._day(rows.c[f"success_{index}"], output.within.succeeded)
                stored = self._time_column(output.within.succeeded)
                tests = [
                    succeeded >= entered,
                    happened(rows.c[f"success_{index}"], stored, self._ground.now),
                ]
                if output.within.horizon:
                    tests.append(succeeded - entered < self._days_in(output.within.horizon, rows.c.at))
                columns.append(case((and_(*tests), 1), else_=0).label(f"within_{index}"))
        return columns

    def _acquired(self, rows: Any) -> list[ColumnElement[Any]]:
        """A 1-or-0 column for each output that counts customers whose acquisition cost is known."""
        columns: list[ColumnElement[Any]] = []
        for index, output in enumerate(self._reach.outputs):
            if output.known and self._model.acquired and self._model.path_of(output.known.by):
                stored = self._time_column(self._model.acquired)
                since = literal(stored.midnight(output.known.since), stored.sql_type())
                lead = rows.c[f"lead_{index}"]
                is_known = and_(lead >= since, *known(lead, stored), rows.c[f"from_{index}"].is_not(None))
                columns.append(case((is_known, 1), else_=0).label(f"known_{index}"))
        return columns

    def _day(
        self, moment: Any, path: Path, before: timedelta = timedelta(0), *, is_known: bool = False
    ) -> ColumnElement[int]:
        """Return the number of a moment's day, right from a time `before` the first bound on."""
        first = self._first_day - before
        last = self._ground.now.date()
        return day_number(moment, self._time_column(path), first, last, is_known=is_known)

    def _days_in(self, horizon: Horizon, at: Any) -> ColumnElement[int]:
        """How many days the horizon has that begins when the row happened."""
        stored = self._time_column(self._pass.time or ())
        return horizon_days(at, stored, horizon, self._first_day, self._ground.now.date())

    @property
    def _first_day(self) -> date:
        days = self._reach.bounds.days
        return days[0] if days else date(1970, 1, 1)

    def _time_column(self, path: Path) -> TimeColumn:
        return self._ground.time_column(self._model, path)


def _amounts(outputs: Sequence[Output]) -> set[str]:
    """Return the columns whose values are read as numbers."""
    found = {f"input_{index}" for index, output in enumerate(outputs) if output.measure.has_numbers}
    return found | {"history_level"}


def chunks(number: int) -> int:
    """Return how many sets hold a number of segments."""
    return -(-number // BITS)


def tests_of(rows: Any, index: int, output: Output) -> list[ColumnElement[bool]]:
    """Return the conditions under which a placed row counts for an output."""
    tests = []
    if output.measure.where:
        tests.append(rows.c[f"counts_{index}"] == 1)
    if output.measure.when:
        tests.append(rows.c[f"is_{output.measure.when}"] == 1)
    if output.within:
        tests.append(rows.c[f"within_{index}"] == 1)
    if output.known:
        tests.append(rows.c[f"known_{index}"] == 1)
    return tests


def _powers(number: int, chunk: int) -> list[int]:
    """Return the set of each segment's own; the empty one for those of other chunks."""
    return [1 << (place - chunk * BITS) if place // BITS == chunk else 0 for place in range(number)]
