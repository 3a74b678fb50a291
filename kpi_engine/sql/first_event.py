"""The rows of each customer's first event of all time, found by its moment, without ranking every row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, and_, func, literal, or_, select

from kpi_engine.domain.models import First, Model, Path
from kpi_engine.sql.exact_text import exactly, same_bytes
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.readable import happened, known
from kpi_engine.sql.scan import Ground
from kpi_engine.sql.time_columns import TimeColumn

_SHORT = timedelta(days=400)
"""Where all stretches together are shorter, only customers with an event in them are looked at."""

Covered = tuple[tuple[date | None, date | None], ...]


@dataclass(frozen=True, slots=True)
class FirstEvents:
    """What tells the first events of a model: at what `time`, of the rows that meet `counted`."""

    model: Model
    first: First
    time: Path
    counted: str | None

    def moments(self, ground: Ground, covered: Covered) -> Subquery:
        """Return the moment of each first event that lies in the days `covered`: first_per, first_at."""
        flags = {"counts": self.counted} if self.counted else {}
        relation = Relation(ground.models, self.model, [self.first.per, self.time], flags)
        counts = [relation.flag("counts") == 1] if self.counted else []
        per, at = relation.column(self.first.per), relation.column(self.time)
        stored = ground.time_column(self.model, self.time)
        statement = moments_of(relation.source, per, at, stored, ground, covered).where(*counts)
        if _is_short(covered):
            statement = statement.where(per.in_(self._recent(ground, covered)))
        return statement.subquery("first_moments")

    def _recent(self, ground: Ground, covered: Covered) -> Select[Any]:
        """Select the customers with an event in the days covered: the only ones whose first can be there."""
        relation = Relation(ground.models, self.model, [self.first.per, self.time], {})
        per, at = relation.column(self.first.per), relation.column(self.time)
        stored = ground.time_column(self.model, self.time)
        return (
            select(per)
            .select_from(relation.source)
            .where(per.is_not(None), *known(at, stored), *within(at, stored, covered))
        )


def moments_of(
    source: FromClause, per: Any, at: Any, stored: TimeColumn, ground: Ground, covered: Covered
) -> Select[Any]:
    """Select the earliest moment of each customer, where it lies in the days covered."""
    earliest = func.min(at)
    return (
        select(per.label("first_per"), earliest.label("first_at"))
        .select_from(source)
        .where(per.is_not(None), happened(at, stored, ground.now))
        .group_by(exactly(per))
        .having(*within(earliest, stored, covered))
    )


def within(at: Any, stored: TimeColumn, covered: Covered) -> list[ColumnElement[bool]]:
    """Return the conditions under which a stored moment lies in one of some pieces of time."""
    kind = stored.sql_type()
    pieces = []
    for start, end in covered:
        piece = [at >= literal(stored.midnight(start), kind)] if start else []
        piece += [at < literal(stored.midnight(end), kind)] if end else []
        if not piece:
            return []
        pieces.append(and_(*piece))
    return [or_(*pieces)]


def first_only(rows: FromClause, moments: Subquery) -> Subquery:
    """Return `rows` with only those of first events: at its moment, of several events then the smallest key.

    `rows` have the columns at, first_per and first_event.
    """
    at_first = rows.join(
        moments, same_bytes(rows.c.first_per, moments.c.first_per) & (rows.c.at == moments.c.first_at)
    )
    rank = func.rank().over(partition_by=exactly(rows.c.first_per), order_by=exactly(rows.c.first_event))
    ranked = select(*rows.c, rank.label("first_rank")).select_from(at_first).subquery("ranked_rows")
    return (
        select(*(column for column in ranked.c if column.name != "first_rank"))
        .where(ranked.c.first_rank == 1)
        .subquery("first_rows")
    )


def _is_short(covered: Covered) -> bool:
    days = timedelta()
    for start, end in covered:
        if start is None or end is None:
            return False
        days += end - start
    return days <= _SHORT
