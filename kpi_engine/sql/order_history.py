"""What a customer's earlier orders say about each line.

The orders of each customer follow each other over all of their history, before any filter or period: lines
of the same order stand together at its earliest moment, orders of one moment by the smallest key. Which order
is the customer's first, and the first that has a category, is found by its moment. Only for the level of the
order before, orders are numbered in window functions that every database has.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, literal, or_, select

from kpi_engine.domain.models import History, Mark, Model, Path, When
from kpi_engine.sql.exact_text import exact, exactly, same_bytes
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.readable import happened
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


@dataclass(frozen=True, slots=True)
class Past:
    """The orders that lines are compared with: those of `model`, before `now`.

    `stored` says how the model's time is kept.
    """

    models: Mapping[str, Model]
    model: Model
    stored: TimeColumn
    now: datetime

    def happened(self, at: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return whether an order is known to have happened."""
        return happened(at, self.stored, self.now)


def with_history(rows: Subquery, history: History, whens: Collection[When], past: Past) -> Subquery:
    """Return `rows` with a 1-or-0 column `is_<when>` for each of `whens`, without the `history_` columns.

    Left out are rows that can't take part: without customer, order or time, or with one after now.
    """
    rules = _rules(history, whens)
    if "upsell" in rules or past.model.once:
        rows = _placed(rows, past)
        rows = _in_category(rows) if rules else rows
        rows = _with_last_level(rows) if "upsell" in rules else rows
    else:
        rows = _with_first_orders(rows, history, past, with_category=bool(rules))
    flags = [case((_tells(rows, history, when), 1), else_=0).label(f"is_{when}") for when in whens]
    carried = [column for column in rows.c if not column.name.startswith(_PREFIX)]
    return select(*carried, *flags).subquery("told_rows")


def _with_first_orders(rows: Subquery, history: History, past: Past, *, with_category: bool) -> Subquery:
    """Say of each line whether its order is the customer's first (place 1), and the first of its category."""
    firsts = _first_orders(past, history.order, [history.customer], "first")
    source = rows.join(firsts, same_bytes(rows.c.history_customer, firsts.c.key_0))
    place = case((exact(rows.c.history_order) == exact(firsts.c.first_order), 1), else_=2)
    told = [place.label("history_place")]
    if with_category and history.category:
        keys = [history.customer, history.category]
        starts = _first_orders(past, history.order, keys, "start")
        source = source.outerjoin(
            starts,
            and_(
                same_bytes(rows.c.history_customer, starts.c.key_0),
                same_bytes(rows.c.history_category, starts.c.key_1),
            ),
        )
        turn = case((exact(rows.c.history_order) == exact(starts.c.first_order), 1), else_=2)
        told.append(turn.label("history_turn"))
    takes_part = and_(
        rows.c.history_customer.is_not(None),
        rows.c.history_order.is_not(None),
        past.happened(rows.c.history_at),
    )
    return select(*rows.c, *told).select_from(source).where(takes_part).subquery("ordered_rows")


def _first_orders(past: Past, order: Path, keys: Sequence[Path], name: str) -> Subquery:
    """Return the first order for each combination of some keys: `key_<i>`, and `first_order`."""
    moments = _orders(past, order, keys)
    grouped = [moments.c[f"key_{place}"] for place in range(len(keys))]
    earliest = (
        select(*grouped, func.min(moments.c.at).label("at"))
        .group_by(*map(exactly, grouped))
        .subquery(f"{name}_moments")
    )
    orders = _orders(past, order, keys)
    same = [same_bytes(orders.c[column.name], earliest.c[column.name]) for column in grouped]
    shown = [orders.c[column.name] for column in grouped]
    return (
        select(*shown, func.min(orders.c.order_key).label("first_order"))
        .select_from(orders.join(earliest, and_(*same, orders.c.at == earliest.c.at)))
        .group_by(*map(exactly, shown))
        .subquery(f"{name}_orders")
    )


def _orders(past: Past, order: Path, keys: Sequence[Path]) -> Subquery:
    """Return the key and earliest moment of every line's order, with some keys; of lines that take part.

    The first of the keys is the customer's.
    """
    lines = _lines(past, order, keys)
    if len(keys) == 1 or _is_of_order(past.model, order):
        return lines  # a customer's earliest line is of the earliest order
    every = _lines(past, order, keys[:1])
    grouped = [every.c.key_0, every.c.order_key]
    began = select(*grouped, func.min(every.c.at).label("at")).group_by(*map(exactly, grouped)).subquery()
    same = [same_bytes(lines.c[column.name], began.c[column.name]) for column in grouped]
    shown = [column for column in lines.c if column.name != "at"]
    return select(*shown, began.c.at).select_from(lines.join(began, and_(*same))).subquery()


def _is_of_order(model: Model, order: Path) -> bool:
    """Whether all lines of an order have its moment: their time is a column of their order."""
    time = model.time or ()
    join = model.joins.get(time[0]) if len(time) == 2 else None  # noqa: PLR2004 - a join and its column
    return join is not None and len(join.on) == 1 and order in ((join.on[0][0],), (time[0], join.on[0][1]))


def _lines(past: Past, order: Path, keys: Sequence[Path]) -> Subquery:
    time = past.model.time or ()
    relation = Relation(past.models, past.model, [*keys, order, time], {})
    at, number = relation.column(time), relation.column(order)
    named = [relation.column(path).label(f"key_{place}") for place, path in enumerate(keys)]
    known = [relation.column(path).is_not(None) for path in (*keys, order)]
    return (
        select(*named, number.label("order_key"), at.label("at"))
        .select_from(relation.source)
        .where(past.happened(at), *known)
        .subquery()
    )


def _rules(history: History, whens: Collection[When]) -> set[When]:
    """Return what must be told by comparing orders."""
    return {when for when in whens if when != "existing" and history.has_rule(when)}


def _placed(rows: Subquery, past: Past) -> Subquery:
    """Number the orders of each customer."""
    customer, order, at = rows.c.history_customer, rows.c.history_order, rows.c.history_at
    began = func.min(at).over(partition_by=[exactly(customer), exactly(order)])
    takes_part = and_(customer.is_not(None), order.is_not(None), past.happened(at))
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
