"""Which targets can be set, and which should be asked about first: the same for typed and imported ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.render.target_list import UnlikelyTarget
from kpi_engine import Engine, TargetIndex
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import Grain, IsWorkingDay, Period, add_months, period_of
from kpi_engine.domain.query import Key
from kpi_engine.domain.quotas import days_of_months, rounded_parts
from kpi_engine.domain.translatable import said

_TIMES = 5
"""A target of so many times the one before, or of that part of it, is asked about."""
_LOOKED_BACK = 12
"""How many months before it are searched for the target to compare with."""
_CENT = 0.01


@dataclass(frozen=True, slots=True)
class TargetPlace:
    """What a target is for: a metric, the first day of a month, and one member's key by dimension."""

    metric: str
    month: date
    level: frozenset[tuple[str, Key]]

    @classmethod
    def of(cls, metric: str, month: date, level: Mapping[str, Key]) -> TargetPlace:
        """Return the place of a metric, month and level."""
        return TargetPlace(metric, month, frozenset(level.items()))

    def months_before(self, count: int) -> TargetPlace:
        """Return the same place some months earlier."""
        return TargetPlace(self.metric, add_months(self.month, -count), self.level)


@dataclass(slots=True)
class KnownTargets:
    """The valid targets of some metrics and months, and of the months that those are compared with.

    `new` are targets that are about to be set, which count for the months after them.
    """

    indexes: Mapping[str, TargetIndex]
    new: dict[TargetPlace, float] = field(default_factory=dict)

    def own(self, place: TargetPlace) -> float | None:
        """Return the target set at exactly this place, None without one."""
        rows = self._index(place).rows
        return next(
            (
                row.value
                for month, row in rows
                if month == place.month and frozenset(row.level.items()) == place.level
            ),
            None,
        )

    def told(self, place: TargetPlace, metric: Metric) -> float | None:
        """Return the target that an answer tells, which may be the sum of the members'."""
        if place in self.new:
            return self.new[place]
        wanted = {dimension: frozenset({key}) for dimension, key in place.level}
        found = self._index(place).target(place.month, wanted, is_additive=metric.spec.is_additive)
        return found[0] if found else None

    def _index(self, place: TargetPlace) -> TargetIndex:
        return self.indexes[place.metric]


def known_targets(
    engine: Engine, metrics: Collection[str], months: Collection[date], now: datetime
) -> KnownTargets:
    """Read the valid targets of metrics for months, and for those that are compared with them."""
    if not months:
        return KnownTargets({})
    start, end = add_months(min(months), -_LOOKED_BACK), add_months(max(months), 1)
    return KnownTargets(engine.targets_of_months(metrics, start, end, now))


def unlikely(place: TargetPlace, value: float, metric: Metric, known: KnownTargets) -> UnlikelyTarget | None:
    """Return what a new target is compared with if it is 5 times that or more, or a fifth or less.

    That is the month's own target; if it has none, the newest of the twelve months before at the same level.
    Without any, and for scores, whose zero means nothing, there is nothing to ask.
    """
    if metric.unit == "score":
        return None
    for count in range(_LOOKED_BACK + 1):
        earlier = place.months_before(count)
        before = known.told(earlier, metric)
        if before is not None:
            is_far = before > 0 and not 1 / _TIMES < value / before < _TIMES
            return UnlikelyTarget(value / before, earlier.month, before) if is_far else None
    return None


def require_possible(
    value: float, metric: Metric, positive: Sequence[str] = (), whole: Sequence[str] = ()
) -> None:
    """Raise QueryError if a metric can't have a target.

    `positive` and `whole` are lines to send instead where its sign or its decimals are wrong.
    """
    if value < 0 and not metric.spec.can_be_negative:
        raise QueryError(
            said("{metric}: a target can't be negative.", metric=metric.title),
            hint="Did you mean this?" if positive else "Leave out the minus.",
            suggestions=tuple(positive),
        )
    if metric.unit == "count" and not value.is_integer():
        raise QueryError(
            said("{metric}: a target must be a whole number.", metric=metric.title),
            hint="Did you mean one of these?" if whole else "Leave out the decimals.",
            suggestions=tuple(whole),
        )


def is_target_period(period: Period) -> bool:
    """Whether a target can be set for a period: one month, quarter or year, also a fiscal one."""
    if period.start is None or period.grain in (Grain.DAY, Grain.WEEK):
        return False
    return period == period_of(period.grain, period.start)


def month_values(
    period: Period, value: float, metric: Metric, is_working_day: IsWorkingDay | None
) -> Mapping[date, float]:
    """Return the target of each month of a period, by its first day.

    A quarter's or a year's is split by working days, so that its months add up to it; a rate isn't split.
    """
    days = days_of_months(period, is_working_day)
    if len(days) == 1 or not metric.spec.is_additive:
        return dict.fromkeys(days, value)
    return rounded_parts(value, days, 1 if metric.unit == "count" else _CENT)


def require_open(end: date, today: date) -> None:
    """Raise QueryError for a month that is over; `end` is the day after it."""
    if end <= today:
        raise QueryError(
            "That month is over, so its target can't be changed.",
            hint="Set a target for this month or later.",
        )
