"""The day on which a line is read, with what fiscal periods need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kpi_engine.domain.periods import UNKNOWN_FISCAL_YEAR, FiscalGrain, FiscalYear, Grain


@dataclass(frozen=True, slots=True)
class Today:
    """The current day of the business zone, and how the company's fiscal years run."""

    day: date
    fiscal_year: FiscalYear = UNKNOWN_FISCAL_YEAR

    @property
    def fiscal_quarters(self) -> FiscalGrain:
        """Fiscal quarters, as a unit."""
        return FiscalGrain(Grain.QUARTER, self.fiscal_year)

    @property
    def fiscal_years(self) -> FiscalGrain:
        """Fiscal years, as a unit."""
        return FiscalGrain(Grain.YEAR, self.fiscal_year)
