"""The target of an answer: which months it is for, what it is, and how far the result came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kpi_engine.analysis import targets as target_arithmetic
from kpi_engine.domain.answer import TargetResult
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import (
    ONE_DAY,
    Grain,
    Period,
    Window,
    add_months,
    period_of,
    whole_months,
    window_of,
)
from kpi_engine.domain.query import Baseline, Filter, Key, Query
from kpi_engine.reading.target_table import Targets


@dataclass(slots=True)
class Aim:
    """The targets of one question about one metric; `period` and `own_window` are the answer's."""

    targets: Targets
    metric: Metric
    query: Query
    filters: Sequence[Filter]
    period: Period
    own_window: Window
    today: date
    now: datetime
    _read_targets: Sequence[tuple[date, target_arithmetic.TargetRow]] | None = None

    def _months(self) -> Period | None:
        """Return the months that the target is for: the period's own, or for a week the month it ends in."""
        if self.period.is_all_time:
            return None
        start, end = self.period.bounds()
        if whole_months(start, end):
            return self.period
        if self.period.grain is Grain.WEEK and (end - start).days == 7:  # noqa: PLR2004 - a week
            return period_of(Grain.MONTH, max(min(end, self.today) - ONE_DAY, start))
        return None

    @property
    def is_by_month(self) -> bool:
        """Whether the period is one that a target can be for: whole months, or a week of one."""
        return self._months() is not None

    def window(self) -> Window:
        """Return the days whose result is held against the target: the answer's, or its month's to date."""
        period = self._months()
        return window_of(period, self.today) if period else self.own_window

    def result(self, result: Figure, members: Mapping[str, Key]) -> TargetResult | None:
        """Return the target of some members (key by dimension) and how far `result` came, if there is one."""
        period = self._months()
        asked = self.query.compare
        if period is None or any(entry.exclude for entry in self.query.filters):
            return None
        if asked and not any(entry.baseline is Baseline.TARGET for entry in asked):
            return None
        found = self._value(period, members)
        if found is None:
            return None
        value, summed = found
        window = window_of(period, self.today)
        better = self.metric.better
        return TargetResult(
            value=value,
            period=period,
            result=result.value,
            attainment=target_arithmetic.attainment(result.value, value, better),
            reached=target_arithmetic.reached(result.value, value, better, complete=window.complete),
            summed=summed,
            is_complete=window.complete,
        )

    def _value(self, period: Period, members: Mapping[str, Key]) -> tuple[float, bool] | None:
        """Return the target of a period: of one month, or for additive metrics the sum over its months."""
        start, end = period.bounds()
        is_additive = self.metric.spec.is_additive
        months = [add_months(start, index) for index in range(whole_months(start, end))]
        rows = self._rows(start, end)
        if not rows or (len(months) > 1 and not is_additive):
            return None
        wanted = {
            entry.dimension: frozenset(member.key for member in entry.members) for entry in self.filters
        }
        wanted |= {name: frozenset({key}) for name, key in members.items()}
        found = [
            target_arithmetic.target_of(
                [row for month, row in rows if month == wanted_month],
                target_arithmetic.Wanted(wanted),
                is_additive=is_additive,
            )
            for wanted_month in months
        ]
        known = [entry for entry in found if entry is not None]
        if not months or len(known) < len(months):
            return None
        return sum(value for value, _ in known), any(summed for _, summed in known)

    def _rows(self, start: date, end: date) -> Sequence[tuple[date, target_arithmetic.TargetRow]]:
        if self._read_targets is None:
            self._read_targets = self.targets.rows(self.metric.name, start, end, self.now)
        return self._read_targets
