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
    """One part of a summary: the section of its file and the answers it shows."""

    spec: SummarySection
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The weekly or monthly summary: the answers it is made of, in the order of its file.

    `left_out` holds the lines of its file that this database can't answer, `withheld` those of which
    its readers may see nothing.
    """

    spec: SummarySpec
    period: Period
    sections: tuple[Section, ...]
    data_until: datetime | None
    left_out: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
