"""`help`: what can be typed, with examples that work on the connected database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.conversation.commands.no_arguments import meant_by, require_alone
from bot.conversation.commands.verb import Verb
from bot.render.message import Message
from bot.render.question_form import with_builder
from bot.render.replies import VerbHelp, help_message
from bot.workspace.request import Request
from bot.workspace.services import Services
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.query import Member
from kpi_engine.domain.translatable import Said, as_said, said
from kpi_engine.language.canonical import canonical_value
from kpi_engine.language.folding import fold
from kpi_engine.language.lexicon import COMMANDS
from kpi_engine.language.parser import NOBODY, parse
from kpi_engine.language.vocabulary import FILLERS, ME, typed_name

_EXAMPLES = 5
_BEFORE_VERB = FILLERS | ME | COMMANDS.about


def run(request: Request, rest: str, services: Services) -> Message:
    """Return the help. Raises QueryError where words follow: of a verb, with what it does."""
    from bot.conversation.commands import verbs  # noqa: PLC0415 - the list of all verbs holds this one

    _read(request, rest, services)
    shown = {verb.name: verb for verb in verbs().values() if verb.name != VERB.name}
    lines = [VerbHelp(verb.name, verb.line, verb.example) for verb in shown.values()]
    sentences = services.sentences(request.language)
    message = help_message(examples(services, request), lines, sentences, services.command)
    return message if request.via == "cli" else with_builder(message, "", sentences)


def _read(request: Request, rest: str, services: Services) -> None:
    from bot.conversation.commands import verb_of  # noqa: PLC0415 - the verbs hold this one

    words = rest.split(" ")
    while words and fold(words[0]) in _BEFORE_VERB:
        del words[0]
    rest = " ".join(words)
    about = verb_of(rest)
    if about and not about[1] and about[0] is not VERB:
        verb = about[0]
        raise QueryError(
            said("With “{verb}”: {line}.", verb=verb.typed(request.language), line=as_said(verb.line)),
            hint=said("Like: {example}.", example=as_said(verb.example)),
            suggestions=tuple(meant_by(rest, request, services)),
        )
    require_alone(VERB, request, rest, services)


def examples(services: Services, request: Request) -> list[str]:
    """Return questions that the connected database can answer."""
    metrics = services.catalogue.metrics
    viewer = services.viewer_or_nothing(request)
    names = services.members(request.now, viewer)
    seen = {name for name in metrics if viewer.everything or "rep" in metrics[name].dimensions}
    found = []
    for metric, line in (
        ("conversion", _of_a_rep(services, names)),
        ("sales", said("sales last month by region")),
        ("leads", said("leads by rep last month vs target")),
        ("sales", said("sales per month last 12 months")),
        ("cost_per_lead", said("cost_per_lead by source")),
        ("new_customers", said("new_customers this month")),
    ):
        wanted = line.partition(" by ")[2].split(" ")[0]
        if metric in seen and (not wanted or wanted in metrics[metric].dimensions):
            found.append(line)
    others = [name for name in metrics if name in seen and not any(line.startswith(name) for line in found)]
    told = [_in_own_words(line, names, request, services) for line in found]
    return [*told, *others][:_EXAMPLES]


def _of_a_rep(services: Services, names: Mapping[str, Sequence[Member]]) -> Said:
    """Return a question about one rep, where the conversion is known by rep."""
    metric, reps = services.catalogue.metrics.get("conversion"), names.get("rep", ())
    if metric is None or "rep" not in metric.dimensions or not reps:
        return said("conversion")
    key = typed_name(services.catalogue, "rep")
    return said("conversion {filter}", filter=said("{key}:{name}", key=key, name=canonical_value(reps[0])))


def _in_own_words(
    line: Said, names: Mapping[str, Sequence[Member]], request: Request, services: Services
) -> str:
    """Return a line in the asker's language, where these words mean the same in this catalogue."""
    own, today = services.sentences(request.language).said(line), services.engine.today(request.now)
    try:
        queries = [parse(text, services.catalogue, names, NOBODY, today) for text in (line, own)]
    except QueryError:
        return line
    return own if queries[0] == queries[1] else line


VERB = Verb("help", ("hulp", "?"), "what you can ask", "help", run, _read)
