"""`why sales`: what a change is made of, by the dimension that concentrates it most."""

from __future__ import annotations

from bot import access
from bot.access import Viewer
from bot.commands.verb import Verb
from bot.render.contract import Json, explanation_json
from bot.render.explained import explanation_message
from bot.render.message import Message
from bot.request import Request
from bot.services import Services
from kpi_engine.errors import ForbiddenError, QueryError
from kpi_engine.language import canonical, parse
from kpi_engine.query import Query
from kpi_engine.result import Explanation


def run(request: Request, rest: str, services: Services) -> Message:
    """Return the explanation of a change. Raises KpiError."""
    explanation = explained(request, rest, services)
    hidden = access.people_dimensions(services.catalogue) if request.via == "mention" else ()
    return explanation_message(explanation, services.sentences(request.language), hidden)


def values(request: Request, rest: str, services: Services) -> Json:
    """Return the same as JSON values. Raises KpiError."""
    return explanation_json(explained(request, rest, services), services.sentences("en"))


def explained(request: Request, rest: str, services: Services) -> Explanation:
    """Return why the figure of a line changed, as far as its asker may see it. Raises KpiError.

    By mention, where others read along, nothing is split by people: nobody's shortfall is public.
    """
    viewer = services.viewer(request)
    query = _query(request, rest, services, viewer)
    if len(query.metrics) > 1:
        raise QueryError(
            "One metric at a time.", suggestions=tuple(f"{VERB.name} {name}" for name in query.metrics)
        )
    asked = access.scope(query, viewer, services.catalogue)
    if request.via != "mention":
        return services.engine.explain(asked, request.now)
    try:
        access.require_nobody_named(asked, services.catalogue)
    except ForbiddenError as refused:
        refused.suggestions = (f"{VERB.name} {canonical(query)}",)  # whose press is answered in private
        raise
    return services.engine.explain(asked, request.now, access.people_dimensions(services.catalogue))


def _query(request: Request, rest: str, services: Services, viewer: Viewer) -> Query:
    now = request.now
    try:
        return parse(
            rest,
            services.catalogue,
            services.members(now, viewer),
            services.asker(request.user, now, viewer),
            services.engine.today(now),
        )
    except QueryError as wrong:
        wrong.suggestions = tuple(f"{VERB.name} {line}" for line in wrong.suggestions)
        raise


VERB = Verb(
    "why",
    ("waarom",),
    "what a change is made of, and where it comes from most",
    "why sales",
    run,
    values,
)
