"""Whether moments without a zone are in the one that they are read in: people keep their hours all year.

Where the clock changes with the seasons, what happens at nine in winter happens at nine in summer.
Moments that are kept in UTC but read as local ones seem to happen an hour earlier in summer, local
ones read as UTC an hour later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from math import sqrt
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, extract, func, select

from kpi_engine.domain.errors import Problem
from kpi_engine.domain.models import Location, Model, Path
from kpi_engine.proofs.proof import Proof, dotted, odd
from kpi_engine.sql.time_columns import TimeColumn, TimeForm

_FEWEST = 200
"""The rows that each season needs."""
_CLEARLY = 2.0
"""How many times the scatter of equal seasons their difference must be."""
_BETTER = 0.6
"""The part of the difference that may be left after a shift by an hour."""
_HOURS = 24
_MIDDLE = 15


def problems(
    proof: Proof, model: Model, path: Path, location: Location, stored: TimeColumn
) -> Iterator[Problem]:
    """Report a time column whose hours move with the seasons, with the zone that explains it."""
    if not stored.takes_zone:
        return
    seasons = _hours(proof, model, path, stored)
    if len(seasons) != 2 or min(hours.total() for hours in seasons.values()) < _FEWEST:  # noqa: PLR2004 - two seasons
        return
    winter, summer = (seasons[offset] for offset in sorted(seasons))
    moved = shift(winter, summer)
    if not moved:
        return
    owner = proof.relation(model, [path]).model_at(path[:-1])
    when = "earlier" if moved < 0 else "later"
    if moved < 0 and stored.own_zone.key != "UTC":
        fix = f"If they are stored in UTC, add zone: UTC in {owner.place.file}."
    else:
        fix = f"If they are stored in local time, remove zone: {stored.own_zone.key} from {owner.place.file}."
    message = (
        f"{dotted(path)} lies an hour {when} in summer than in winter, read as {stored.own_zone.key}:"
        " it probably isn't in that zone."
    )
    yield odd(model, location, message, fix, proof.subject("seasons", model, path))


def shift(winter: Counter[int], summer: Counter[int]) -> int:
    """Return by how many hours the days of summer lie later than those of winter: -1, 0 or 1.

    Both are rows by hour of the day, of _FEWEST rows at least. 0 unless another shift explains
    them clearly better.
    """
    apart = {hours: _difference(winter, summer, hours) for hours in (-1, 0, 1)}
    best = min(apart, key=lambda hours: apart[hours])
    scatter = sqrt(1 / winter.total() + 1 / summer.total()) * sum(
        sqrt((winter[hour] / winter.total() + summer[hour] / summer.total()) / 2) for hour in range(_HOURS)
    )
    is_clear = apart[0] > _CLEARLY * scatter and apart[best] < _BETTER * apart[0]
    return best if is_clear else 0


def _difference(winter: Counter[int], summer: Counter[int], hours: int) -> float:
    return sum(
        abs(winter[hour] / winter.total() - summer[(hour + hours) % _HOURS] / summer.total())
        for hour in range(_HOURS)
    )


def _hours(proof: Proof, model: Model, path: Path, stored: TimeColumn) -> dict[float, Counter[int]]:
    """Return rows by hour of the business day, by the business zone's offset at that time of the year.

    Months in which the clock changes are left out, and midnights, which are days.
    """
    relation = proof.relation(model, [path])
    column = relation.column(path)
    month, hour, is_midnight = _parts(column, stored)
    asked: list[ColumnElement[Any]] = [month, hour, func.count()]
    statement = (
        select(*asked)
        .select_from(relation.source)
        .where(column.is_not(None), ~is_midnight)
        .group_by(month, hour)
    )
    found: dict[float, Counter[int]] = {}
    year = proof.now.year - 1
    for at_month, at_hour, rows in proof.read(model, statement):
        number = int(at_month)
        ends = {
            datetime(year, number, day, 12, tzinfo=stored.business).utcoffset() for day in (1, _MIDDLE, 28)
        }
        offset = ends.pop()
        if ends or offset is None:
            continue
        middle = datetime(year, number, _MIDDLE, int(at_hour), tzinfo=stored.own_zone)
        hours = found.setdefault(offset.total_seconds(), Counter())
        hours[middle.astimezone(stored.business).hour] += int(rows)
    return found


def _parts(
    column: ColumnElement[Any], stored: TimeColumn
) -> tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[bool]]:
    """Return the month, the hour and whether it is midnight, of a stored moment."""
    if stored.form is TimeForm.TIMESTAMP:
        at = [cast(extract(part, column), Integer) for part in ("month", "hour", "minute")]
        return at[0], at[1], (at[1] == 0) & (at[2] == 0)
    month, hour = func.substr(column, 6, 2), func.substr(column, 12, 2)
    # a day among moments has no hour: it is midnight
    is_midnight = (func.substr(column, 12, 5) == "00:00") | (func.length(column) < 13)  # noqa: PLR2004
    return month, hour, is_midnight
