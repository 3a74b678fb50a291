"""`define conversion`: what a metric means and which tables and columns it reads."""

from __future__ import annotations

from bot.conversation.audit_words import asked_words
from bot.conversation.command import CommandContext, Verb
from bot.conversation.commands.list import VERB as LIST
from bot.conversation.no_arguments import is_question
from bot.render.definition import definition_message
from bot.render.message import Message
from kpi_engine import (
    NOBODY,
    SUGGESTIONS,
    define,
    fold,
    near_names,
    parse,
    short,
    typed_metric,
    understood,
    vocabulary_of,
)
from kpi_engine.domain.errors import QueryError, UnknownNameError, UnmappedError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.query import Member, Query
from kpi_engine.domain.translatable import said

_WELL_KNOWN = ("sales", "leads", "conversion")
_ALIKE = 62
"""How alike (of 100) a mistyped name has to be."""


def run(context: CommandContext, rest: str) -> Message:
    """Return the definition of the metric that `rest` names. Raises QueryError."""
    metric = _metric(context, rest)
    return definition_message(define(context.catalogue, metric), context.sentences)


def _metric(context: CommandContext, rest: str) -> Metric:
    """Return the metric that words name. Raises QueryError with lines of this verb as suggestions."""
    catalogue, today = context.catalogue, context.today
    members: dict[str, tuple[Member, ...]] = {}
    try:
        query, is_alone = parse(rest, catalogue, members, NOBODY, today), True
    except UnmappedError:
        raise
    except QueryError as wrong:
        query, is_alone = understood(rest, catalogue, members, NOBODY, today), False
        if not query.metrics:
            raise _unknown(context, rest) from wrong
    verb = VERB.typed(context.language)
    lines = tuple(f"{verb} {_typed(name, context)}" for name in query.metrics)
    if len(query.metrics) > 1:
        raise QueryError("Name one metric at a time.", suggestions=lines)
    if not is_alone or query != Query(query.metrics):
        raise QueryError(
            "A definition covers only the metric: leave out periods, names and splits.",
            hint="Did you mean one of these?",
            suggestions=(*lines, *([rest] if is_question(rest, context) else [])),
        )
    return catalogue.metrics[query.metrics[0]]


def _unknown(context: CommandContext, rest: str) -> QueryError:
    """Return the error for words that name no metric, with metrics that are spelled nearly the same."""
    names = vocabulary_of(context.catalogue).metrics
    near = near_names(fold(rest), [" ".join(phrase) for phrase in names], 2 * SUGGESTIONS, _ALIKE)
    meant = [names[tuple(phrase.split(" "))] for phrase in near]
    known = [name for name in _WELL_KNOWN if name in context.catalogue.metrics]
    offered = list(dict.fromkeys(meant or known or context.catalogue.metrics))[:SUGGESTIONS]
    verb = VERB.typed(context.language)
    lines = tuple(f"{verb} {_typed(name, context)}" for name in offered)
    if not rest:
        return QueryError("Which metric should I explain?", hint="For example:", suggestions=lines)
    return UnknownNameError(
        said("I don't know a metric called “{typed}”.", typed=short(rest)),
        hint="Did you mean one of these?"
        if meant
        else "I can explain these, and every other metric on the list:",
        suggestions=lines if meant else (*lines, LIST.typed(context.language)),
    )


def _typed(metric: str, context: CommandContext) -> str:
    return typed_metric(context.catalogue, metric).in_language(context.language)


VERB = Verb(
    "define",
    ("definitie", "definition"),
    "what a metric means and how it is calculated",
    "define conversion",
    run,
    _metric,
    kept=asked_words,
)
