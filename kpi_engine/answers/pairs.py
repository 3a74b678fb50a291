"""One question about pairs: what is read for it, and the arithmetic of chance on that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kpi_engine.analysis.affinity import Pair, p_value
from kpi_engine.analysis.false_discovery import q_values
from kpi_engine.answers.coverage import told_until
from kpi_engine.answers.question import Question, question_of
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.soundness import require_sound
from kpi_engine.domain.answer import Answer, Group, Note
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import PairsOf
from kpi_engine.domain.periods import ALL_TIME, window_of
from kpi_engine.domain.query import Baseline, Filter, Key, Query, Scope
from kpi_engine.domain.translatable import said
from kpi_engine.reading.basket_pairs import BasketPairs, Purchases, read_pairs
from kpi_engine.reading.freshness import Span


@dataclass(frozen=True, slots=True)
class PairsQuestion:
    """A question about pairs, and the purchases that it is about.

    `item_filters` name items: they choose among the pairs. All others narrow the baskets.
    """

    question: Question
    pairs: PairsOf
    purchases: Purchases
    item_filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read: the counted pairs, the items' names, and how far the purchases are loaded."""

    found: BasketPairs
    labels: Mapping[Key, str]
    span: Span


def pairs_answer(setting: Setting, pairs: PairsOf, query: Query, scope: Scope, now: datetime) -> Answer:
    """Answer a question about one metric that lists pairs. Raises as answer.answer does."""
    asked = _pairs_question(setting, pairs, query, scope, now)
    question = asked.question
    doubts = require_sound(setting, question.metric, question.filters, question.window, pairs.item, now)
    answer = _answer_of(asked, _read(setting, asked, now))
    return replace(answer, notes=(*doubts, *answer.notes))


def _pairs_question(
    setting: Setting, pairs: PairsOf, query: Query, scope: Scope, now: datetime
) -> PairsQuestion:
    """Return the question that a query about pairs asks. Raises QueryError where it can't be asked."""
    question = question_of(setting, query, scope, now)
    if query.by or query.per:
        raise QueryError(
            said("{metric} is a list of pairs and can't be split.", metric=question.metric.title),
            hint="Use a filter instead.",
        )
    model = setting.catalogue.models[pairs.value.model]
    if model.measures[pairs.value.measure].of is None:
        raise QueryError(
            said("{metric} needs a measure with agg: sum as its value.", metric=question.metric.title),
            hint="Correct value: in its file.",
        )
    named = tuple(entry for entry in query.filters if entry.dimension != pairs.item)
    # what the asker may see narrows the baskets, also where the items themselves are people
    others = tuple(dict.fromkeys((*named, *scope.filters)))
    purchases = Purchases(pairs, model, others, question.window, now)
    if purchases.time is None and not question.period.is_all_time:
        # no period applies to purchases without dates, so none is stated
        question = replace(question, period=ALL_TIME, window=window_of(ALL_TIME, question.today))
        purchases = replace(purchases, window=question.window)
    item_filters = tuple(entry for entry in question.filters if entry.dimension == pairs.item)
    return PairsQuestion(question, pairs, purchases, item_filters)


def _read(setting: Setting, asked: PairsQuestion, now: datetime) -> _Read:
    reader = setting.reader
    found = read_pairs(reader, asked.purchases)
    keys = dict.fromkeys(key for pair in found.pairs for key in pair.items)
    named = reader.labels(asked.pairs.item, keys)
    return _Read(
        found,
        {key: row.member.label for key, row in named.items()},
        reader.span(asked.purchases.model, now),
    )


def _answer_of(asked: PairsQuestion, read: _Read) -> Answer:
    groups = tuple(group for group in _groups(asked.pairs, read) if _is_asked(asked.item_filters, group))
    winners = [group for group in groups if _part(group, "shown")]
    question = asked.question
    return Answer(
        query=replace(question.query, period=question.period),
        metric=question.metric.name,
        unit=question.metric.unit,
        currency=asked.purchases.model.currency,
        direction=question.metric.better,
        period=question.period,
        window=question.window,
        filters=question.query.filters,
        figure=Figure(float(len(winners)), parts={"baskets": float(read.found.baskets)}),
        groups=groups,
        pair_of=asked.pairs.item,
        data_until=told_until(read.span.until, question),
        notes=tuple(_notes(asked, read.found, winners)),
        statements=(read.found.statement,),
    )


def _notes(asked: PairsQuestion, found: BasketPairs, winners: Sequence[Group]) -> Iterator[Note]:
    if any(entry.baseline is not Baseline.NONE for entry in asked.question.query.compare):
        yield Note("pairs_alone")
    if found.is_cut:
        yield Note("pairs_cut", {"count": len(found.pairs)})
    if not winners:
        yield Note("no_pairs", {"needed": asked.pairs.min_joint})


# figures


def _groups(pairs: PairsOf, read: _Read) -> list[Group]:
    """Return every pair that was read, the winners first, those that surely win most before others."""
    found = read.found
    # of the pairs that weren't read the lift is at most 1: their p-values are at least 0.5
    chances = q_values([p_value(pair.counts) for pair in found.pairs], tests=found.judged)
    groups = [
        _group(pair.items, read.labels, pair.counts, pair.worth, q, pairs.q)
        for pair, q in zip(found.pairs, chances, strict=True)
    ]
    return sorted(
        groups, key=lambda group: (not _part(group, "shown"), -_part(group, "lift_low"), group.labels)
    )


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
