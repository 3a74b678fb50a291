"""Shorter forms of a document's parts, and the sentences that say what they leave out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from babel.numbers import format_decimal

from bot.render.block_kit import figures
from bot.render.document import (
    About,
    Answered,
    Breakdown,
    Glossary,
    Listing,
    Page,
    Part,
    Scoreboard,
    Section,
    Series,
    SummaryNotes,
)
from bot.render.formats import LOCALES
from bot.render.texts import translations
from bot.slack_limits import shorten

_SENTENCE_END = re.compile(r"(?<=[.!?]) ")


@dataclass(frozen=True, slots=True)
class Words:
    """What is said, in one language, about what a message leaves out."""

    language: str

    def say(self, sentence: str) -> str:
        """Return the translation of an English sentence."""
        return translations(self.language).gettext(sentence)

    def number(self, value: int) -> str:
        """Return a count as the language writes it."""
        return format_decimal(value, "#,##0", locale=LOCALES[self.language])

    def answers_shown(self, shown: int, total: int) -> str:
        """Return how many of several answers are shown."""
        return self.say("{shown} of {total} metrics shown; ask for fewer at a time.").format(
            shown=self.number(shown), total=self.number(total)
        )

    def groups_shown(self, shown: int, total: int) -> str:
        """Return how many groups are shown, where no more fit."""
        return self.say("{shown} of {total} shown, as many as fit; add a filter to see others.").format(
            shown=self.number(shown), total=self.number(total)
        )

    def periods_shown(self, shown: int, total: int) -> str:
        """Return how many periods are shown."""
        return self.say(
            "Only the latest {shown} of {total} periods are shown; ask for a shorter range to see others."
        ).format(shown=self.number(shown), total=self.number(total))

    def not_everything(self) -> str:
        """Return that blocks are missing."""
        return self.say("Not everything fits in one message: ask for fewer metrics at a time.")

    def lists_cut(self, rows: int) -> str:
        """Return that the lists of a summary are cut."""
        return self.say("Each list shows only its first {count}, as many as fit.").format(
            count=self.number(rows)
        )

    def left_out(self, names: Sequence[str]) -> str:
        """Return what of a summary is left out."""
        return self.say("Left out because there is no room: {names}. Ask for these one by one.").format(
            names=", ".join(dict.fromkeys(names))
        )

    def meanings_cut(self) -> str:
        """Return where the rest of a meaning can be read."""
        return self.say("For more about a metric: define sales.")

    def terms_shown(self, shown: int, total: int) -> str:
        """Return how many terms of a list are shown."""
        return self.say("{shown} of {total} metrics shown; ask for the others by name.").format(
            shown=self.number(shown), total=self.number(total)
        )


# answers


def cut_answered(part: Answered, words: Words, rows: int | None, points: int | None) -> Answered:
    """Return an answer with as many groups and periods as its table or chart holds.

    At most `rows` groups, the first ones, and `points` periods, the newest ones.
    """
    figure = part.breakdown
    if figure is None:
        return part
    rows_held, points_held = figures.held(figure)
    kept = min(rows_held, rows or rows_held)
    newest = slice(-min(points_held, points or points_held), None)
    series = figure.series[:kept] if figure.groups else figure.series
    cut = replace(
        figure,
        groups=replace(figure.groups, rows=figure.groups.rows[:kept]) if figure.groups else None,
        series=tuple(replace(entry, points=entry.points[newest]) for entry in series),
        rest="",
    )
    return replace(part, breakdown=cut, notes=(*part.notes, *_missing(figure, cut, words)))


def _missing(figure: Breakdown, cut: Breakdown, words: Words) -> list[str]:
    """Return what a cut breakdown lacks, in sentences that say how to get it."""
    found = []
    if figure.groups and cut.groups:
        shown, total = len(cut.groups.rows), figure.groups.total
        if shown < total:
            is_whole = shown == len(figure.groups.rows)
            found.append(figure.rest if is_whole else words.groups_shown(shown, total))
    total, points = _longest(figure.series), _longest(cut.series)
    if points < total:
        found.append(words.periods_shown(points, total))
    return found


def _longest(series: Sequence[Series]) -> int:
    return max((len(entry.points) for entry in series), default=0)


def first_answers(document: Sequence[Part], count: int) -> tuple[list[Part], int]:
    """Return a document with its first answers only, and how many there were."""
    kept: list[Part] = []
    total = 0
    for part in document:
        match part:
            case Answered():
                kept += [part] if total < count else []
                total += 1
            case Scoreboard():
                total = len(part.answers)
                kept.append(replace(part, scores=part.scores[:count], answers=part.answers[:count]))
            case _:
                kept.append(part)
    return kept, total


# summaries


def cut_sections(document: Sequence[Part], rows: int, entries: int, words: Words) -> list[Part]:
    """Return a summary with at most `rows` groups in a list and its first `entries` figures; it says so."""
    kept: dict[int, Section] = {}
    left: list[str] = []
    is_shorter = False
    for place, part in enumerate(document):
        if isinstance(part, Section) and part.metrics:
            room = max(0, entries)
            entries -= len(part.metrics)
            left += part.metrics[room:] if room else [part.name]
            shown = part.breakdowns[:room]
            lists = [entry.groups for entry in shown if entry.groups]
            is_shorter = is_shorter or any(entry.total > rows for entry in lists)
            if room:
                kept[place] = replace(
                    part,
                    metrics=part.metrics[:room],
                    scores=part.scores[:room],
                    breakdowns=tuple(_first_rows(entry, rows) for entry in shown),
                )
    missing = [words.lists_cut(rows)] if is_shorter else []
    missing += [words.left_out(left)] if left else []
    metrics = {name for section in kept.values() for name in section.metrics}
    return [
        kept.get(place, _with_missing(part, missing, metrics))
        for place, part in enumerate(document)
        if place in kept or not isinstance(part, Section)
    ]


def _first_rows(figure: Breakdown, rows: int) -> Breakdown:
    if figure.groups is None:
        return figure
    groups = replace(figure.groups, rows=figure.groups.rows[:rows])
    return replace(figure, groups=groups, series=figure.series[:rows])


def _with_missing(part: Part, missing: Sequence[str], metrics: set[str]) -> Part:
    if not isinstance(part, SummaryNotes):
        return part
    notes = []
    for note in part.notes:
        about = tuple(name for name in note.metrics if name in metrics)
        notes += [About(note.text, about)] if about or not note.metrics else []
    return replace(part, remarks=(*missing, *part.remarks), notes=tuple(notes))


# lists


def with_beginnings(part: Glossary, room: int, words: Words) -> Glossary:
    """Return a glossary with at most `room` characters of each meaning's first sentence."""
    terms = tuple(
        replace(term, meaning=shorten(_SENTENCE_END.split(term.meaning, maxsplit=1)[0], room))
        for term in part.terms
    )
    return replace(part, terms=terms, notes=(*part.notes, words.meanings_cut()))


def first_terms(part: Glossary, count: int, words: Words) -> Glossary:
    """Return a glossary with its first terms."""
    if count >= len(part.terms):
        return part
    more = words.terms_shown(count, len(part.terms))
    return replace(part, terms=part.terms[:count], notes=(*part.notes, more))


def first_items(part: Page, count: int) -> Page:
    """Return a page with its first items; the others follow it."""
    return replace(part, items=part.items[:count], after=part.after + len(part.items) - count)


def first_lines(part: Listing, count: int) -> Listing:
    """Return a list with its first lines, and how many more there are."""
    left = len(part.lines) - count
    return replace(part, lines=(*part.lines[:count], *([part.more.format(count=left)] if left > 0 else [])))
