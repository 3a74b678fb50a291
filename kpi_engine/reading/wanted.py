"""What a question needs to know from the databases, as plain values that can be compared and merged.

Each value says by itself what is read, its filters included, so that equal ones of several questions
are one, and alike ones can share a statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kpi_engine.domain.metrics import Kind, MeasureRef, Metric
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Filter


@dataclass(frozen=True, slots=True)
class FiguresOf:
    """The figures of a kind over some windows, of everything, and with `by` of each group as well.

    `is_apart`: read in statements of its own, since its groups over all other windows would be many rows.
    """

    spec: Kind
    filters: tuple[Filter, ...]
    windows: tuple[Window, ...]
    by: tuple[str, ...] = ()
    group_windows: tuple[Window, ...] = ()
    is_apart: bool = False


@dataclass(frozen=True, slots=True)
class SpanOf:
    """From when to when a model has rows."""

    model: str


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


Wanted = FiguresOf | SpanOf | MembersOf | ActiveMembersOf | TargetsOf | WaitsOf
