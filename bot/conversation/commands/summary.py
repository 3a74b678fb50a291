"""`summary weekly`: the summary as it would be posted, for whoever asks."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.audit_words import rows_of_summary
from bot.conversation.commands.verb import Verb
from bot.render.message import Message
from bot.render.summary import summary_message
from bot.workspace.request import Request
from bot.workspace.services import Services
from bot.workspace.summaries import NAME_WORDS, spec_named, summary_of, typed_summary
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.posts import SummarySpec
from kpi_engine.language.folding import fold


def run(request: Request, rest: str, services: Services) -> Message:
    """Return the summary that `rest` names, as far as its asker may see it. Raises QueryError."""
    spec = _read(request, rest, services)
    viewer = services.viewer(request)
    summary = summary_of(services.engine, spec, services.members(request.now), request.now, viewer)
    shown = summary_message(summary, services.sentences(request.language), is_own=True)
    return replace(shown, rows=rows_of_summary(summary))


def kept(request: Request, rest: str, services: Services) -> str:  # noqa: ARG001 - as verbs have it
    """Return the name of a summary that is called by another word."""
    name = fold(rest)
    return NAME_WORDS.get(name, name)


def _read(request: Request, rest: str, services: Services) -> SummarySpec:
    """Return the summary that words name. Raises QueryError, with lines of this verb to send instead."""
    language = request.language
    try:
        return spec_named(services.catalogue, kept(request, rest, services))
    except QueryError as wrong:
        known = [typed_summary(entry).in_language(language) for entry in services.catalogue.summaries]
        wrong.suggestions = tuple(f"{VERB.typed(language)} {entry}" for entry in known)
        raise


VERB = Verb(
    "summary",
    ("overzicht", "samenvatting"),
    "the weekly or monthly summary, for you alone",
    "summary weekly",
    run,
    _read,
    kept=kept,
)
