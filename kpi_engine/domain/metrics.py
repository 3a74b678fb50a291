"""Metrics, and the protocol that every kind of metric fulfils."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from kpi_engine.domain.figure import Figure
from kpi_engine.domain.models import Model, Path
from kpi_engine.domain.periods import Grain, Period
from kpi_engine.domain.titles import Place, Title

Unit = Literal["money", "count", "share", "score", "ratio", "days"]

Direction = Literal["up", "down", "neutral"]


@dataclass(frozen=True, slots=True)
class MeasureRef:
    """A measure of a model, as metrics name it."""

    model: str
    measure: str

    def is_in(self, models: Mapping[str, Model]) -> bool:
        """Whether somebody maps it."""
        return self.model in models and self.measure in models[self.model].measures


@dataclass(frozen=True, slots=True)
class Within:
    """Keep the rows whose `succeeded` falls on a day 0 to `days` - 1 after the row's own time.

    Days are calendar days of the business zone; `days` None means ever.
    """

    succeeded: Path
    days: int | None


EVER = 1_000_000
"""More days than any company has."""


@dataclass(frozen=True, slots=True)
class Lookback:
    """Read other days than the window's own: so many before its start, before its end, or both together.

    None leaves one out; EVER reads all earlier days.
    """

    before_start: int | None = None
    before_end: int | None = None


@dataclass(frozen=True, slots=True)
class Acquisition:
    """What winning a customer cost: the `cost` of the `by` (source) and month of the customer's lead,
    shared by all customers that were won from that month's leads of it.

    `customers` counts the customers by their first event; its model says when their leads came in
    (Model.acquired).
    """

    cost: MeasureRef
    customers: MeasureRef
    by: str


@dataclass(frozen=True, slots=True)
class Known:
    """Keep the rows of customers whose acquisition cost is known: their lead came from a member of `by`,
    on or after the day `since` on which the costs begin.
    """

    by: str
    since: date


@dataclass(frozen=True, slots=True)
class Need:
    """A measure that a kind needs for each window, under a name of its own.

    `until` cuts every window: days from it on are not read. `since` likewise drops earlier days.
    `lookback` moves the window first. With `acquisition` only what belongs to customers whose
    acquisition cost is known counts: the rows of the measure, or of the customers whose first event
    falls in the window that cost itself, or how many they are; or the cost that won nobody. `on` asks a
    measure with `until` for the rows that cover the window's first day, the day after its end, or either.
    """

    name: str
    measure: MeasureRef
    within: Within | None = None
    since: date | None = None
    until: date | None = None
    lookback: Lookback | None = None
    acquisition: Acquisition | None = None
    acquired: Literal["rows", "cost", "customers", "unallocated"] = "rows"
    on: tuple[Literal["start", "end"], ...] = ()


class Kind(Protocol):
    """How a metric is computed: which measures it needs and what becomes of their values."""

    @property
    def name(self) -> str:
        """The word after `kind:` in a metric's file."""
        ...

    @property
    def is_share(self) -> bool:
        """Whether the numerator counts part of what the denominator counts."""
        ...

    @property
    def is_additive(self) -> bool:
        """Whether targets and results add up over months and members."""
        ...

    @property
    def matures(self) -> bool:
        """Whether recent periods are not judged before some days have passed."""
        ...

    @property
    def compares_ends(self) -> bool:
        """Whether it compares the two ends of a period: all time has none, each one needs its own scans."""
        ...

    @property
    def lists_groups(self) -> bool:
        """Whether the metric is a list of groups by itself, such as pairs, so that it takes no split."""
        ...

    def measures(self) -> tuple[MeasureRef, ...]:
        """Every measure that it reads."""
        ...

    def beside(self) -> tuple[tuple[MeasureRef, ...], ...]:
        """The measures again, in sets whose counts add up; one set where nothing is counted twice over.

        A dimension that only one set has is still one of the metric: the other rows are "(none)".
        """
        ...

    def needs(self, today: date) -> tuple[Need, ...]:
        """The measures of one window, by name."""
        ...

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """The number made of one cell's needs."""
        ...

    def default_period(self, today: date, grain: Grain, count: int) -> Period:
        """The last `count` grains that the metric can judge, for a question without a period."""
        ...

    def formula(self) -> str:
        """How the number is made of its measures: its words can be said in another language."""
        ...

    def refuses(self, model: Model, dimension: str) -> str | None:
        """Why a split by a dimension of `model` would mislead, else None."""
        ...


@dataclass(frozen=True, slots=True)
class Metric:
    """A KPI: what it is called, how it is computed (`spec`), in which unit, and which way is good.

    `dimensions` are those that all its models reach, in the order of the shipped dimensions,
    narrowed by the metric's own list where it has one. `is_shipped`: the operator's directory
    doesn't define it.
    """

    name: str
    title: Title
    description: Title
    spec: Kind
    unit: Unit
    better: Direction
    dimensions: tuple[str, ...]
    place: Place
    aliases: tuple[str, ...] = ()
    owner: str | None = None
    source: str | None = None
    is_shipped: bool = False
