"""What the change of a summary's first metric is made of: pieces, prices and other things sold."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_engine.answers.question import Question
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.why import ITEM, split_by_items
from kpi_engine.answers.windows import Windows
from kpi_engine.domain.explanation import VolumePriceMix
from kpi_engine.domain.metrics import Kind
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Filter
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import FiguresOf
from kpi_engine.summaries.looking import MOST_MEMBERS


def sold_wanted(setting: Setting, asked: Sequence[Windows]) -> tuple[FiguresOf, ...]:
    """Return the value and the pieces of each item in the summary's period and in the one before."""
    first = _first(setting, asked)
    if first is None:
        return ()
    entry, pieces, pair = first
    return split_wanted(entry.question, pieces, entry.question.filters, pair)


def sold_of(setting: Setting, asked: Sequence[Windows], readings: Readings) -> VolumePriceMix | None:
    """Return what the change is made of; None where items or pieces aren't known."""
    first, wanted = _first(setting, asked), sold_wanted(setting, asked)
    if first is None:
        return None
    return split_of(wanted, first[2], readings)


def split_wanted(
    question: Question, pieces: Kind, filters: tuple[Filter, ...], pair: tuple[Window, Window]
) -> tuple[FiguresOf, ...]:
    """Return the value and the pieces of each item in two windows, the later one first."""
    return tuple(FiguresOf(spec, filters, pair, (ITEM,), pair) for spec in (question.metric.spec, pieces))


def split_of(
    wanted: Sequence[FiguresOf], pair: tuple[Window, Window], readings: Readings
) -> VolumePriceMix | None:
    """Return what the change from the earlier window to the later one is made of."""
    value, pieces = (readings.figures[want] for want in wanted)
    return split_by_items(value, pieces, pair)


def _first(setting: Setting, asked: Sequence[Windows]) -> tuple[Windows, Kind, tuple[Window, Window]] | None:
    """Return the first question about an amount that is compared, with its pieces and its two windows."""
    for entry in asked:
        is_total = not (entry.question.query.by or entry.question.query.per)
        if not is_total or not entry.against:
            continue
        pieces = pieces_of(setting, entry.question)
        if pieces:
            return entry, pieces, (entry.question.window, entry.against[0].window)
    return None


def pieces_of(setting: Setting, question: Question) -> Kind | None:
    """Return what counts the pieces of an amount by item; None where they aren't known or are too many."""
    metric = question.metric
    if metric.unit != "money" or ITEM not in metric.dimensions:
        return None
    pieces = metric.spec.pieces(setting.catalogue.models)
    return pieces if pieces and setting.reader.sizes((ITEM,))[ITEM] <= MOST_MEMBERS else None
