"""`target sales rep:anna 300k`: sets the target of a month; `target sales rep:anna none` takes it back.

Every change is kept, with who made it and when. A target that is far from the one before is set only after a
press of a button, or with the word yes behind it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.conversation.audit_words import asked_words
from bot.conversation.command import CommandContext, PressHandler, Verb
from bot.conversation.commands.targets import VERB as TARGETS
from bot.conversation.no_arguments import is_question
from bot.render.message import Message, Replacement, Reply
from bot.render.target_list import (
    LEAVE,
    SET,
    UnlikelyTarget,
    asked_words_of,
    left_message,
    set_message,
    taken_back_message,
    unlikely_message,
    unlikely_words,
)
from bot.rights import require_may_set_target
from bot.slack_limits import BUTTON_VALUE
from bot.store.targets import SetTarget, TargetBook
from bot.workspace.read_line import refuse_colleague, suggested_with_verb
from bot.workspace.request import Press
from bot.workspace.services import targets_of
from bot.workspace.target_rules import (
    TargetPlace,
    is_target_period,
    known_targets,
    month_values,
    require_open,
    require_possible,
    unlikely,
)
from bot.workspace.targets import NO_TARGET, month_ahead, split_number, with_next_month
from kpi_engine import (
    COMMANDS,
    canonical,
    fold,
    normalised,
    parse_lasting,
    read_number,
    typed_metric,
    typed_name,
)
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import Grain, Period, period_of
from kpi_engine.domain.query import Filter, Key, Query
from kpi_engine.domain.translatable import said

SURE = "yes"
"""The word behind a target that is set whatever it was before."""
_ASKED_FOR = timedelta(days=1)
"""How long the buttons of a question work."""


@dataclass(frozen=True, slots=True)
class _NewTarget:
    """What a line asks for: the target of a metric for a period at a level; `value` None takes it back.

    `months` has the value of each month of the period, which is a month, a quarter or a year. `line` says the
    same with the period by its date. `is_sure`: the line says yes to whatever it is asked.
    """

    metric: Metric
    period: Period
    months: Mapping[date, float | None]
    filters: tuple[Filter, ...]
    level: Mapping[str, Key]
    typed: str
    value: float | None
    line: str
    is_sure: bool


def run(context: CommandContext, rest: str) -> Message:
    """Set or take back a target; say which, and what it was before. Raises QueryError.

    If it is far from the target before, ask instead.
    """
    book, order = targets_of(context.services), _read(context, rest)
    doubt = None if order.is_sure else _doubt(order, context)
    return _set(book, order, context) if doubt is None else _question(order, doubt, context)


def _set(book: TargetBook, order: _NewTarget, context: CommandContext) -> Message:
    metric, level, sentences = order.metric, order.level, context.sentences
    before = _current(order, context)
    was = _set_value(book, order, context.now) if order.value is None else 0.0
    user, now = context.request.user, context.now
    book.add_all(
        SetTarget(metric.name, month, level, value, user, now) for month, value in order.months.items()
    )
    if order.value is None:
        after = _current(order, context)
        return taken_back_message(metric, order.filters, order.period, was, after, sentences)
    parts = {month: value for month, value in order.months.items() if value is not None}
    return set_message(
        metric, order.filters, order.period, order.typed, order.value, parts, before, sentences
    )


def _doubt(order: _NewTarget, context: CommandContext) -> UnlikelyTarget | None:
    """Return what a new target is far from, if it is."""
    if order.value is None:
        return None
    name = order.metric.name
    known = known_targets(context.services.engine, [name], list(order.months), context.now)
    doubts = (
        unlikely(TargetPlace.of(name, month, order.level), value, order.metric, known)
        for month, value in order.months.items()
        if value is not None
    )
    return next((doubt for doubt in doubts if doubt), None)


def _question(order: _NewTarget, doubt: UnlikelyTarget, context: CommandContext) -> Message:
    """Return the question whether a target is meant. Raises QueryError on the command line."""
    sentences, request, sure = context.sentences, context.request, f"{order.line} {SURE}"
    asked = asked_words_of(
        order.metric, order.filters, order.period, order.typed, order.value or 0.0, sentences
    )
    compared = unlikely_words(doubt, order.metric, sentences)
    value = f"{request.user} {context.now.isoformat()} {sure}"
    if request.via == "cli" or len(value) > BUTTON_VALUE:
        raise QueryError(
            said("{question} {reason}", question=asked, reason=compared),
            hint="To set it:",
            suggestions=(f"{VERB.typed(context.language)} {sure}",),
        )
    return unlikely_message(asked, compared, value, sentences)


def press(context: CommandContext, press: Press) -> Reply:
    """Set the target that was asked about, or leave it; only for the one who typed it. Raises QueryError."""
    user, at, line = press.value.split(" ", 2)
    if user != context.request.user:
        raise QueryError(
            "Only the person who typed this target can answer that.", hint="Type the target yourself."
        )
    if press.action == LEAVE:
        return Replacement(left_message(context.sentences))
    if context.now - datetime.fromisoformat(at) > _ASKED_FOR:
        raise QueryError("That question is more than a day old.", hint="Type the target again.")
    return Replacement(_set(targets_of(context.services), _read(context, line), context))


def _read(context: CommandContext, rest: str) -> _NewTarget:
    """Return the target that a line sets, if the asker may. Raises QueryError with lines of this verb."""
    today, viewer = context.today, context.viewer
    is_sure, rest = _sure(rest)
    typed, line = split_number(with_next_month(rest, today))
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
        period = _period(query.period, words, today)
        level = _level(query.filters, metric.dimensions, context.catalogue)
    require_may_set_target(level, viewer)
    value = None if typed in NO_TARGET else _value(typed, metric, f"{VERB.typed(context.language)} {kept}")
    months = _months(period, value, metric, context)
    line = f"{canonical(replace(query, period=period))} {typed}"
    return _NewTarget(metric, period, months, query.filters, level, typed, value, line, is_sure)


def _months(
    period: Period, value: float | None, metric: Metric, context: CommandContext
) -> Mapping[date, float | None]:
    """Return the value of each month of a period."""
    calendar = context.services.calendar
    if value is None:
        return dict.fromkeys(month_values(period, 0.0, metric, calendar))
    return {**month_values(period, value, metric, calendar)}


def _sure(rest: str) -> tuple[bool, str]:
    """Return whether a line ends in yes, and the line without it."""
    line, _, last = normalised(rest).rpartition(" ")
    return (True, line) if line and fold(last) in COMMANDS.sure else (False, normalised(rest))


def _value(typed: str, metric: Metric, before: str) -> float:
    """Return the amount that was typed, if the metric can have it; `before` is the line without it."""
    value = read_number(typed, metric.unit)
    positive = f"{before} {typed.replace('-', '', 1)}"
    whole = (f"{before} {math.floor(value)}", f"{before} {math.ceil(value)}")
    require_possible(value, metric, [positive], whole)
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


def _current(order: _NewTarget, context: CommandContext) -> float | None:
    """Return the current target at a level, from the store or the customer's table; None without one.

    Of several months it is their sum, if each has one and they add up.
    """
    name, found = order.metric.name, []
    for month in order.months:
        rows = context.services.engine.targets([name], month, context.now)
        found.append(next((row.value for row in rows[name] if dict(row.level) == order.level), None))
    return _together(found, order)


def _set_value(book: TargetBook, order: _NewTarget, now: datetime) -> float:
    """Return the target that somebody set here. Raises QueryError if nobody did."""
    start, end = order.period.bounds()
    valid = book.valid(order.metric.name, start, end, now)
    found = {entry.month: entry.value for entry in valid if entry.level == order.level}
    value = _together([found.get(month) for month in order.months], order)
    if value is None:
        raise QueryError(
            "That target was not set here, so there is nothing to remove.",
            hint="To change a target in the company's own table, change it there.",
        )
    return value


def _together(values: Sequence[float | None], order: _NewTarget) -> float | None:
    """Return the target of several months: their sum, and of a rate the one that they share."""
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    if order.metric.spec.is_additive:
        return sum(known)
    return known[0] if len(set(known)) == 1 else None


def _only_metric(query: Query) -> str:
    if len(query.metrics) > 1:
        raise QueryError("Name one metric at a time.", hint="Set a target for each of them.")
    if query.by or query.per or query.top or query.sizes or query.compare or query.flags:
        raise QueryError(
            "A target is for one metric and one period.",
            hint="For example: target sales rep:anna 300k this month.",
        )
    return query.metrics[0]


def _period(period: Period | None, typed: str, today: date) -> Period:
    """Return the month, quarter or year that is meant, by default the current month.

    `typed` are the words of the period: a name without a year is a running or a coming month or quarter.
    """
    period = month_ahead(typed, today) or period or period_of(Grain.MONTH, today)
    if period.start is None or not is_target_period(period):
        raise QueryError(
            "Set a target for one month, quarter or year.", hint="Name it, for example 2026-12 or 2027-Q1."
        )
    require_open(period_of(Grain.MONTH, period.start).bounds()[1], today)
    return period


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
    typed, line = split_number(with_next_month(_sure(rest)[1], context.today))
    return f"{asked_words(context, line)} {typed}"


VERB = Verb(
    "target",
    ("doel",),
    "set a target for a month or a quarter, or remove it with none",
    "target sales 300k",
    run,
    _read,
    kept=kept,
)
PRESS_HANDLER = PressHandler((SET, LEAVE), press, once=(SET,))
