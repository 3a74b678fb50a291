"""A summary as it is posted: one phone screen, whose lines a template arranges."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.render.document import Actions, Ask, Bold, Line, Notes, Paragraph, Part
from bot.render.message import Message
from bot.render.plain_text import written
from bot.render.sentences import Sentences
from bot.render.summary import lines, private_lines, selection
from bot.render.summary.candidate_words import told_line
from bot.render.summary.data import data_lines
from bot.render.summary.foot import foot as last_line
from bot.render.summary.judgement import judgement
from bot.render.summary.layout import arranged, names_in, template_of
from bot.render.words.corrections import corrected_remarks
from kpi_engine import canonical, splits
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.periods import Grain
from kpi_engine.domain.query import Query
from kpi_engine.domain.summary import Candidate, Summary

Blocks = Mapping[str, Sequence[Line]]
"""The lines of a post, by the names that a template uses."""


@dataclass(frozen=True, slots=True)
class Room:
    """How long a post may be, in lines and characters."""

    lines: int
    characters: int


ROOM = {Grain.WEEK: Room(12, 1_100), Grain.MONTH: Room(14, 1_400)}

_LEAST_NEEDED = (
    "pairs",
    "score",
    "cohort",
    "change",
    "customers",
    "wins",
    "usual",
    "targets",
    "profit",
    "pace",
)
"""What is left to the thread where a post is too long, the first ones first."""
_BUTTONS = 4


def summary_message(
    summary: Summary, sentences: Sentences, remarks: Sequence[str] = (), corrected: Sequence[str] = ()
) -> Message:
    """Return a summary's post; `remarks` are sentences about its delivery and about earlier figures.

    `corrected` says which figures of earlier posts have changed; where the template has no lines about the
    data, it stands among the remarks. What has no room in the post stands in its details
    (details.details_message).
    """
    used = names_in(template_of(summary))
    every = blocks_of(summary, sentences, used)
    if "data" in used:
        told: list[Line] = [(Bold(sentences.say("Corrected:")), f" {text}") for text in corrected]
        every = {**every, "data": (*every["data"], *told)}
    else:
        remarks = (*corrected_remarks(corrected, sentences), *remarks)
    foot = last_line(summary, sentences)
    blocks = fitted({name: every[name] for name in used}, ROOM[_grain(summary)], foot)
    first, *others = arranged(summary, blocks, sentences)
    shown: list[Part] = [Paragraph((first,))]
    if others:
        shown.append(Paragraph(tuple(others)))
    shown.append(Actions("next", tuple(_asks(summary, sentences))))
    shown.append(Notes((*remarks, foot)))
    return Message(tuple(shown), sentences.language)


def blocks_of(summary: Summary, sentences: Sentences, used: Collection[str]) -> Blocks:
    """Return every line that a post may have, by name; what its `used` lines tell is no exception as well."""
    first = selection.lead(summary) if "lead" in used or "result" in used else None
    in_first = selection.told_of(summary, first) if first else None
    found: dict[str, Sequence[Line]] = {
        "judgement": ((Bold(judgement(summary, sentences)),),),
        "pace": tuple(lines.pace(summary, sentences)),
        "data": tuple(data_lines(summary, sentences)),
        "exceptions": tuple(
            told_line(entry, sentences)
            for entry in summary.told
            if entry.kind != "shortfall" and entry is not in_first
        ),
        "shortfalls": tuple(private_lines.shortfalls(summary, sentences)),
    }
    singles = {
        "lead": lines.lead,
        "result": lines.result,
        "targets": lines.targets,
        "change": lines.change,
        "profit": lines.profit,
        "customers": lines.customers,
        "cohort": lines.cohort,
        "score": lines.score,
        "usual": lines.usual,
        "pairs": lines.pairs,
        "wins": lines.wins,
        "calls": private_lines.calls,
        "win": private_lines.win,
    }
    for name, make in singles.items():
        line = make(summary, sentences)
        found[name] = () if line is None else (line,)
    return found


def fitted(blocks: Blocks, room: Room, foot: str) -> Blocks:
    """Return the lines without the least needed ones where they would be too long with the foot."""
    kept = dict(blocks)
    for name in _LEAST_NEEDED:
        if _fits(kept, room, foot):
            break
        if kept.get(name):
            kept[name] = kept[name][:-1]
    return kept


def _fits(blocks: Blocks, room: Room, foot: str) -> bool:
    every = [*(written(line) for found in blocks.values() for line in found), foot]
    return len(every) <= room.lines and sum(len(text) + 1 for text in every) <= room.characters


def _grain(summary: Summary) -> Grain:
    return Grain.MONTH if summary.spec.schedule.is_long else Grain.WEEK


def _asks(summary: Summary, sentences: Sentences) -> list[Ask]:
    """Return the buttons: why for what is told, who by, and everything."""
    asked = [entry.answer for entry in summary.told if entry.kind == "unusual"] or [
        *filter(None, [selection.lead(summary)])
    ]
    found = [
        *(ask for entry in summary.told if (ask := _why_of(entry, sentences))),
        *(ask for answer in asked if (ask := _why(answer, sentences))),
    ]
    running = selection.landings(summary)
    dimension = "customer" if summary.spec.audience == "rep" else "rep"
    by = next((ask for answer in running or asked if (ask := _by(dimension, answer, sentences))), None)
    every = Ask(sentences.say("All figures"), f"summary {summary.spec.name} details")
    unique = {ask.line: ask for ask in found}
    return [*list(unique.values())[: _BUTTONS - 2], *([by] if by else []), every][:_BUTTONS]


def _why_of(entry: Candidate, sentences: Sentences) -> Ask | None:
    return _why(entry.answer, sentences) if entry.kind in ("unusual", "mix") else None


def _why(answer: Answer, sentences: Sentences) -> Ask | None:
    """Return the question why a total changed; None where its change isn't made of parts."""
    catalogue = sentences.catalogue
    is_changed = bool(answer.comparisons and answer.comparisons[0].change)
    if not is_changed or not splits(catalogue.metrics[answer.metric], catalogue.models):
        return None
    question = canonical(_plain(answer))
    label = sentences.say("Why {metric}").format(metric=sentences.metric(answer.metric).lower())
    return Ask(label, f"why {question}")


def _by(dimension: str, answer: Answer, sentences: Sentences) -> Ask | None:
    metric = sentences.catalogue.metrics[answer.metric]
    if dimension not in metric.dimensions:
        return None
    label = sentences.say("{metric} by {dimension}").format(
        metric=sentences.metric(answer.metric), dimension=sentences.dimension(dimension).lower()
    )
    return Ask(label, canonical(_plain(answer, by=(dimension,))))


def _plain(answer: Answer, by: tuple[str, ...] = ()) -> Query:
    """Return an answer's question without its split and forms, by other dimensions."""
    return replace(answer.query, sizes=(), by=by, per=None, top=None, flags=frozenset())
