"""`help`: what can be typed, with examples that work on the connected database."""

from __future__ import annotations

from bot.access import NOTHING, Viewer
from bot.commands.verb import Verb
from bot.render.message import Message
from bot.render.question_form import with_builder
from bot.render.replies import VerbHelp, help_message
from bot.request import Request
from bot.services import Services
from kpi_engine.errors import ForbiddenError

_EXAMPLES = 5


def run(request: Request, rest: str, services: Services) -> Message:  # noqa: ARG001 - help takes no words
    """Return the help."""
    from bot.commands import verbs  # noqa: PLC0415 - the list of all verbs holds this one

    shown = {verb.name: verb for verb in verbs().values() if verb.name != VERB.name}
    lines = [VerbHelp(verb.name, verb.line, verb.example) for verb in shown.values()]
    sentences = services.sentences(request.language)
    message = help_message(examples(services, request), lines, sentences, services.command)
    return message if request.via == "cli" else with_builder(message, "", sentences)


def examples(services: Services, request: Request) -> list[str]:
    """Return questions that the connected database can answer."""
    metrics = services.catalogue.metrics
    viewer = _viewer(services, request)
    names = services.members(request.now, viewer)
    found = []
    for metric, form in (
        ("conversion", "conversion {rep}"),
        ("sales", "sales last month by region"),
        ("leads", "leads by source last month vs target"),
        ("sales", "sales per month last 12 months"),
        ("cost_per_lead", "cost_per_lead by source"),
        ("new_customers", "new_customers this month"),
    ):
        if metric not in metrics or not (viewer.everything or "rep" in metrics[metric].dimensions):
            continue
        reps = names.get("rep", ()) if "rep" in metrics[metric].dimensions else ()
        rep = f'rep:"{reps[0].label}"' if reps else ""
        line = form.format(rep=rep).strip()
        wanted = line.partition(" by ")[2].split(" ")[0]
        if not wanted or wanted in metrics[metric].dimensions:
            found.append(line)
    seen = [name for name in metrics if viewer.everything or "rep" in metrics[name].dimensions]
    others = [name for name in seen if not any(line.startswith(name) for line in found)]
    return [*found, *others][:_EXAMPLES]


def _viewer(services: Services, request: Request) -> Viewer:
    """Return what the asker may see; help is for those without a role as well."""
    try:
        return services.viewer(request)
    except ForbiddenError:
        return NOTHING


VERB = Verb("help", ("hulp", "?"), "what you can ask", "help", run)
