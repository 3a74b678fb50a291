"""SQL expressions that statements share: segments and days of moments, filters, groups told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, and_, case, literal, literal_column, null, or_

from kpi_engine.domain.horizon import Horizon
from kpi_engine.domain.models import Model
from kpi_engine.domain.periods import ONE_DAY
from kpi_engine.domain.query import Filter, Member
from kpi_engine.sql.exact_text import exact, exactly
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.local_day import local_day
from kpi_engine.sql.readable import is_moment
from kpi_engine.sql.time_columns import TimeColumn, TimeForm

_LARGE = 2**31
"""From here on a whole number needs 64 bits."""


def apart(keys: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """Return what to group by: the segment, which is a number of ours, and each key byte for byte."""
    return [keys[0], *map(exactly, keys[1:])]


def day_number(
    moment: Any, stored: TimeColumn, first: date, last: date, *, is_known: bool = False
) -> ColumnElement[int]:
    """Return the number of the business day that a stored moment between two days falls on.

    NULL where it can't be read; `is_known`: no such row is left.
    """
    minutes: ColumnElement[Any] | None = None
    if stored.needs_shift:
        pieces = stored.offsets(first, last + ONE_DAY)
        marks = [literal(bound, stored.sql_type()) for bound, _ in pieces]
        minutes = _stepwise(moment, marks, [ahead for _, ahead in pieces], 0, len(marks))
    number = local_day(moment, minutes, stored.form)
    return number if is_known else case((is_moment(moment, stored.form), number))


def horizon_days(
    at: Any, stored: TimeColumn, horizon: Horizon, first: date, last: date
) -> ColumnElement[int]:
    """Return how many days a horizon has that begins on the day of a stored moment between two days."""
    months_only = stored.form is TimeForm.TEXT_MONTH
    steps = [step for step in horizon.lengths(first, last) if not (months_only and step[0].day > 1)]
    marks = [literal(stored.midnight(day), stored.sql_type()) for day, _ in steps[1:]]
    return _stepwise(at, marks, [length for _, length in steps], 0, len(steps))


def filter_conditions(
    relation: Relation, model: Model, filters: Sequence[Filter]
) -> list[ColumnElement[bool]]:
    """Return the conditions of filters over a relation that has their paths."""
    paths = ((model.path_of(entry.dimension), entry) for entry in filters)
    return [kept(relation.column(path) if path else null(), entry) for path, entry in paths]


def as_text(entry: Filter) -> Filter:
    members = (
        member if member.key is None else Member(str(member.key), member.label) for member in entry.members
    )
    return replace(entry, members=tuple(members))


def kept(key: ColumnElement[Any], entry: Filter) -> ColumnElement[bool]:
    """Return the condition of one filter; the missing member is NULL."""
    keys = [member.key for member in entry.members if member.key is not None]
    has_none = any(member.key is None for member in entry.members)
    kept: list[ColumnElement[bool]] = [exact(key).in_(keys)] if keys else []
    if has_none:
        kept.append(key.is_(None))
    if not entry.exclude:
        return or_(*kept)
    if has_none:
        return and_(key.is_not(None), *([exact(key).not_in(keys)] if keys else []))
    return or_(exact(key).not_in(keys), key.is_(None))


def bucket(at: Any, marks: Sequence[Any], values: Sequence[int]) -> ColumnElement[Any]:
    """Return the value of the segment between two marks that holds `at`, found by halving.

    `values` has one entry per segment. Neighbours of one value are one segment.
    """
    ends = [place for place in range(1, len(values)) if values[place] != values[place - 1]]
    limits = [marks[place] for place in ends]
    return _halved(at, limits, [values[0], *(values[place] for place in ends)])


def _halved(at: Any, limits: Sequence[Any], values: Sequence[int]) -> ColumnElement[Any]:
    if len(values) == 1:
        kind = BigInteger() if values[0] >= _LARGE else Integer()
        return literal_column(str(values[0]), kind)
    middle = len(values) // 2
    below = _halved(at, limits[: middle - 1], values[:middle])
    return case((at < limits[middle - 1], below), else_=_halved(at, limits[middle:], values[middle:]))


def _stepwise(
    at: Any, marks: Sequence[Any], values: Sequence[int], low: int, high: int
) -> ColumnElement[Any]:
    """Return the value of the first mark above `at`, found by halving; the last one beyond them all."""
    if high - low <= 1:
        return literal_column(str(values[low]))
    middle = (low + high) // 2
    return case(
        (at < marks[middle - 1], _stepwise(at, marks, values, low, middle)),
        else_=_stepwise(at, marks, values, middle, high),
    )
