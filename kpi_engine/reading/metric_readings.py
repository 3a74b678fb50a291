"""The figures of one metric over some windows, for all together and for each group."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from kpi_engine.domain.figure import NO_DATA, Figure
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Filter
from kpi_engine.reading.acquisition_cost import acquire
from kpi_engine.reading.frames import GroupKey
from kpi_engine.reading.reader import Evaluation, Reader
from kpi_engine.sql.scan import Ask


class Reading:
    """One metric's figures over some windows: for all together, and for each group."""

    def __init__(
        self,
        reader: Reader,
        metric: Metric,
        *,
        today: date,
        windows: Sequence[Window],
        by: tuple[str, ...] = (),
        group_windows: Sequence[Window] = (),
    ) -> None:
        self._reader, self._metric = reader, metric
        self._needs = metric.spec.needs(today)
        self.asks = [Ask(need, tuple(windows)) for need in self._needs]
        self.asks += [Ask(need, tuple(group_windows), by) for need in self._needs if by]
        self._evaluation: Evaluation | None = None
        self._offset = 0

    def take(self, evaluation: Evaluation, offset: int) -> None:
        """Receive the cells; this reading's asks begin at `offset` of the evaluation's."""
        self._evaluation, self._offset = evaluation, offset

    def total(self, window: Window) -> Figure:
        """Return the figure of everything in a window."""
        return self._figure(window, (), 0)

    def group(self, window: Window, key: GroupKey) -> Figure:
        """Return the figure of one group in a window."""
        return self._figure(window, key, len(self._needs))

    def keys(self, windows: Sequence[Window]) -> tuple[GroupKey, ...]:
        """Return the groups that have rows in any of the windows."""
        if self._evaluation is None:
            return ()
        found: dict[GroupKey, None] = {}
        for window in windows:
            for index in range(len(self._needs)):
                found |= dict.fromkeys(self._evaluation.cell(self._offset + len(self._needs) + index, window))
        return tuple(found)

    def _figure(self, window: Window, key: GroupKey, shift: int) -> Figure:
        if self._evaluation is None or window.is_empty:
            return NO_DATA
        values = {}
        for index, need in enumerate(self._needs):
            cell = self._evaluation.cell(self._offset + shift + index, window)
            values[need.name] = cell[key] if key in cell else self._reader.empty_value(need)
        return self._metric.spec.figure(values)


def evaluate_together(
    reader: Reader, readings: Sequence[Reading], filters: Sequence[Filter], now: datetime
) -> Evaluation:
    """Read several readings of one question in shared scans."""
    asks = [ask for reading in readings for ask in reading.asks]
    evaluation = reader.evaluate(asks, filters, now)
    acquire(reader, evaluation, filters)
    offset = 0
    for reading in readings:
        reading.take(evaluation, offset)
        offset += len(reading.asks)
    return evaluation
