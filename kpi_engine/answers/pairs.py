"""One question about pairs: two statements, and the arithmetic of chance on their rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, case, func, literal, literal_column, select

from kpi_engine.analysis.affinity import Pair, p_value, q_values
from kpi_engine.answers.reach import metric_named, refuse_unreachable
from kpi_engine.answers.setting import Setting
from kpi_engine.domain.answer import Answer, Group, Note
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Metric, PairsOf
from kpi_engine.domain.models import Model, Path
from kpi_engine.domain.periods import Grain, Period, Window, window_of
from kpi_engine.domain.query import Baseline, Filter, Key, Query, Scope
from kpi_engine.domain.statements import RunStatement
from kpi_engine.domain.translatable import said
from kpi_engine.reading.freshness import Span
from kpi_engine.reading.reader import Reader, between
from kpi_engine.sql.exact_text import exact, exactly, same_bytes
from kpi_engine.sql.expressions import day_number, filter_conditions, horizon_days
from kpi_engine.sql.joins import Relation


@dataclass(frozen=True, slots=True)
class PairsQuestion:
    """A question about pairs, with its period made explicit.

    `item_filters` name items: they choose among the pairs. All others narrow the baskets.
    """

    metric: Metric
    pairs: PairsOf
    query: Query
    period: Period
    window: Window
    model: Model
    item_filters: tuple[Filter, ...]
    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read: the joint baskets and worth of each pair both ways, each item's baskets, all baskets."""

    pairs: Sequence[Any]
    items: Mapping[Key, int]
    baskets: int
    labels: Mapping[Key, str]
    span: Span
    statements: tuple[RunStatement, ...]


def pairs_answer(setting: Setting, pairs: PairsOf, query: Query, scope: Scope, now: datetime) -> Answer:
    """Answer a question about one metric that lists pairs. Raises as answer.answer does."""
    asked = _pairs_question(setting, pairs, query, scope, now)
    return _answer_of(asked, _read(setting, asked, now))


def _pairs_question(
    setting: Setting, pairs: PairsOf, query: Query, scope: Scope, now: datetime
) -> PairsQuestion:
    """Return the question that a query about pairs asks. Raises QueryError where it can't be asked."""
    metric = metric_named(setting.catalogue, query.metrics[0])
    refuse_unreachable(setting.catalogue, metric, query, scope)
    if query.by or query.per or query.sizes:
        raise QueryError(
            said("{metric} is a list of pairs and can't be split.", metric=metric.title),
            hint="Use a filter instead.",
        )
    today = setting.today(now)
    period = query.period or metric.spec.default_period(today, Grain.MONTH, 1)
    every = (*query.filters, *scope.filters)
    return PairsQuestion(
        metric=metric,
        pairs=pairs,
        query=query,
        period=period,
        window=window_of(period, today),
        model=setting.catalogue.models[pairs.value.model],
        item_filters=tuple(entry for entry in every if entry.dimension == pairs.item),
        filters=tuple(entry for entry in every if entry.dimension != pairs.item),
    )


def _read(setting: Setting, asked: PairsQuestion, now: datetime) -> _Read:
    reader = setting.reader
    held = _held(reader, asked, now).cte("held")
    baskets_of = func.count(exact(held.c.basket).distinct())
    counts = select(held.c.item, baskets_of).group_by(exactly(held.c.item))
    statements: tuple[Select[Any], ...] = (_joint(asked.pairs, held), counts, select(baskets_of))
    ran = [reader.run(asked.model.database, statement) for statement in statements]
    pairs, items, baskets = (rows for rows, _ in ran)
    members = reader.members(asked.pairs.item)
    return _Read(
        pairs,
        {key: int(count) for key, count in items},
        int(baskets[0][0]),
        {row.member.key: row.member.label for row in members},
        reader.span(asked.model, now),
        tuple(run for _, run in ran),
    )


def _answer_of(asked: PairsQuestion, read: _Read) -> Answer:
    groups = tuple(group for group in _groups(asked.pairs, read) if _is_asked(asked.item_filters, group))
    winners = [group for group in groups if _part(group, "shown")]
    return Answer(
        query=replace(asked.query, period=asked.period),
        metric=asked.metric.name,
        unit=asked.metric.unit,
        currency=asked.model.currency,
        direction=asked.metric.better,
        period=asked.period,
        window=asked.window,
        filters=asked.query.filters,
        figure=Figure(float(len(winners)), parts={"baskets": float(read.baskets)}),
        groups=groups,
        pair_of=asked.pairs.item,
        data_until=read.span.until,
        notes=tuple(_notes(asked, winners)),
        statements=read.statements,
    )


def _notes(asked: PairsQuestion, winners: Sequence[Group]) -> Iterator[Note]:
    if any(entry.baseline is not Baseline.NONE for entry in asked.query.compare):
        yield Note("pairs_alone")
    if not winners:
        yield Note("no_pairs", {"needed": asked.pairs.min_joint})


# statements


def _joint(pairs: PairsOf, held: CTE) -> Select[Any]:
    """Per item and other item: the baskets that hold both, and what the item was worth in them."""
    one, other = held.alias("one"), held.alias("other")
    both = [same_bytes(one.c.basket, other.c.basket), exact(one.c.item) != exact(other.c.item)]
    if pairs.within is not None:
        reach = case((one.c.day <= other.c.day, one.c.reach), else_=other.c.reach)
        both.append(func.abs(one.c.day - other.c.day) <= reach)
    pair = (one.c.basket, one.c.item, other.c.item.label("with_item"), one.c.day)
    met = (
        select(*pair, func.max(one.c.worth).label("worth"))
        .select_from(one.join(other, and_(*both)))
        .group_by(exactly(one.c.basket), exactly(one.c.item), exactly(other.c.item), one.c.day)
        .subquery("met")
    )
    baskets = func.count(exact(met.c.basket).distinct())
    return (
        select(met.c.item, met.c.with_item, baskets, func.sum(met.c.worth))
        .group_by(exactly(met.c.item), exactly(met.c.with_item))
        .having(baskets >= pairs.min_joint)
    )


def _held(reader: Reader, asked: PairsQuestion, now: datetime) -> Select[Any]:
    """One row per basket and item (and day, where days count), with what the item was worth in it."""
    model, pairs = asked.model, asked.pairs
    measure = model.measures[pairs.value.measure]
    if measure.of is None:
        raise QueryError(
            said("{metric} needs a measure with agg: sum as its value.", metric=asked.metric.title),
            hint="Correct value: in its file.",
        )
    item = model.dimensions[pairs.item].path
    paths: list[Path] = [(pairs.basket,), item, measure.of]
    paths += [model.time] if model.time else []
    paths += [model.dimensions[entry.dimension].path for entry in asked.filters]
    flags = {"counts": measure.where} if measure.where else {}
    relation = Relation(reader.models, model, paths, flags)
    basket, thing, worth = (relation.column(path) for path in paths[:3])
    conditions = [basket.is_not(None), thing.is_not(None), *_in_time(reader, asked, relation, now)]
    conditions += [relation.flag("counts") == 1] if flags else []
    conditions += filter_conditions(relation, model, asked.filters)
    if pairs.exclude:
        conditions.append(exact(thing).not_in(pairs.exclude))
    day, reach = _day_and_reach(reader, asked, relation, now)
    columns = (basket.label("basket"), thing.label("item"), day.label("day"), reach.label("reach"))
    bought = select(*columns, worth.label("worth")).select_from(relation.source).where(*conditions)
    rows = bought.subquery("bought")
    values = (func.max(rows.c.reach).label("reach"), func.sum(rows.c.worth).label("worth"))
    return select(rows.c.basket, rows.c.item, rows.c.day, *values).group_by(
        exactly(rows.c.basket), exactly(rows.c.item), rows.c.day
    )


def _day_and_reach(
    reader: Reader, asked: PairsQuestion, relation: Relation, now: datetime
) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """The number of the day of a purchase, and how many days later another may be; else always the same."""
    model, within = asked.model, asked.pairs.within
    if within is None or model.time is None:
        return literal_column("0"), literal_column("0")
    stored = reader.time_column(model, model.time)
    at, start, last = relation.column(model.time), asked.window.start or date(1970, 1, 1), now.date()
    return day_number(at, stored, start, last), horizon_days(at, stored, within, start, last)


def _in_time(reader: Reader, asked: PairsQuestion, relation: Relation, now: datetime) -> list[Any]:
    model, window = asked.model, asked.window
    if model.time is None:
        return []
    at, stored = relation.column(model.time), reader.time_column(model, model.time)
    happened = [at < literal(stored.before(now), stored.sql_type())]
    if window.start is None or window.end is None:
        return happened
    return [between(at, stored, window.start, window.end), *happened]


# figures


def _groups(pairs: PairsOf, read: _Read) -> list[Group]:
    """Return every pair that is judged, the winners first, those that surely win most before others."""
    found = [
        ((one, other), Pair(int(joint), read.items[one], read.items[other], read.baskets), float(worth or 0))
        for one, other, joint, worth in _both_ways(read.pairs)
    ]
    chances = q_values([p_value(pair) for _, pair, _ in found])
    groups = [
        _group(keys, read.labels, pair, worth, q, pairs.q)
        for (keys, pair, worth), q in zip(found, chances, strict=True)
    ]
    return sorted(
        groups, key=lambda group: (not _part(group, "shown"), -_part(group, "lift_low"), group.labels)
    )


def _both_ways(rows: Sequence[Any]) -> list[tuple[Key, Key, int, float]]:
    """Return each pair once, with what both of its items were worth."""
    worth = {(one, other): float(value or 0) for one, other, _, value in rows}
    joint = {(one, other): int(count) for one, other, count, _ in rows}
    once = {
        frozenset(pair): pair for pair in sorted(joint, key=lambda pair: tuple(map(str, pair)), reverse=True)
    }
    return [
        (one, other, joint[one, other], worth[one, other] + worth.get((other, one), 0.0))
        for one, other in once.values()
    ]


def _is_asked(filters: Sequence[Filter], group: Group) -> bool:
    """Whether a pair holds an item that the filters name."""
    return all(_holds(entry, group) for entry in filters)


def _holds(entry: Filter, group: Group) -> bool:
    named = {member.key for member in entry.members}
    return bool(named & set(group.keys)) != entry.exclude


def _part(group: Group, name: str) -> float:
    return (group.figure.parts or {})[name] or 0.0


def _group(
    keys: tuple[Key, Key], labels: Mapping[Key, str], pair: Pair, worth: float, q: float, limit: float | None
) -> Group:
    """Return a pair, the item first from which the other follows more often."""
    if pair.confidence_back > pair.confidence:
        keys = (keys[1], keys[0])
        pair = Pair(pair.joint, pair.second, pair.first, pair.baskets)
    wins = pair.lift > 1 and (limit is None or q <= limit)
    parts = {
        "joint": float(pair.joint),
        "support": pair.support,
        "confidence": pair.confidence,
        "confidence_back": pair.confidence_back,
        "lift": pair.lift,
        "lift_low": pair.lift_low,
        "q": q,
        "shown": float(wins),
        "revenue": worth,
    }
    names = tuple(labels.get(key, str(key)) for key in keys)
    return Group(names, keys, Figure(pair.lift, float(pair.joint), float(pair.first), parts=parts))
