"""Pairs of items in baskets: one statement that counts, prunes and chooses in the database.

`held` has one row per basket and item. Joined to itself one way (item < item) it gives each pair once, with
what both items were worth and all counts by which chance is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Label,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from kpi_engine.analysis.affinity import Pair
from kpi_engine.database.warehouse import ROW_LIMIT, Row
from kpi_engine.domain.metrics import PairsOf
from kpi_engine.domain.models import Measure, Model, Path
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Filter, Key
from kpi_engine.domain.statements import RunStatement, sent_for
from kpi_engine.reading.reader import Reader, between
from kpi_engine.sql.exact_text import exact, exactly, same_bytes
from kpi_engine.sql.expressions import day_number, filter_conditions, horizon_days
from kpi_engine.sql.joins import Relation
from kpi_engine.sql.readable import happened, number_of

PAIR_LIMIT = ROW_LIMIT // 2
"""More pairs than this are never fetched."""

_WORTH_PRUNING = 0.1
"""Rare items are left out before the join where they make at least this share of what the baskets hold.

Without any rare item that costs CPU and gains nothing.
"""

_COLUMNS = (
    "one",
    "other",
    "baskets",
    "one_baskets",
    "other_baskets",
    "one_worth",
    "other_worth",
    "judged",
)
"""What a row says of a pair, after three numbers of all."""


@dataclass(frozen=True, slots=True)
class Purchases:
    """The lines of a model whose items are paired: those in a window that pass the filters, by `now`."""

    pairs: PairsOf
    model: Model
    filters: tuple[Filter, ...]
    window: Window
    now: datetime

    @property
    def measure(self) -> Measure:
        """What a line is worth; a sum, so that it has a column."""
        return self.model.measures[self.pairs.value.measure]

    @property
    def time(self) -> Path | None:
        """The column that the window applies to; None where the lines have no dates."""
        return self.measure.time or self.model.time


@dataclass(frozen=True, slots=True)
class CountedPair:
    """Two items, their baskets, and what both were worth in the baskets that they share."""

    items: tuple[Key, Key]
    counts: Pair
    worth: float


@dataclass(frozen=True, slots=True)
class BasketPairs:
    """The number of baskets, and the pairs of items that at least `min_joint` of them hold: `judged` many.

    `pairs` are all of those. If they are more than PAIR_LIMIT, they are those with a lift above 1; if these
    are more as well, `is_cut` is True and `pairs` are the PAIR_LIMIT least likely by chance.
    """

    baskets: int
    judged: int
    pairs: tuple[CountedPair, ...]
    is_cut: bool
    statement: RunStatement


def read_pairs(reader: Reader, purchases: Purchases, limit: int = PAIR_LIMIT) -> BasketPairs:
    """Return the counted pairs of a model's items. Raises the errors of Warehouse.read."""
    reader.require_within(purchases.filters)
    pairs, today = purchases.pairs, reader.today(purchases.now)
    key = (pairs.value, pairs.basket, pairs.item, pairs.min_joint)
    rare_share = reader.rare_shares.get(today, key)
    prunes = rare_share is None or rare_share >= _WORTH_PRUNING
    statement = _statement(reader, purchases, limit, prunes=prunes)
    with sent_for("pairs", [pairs.item]):
        rows, run = reader.run(purchases.model.database, statement)
    baskets, held, rare, *_ = rows[0]
    if held:
        reader.rare_shares.put(today, key, int(rare) / int(held))
    found = [row[3:] for row in rows if row[3] is not None]
    return BasketPairs(
        baskets=int(baskets),
        judged=int(found[0][-1]) if found else 0,
        pairs=tuple(_counted(row, int(baskets)) for row in found[:limit]),
        is_cut=len(found) > limit,
        statement=run,
    )


def _counted(row: Row, baskets: int) -> CountedPair:
    """Return a pair, the item first whose key comes first as text."""
    one, other, joint, one_baskets, other_baskets, one_worth, other_worth, _ = row
    if str(one) > str(other):
        one, other, one_baskets, other_baskets = other, one, other_baskets, one_baskets
        one_worth, other_worth = other_worth, one_worth
    counts = Pair(int(joint), int(one_baskets), int(other_baskets), baskets)
    return CountedPair((one, other), counts, float(one_worth or 0) + float(other_worth or 0))


# the statement


def _statement(reader: Reader, purchases: Purchases, limit: int, *, prunes: bool) -> Select[Any]:
    """Return one row per pair, after the counts of all; without any pair, one row of the counts alone."""
    pairs = purchases.pairs
    held = _held(reader, purchases).cte("kpi_held")
    in_baskets = func.count() if pairs.within is None else func.count(exact(held.c.basket).distinct())
    items = select(held.c.item, in_baskets.label("baskets")).group_by(exactly(held.c.item)).cte("kpi_items")
    totals = _totals(pairs, held, items).cte("kpi_totals")
    joint = _joint(pairs, _pruned(pairs, held, items) if prunes else held).subquery("joint")
    chosen = _chosen(_judged(joint, items), totals, limit).subquery("chosen")
    return (
        select(
            totals.c.baskets,
            totals.c.held,
            totals.c.rare,
            *(chosen.c[name] for name in _COLUMNS),
        )
        .select_from(totals.join(chosen, chosen.c.mark == totals.c.mark, isouter=True))
        .order_by(chosen.c.surprise.desc())
        .limit(limit + 1)
    )


def _totals(pairs: PairsOf, held: CTE, items: CTE) -> Select[Any]:
    """One row: the baskets, what they hold, and how much of that are items too rare for any pair."""
    each = select(held.c.basket).group_by(exactly(held.c.basket)).subquery("each_basket")
    baskets = select(func.count()).select_from(each).scalar_subquery()
    rare = case((items.c.baskets < pairs.min_joint, items.c.baskets), else_=0)
    sums = (func.sum(items.c.baskets).label("held"), func.sum(rare).label("rare"))
    return select(func.max(_mark()).label("mark"), baskets.label("baskets"), *sums).select_from(items)


def _judged(joint: Subquery, items: CTE) -> Subquery:
    """Each pair with the baskets of its items, and beside it the number of all pairs."""
    one, other = items.alias("one_item"), items.alias("other_item")
    pairs = joint.join(one, same_bytes(one.c.item, joint.c.one)).join(
        other, same_bytes(other.c.item, joint.c.other)
    )
    counts = (one.c.baskets.label("one_baskets"), other.c.baskets.label("other_baskets"))
    all_of_them = func.count().over().label("judged")
    return select(_mark(), *joint.c, *counts, all_of_them).select_from(pairs).subquery("judged")


def _chosen(judged: Subquery, totals: CTE, limit: int) -> Select[Any]:
    """All pairs or, where they are too many, those with a lift above 1; with how little chance explains them.

    `surprise` is the square of a z-score.
    """
    together = judged.c.baskets * totals.c.baskets
    alone = judged.c.one_baskets * judged.c.other_baskets
    surplus = 1.0 * together - alone
    return (
        select(*judged.c, (surplus * surplus / alone).label("surprise"))
        .select_from(judged.join(totals, totals.c.mark == judged.c.mark))
        .where(or_(judged.c.judged <= limit, together > alone))
    )


def _mark() -> Label[int]:
    """A constant to join by: some databases accept no outer join without an equality."""
    return literal_column("1", Integer).label("mark")


def _pruned(pairs: PairsOf, held: CTE, items: CTE) -> CTE:
    """What the baskets hold of items that are in enough of them for a pair."""
    often = held.join(items, same_bytes(items.c.item, held.c.item))
    return select(*held.c).select_from(often).where(items.c.baskets >= pairs.min_joint).cte("kpi_often_held")


def _joint(pairs: PairsOf, held: CTE) -> Select[Any]:
    """Per pair of items: the baskets that hold both, and what either was worth in them."""
    one, other = held.alias("one"), held.alias("other")
    met = and_(same_bytes(one.c.basket, other.c.basket), exact(one.c.item) < exact(other.c.item))
    items = (one.c.item.label("one"), other.c.item.label("other"))
    if pairs.within is not None:
        return _joint_in_time(pairs, one, other, met, items)
    return (
        select(
            *items,
            func.count().label("baskets"),
            func.sum(one.c.worth).label("one_worth"),
            func.sum(other.c.worth).label("other_worth"),
        )
        .select_from(one.join(other, met))
        .group_by(exactly(one.c.item), exactly(other.c.item))
        .having(func.count() >= pairs.min_joint)
    )


def _joint_in_time(
    pairs: PairsOf, one: Any, other: Any, met: ColumnElement[bool], items: Sequence[ColumnElement[Any]]
) -> Select[Any]:
    """The same, where an item may be in a basket on several days, and its worth of a day counts once."""
    reach = case((one.c.day <= other.c.day, one.c.reach), else_=other.c.reach)
    near = (
        select(
            one.c.basket,
            *items,
            one.c.day.label("one_day"),
            other.c.day.label("other_day"),
            one.c.worth.label("one_worth"),
            other.c.worth.label("other_worth"),
        )
        .select_from(one.join(other, and_(met, func.abs(one.c.day - other.c.day) <= reach)))
        .cte("kpi_near")
    )
    pair = (near.c.basket, near.c.one, near.c.other)
    nothing: ColumnElement[Any] = literal_column("0")
    sides = union_all(
        select(*pair, func.max(near.c.one_worth).label("one_worth"), nothing.label("other_worth")).group_by(
            *map(exactly, pair), near.c.one_day
        ),
        select(*pair, nothing.label("one_worth"), func.max(near.c.other_worth).label("other_worth")).group_by(
            *map(exactly, pair), near.c.other_day
        ),
    ).subquery("sides")
    baskets = func.count(exact(sides.c.basket).distinct())
    return (
        select(
            sides.c.one,
            sides.c.other,
            baskets.label("baskets"),
            func.sum(sides.c.one_worth).label("one_worth"),
            func.sum(sides.c.other_worth).label("other_worth"),
        )
        .group_by(exactly(sides.c.one), exactly(sides.c.other))
        .having(baskets >= pairs.min_joint)
    )


def _held(reader: Reader, purchases: Purchases) -> Select[Any]:
    """One row per basket and item (and day, where days count), with what the item was worth in it."""
    pairs, model, measure = purchases.pairs, purchases.model, purchases.measure
    item, worth = model.dimensions[pairs.item].path, measure.of or (model.key,)
    paths: list[Path] = [(pairs.basket,), item, worth]
    paths += [purchases.time] if purchases.time else []
    paths += [model.dimensions[entry.dimension].path for entry in purchases.filters]
    flags = {"counts": measure.where} if measure.where else {}
    relation = Relation(reader.models, model, paths, flags)
    basket, thing, value = (relation.column(path) for path in paths[:3])
    if measure.of:
        value = number_of(value, reader.number_form(model, measure.of))
    conditions = [basket.is_not(None), thing.is_not(None), *_in_time(reader, purchases, relation)]
    conditions += [relation.flag("counts") == 1] if flags else []
    conditions += filter_conditions(relation, model, purchases.filters)
    if pairs.exclude:
        conditions.append(exact(thing).not_in(pairs.exclude))
    days = _day_and_reach(reader, purchases, relation)
    columns = (basket.label("basket"), thing.label("item"), value.label("worth"), *days)
    rows = select(*columns).select_from(relation.source).where(*conditions).subquery("bought")
    worth_of_all = func.sum(rows.c.worth).label("worth")
    apart = (exactly(rows.c.basket), exactly(rows.c.item))
    if not days:
        return select(rows.c.basket, rows.c.item, worth_of_all).group_by(*apart)
    reach = func.max(rows.c.reach).label("reach")
    return select(rows.c.basket, rows.c.item, rows.c.day, reach, worth_of_all).group_by(*apart, rows.c.day)


def _day_and_reach(
    reader: Reader, purchases: Purchases, relation: Relation
) -> tuple[ColumnElement[int], ...]:
    """The number of the day of a purchase and how many days later another may be, where days count."""
    within, time = purchases.pairs.within, purchases.time
    if within is None:
        return ()
    if time is None:
        return literal_column("0").label("day"), literal_column("0").label("reach")
    stored = reader.time_column(purchases.model, time)
    at, start = relation.column(time), purchases.window.start or date(1970, 1, 1)
    last = purchases.now.date()
    day = day_number(at, stored, start, last)
    return day.label("day"), horizon_days(at, stored, within, start, last).label("reach")


def _in_time(reader: Reader, purchases: Purchases, relation: Relation) -> list[ColumnElement[bool]]:
    time, window = purchases.time, purchases.window
    if time is None:
        return []
    at, stored = relation.column(time), reader.time_column(purchases.model, time)
    before_now = happened(at, stored, purchases.now)
    if window.start is None or window.end is None:
        return [before_now]
    return [between(at, stored, window.start, window.end), before_now]
