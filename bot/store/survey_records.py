"""The values of a survey: whom it would ask, one wave, and what one person answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kpi_engine.domain.posts import Contact

LOWEST, HIGHEST = 0, 10
OPEN_FOR = timedelta(days=14)
"""How long after it was asked a question may be answered, and a first reason given."""
EDIT_FOR = timedelta(hours=24)
"""How long a score, or a reason, may be changed after it was first given."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A wave that isn't confirmed yet: who will be asked, and who was asked too recently, and when.

    `line` is what was typed; on confirmation the plan is made from it again.
    """

    line: str
    company: str
    contacts: tuple[Contact, ...]
    recent: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Wave:
    """One wave: its name, the company that people are asked to recommend, and who sends it."""

    name: str
    company: str
    asked_by: str


@dataclass(frozen=True, slots=True)
class Response:
    """What one person was asked in one wave, and answered so far.

    `delivered_at` is when Slack took the question, None if it isn't known; `reason_at` when a reason was
    first given.
    """

    wave: str
    person: str
    company: str
    language: str | None
    score: int | None
    answered_at: datetime | None
    reason: str | None
    asked_at: datetime
    delivered_at: datetime | None
    reason_at: datetime | None
