"""`why sales`: what a change is made of, by the dimension that concentrates it most."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.conversation.answer_forms import WAYS, is_direct, not_theirs, readers_viewer, require_way
from bot.conversation.audit_words import asked_words, rows_of_change
from bot.conversation.commands.verb import Values, Verb
from bot.render.contract import explanation_json
from bot.render.exports import parts_message, sql_message, subject_of_change
from bot.render.message import Message
from bot.render.share import shared_message, where_message
from bot.render.why import explanation_message
from bot.rights import access
from bot.rights.access import Viewer
from bot.workspace.read_line import read
from bot.workspace.request import Request
from bot.workspace.services import Services
from bot.workspace.verb_lines import lines_of
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.explanation import Explanation
from kpi_engine.domain.query import Flag, Query, ScopedQuery
from kpi_engine.exports.csv_text import parts_csv
from kpi_engine.language.folding import fold
from kpi_engine.language.parser import canonical

_CHANGED = frozenset(
    {
        *("drop", "dropped", "drops", "down", "lower", "less", "low", "fall", "fell", "fallen", "dip"),
        *("decline", "declined", "decrease", "decreased", "up", "rise", "rose", "risen", "higher", "high"),
        *("more", "increase", "increased", "change", "changed", "so", "zo", "verandert", "veranderde"),
        *("veranderd", "daalt", "daalde", "daling", "gedaald", "lager", "laag", "minder", "zakt", "zakte"),
        *("gezakt", "omlaag", "stijgt", "steeg", "stijging", "gestegen", "hoger", "hoog", "meer", "omhoog"),
    }
)
"""Words for the change that why asks about anyway."""


def run(request: Request, rest: str, services: Services) -> Message:
    """Return the explanation of a change, as its line wants it. Raises KpiError."""
    viewer = services.viewer(request)
    query = _query(request, rest, services, viewer)
    sentences, is_public = services.sentences(request.language), request.via == "mention"
    ways: frozenset[Flag] = frozenset() if request.via == "cli" else query.flags
    if "share" in ways and not is_public:
        return _shared(request, query, services)
    explanation = _explained(query, viewer, request.now, services, is_public=is_public)
    rows = rows_of_change(explanation, is_whole="csv" in ways)
    if "csv" in ways:
        return replace(parts_message(explanation, sentences), rows=rows)
    if "sql" in ways:
        subject = subject_of_change(explanation, sentences)
        return replace(sql_message(subject, explanation.sql, sentences), rows=rows)
    hidden = _unsaid(explanation.question, request.now, services) if is_public else ()
    shown = explanation_message(
        explanation, sentences, hidden, is_private=not is_public, sees_sql=viewer.everything
    )
    return replace(shown, rows=rows)


def values(request: Request, rest: str, services: Services) -> Values:
    """Return the same for scripts, with every part as a table. Raises KpiError."""
    viewer = services.viewer(request)
    query = _query(request, rest, services, viewer)
    explanation = _explained(query, viewer, request.now, services)
    wanted = next((flag for flag in ("csv", "sql") if flag in query.flags), None)
    return Values(explanation_json(explanation, services.sentences("en")), parts_csv(explanation), wanted)


def _explained(
    query: Query, viewer: Viewer, now: datetime, services: Services, *, is_public: bool = False
) -> Explanation:
    """Return the explanation. Raises KpiError.

    Where others read along (`is_public`) nothing is split by people: nobody's shortfall is public.
    """
    scoped = access.scope(query, viewer, services.catalogue)
    asked = ScopedQuery(replace(scoped.query, flags=query.flags - set(WAYS)), scoped.scope)
    if not is_public:
        return services.engine.explain(asked, now)
    try:
        access.require_nobody_named(asked, services.catalogue, services.staff(now))
    except ForbiddenError as refused:
        refused.suggestions = (_line(query),)  # whose press is answered in private
        raise
    return services.engine.explain(asked, now, _unsaid(asked.query, now, services))


def _unsaid(query: Query, now: datetime, services: Services) -> frozenset[str]:
    return access.unsaid_splits(query, services.catalogue, services.staff(now))


def _shared(request: Request, query: Query, services: Services) -> Message:
    """Return the explanation as a mention in the channel would be answered: it names nobody."""
    sentences = services.sentences(request.language)
    if is_direct(request.channel):
        return where_message(_line(query), sentences)
    try:
        viewer = readers_viewer(request, services)
        explanation = _explained(query, viewer, request.now, services, is_public=True)
    except ForbiddenError as wrong:
        if wrong.suggestions:  # it would name somebody
            wrong.suggestions = ()
            raise
        raise not_theirs() from wrong
    own = access.scope(query, services.viewer(request), services.catalogue)
    if explanation.question.filters != own.query.filters:
        raise not_theirs(f"{_line(explanation.question)} share")
    hidden = _unsaid(explanation.question, request.now, services)
    shown = explanation_message(explanation, sentences, hidden)
    shared = shared_message(shown, request.user, request.channel, sentences)
    return replace(shared, rows=rows_of_change(explanation))


def _line(query: Query) -> str:
    return f"{VERB.name} {canonical(replace(query, flags=query.flags - set(WAYS)))}"


def _query(request: Request, rest: str, services: Services, viewer: Viewer) -> Query:
    with lines_of(VERB.typed(request.language)):
        asked = " ".join(word for word in rest.split() if fold(word.strip("?!.,")) not in _CHANGED)
        query = read(asked, request, viewer, services)
        _require_one(query)
        require_way(query, request)
    return query


def _read(request: Request, rest: str, services: Services) -> Query:
    return _query(request, rest, services, services.viewer(request))


def _require_one(query: Query) -> None:
    """Raise QueryError for several metrics at a time, and for a form that the parts don't have."""
    if len(query.metrics) > 1:
        raise QueryError("One metric at a time.", suggestions=query.metrics)
    if "xlsx" in query.flags:
        csv = replace(query, flags=query.flags - {"xlsx"} | {"csv"})
        raise QueryError("The parts of a change come as CSV.", suggestions=(canonical(csv),))


VERB = Verb(
    "why",
    ("waarom",),
    "what a change is made of, and where it comes from most",
    "why sales",
    run,
    _read,
    values,
    kept=asked_words,
)
