"""What every question of an engine shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.periods import IsWorkingDay
from kpi_engine.proofs.prover import Prover
from kpi_engine.reading.reader import Reader
from kpi_engine.reading.target_table import Targets

SERIES_LENGTH = 12
"""Points of a series whose question names no period."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The catalogue, what reads its databases and targets, the business zone and its working days.

    `prover` knows what the rows contradict; None where nothing is proved.
    """

    catalogue: Catalogue
    reader: Reader
    targets: Targets
    zone: ZoneInfo
    is_working_day: IsWorkingDay | None
    prover: Prover | None = None

    def today(self, now: datetime) -> date:
        """Return the date of the business zone at `now` (zone-aware)."""
        return now.astimezone(self.zone).date()
