"""Check that targets stand for a month: many companies set them by the quarter or the year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, select

from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.models import Model, Path
from kpi_engine.onboarding.checks.stored import column_names, is_shadowed
from kpi_engine.onboarding.proposals.words import likeness, stems
from kpi_engine.proofs.proof import Proof, odd

_ROWS_READ = 5_000
_QUARTER, _YEAR = 3, 12
_ENDS = (
    "period end", "end date", "end", "ends", "until", "valid until", "valid to", "to date", "date to",
    "einddatum", "einde", "tot", "geldig tot",
)  # fmt: skip
_WORD = 0.9
_DAYS = {_QUARTER: (80, 100), _YEAR: (350, 380)}
_CHANGES_NEEDED = 2

Series = Mapping[tuple[object, ...], Mapping[int, float]]
"""Targets by what they are for, each by its month, counted from year 0."""


def problems(proof: Proof, model: Model) -> Iterator[Problem]:
    """Return why the rows of a table of targets probably stand for more than a month."""
    if model.targets is None or model.time is None or model.grain not in ("day", "month"):
        return
    span = _span_of(proof, model)
    if span:
        yield _longer(model, span, f"its periods last {span} months")
        return
    series = _series(proof, model)
    gap = gap_of(series, _month(proof.now.date()))
    if gap:
        is_alone = all(len(entry) == 1 for entry in series.values())
        why = "each target has a row for the first month of a quarter and none for the months since"
        yield _longer(model, gap, why if is_alone else f"its rows are {gap} months apart")
    elif is_repeated(series):
        yield odd(
            model,
            ("targets",),
            "each target is the same in the three months of a quarter and changes from quarter to quarter:"
            " if it is the quarter's, it counts three times.",
            "If so, keep the rows of each quarter's first month alone, with where: or query:, and set"
            " grain: quarter.",
        )


def _longer(model: Model, months: int, why: str) -> Problem:
    grain = "quarter" if months == _QUARTER else "year"
    return odd(
        model,
        ("grain",),
        f"{why}: a target probably stands for a {grain}, but counts as that of its first month.",
        f"Set grain: {grain}.",
    )


def _series(proof: Proof, model: Model) -> Series:
    """Return some of the targets by what they are for."""
    if model.targets is None or model.time is None:
        return {}
    own: list[Path] = [(model.targets.metric,), (model.targets.value,)]
    own += [entry.path for entry in model.dimensions.values() if len(entry.path) == 1]
    rows = _read(proof, model, [model.time, *own])
    found: dict[tuple[object, ...], dict[int, float]] = {}
    for at, metric, value, *members in rows:
        if (at is not None and isinstance(value, int | float)) or hasattr(value, "as_integer_ratio"):
            found.setdefault((metric, *members), {})[_month(at)] = float(value)
    return found


def _read(proof: Proof, model: Model, paths: Sequence[Path]) -> list[tuple[Any, ...]]:
    """Return some rows of paths, the first of which is the model's time, as a day."""
    relation = proof.relation(model, paths)
    columns: list[ColumnElement[Any]] = [relation.column(path) for path in paths]
    try:
        stored = proof.reader.time_column(model, paths[0])
        rows = proof.read(model, select(*columns).select_from(relation.source).limit(_ROWS_READ))
        return [((moment.date() if (moment := stored.read(row[0])) else None), *row[1:]) for row in rows]
    except (DataError, ValueError):
        return []


def _month(day: date) -> int:
    return day.year * _YEAR + day.month - 1


def gap_of(series: Series, this_month: int) -> int | None:
    """Return how many months lie between the rows of every target: 3 or 12, None where they are monthly.

    A target with one row tells only that its next month is missing, once that has begun.
    """
    for months in (_YEAR, _QUARTER):
        gaps = [later - earlier for entry in series.values() for earlier, later in pairwise(sorted(entry))]
        firsts = {month % months for entry in series.values() for month in entry}
        if not series or len(firsts) > 1 or any(gap % months for gap in gaps):
            continue
        latest = max(month for entry in series.values() for month in entry)
        if gaps:
            return months
        if months == _QUARTER and latest < this_month and not latest % months:
            return months
    return None


def is_repeated(series: Series) -> bool:
    """Whether targets change from quarter to quarter and never inside one."""
    inside = between = 0
    for entry in series.values():
        if sorted(entry) != list(range(min(entry), max(entry) + 1)) or len(entry) < 2 * _QUARTER:
            return False
        for earlier, later in pairwise(sorted(entry)):
            if entry[earlier] != entry[later]:
                inside += bool(later % _QUARTER)
                between += not later % _QUARTER
    return between >= _CHANGES_NEEDED and not inside


def _span_of(proof: Proof, model: Model) -> int | None:
    """Return over how many months the periods of the rows last, where a column says when they end."""
    for name in column_names(proof, model):
        words = stems(name)
        if is_shadowed(model, name) or not any(likeness(words, phrase) >= _WORD for phrase in _ENDS):
            continue
        if model.time is None or (name,) == model.time:
            continue
        rows = _read(proof, model, [model.time, (name,)])
        days = [
            (end - start).days + 1 for start, written in rows if start and (end := _day(written)) is not None
        ]
        for months, (least, most) in _DAYS.items():
            if days and least <= median(days) <= most:
                return months
    return None


def _day(written: object) -> date | None:
    try:
        return date.fromisoformat(str(written)[:10])
    except ValueError:
        return None
