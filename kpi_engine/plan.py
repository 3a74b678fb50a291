"""Needs to SELECTs: one statement per table, time column and grouping; pure, never executes.

Every window that is asked for becomes a run of segments between sorted bounds; a row finds its
segment in a nested CASE over those bounds, so that all periods of a question, whatever their
length and overlap, are read in one pass with half-open ranges on the bare time column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
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

from kpi_engine.catalogue import (
    COMBINABLE,
    Acquisition,
    Aggregate,
    First,
    Known,
    Lookback,
    Measure,
    Model,
    Need,
    Path,
    Within,
)
from kpi_engine.exactness import exact, exactly
from kpi_engine.history import history_paths, with_history
from kpi_engine.local_day import local_day
from kpi_engine.moments import TimeColumn
from kpi_engine.periods import ONE_DAY, Grain, Window, shift, start_of
from kpi_engine.query import Filter, Member
from kpi_engine.relations import Relation
from kpi_engine.single import latest_only, single_paths

_EARLIEST = date(1900, 1, 1)
"""Where a look at everything earlier begins."""

TimeColumnOf = Callable[[Model, Path], TimeColumn]
"""Says how a time column of a model is stored (the engine reads it once from the database)."""

CostsSince = Callable[[Acquisition], date]
"""Says on which day the costs of acquiring customers begin."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One need of a metric, over some windows, split by some dimensions."""

    need: Need
    windows: tuple[Window, ...]
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """One aggregated column of a scan: which measure it is, and how its parts are put together."""

    measure: Measure
    within: Within | None
    known: Known | None = None

    @property
    def combines(self) -> bool:
        """Whether the value of several segments or groups follows from theirs (avg as sum and count)."""
        return self.measure.agg in COMBINABLE or self.measure.agg == "avg"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days that are read for one window: `[start, end)`, unbounded where None, but for those of `gap`.

    With `days` instead the rows that cover any of those (see Measure.until).
    """

    start: date | None
    end: date | None
    gap: tuple[date, date] | None = None
    days: tuple[date, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is no day in it."""
        return self.start is not None and self.end is not None and self.end <= self.start

    @property
    def covered(self) -> tuple[tuple[date | None, date | None], ...]:
        """The days without the gap, as one or two pieces."""
        if self.gap is None:
            return ((self.start, self.end),)
        return ((self.start, self.gap[0]), (self.gap[1], self.end))


@dataclass(frozen=True, slots=True)
class Scan:
    """One statement. Its rows are: segment, one key per dimension of `by`, one or two columns per output.

    `bounds` are the days between which the segments lie: segment i is `[bounds[i], bounds[i+1])`.
    Without bounds everything is segment 0. `spreads`: rows stand for whole months, whose amounts
    are spread over days. `asks` are the indexes of the asks that it answers for its `windows`.
    """

    database: str
    statement: Select[Any]
    by: tuple[str, ...]
    bounds: tuple[date, ...]
    outputs: tuple[Output, ...]
    asks: tuple[int, ...]
    spreads: bool
    windows: frozenset[Stretch]


@dataclass(slots=True)
class _Draft:
    """A scan while asks are still being added to it."""

    model: Model
    time: Path | None
    by: tuple[str, ...]
    asks: list[int] = field(default_factory=list)
    outputs: dict[Output, None] = field(default_factory=dict)
    windows: set[Stretch] = field(default_factory=set)


def clipped(window: Window, need: Need) -> Stretch:
    """Return the part of a window that a need reads, moved by its lookback."""
    if need.on and window.start is not None and window.end is not None:
        return Stretch(None, None, days=tuple(getattr(window, name) for name in need.on))
    if need.lookback and window.start is not None and window.end is not None:
        return _looking_back(window.start, window.end, need.lookback)
    if window.start is None or window.end is None:
        return Stretch(need.since, need.until)
    start = max(window.start, need.since) if need.since else window.start
    end = min(window.end, need.until) if need.until else window.end
    return Stretch(start, max(start, end))


def _looking_back(start: date, end: date, lookback: Lookback) -> Stretch:
    if lookback.before_start is None:
        return Stretch(_days_before(end, lookback.before_end or 0), end)
    first = _days_before(start, lookback.before_start)
    if lookback.before_end is None:
        return Stretch(first, start)
    again = _days_before(end, lookback.before_end)
    return Stretch(min(first, again), end, (start, again) if again > start else None)


def _days_before(day: date, days: int) -> date:
    return day - timedelta(days=min(days, (day - _EARLIEST).days))


class Planner:
    """Turns the asks of one question into scans."""

    def __init__(
        self,
        models: Mapping[str, Model],
        filters: Sequence[Filter],
        time_column: TimeColumnOf,
        now: datetime,
        costs_since: CostsSince,
    ) -> None:
        self._models = models
        self._filters = filters
        self._time_column = time_column
        self._now = now
        self._costs_since = costs_since

    def scans(self, asks: Sequence[Ask]) -> tuple[Scan, ...]:
        """Return the statements that answer `asks`; totals come out of the grouped ones where they add up."""
        drafts: dict[object, _Draft] = {}
        grouped = {self._table_key(ask): ask.by for ask in asks if ask.by and ask.need.acquired == "rows"}
        for index, ask in enumerate(asks):
            if ask.need.acquired != "rows":
                continue  # no scan holds it, see acquiring
            output = self.output(ask.need)
            combines = output.combines and not ask.need.on
            by = grouped.get(self._table_key(ask), ()) if combines else ask.by
            for layer, windows in enumerate(_layers(ask, output)):
                apart = None if combines else (layer, ask.need)
                key = (self._table_key(ask), by, apart, any(window.start is None for window in windows))
                model = self._models[ask.need.measure.model]
                draft = drafts.setdefault(key, _Draft(model, _time_of(ask.need, self._models), by))
                if index not in draft.asks:
                    draft.asks.append(index)
                draft.outputs.setdefault(output)
                draft.windows |= {stretch for stretch in windows if not stretch.is_empty}
        return tuple(self._scan(draft) for draft in drafts.values() if draft.windows)

    def output(self, need: Need) -> Output:
        """Return the column of a scan that holds a need's values."""
        acquisition = need.acquisition
        known = Known(acquisition.by, self._costs_since(acquisition)) if acquisition else None
        return Output(self._measure(need), need.within, known)

    def _measure(self, need: Need) -> Measure:
        return self._models[need.measure.model].measures[need.measure.measure]

    def _table_key(self, ask: Ask) -> tuple[str, Path | None, First | None, str | None, bool]:
        measure = self._measure(ask.need)
        # which event is the first depends on which rows count
        counted = measure.where if measure.first else None
        model, time = ask.need.measure.model, _time_of(ask.need, self._models)
        return model, time, measure.first, counted, measure.when is not None

    def _scan(self, draft: _Draft) -> Scan:
        spreads = draft.model.grain == "month"
        bounds, covered = _segments(draft.windows, spreads=spreads)
        statement = _Statement(self, draft, bounds, covered).select()
        return Scan(
            draft.model.database,
            statement,
            draft.by,
            bounds,
            tuple(draft.outputs),
            tuple(draft.asks),
            spreads,
            frozenset(draft.windows),
        )

    # what statements ask of the planner

    @property
    def models(self) -> Mapping[str, Model]:
        """Every model."""
        return self._models

    @property
    def filters(self) -> Sequence[Filter]:
        """The question's filters."""
        return self._filters

    @property
    def now(self) -> datetime:
        """The clock: rows after it are never read."""
        return self._now

    def time_column(self, model: Model, path: Path) -> TimeColumn:
        """How a time column is stored."""
        return self._time_column(model, path)


def _time_of(need: Need, models: Mapping[str, Model]) -> Path | None:
    model = models[need.measure.model]
    return model.measures[need.measure.measure].time or model.time


def _layers(ask: Ask, output: Output) -> list[list[Stretch]]:
    """Return what is read in sets that one pass can hold: without overlap where parts don't add up."""
    windows = [clipped(window, ask.need) for window in ask.windows]
    if ask.need.on:
        return [[window] for window in dict.fromkeys(windows)]
    if output.combines:
        return [windows]
    layers: list[list[Stretch]] = []
    for window in sorted(windows, key=lambda window: (window.start or date.min, window.end or date.max)):
        for layer in layers:
            last = layer[-1]
            if window == last or (
                window.gap is None
                and last.gap is None
                and last.end is not None
                and window.start is not None
                and last.end <= window.start
            ):
                layer.append(window)
                break
        else:
            layers.append([window])
    return layers


def _segments(
    windows: set[Stretch], *, spreads: bool
) -> tuple[tuple[date, ...], tuple[tuple[date | None, date | None], ...]]:
    """Return the sorted bounds and the covered pieces; no bounds for all time."""
    only = next(iter(windows))
    if only.gap is not None and only.start is not None and only.end is not None:
        return (only.start, only.end), only.covered
    bounded = sorted(
        (window.start, window.end)
        for window in windows
        if window.start is not None and window.end is not None
    )
    if len(bounded) < len(windows):
        return (), only.covered
    if spreads:
        bounded = [(start_of(Grain.MONTH, start), _month_end(end)) for start, end in bounded]
    bounds = {day for stretch in bounded for day in stretch}
    covered: list[tuple[date, date]] = []
    for start, end in bounded:
        if covered and start <= covered[-1][1]:
            covered[-1] = (covered[-1][0], max(end, covered[-1][1]))
        else:
            covered.append((start, end))
    if spreads:
        bounds |= {month for start, end in covered for month in _months(start, end)}
    return tuple(sorted(bounds)), tuple(covered)


def _month_end(end: date) -> date:
    return shift(Grain.MONTH, start_of(Grain.MONTH, end - ONE_DAY), 1)


def _months(start: date, end: date) -> list[date]:
    months = []
    while start < end:
        months.append(start)
        start = shift(Grain.MONTH, start, 1)
    return months


class _Statement:
    """The SELECT of one scan, in steps: rows, their history or rank, their segment, the aggregates."""

    def __init__(
        self,
        planner: Planner,
        draft: _Draft,
        bounds: tuple[date, ...],
        covered: tuple[tuple[date | None, date | None], ...],
    ) -> None:
        self._planner, self._draft, self._bounds, self._covered = planner, draft, bounds, covered
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
            stored = self._planner.time_column(self._model, self._model.once.latest)
            rows = latest_only(rows, stored, self._planner.now)
        if self._history and self._model.time:
            stored = self._planner.time_column(self._model, self._model.time)
            rows = with_history(rows, self._history, self._whens, stored, self._planner.now)
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
        relation = Relation(self._planner.models, self._model, paths.values(), flags)
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
            (self._model.path_of(entry.dimension), _as_text(entry) if self._model.is_own else entry)
            for entry in self._planner.filters
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
            stored = self._planner.time_column(self._model, self._draft.time)
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
        ends = self._planner.time_column(self._model, self._until)

        def covers(day: date) -> ColumnElement[bool]:
            begins = rows.c.at < literal(begun.midnight(day + ONE_DAY), begun.sql_type())
            return and_(
                begins,
                or_(rows.c.until.is_(None), rows.c.until >= literal(ends.midnight(day), ends.sql_type())),
            )

        return [or_(*(covers(day) for day in self._on))]

    def _in_time(self, at: Any, stored: TimeColumn) -> list[ColumnElement[bool]]:
        kind = stored.sql_type()
        happened = at < literal(stored.before(self._planner.now), kind)
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
                stored = self._planner.time_column(self._model, output.within.succeeded)
                known = rows.c[f"success_{index}"] < literal(
                    stored.before(self._planner.now), stored.sql_type()
                )
                tests = [succeeded >= entered, known]
                if output.within.days is not None:
                    tests.append(succeeded - entered < output.within.days)
                columns.append(case((and_(*tests), 1), else_=0).label(f"within_{index}"))
        return columns

    def _acquired(self, rows: Any) -> list[ColumnElement[Any]]:
        """A 1-or-0 column for each output that counts customers whose acquisition cost is known."""
        columns: list[ColumnElement[Any]] = []
        for index, output in enumerate(self._draft.outputs):
            if output.known and self._model.acquired and self._model.path_of(output.known.by):
                stored = self._planner.time_column(self._model, self._model.acquired)
                since = literal(stored.midnight(output.known.since), stored.sql_type())
                known = and_(rows.c[f"lead_{index}"] >= since, rows.c[f"from_{index}"].is_not(None))
                columns.append(case((known, 1), else_=0).label(f"known_{index}"))
        return columns

    def _day(self, moment: Any, path: Path) -> ColumnElement[int]:
        stored = self._planner.time_column(self._model, path)
        first = self._bounds[0] if self._bounds else date(1970, 1, 1)
        return day_number(moment, stored, first, self._planner.now.date())

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


def apart(keys: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """Return what to group by: the segment, which is a number of ours, and each key byte for byte."""
    return [keys[0], *map(exactly, keys[1:])]


def day_number(moment: Any, stored: TimeColumn, first: date, last: date) -> ColumnElement[int]:
    """Return the number of the business day that a stored moment between two days falls on."""
    if not stored.needs_shift:
        return local_day(moment, None, stored.form)
    pieces = stored.offsets(first, last + ONE_DAY)
    marks = [literal(bound, stored.sql_type()) for bound, _ in pieces]
    minutes = [ahead for _, ahead in pieces]
    return local_day(moment, _stepwise(moment, marks, minutes, 0, len(marks)), stored.form)


def filter_conditions(
    relation: Relation, model: Model, filters: Sequence[Filter]
) -> list[ColumnElement[bool]]:
    """Return the conditions of filters over a relation that has their paths."""
    paths = ((model.path_of(entry.dimension), entry) for entry in filters)
    return [kept(relation.column(path) if path else null(), entry) for path, entry in paths]


def _as_text(entry: Filter) -> Filter:
    members = (
        member if member.key is None else Member(str(member.key), member.label) for member in entry.members
    )
    return replace(entry, members=tuple(members))


def kept(key: ColumnElement[Any], entry: Filter) -> ColumnElement[bool]:
    """Return the condition of one filter; the missing member is NULL."""
    keys = [member.key for member in entry.members if member.key is not None]
    has_none = any(member.key is None for member in entry.members)
    kept: list[ColumnElement[bool]] = [exact(key).in_(keys)] if keys else []
    if has_none:
        kept.append(key.is_(None))
    if not entry.exclude:
        return or_(*kept)
    if has_none:
        return and_(key.is_not(None), *([exact(key).not_in(keys)] if keys else []))
    return or_(exact(key).not_in(keys), key.is_(None))


def bucket(at: Any, marks: Sequence[Any], low: int, high: int) -> ColumnElement[Any]:
    """Return the index of the segment between two marks that holds `at`, found by halving."""
    if high - low <= 1:
        return literal_column(str(low))
    middle = (low + high) // 2
    return case((at < marks[middle], bucket(at, marks, low, middle)), else_=bucket(at, marks, middle, high))


def _stepwise(
    at: Any, marks: Sequence[Any], values: Sequence[int], low: int, high: int
) -> ColumnElement[Any]:
    """Return the value of the first mark above `at`, found by halving; the last one beyond them all."""
    if high - low <= 1:
        return literal_column(str(values[low]))
    middle = (low + high) // 2
    return case(
        (at < marks[middle - 1], _stepwise(at, marks, values, low, middle)),
        else_=_stepwise(at, marks, values, middle, high),
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
