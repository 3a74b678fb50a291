"""Check that rows still arrive as often as they used to."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from sqlalchemy import literal, select

from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Model
from kpi_engine.onboarding.checks.proof import Proof, dotted, odd

_MOMENTS_READ = 2_000
_DAYS_NEEDED = 6
_TIMES_USUAL = 3
_AT_LEAST_DAYS = 7


def problems(proof: Proof, model: Model) -> Iterator[Problem]:
    """Yield a problem where the newest row of a model is older than its usual gap explains."""
    path = model.fresh or model.time
    if path is None or model.targets or not model.measures:
        return
    stored = proof.reader.time_column(model, path)
    relation = proof.relation(model, [path])
    column = relation.column(path)
    past = column < literal(stored.before(proof.now), stored.sql_type())
    statement = (
        select(column).select_from(relation.source).where(past).distinct().order_by(column.desc())
    ).limit(_MOMENTS_READ)
    try:
        moments = [stored.read(row[0]) for row in proof.read(model, statement)]
    except ValueError:
        return  # moments.problems says that a value is no date
    days = sorted({moment.date() for moment in moments if moment})
    if not days:
        return
    gap = usual_gap(days)
    age = (proof.now.astimezone(stored.business).date() - days[-1]).days
    if gap is not None and age > max(_AT_LEAST_DAYS, _TIMES_USUAL * gap):
        usual = "1 day" if gap == 1 else f"{gap} days"
        yield odd(
            model,
            ("fresh",) if model.fresh else ("time",),
            f"the newest {dotted(path)} is {days[-1]}, {age:,} days ago; rows usually follow within {usual}."
            f"{_cut_short(days[-1], gap)}",
            "Check whether the table is still loaded, or set fresh: to the column that shows it.",
            f"freshness {path[-1]} {days[-1]}",
        )


def _cut_short(last: date, gap: int) -> str:
    """Report that the last month isn't complete, where more of it is missing than a usual gap."""
    missing = monthrange(last.year, last.month)[1] - last.day
    if missing <= gap:
        return ""
    return f" {last:%Y-%m} ends on day {last.day}, so it isn't a whole month to compare with."


def usual_gap(days: Sequence[date]) -> int | None:
    """Return the gap in days that nine of ten gaps between days with rows don't exceed; None for too few.

    `days` are in order, without repeats.
    """
    gaps = sorted((later - earlier).days for earlier, later in pairwise(days))
    if len(days) < _DAYS_NEEDED:
        return None
    return gaps[(len(gaps) * 9) // 10]
