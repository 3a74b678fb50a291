"""What a customer's earlier orders say about each line, in window functions that every database has.

The orders of each customer are numbered over all of their history, before any filter or period: lines
of the same order stand together at its earliest moment, orders of one moment by the smallest key. The
lines of later orders are then compared with the earlier ones: has the customer had the category, and
which was the highest level of their last order in it?
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, literal, or_, select

from kpi_engine.domain.models import History, Mark, Model, Path, When
from kpi_engine.sql.exact_text import exact, exactly
from kpi_engine.sql.time_columns import TimeColumn

_PREFIX = "history_"
_BILLIONTH = 1e-9
"""Prices made by division are not exact: two that differ by less are the same."""


def history_paths(model: Model, whens: Collection[When]) -> dict[str, Path]:
    """Return the columns that `with_history` looks for, by the label that their rows must give them.

    The model must have a history and a time.
    """
    history = model.history
    if history is None or model.time is None:
        return {}
    wanted = {"customer", "order"}
    wanted |= {"category"} if _rules(history, whens) else set()
    wanted |= {"level"} if "upsell" in _rules(history, whens) else set()
    wanted |= {"mark"} if any(when != "existing" for when in whens) else set()
    named = {key: path for key, path in history.named().items() if key in wanted}
    return {f"{_PREFIX}{key}": path for key, path in {**named, "at": model.time}.items()}


def with_history(
    rows: Subquery, history: History, whens: Collection[When], stored: TimeColumn, now: datetime
) -> Subquery:
    """Return `rows` with a 1-or-0 column `is_<when>` for each of `whens`, without the `history_` columns.

    Left out are rows that can't take part: without customer, order or time, or with one after `now`.
    `stored` says how the model's time is kept.
    """
    rules = _rules(history, whens)
    rows = _placed(rows, literal(stored.before(now), stored.sql_type()))
    if rules:
        rows = _in_category(rows)
    if "upsell" in rules:
        rows = _with_last_level(rows)
    flags = [case((_tells(rows, history, when), 1), else_=0).label(f"is_{when}") for when in whens]
    carried = [column for column in rows.c if not column.name.startswith(_PREFIX)]
    return select(*carried, *flags).subquery("told_rows")


def _rules(history: History, whens: Collection[When]) -> set[When]:
    """Return what must be told by comparing orders."""
    return {when for when in whens if when != "existing" and history.has_rule(when)}


def _placed(rows: Subquery, after: ColumnElement[Any]) -> Subquery:
    """Number the orders of each customer."""
    customer, order, at = rows.c.history_customer, rows.c.history_order, rows.c.history_at
    began = func.min(at).over(partition_by=[exactly(customer), exactly(order)])
    takes_part = and_(customer.is_not(None), order.is_not(None), at < after)
    dated = select(*rows.c, began.label("history_began")).where(takes_part).subquery("dated_rows")
    place = func.dense_rank().over(
        partition_by=exactly(dated.c.history_customer),
        order_by=(dated.c.history_began, exactly(dated.c.history_order)),
    )
    return select(*dated.c, place.label("history_place")).subquery("ordered_rows")


def _in_category(rows: Subquery) -> Subquery:
    """Number the orders of each customer that have a line's category."""
    turn = func.dense_rank().over(
        partition_by=[exactly(rows.c.history_customer), exactly(rows.c.history_category)],
        order_by=rows.c.history_place,
    )
    return select(*rows.c, turn.label("history_turn")).subquery("turn_rows")


def _with_last_level(rows: Subquery) -> Subquery:
    """Find the highest level of the order before, of those that have the category."""
    last = func.max(rows.c.history_level).over(
        partition_by=[exactly(rows.c.history_customer), exactly(rows.c.history_category)],
        order_by=rows.c.history_turn,
        range_=(-1, -1),
    )
    return select(*rows.c, last.label("history_last_level")).subquery("level_rows")


def _tells(rows: Subquery, history: History, when: When) -> ColumnElement[bool]:
    """Return whether a line is what `when` says: by its mark where it has one, else by the rule."""
    existing = rows.c.history_place > 1
    if when == "existing":
        return existing
    told: list[ColumnElement[bool]] = []
    values = history.marks(when)
    if values:
        told.append(exact(rows.c.history_mark).in_(values))
    if history.has_rule(when):
        rule = _is_new(rows) if when == "cross_sell" else _is_higher(rows, history.min_uplift)
        told.append(and_(rule, _unmarked(rows, history.mark)) if history.mark else rule)
    return and_(existing, or_(*told))


def _unmarked(rows: Subquery, mark: Mark) -> ColumnElement[bool]:
    """Return whether a line has no mark; an empty text is none."""
    found = rows.c.history_mark
    is_text = all(isinstance(value, str) for value in (*mark.upsell, *mark.cross_sell))
    return or_(found.is_(None), found == "") if is_text else found.is_(None)


def _is_new(rows: Subquery) -> ColumnElement[bool]:
    return and_(rows.c.history_category.is_not(None), rows.c.history_turn == 1)


def _is_higher(rows: Subquery, uplift: float) -> ColumnElement[bool]:
    """Return whether the level is above the last one, by the uplift; of no last level nothing is."""
    level, last = rows.c.history_level, rows.c.history_last_level
    least = (1 + uplift) * (1 - _BILLIONTH) if uplift else 1 + _BILLIONTH
    return and_(rows.c.history_category.is_not(None), level > last, level >= last * literal(least))
