"""Check that rows still arrive as often as they used to, and on which days they are missing."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from sqlalchemy import select

from kpi_engine.analysis.arrival import gaps
from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.models import Location, Model, Path
from kpi_engine.proofs.proof import Proof, dotted, odd
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


@dataclass(frozen=True, slots=True)
class _Clock:
    """A time column of a model, the measures that go by it, and the newest row of each."""

    path: Path
    measures: tuple[str, ...]

    def named(self, clocks: Sequence[_Clock]) -> str:
        """Return the measures for a sentence, where others of the model go by another column."""
        return f"measures.{' and measures.'.join(self.measures)}: " if len(clocks) > 1 else ""


def problems(proof: Proof, model: Model) -> tuple[Problem, ...]:
    """Return a problem where a model is loaded no more, else one where rows of some days are missing.

    Each measure is judged by the column that it goes by: deals are closed until the end of a month in which
    none was opened lately.
    """
    if model.targets or not model.measures:
        return ()
    clocks = _clocks(model)
    found: list[Problem] = []
    for clock in clocks:
        found += tuple(_stopped(proof, model, clock, clocks)) or _missing_days(proof, model, clock, clocks)
    return tuple(found)


def _clocks(model: Model) -> tuple[_Clock, ...]:
    """Return the columns by which the freshness of a model's measures is told."""
    named: dict[Path, list[str]] = {}
    for name, measure in model.measures.items():
        path = measure.time or model.time
        if model.fresh and model.fresh != model.time:
            path = model.fresh
        if path:
            named.setdefault(path, []).append(name)
    return tuple(_Clock(path, tuple(measures)) for path, measures in named.items())


def _stopped(proof: Proof, model: Model, clock: _Clock, clocks: Sequence[_Clock]) -> Iterator[Problem]:
    """Yield a problem where the newest row of a model is older than its usual gap explains."""
    path = clock.path
    days = _days(proof, model, path)
    if not days:
        return
    gap = usual_gap(days)
    age = (proof.reader.today(proof.now) - days[-1]).days
    if gap is not None and age > max(_AT_LEAST_DAYS, _TIMES_USUAL * gap):
        usual = "1 day" if gap == 1 else f"{gap} days"
        other = _newer(proof, model, days[-1], clock, clocks)
        fix = "Check whether the table is still loaded, or set fresh: to the column that shows it."
        if other:
            until = f"{dotted(other[0])} goes on until {other[1]}"
            fix = f"{until}, so the table is loaded: check whether new rows arrive."
        yield odd(
            model,
            _location(model, clock),
            f"{clock.named(clocks)}the newest {dotted(path)} is {days[-1]}, {age:,} days ago; rows usually"
            f" follow within {usual}.{_cut_short(days[-1], gap)}",
            fix,
            f"freshness {path[-1]} {days[-1]}",
        )


def _days(proof: Proof, model: Model, path: Path) -> list[date]:
    """Return the days of the newest moments of a column, in order; none where they can't be read."""
    try:
        stored = proof.reader.time_column(model, path)
    except DataError:
        return []
    relation = proof.relation(model, [path])
    column = relation.column(path)
    past = happened(column, stored, proof.now)
    statement = (
        select(column).select_from(relation.source).where(past).distinct().order_by(column.desc())
    ).limit(_MOMENTS_READ)
    moments = [stored.read_known(row[0]) for row in proof.read(model, statement)]
    return sorted({moment.date() for moment in moments if moment})


def _newer(
    proof: Proof, model: Model, newest: date, clock: _Clock, clocks: Sequence[_Clock]
) -> tuple[Path, date] | None:
    """Return another column of the model whose newest day is later, with that day."""
    others = ((entry.path, _days(proof, model, entry.path)[-1:]) for entry in clocks if entry != clock)
    return next(((path, days[0]) for path, days in others if days and days[0] > newest), None)


def _location(model: Model, clock: _Clock) -> Location:
    if clock.path == model.time:
        return ("time",)
    return ("fresh",) if clock.path == model.fresh else ("measures", clock.measures[0], "time")


def _missing_days(proof: Proof, model: Model, clock: _Clock, clocks: Sequence[_Clock]) -> Iterator[Problem]:
    """Yield a problem where rows of working days of the last weeks are missing (see analysis.arrival)."""
    own = None if clock.path in (model.time, model.fresh) else clock.path
    if model.time is None or not is_counted(replace(model, time=own) if own else model):
        return
    want = DaysOf(model.name, own)
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
        _location(model, clock),
        f"{clock.named(clocks)}{' and '.join(told)}, where a working day usually has about"
        f" {recent[-1].usual:,.0f}.",
        "Load these days again. Until then answers say that they are incomplete.",
        proof.subject("missing days", model, clock.path),
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
