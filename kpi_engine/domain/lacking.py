"""Rows that figures should rest on and that haven't arrived, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kpi_engine.domain.answer import MissingDays


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a model lacks: days without rows, or the costs of a month; exactly one of them is set.

    `missing` are its missing days. `month` is the first day of a month whose costs aren't booked, although
    those of the month before are. `until` is the last day with rows.
    """

    model: str
    until: date | None = None
    missing: MissingDays | None = None
    month: date | None = None

    @property
    def days(self) -> tuple[date, ...]:
        """The missing days, as far as they are known."""
        return self.missing.days if self.missing else ()
