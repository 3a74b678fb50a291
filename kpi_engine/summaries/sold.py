"""What the change of a summary's first metric is made of: pieces, prices and other things sold."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from kpi_engine.analysis.drivers import Ratio
from kpi_engine.analysis.volume import volume_price_mix
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.windows import Windows
from kpi_engine.domain.explanation import VolumePriceMix
from kpi_engine.domain.metrics import Kind
from kpi_engine.domain.periods import Window
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import FiguresOf
from kpi_engine.summaries.looking import MOST_MEMBERS

ITEM = "product"
"""The dimension of what is sold."""


def sold_wanted(setting: Setting, asked: Sequence[Windows]) -> tuple[FiguresOf, ...]:
    """Return the value and the pieces of each item in the summary's period and in the one before."""
    first = _first(setting, asked)
    if first is None:
        return ()
    entry, pieces, pair = first
    question = entry.question
    return tuple(
        FiguresOf(spec, question.filters, pair, (ITEM,), pair) for spec in (question.metric.spec, pieces)
    )


def sold_of(setting: Setting, asked: Sequence[Windows], readings: Readings) -> VolumePriceMix | None:
    """Return what the change is made of; None where items or pieces aren't known."""
    first, wanted = _first(setting, asked), sold_wanted(setting, asked)
    if first is None:
        return None
    pair = first[2]
    value, pieces = (readings.figures[want] for want in wanted)
    keys = tuple(dict.fromkeys((*value.keys(pair), *pieces.keys(pair))))
    sides = [
        [Ratio(value.group(window, key).value or 0.0, pieces.group(window, key).value or 0.0) for key in keys]
        for window in pair
    ]
    made = volume_price_mix(*sides)
    if made is None:
        return None
    after, before = (fsum(entry.denominator for entry in side) for side in sides)
    return VolumePriceMix(ITEM, made.volume, made.price, made.mix, made.other, after, before)


def _first(setting: Setting, asked: Sequence[Windows]) -> tuple[Windows, Kind, tuple[Window, Window]] | None:
    """Return the first question about an amount that is compared, with its pieces and its two windows."""
    for entry in asked:
        metric = entry.question.metric
        is_total = not (entry.question.query.by or entry.question.query.per)
        if metric.unit != "money" or not is_total or not entry.against or ITEM not in metric.dimensions:
            continue
        pieces = metric.spec.pieces(setting.catalogue.models)
        if pieces and setting.reader.sizes((ITEM,))[ITEM] <= MOST_MEMBERS:
            return entry, pieces, (entry.question.window, entry.against[0].window)
    return None
