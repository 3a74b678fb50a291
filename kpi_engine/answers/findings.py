"""What is found beside a figure and doesn't fit in it: one method per kind of metric.

What a figure is made of is always said; beyond that, only a question about one figure gets findings:
a split or a series has its own table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from math import fsum

from kpi_engine.analysis.concentration import BEST, curve, part_of_best
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.findings import (
    AcquisitionCost,
    AtRisk,
    Concentration,
    Finding,
    LossMakers,
    ProfitLayers,
    ProposedWindow,
    Reconciliation,
    Responses,
    RollingScore,
    RunningContracts,
    YoungerCohort,
)
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import Grain, Period, Window, add_months, window_of
from kpi_engine.domain.query import Filter, Query
from kpi_engine.kinds.cohort import Cohort
from kpi_engine.kinds.contracts import Contracts
from kpi_engine.kinds.layers import Layers
from kpi_engine.kinds.retention import Retention
from kpi_engine.kinds.score import Score
from kpi_engine.reading.metric_readings import Reading, evaluate_together
from kpi_engine.reading.order_gaps import Events
from kpi_engine.reading.reader import Reader

_CUSTOMER = "customer"
_NAMED = 3
"""Loss makers that are named."""
_ROLLING_MONTHS = 3


@dataclass(slots=True)
class Findings:
    """The findings of one question about one metric.

    `readings` are to be read together with the metric's own; then `found` tells what they and some
    more say, and `sql` what else was run.
    """

    reader: Reader
    metric: Metric
    query: Query
    filters: Sequence[Filter]
    window: Window
    now: datetime
    readings: list[Reading] = field(default_factory=list)
    sql: list[str] = field(default_factory=list)
    _younger: list[tuple[Period, int, Reading]] = field(default_factory=list)
    _spread: Reading | None = None
    _rolling: tuple[Period, Reading] | None = None

    @property
    def today(self) -> date:
        """The date of the business zone."""
        return self.reader.today(self.now)

    def __post_init__(self) -> None:
        """Say what has to be read."""
        if self.query.by or self.query.per or self.window.is_empty:
            return
        match self.metric.spec:
            case Cohort() as spec if self.query.period is None:
                self._younger = [self._at_age(period, age, spec) for period, age in spec.younger(self.today)]
                self.readings += [reading for *_, reading in self._younger]
            case Layers() as spec if spec.shows == "profit" and _CUSTOMER in self.metric.dimensions:
                plain = replace(self.metric, spec=replace(spec, acquisition=None))
                self._spread = self._reading([self.window], plain, by=(_CUSTOMER,))
            case Score():
                self._roll()

    def found(self, figure: Figure) -> tuple[Finding, ...]:
        """Return what was found, after everything was read; `figure` is the metric's own."""
        found = _made_of(self.metric, figure)
        found += [
            YoungerCohort(
                period, age, reading.total(window_of(period, self.today)), reading.total(self.window)
            )
            for period, age, reading in self._younger
            if reading.total(window_of(period, self.today)).value is not None
        ]
        if self._spread:
            # apart from the others: all their periods, split by customer, would be many rows
            evaluation = evaluate_together(self.reader, [self._spread], self.filters, self.now)
            self.sql += evaluation.sql
            found += self._over_customers(self._spread)
        if self._rolling:
            period, reading = self._rolling
            rolled = reading.total(window_of(period, self.today))
            found += [RollingScore(period, rolled)] if rolled.denominator else []
        if isinstance(self.metric.spec, Retention) and not (self.query.by or self.query.per):
            found += self._at_risk(self.metric.spec, figure)
        return tuple(found)

    def _reading(
        self, windows: Sequence[Window], metric: Metric | None = None, by: tuple[str, ...] = ()
    ) -> Reading:
        return Reading(
            self.reader,
            metric or self.metric,
            today=self.today,
            windows=windows,
            by=by,
            group_windows=windows if by else (),
        )

    # conversion

    def _at_age(self, period: Period, age: int, spec: Cohort) -> tuple[Period, int, Reading]:
        """Return the reading of a month that is still maturing, and of the answer's own at the same age."""
        aged = replace(self.metric, spec=spec.at_age(age))
        return period, age, self._reading([window_of(period, self.today), self.window], aged)

    # profit

    def _over_customers(self, reading: Reading) -> list[Finding]:
        """Return who makes a loss, and how much the best customers bring."""
        found: list[Finding] = []
        profits = {key[0]: reading.group(self.window, key).value for key in reading.keys([self.window])}
        known = {key: value for key, value in profits.items() if key is not None and value is not None}
        losses = sorted((value, key) for key, value in known.items() if value < 0)
        if losses:
            members = self.reader.members(_CUSTOMER, self.metric)
            labels = {row.member.key: row.member.label for row in members}
            worst = tuple((labels.get(key, str(key)), value) for value, key in losses[:_NAMED])
            found.append(LossMakers(len(losses), len(known), fsum(value for value, _ in losses), worst))
        values = list(known.values())
        part = part_of_best(values)
        if part is not None:
            found.append(Concentration(BEST, part, len(known), curve(values)))
        return found

    # scores

    def _roll(self) -> None:
        """Read the three months up to the end of a month that is asked for."""
        period = self.query.period
        if period is None:
            period = self.metric.spec.default_period(self.today, Grain.MONTH, 1)
        if period.is_all_time or period.grain is not Grain.MONTH:
            return
        start, end = period.bounds()
        if add_months(start, 1) != end:
            return
        rolling = Period(add_months(end, -_ROLLING_MONTHS), end, Grain.MONTH)
        reading = self._reading([window_of(rolling, self.today)])
        self._rolling = rolling, reading
        self.readings.append(reading)

    # churn

    def _at_risk(self, spec: Retention, figure: Figure) -> list[Finding]:
        """Return who is about to be lost, and which window the waits between orders suggest."""
        active, end = (figure.parts or {}).get("active_end"), self.window.end
        if not active or end is None:
            return []
        events = Events(self.reader, spec.active, self.filters, end)
        waits, sql = events.waits()
        self.sql.append(sql)
        if waits is None or not waits.is_enough:
            return []
        found: list[Finding] = []
        if waits.p80 < spec.within:
            heard = end - timedelta(days=waits.p80)
            count, sql = events.silent(end - timedelta(days=spec.within), heard)
            self.sql.append(sql)
            found.append(AtRisk(count, int(active), waits.p80))
        return [*found, ProposedWindow(spec.within, waits.p80, waits.p90, waits.count)]


def _made_of(metric: Metric, figure: Figure) -> list[Finding]:
    """Return what the parts of a figure say in a sentence of their own: each kind of metric has its own."""
    parts = figure.parts or {}
    match metric.spec:
        case Retention():
            return _reconciled(parts)
        case Contracts():
            start, lost, gained, end = (
                parts.get(name) or 0.0 for name in ("running_start", "lost", "gained", "running_end")
            )
            return [RunningContracts(start, lost, gained, end)] if start or end else []
        case Layers() if (revenue := parts.get("revenue")) is not None:
            return [ProfitLayers(revenue, parts["cm1"], parts["cm2"]), *_acquisition(parts)]
        case Score() if (delivered := parts.get("delivered")) and (
            answered := parts.get("answered")
        ) is not None:
            return [Responses(int(answered), int(delivered))]
    return []


def _reconciled(parts: Mapping[str, float | None]) -> list[Finding]:
    """Return the customers at both ends; nothing where nobody was active at the start, or nobody knows."""
    start, lost, new = (parts.get(name) for name in ("active_start", "lost", "new"))
    if not start or lost is None or new is None:
        return []
    returned, gone, end = (parts.get(name) or 0.0 for name in ("returned", "gone", "active_end"))
    return [Reconciliation(start, lost, new, returned, gone, end, parts.get("inactive"))]


def _acquisition(parts: Mapping[str, float | None]) -> list[Finding]:
    match parts:
        case {"acquisition": float(cost), "acquired": float(customers), "revenue_so_far": float(revenue)}:
            return [AcquisitionCost(int(customers), cost, revenue, parts["cm3"], parts["unallocated"])]
    return []
