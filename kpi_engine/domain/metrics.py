"""Metrics, and the protocol that every kind of metric fulfils."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from kpi_engine.domain.figure import Figure
from kpi_engine.domain.models import Model, Path
from kpi_engine.domain.periods import Grain, Period, last_complete
from kpi_engine.domain.titles import Place, Title

Unit = Literal["money", "count", "share", "score", "ratio", "days"]

Direction = Literal["up", "down", "neutral"]

ChangeStyle = Literal["amount", "profit", "share", "score"]
"""How a change is judged: as it is, as one between loss and profit, as a difference of two shares, or of
two Net Promoter Scores.
"""


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


@dataclass(frozen=True, slots=True)
class Success:
    """What follows entries to their success: the measure that counts them, and the column of its model
    that says when one succeeded.
    """

    entered: MeasureRef
    at: Path


@dataclass(frozen=True, slots=True)
class Lapse:
    """When a customer is lost: after `within` days without one of the events that `active` counts."""

    active: MeasureRef
    within: int


@dataclass(frozen=True, slots=True)
class MaturingMonth:
    """A complete month that can't be judged yet: all its entries are at least `age` days old, and
    `at_age` is the kind that judges every entry at that age.
    """

    period: Period
    age: int
    at_age: Kind


@dataclass(frozen=True, slots=True)
class PairsOf:
    """Pairs of members of the dimension `item` that meet in one `basket` (a column of the model of `value`).

    `value` sums what a line is worth. Pairs with fewer than `min_joint` joint baskets aren't judged;
    those found at the false-discovery rate `q` (None: all with a lift above 1) win. `within`: the two
    were bought at most so many days apart (None: whenever in the basket). `exclude`: keys of items that
    are no product.
    """

    value: MeasureRef
    basket: str
    item: str
    min_joint: int
    q: float | None
    within: int | None = None
    exclude: tuple[str | int, ...] = ()


class Kind(Protocol):
    """How a metric is computed: which measures it needs and what becomes of their values.

    A kind inherits from this class and answers what is particular to it: its name, its measures, needs,
    figure and formula always, anything else only where the answer differs from the usual one below.
    """

    __slots__ = ()

    @property
    def name(self) -> str:
        """The word after `kind:` in a metric's file."""
        ...

    # what its numbers are like

    @property
    def is_share(self) -> bool:
        """Whether the numerator counts part of what the denominator counts."""
        return False

    @property
    def is_fraction(self) -> bool:
        """Whether the figure is one amount over another, so that groups add up in their denominators."""
        return self.is_share

    @property
    def is_additive(self) -> bool:
        """Whether targets and results add up over months and members."""
        return False

    @property
    def can_be_negative(self) -> bool:
        """Whether a figure, and so a target, may be below zero."""
        return False

    @property
    def judged_as(self) -> ChangeStyle:
        """How a change of the figure is judged."""
        return "share" if self.is_share else "amount"

    # which questions it can be asked

    @property
    def matures(self) -> bool:
        """Whether recent periods are not judged before some days have passed."""
        return False

    @property
    def compares_ends(self) -> bool:
        """Whether it compares the two ends of a period: all time has none, each one needs its own scans."""
        return False

    @property
    def pairs(self) -> PairsOf | None:
        """The pairs that are listed in place of a figure made of measures."""
        return None

    @property
    def lists_groups(self) -> bool:
        """Whether the metric is a list of groups by itself, such as pairs, so that it takes no split."""
        return self.pairs is not None

    def default_period(self, today: date, grain: Grain, count: int) -> Period:
        """The last `count` grains that the metric can judge, for a question without a period."""
        return last_complete(grain, today, count)

    def refuses(self, model: Model, dimension: str) -> str | None:  # noqa: ARG002 - for kinds that must refuse
        """Why a split by a dimension of `model` would mislead, else None."""
        return None

    # what it is made of

    def measures(self) -> tuple[MeasureRef, ...]:
        """Every measure that it reads."""
        ...

    def beside(self) -> tuple[tuple[MeasureRef, ...], ...]:
        """The measures again, in sets whose counts add up; one set where nothing is counted twice over.

        A dimension that only one set has is still one of the metric: the other rows are "(none)".
        """
        return (self.measures(),)

    def needs(self, today: date) -> tuple[Need, ...]:
        """The measures of one window, by name."""
        ...

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """The number made of one cell's needs."""
        ...

    def formula(self) -> str:
        """How the number is made of its measures: its words can be said in another language."""
        ...

    # what its rows must be like

    @property
    def needs_whole_orders(self) -> bool:
        """Whether a measure that keeps only some lines of an order (when:) would falsify it."""
        return False

    @property
    def success(self) -> Success | None:
        """The success that entries are followed to; it can't come before the entry."""
        return None

    def exclusive(self) -> tuple[tuple[MeasureRef, MeasureRef], ...]:
        """Pairs of measures that may not count the same row, such as promoters and detractors."""
        return ()

    # how a change is explained

    def splits(self, models: Mapping[str, Model], dimensions: Sequence[str]) -> bool:  # noqa: ARG002 - for kinds of one measure
        """Whether a change is made of its members' parts: that of medians, means and pairs isn't."""
        return bool(dimensions) and not self.lists_groups

    def pieces(self, models: Mapping[str, Model]) -> Kind | None:  # noqa: ARG002 - for kinds of one measure
        """The number of pieces behind the value of what is sold, where the same rows tell it."""
        return None

    # what is found beside a figure

    @property
    def lapse(self) -> Lapse | None:
        """When a customer counts as lost, where that is what the figure counts."""
        return None

    @property
    def pooled_months(self) -> int | None:
        """How many months together give a steadier figure than one, None where one is enough."""
        return None

    def maturing(self, today: date) -> tuple[MaturingMonth, ...]:  # noqa: ARG002 - for kinds that mature
        """The complete months that can't be judged yet, oldest first."""
        return ()

    def by_customer(self) -> Kind | None:
        """What each customer brings, where some may bring a loss."""
        return None


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
