"""What is said besides figures: what went wrong and what to type instead, help, the list, the status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.render.document import (
    Actions,
    Ask,
    Bold,
    Code,
    Glossary,
    Listing,
    Paragraph,
    Part,
    Spoken,
    Term,
    filled,
    readable_line,
)
from bot.render.message import Message
from bot.render.sentences import Sentences
from kpi_engine import typed_metric, typed_name
from kpi_engine.domain.errors import KpiError, QueryError
from kpi_engine.domain.translatable import said

_NAMES_SHOWN = 12
"""Of a dimension; more of them are counted."""


@dataclass(frozen=True, slots=True)
class VerbHelp:
    """What a verb does, in a line, with an example to type."""

    line: str
    example: str


def error_message(wrong: KpiError, sentences: Sentences, instead: Sequence[Ask] = ()) -> Message:
    """Return what went wrong and what to try, with whole lines to press; `instead` are more of those."""
    lines = wrong.suggestions if isinstance(wrong, QueryError) else ()
    asks = (*(Ask(readable_line(line), line) for line in lines), *instead)
    told = tuple(line for line in (sentences.said(wrong.message), sentences.said(wrong.hint)) if line)
    suggestions = Actions("suggestions", asks, are_listed=True)
    return Message((Paragraph(told, runs_on=True), suggestions), sentences.language)


def unexpected_message(reference: str, sentences: Sentences) -> Message:
    """Return the sentence for a mistake of ours; the log has the rest under `reference`."""
    line = sentences.say(
        "Something went wrong on my side. Try again; if it keeps happening, give this reference "
        "to the person who runs this bot: {reference}."
    )
    return Message((Paragraph((line.format(reference=reference),)),), sentences.language)


def help_message(
    examples: Sequence[str], verbs: Sequence[VerbHelp], sentences: Sentences, command: str
) -> Message:
    """Return what can be typed, with examples that work on the connected database as buttons."""
    say = sentences.say
    lines = [(f"{command} {say(entry.example)}", say(entry.line)) for entry in verbs]
    text = sentences.filled("help.txt.j2", examples=examples, verbs=lines, command=command)
    shown: list[Part] = [
        Spoken((text,)),
        Paragraph(((Bold(say("Ask me for a metric in your own words.")),),), is_repeat=True),
        Actions("examples", tuple(Ask(line, line) for line in examples)),
        Paragraph(
            (
                say("Add any of these, in any order:"),
                *(("• ", *filled(line)) for line in _parts(sentences)),
            ),
            is_repeat=True,
        ),
        Paragraph(tuple((Code(example), f" {line}") for example, line in lines), is_repeat=True),
    ]
    return Message(tuple(shown), sentences.language)


def _parts(sentences: Sentences) -> list[str]:
    say = sentences.say
    return [
        say("who or where: `rep:anna`, `region:noord`, `-source:fairs`"),
        say("when: `last month`, `this week`, `2026-07`, `last 6 months`"),
        say("split: `by rep`, `by region`, `per week`"),
        say("compare: `vs last year`, `vs target`, `vs 2026-01`"),
        say("best or worst: `top 5`, `bottom 3`; draw it: `chart`"),
        say("export: `csv`, `xlsx`; show it to everyone in the channel: `share`"),
    ]


def list_message(names: Sequence[str], sentences: Sentences) -> Message:
    """Return the metrics of some names with their meaning, every split, and what isn't connected."""
    catalogue, language, say = sentences.catalogue, sentences.language, sentences.say
    small = [say("Split and filter by: {splits}.").format(splits=sentences.typed(catalogue.dimensions))]
    if catalogue.unmapped:
        small.append(say("Not connected yet: {names}.").format(names=", ".join(catalogue.unmapped)))
    if others := len(catalogue.metrics) - len(names):
        small.append(
            say("{count} more can't be limited to what you have access to.").format(
                count=sentences.formats.number(others)
            )
        )
    terms = tuple(
        Term(name, sentences.metric(name), catalogue.metrics[name].description.in_language(language))
        for name in names
    )
    return Message((Glossary(terms, tuple(small)),), language)


def names_message(dimension: str, names: Sequence[str], metric: str | None, sentences: Sentences) -> Message:
    """Return a handful of a dimension's names, with a button to a metric by it (None: no metric is)."""
    say, title = sentences.say, sentences.dimension(dimension)
    shown = ", ".join(names[:_NAMES_SHOWN]) or say("no names that you have access to")
    if len(names) > _NAMES_SHOWN:
        more = sentences.formats.number(len(names) - _NAMES_SHOWN)
        shown = say("{shown} and {count} more").format(shown=shown, count=more)
    split = said("by {key}", key=typed_name(sentences.catalogue, dimension))
    line = sentences.said(
        said("{metric} {split}", metric=typed_metric(sentences.catalogue, metric), split=split)
        if metric
        else ""
    )
    parts: list[Part] = [Paragraph(((Bold(title), f": {shown}"),))]
    if line:
        parts += [Spoken((line,)), Actions("names", (Ask(line, line),))]
    return Message(tuple(parts), sentences.language)


def status_message(
    data_until: Mapping[str, datetime | date | None],
    summaries: Sequence[tuple[str, datetime]],
    sentences: Sentences,
) -> Message:
    """Return how far each table is loaded (to the moment, or to the day) and when the next summaries come."""
    loaded = [
        (name, sentences.formats.reached(until) if until else sentences.say("no data yet"))
        for name, until in data_until.items()
    ]
    coming = [(title, sentences.formats.moment(at)) for title, at in summaries]
    text = sentences.filled("status.txt.j2", loaded=loaded, coming=coming)
    lines = tuple(line for line in text.splitlines() if line)
    return Message((Listing(lines),), sentences.language)
