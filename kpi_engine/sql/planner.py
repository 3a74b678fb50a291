"""Asks to scans: one statement per table, time column and way of counting; pure, never executes.

Every window that is asked for becomes a run of segments between sorted bounds, so that all periods of a
request, whatever their length and overlap, are read in one pass with half-open ranges on the bare time
column. Fine groups are made once and rolled up for each grouping in the same statement; what is counted
apart (customers, orders) becomes one set of segments each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from kpi_engine.domain.metrics import Acquisition, Known, Need
from kpi_engine.domain.models import Measure, Model
from kpi_engine.domain.periods import Grain, Window, shift
from kpi_engine.sql.bounds import bounds_of
from kpi_engine.sql.median_scan import medians
from kpi_engine.sql.pruning import pruned
from kpi_engine.sql.scan import (
    Ask,
    Ground,
    Grouping,
    Output,
    Pass,
    Place,
    Plan,
    Scan,
    Stretch,
    Tally,
    clipped,
)
from kpi_engine.sql.segment_scan import Part, Table, segmented
from kpi_engine.sql.source_rows import Reach, SourceRows
from kpi_engine.sql.tally_scan import TalliedGrouping, tallied

CostsSince = Callable[[Acquisition], date]
"""Says on which day the costs of acquiring customers begin."""

_Grid = tuple[Literal["week", "month"], int]
"""Weeks that begin on one weekday (0: Monday), or calendar months, whose first day is 1."""

LARGE = 1_000
"""A dimension with more members than this is grouped by alone."""
_FINE_GROUPS = 5_000
"""Fine groups for several groupings together are at most about this many in a segment."""
_SHORT = 0.25
"""A time is short beside one that is more than four times as long."""
_ALL_DAYS = 5 * 365
"""Companies have about so many days of history."""
_RUN = 12
"""So many weeks or months that follow each other are counted one by one."""
_WEEK_DAYS = 7
_COLUMNS = 800
"""Databases limit the columns of a result."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The stretches of one ask that one pass reads."""

    index: int
    ask: Ask
    output: Output
    stretches: tuple[Stretch, ...]


class Planner:
    """Turns the asks of one request into scans."""

    def __init__(self, ground: Ground, costs_since: CostsSince) -> None:
        self._ground, self._models = ground, ground.models
        self._costs_since = costs_since

    def plan(self, asks: Sequence[Ask]) -> Plan:
        """Return the statements that answer `asks`, and where each ask's values stand in them."""
        drafts: dict[Pass, list[_Wanted]] = {}
        roots: dict[str, Model] = {}
        for index, ask in enumerate(asks):
            if ask.need.acquired != "rows":
                continue  # no scan holds it, see reading.acquisition_cost
            model, output = self._models[ask.need.measure.model], self.output(ask.need)
            root = pruned(self._models, ask, output)
            if root is not None:
                model, output = root
                roots[model.name] = model
            output = _of_rows(model, output)
            for made, stretches in self._passes(model, ask.need, output, ask.windows):
                drafts.setdefault(made, []).append(_Wanted(index, ask, output, stretches))
        scans: list[Scan] = []
        places: dict[tuple[int, Stretch], Place] = {}
        ground = replace(self._ground, models={**self._models, **roots})
        for made, wanted in drafts.items():
            is_tallied = made.entity is not None
            sets = _together(wanted, ground.models[made.model])
            for together in (part for one in sets for part in (_in_width(one) if is_tallied else [one])):
                scan, found = _Fit(ground, made, together).scan(len(scans))
                scans.append(scan)
                places |= found
        return Plan(tuple(scans), places)

    def output(self, need: Need) -> Output:
        """Return the column of a scan that holds a need's values."""
        acquisition = need.acquisition
        known = Known(acquisition.by, self._costs_since(acquisition)) if acquisition else None
        return Output(self._measure(need), need.within, known)

    def _measure(self, need: Need) -> Measure:
        measure = self._models[need.measure.model].measures[need.measure.measure]
        return replace(measure, agg="count") if need.counts_rows else measure

    def _passes(
        self, model: Model, need: Need, output: Output, windows: Sequence[Window]
    ) -> Iterator[tuple[Pass, tuple[Stretch, ...]]]:
        """Yield the passes that an ask needs, each with the stretches that it reads."""
        measure = output.measure
        stretches = dict.fromkeys(clipped(window, need) for window in windows)
        is_apart = measure.agg == "count_distinct" and measure.first is None
        made = Pass(
            model.name,
            measure.time or model.time,
            measure.first,
            measure.where if measure.first else None,
            measure.when is not None,
            measure.until if need.on else None,
            (measure.of or (model.key,)) if is_apart else None,
        )
        bounded = []
        for stretch in stretches:
            if stretch.is_empty:
                continue
            if stretch.is_open or (stretch.days and not is_apart):
                yield replace(made, alone=stretch), (stretch,)
            else:
                bounded.append(stretch)
        if measure.agg == "median":
            for number, layer in enumerate(_layers(bounded)):
                yield replace(made, alone=(output, number)), tuple(layer)
            return
        if is_apart:
            runs, bounded = _runs(bounded)
            for grid, run in runs.items():
                yield replace(made, entity=None, alone=grid), run
        if bounded:
            yield made, tuple(bounded)


def _of_rows(model: Model, output: Output) -> Output:
    """Return an output that counts rows where it counts different keys of its own table, each of one row."""
    measure = output.measure
    is_key = measure.agg == "count_distinct" and measure.of == (model.key,)
    if not is_key or measure.first or measure.until or measure.when:
        return output
    return replace(output, measure=replace(measure, agg="count"))


@dataclass(slots=True)
class _Use:
    """What is wanted of one grouping."""

    stretches: dict[Stretch, None]
    outputs: dict[int, None]


class _Fit:
    """One statement for what is wanted of one pass."""

    def __init__(self, ground: Ground, made: Pass, wanted: Sequence[_Wanted]) -> None:
        self._ground, self._pass, self._wanted = ground, made, wanted
        self._model = ground.models[made.model]
        self._outputs = tuple(dict.fromkeys(entry.output for entry in wanted))
        first, *others = (entry.ask.where for entry in wanted)
        self._where = tuple(
            entry for entry in dict.fromkeys(first) if all(entry in other for other in others)
        )
        self._uses: dict[Grouping, _Use] = {}
        for entry in wanted:
            use = self._uses.setdefault(self._grouping(entry.ask), _Use({}, {}))
            use.stretches |= dict.fromkeys(entry.stretches)
            use.outputs[self._outputs.index(entry.output)] = None
        stretches = dict.fromkeys(stretch for use in self._uses.values() for stretch in use.stretches)
        self._bounds = bounds_of(tuple(stretches), spreads=self._model.grain == "month")
        self._days = tuple(sorted({day for stretch in stretches for day in stretch.days}))

    def scan(self, number: int) -> tuple[Scan, Mapping[tuple[int, Stretch], Place]]:
        """Return the scan, whose number in the plan is given, and the places of the asks' values."""
        source = self._source()
        groupings = tuple(dict.fromkeys(source.values()))
        table = self._table(groupings)
        placed = SourceRows(self._ground, self._pass, self._reach(table)).placed()
        asked: tuple[TalliedGrouping, ...] = ()
        if self._is_tallied:
            asked = tuple(TalliedGrouping(entry, self._tallies(entry)) for entry in groupings)
            has_union = self._ground.unites(self._model.database)
            days = len(self._days)
            statement = tallied(placed, table, self._outputs, asked, has_union=has_union, days=days)
        elif self._outputs[0].measure.agg == "median":
            statement = medians(placed, table, self._outputs[0], groupings)
        else:
            parts = self._parts(groupings)
            groupings = tuple(entry for part in parts for entry in part.places)
            statement = segmented(placed, table, self._outputs, parts)
        scan = Scan(
            self._model.database,
            self._model,
            statement,
            table.dimensions,
            groupings,
            self._bounds,
            self._days,
            self._outputs,
            tuple(entry.tallies for entry in asked),
            tuple(dict.fromkeys(entry.index for entry in self._wanted)),
        )
        return scan, dict(self._places(number, groupings, source))

    @property
    def _is_tallied(self) -> bool:
        return self._pass.entity is not None

    def _grouping(self, ask: Ask) -> Grouping:
        return Grouping(
            ask.by, tuple(entry for entry in dict.fromkeys(ask.where) if entry not in self._where)
        )

    def _reach(self, table: Table) -> Reach:
        return Reach(self._outputs, table.dimensions, self._where, table.tests, self._bounds, self._days)

    def _table(self, groupings: Sequence[Grouping]) -> Table:
        dimensions = dict.fromkeys(name for entry in groupings for name in entry.by)
        tests = dict.fromkeys(entry.where for entry in groupings)
        return Table(tuple(dimensions), tuple(tests))

    # which groupings are read, and which follow from others

    def _source(self) -> Mapping[Grouping, Grouping]:
        """Return the grouping whose rows give each grouping's values: its own, or a finer one's."""
        found = {}
        for grouping, use in self._uses.items():
            finer = (
                other
                for other, its in self._uses.items()
                if self._adds_up
                and set(grouping.by) < set(other.by)
                and grouping.where == other.where
                and use.stretches.keys() <= its.stretches.keys()
            )
            found[grouping] = max(finer, key=lambda other: len(other.by), default=grouping)
        return {grouping: found[other] for grouping, other in found.items()}

    @property
    def _adds_up(self) -> bool:
        """Whether the values of groups add up to those of coarser ones."""
        return (
            not self._is_tallied
            and self._pass.first is None
            and all(entry.combines for entry in self._outputs)
        )

    def _parts(self, groupings: Sequence[Grouping]) -> tuple[Part, ...]:
        """Return the groupings in parts that share fine groups: large dimensions apart."""
        if not self._adds_up:
            return tuple(Part({entry: self._segments(entry)}) for entry in groupings)
        parts: list[tuple[set[str], dict[Grouping, tuple[int, ...] | None]]] = []
        for entry in groupings:
            names = set(entry.by)
            for dimensions, held in parts:
                if self._fits(dimensions | names) or dimensions == names:
                    dimensions.update(names)
                    held[entry] = self._segments(entry)
                    break
            else:
                parts.append((names, {entry: self._segments(entry)}))
        return tuple(Part(held) for _, held in parts)

    def _fits(self, dimensions: Iterable[str]) -> bool:
        """Whether fine groups by all these dimensions are few."""
        groups = 1
        sizes = self._ground.sizes(tuple(dict.fromkeys(name for use in self._uses for name in use.by)))
        for name in dimensions:
            size = sizes[name]
            if size > LARGE:
                return False
            groups *= max(size, 1)
        return groups <= _FINE_GROUPS

    def _segments(self, grouping: Grouping) -> tuple[int, ...] | None:
        """Return the segments that a grouping needs; None for all."""
        if not self._bounds.days:
            return None
        wanted = {
            place for stretch in self._uses[grouping].stretches for place in self._bounds.touched(stretch)
        }
        is_all = len(wanted) == len(self._bounds.days) - 1
        return None if is_all else tuple(sorted(wanted))

    def _tallies(self, grouping: Grouping) -> tuple[Tally, ...]:
        use = self._uses[grouping]
        outputs: list[int | None] = [None] if grouping.by else []
        sets = (self._bounds.places(stretch, self._days) for stretch in use.stretches)
        every = (Tally(output, places) for places in sets if places for output in (*outputs, *use.outputs))
        return tuple(dict.fromkeys(every))

    def _places(
        self, scan: int, groupings: Sequence[Grouping], source: Mapping[Grouping, Grouping]
    ) -> Iterator[tuple[tuple[int, Stretch], Place]]:
        for entry in self._wanted:
            grouping = self._grouping(entry.ask)
            read = source[grouping]
            keys = tuple(read.by.index(name) for name in grouping.by)
            place = Place(scan, groupings.index(read), keys, self._outputs.index(entry.output))
            for stretch in entry.stretches:
                yield (entry.index, stretch), place


def _together(wanted: Sequence[_Wanted], model: Model) -> Iterator[Sequence[_Wanted]]:
    """Yield what is wanted of one pass in sets that one statement answers well.

    Splits of a short time that need joins of their own are read apart from totals of a long time, whose rows
    would all be joined for them.
    """
    split = [entry for entry in wanted if _is_joined(model, entry.ask.by)]
    others = [entry for entry in wanted if not _is_joined(model, entry.ask.by)]
    if split and others and _days(split) < _SHORT * _days(others):
        yield from _filtered_alike(others)
        yield from _filtered_alike(split)
    else:
        yield from _filtered_alike(wanted)


def _is_joined(model: Model, by: Sequence[str]) -> bool:
    """Whether a split needs a join that the model's rows don't need anyway."""
    paths = (model.path_of(name) or () for name in by)
    return any(
        step not in model.joins or not model.joins[step].required for path in paths for step in path[:-1]
    )


def _days(wanted: Sequence[_Wanted]) -> int:
    """Return how many days lie between the first and the last that is read; of all time, some years."""
    pieces = [piece for entry in wanted for stretch in entry.stretches for piece in stretch.covered]
    starts, ends = [start for start, _ in pieces if start], [end for _, end in pieces if end]
    is_bounded = len(starts) == len(ends) == len(pieces)
    return min((max(ends) - min(starts)).days, _ALL_DAYS) if is_bounded else _ALL_DAYS


def _filtered_alike(wanted: Sequence[_Wanted]) -> Iterator[Sequence[_Wanted]]:
    """Yield what is wanted in sets whose filters go well together.

    Asks of all rows are read with any others. Asks that all have filters share a statement where the same
    dimensions tell them apart, so that their conditions stay on one column.
    """
    common = set(wanted[0].ask.where).intersection(*(entry.ask.where for entry in wanted))
    sets: dict[object, list[_Wanted]] = {}
    rests = {entry.index: [one for one in entry.ask.where if one not in common] for entry in wanted}
    reads_all = not all(rests.values())
    for entry in wanted:
        names = frozenset(one.dimension for one in rests[entry.index])
        sets.setdefault(None if reads_all else names, []).append(entry)
    yield from sets.values()


def _in_width(wanted: Sequence[_Wanted]) -> Iterator[Sequence[_Wanted]]:
    """Yield what is wanted in sets whose numbers, one or two per stretch, fit the columns of one result."""
    width = 0
    held: list[_Wanted] = []
    for entry in wanted:
        each = 2 if entry.ask.by else 1
        most = _COLUMNS // each
        for start in range(0, len(entry.stretches), most):
            part = replace(entry, stretches=entry.stretches[start : start + most])
            numbers = each * len(part.stretches)
            if width + numbers > _COLUMNS:
                yield held
                width, held = 0, []
            width += numbers
            held.append(part)
    yield held


def _runs(
    stretches: Sequence[Stretch],
) -> tuple[Mapping[_Grid, tuple[Stretch, ...]], list[Stretch]]:
    """Return long runs of weeks or months by their grid, and the other stretches.

    What is counted apart is counted once in each segment, so a run whose stretches don't overlap needs no
    set of segments for each customer or order: one group for each stretch is a fraction of the work. Runs
    on one grid never overlap, so that those of several asks share a statement.
    """
    grids: dict[_Grid | None, list[Stretch]] = {}
    for stretch in stretches:
        grids.setdefault(_grid(stretch), []).append(stretch)
    runs = {grid: tuple(run) for grid, run in grids.items() if grid is not None and len(run) >= _RUN}
    return runs, [entry for entry in stretches if _grid(entry) not in runs]


def _grid(stretch: Stretch) -> _Grid | None:
    """Return the weeks or months that a stretch is one of; None where it is neither.

    Nor is it where rows are read by other days.
    """
    start, end = stretch.start, stretch.end
    if stretch.days or stretch.gap or start is None or end is None:
        return None
    if (end - start).days == _WEEK_DAYS:
        return "week", start.weekday()
    is_month = start.day == 1 and end == shift(Grain.MONTH, start, 1)
    return ("month", 1) if is_month else None


def _layers(stretches: Sequence[Stretch]) -> list[list[Stretch]]:
    """Return stretches in sets without overlap: the medians of their segments say nothing about the whole."""
    layers: list[list[Stretch]] = []
    for stretch in sorted(stretches, key=lambda entry: (entry.start or date.min, entry.end or date.max)):
        for layer in layers:
            last = layer[-1]
            is_after = last.end is not None and stretch.start is not None and last.end <= stretch.start
            if is_after and stretch.gap is None and last.gap is None:
                layer.append(stretch)
                break
        else:
            layers.append([stretch])
    return layers
