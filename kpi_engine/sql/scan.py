"""What is asked of the databases, and what one statement reads: asks, stretches of days, scans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select

from kpi_engine.domain.horizon import Horizon
from kpi_engine.domain.metrics import Known, Lookback, Need, Within
from kpi_engine.domain.models import COMBINABLE, Measure, Model, Path
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Filter
from kpi_engine.sql.time_columns import TimeColumn

_EARLIEST = date(1900, 1, 1)
"""Where a look at everything earlier begins."""

TimeColumnOf = Callable[[Model, Path], TimeColumn]
"""Says how a time column of a model is stored (the engine reads it once from the database)."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What the statements of one question share: the models, its filters, how moments are stored, the clock.

    Rows after `now` are never read.
    """

    models: Mapping[str, Model]
    filters: Sequence[Filter]
    time_column: TimeColumnOf
    now: datetime


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
class Draft:
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
