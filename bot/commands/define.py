"""`define conversion`: what a metric means and which tables and columns it reads."""

from __future__ import annotations

from bot.commands.verb import Verb
from bot.kept import asked_words
from bot.render.definition import definition_message
from bot.render.message import Message
from bot.request import Request
from bot.services import Services
from kpi_engine.describe import define
from kpi_engine.errors import QueryError
from kpi_engine.language import Asker, parse


def run(request: Request, rest: str, services: Services) -> Message:
    """Return the definition of the metric that `rest` names. Raises QueryError."""
    query = parse(rest, services.catalogue, {}, Asker(), services.engine.today(request.now))
    if len(query.metrics) > 1:
        raise QueryError(
            "One metric at a time.", suggestions=tuple(f"define {name}" for name in query.metrics)
        )
    metric = services.catalogue.metrics[query.metrics[0]]
    return definition_message(define(services.catalogue, metric), services.sentences(request.language))


VERB = Verb(
    "define",
    ("definitie", "definition"),
    "what a number means and what it is made of",
    "define conversion",
    run,
    kept=asked_words,
)
