"""The answer, as plain values: what every message, summary, export and script is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from kpi_engine.domain.figure import Figure as Figure  # noqa: PLC0414 - re-exported: part of the answer
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.metrics import Direction, Unit
from kpi_engine.domain.periods import Period, Window
from kpi_engine.domain.query import Baseline, Filter, Key, Query


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
