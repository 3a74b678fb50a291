"""A document for a person at a terminal (Rich); tables and charts aren't cut there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, ConsoleRenderable
from rich.table import Table
from rich.text import Text

from bot.render import document, plain_text
from bot.render.answer import answered
from bot.render.document import (
    Answered,
    Breakdown,
    Facts,
    Headline,
    Notes,
    Part,
    Row,
    Score,
    Section,
    Series,
    Source,
    SummaryNotes,
    Title,
)
from bot.render.formats import NO_VALUE
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.summary import details_message, reasons, summary_message
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.summary import Summary

_BAR = 24


def print_answers(console: Console, answers: Sequence[Answer], sentences: Sentences) -> None:
    """Print answers one below the other."""
    for place, answer in enumerate(answers):
        if place:
            console.print()
        _print(console, [answered(answer, sentences, is_whole=True)])


def print_summary(
    console: Console, summary: Summary, sentences: Sentences, *, with_reasons: bool = False
) -> None:
    """Print a summary: its post, then its details; with reasons, also what was found and why it is told."""
    print_message(console, summary_message(summary, sentences))
    if with_reasons:
        console.print()
        for line in reasons(summary, sentences):
            console.print(line, markup=False, highlight=False, style="dim")
    console.print()
    _print(console, details_message(summary, sentences, is_whole=True).parts)


def print_message(console: Console, message: Message) -> None:
    """Print any other message: the lines that a screen reader reads."""
    for line in plain_text.text_of(message).split("\n"):
        console.print(line, markup=False, highlight=False)


def _print(console: Console, parts: Sequence[Part]) -> None:
    for part in parts:
        for shown in _shown(part):
            console.print(shown)


def _shown(part: Part) -> Iterator[ConsoleRenderable]:
    match part:
        case Answered():
            for inner in part.parts:
                yield from _of_answer(inner)
        case Title(text, until):
            yield from (Text(text, style="bold"), Text(until, style="dim"), Text())
        case Section():
            yield from _section(part)
        case SummaryNotes(notes=notes):
            yield from (Text(note.line, style="dim") for note in notes)
        case document.Actions() | document.ActionRows():
            return
        case _:
            yield from (Text(plain_text.written(line)) for line in plain_text.lines([part]))


def _of_answer(part: Part) -> Iterator[ConsoleRenderable]:
    match part:
        case Source(question, details):
            yield Text(" · ".join([question, *details]), style="dim")
        case Headline():
            yield _headline(part)
        case Facts(facts):
            yield from (Text(f"  {fact.line}") for fact in facts)
        case Breakdown():
            yield from _breakdown(part)
        case Notes(lines):
            yield from (Text(plain_text.written(line), style="italic dim") for line in lines)


def _headline(part: Headline) -> Text:
    line = Text(", ".join(part.subject) + ": ")
    line.append(part.value, style="bold")
    return line.append(f" ({part.made_of})") if part.made_of else line


def _section(part: Section) -> Iterator[ConsoleRenderable]:
    yield from (Text(), Text(part.title, style="bold"))
    for score in part.scores:
        yield from _score(score)
    for breakdown in part.breakdowns:
        yield from _breakdown(breakdown)


def _score(score: Score) -> Iterator[Text]:
    name = ", ".join(part for part in (score.metric, score.filters) if part)
    made_of = f" ({score.made_of})" if score.is_likely and score.made_of else ""
    yield Text(f"  {name}: {score.value}{made_of}")
    yield from (Text(f"    {fact.line}", style="dim") for fact in score.facts)


def _breakdown(part: Breakdown) -> Iterator[Table]:
    groups = part.groups
    if groups is None:
        yield from (_periods(series) for series in part.series if series.points)
    elif part.series:
        yield _groups_over_time(groups, part.series)
    elif groups.rows and groups.rows[0].detail:
        yield _groups(groups.with_places)
    else:
        yield _cells(groups.with_places)


def _cells(groups: document.Table) -> Table:
    table = _table(groups)
    for title in groups.columns[groups.names :]:
        table.add_column(title, justify="right")
    for row in groups.rows:
        table.add_row(*(Text(cell.text) for cell in row.cells))
    return table


def _groups(groups: document.Table) -> Table:
    """Return groups with everything there is to say about each."""
    table, first = _table(groups), groups.rows[0].detail
    table.add_column(groups.columns[groups.names], justify="right")
    table.add_column("")
    for change in first.changes if first else ():
        table.add_column(change.baseline, justify="right")
    has_targets = any(row.detail and row.detail.target for row in groups.rows)
    if has_targets:
        table.add_column(groups.columns[-1], justify="right")
    for row in groups.rows:
        table.add_row(*_group(row, groups.names, has_targets=has_targets))
    return table


def _group(row: Row, names: int, *, has_targets: bool) -> Iterator[Text]:
    yield from (Text(cell.text) for cell in row.cells[:names])
    yield Text(row.cells[names].text, style="bold")
    if row.detail:
        yield Text(row.detail.made_of, style="dim")
        yield from (Text(change.words or NO_VALUE) for change in row.detail.changes)
        if has_targets:
            yield Text(row.cells[-1].text)


def _groups_over_time(groups: document.Table, series: Sequence[Series]) -> Table:
    table = _table(groups)
    for point in series[0].points:
        table.add_column(point.short, justify="right")
    for entry in series:
        table.add_row(*map(Text, entry.labels), *(Text(point.cell) for point in entry.points))
    return table


def _table(groups: document.Table) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in groups.columns[: groups.names]:
        table.add_column(title)
    return table


def _periods(series: Series) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    highest = max((point.value or 0.0 for point in series.points), default=0.0)
    for point in series.points:
        value = point.value or 0.0
        bar = "█" * round(_BAR * value / highest) if highest > 0 and value > 0 else ""
        style = "yellow" if point.is_unusual else "cyan"
        cells = (Text(point.cell, style="bold", justify="right"), Text(bar, style=style))
        table.add_row(point.name, *cells, Text(point.usual, style="dim"))
    return table
