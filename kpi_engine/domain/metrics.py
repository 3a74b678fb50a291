"""Metrics, and the protocol that every kind of metric implements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from kpi_engine.domain.figure import Figure
from kpi_engine.domain.horizon import Horizon
from kpi_engine.domain.models import Model, Path
from kpi_engine.domain.periods import AnyGrain, Period, Window, last_complete
from kpi_engine.domain.titles import Place, Title

Unit = Literal["money", "count", "share", "score", "ratio", "days"]

Direction = Literal["up", "down", "neutral"]

ChangeStyle = Literal["count", "amount", "mean", "cost", "profit", "margin", "share", "score", "none"]
"""How a change is judged, by where its noise comes from (see analysis.evidence).

A count of cases; the sum or the mean of rows; a cost for each case, of which the cases alone bring noise; a
sum that may be a loss; profit as a part of revenue; a share of cases; a Net Promoter Score; not at all.
"""


@dataclass(frozen=True, slots=True)
class MeasureRef:
    """A metric's reference to a measure of a model."""

    model: str
    measure: str

    def is_in(self, models: Mapping[str, Model]) -> bool:
        """Whether `models` contains the measure."""
        return self.model in models and self.measure in models[self.model].measures


@dataclass(frozen=True, slots=True)
class Within:
    """Keep the rows whose `succeeded` falls on the row's own day or later, within the horizon of that day.

    Days are calendar days of the business zone; `horizon` None means ever.
    """

    succeeded: Path
    horizon: Horizon | None


EVER = Horizon(days=1_000_000)
"""A horizon that exceeds the history of any company."""


@dataclass(frozen=True, slots=True)
class Lookback:
    """Read days outside the window: those of a horizon before its start, before its end, or both.

    None disables a bound; EVER reads all earlier days.
    """

    before_start: Horizon | None = None
    before_end: Horizon | None = None


@dataclass(frozen=True, slots=True)
class Acquisition:
    """The acquisition cost of a customer.

    The `cost` for the `by` (source) and month of the customer's lead is divided among all customers won
    from the leads of that source and month. `customers` counts customers by their first event; its
    model holds the time of their leads (Model.acquired).
    """

    cost: MeasureRef
    customers: MeasureRef
    by: str


@dataclass(frozen=True, slots=True)
class Known:
    """Keep the rows of customers whose acquisition cost is known.

    Their lead came from a member of `by`, on or after `since`, the first day with costs.
    """

    by: str
    since: date


@dataclass(frozen=True, slots=True)
class Need:
    """A named measure that a kind needs for each window.

    `since` (inclusive) and `until` (exclusive) limit the days read. `lookback` moves the window first.
    `counts_rows`: how many rows the measure adds up, instead of their sum.
    With `acquisition`, only customers whose acquisition cost is known count, and `acquired` selects the
    value: the measure's "rows", the "cost" or the number ("customers") of those whose first event falls
    in the window, or the "unallocated" cost that won no customer. `on` applies to measures with `until`:
    read the rows that cover the window's first day ("start"), the day after its end ("end"), or either.
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
    counts_rows: bool = False

    @property
    def read_whole(self) -> tuple[MeasureRef, ...]:
        """The measures that are read over all rows, whatever the question's filters keep."""
        if self.acquisition is None:
            return ()
        return self.acquisition.cost, self.acquisition.customers


@dataclass(frozen=True, slots=True)
class Success:
    """How entries are followed to their success.

    `entered` is the measure that counts the entries; `at` is the column of its model with the time of
    success.
    """

    entered: MeasureRef
    at: Path


@dataclass(frozen=True, slots=True)
class Lapse:
    """When a customer counts as lost: when `within` has passed without an event counted by `active`."""

    active: MeasureRef
    within: Horizon


@dataclass(frozen=True, slots=True)
class YoungEntries:
    """Entries that can't be judged yet, of a whole period or of the first part of a running one.

    All are at least `age` days old; `at_age` is the kind that judges every entry at that age.
    """

    period: Period
    age: int
    at_age: Kind


@dataclass(frozen=True, slots=True)
class PairsOf:
    """Pairs of members of the dimension `item` in the same `basket` (a column of the model of `value`).

    `value` sums the value of a line. Pairs with fewer than `min_joint` joint baskets aren't judged.
    `q` is the false-discovery rate for selecting pairs; None selects all with a lift above 1. `within`
    is the longest time between the two purchases (its last day included), None for no limit. `exclude`
    lists the keys of items that aren't products.
    """

    value: MeasureRef
    basket: str
    item: str
    min_joint: int
    q: float | None
    within: Horizon | None = None
    exclude: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Weighed:
    """A figure as a weighted sum of its needs' values, by their names, divided by another if there is one.

    Both sums add up over rows, so that a database can work out the figure of every member by itself.
    """

    above: Mapping[str, int]
    below: Mapping[str, int] = field(default_factory=dict)


class Kind(Protocol):
    """How a metric is computed: the measures it needs and how their values are combined.

    Subclasses must implement `name`, `measures`, `needs`, `figure` and `formula`. They override the
    other members only if the default doesn't apply.
    """

    __slots__ = ()

    # properties of the figure

    @property
    def is_share(self) -> bool:
        """Whether the numerator counts part of what the denominator counts."""
        return False

    @property
    def is_fraction(self) -> bool:
        """Whether the figure is a ratio of two amounts, so that the denominators of groups add up."""
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

    @property
    def yields(self) -> MeasureRef | None:
        """What an amount above the line is spent for, counted below it; None for other figures."""
        return None

    # supported questions

    @property
    def matures(self) -> bool:
        """Whether recent periods can be judged only after a number of days."""
        return False

    @property
    def compares_ends(self) -> bool:
        """Whether it compares the start and end of a period.

        All time has neither and is not supported. Every period needs its own scans.
        """
        return False

    @property
    def pairs(self) -> PairsOf | None:
        """The pairs to list instead of a figure, or None."""
        return None

    @property
    def lists_groups(self) -> bool:
        """Whether the metric is itself a list of groups, such as pairs, and can't be split."""
        return self.pairs is not None

    def default_period(self, today: date, grain: AnyGrain, count: int) -> Period:
        """Return the period for a question without one: the last `count` grains that can be judged."""
        return last_complete(grain, today, count)

    def refuses(self, model: Model, dimension: str) -> str | None:  # noqa: ARG002 - for kinds that must refuse
        """Return why a split by a dimension of `model` would mislead, or None if it is allowed."""
        return None

    # measures

    def measures(self) -> tuple[MeasureRef, ...]:
        """Return every measure that the kind reads."""
        ...

    def beside(self) -> tuple[tuple[MeasureRef, ...], ...]:
        """Return the measures in sets whose counts add up; by default one set.

        A dimension found in only one set still belongs to the metric; the other rows are "(none)".
        """
        return (self.measures(),)

    def needs(self, today: date) -> tuple[Need, ...]:
        """Return the named measures to read for one window."""
        ...

    def narrowed(self) -> Kind | None:
        """Return the kind without the parts that are read over all rows (`Need.read_whole`).

        It is what people see who don't see everything. None if the figure itself is made of such a part.
        """
        return self

    def figure(self, values: Mapping[str, float | None]) -> Figure:
        """Return the figure computed from the values of one cell."""
        ...

    def weighed(self) -> Weighed | None:
        """Return the figure as weighted sums of needs, or None if it isn't made so."""
        return None

    def joined(self, figures: Sequence[Figure], models: Mapping[str, Model]) -> Figure | None:  # noqa: ARG002 - for kinds that divide
        """Return the figure of several months together, None if it doesn't follow from theirs."""
        known = [figure.value for figure in figures if figure.value is not None]
        return Figure(sum(known) if known else None) if self.is_additive else None

    def adds_up(self, models: Mapping[str, Model]) -> bool:
        """Return whether all measures add up over months: no distinct customers, no medians."""
        return all(models[ref.model].measures[ref.measure].agg in ("count", "sum") for ref in self.measures())

    def formula(self) -> str:
        """Return a translatable description of how the figure is computed from its measures."""
        ...

    # requirements on the rows

    @property
    def needs_whole_orders(self) -> bool:
        """Whether a measure that keeps only some lines of an order (`when:`) would make the figure wrong."""
        return False

    @property
    def success(self) -> Success | None:
        """The success that entries are followed to, which can't precede the entry."""
        return None

    def exclusive(self) -> tuple[tuple[MeasureRef, MeasureRef], ...]:
        """Pairs of measures that may not count the same row, such as promoters and detractors."""
        return ()

    # explaining a change

    def splits(self, models: Mapping[str, Model], dimensions: Sequence[str]) -> bool:  # noqa: ARG002 - for kinds of one measure
        """Return whether a change is the sum of its members' parts (not for medians, means and pairs)."""
        return bool(dimensions) and not self.lists_groups

    def pieces(self, models: Mapping[str, Model]) -> Kind | None:  # noqa: ARG002 - for kinds of one measure
        """Return the measure of pieces sold if the rows of the value contain it, else None."""
        return None

    # additional findings

    @property
    def lapse(self) -> Lapse | None:
        """When a customer counts as lost, for figures that count lost customers; else None."""
        return None

    @property
    def pooled_months(self) -> int | None:
        """How many months to pool for a steadier figure, or None if one month is enough."""
        return None

    def maturing(self, today: date) -> tuple[YoungEntries, ...]:  # noqa: ARG002 - for kinds that mature
        """Return the complete months that can't be judged yet, oldest first."""
        return ()

    def young_in(self, window: Window, today: date) -> YoungEntries | None:  # noqa: ARG002 - as above
        """Return the entries of a window of which most can't be judged yet, else None."""
        return None

    def by_customer(self) -> Kind | None:
        """What each customer brings, where some may bring a loss."""
        return None


@dataclass(frozen=True, slots=True)
class Metric:
    """A KPI: its name, its computation (`spec`), its unit and its favourable direction.

    `dimensions` holds the dimensions available in all its models, in the order of the shipped
    dimensions, limited to the metric's own list if it has one. `is_shipped` is True if the operator's
    directory doesn't define the metric.
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

    @property
    def yields(self) -> MeasureRef | None:
        """The count that its cost is spent for, such as leads; None where the metric is no cost of one."""
        return self.spec.yields if self.unit == "money" and self.better == "down" else None
