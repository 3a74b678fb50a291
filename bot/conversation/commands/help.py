"""`help`: what can be typed, with examples that work on the connected database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.conversation.command import CommandContext, Verb
from bot.conversation.no_arguments import meant_by, require_alone
from bot.render.message import Message
from bot.render.question_form import with_builder
from bot.render.replies import VerbHelp, help_message
from bot.workspace.context import RequestContext
from kpi_engine import COMMANDS, FILLERS, ME, NOBODY, canonical_value, fold, parse, typed_name
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.query import Member
from kpi_engine.domain.translatable import Said, as_said, said

_EXAMPLES = 5
_BEFORE_VERB = FILLERS | ME | COMMANDS.about


def run(context: CommandContext, rest: str) -> Message:
    """Return the help. Raises QueryError if words follow; after a verb's name, with what that verb does."""
    _read(context, rest)
    shown = [verb for verb in context.commands.each_verb() if verb.name != VERB.name]
    lines = [VerbHelp(verb.line, verb.example) for verb in shown]
    sentences = context.sentences
    message = help_message(examples(context), lines, sentences, context.services.command)
    return message if context.request.via == "cli" else with_builder(message, "", sentences)


def _read(context: CommandContext, rest: str) -> None:
    words = rest.split(" ")
    while words and fold(words[0]) in _BEFORE_VERB:
        del words[0]
    rest = " ".join(words)
    about = context.commands.verb_of(rest)
    if about and not about[1] and about[0] is not VERB:
        verb = about[0]
        raise QueryError(
            said("With “{verb}”: {line}.", verb=verb.typed(context.language), line=as_said(verb.line)),
            hint=said("For example: {example}.", example=as_said(verb.example)),
            suggestions=tuple(meant_by(rest, context)),
        )
    require_alone(VERB, context, rest)


def examples(context: RequestContext) -> list[str]:
    """Return questions that the connected database can answer."""
    metrics = context.catalogue.metrics
    viewer = context.rights.viewer_or_nothing
    names = context.members(viewer)
    seen = {name for name in metrics if viewer.everything or "rep" in metrics[name].dimensions}
    series = (
        said("sales per month last 12 months")
        if context.catalogue.fiscal_year.is_calendar_year
        else said("sales per fiscal quarter")
    )
    found = []
    for metric, line in (
        ("conversion", _of_a_rep(context.catalogue, names)),
        ("sales", said("sales last month by region")),
        ("leads", said("leads by rep last month vs target")),
        ("sales", series),
        ("cost_per_lead", said("cost_per_lead by source")),
        ("new_customers", said("new_customers this month")),
    ):
        wanted = line.partition(" by ")[2].split(" ")[0]
        if metric in seen and (not wanted or wanted in metrics[metric].dimensions):
            found.append(line)
    others = [name for name in metrics if name in seen and not any(line.startswith(name) for line in found)]
    told = [_in_own_words(line, names, context) for line in found]
    return [*told, *others][:_EXAMPLES]


def _of_a_rep(catalogue: Catalogue, names: Mapping[str, Sequence[Member]]) -> Said:
    """Return a question about the conversion of one rep, if it can be asked by rep."""
    metric, reps = catalogue.metrics.get("conversion"), names.get("rep", ())
    if metric is None or "rep" not in metric.dimensions or not reps:
        return said("conversion")
    key = typed_name(catalogue, "rep")
    return said("conversion {filter}", filter=said("{key}:{name}", key=key, name=canonical_value(reps[0])))


def _in_own_words(line: Said, names: Mapping[str, Sequence[Member]], context: RequestContext) -> str:
    """Return a line in the asker's language, if these words mean the same in this catalogue."""
    own, today = context.sentences.said(line), context.today
    try:
        queries = [parse(text, context.catalogue, names, NOBODY, today) for text in (line, own)]
    except QueryError:
        return line
    return own if queries[0] == queries[1] else line


VERB = Verb("help", ("hulp",), "what you can ask", "help", run, _read)
