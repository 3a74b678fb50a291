"""The answer, as plain values: what every message, summary, export and script is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from math import fsum
from typing import Literal

from kpi_engine.catalogue import Direction, SummarySection, SummarySpec, Unit
from kpi_engine.figure import Figure as Figure  # noqa: PLC0414 - re-exported: part of the answer
from kpi_engine.periods import Period, Window
from kpi_engine.query import Baseline, Filter, Key, Query


class Verdict(StrEnum):
    """A change in words that follow the evidence."""

    UP = "up"
    DOWN = "down"
    SAME = "unchanged"
    NO_CLEAR_CHANGE = "no clear change"
    NEW = "new"
    FROM_LOSS_TO_PROFIT = "from loss to profit"
    FROM_PROFIT_TO_LOSS = "from profit to loss"
    NO_DATA = "no data"
    NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True, slots=True)
class Team:
    """The rep's own team: its name, how many members it had in the period, and, where the metric adds up,
    what each of them made on average.
    """

    name: str
    members: int
    average: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure against the same figure of another period, or of the rep's whole team.

    `change` is in the metric's own unit (0.02 of a share is two percentage points); `change_pct`
    is a fraction of the base, None where the base is 0 or less and for shares and scores.
    `like_for_like` is the number of working (or, without a calendar, calendar) days compared,
    None where both periods are whole. Two figures that aren't alike have no change; a note says why.
    `good` says whether the change is for the better, None
    where it is neither or not clear. With a `team` the figure is that of all its members together, and
    where they add up the change is the difference to their average.
    """

    to: Baseline
    period: Period
    window: Window
    figure: Figure
    change: float | None
    change_pct: float | None
    verdict: Verdict
    good: bool | None
    like_for_like: int | None = None
    team: Team | None = None


@dataclass(frozen=True, slots=True)
class TargetResult:
    """A target and how far the result came.

    `period` is the span the target is for (a week shows the month to date against the month:
    then `result` is the month's figure to date). `attainment` is result / target, None where
    lower is better or the target is 0; `reached` None while a running period can't tell yet.
    `summed` says that members' targets were added up, because the level has none of its own;
    `is_complete` that the period is over.
    """

    value: float
    period: Period
    result: float | None
    attainment: float | None
    reached: bool | None
    summed: bool = False
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Whether the figure is outside its own usual range, and how that range was found.

    `reason` says why it can't be judged ("too short", "too few", "constant"), else None.
    """

    is_anomaly: bool
    expected: float
    low: float
    high: float
    history: int
    grain: Literal["week", "month"]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One period of a series, oldest first."""

    period: Period
    window: Window
    figure: Figure


@dataclass(frozen=True, slots=True)
class Group:
    """One member (or combination of members) of the dimensions asked for.

    `labels` and `keys` run parallel to the query's `by`; a missing member is None in both.
    """

    labels: tuple[str | None, ...]
    keys: tuple[Key, ...]
    figure: Figure
    comparisons: tuple[Comparison, ...] = ()
    target: TargetResult | None = None
    series: tuple[SeriesPoint, ...] = ()


NoteCode = Literal[
    "maturing",  # share: part of the period's leads whose window isn't over; count
    "begun_today",  # the period begins today, so that no day of it has passed
    "not_begun",  # the period begins later
    "provisional_costs",  # month: costs of the running month may not be complete
    "spread_costs",  # monthly amounts were spread over days
    "few",  # n: too few for a verdict; needed
    "no_rows",  # nothing at all was found under these filters
    "partial_load",  # until: the data stops before the period's end
    "not_additive",  # groups overlap, they don't add up to the total
    "by_bound",  # the groups are in the order of their intervals' bounds, not of their values
    "sized",  # count: groups that pass the question's sizes, of so many; shown: how many of them
    "no_pairs",  # needed: joint baskets that a pair needs
    "no_target",  # the question names the target, and there is none
    "no_group_target",  # the total has a target, the groups have none
    "target_by_month",  # the question names the target, but targets are for whole months
    "runs_on",  # the question compares with a period that still runs; line: the same, like for like
    "all_time",  # the question names an earlier period, and nothing lies before all time
    "against_all_time",  # the question compares with all time
    "today_alone",  # the question compares today, of which no part of an earlier day is like
    "pairs_alone",  # the question compares pairs, which nothing is like
    "no_history",  # the data begins after this period or the compared one does; since
]


@dataclass(frozen=True, slots=True)
class Note:
    """Something the reader must know, as a code with values; the bot has the words."""

    code: NoteCode
    values: Mapping[str, str | int | float | date | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class YoungerCohort:
    """A cohort that is still maturing, at the age that all its leads have reached.

    `same_age` is the answer's own period at that age, `age` in days.
    """

    period: Period
    age: int
    figure: Figure
    same_age: Figure


@dataclass(frozen=True, slots=True)
class LossMakers:
    """The customers who cost more than they brought: how many of how many, in sum, and the worst by name."""

    count: int
    customers: int
    total: float
    worst: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Concentration:
    """What part of the profit the best customers bring: `part` of it by the best `best` (0..1).

    `part` is above 1 where the other customers together lose money. `curve` is the cumulative profit,
    best customers first: (share of the customers, share of the profit), up to (1, 1).
    """

    best: float
    part: float
    customers: int
    curve: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class AtRisk:
    """The customers who wait longer than most ever did, `after` days (the 80th percentile of the waits
    between orders), but aren't lost yet: `count` of `active`, at the period's end.
    """

    count: int
    active: int
    after: int


@dataclass(frozen=True, slots=True)
class ProposedWindow:
    """The window that the company's own waits suggest: 80 and 90 % of `waits` ended within so many days.

    `within` is the window in use.
    """

    within: int
    p80: int
    p90: int
    waits: int


@dataclass(frozen=True, slots=True)
class RollingScore:
    """The score of the months up to the period's end, which rests on more answers."""

    period: Period
    figure: Figure


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The customers at both ends of a period: active_end = active_start - lost + new + returned - gone.

    `inactive` is the share of all customers ever that isn't active at the end.
    """

    active_start: float
    lost: float
    new: float
    returned: float
    gone: float
    active_end: float
    inactive: float | None


@dataclass(frozen=True, slots=True)
class RunningContracts:
    """The customers with a contract at both ends: running_end = running_start - lost + gained."""

    running_start: float
    lost: float
    gained: float
    running_end: float


@dataclass(frozen=True, slots=True)
class ProfitLayers:
    """The revenue of a period, less the goods, less serving the customers; None where that isn't mapped."""

    revenue: float
    cm1: float | None
    cm2: float | None


@dataclass(frozen=True, slots=True)
class AcquisitionCost:
    """What it cost to win the `customers` whose cost is known, against what they brought so far.

    `cm3` is their profit so far less that cost, None where a layer isn't mapped; `unallocated` what was
    spent and won nobody, None where only some customers are asked for.
    """

    customers: int
    cost: float
    revenue: float
    cm3: float | None
    unallocated: float | None


@dataclass(frozen=True, slots=True)
class Responses:
    """How many of those who were asked for a score in the period answered."""

    answered: int
    delivered: int


Finding = (
    Reconciliation
    | RunningContracts
    | ProfitLayers
    | AcquisitionCost
    | Responses
    | YoungerCohort
    | LossMakers
    | Concentration
    | AtRisk
    | ProposedWindow
    | RollingScore
)
"""What doesn't fit in one number. A finding is one dataclass, one template, one member of this union."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything known about one metric for one question.

    `query` is the question of this one metric with period, filters and comparisons made
    explicit. `data_until` is zone-aware. `sql` holds the statements that were run, with the
    values of their parameters written in. `pair_of` names the dimension whose members the groups
    pair, None where they aren't pairs.
    """

    query: Query
    metric: str
    unit: Unit
    currency: str | None
    direction: Direction
    period: Period
    window: Window
    filters: tuple[Filter, ...]
    figure: Figure
    comparisons: tuple[Comparison, ...] = ()
    target: TargetResult | None = None
    anomaly: Anomaly | None = None
    groups: tuple[Group, ...] = ()
    series: tuple[SeriesPoint, ...] = ()
    findings: tuple[Finding, ...] = ()
    data_until: datetime | None = None
    notes: tuple[Note, ...] = ()
    sql: tuple[str, ...] = ()
    pair_of: str | None = None

    @property
    def by(self) -> tuple[str, ...]:
        """The names of the groups' columns: the dimensions asked for, or an item and what goes with it."""
        return self.query.by if self.pair_of is None else (self.pair_of, "with")


@dataclass(frozen=True, slots=True)
class ChangePart:
    """What one member adds to a change, in the metric's unit; `label` and `key` None for the missing one.

    Of a rate's part, `rate` comes from the member's own rate and `mix` from its weight; else both are None.
    """

    label: str | None
    key: Key
    figure: Figure
    base: Figure
    part: float
    mix: float | None = None
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A change split by one dimension: the parts add up to it, those in its direction first.

    `concentration` (0..1) says how much of it few members make (see analysis.drivers).
    """

    dimension: str
    concentration: float
    parts: tuple[ChangePart, ...]

    @property
    def total(self) -> float:
        """The sum of the parts: the change."""
        return fsum(entry.part for entry in self.parts)


@dataclass(frozen=True, slots=True)
class VolumePriceMix:
    """What a change of a value is made of, by the items of a dimension (see analysis.volume).

    `pieces` and `pieces_before` are how many were sold in both periods.
    """

    dimension: str
    volume: float
    price: float
    mix: float
    other: float
    pieces: float
    pieces_before: float

    @property
    def total(self) -> float:
        """The sum of the parts: the change."""
        return fsum((self.volume, self.price, self.mix, self.other))


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a figure differs from that of another period.

    `question` is the query with its period made explicit. The parts of every breakdown add up to the
    comparison's change. `breakdowns` are the dimensions tried, the one that concentrates the change most
    first; `skipped` those over which the groups don't add up to the total. `sold` says volume, price and
    mix, None where the metric's model has no `quantity` beside its value. `season` is the figure of the
    same days a year before, with the same comparison, None where the data doesn't reach back.
    """

    question: Query
    answer: Answer
    comparison: Comparison
    breakdowns: tuple[Breakdown, ...]
    skipped: tuple[str, ...] = ()
    sold: VolumePriceMix | None = None
    season: Answer | None = None
    sql: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a summary: the section of its file and the answers it shows."""

    spec: SummarySection
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The weekly or monthly summary: the answers it is made of, in the order of its file.

    `left_out` holds the lines of its file that this database can't answer, `withheld` those of which
    its readers may see nothing.
    """

    spec: SummarySpec
    period: Period
    sections: tuple[Section, ...]
    data_until: datetime | None
    left_out: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
