"""What is asked of the databases, and what one statement reads: asks, stretches of days, scans."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CompoundSelect, Select

from kpi_engine.domain.horizon import Horizon
from kpi_engine.domain.metrics import Known, Lookback, Need, Within
from kpi_engine.domain.models import COMBINABLE, First, Measure, Model, Path
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Filter
from kpi_engine.sql.readable import NumberForm
from kpi_engine.sql.time_columns import TimeColumn

_EARLIEST = date(1900, 1, 1)
"""Where a look at everything earlier begins."""

TimeColumnOf = Callable[[Model, Path], TimeColumn]
"""Says how a time column of a model is stored (the engine reads it once from the database)."""

NumberFormOf = Callable[[Model, Path], NumberForm]
"""Says what a column of numbers may hold besides them."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the statements of one request share: the models, how moments are stored, the clock.

    Rows after `now` are never read. `sizes` tells how many members dimensions have, `unites` whether a
    database unites sets of segments (see sql.bits).
    """

    models: Mapping[str, Model]
    time_column: TimeColumnOf
    now: datetime
    sizes: Callable[[Iterable[str]], Mapping[str, int]]
    unites: Callable[[str], bool]
    number_form: NumberFormOf


@dataclass(frozen=True, slots=True)
class Ask:
    """One need of a metric, over some windows, split by some dimensions, of the rows that pass `where`."""

    need: Need
    windows: tuple[Window, ...]
    by: tuple[str, ...] = ()
    where: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """One aggregated column of a scan: which measure it is, and how its parts are put together."""

    measure: Measure
    within: Within | None
    known: Known | None = None

    @property
    def is_weighed(self) -> bool:
        """Whether the number of rows is read beside the value.

        A mean is put together with it. A sum of nothing is 0, but one of rows without a known amount isn't
        known; where every row counts, the sum alone tells them apart.
        """
        measure = self.measure
        is_tested = measure.where or measure.when or self.within or self.known
        return measure.agg == "avg" or (measure.agg == "sum" and bool(is_tested))

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
    def is_open(self) -> bool:
        """Whether it has no start or no end."""
        return not self.days and (self.start is None or self.end is None)

    @property
    def covered(self) -> tuple[tuple[date | None, date | None], ...]:
        """The days without the gap, as one or two pieces."""
        if self.gap is None:
            return ((self.start, self.end),)
        return ((self.start, self.gap[0]), (self.gap[1], self.end))


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way in which a scan groups its rows: by some dimensions, of the rows that pass `where`.

    `where` are the filters that not every grouping of the scan has in common.
    """

    by: tuple[str, ...]
    where: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Pass:
    """What the asks of one scan have in common: the rows of a model that it passes over.

    `first` keeps the rows of first events, of those that meet `counted`. `tells_history` where rows are
    told apart by the earlier orders of their customer. `until` is the end of what a row covers, where rows
    are read for the days that they cover. `entity` is what is counted apart, None where values add up.
    `alone` separates what can't share a statement (a median, all time).
    """

    model: str
    time: Path | None
    first: First | None = None
    counted: str | None = None
    tells_history: bool = False
    until: Path | None = None
    entity: Path | None = None
    alone: object = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """The days between which the segments of a scan lie, and the days that it reads.

    Segment i is `[days[i], days[i+1])`; without `days` everything is segment 0. `covered` are the pieces
    of time that are read, open where None. `spreads`: rows stand for whole months, whose amounts are spread
    over days.
    """

    days: tuple[date, ...]
    covered: tuple[tuple[date | None, date | None], ...]
    spreads: bool = False

    def places(self, stretch: Stretch, covered: Sequence[date] = ()) -> tuple[int, ...]:
        """Return the segments that lie in a stretch; of one about days, their places among `covered`."""
        if stretch.days and covered:
            return tuple(sorted({covered.index(day) for day in stretch.days}))
        if not self.days:
            return (0,)
        return tuple(
            place
            for start, end in stretch.covered
            for place in range(
                bisect_left(self.days, start or date.min), bisect_right(self.days, end or date.max) - 1
            )
        )

    def touched(self, stretch: Stretch) -> tuple[int, ...]:
        """Return the segments that a stretch needs: those in it, and months that lie in it in part."""
        if not self.spreads or not self.days:
            return self.places(stretch)
        return tuple(
            place
            for start, end in stretch.covered
            for place in range(
                bisect_right(self.days, start or date.min) - 1, bisect_left(self.days, end or date.max)
            )
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """One number of a grouping: how many have a row in one of the segments `places`.

    `output` is the place of the measure whose rows count; None counts every row, to tell which groups there
    are.
    """

    output: int | None
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """One statement of a plan, and what its rows hold.

    A row has the number of its grouping, one key per dimension (`grouping, segment, keys, values`), and its
    values: of one segment, one per output (some with the number of their rows, see Output.is_weighed); or,
    where something is counted apart, `grouping, keys, numbers` with the numbers of `tallies` of its grouping.
    `asks` are the places of the asks that it answers, `days` the days that rows are read for, where rows
    cover days.
    """

    database: str
    model: Model
    statement: Select[Any] | CompoundSelect[Any]
    dimensions: tuple[str, ...]
    groupings: tuple[Grouping, ...]
    bounds: Bounds
    days: tuple[date, ...]
    outputs: tuple[Output, ...]
    tallies: tuple[tuple[Tally, ...], ...]
    asks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an ask's values stand: the scan, its grouping, which of the grouping's keys, which output."""

    scan: int
    grouping: int
    keys: tuple[int, ...]
    output: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The statements that answer some asks, and where the values of each ask and stretch stand in them."""

    scans: tuple[Scan, ...]
    places: Mapping[tuple[int, Stretch], Place]


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
        return Stretch(_before(end, lookback.before_end), end)
    first = _before(start, lookback.before_start)
    if lookback.before_end is None:
        return Stretch(first, start)
    again = _before(end, lookback.before_end)
    return Stretch(min(first, again), end, (start, again) if again > start else None)


def _before(day: date, horizon: Horizon | None) -> date:
    """Return the first day of the horizon before a day, but none before the earliest."""
    if horizon is None:
        return day
    if horizon.days is not None and horizon.days > (day - _EARLIEST).days:
        return _EARLIEST
    return max(horizon.before(day), _EARLIEST)
