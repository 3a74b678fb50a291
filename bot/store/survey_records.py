"""What a survey is: who would be asked, one sending, and what one person answered. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kpi_engine.domain.posts import Contact

LOWEST, HIGHEST = 0, 10


@dataclass(frozen=True, slots=True)
class Plan:
    """A sending that nobody has confirmed yet: who will be asked, and who was asked too recently (when).

    `line` is what was typed, from which the same plan is made again.
    """

    line: str
    company: str
    contacts: tuple[Contact, ...]
    recent: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Wave:
    """One sending: its name, whom people are asked to recommend, and who sends it."""

    name: str
    company: str
    asked_by: str


@dataclass(frozen=True, slots=True)
class Response:
    """What one person was asked in one wave, and answered so far."""

    wave: str
    person: str
    company: str
    language: str | None
    score: int | None
    answered_at: datetime | None
    reason: str | None
