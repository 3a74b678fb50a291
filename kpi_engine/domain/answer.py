"""The answer as plain values. Messages, summaries, exports and scripts are built from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from kpi_engine.domain.figure import Figure as Figure  # noqa: PLC0414 - re-exported: part of the answer
from kpi_engine.domain.figure import is_without_yield
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.metrics import Direction, Unit
from kpi_engine.domain.periods import Period, Window
from kpi_engine.domain.query import Baseline, Filter, Key, Query
from kpi_engine.domain.statements import RunStatement
from kpi_engine.domain.titles import Title


class Verdict(StrEnum):
    """The verdict on a change, as supported by the data."""

    CLEARLY_UP = "clearly up"
    UP = "up"
    LEANING_UP = "leaning up"
    NO_CLEAR_CHANGE = "no clear change"
    LEANING_DOWN = "leaning down"
    DOWN = "down"
    CLEARLY_DOWN = "clearly down"
    SAME = "unchanged"
    TOO_FEW = "too few"
    NEW = "new"
    FROM_LOSS_TO_PROFIT = "from loss to profit"
    FROM_PROFIT_TO_LOSS = "from profit to loss"
    NO_DATA = "no data"
    NOT_COMPARABLE = "not comparable"
    NOT_JUDGED = "not judged"

    @property
    def direction(self) -> Literal["up", "down"] | None:
        """Where a change goes that is more than chance; None where that isn't sure."""
        if self in (Verdict.CLEARLY_UP, Verdict.UP, Verdict.NEW, Verdict.FROM_LOSS_TO_PROFIT):
            return "up"
        if self in (Verdict.CLEARLY_DOWN, Verdict.DOWN, Verdict.FROM_PROFIT_TO_LOSS):
            return "down"
        return None

    @property
    def is_judged(self) -> bool:
        """Whether there was a change to judge, and enough known to judge it."""
        return self not in (Verdict.NO_DATA, Verdict.NOT_COMPARABLE, Verdict.NOT_JUDGED)


Basis = Literal["range", "comparison"]
"""What a verdict rests on: the figure's own usual range, or a period that it is compared with."""


@dataclass(frozen=True, slots=True)
class Team:
    """The rep's own team: its name, its number of members in the period and their average result.

    `average` is None for metrics that are not additive, and if the team has no data or no members.
    """

    name: str
    members: int
    average: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure compared with the same figure for another period or for the rep's whole team.

    `change` is in the metric's own unit (0.02 of a share is two percentage points); `change_pct`
    is a fraction of the base, None where the base is 0 or less and for shares and scores.
    `like_for_like` is the number of working (or, without a calendar, calendar) days compared,
    None where both periods are whole. Figures that can't be compared have no change; a note gives the
    reason. `good` is True for an improvement, False for a deterioration and None if it is neither or
    unclear. With a `team`, the figure covers all its members together; for additive metrics the change
    is the difference from their average. Where the figures rest on too few rows or cases, `needed` is how
    many each would take. `is_seasonal`: the verdict is on what is left of the change beside that of the same
    periods in earlier years; `is_usual`: that is what makes a change that would stand out an ordinary one.
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
    needed: int | None = None
    is_seasonal: bool = False
    is_usual: bool = False


def first_judged(comparisons: Iterable[Comparison]) -> Comparison | None:
    """Return the first comparison that could be judged, whose verdict is the one of its line."""
    return next((entry for entry in comparisons if entry.verdict.is_judged), None)


@dataclass(frozen=True, slots=True)
class Landing:
    """Where the figure of a running month is expected to end.

    `low` and `high` bound 80 % of the likely ends; `chance` (0 to 1) is that of reaching the target.
    `days_done` of `days` working days are over and loaded, `days_missing` are over and not loaded; without a
    calendar every day counts. `needed` is what each remaining working day must
    bring to reach the target, None where none remains; `recent` is the mean of the last ten working days.
    `is_plain` is True where the history is too short, so that the rate to date is carried on.
    """

    expected: float
    low: float
    high: float
    chance: float
    days_done: int
    days: int
    needed: float | None
    recent: float | None
    is_plain: bool
    days_missing: int = 0


@dataclass(frozen=True, slots=True)
class TargetShare:
    """Of which quarters or years (`periods`) a target is a part, as one was set for the whole of each.

    Of a single one, `value` is its whole target, and the part has `days` of its `of` working days; they are
    None for several, and for rates, of which a part has the target of the whole.
    """

    periods: tuple[Period, ...]
    value: float | None = None
    days: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class TargetResult:
    """A target and the result measured against it.

    `period` is the span the target covers. For a week, that is the whole month, and `result` is the
    figure for the month to date. `attainment` is result / target, None where
    lower is better or the target is 0. `reached` is None while a running period is still undecided.
    `summed` is True if the members' targets were added up because the level has no target of its own.
    `is_complete` is True if the period is over. `landing` is that of a running month whose end can be
    forecast, else None. `share` is set if the target is a part of one that is set for a longer period.
    """

    value: float
    period: Period
    result: float | None
    attainment: float | None
    reached: bool | None
    summed: bool = False
    is_complete: bool = True
    landing: Landing | None = None
    share: TargetShare | None = None


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Whether the figure is outside its own usual range, and how that range was found.

    `reason` is "too short", "too few" or "constant" if the figure can't be judged, else None. `p_value` is
    the chance of a value at least as far from the expected one where nothing has changed; `score` is
    unsigned, and larger for a stranger figure.
    """

    is_anomaly: bool
    expected: float
    low: float
    high: float
    history: int
    grain: Literal["week", "month"]
    reason: str | None = None
    p_value: float = 1.0
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class PartialDay:
    """A day of which only some `rows` have arrived, where `usual` is what such a day has.

    Both are None in an answer that is limited to what its asker may see: they count the whole company's rows.
    """

    day: date
    rows: int | None
    usual: float | None


@dataclass(frozen=True, slots=True)
class MissingDays:
    """Working days on which the rows of a model should have arrived and didn't.

    `days` are in order and include those in `partial`, of which only some rows have arrived. `usual` is how
    many rows such a day has, None where it isn't known or not told.
    """

    model: str
    days: tuple[date, ...]
    partial: tuple[PartialDay, ...] = ()
    usual: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class UsualRange:
    """Where a figure was expected by the periods before it: nineteen of twenty lie between low and high.

    `is_unusual`: the figure lies outside, and so far that chance doesn't explain it in a series so long.
    """

    low: float
    high: float
    expected: float
    is_unusual: bool


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One period of a series. Series are ordered from oldest to newest.

    `is_incomplete` where rows of some of its days haven't arrived. `usual` is None for days, quarters and
    years, for groups, and where the figure can't be judged.
    """

    period: Period
    window: Window
    figure: Figure
    is_incomplete: bool = False
    usual: UsualRange | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """One member (or combination of members) of the dimensions asked for.

    `labels` and `keys` have one entry per dimension in the query's `by`; a missing member is None in both.
    `place` is that among all members of the board, the best first; members whose figures don't clearly
    differ share one (`is_tied`). It is None where members aren't ranked.
    """

    labels: tuple[str | None, ...]
    keys: tuple[Key, ...]
    figure: Figure
    comparisons: tuple[Comparison, ...] = ()
    target: TargetResult | None = None
    series: tuple[SeriesPoint, ...] = ()
    place: int | None = None
    is_tied: bool = False

    @property
    def verdict(self) -> Verdict:
        """The one word on its figure: that of the first comparison that could be judged."""
        found = first_judged(self.comparisons) or next(iter(self.comparisons), None)
        return found.verdict if found else Verdict.NOT_JUDGED


NoteCode = Literal[
    "maturing",  # share: part of the period's leads whose window isn't over; count
    "begun_today",  # the period begins today, so no day of it has passed
    "not_begun",  # the period begins later
    "provisional_costs",  # month: costs of the running month may not be complete
    "spread_costs",  # monthly amounts were spread over days
    "few",  # n: too few for a verdict; needed
    "no_rows",  # no data matches these filters
    "missing_days",  # model: rows of days of the period haven't arrived (Answer.missing says which)
    "missing_compared",  # model: the same of a period that the figure is compared with
    "not_loaded",  # model, day, until: no rows of the only day of the period have arrived yet
    "unreadable_dates",  # model, count, of: rows whose date can't be read, which are in no period
    "unreadable_amounts",  # model, count, of: rows whose amount can't be read, which add nothing
    "partial_load",  # until: the data stops before the period's end, too sparse to say which days are missing
    "not_additive",  # groups overlap and don't add up to the total
    "by_bound",  # groups are sorted by the bounds of their intervals, not by value
    "by_shrunken",  # groups are sorted by their rates drawn to the others', not by value
    "one_band",  # of: members that share one place, as all that are shown do; total: members with a place
    "too_short_to_rank",  # people aren't ranked by a week
    "sized",  # count: groups that pass the size filters; of: all groups; shown: groups listed
    "no_pairs",  # needed: minimum number of joint baskets for a pair
    "pairs_cut",  # count: only so many pairs are counted, those that chance explains least
    "no_target",  # the question asks for a target, but none is set
    "targets_unknown",  # targets can't be read at the moment, so none is shown
    "no_group_target",  # the total has a target, the groups have none
    "target_by_month",  # the question asks for a target, but targets cover whole months
    "target_share",  # the target is a part of a quarter's or a year's: TargetResult.share
    "target_implied",  # grain: only their dates tell that targets are set by quarter or year
    "runs_on",  # the question compares with a running period; line: the like-for-like question
    "all_time",  # the question asks for an earlier period, but all time has none
    "against_all_time",  # the question compares with all time
    "today_alone",  # the question compares today, which has no comparable part of an earlier day
    "pairs_alone",  # the question compares pairs, which can't be compared
    "withheld",  # parts of the metric are left out: they are made from rows that the asker may not see
    "unsound_compared",  # rows of other periods would make comparisons wrong, so there are none
    "other_currency",  # currency: the amounts are in this one, not in the one that is shown
    "repeated_key",  # model, key: rows share a key, so they may be counted twice
    "beside_classes",  # values: answers to a score that are no whole number from 0 to 10
    "unproved",  # model: it took too long to prove that its rows can be counted
    "fiscal_year",  # the question names a fiscal period, whose months depend on a setting
    "no_history",  # the data begins after this period or the compared one does; since
    "as_first_shown",  # a team's total as it was when it was first shown
]


DOUBTS: frozenset[NoteCode] = frozenset(
    {"unsound_compared", "other_currency", "repeated_key", "beside_classes", "unproved"}
)
"""The notes that say what the rows have against a figure."""


@dataclass(frozen=True, slots=True)
class Note:
    """A note for the reader, as a code with values. The bot supplies the wording."""

    code: NoteCode
    values: Mapping[str, str | int | float | date | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything known about one metric for one question.

    `query` is the question for this metric with explicit period, filters and comparisons.
    `yields` names what a cost is spent for ("New leads"), None where the metric is no cost of a count.
    `data_until` is a zone-aware moment, or only its day where the answer is limited to what its asker may
    see: the moment may be that of somebody else's row. `statements` are those that were run for it.
    `pair_of` names the dimension whose members are paired in the groups, None if the groups aren't pairs.
    `missing` are the days of the answer's period, or of those it is compared with, whose rows haven't
    arrived; `looked_at` are the models whose days could be judged. `verdict` is the one word on its figure,
    and `basis` what it rests on, None where nothing could be judged.
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
    data_until: datetime | date | None = None
    notes: tuple[Note, ...] = ()
    statements: tuple[RunStatement, ...] = field(default=(), compare=False)
    pair_of: str | None = None
    missing: tuple[MissingDays, ...] = ()
    looked_at: tuple[str, ...] = ()
    yields: Title | None = None
    verdict: Verdict = Verdict.NOT_JUDGED
    basis: Basis | None = None

    def is_without_yield(self, figure: Figure) -> bool:
        """Whether a figure of this answer is a cost that brought nothing, so that no ratio can be made."""
        return self.yields is not None and is_without_yield(figure)

    @property
    def judged_comparison(self) -> Comparison | None:
        """The comparison that the verdict rests on."""
        return first_judged(self.comparisons) if self.basis == "comparison" else None

    @property
    def sql(self) -> tuple[str, ...]:
        """The statements as text, with their values written in; made each time it is asked for."""
        return tuple(run.sql for run in self.statements)

    @property
    def by(self) -> tuple[str, ...]:
        """The column names of the groups: the requested dimensions, or the two items of a pair."""
        return self.query.by if self.pair_of is None else (self.pair_of, "with")
