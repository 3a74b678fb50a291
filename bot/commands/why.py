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
from kpi_engine.errors import QueryError
from kpi_engine.language import parse
from kpi_engine.query import Query
from kpi_engine.result import Explanation


def run(request: Request, rest: str, services: Services) -> Message:
    """Return the explanation of a change. Raises KpiError."""
    return explanation_message(explained(request, rest, services), services.sentences(request.language))


def values(request: Request, rest: str, services: Services) -> Json:
    """Return the same as JSON values. Raises KpiError."""
    return explanation_json(explained(request, rest, services), services.sentences("en"))


def explained(request: Request, rest: str, services: Services) -> Explanation:
    """Return why the figure of a line changed, as far as its asker may see it. Raises KpiError."""
    viewer = services.viewer(request)
    query = _query(request, rest, services, viewer)
    if len(query.metrics) > 1:
        raise QueryError(
            "One metric at a time.", suggestions=tuple(f"{VERB.name} {name}" for name in query.metrics)
        )
    return services.engine.explain(access.scope(query, viewer, services.catalogue), request.now)


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
