"""What a question needs to know from the databases, as plain values that can be compared and merged.

Each value says by itself what is read, its filters included, so that equal ones of several questions
are one, and alike ones can share a statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from kpi_engine.domain.metrics import Kind, MeasureRef, Metric
from kpi_engine.domain.models import Path
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Filter, Key, Sized


@dataclass(frozen=True, slots=True)
class FiguresOf:
    """The figures of a kind over some windows, of everything, and with `by` of each group as well.

    `only`: the only groups that are read, where they were chosen before.
    """

    spec: Kind
    filters: tuple[Filter, ...]
    windows: tuple[Window, ...]
    by: tuple[str, ...] = ()
    group_windows: tuple[Window, ...] = ()
    only: tuple[Key, ...] | None = None


@dataclass(frozen=True, slots=True)
class ChosenOf:
    """The members of a dimension that a question shows: the first `count` by a kind's figure in a window.

    They are chosen in the database, of those whose figures lie between the bounds in `sized`, each with its
    own kind. `count` None: all of those. `end`: shares are ordered by that end of their interval.
    """

    spec: Kind
    filters: tuple[Filter, ...]
    window: Window
    dimension: str
    count: int | None
    most_first: bool
    end: Literal["low", "high"] | None = None
    sized: tuple[tuple[Kind, Sized], ...] = ()


@dataclass(frozen=True, slots=True)
class ChangedOf:
    """The `count` members of a dimension whose parts of a change from `base` to `window` are largest."""

    spec: Kind
    filters: tuple[Filter, ...]
    window: Window
    base: Window
    dimension: str
    count: int


@dataclass(frozen=True, slots=True)
class SpreadOf:
    """How the figure of a kind in a window is spread over the members of a dimension."""

    spec: Kind
    filters: tuple[Filter, ...]
    window: Window
    dimension: str


@dataclass(frozen=True, slots=True)
class LabelsOf:
    """The labels of some members of a dimension."""

    dimension: str
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class SpanOf:
    """From when to when a model has rows, by its own time or by that of a measure (`time`)."""

    model: str
    time: Path | None = None


@dataclass(frozen=True, slots=True)
class DaysOf:
    """How many rows each day of a model has, by its own time or by that of a measure (`time`)."""

    model: str
    time: Path | None = None


@dataclass(frozen=True, slots=True)
class UnreadableOf:
    """How many rows of a measure, of those that pass some filters, have values that can't be read."""

    model: str
    measure: str
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class MembersOf:
    """The members of a dimension that a metric may be split by."""

    dimension: str
    metric: Metric


@dataclass(frozen=True, slots=True)
class ActiveMembersOf:
    """The members of a dimension that are shown in a window even where they have no rows."""

    members: MembersOf
    filters: tuple[Filter, ...]
    window: Window


@dataclass(frozen=True, slots=True)
class TargetsOf:
    """The targets of a metric for the months that begin in `[start, end)`."""

    metric: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class WaitsOf:
    """How long customers wait between two of the events that a measure counts, before `until`.

    And how many wait longer than most ever did, since a last event on `active_since` or later.
    """

    events: MeasureRef
    filters: tuple[Filter, ...]
    active_since: date
    until: date


Wanted = (
    FiguresOf
    | SpreadOf
    | LabelsOf
    | SpanOf
    | DaysOf
    | UnreadableOf
    | MembersOf
    | ActiveMembersOf
    | TargetsOf
    | WaitsOf
)
