"""Measure the days between events in the company's rows, from which windows are proposed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import pairwise

from kpi_engine.onboarding.proposals.drafts import Context, ModelDraft

_SAMPLE = 20_000
_FEWEST = 30
_MILLISECONDS_FROM = 100_000_000_000


def conversion_note(draft: ModelDraft, entered: str, succeeded: str) -> str | None:
    """Say within how many days nine of ten successes came; None where too few are known."""
    rows = draft.context.inspection.pairs(draft.table, (entered, succeeded), _SAMPLE)
    days = [_days(begun, done) for begun, done in rows]
    known = sorted(day for day in days if day is not None and day >= 0)
    if len(known) < _FEWEST:
        return None
    return (
        f"nine in ten successes came within {_percentile(known, 90) + 1} days;"
        " the shipped conversion waits 90."
        " For another window copy the shipped kpis/conversion.yaml to your own kpis/ and change within:"
    )


def gap_note(context: Context, draft: ModelDraft, customer: str) -> str | None:
    """Say how long customers stay away between two orders; None where too few came back."""
    if "." in customer or draft.time is None:
        return None
    rows = context.inspection.pairs(
        draft.table, (_sql(draft, customer), _sql(draft, draft.time)), _SAMPLE, draft.where
    )
    dates: dict[object, list[date]] = defaultdict(list)
    for who, moment in rows:
        day = day_of(moment)
        if who is not None and day:
            dates[who].append(day)
    gaps = sorted((b - a).days for days in dates.values() for a, b in pairwise(sorted(set(days))))
    if len(gaps) < _FEWEST:
        return None
    return (
        f"two orders of a customer are at most {_percentile(gaps, 80)} days apart in 80 %,"
        f" {_percentile(gaps, 90)} days in 90 % of cases; the shipped churn waits 365."
        " For another window copy the shipped kpis/churn.yaml to your own kpis/ and change within:"
    )


def day_of(stored: object) -> date | None:
    """Return the day of a stored moment, whatever its form; None where it is none."""
    if isinstance(stored, datetime):
        return stored.date()
    if isinstance(stored, date):
        return stored
    if isinstance(stored, int | float):
        return datetime.fromtimestamp(stored / (1000 if stored >= _MILLISECONDS_FROM else 1), UTC).date()
    try:
        return date.fromisoformat(str(stored)[:10] if len(str(stored)) > 7 else f"{stored}-01")  # noqa: PLR2004
    except ValueError:
        return None


def _sql(draft: ModelDraft, name: str) -> str:
    made = draft.columns.get(name)
    if made and made.sql:
        return made.sql
    return draft.table.column(draft.physical[name]).quoted


def _days(begun: object, done: object) -> int | None:
    first, last = day_of(begun), day_of(done)
    return (last - first).days if first and last else None


def _percentile(ordered: Sequence[int], percent: int) -> int:
    """Return the smallest value that is not below `percent` of the values."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
