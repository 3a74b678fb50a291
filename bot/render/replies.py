"""What is said besides figures: what went wrong and what to type instead, help, the list, the status."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import slack_limits as limits
from bot.render import blocks
from bot.render.blocks import Ask
from bot.render.escape import code, escaped, marked_down, shown_line
from bot.render.fitting import TEXT_ROOM, largest
from bot.render.message import Block, Message
from bot.render.sentences import Sentences
from kpi_engine.domain.errors import KpiError, QueryError
from kpi_engine.domain.translatable import said
from kpi_engine.language.vocabulary import typed_metric, typed_name

_LONGEST_BEGINNING = 300
_NAMES_SHOWN = 12
"""Of a dimension; more of them are counted."""
_SENTENCE_END = re.compile(r"(?<=[.!?]) ")


@dataclass(frozen=True, slots=True)
class VerbHelp:
    """What a verb does, in a line, with an example to type."""

    verb: str
    line: str
    example: str


def error_message(wrong: KpiError, sentences: Sentences, instead: Sequence[Ask] = ()) -> Message:
    """Return what went wrong and what to try, with whole lines to press; `instead` are more of those."""
    lines = wrong.suggestions if isinstance(wrong, QueryError) else ()
    buttons = [*(Ask(shown_line(line), line) for line in lines), *instead]
    message, hint = sentences.said(wrong.message), sentences.said(wrong.hint)
    text = sentences.filled(
        "error.txt.j2",
        message=message,
        hint=hint,
        suggestions=[shown_line(entry.line) for entry in buttons if entry.line],
    )
    told = marked_down(message) + (f"\n{marked_down(hint)}" if hint else "")
    asks = blocks.asks(buttons, name="suggestions")
    shown = [blocks.section(told)] + ([asks] if asks else [])
    return Message(limits.shorten(escaped(text), limits.MESSAGE_TEXT), tuple(shown))


def unexpected_message(reference: str, sentences: Sentences) -> Message:
    """Return the sentence for a mistake of ours; the log has the rest under `reference`."""
    line = sentences.say(
        "Something went wrong on my side. Try again; if it stays, tell the person who runs me: {reference}."
    )
    text = line.format(reference=reference)
    return Message(text, (blocks.section(text),))


def help_message(
    examples: Sequence[str], verbs: Sequence[VerbHelp], sentences: Sentences, command: str
) -> Message:
    """Return what can be typed, with examples that work on the connected database as buttons."""
    lines = [(f"{command} {sentences.say(entry.example)}", sentences.say(entry.line)) for entry in verbs]
    text = sentences.filled(
        "help.txt.j2",
        examples=examples,
        verbs=lines,
        command=command,
    )
    shown: list[Block] = [
        blocks.section("*" + sentences.say("Ask me for a number, in your own words.") + "*")
    ]
    asks = blocks.asks([Ask(line, line) for line in examples], name="examples")
    if asks:
        shown.append(asks)
    shown.append(
        blocks.section(
            sentences.say("Add what you like, in any order:")
            + "".join(f"\n• {line}" for line in _parts(sentences))
        )
    )
    shown.append(blocks.section("\n".join(f"{code(example)} {marked_down(line)}" for example, line in lines)))
    return Message(escaped(text), tuple(shown))


def _parts(sentences: Sentences) -> list[str]:
    say = sentences.say
    return [
        say("who or where: `rep:anna`, `region:noord`, `-source:fairs`"),
        say("when: `last month`, `this week`, `2026-07`, `last 6 months`"),
        say("split: `by rep`, `by region`, `per week`"),
        say("against: `vs last year`, `vs target`, `vs 2026-01`"),
        say("best or worst: `top 5`, `bottom 3`; as a picture: `chart`"),
        say("to take along: `csv`, `xlsx`; for everybody in the channel: `share`"),
    ]


def list_message(names: Sequence[str], sentences: Sentences) -> Message:
    """Return the metrics of some names with their meaning, every split, and what isn't connected.

    Where that is too long, only how each meaning begins; where even that is, the first metrics.
    """

    def fits(shown: Sequence[str], room: int | None) -> bool:
        return len(_listed(shown, names, room, sentences).text) <= TEXT_ROOM

    if fits(names, None):
        return _listed(names, names, None, sentences)
    meaning = largest(_LONGEST_BEGINNING, lambda room: fits(names, room))
    count = largest(len(names), lambda count: fits(names[:count], meaning))
    return _listed(names[:count], names, meaning, sentences)


def _listed(shown: Sequence[str], names: Sequence[str], room: int | None, sentences: Sentences) -> Message:
    """Return the list of those that are shown, with `room` characters of each meaning's first sentence."""
    catalogue, language = sentences.catalogue, sentences.language
    small = [
        sentences.say("Split and filter by: {splits}.").format(splits=sentences.typed(catalogue.dimensions))
    ]
    if catalogue.unmapped:
        unmapped = ", ".join(catalogue.unmapped)
        small.append(sentences.say("Not connected yet: {names}.").format(names=unmapped))
    if room is not None:
        small.append(sentences.say("Define tells the rest of a number: define sales."))
    number = sentences.formats.number
    if len(shown) < len(names):
        more = sentences.say("{shown} of {total} numbers shown; ask for the others by name.")
        small.append(more.format(shown=number(len(shown)), total=number(len(names))))
    if others := len(catalogue.metrics) - len(names):
        small.append(
            sentences.say("{count} more can't be narrowed to what you may see.").format(count=number(others))
        )
    lines, texts = [], []
    for name in shown:
        title = sentences.metric(name)
        meaning = catalogue.metrics[name].description.in_language(language)
        if room is not None:
            meaning = limits.shorten(_SENTENCE_END.split(meaning, maxsplit=1)[0], room)
        lines.append(
            f"{code(name)} *{marked_down(title)}*" + (f". {marked_down(meaning)}" if meaning else "")
        )
        texts.append(f"{name}: {title}" + (f". {meaning}" if meaning else ""))
    body = [*map(blocks.section, blocks.packed(lines)), *blocks.contexts([*map(marked_down, small)])]
    return Message(escaped("\n".join([*texts, *small])), tuple(body))


def names_message(dimension: str, names: Sequence[str], metric: str | None, sentences: Sentences) -> Message:
    """Return a handful of a dimension's names, with a button to a metric by it (None: no metric is)."""
    say, title = sentences.say, sentences.dimension(dimension)
    shown = ", ".join(names[:_NAMES_SHOWN]) or say("no names that are yours to see")
    if len(names) > _NAMES_SHOWN:
        more = sentences.formats.number(len(names) - _NAMES_SHOWN)
        shown = say("{shown} and {count} more").format(shown=shown, count=more)
    split = said("by {key}", key=typed_name(sentences.catalogue, dimension))
    line = sentences.said(
        said("{metric} {split}", metric=typed_metric(sentences.catalogue, metric), split=split)
        if metric
        else ""
    )
    asks = blocks.asks([Ask(line, line)], name="names") if line else None
    text = f"{title}: {shown}"
    return Message(
        escaped("\n".join([text, *([line] if line else [])])),
        (blocks.section(f"*{marked_down(title)}*: {marked_down(shown)}"), *([asks] if asks else [])),
    )


def status_message(
    data_until: Mapping[str, datetime | None], summaries: Sequence[tuple[str, datetime]], sentences: Sentences
) -> Message:
    """Return how far each table is loaded and when the next summaries come."""
    loaded = [
        (name, sentences.formats.moment(until) if until else sentences.say("no data yet"))
        for name, until in data_until.items()
    ]
    coming = [(title, sentences.formats.moment(at)) for title, at in summaries]
    text = sentences.filled("status.txt.j2", loaded=loaded, coming=coming)
    lines = [marked_down(line) for line in text.splitlines() if line]
    shown = [blocks.section(part) for part in blocks.packed(lines)]
    return Message(limits.shorten(escaped(text), limits.MESSAGE_TEXT), tuple(shown))
