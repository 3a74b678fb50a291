"""Rows of targets by the month: those of a quarter or a year are spread over its months."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from kpi_engine.analysis.targets import TargetRow
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.models import ModelGrain
from kpi_engine.domain.periods import Grain, IsWorkingDay, Period, period_of, start_of
from kpi_engine.domain.quotas import QuotaGrain, days_of_months, implied_grain, parts_of, spans
from kpi_engine.reading.wanted import TargetsOf


@dataclass(frozen=True, slots=True)
class RowGrain:
    """What the rows of a table are the targets of; `is_implied` if only their dates show it."""

    unit: QuotaGrain
    is_implied: bool = False


class Quotas:
    """Spreads targets of quarters and years of one company over months, by working days."""

    def __init__(self, catalogue: Catalogue, is_working_day: IsWorkingDay | None) -> None:
        self._catalogue, self._is_working_day = catalogue, is_working_day
        self._units = spans(catalogue.fiscal_year)
        self._days: dict[Period, Mapping[date, int]] = {}

    def grain(self, declared: ModelGrain, months: Collection[date], today: date) -> RowGrain:
        """Return what a table's rows are the targets of: as its file says, else as their months show."""
        if declared in ("quarter", "year"):
            return RowGrain(declared)
        implied = implied_grain(months, today, self._units) if months else "month"
        return RowGrain(implied, is_implied=implied != "month")

    def around(self, want: TargetsOf, grain: RowGrain) -> tuple[date, date]:
        """Return the days in which rows may be dated that have a part in what is wanted."""
        unit = self._units[grain.unit]
        is_whole = start_of(unit, want.end) == want.end
        end = want.end if is_whole else period_of(unit, want.end).bounds()[1]
        return start_of(unit, want.start), end

    def by_month(
        self, rows: Iterable[tuple[date, TargetRow]], metric: str, grain: RowGrain
    ) -> Iterator[tuple[date, TargetRow]]:
        """Yield the targets of months; each row comes with the day in it."""
        if grain.unit == "month":
            yield from ((start_of(Grain.MONTH, day), row) for day, row in rows)
            return
        known = self._catalogue.metrics.get(metric)
        is_split = known is None or known.spec.is_additive
        for day, row in rows:
            period = period_of(self._units[grain.unit], day)
            parts = parts_of(
                row.value, period, self._days_of(period), is_split=is_split, is_implied=grain.is_implied
            )
            yield from (
                (part.month, TargetRow(row.level, row.members, float(part.amount), part)) for part in parts
            )

    def _days_of(self, period: Period) -> Mapping[date, int]:
        if period not in self._days:
            self._days[period] = days_of_months(period, self._is_working_day)
        return self._days[period]
