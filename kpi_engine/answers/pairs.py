"""One question about pairs: two statements, and the arithmetic of chance on their rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, func, literal, literal_column, select

from kpi_engine.analysis.affinity import Pair, p_value, q_values
from kpi_engine.answers.answer import Setting, refuse_unreachable
from kpi_engine.domain.answer import Answer, Group, Note
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.models import Model, Path
from kpi_engine.domain.periods import Grain, window_of
from kpi_engine.domain.query import Baseline, Filter, Key, Query, Scope
from kpi_engine.domain.translatable import said
from kpi_engine.kinds.affinity import Affinity
from kpi_engine.reading.reader import between
from kpi_engine.sql.exact_text import exact, exactly, same_bytes
from kpi_engine.sql.expressions import day_number, kept
from kpi_engine.sql.joins import Relation


class Pairing:
    """The work of one question about one metric of the kind affinity."""

    def __init__(
        self, setting: Setting, metric: Metric, spec: Affinity, query: Query, scope: Scope, now: datetime
    ) -> None:
        refuse_unreachable(setting.catalogue, metric, query, scope)
        if query.by or query.per or query.sizes:
            raise QueryError(
                said("{metric} is a list of pairs and can't be split.", metric=metric.title),
                hint="Narrow it with a filter instead.",
            )
        self._setting, self._metric, self._spec, self._query = setting, metric, spec, query
        self._now = now
        today = now.astimezone(setting.zone).date()
        self._period = query.period or spec.default_period(today, Grain.MONTH, 1)
        self._window = window_of(self._period, today)
        self._model = setting.catalogue.models[spec.value.model]
        every = (*query.filters, *scope.filters)
        self._items = [entry for entry in every if entry.dimension == spec.item]
        self._filters = [entry for entry in every if entry.dimension != spec.item]

    def answer(self) -> Answer:
        """Read items and pairs, and judge them."""
        warehouse = self._setting.reader.warehouse(self._model)
        held = self._held().cte("held")
        baskets_of = func.count(exact(held.c.basket).distinct())
        counts = select(held.c.item, baskets_of).group_by(exactly(held.c.item))
        statements: tuple[Select[Any], ...] = (self._joint(held), counts, select(baskets_of))
        pairs, items, baskets = (warehouse.read(statement) for statement in statements)
        groups = self._groups(
            _both_ways(pairs), {key: int(count) for key, count in items}, int(baskets[0][0])
        )
        kept_groups = [group for group in groups if self._is_asked(group)]
        winners = [group for group in kept_groups if (group.figure.parts or {})["shown"]]
        span = self._setting.reader.span(self._model, self._now)
        return Answer(
            query=replace(self._query, period=self._period),
            metric=self._metric.name,
            unit=self._metric.unit,
            currency=self._model.currency,
            direction=self._metric.better,
            period=self._period,
            window=self._window,
            filters=self._query.filters,
            figure=Figure(float(len(winners)), parts={"baskets": float(baskets[0][0])}),
            groups=tuple(kept_groups),
            pair_of=self._spec.item,
            data_until=span.until,
            notes=tuple(self._notes(winners)),
            sql=tuple(warehouse.sql(statement) for statement in statements),
        )

    def _notes(self, winners: Collection[Group]) -> Iterator[Note]:
        if any(entry.baseline is not Baseline.NONE for entry in self._query.compare):
            yield Note("pairs_alone")
        if not winners:
            yield Note("no_pairs", {"needed": self._spec.min_joint})

    def _joint(self, held: CTE) -> Select[Any]:
        """Per item and other item: the baskets that hold both, and what the item was worth in them."""
        one, other = held.alias("one"), held.alias("other")
        both = [same_bytes(one.c.basket, other.c.basket), exact(one.c.item) != exact(other.c.item)]
        if self._spec.within is not None:
            both.append(func.abs(one.c.day - other.c.day) <= self._spec.within)
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
            .having(baskets >= self._spec.min_joint)
        )

    def _held(self) -> Select[Any]:
        """One row per basket and item (and day, where days count), with what the item was worth in it."""
        model, spec = self._model, self._spec
        measure = model.measures[spec.value.measure]
        if measure.of is None:
            raise QueryError(
                said("{metric} needs a sum as its value.", metric=self._metric.title),
                hint="Correct value: in its file.",
            )
        item = model.dimensions[spec.item].path
        paths: list[Path] = [(spec.basket,), item, measure.of]
        paths += [model.time] if model.time else []
        paths += [model.dimensions[entry.dimension].path for entry in self._filters]
        flags = {"counts": measure.where} if measure.where else {}
        relation = Relation(self._setting.catalogue.models, model, paths, flags)
        basket, thing, worth = (relation.column(path) for path in paths[:3])
        conditions = [basket.is_not(None), thing.is_not(None), *self._in_time(relation, model)]
        conditions += [relation.flag("counts") == 1] if flags else []
        conditions += [
            kept(relation.column(model.dimensions[entry.dimension].path), entry) for entry in self._filters
        ]
        if spec.exclude:
            conditions.append(exact(thing).not_in(spec.exclude))
        day = self._day(relation, model)
        columns = (basket.label("basket"), thing.label("item"), day.label("day"))
        bought = select(*columns, worth.label("worth")).select_from(relation.source).where(*conditions)
        rows = bought.subquery("bought")
        return select(rows.c.basket, rows.c.item, rows.c.day, func.sum(rows.c.worth).label("worth")).group_by(
            exactly(rows.c.basket), exactly(rows.c.item), rows.c.day
        )

    def _day(self, relation: Relation, model: Model) -> ColumnElement[int]:
        """The number of the day of a purchase, where the days between two count; else always the same."""
        if self._spec.within is None or model.time is None:
            return literal_column("0")
        stored = self._setting.reader.time_column(model, model.time)
        start = self._window.start or date(1970, 1, 1)
        return day_number(relation.column(model.time), stored, start, self._now.date())

    def _in_time(self, relation: Relation, model: Model) -> list[Any]:
        if model.time is None:
            return []
        at, stored = relation.column(model.time), self._setting.reader.time_column(model, model.time)
        happened = [at < literal(stored.before(self._now), stored.sql_type())]
        if self._window.start is None or self._window.end is None:
            return happened
        return [between(at, stored, self._window.start, self._window.end), *happened]

    def _groups(self, rows: Sequence[Any], items: dict[Key, int], baskets: int) -> list[Group]:
        labels = {row.member.key: row.member.label for row in self._setting.reader.members(self._spec.item)}
        found = [
            ((one, other), Pair(int(joint), items[one], items[other], baskets), float(worth or 0))
            for one, other, joint, worth in rows
        ]
        chances = q_values([p_value(pair) for _, pair, _ in found])
        groups = [
            _group(keys, labels, pair, worth, q, self._spec.q)
            for (keys, pair, worth), q in zip(found, chances, strict=True)
        ]
        return sorted(
            groups, key=lambda group: (not _part(group, "shown"), -_part(group, "lift_low"), group.labels)
        )

    def _is_asked(self, group: Group) -> bool:
        """Whether a pair holds an item that the filters name."""
        return all(_holds(entry, group) for entry in self._items)


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


def _holds(entry: Filter, group: Group) -> bool:
    named = {member.key for member in entry.members}
    return bool(named & set(group.keys)) != entry.exclude


def _part(group: Group, name: str) -> float:
    return (group.figure.parts or {})[name] or 0.0


def _group(
    keys: tuple[Key, Key], labels: dict[Key, str], pair: Pair, worth: float, q: float, limit: float | None
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
