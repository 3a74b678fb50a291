"""Deleting what was kept long enough, in every workspace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Delete, Engine, Update, and_, delete, func, select, update

from bot.store.deliveries import ENDED
from bot.store.post_tables import deliveries, incidents, posted_figures, told_findings
from bot.store.tables import (
    arrivals_told,
    audit,
    missing_days,
    open_questions,
    seen,
    survey_responses,
    target_files,
)

_MISSING_DAYS = timedelta(days=92)
_OPEN_QUESTIONS = timedelta(days=7)
"""How long these are of use; the code that reads them looks no further back."""


def sweep(engine: Engine, now: datetime, *, audit: timedelta, delivery: timedelta, reason: timedelta) -> int:
    """Delete what is older than it is kept, and return how many rows that were.

    Of a survey answer only the reason goes: the score counts in the NPS of its period. Raises StoreError.
    """
    count = 0
    for statement in _statements(now, audit, delivery, reason):
        with engine.begin() as connection:  # one at a time, so that nobody waits long for the store
            count += connection.execute(statement).rowcount
    return count


def _statements(
    now: datetime, asked: timedelta, delivered: timedelta, reason: timedelta
) -> Iterator[Delete | Update]:
    yield delete(audit).where(audit.c.asked_at < now - asked)
    old = and_(deliveries.c.changed_at < now - delivered, deliveries.c.state.in_(ENDED))
    yield delete(deliveries).where(old)
    yield delete(incidents).where(incidents.c.last_at < now - delivered, incidents.c.is_open.is_(None))
    for table in (told_findings, posted_figures):
        yield delete(table).where(table.c.delivery.not_in(select(deliveries.c.id)))
    answer = survey_responses.c
    given = func.coalesce(answer.reason_at, answer.answered_at, answer.asked_at)
    is_old = and_(answer.reason.is_not(None), given < now - reason)
    yield update(survey_responses).where(is_old).values(reason=None)
    yield delete(seen).where(seen.c.until <= now)
    yield delete(target_files).where(target_files.c.until <= now)
    yield delete(missing_days).where(missing_days.c.seen_at < now - _MISSING_DAYS)
    yield delete(arrivals_told).where(arrivals_told.c.told_at < now - _MISSING_DAYS)
    yield delete(open_questions).where(open_questions.c.asked_at < now - _OPEN_QUESTIONS)
