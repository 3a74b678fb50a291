"""Why a figure changed, as a message: the story, its parts by one dimension, and what else was tried."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import fsum

from bot.render import figures
from bot.render.document import (
    Actions,
    Ask,
    Bold,
    Button,
    Cell,
    Line,
    Notes,
    Paragraph,
    Part,
    Row,
    Source,
    Table,
)
from bot.render.formats import NO_VALUE
from bot.render.message import Message
from bot.render.next_steps import SHARE
from bot.render.sentences import Sentences
from bot.render.words import comparisons
from bot.render.words.answers import headline
from bot.render.words.change_story import Direction, story
from bot.render.words.change_story import driver_sentence as driver_sentence  # noqa: PLC0414 - part of this module
from bot.render.words.notes import note_sentence
from kpi_engine import canonical
from kpi_engine.domain.explanation import Breakdown, ChangePart, Explanation
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.query import Filter, Member, Query

_OTHERS_SHOWN = 4
_LEVELS = 2
"""How many members deep a change is explained by buttons."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a question why says beside its period: the `direction` that it takes for granted.

    `elsewhere` is a question of which that is true, where it isn't of the one that was asked. `own` are the
    filters that follow from the asker's rights.
    """

    direction: Direction | None = None
    elsewhere: Query | None = None
    own: tuple[Filter, ...] = ()


_NOTHING_HEARD = Heard()


def explanation_message(
    explanation: Explanation,
    sentences: Sentences,
    hidden: Collection[str] = (),
    *,
    heard: Heard = _NOTHING_HEARD,
    is_private: bool = False,
    sees_sql: bool = False,
) -> Message:
    """Return the explanation: why in sentences, then the split that tells most as a table of ten members.

    Without a clear change there is a table only of a split that was asked for. `hidden` dimensions were not
    looked at, because others read along; only the person who presses the button sees them.
    A private one (`is_private`) can be shared; a person who `sees_sql` has a button for it.
    """
    reached = sentences.catalogue.metrics[explanation.answer.metric].dimensions
    unsaid = [name for name in reached if name in hidden]
    answer = explanation.answer
    question = f"why {canonical(explanation.question)}"
    change = comparisons.full_comparison(explanation.comparison, answer, sentences)
    change = change[:1].upper() + change[1:]
    notes = [
        *_beside(explanation, sentences),
        *(note_sentence(note, answer, sentences) for note in answer.notes),
    ]
    notes += [_unsaid(unsaid, sentences)] if unsaid else []
    first, *further = story(explanation, sentences, heard.direction) or [""]
    sold = _sold(explanation, sentences) if explanation.is_clear else []
    lines: list[Line] = [(Bold(first),)] if first else []
    head = (
        Source(question, (sentences.data_until(answer.data_until),)),
        *((Paragraph((*lines, *further, *sold)),) if lines or sold else ()),
        Paragraph((headline(answer, sentences), change)),
    )
    foot = (
        Notes(tuple(notes)),
        Actions("next", tuple(_next(explanation, unsaid, heard, sentences))),
        Actions("ways", tuple(_ways_out(explanation, sentences, is_private, sees_sql))),
    )
    parts = (_parts(explanation, sentences),) if shows_parts(explanation) else ()
    return Message((*head, *parts, *foot), sentences.language, question=question)


def shows_parts(explanation: Explanation) -> bool:
    """Whether parts are shown: of a clear change, and of a split that was asked for."""
    return not explanation.missing and (explanation.is_clear or bool(explanation.question.by))


def _parts(explanation: Explanation, sentences: Sentences) -> Part:
    """Return the parts of a change by its first dimension, or that there are none."""
    if not explanation.breakdowns:
        return Paragraph((sentences.say("No split explains more: no groups add up to this change."),))
    first = explanation.breakdowns[0]
    caption = sentences.say("The change by {dimension}").format(
        dimension=sentences.dimension(first.dimension).lower()
    )
    columns, rows = _rows(first, explanation, sentences)
    shown = tuple(Row(tuple(cells), said=_line(columns, cells)) for cells in rows)
    return Table(caption, tuple(columns), shown, names=1)


def _sold(explanation: Explanation, sentences: Sentences) -> list[str]:
    """Return volume, price and mix in words with their sum; nothing where the pieces aren't known."""
    sold, say = explanation.sold, sentences.say
    if sold is None:
        return []
    volume, price, mix, other, total = sentences.formats.changes(
        (sold.volume, sold.price, sold.mix, sold.other, sold.total), sentences.currency(explanation.answer)
    )
    pieces = (
        say("more pieces {amount} ({now}, before {before})")
        if sold.pieces >= sold.pieces_before
        else say("fewer pieces {amount} ({now}, before {before})")
    ).format(
        amount=volume,
        now=sentences.formats.number(sold.pieces),
        before=sentences.formats.number(sold.pieces_before),
    )
    prices = say("higher prices {amount}") if sold.price >= 0 else say("lower prices {amount}")
    parts = [
        (sold.volume, pieces),
        (sold.price, prices.format(amount=price)),
        (sold.mix, say("other products {amount}").format(amount=mix)),
    ]
    if sold.other:
        parts.append((sold.other, say("without pieces {amount}").format(amount=other)))
    parts.sort(key=lambda entry: -abs(entry[0]))
    return [say("Made of {parts}; sum {sum}.").format(parts=", ".join(text for _, text in parts), sum=total)]


def _line(columns: Sequence[str], cells: Sequence[Cell]) -> str:
    name, part, *rest = (cell.text for cell in cells)
    said = [
        f"{title.lower()} {cell}" for title, cell in zip(columns[2:], rest, strict=True) if cell != NO_VALUE
    ]
    return f"{name}: {part}" + (f" ({', '.join(said)})" if said else "")


def _rows(
    breakdown: Breakdown, explanation: Explanation, sentences: Sentences
) -> tuple[list[str], list[list[Cell]]]:
    """Return the titles and rows: at most ten members, the others together, and the sum of all."""
    say, answer = sentences.say, explanation.answer
    has_mix = any(entry.mix is not None for entry in breakdown.parts)
    part = say("Part, in points") if answer.unit in ("share", "score") else say("Part")
    columns = [sentences.dimension(breakdown.dimension), part, say("Now"), say("Before")]
    columns += [say("By its own rate"), say("By its weight")] if has_mix else []
    moved = sorted(
        (entry for entry in breakdown.parts if entry.members == 1), key=lambda entry: -abs(entry.part)
    )
    kept = {id(entry) for entry in moved[: figures.ROWS_SHOWN]}
    shown = [entry for entry in breakdown.parts if id(entry) in kept]
    rest = [entry for entry in breakdown.parts if id(entry) not in kept]

    def amount(value: float | None) -> Cell:
        if value is None:
            return Cell(NO_VALUE)
        return Cell(sentences.formats.absolute_change(value, answer.unit, answer.currency), value)

    def value(figure: Figure) -> Cell:
        return Cell(sentences.short_value(figure, answer), figure.value)

    def summed(name: str, parts: Sequence[ChangePart], ends: Sequence[Cell]) -> list[Cell]:
        cells = [Cell(name), amount(fsum(entry.part for entry in parts)), *ends]
        if has_mix:
            cells += [amount(fsum(entry.rate or 0.0 for entry in parts))]
            cells += [amount(fsum(entry.mix or 0.0 for entry in parts))]
        return cells

    rows: list[list[Cell]] = []
    for entry in shown:
        cells = [Cell(sentences.label(entry.label)), amount(entry.part)]
        cells += [value(figure) for figure in (entry.figure, entry.base)]
        rows.append([*cells, *([amount(entry.rate), amount(entry.mix)] if has_mix else [])])
    if rest:
        name = say("{count} others").format(
            count=sentences.formats.number(sum(entry.members for entry in rest))
        )
        ends = [[entry.figure for entry in rest], [entry.base for entry in rest]]
        rows.append(summed(name, rest, [Cell(NO_VALUE) if has_mix else value(_sum(end)) for end in ends]))
    whole = (answer.figure, explanation.comparison.figure)
    rows.append(summed(say("Sum"), breakdown.parts, [value(figure) for figure in whole]))
    return columns, rows


def _sum(added: Sequence[Figure]) -> Figure:
    return Figure(fsum(figure.value or 0.0 for figure in added))


def _beside(explanation: Explanation, sentences: Sentences) -> list[str]:
    """Return last year's change, the other dimensions by rank, and those that were skipped."""
    notes = []
    season, answer = explanation.season, explanation.answer
    if season is not None:
        notes.append(
            sentences.say("A year earlier: {value} in {period}; {change}.").format(
                value=sentences.value(season.figure, season),
                period=sentences.period(season.period, season.window),
                change=comparisons.full_comparison(season.comparisons[0], season, sentences),
            )
        )
    tried = explanation.breakdowns[1:] if shows_parts(explanation) else ()
    others = [entry for entry in tried if entry.parts and entry.spread != "one member"][:_OTHERS_SHOWN]
    if others:
        named = [
            f"{sentences.dimension(entry.dimension).lower()} ({sentences.label(entry.parts[0].label)} "
            f"{sentences.formats.absolute_change(entry.parts[0].part, answer.unit, answer.currency)})"
            for entry in others
        ]
        notes.append(sentences.say("Less is told by {dimensions}.").format(dimensions=", ".join(named)))
    if explanation.too_large:
        large = ", ".join(sentences.dimension(name).lower() for name in explanation.too_large)
        told = sentences.say("Not split by {dimensions}: there are too many members.")
        notes.append(told.format(dimensions=large))
    if explanation.skipped:
        skipped = ", ".join(sentences.dimension(name).lower() for name in explanation.skipped)
        notes.append(
            sentences.say("Not split by {dimensions}: those groups don't add up to the total.").format(
                dimensions=skipped
            )
        )
    return notes


def _unsaid(dimensions: Sequence[str], sentences: Sentences) -> str:
    told = sentences.say(
        "I show the split by {dimensions} only to you: press the button, or ask me in private."
    )
    return told.format(dimensions=", ".join(sentences.dimension(name).lower() for name in dimensions))


def _next(explanation: Explanation, unsaid: Sequence[str], heard: Heard, sentences: Sentences) -> list[Ask]:
    """Return the next questions: why what leads changed, by other dimensions, one level up, the figure."""
    say, question = sentences.say, explanation.question
    found = []
    if heard.elsewhere and heard.elsewhere.period:
        label = say("Why up in {period}") if heard.direction == "up" else say("Why down in {period}")
        period = sentences.period(heard.elsewhere.period)
        found.append((label.format(period=period), heard.elsewhere))
    found += _one_level_down(explanation, heard, sentences)
    if not explanation.missing:
        found += _by_dimensions(explanation, unsaid, sentences)
    levels = _levels(question, heard)
    if levels:
        above = tuple(entry for entry in question.filters if entry is not levels[-1])
        found.append((say("One level up"), replace(question, filters=above, by=())))
    lines = [Ask(label, f"why {canonical(query)}") for label, query in found]
    return [*lines, Ask(say("Only the total"), canonical(replace(question, by=())))]


def _by_dimensions(
    explanation: Explanation, unsaid: Sequence[str], sentences: Sentences
) -> list[tuple[str, Query]]:
    """Return the question by the next dimensions; without a clear change by the first alone."""
    say, question = sentences.say, explanation.question
    label = say("Why, by {dimension}")
    if not shows_parts(explanation):
        movers = explanation.breakdowns[:1]
        return [(say("Largest movers"), replace(question, by=(entry.dimension,))) for entry in movers]
    names = (*(entry.dimension for entry in explanation.breakdowns[1:3]), *unsaid)
    return [
        (label.format(dimension=sentences.dimension(name).lower()), replace(question, by=(name,)))
        for name in names
    ]


def _one_level_down(explanation: Explanation, heard: Heard, sentences: Sentences) -> list[tuple[str, Query]]:
    """Return why the leading member changed, up to two levels below the whole."""
    first = (explanation.mix_driver or explanation.driver) if explanation.is_clear else None
    question = explanation.question
    if first is None or len(_levels(question, heard)) >= _LEVELS:
        return []
    leading = next((entry for entry in first.leaders if entry.label is not None), None)
    if leading is None or leading.label is None:
        return []
    below = Filter(first.dimension, (Member(leading.key, leading.label),))
    label = sentences.say("Why: {member}").format(member=leading.label)
    return [(label, replace(question, filters=(*question.filters, below), by=()))]


def _levels(question: Query, heard: Heard) -> list[Filter]:
    """Return the filters that keep one member, besides those of the asker's rights."""
    return [
        entry
        for entry in question.filters
        if len(entry.members) == 1 and not entry.exclude and entry not in heard.own
    ]


def _ways_out(
    explanation: Explanation, sentences: Sentences, is_private: bool, sees_sql: bool
) -> list[Button]:
    """Return how the parts can be shared and taken along, and what the figure means."""
    line = f"why {canonical(explanation.question)}"
    found = [Button(sentences.say("Share"), SHARE, line)] if is_private else []
    found += [Button("CSV", "ask:csv", f"{line} csv")] if explanation.breakdowns else []
    found += [Button("SQL", "ask:sql", f"{line} sql")] if is_private and sees_sql else []
    metric = explanation.answer.metric
    found += [Button(sentences.say("Definition"), "ask:define", f"define {metric}")]
    return found
