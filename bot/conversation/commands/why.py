"""`why sales`: what a change is made of, split by the dimension that explains it best."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.conversation.answer_forms import FORMS, is_direct, not_theirs, require_form
from bot.conversation.asked_direction import heard, where_true
from bot.conversation.audit_words import asked_words, rows_of_change
from bot.conversation.command import CommandContext, Values, Verb
from bot.render.contract import explanation_json
from bot.render.exports import parts_message, sql_message, subject_of_change
from bot.render.message import Message
from bot.render.share import shared_message, where_message
from bot.render.why import Heard, explanation_message
from bot.render.words.change_story import Direction, direction
from bot.rights import Viewer, private_splits, require_several_people, scope, without_flags
from bot.workspace.context import RequestContext
from bot.workspace.read_line import read, suggested_with_verb
from kpi_engine import canonical, parts_csv
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.explanation import Explanation
from kpi_engine.domain.query import Flag, Query


def run(context: CommandContext, rest: str) -> Message:
    """Return the explanation of a change in the form that its line asks for. Raises KpiError."""
    query, asked = _read(context, rest)
    sentences, is_public = context.sentences, context.is_public
    forms: frozenset[Flag] = frozenset() if context.request.via == "cli" else query.flags
    if "share" in forms and not is_public:
        return _shared(context, query)
    explanation = _explained(query, context.viewer, context, is_public=is_public)
    rows = rows_of_change(explanation, is_whole="csv" in forms)
    if "csv" in forms:
        return replace(parts_message(explanation, sentences), rows=rows)
    if "sql" in forms:
        subject = subject_of_change(explanation, sentences)
        return replace(sql_message(subject, explanation.sql, sentences), rows=rows)
    hidden = _private_splits(explanation.question, context) if is_public else ()
    told = _heard(explanation, query, asked, context)
    return replace(_message(explanation, context, told, hidden), rows=rows)


def values(context: CommandContext, rest: str) -> Values:
    """Return the same for the command line, with every part as a table. Raises KpiError."""
    query, asked = _read(context, rest)
    explanation = _explained(query, context.viewer, context)
    told = _heard(explanation, query, asked, context)
    return Values(
        json=lambda: explanation_json(explanation, context.services.sentences("en")),
        message=lambda: _message(explanation, context, told),
        csv=lambda: parts_csv(explanation),
        wanted=next((flag for flag in ("csv", "sql") if flag in query.flags), None),
    )


def _message(
    explanation: Explanation, context: RequestContext, told: Heard, hidden: Collection[str] = ()
) -> Message:
    return explanation_message(
        explanation,
        context.sentences,
        hidden,
        heard=told,
        is_private=not context.is_public,
        sees_sql=context.viewer.everything,
    )


def _explained(
    query: Query, viewer: Viewer, context: RequestContext, *, is_public: bool = False
) -> Explanation:
    """Return the explanation. Raises KpiError.

    In public (`is_public`) a change isn't split by people, and shortfalls of one person aren't shown. Only
    people who see everything get its SQL.
    """
    found = _read_change(query, viewer, context, is_public=is_public)
    if viewer.everything:
        return found
    return replace(found, statements=(), answer=replace(found.answer, statements=()))


def _read_change(query: Query, viewer: Viewer, context: RequestContext, *, is_public: bool) -> Explanation:
    engine = context.services.engine
    asked = without_flags(scope(query, viewer, context.catalogue), frozenset(FORMS))
    if not is_public:
        return engine.explain(asked, context.now)
    try:
        require_several_people(asked, context.catalogue, context.rights.staff)
    except ForbiddenError as refused:
        refused.suggestions = (_line(query),)  # a button whose answer is private
        raise
    return engine.explain(asked, context.now, _private_splits(asked.query, context))


def _private_splits(query: Query, context: RequestContext) -> frozenset[str]:
    return private_splits(query, context.catalogue, context.rights.staff)


def _shared(context: CommandContext, query: Query) -> Message:
    """Return the explanation to share in the channel, as a mention there would get it."""
    request, sentences = context.request, context.sentences
    if is_direct(request.channel):
        return where_message(_line(query), sentences)
    try:
        viewer = context.rights.in_channel(request.channel)
        explanation = _explained(query, viewer, context, is_public=True)
    except ForbiddenError as wrong:
        if wrong.suggestions:  # it would name somebody
            wrong.suggestions = ()
            raise
        raise not_theirs() from wrong
    own = scope(query, context.viewer, context.catalogue)
    if explanation.question.filters != own.query.filters:
        raise not_theirs(f"{_line(explanation.question)} share")
    hidden = _private_splits(explanation.question, context)
    shown = explanation_message(explanation, sentences, hidden)
    shared = shared_message(shown, request.user, request.channel, sentences)
    return replace(shared, rows=rows_of_change(explanation))


def _line(query: Query) -> str:
    return f"{VERB.name} {canonical(replace(query, flags=query.flags - set(FORMS)))}"


def _query(context: CommandContext, rest: str) -> Query:
    """Return the question whose change is explained. Raises QueryError with lines of this verb."""
    return _read(context, rest)[0]


def _read(context: CommandContext, rest: str) -> tuple[Query, Direction | None]:
    """Return the question, and the direction that its words take for granted. Raises as `_query`."""
    with suggested_with_verb(VERB.typed(context.language)):
        words, asked = heard(rest.split())
        query = read(" ".join(words), context)
        _require_one(query)
        require_form(query, context)
    return query, asked


def _heard(explanation: Explanation, query: Query, asked: Direction | None, context: RequestContext) -> Heard:
    """Return what the question says beside its period, with a period of which its direction is true."""
    own = tuple(entry for entry in explanation.question.filters if entry not in query.filters)
    if asked is None or explanation.missing or direction(explanation) == asked:
        return Heard(asked, None, own)
    elsewhere = where_true(
        explanation,
        query,
        asked,
        lambda other: scope(other, context.viewer, context.catalogue),
        context.services.engine,
        context.now,
    )
    return Heard(asked, elsewhere, own)


def _require_one(query: Query) -> None:
    """Raise QueryError for several metrics, and for a workbook, which explanations don't have."""
    if len(query.metrics) > 1:
        raise QueryError("Name one metric at a time.", suggestions=query.metrics)
    if "xlsx" in query.flags:
        csv = replace(query, flags=query.flags - {"xlsx"} | {"csv"})
        raise QueryError("The parts of a change are available as CSV only.", suggestions=(canonical(csv),))


VERB = Verb(
    "why",
    ("waarom",),
    "what a change is made of, and where most of it comes from",
    "why sales",
    run,
    _query,
    values,
    kept=asked_words,
)
