"""One row of several that stand for the same thing, the latest: the last answer of a person in a wave."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Subquery, case, func, or_, select

from kpi_engine.domain.models import Model, Path
from kpi_engine.sql.exact_text import exactly
from kpi_engine.sql.readable import happened, is_unknown
from kpi_engine.sql.time_columns import TimeColumn

_PREFIX = "single_"


def single_paths(model: Model) -> dict[str, Path]:
    """Return the columns that `latest_only` looks for, by the label that their rows must give them."""
    if model.once is None:
        return {}
    named = {f"{_PREFIX}per_{index}": path for index, path in enumerate(model.once.per)}
    return {**named, f"{_PREFIX}at": model.once.latest, f"{_PREFIX}key": (model.key,)}


def latest_only(rows: Subquery, stored: TimeColumn, now: datetime) -> Subquery:
    """Return `rows` with only the latest of each `once.per`, without the `single_` columns.

    Rows of the same moment follow each other by the key; one without a moment gives way to any other.
    Rows of which a part of `per` is NULL each stand for themselves. Rows after `now` aren't there yet.
    `stored` says how the moment is kept.
    """
    per = [column for column in rows.c if column.name.startswith(f"{_PREFIX}per_")]
    at = rows.c.single_at
    place = func.row_number().over(
        partition_by=[exactly(column) for column in per],
        order_by=(case((is_unknown(at, stored), 1), else_=0), at.desc(), rows.c.single_key.desc()),
    )
    counts = or_(is_unknown(at, stored), happened(at, stored, now))
    placed = select(*rows.c, place.label("single_place")).where(counts).subquery("repeated_rows")
    alone = [placed.c[column.name].is_(None) for column in per]
    carried = [column for column in placed.c if not column.name.startswith(_PREFIX)]
    return select(*carried).where(or_(placed.c.single_place == 1, *alone)).subquery("single_rows")
