"""Which members are looked at beside the totals of a summary, as plain values to read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kpi_engine.answers.reach import reached
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.windows import Windows
from kpi_engine.domain.periods import Window
from kpi_engine.reading.wanted import FiguresOf, LabelsOf

PERSON = "rep"
"""The dimension whose members are people."""

MOST_MEMBERS = 300
"""A dimension with more members isn't looked at: each of them has too few rows to judge."""


@dataclass(frozen=True, slots=True)
class Look:
    """A metric by one dimension: its members' figures in the summary's period and in the periods before.

    `of` is the question about the metric's total.
    """

    of: Windows
    dimension: str
    figures: FiguresOf

    @property
    def windows(self) -> tuple[Window, ...]:
        """The periods before, oldest first."""
        return self.of.history

    @property
    def metric(self) -> str:
        """The metric's name."""
        return self.of.question.metric.name


def looks(setting: Setting, asked: Sequence[Windows], dimensions: Collection[str]) -> tuple[Look, ...]:
    """Return what is looked at: each metric whose total has a history, by each of the dimensions it has.

    People are looked at by counts alone: an amount of one person rests on too few orders.
    """
    totals = {entry.question.metric.name: entry for entry in asked if entry.history}
    sizes = setting.reader.sizes(
        {name for entry in totals.values() for name in _dimensions(setting, entry, dimensions)}
    )
    found = []
    for entry in totals.values():
        question = entry.question
        windows = (question.window, *entry.history)
        for name in _dimensions(setting, entry, dimensions):
            if sizes[name] <= MOST_MEMBERS:
                of = FiguresOf(question.metric.spec, question.filters, (question.window,), (name,), windows)
                found.append(Look(entry, name, of))
    return tuple(found)


def labels_of(looked: Sequence[Look], keys: Collection[tuple[str, object]]) -> tuple[LabelsOf, ...]:
    """Return the names to read for some members, each given by its dimension and key."""
    by_dimension: dict[str, list[object]] = {}
    for dimension, key in keys:
        if key is not None:
            by_dimension.setdefault(dimension, []).append(key)
    known = {entry.dimension for entry in looked}
    return tuple(
        LabelsOf(dimension, tuple(dict.fromkeys(found)))  # type: ignore[arg-type]
        for dimension, found in by_dimension.items()
        if dimension in known
    )


def _dimensions(setting: Setting, entry: Windows, dimensions: Collection[str]) -> list[str]:
    question = entry.question
    single = {
        filter_.dimension
        for filter_ in question.filters
        if len(filter_.members) == 1 and not filter_.exclude
    }
    return [
        name
        for name in reached(setting.catalogue, question.metric)
        if name in dimensions
        and name not in single
        and (name != PERSON or question.metric.unit == "count")
    ]
