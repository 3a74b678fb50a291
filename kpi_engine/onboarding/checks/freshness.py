"""Check that rows still arrive as often as they used to, and on which days they are missing."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from sqlalchemy import select

from kpi_engine.analysis.arrival import gaps
from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Model
from kpi_engine.onboarding.checks.proof import Proof, dotted, odd
from kpi_engine.reading.day_counts import is_counted
from kpi_engine.reading.wanted import DaysOf
from kpi_engine.sql.readable import happened

_MOMENTS_READ = 2_000
_DAYS_NEEDED = 6
_TIMES_USUAL = 3
_AT_LEAST_DAYS = 7
_LOOKED_BACK = timedelta(days=62)
"""Missing days before this aren't told: hardly anybody asks about them any more."""
_DAYS_NAMED = 8


def problems(proof: Proof, model: Model) -> tuple[Problem, ...]:
    """Return a problem where a model is loaded no more, else one where rows of some days are missing."""
    return tuple(_stopped(proof, model)) or tuple(_missing_days(proof, model))


def _stopped(proof: Proof, model: Model) -> Iterator[Problem]:
    """Yield a problem where the newest row of a model is older than its usual gap explains."""
    path = model.fresh or model.time
    if path is None or model.targets or not model.measures:
        return
    stored = proof.reader.time_column(model, path)
    relation = proof.relation(model, [path])
    column = relation.column(path)
    past = happened(column, stored, proof.now)
    statement = (
        select(column).select_from(relation.source).where(past).distinct().order_by(column.desc())
    ).limit(_MOMENTS_READ)
    moments = [stored.read_known(row[0]) for row in proof.read(model, statement)]
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


def _missing_days(proof: Proof, model: Model) -> Iterator[Problem]:
    """Yield a problem where rows of working days of the last weeks are missing (see analysis.arrival)."""
    if not is_counted(model) or not model.measures or model.time is None:
        return
    want = DaysOf(model.name)
    rows = proof.reader.day_rows([want], proof.now)[want]
    if rows is None:
        return
    today = proof.reader.today(proof.now)
    recent = [
        gap for gap in gaps(rows.counts, today, proof.is_working_day) if gap.day >= today - _LOOKED_BACK
    ]
    if not recent:
        return
    empty = [str(gap.day) for gap in recent if not gap.rows]
    partial = [f"{gap.day} ({gap.rows:,} of about {gap.usual:,.0f})" for gap in recent if gap.rows]
    told = [f"no rows on {_listed(empty)}"] if empty else []
    told += [f"few rows on {_listed(partial)}"] if partial else []
    yield odd(
        model,
        ("time",),
        f"{' and '.join(told)}, where a working day usually has about {recent[-1].usual:,.0f}.",
        "Load these days again. Until then answers say that they are incomplete.",
        proof.subject("missing days", model, model.time),
    )


def _listed(days: Sequence[str]) -> str:
    """Return some days, of many the first ones."""
    if len(days) > _DAYS_NAMED:
        return f"{', '.join(days[:_DAYS_NAMED])} and {len(days) - _DAYS_NAMED} more days"
    return " and ".join(filter(None, (", ".join(days[:-1]), days[-1])))


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
