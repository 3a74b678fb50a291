"""`list`: every metric with its meaning; `list reps`: the names of a dimension."""

from __future__ import annotations

from bot.conversation.command import CommandContext, Verb
from bot.conversation.no_arguments import meant_by
from bot.render.message import Message
from bot.render.replies import list_message, names_message
from bot.rights import visible_metrics
from kpi_engine import COMMANDS, FILLERS, MINE, fold, near_names, parts, short, typed_name, vocabulary_of
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.translatable import said

_WITHOUT_MEANING = FILLERS | MINE | COMMANDS.everything
_BEST_KNOWN = "sales"
_ALIKE = 70
"""How alike (of 100) a mistyped name has to be."""


def run(context: CommandContext, rest: str) -> Message:
    """Return the list of metrics, or the names of a dimension that the asker may see. Raises QueryError."""
    dimension, sentences = _dimension(context, rest), context.sentences
    if dimension is None:
        seen = visible_metrics(context.catalogue, context.rights.viewer_or_nothing)
        return list_message(seen or tuple(context.catalogue.metrics), sentences)
    names = context.members().get(dimension, ())
    metrics = visible_metrics(context.catalogue, context.viewer)
    return names_message(
        dimension,
        [member.label for member in names],
        _metric_by(dimension, metrics, context.catalogue),
        sentences,
    )


def _dimension(context: CommandContext, rest: str) -> str | None:
    """Return the dimension to list, None for the metrics. Raises QueryError."""
    words = [word for word in parts(rest) if word not in _WITHOUT_MEANING]
    if not words or (len(words) == 1 and words[0] in COMMANDS.numbers):
        return None
    found = vocabulary_of(context.catalogue).dimensions.get(tuple(words))
    if found is None:
        raise _unlisted(context, rest)
    return found


def _unlisted(context: CommandContext, rest: str) -> QueryError:
    """Return the error for words that name no dimension, with what they mean or what can be listed."""
    verb, catalogue = VERB.typed(context.language), context.catalogue
    dimensions = vocabulary_of(catalogue).dimensions
    near = near_names(fold(rest), [" ".join(phrase) for phrase in dimensions], 2, _ALIKE)
    names = dict.fromkeys(dimensions[tuple(phrase.split(" "))] for phrase in near)
    listed = [f"{verb} {typed_name(catalogue, name).in_language(context.language)}" for name in names]
    meant = tuple(meant_by(rest, context)) or tuple(listed)
    known = tuple(typed_name(catalogue, name) for name in catalogue.dimensions)
    return QueryError(
        said("I can't list “{typed}”.", typed=short(rest)),
        hint="Did you mean one of these?"
        if meant
        else said("I can list all metrics, or the names in one of these: {names}.", names=known),
        suggestions=meant or (verb,),
    )


def _metric_by(dimension: str, metrics: tuple[str, ...], catalogue: Catalogue) -> str | None:
    """Return a metric that can be split by a dimension, the best known one if possible."""
    split = [name for name in metrics if dimension in catalogue.metrics[name].dimensions]
    return _BEST_KNOWN if _BEST_KNOWN in split else next(iter(split), None)


VERB = Verb("list", ("lijst", "metrics"), "every metric I know", "list", run, _dimension)
