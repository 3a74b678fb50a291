"""Answers and summaries for a person at a terminal (Rich)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, ConsoleRenderable, Group
from rich.table import Table
from rich.text import Text

from bot.render import figures
from bot.render import summary as summaries
from bot.render.sentences import UNCHANGING, Sentences, is_few, listed
from kpi_engine.domain.answer import Answer, SeriesPoint
from kpi_engine.domain.summary import Summary
from kpi_engine.language.parser import canonical

_BAR = 24


def print_answers(console: Console, answers: Sequence[Answer], sentences: Sentences) -> None:
    """Print answers one below the other."""
    for place, answer in enumerate(answers):
        if place:
            console.print()
        console.print(_answer(answer, sentences))


def print_summary(console: Console, summary: Summary, sentences: Sentences) -> None:
    """Print a summary: its verdict, then every section."""
    summary = summaries.without_repeats(summary)
    console.print(Text(summaries.title(summary, sentences), style="bold"))
    console.print(Text(sentences.data_until(summary.data_until), style="dim"))
    console.print()
    console.print(Text(summaries.verdict(summary, sentences)))
    for section in summary.sections:
        console.print()
        console.print(Text(summaries.section_title(section, sentences), style="bold"))
        for answer in section.answers:
            if section.spec.style == "scores":
                console.print(Group(*_scores(answer, sentences)))
            else:
                console.print(Group(*_figures(answer, sentences)))
    for line in summaries.notes(summary, sentences):
        console.print(Text(line, style="dim"))


def _answer(answer: Answer, sentences: Sentences) -> ConsoleRenderable:
    asked = f"{canonical(answer.query)} · {sentences.data_until(answer.data_until)}"
    parts: list[ConsoleRenderable] = [Text(asked, style="dim"), _headline(answer, sentences)]
    parts += [Text(f"  {line}") for line in sentences.lines(answer)]
    parts += _figures(answer, sentences)
    parts += [Text(sentences.note(note, answer), style="italic dim") for note in answer.notes]
    return Group(*parts)


def _headline(answer: Answer, sentences: Sentences) -> Text:
    line = Text(sentences.subject(answer) + ": ")
    line.append(sentences.value(answer.figure, answer), style="bold")
    made_of = sentences.made_of(answer.figure, answer)
    return line.append(f" ({made_of})") if made_of else line


def _scores(answer: Answer, sentences: Sentences) -> Iterator[ConsoleRenderable]:
    yield Text(f"  {sentences.short_headline(answer)}")
    for line in sentences.lines(answer):
        yield Text(f"    {line}", style="dim")


def _figures(answer: Answer, sentences: Sentences) -> list[ConsoleRenderable]:
    if answer.pair_of is not None:
        return [_pair_table(answer, sentences)] if listed(answer) else []
    if answer.groups:
        return [_group_table(answer, sentences)]
    return [_series_table(answer.series, answer, sentences)] if answer.series else []


def _pair_table(answer: Answer, sentences: Sentences) -> Table:
    columns, rows = figures.group_texts(answer, sentences)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, title in enumerate(columns):
        table.add_column(title, justify="left" if place < len(answer.by) else "right")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _group_table(answer: Answer, sentences: Sentences) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in answer.by:
        table.add_column(sentences.dimension(name))
    if answer.query.per:
        points = answer.groups[0].series
        for point in points:
            table.add_column(sentences.formats.short_name(point.period), justify="right")
        for group in answer.groups:
            table.add_row(
                *(sentences.label(label) for label in group.labels),
                *(sentences.short_value(point.figure, answer) for point in group.series),
            )
        return table
    table.add_column(sentences.metric(answer.metric), justify="right")
    table.add_column("")
    for entry in answer.comparisons:
        table.add_column(sentences.short_baseline(entry), justify="right")
    has_targets = any(group.target for group in answer.groups)
    if has_targets:
        table.add_column(sentences.say("Of target"), justify="right")
    for group in answer.groups:
        changes = {entry.period: entry for entry in group.comparisons}
        cells: list[str | Text] = [
            *(Text(sentences.label(label)) for label in group.labels),
            Text(sentences.short_value(group.figure, answer), style="bold"),
            Text(sentences.made_of(group.figure, answer), style="dim"),
            *(
                sentences.change(changes[entry.period], answer)
                if changes[entry.period].verdict not in UNCHANGING
                and not is_few(group.figure, answer.unit)
                and not is_few(changes[entry.period].figure, answer.unit)
                else "–"
                for entry in answer.comparisons
            ),
        ]
        if has_targets:
            cells.append(sentences.short_target(group.target) if group.target else "–")
        table.add_row(*cells)
    return table


def _series_table(points: Sequence[SeriesPoint], answer: Answer, sentences: Sentences) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_header=False)
    highest = max((point.figure.value or 0.0 for point in points), default=0.0)
    for point in points:
        value = point.figure.value or 0.0
        bar = "█" * round(_BAR * value / highest) if highest > 0 and value > 0 else ""
        table.add_row(
            sentences.period(point.period, point.window),
            Text(sentences.short_value(point.figure, answer), style="bold", justify="right"),
            Text(bar, style="cyan"),
        )
    return table
