"""What is said besides figures: what went wrong and what to type instead, help, the list, the status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import slack_limits as limits
from bot.render import blocks
from bot.render.blocks import Ask
from bot.render.escape import code, escaped, marked_down
from bot.render.message import Block, Message
from bot.render.sentences import Sentences
from kpi_engine.errors import KpiError, QueryError


@dataclass(frozen=True, slots=True)
class VerbHelp:
    """What a verb does, in a line, with an example to type."""

    verb: str
    line: str
    example: str


def error_message(wrong: KpiError, sentences: Sentences) -> Message:
    """Return what went wrong and what to try, with whole lines to press instead."""
    lines = wrong.suggestions if isinstance(wrong, QueryError) else ()
    message, hint = sentences.said(wrong.message), sentences.said(wrong.hint)
    text = sentences.filled("error.txt.j2", message=message, hint=hint, suggestions=lines)
    told = marked_down(message) + (f"\n{marked_down(hint)}" if hint else "")
    asks = blocks.asks([Ask(line, line) for line in lines], name="suggestions")
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
    text = sentences.filled(
        "help.txt.j2",
        examples=examples,
        verbs=[(f"{command} {entry.example}", sentences.say(entry.line)) for entry in verbs],
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
    shown.append(
        blocks.section(
            "\n".join(
                f"{code(f'{command} {entry.example}')} {marked_down(sentences.say(entry.line))}"
                for entry in verbs
            )
        )
    )
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


def list_message(sentences: Sentences) -> Message:
    """Return every metric with its meaning, every split, and what isn't connected."""
    catalogue = sentences.catalogue
    metrics = [
        (
            name,
            metric.title.in_language(sentences.language),
            metric.description.in_language(sentences.language),
        )
        for name, metric in catalogue.metrics.items()
    ]
    splits = ", ".join(catalogue.dimensions)
    text = sentences.filled(
        "list.txt.j2", metrics=metrics, splits=splits, unmapped=list(catalogue.unmapped.items())
    )
    lines = [f"{code(name)} *{marked_down(title)}*. {marked_down(what)}" for name, title, what in metrics]
    shown = [blocks.section(part) for part in _packed(lines)]
    shown.append(blocks.context(sentences.say("Split and filter by:") + " " + marked_down(splits)))
    if catalogue.unmapped:
        shown.append(
            blocks.context(
                sentences.say("Not connected yet:") + " " + marked_down(", ".join(catalogue.unmapped))
            )
        )
    return Message(limits.shorten(escaped(text), limits.MESSAGE_TEXT), tuple(shown))


def _packed(lines: Sequence[str]) -> list[str]:
    """Return lines joined into as few texts of a section's length as possible."""
    packed: list[str] = []
    for line in lines:
        if packed and len(packed[-1]) + len(line) + 1 <= limits.SECTION_TEXT:
            packed[-1] += "\n" + line
        else:
            packed.append(limits.shorten(line, limits.SECTION_TEXT))
    return packed


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
    shown = [blocks.section("\n".join(marked_down(line) for line in text.splitlines() if line))]
    return Message(escaped(text), tuple(shown))
