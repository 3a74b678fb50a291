"""`target sales rep:anna 300k`: sets the target of a month; `target sales rep:anna none` takes it back.

Every change is kept, with who made it and when.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.conversation.audit_words import asked_words
from bot.conversation.command import CommandContext, Verb
from bot.conversation.commands.targets import VERB as TARGETS
from bot.conversation.no_arguments import is_question
from bot.render.message import Message
from bot.render.target_list import set_message, taken_back_message
from bot.rights import require_may_set_target
from bot.store.targets import SetTarget, TargetBook
from bot.workspace.read_line import refuse_colleague, suggested_with_verb
from bot.workspace.services import targets_of
from bot.workspace.targets import NO_TARGET, month_ahead, split_number, with_next_month
from kpi_engine import canonical, normalised, parse_lasting, read_number, typed_metric, typed_name
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import Grain, Period, add_months, period_of
from kpi_engine.domain.query import Filter, Key, Query
from kpi_engine.domain.translatable import said


@dataclass(frozen=True, slots=True)
class _NewTarget:
    """What a line asks for: the target of a metric for a month at a level; `value` None takes it back."""

    metric: Metric
    month: date
    filters: tuple[Filter, ...]
    level: Mapping[str, Key]
    typed: str
    value: float | None


def run(context: CommandContext, rest: str) -> Message:
    """Set or take back a target; say which, and what it was before. Raises QueryError."""
    book, order = targets_of(context.services), _read(context, rest)
    metric, month, level = order.metric, order.month, order.level
    sentences = context.sentences
    before = _current(metric, month, level, context)
    was = _set_value(book, metric, month, level, context.now) if order.value is None else 0.0
    book.add(SetTarget(metric.name, month, level, order.value, context.request.user, context.now))
    if order.value is None:
        after = _current(metric, month, level, context)
        return taken_back_message(metric, order.filters, month, was, after, sentences)
    return set_message(metric, order.filters, month, order.typed, order.value, before, sentences)


def _read(context: CommandContext, rest: str) -> _NewTarget:
    """Return the target that a line sets, if the asker may. Raises QueryError with lines of this verb."""
    today, viewer = context.today, context.viewer
    typed, line = split_number(with_next_month(normalised(rest), today))
    if not typed:
        raise _without_number(context, line)
    members, asker = context.members(), context.asker()
    with suggested_with_verb(VERB.typed(context.language), typed):
        try:
            query, kept = parse_lasting(line, context.catalogue, members, asker, today)
        except QueryError:
            refuse_colleague(line, context)
            raise
        metric = context.catalogue.metrics[_only_metric(query)]
        words = kept.removeprefix(canonical(replace(query, period=None))).strip()
        month = _month(query.period, words, today)
        level = _level(query.filters, metric.dimensions, context.catalogue)
    require_may_set_target(level, viewer)
    value = None if typed in NO_TARGET else _value(typed, metric, f"{VERB.typed(context.language)} {kept}")
    return _NewTarget(metric, month, query.filters, level, typed, value)


def _value(typed: str, metric: Metric, before: str) -> float:
    """Return the amount that was typed, if the metric can have it; `before` is the line without it."""
    value = read_number(typed, metric.unit)
    if value < 0 and not metric.spec.can_be_negative:
        raise QueryError(
            said("{metric}: a target can't be negative.", metric=metric.title),
            hint="Did you mean this?",
            suggestions=(f"{before} {typed.replace('-', '', 1)}",),
        )
    if metric.unit == "count" and not value.is_integer():
        raise QueryError(
            said("{metric}: a target must be a whole number.", metric=metric.title),
            hint="Did you mean one of these?",
            suggestions=(f"{before} {math.floor(value)}", f"{before} {math.ceil(value)}"),
        )
    return value


def _without_number(context: CommandContext, line: str) -> QueryError:
    """Return the error for a line without an amount, with what can be asked about targets instead."""
    lines = []
    try:
        TARGETS.reads(context, line)
        lines.append(f"{TARGETS.typed(context.language)} {line}".strip())
    except QueryError as wrong:
        lines += wrong.suggestions
    best = "sales" if "sales" in context.catalogue.metrics else next(iter(context.catalogue.metrics), "")
    metric = typed_metric(context.catalogue, best).in_language(context.language) if best else ""
    versus = context.sentences.said(said("vs target"))
    asked = (f"{line} {versus}", f"{metric} {line} {versus}") if line else ()
    lines += [entry for entry in asked if is_question(entry, context)][:1]
    return QueryError(
        "The target's value is missing.",
        hint="For example: target sales rep:anna 300k this month.",
        suggestions=tuple(lines),
    )


def _current(metric: Metric, month: date, level: Mapping[str, Key], context: CommandContext) -> float | None:
    """Return the current target at a level, from the store or the customer's table."""
    rows = context.services.engine.targets([metric.name], month, context.now)
    return next((row.value for row in rows[metric.name] if dict(row.level) == level), None)


def _set_value(
    book: TargetBook, metric: Metric, month: date, level: Mapping[str, Key], now: datetime
) -> float:
    """Return the target that somebody set here. Raises QueryError if nobody did."""
    valid = book.valid(metric.name, month, add_months(month, 1), now)
    value = next((entry.value for entry in valid if entry.level == level), None)
    if value is None:
        raise QueryError(
            "That target was not set here, so there is nothing to remove.",
            hint="To change a target in the company's own table, change it there.",
        )
    return value


def _only_metric(query: Query) -> str:
    if len(query.metrics) > 1:
        raise QueryError("Name one metric at a time.", hint="Set a target for each of them.")
    if query.by or query.per or query.top or query.sizes or query.compare or query.flags:
        raise QueryError(
            "A target is for one metric and one month.",
            hint="For example: target sales rep:anna 300k this month.",
        )
    return query.metrics[0]


def _month(period: Period | None, typed: str, today: date) -> date:
    """Return the first day of the month that is meant, by default the current one.

    `typed` are the words of the period: a month's name without a year is this or a coming month.
    """
    period = month_ahead(typed, today) or period or period_of(Grain.MONTH, today)
    if period.start is None or period.end is None or period_of(Grain.MONTH, period.start).end != period.end:
        raise QueryError("Set a target for one month.", hint="Name the month, for example 2026-12.")
    if period.end <= today:
        raise QueryError(
            "That month is over, so its target can't be changed.",
            hint="Set a target for this month or later.",
        )
    return period.start


def _level(filters: Sequence[Filter], dimensions: Sequence[str], catalogue: Catalogue) -> dict[str, Key]:
    """Return the members that the target is for, by dimension. Raises QueryError."""
    level: dict[str, Key] = {}
    for entry in filters:
        if entry.exclude or len(entry.members) != 1 or entry.dimension in level:
            raise QueryError(
                "A target is for one name at a time.", hint="Set a target for each, for example rep:anna."
            )
        if entry.dimension not in dimensions:
            raise QueryError(
                said(
                    "This metric can't be filtered by {dimension}.",
                    dimension=catalogue.titled(entry.dimension).lower(),
                ),
                hint=said(
                    "You can use {keys}.", keys=tuple(typed_name(catalogue, name) for name in dimensions)
                )
                if dimensions
                else "",
            )
        level[entry.dimension] = entry.members[0].key
    return level


def kept(context: CommandContext, rest: str) -> str:
    """Return the words after the verb in canonical form, with the amount as typed. Raises QueryError."""
    typed, line = split_number(with_next_month(normalised(rest), context.today))
    return f"{asked_words(context, line)} {typed}"


VERB = Verb(
    "target",
    ("doel",),
    "set a target for a month, or remove it with none",
    "target sales 300k",
    run,
    _read,
    kept=kept,
)
