"""A summary, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kpi_engine.domain.answer import Answer
from kpi_engine.domain.figure import Figure as Figure  # noqa: PLC0414 - re-exported: part of the answer
from kpi_engine.domain.periods import Period
from kpi_engine.domain.posts import SummarySection, SummarySpec


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a summary: its section in the file and its answers."""

    spec: SummarySection
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A weekly or monthly summary with its answers, in the order of its file.

    `left_out` holds the lines of its file that this database can't answer, `withheld` those that its
    readers may not see.
    """

    spec: SummarySpec
    period: Period
    sections: tuple[Section, ...]
    data_until: datetime | None
    left_out: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
