"""Which members are looked at beside the totals of a summary, as plain values to read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from kpi_engine.answers.reach import reached
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.windows import Windows
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Key
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
    def history(self) -> tuple[Window, ...]:
        """The periods before, oldest first."""
        return self.of.history


def looks(setting: Setting, asked: Sequence[Windows], dimensions: Collection[str]) -> tuple[Look, ...]:
    """Return what is looked at: each metric whose total has a history, by each of the dimensions it has.

    People are looked at by counts alone: an amount of one person rests on too few orders.
    """
    totals = {entry.question.metric.name: entry for entry in asked if entry.history}
    by_metric = {name: _dimensions(setting, entry, dimensions) for name, entry in totals.items()}
    sizes = setting.reader.sizes(dict.fromkeys(name for names in by_metric.values() for name in names))
    return tuple(
        Look(entry, dimension, _figures(entry, dimension))
        for name, entry in totals.items()
        for dimension in by_metric[name]
        if sizes[dimension] <= MOST_MEMBERS
    )


def labels_of(members: Iterable[tuple[str, Key]]) -> tuple[LabelsOf, ...]:
    """Return the names to read for some members, each given by its dimension and key."""
    by_dimension: dict[str, dict[Key, None]] = {}
    for dimension, key in members:
        if key is not None:
            by_dimension.setdefault(dimension, {})[key] = None
    return tuple(LabelsOf(dimension, tuple(keys)) for dimension, keys in by_dimension.items())


def _figures(entry: Windows, dimension: str) -> FiguresOf:
    question = entry.question
    windows = (question.window, *entry.history)
    return FiguresOf(question.metric.spec, question.filters, (question.window,), (dimension,), windows)


def _dimensions(setting: Setting, entry: Windows, dimensions: Collection[str]) -> list[str]:
    question = entry.question
    narrowed = {
        filter_.dimension for filter_ in question.filters if len(filter_.members) == 1 and not filter_.exclude
    }
    possible = set(reached(setting.catalogue, question.metric)) - narrowed
    if question.metric.unit != "count":
        possible.discard(PERSON)
    return [name for name in dimensions if name in possible]
