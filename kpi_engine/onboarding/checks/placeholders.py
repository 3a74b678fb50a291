"""Check for days that stand for no date: 0001-01-01, 1900-01-01, 1970-01-01, 9999-12-31."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal

from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.models import Location, Model, Path, time_paths
from kpi_engine.onboarding.checks.profile import Profile, succeeded_paths
from kpi_engine.onboarding.derived import derived
from kpi_engine.proofs.proof import Proof, dotted, how_many, odd
from kpi_engine.sql.time_columns import EPOCHS, TimeColumn, TimeForm

_FIRST = ("0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01", "1970-01-01")
_LAST = ("2099-12-31", "2999-12-31", "9999-12-31")
_TEXTS = frozenset({TimeForm.TEXT_DATE, TimeForm.TEXT_MONTH, TimeForm.TEXT_SPACE, TimeForm.TEXT_T})
_MONTH = len("2026-10")


def problems(proof: Proof, model: Model, profile: Profile) -> Iterator[Problem]:
    """Return the time columns of a model in which some rows have a day that stands for no date."""
    if model.is_own:
        return
    ends = {measure.until for measure in model.measures.values() if measure.until}
    ends |= {(table.active_until,) for table in model.members.values() if table.active_until}
    places: dict[Path, Location] = dict(time_paths(model))
    for path in succeeded_paths(proof, model):
        places.setdefault(path, ("columns", path[-1]))
    for path, location in places.items():
        if profile.filled.get(path):
            # a contract without an end may well end in 9999
            yield from _of(proof, model, path, location, _FIRST if path in ends else (*_FIRST, *_LAST))


def _of(proof: Proof, model: Model, path: Path, location: Location, days: Sequence[str]) -> Iterator[Problem]:
    relation = proof.relation(model, [path])
    column = relation.column(path)
    try:
        stored = proof.reader.time_column(model, path)
        known = {day: is_day for day in days if (is_day := _is_day(column, stored, day)) is not None}
        asked = [how_many(is_day) for is_day in known.values()]
        *counts, rows = proof.counts(model, relation.source, *asked, func.count(column))
    except DataError:
        return  # values that are no dates, which others report
    found = {day: count for day, count in zip(known, counts, strict=True) if count}
    if not found:
        return
    said = " and ".join(f"{count:,} of {rows:,} rows have {day}" for day, count in found.items())
    fix = derived(proof.reader, proof.models, model, path, lambda sql, _: _without(sql, stored, list(found)))
    yield odd(
        model,
        location,
        f"{said} as {dotted(path)}, which probably stands for no date.",
        f"Make it NULL {fix}.",
        proof.subject("placeholders", model, path),
    )


def _is_day(column: ColumnElement[Any], stored: TimeColumn, written: str) -> ColumnElement[bool] | None:
    """Return whether a stored value is a day; None where the form can't hold it."""
    day = date.fromisoformat(written)
    if stored.form in _TEXTS:
        return column.like(f"{written[:_MONTH] if stored.form is TimeForm.TEXT_MONTH else written}%")
    if stored.form in EPOCHS:
        return column == 0 if written == "1970-01-01" else None
    if stored.form is TimeForm.DATE:
        return column == literal(day, stored.sql_type())
    zone = UTC if stored.form is TimeForm.TIMESTAMP_WITH_ZONE else None
    start = datetime.combine(day, time(), zone)
    is_on = []
    # a moment with a zone lies up to a day beside its day
    if day != date.min:
        is_on.append(column >= literal(start - timedelta(days=1 if zone else 0), stored.sql_type()))
    if day != date.max:
        is_on.append(column < literal(start + timedelta(days=1), stored.sql_type()))
    return and_(*is_on)


def _without(sql: str, stored: TimeColumn, days: Sequence[str]) -> str:
    """Return the SQL that makes NULL of some days."""
    if stored.form in EPOCHS:
        return f"nullif({sql}, 0)"
    if stored.form in _TEXTS:
        length = _MONTH if stored.form is TimeForm.TEXT_MONTH else len(days[0])
        listed = ", ".join(f"'{day[:length]}'" for day in days)
        return f"case when substr({sql}, 1, {length}) in ({listed}) then null else {sql} end"
    listed = ", ".join(f"date '{day}'" for day in days)
    return f"case when cast({sql} as date) in ({listed}) then null else {sql} end"
