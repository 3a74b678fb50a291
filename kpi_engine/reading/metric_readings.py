"""The figures of one kind over some windows, for all together and for each group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kpi_engine.domain.figure import NO_DATA, Figure
from kpi_engine.domain.metrics import Need
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Filter, Key, Member
from kpi_engine.domain.statements import RunStatement, sent_for
from kpi_engine.reading.acquisition_cost import acquire, costs_wanted
from kpi_engine.reading.frames import GroupKey
from kpi_engine.reading.reader import Evaluation, Reader
from kpi_engine.reading.wanted import FiguresOf
from kpi_engine.sql.scan import Ask


@dataclass(frozen=True, slots=True)
class Reading:
    """The figures that were read for `of`; its asks begin at `offset` of the evaluation's.

    `empty` is what each of its needs is over no rows.
    """

    of: FiguresOf
    needs: tuple[Need, ...]
    empty: Mapping[str, float | None]
    evaluation: Evaluation
    offset: int
    _groups: dict[Window, Mapping[GroupKey, Figure]] = field(default_factory=dict, compare=False)

    @property
    def statements(self) -> tuple[RunStatement, ...]:
        """The statements that gave the figures."""
        number = len(self.needs) * (2 if self.of.by else 1)
        return self.evaluation.statements(range(self.offset, self.offset + number))

    def total(self, window: Window) -> Figure:
        """Return the figure of everything in a window."""
        return self._figure(window, (), 0)

    def group(self, window: Window, key: GroupKey) -> Figure:
        """Return the figure of one group in a window."""
        return self._figure(window, key, len(self.needs))

    def groups(self, window: Window) -> Mapping[GroupKey, Figure]:
        """Return the figure of every group that has rows in a window; put together once."""
        if window not in self._groups:
            self._groups[window] = {key: self.group(window, key) for key in self.keys([window])}
        return self._groups[window]

    def keys(self, windows: Sequence[Window]) -> tuple[GroupKey, ...]:
        """Return the groups that have rows in any of the windows."""
        found: dict[GroupKey, None] = {}
        first = self.offset + len(self.needs)
        for window in windows:
            for index in range(len(self.needs)):
                found |= dict.fromkeys(self.evaluation.cell(first + index, window))
        return tuple(found)

    def _figure(self, window: Window, key: GroupKey, shift: int) -> Figure:
        if window.is_empty:
            return NO_DATA
        values = {}
        for index, need in enumerate(self.needs):
            cell = self.evaluation.cell(self.offset + shift + index, window)
            values[need.name] = cell[key] if key in cell else self.empty[need.name]
        return self.of.spec.figure(values)


def read_together(reader: Reader, wanted: Sequence[FiguresOf], now: datetime) -> dict[FiguresOf, Reading]:
    """Read the figures of a request in shared scans."""
    if not wanted:
        return {}
    today = reader.today(now)
    asks: list[Ask] = []
    names: list[str] = []
    begun: list[tuple[FiguresOf, tuple[Need, ...], int]] = []
    for of in wanted:
        needs = of.spec.needs(today)
        begun.append((of, needs, len(asks)))
        asks += [Ask(need, of.windows, where=of.filters) for need in needs]
        among = of.filters if of.only is None else (*of.filters, _among(of.by, of.only))
        asks += [Ask(need, of.group_windows, of.by, among) for need in needs if of.by]
        names += [reader.named(of.spec)] * (len(asks) - len(names))
    costs = costs_wanted(reader, asks, now)
    names += ["acquisition costs"] * len(costs)
    evaluation = reader.evaluate([*asks, *costs.values()], now, names)
    places = {acquisition: len(asks) + place for place, acquisition in enumerate(costs)}
    with sent_for("customers won, by the month of their lead"):
        acquire(reader, evaluation, places)
    return {
        of: Reading(of, needs, {need.name: reader.empty_value(need) for need in needs}, evaluation, offset)
        for of, needs, offset in begun
    }


def _among(by: Sequence[str], keys: Sequence[Key]) -> Filter:
    """Return the filter that keeps some members of the dimension that is split by."""
    return Filter(by[0], tuple(Member(key, str(key)) for key in keys))
