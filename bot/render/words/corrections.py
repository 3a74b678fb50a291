"""Figures that were posted and have changed since, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.render.document import Bold, Paragraph
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.words.missing import days_in_words, rows_of
from bot.store.posted import Correction, PostedFigure
from kpi_engine.domain.metrics import Unit

_MOST = 4
"""So many figures of a period are told; the others are counted."""
_LEAST_PART, _LEAST_POINTS = 0.005, 0.5
"""A change of less than half a percent, or of half a point of a share or a score, is none."""


def is_changed(before: float, value: float, unit: Unit) -> bool:
    """Whether a figure is another one than before, beyond rounding."""
    change = abs(value - before)
    if unit == "share":
        return 100 * change >= _LEAST_POINTS
    if unit == "score":
        return change >= _LEAST_POINTS
    return change > 0 and change >= _LEAST_PART * abs(before)


def arrived_later(days: Mapping[str, Sequence[date]], sentences: Sentences, year: int) -> str:
    """Return that rows of some days, by model, arrived after a figure was told."""
    text = sentences.say("{rows} for {days} arrived later")
    told = (
        text.format(rows=rows_of(model, sentences), days=days_in_words(found, sentences, year))
        for model, found in days.items()
    )
    return "; ".join(dict.fromkeys(told))


def rows_changed(before: PostedFigure, rows: float | None, sentences: Sentences) -> str:
    """Return why a figure has changed, as far as the number of its rows tells."""
    say, number = sentences.say, sentences.formats.number
    if before.rows is None or rows is None:
        return say("its rows were changed afterwards")
    more = round(rows - before.rows)
    if not more:
        return say("amounts of its rows were changed afterwards")
    text = say("{count} rows were added afterwards") if more > 0 else say("{count} rows are gone")
    if abs(more) == 1:
        text = say("1 row was added afterwards") if more > 0 else say("1 row is gone")
    return text.format(count=number(abs(more)))


def corrected_line(period: str, found: Sequence[Correction], sentences: Sentences) -> str:
    """Return the corrections of one period and cause: "week 46: sales €61k, now €103k (orders ...)"."""
    return sentences.say("{period}: {changes} ({cause})").format(
        period=period, changes=_changes(found, sentences), cause=found[0].cause
    )


def corrected_remarks(lines: Sequence[str], sentences: Sentences) -> tuple[str, ...]:
    """Return the lines of corrections as remarks."""
    return tuple(f"{sentences.say('Corrected:')} {line}" for line in lines)


def corrected_message(found: Sequence[Correction], sentences: Sentences) -> Message:
    """Return what stands below a post of which some figures have changed since."""
    causes: dict[str, list[Correction]] = {}
    for entry in found:
        causes.setdefault(entry.cause, []).append(entry)
    heading = sentences.say("Corrected since this was posted:")
    text = sentences.say("{changes} ({cause})")
    lines = (
        text.format(changes=_changes(entries, sentences), cause=cause) for cause, entries in causes.items()
    )
    first, *others = lines
    return Message(
        (Paragraph(((Bold(heading), f" {first}"), *((line,) for line in others))),), sentences.language
    )


def _changes(found: Sequence[Correction], sentences: Sentences) -> str:
    told = [_change(entry, sentences) for entry in found[:_MOST]]
    if len(found) > _MOST:
        told.append(sentences.say("{count} more").format(count=len(found) - _MOST))
    return "; ".join(told)


def _change(entry: Correction, sentences: Sentences) -> str:
    """Return a figure before and now, in few digits where these tell them apart."""
    figure, formats = entry.figure, sentences.formats
    both = [formats.brief(value, figure.unit, figure.currency) for value in (entry.before, figure.value)]
    if both[0] == both[1]:
        both = [formats.value(value, figure.unit, figure.currency) for value in (entry.before, figure.value)]
    text = sentences.say("{metric} {before}, now {value}")
    return text.format(metric=sentences.metric(figure.metric).lower(), before=both[0], value=both[1])
