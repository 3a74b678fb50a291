"""What a metric means, as a message and as the page docs/kpis.md."""

from __future__ import annotations

from collections.abc import Sequence

from bot.render import document
from bot.render.document import Actions, Ask, Fact, Term
from bot.render.message import Message
from bot.render.sentences import Sentences
from kpi_engine import Definition

_UNITS = {
    "money": "an amount",
    "count": "a count",
    "share": "a share in percent",
    "score": "points from -100 to 100",
    "ratio": "a ratio",
    "days": "days",
}
_RULES = (
    "Generated from `config/` by `kpi-bot define --all`; each metric is a file in `config/kpis/`. For all"
    " metrics: periods are half-open and in the business time zone; a ratio with nothing to divide by is no"
    " data; a running period is compared like for like; what isn't comparable (a whole period and a running"
    " one, costs that aren't booked yet, days before the data) gets no verdict; a week shows its month's"
    " result against the month's target; groups and the missing member add up to the total.\n"
)
_DIRECTIONS = {"up": "more is better", "down": "less is better", "neutral": "neither is better"}


def definition_message(definition: Definition, sentences: Sentences) -> Message:
    """Return a metric's definition with a button that asks for it."""
    metric, language = definition.metric, sentences.language
    term = Term(metric.name, metric.title.in_language(language), metric.description.in_language(language))
    facts = tuple(Fact(name, value) for name, value in _facts(definition, sentences))
    ask = Actions("ask", (Ask(metric.name, metric.name),))
    return Message((document.Definition(term, facts), ask), language)


def definitions_page(definitions: Sequence[Definition], sentences: Sentences) -> str:
    """Return every definition as a page of Markdown."""
    parts = [
        "# The metrics\n",
        _RULES,
    ]
    for definition in definitions:
        metric = definition.metric
        parts.append(f"## {metric.name}\n")
        parts.append(f"**{metric.title.en}.** {metric.description.en}\n")
        parts += [f"- {name}: {value}" for name, value in _facts(definition, sentences)]
        parts.append("")
    return "\n".join(parts)


def _facts(definition: Definition, sentences: Sentences) -> list[tuple[str, str]]:
    """Return what there is to say beside title and description: name and value of each fact."""
    metric, say = definition.metric, sentences.say
    facts = [
        (say("Formula"), sentences.said(definition.formula)),
        *((source.measure, sentences.said(source.reads)) for source in definition.sources),
        (say("Unit"), f"{say(_UNITS[metric.unit])}, {say(_DIRECTIONS[metric.better])}"),
        (say("Split and filter by"), sentences.typed(metric.dimensions) or "–"),
    ]
    optional = (
        (say("Also called"), ", ".join(metric.aliases)),
        (say("Owner"), metric.owner),
        (say("Source"), metric.source),
        (say("Defined in"), metric.place.file.split("/", 1)[-1]),
    )
    return [*facts, *((name, value) for name, value in optional if value)]
