"""Whether moments that are kept as text lie on the day that the text begins with.

Text is compared as text, so 2026-10-01T00:30:00+02:00 counts as half past midnight on 1 October. That is
right where +02:00 is the zone's own offset on that day, and where the moment isn't near midnight.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, not_, or_, select

from kpi_engine.domain.errors import DataError, Problem
from kpi_engine.domain.models import Location, Model, Path
from kpi_engine.proofs.proof import Proof, dotted, how_many, wrong
from kpi_engine.sql.time_columns import TimeColumn, TimeForm

_TEXTS = frozenset({TimeForm.TEXT_SPACE, TimeForm.TEXT_T})
_MOST_READ = 100_000
"""The different minutes and offsets that are looked at."""
_MONTH, _MINUTE, _SECOND = 7, 16, 19
"""How many characters a moment has up to its month, minute and second."""


@dataclass(frozen=True, slots=True)
class Astray:
    """Rows whose offset isn't the zone's own: how many, the day that they count on, and the one they are of.

    Both are days of the business zone.
    """

    counted: date
    happened: date
    offset: str
    rows: int

    def crosses(self, start: date | None, end: date | None) -> bool:
        """Whether they count in `[start, end)` and happened outside of it, or the other way round."""

        def holds(day: date) -> bool:
            return (start is None or day >= start) and (end is None or day < end)

        return holds(self.counted) != holds(self.happened)


def stored_as_text(proof: Proof, model: Model, path: Path) -> TimeColumn | None:
    """Return how a time column is stored if it is text that might carry an offset, else None."""
    try:
        stored = proof.reader.time_column(model, path)
    except DataError:
        return None
    return stored if stored.form in _TEXTS else None


def in_utc(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a text ends in the offset of UTC."""
    return or_(column.like("%Z"), column.like("%+00:00"), column.like("%+00"))


def with_offset(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a text ends in another offset, such as +02:00."""
    ends = or_(*(column.like(f"____-__-__%{sign}{form}") for sign in "+-" for form in ("__:__", "____")))
    return and_(ends, column.like("____-__-__%:%"), not_(in_utc(column)))


def alarm(proof: Proof, model: Model, path: Path) -> Select[Any] | None:
    """Return a statement of one value, 1 where any moment carries an offset; None for other forms."""
    if stored_as_text(proof, model, path) is None:
        return None
    relation = proof.relation(model, [path])
    column = relation.column(path)
    has = case((or_(in_utc(column), with_offset(column)), 1))
    return select(func.max(has)).select_from(relation.source)


def any_astray(proof: Proof, model: Model, path: Path, stored: TimeColumn) -> bool:
    """Whether some moment carries an offset that its zone never has in that month."""
    relation = proof.relation(model, [path])
    column = relation.column(path)
    month, offset = func.substr(column, 1, _MONTH), func.substr(column, _SECOND + 1)
    statement = (
        select(month, offset)
        .select_from(relation.source)
        .where(or_(in_utc(column), with_offset(column)))
        .group_by(month, offset)
        .limit(_MOST_READ)
    )
    return any(_is_foreign(str(row[0]), str(row[1]), stored) for row in proof.read(model, statement))


def _is_foreign(month: str, rest: str, stored: TimeColumn) -> bool:
    """Whether what follows the seconds is an offset that the zone doesn't have on any day of a month."""
    try:
        first = datetime.fromisoformat(f"{month}-01T12:00:00{rest.strip()}")
    except ValueError:
        return True  # a moment without seconds: look closer
    days = (first.replace(tzinfo=stored.own_zone, day=day) for day in range(1, 29))
    return first.utcoffset() not in {None, *(day.utcoffset() for day in days)}


def problems(
    proof: Proof, model: Model, path: Path, location: Location, stored: TimeColumn
) -> Iterator[Problem]:
    """Report text with an offset behind it that isn't the zone's own: it is compared as text."""
    relation = proof.relation(model, [path])
    column = relation.column(path)
    counts = (how_many(in_utc(column)), how_many(with_offset(column)), func.count(column))
    utc, others, rows = proof.counts(model, relation.source, *counts)
    if not utc and not others:
        return
    found = astray(proof, model, relation.source, column, stored)
    if others and found:
        yield wrong(
            model,
            location,
            f"{dotted(path)} carries an offset such as +02:00 in {others:,} of {rows:,} rows: as text"
            " such moments can't be compared.",
            "Use sql: to convert it to one zone without the offset, and set zone: to that zone.",
        )
    elif utc and found:
        owner = relation.model_at(path[:-1])
        yield wrong(
            model,
            location,
            f"{dotted(path)} is in UTC in {utc:,} of {rows:,} rows (it ends in Z), but is read as"
            f" {stored.own_zone.key}.",
            f"Set zone: UTC in {owner.place.file}.",
        )


def astray(
    proof: Proof,
    model: Model,
    source: Any,
    column: ColumnElement[Any],
    stored: TimeColumn,
    conditions: Sequence[ColumnElement[bool]] = (),
) -> tuple[Astray, ...]:
    """Return the rows whose offset isn't the zone's own at that time, read by minute and offset.

    Those without an offset are in the zone.
    """
    minute, offset = func.substr(column, 1, _MINUTE), func.substr(column, _MINUTE + 1)
    asked: list[ColumnElement[Any]] = [minute, offset, func.count()]
    statement = (
        select(*asked)
        .select_from(source)
        .where(or_(in_utc(column), with_offset(column)), *conditions)
        .group_by(minute, offset)
        .limit(_MOST_READ)
    )
    found: dict[tuple[date, date, str], int] = {}
    for written, rest, rows in proof.read(model, statement):
        try:
            at = datetime.fromisoformat(f"{str(written).strip()}{str(rest).strip()}")
        except ValueError:
            continue  # a value that can't be read falls in no period
        counted = at.replace(tzinfo=stored.own_zone)
        if at.utcoffset() not in (None, counted.utcoffset()):
            counted_on, happened_on = (moment.astimezone(stored.business).date() for moment in (counted, at))
            key = counted_on, happened_on, at.strftime("%z")
            found[key] = found.get(key, 0) + int(rows)
    return tuple(Astray(*key, rows) for key, rows in found.items())


def near(column: ColumnElement[Any], edges: Collection[date]) -> ColumnElement[bool]:
    """Whether a text begins with a day from which a moment may have moved over one of some midnights."""
    days = sorted({(edge + timedelta(days=step)).isoformat() for edge in edges for step in (-2, -1, 0, 1)})
    return or_(*(and_(column >= literal(day), column < literal(f"{day}~")) for day in days))
