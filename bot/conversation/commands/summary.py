"""`summary weekly`: the summary as it would be posted, for the asker alone."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation.audit_words import rows_of_summary
from bot.conversation.command import CommandContext, Verb
from bot.render.message import Message
from bot.render.summary import details_message, summary_message
from bot.workspace.summaries import NAME_WORDS, require_private, spec_named, summary_of, typed_summary
from kpi_engine import COMMANDS, fold
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.posts import SummarySpec


def run(context: CommandContext, rest: str) -> Message:
    """Return the summary that `rest` names, as far as the asker may see it; after its name, its details.

    Raises QueryError.
    """
    _, wants_details = _without_details(rest)
    spec = _read(context, rest)
    if context.is_public:
        require_private(spec)
    viewer, services = context.viewer, context.services
    members, rep = services.members(context.now), context.asker(viewer).rep if spec.is_private else None
    summary = summary_of(services.engine, spec, members, context.now, viewer, rep=rep)
    shown = (details_message if wants_details else summary_message)(summary, context.sentences)
    return replace(shown, rows=rows_of_summary(summary))


def kept(context: CommandContext, rest: str) -> str:  # noqa: ARG001 - every verb gets it
    """Return the name of the summary that a word means."""
    name = " ".join(fold(rest).replace("’", "'").split())
    return NAME_WORDS.get(name, name)


def _without_details(rest: str) -> tuple[str, bool]:
    """Return the name of a summary, and whether its details are asked for after it."""
    name, _, last = rest.rpartition(" ")
    return (name, True) if fold(last) in COMMANDS.details and name else (rest, False)


def _read(context: CommandContext, rest: str) -> SummarySpec:
    """Return the summary that words name. Raises QueryError with lines of this verb as suggestions."""
    language = context.language
    try:
        return spec_named(context.catalogue, kept(context, _without_details(rest)[0]))
    except QueryError as wrong:
        known = [
            typed_summary(name).in_language(language)
            for name, spec in context.catalogue.summaries.items()
            if not spec.is_private
        ]
        wrong.suggestions = tuple(f"{VERB.typed(language)} {entry}" for entry in known)
        raise


VERB = Verb(
    "summary",
    ("overzicht", "samenvatting"),
    "the weekly or monthly summary, shown only to you",
    "summary weekly",
    run,
    _read,
    kept=kept,
)
