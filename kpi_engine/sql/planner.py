"""Asks to scans: one statement per table, time column and grouping; pure, never executes.

Every window that is asked for becomes a run of segments between sorted bounds; a row finds its
segment in a nested CASE over those bounds, so that all periods of a question, whatever their
length and overlap, are read in one pass with half-open ranges on the bare time column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from kpi_engine.domain.metrics import Acquisition, Known, Need
from kpi_engine.domain.models import First, Measure, Model, Path
from kpi_engine.domain.periods import ONE_DAY, Grain, shift, start_of
from kpi_engine.sql.scan import Ask, Draft, Ground, Output, Scan, Stretch, clipped
from kpi_engine.sql.statement import Statement

CostsSince = Callable[[Acquisition], date]
"""Says on which day the costs of acquiring customers begin."""


class Planner:
    """Turns the asks of one question into scans."""

    def __init__(
        self,
        ground: Ground,
        costs_since: CostsSince,
    ) -> None:
        self._ground, self._models = ground, ground.models
        self._costs_since = costs_since

    def scans(self, asks: Sequence[Ask]) -> tuple[Scan, ...]:
        """Return the statements that answer `asks`; totals come out of the grouped ones where they add up."""
        drafts: dict[object, Draft] = {}
        splits: dict[object, set[tuple[str, ...]]] = {}
        for ask in asks:
            if ask.by and ask.need.acquired == "rows":
                splits.setdefault(self._table_key(ask), set()).add(ask.by)
        for index, ask in enumerate(asks):
            if ask.need.acquired != "rows":
                continue  # no scan holds it, see reading.acquisition_cost
            output = self.output(ask.need)
            combines = output.combines and not ask.need.on
            found = splits.get(self._table_key(ask), ())
            # a total follows from the groups, where there is one split only
            by = next(iter(found)) if combines and not ask.by and len(found) == 1 else ask.by
            for layer, windows in enumerate(_layers(ask, output)):
                apart = None if combines else (layer, ask.need)
                key = (self._table_key(ask), by, apart, any(window.start is None for window in windows))
                model = self._models[ask.need.measure.model]
                draft = drafts.setdefault(key, Draft(model, _time_of(ask.need, self._models), by))
                if index not in draft.asks:
                    draft.asks.append(index)
                draft.outputs.setdefault(output)
                draft.windows |= {stretch for stretch in windows if not stretch.is_empty}
        return tuple(self._scan(draft) for draft in drafts.values() if draft.windows)

    def output(self, need: Need) -> Output:
        """Return the column of a scan that holds a need's values."""
        acquisition = need.acquisition
        known = Known(acquisition.by, self._costs_since(acquisition)) if acquisition else None
        return Output(self._measure(need), need.within, known)

    def _measure(self, need: Need) -> Measure:
        return self._models[need.measure.model].measures[need.measure.measure]

    def _table_key(self, ask: Ask) -> tuple[str, Path | None, First | None, str | None, bool]:
        measure = self._measure(ask.need)
        # which event is the first depends on which rows count
        counted = measure.where if measure.first else None
        model, time = ask.need.measure.model, _time_of(ask.need, self._models)
        return model, time, measure.first, counted, measure.when is not None

    def _scan(self, draft: Draft) -> Scan:
        spreads = draft.model.grain == "month"
        bounds, covered = _segments(draft.windows, spreads=spreads)
        statement = Statement(self._ground, draft, bounds, covered).select()
        return Scan(
            draft.model.database,
            statement,
            draft.by,
            bounds,
            tuple(draft.outputs),
            tuple(draft.asks),
            spreads,
            frozenset(draft.windows),
        )


def _time_of(need: Need, models: Mapping[str, Model]) -> Path | None:
    model = models[need.measure.model]
    return model.measures[need.measure.measure].time or model.time


def _layers(ask: Ask, output: Output) -> list[list[Stretch]]:
    """Return what is read in sets that one pass can hold: without overlap where parts don't add up."""
    windows = [clipped(window, ask.need) for window in ask.windows]
    if ask.need.on:
        return [[window] for window in dict.fromkeys(windows)]
    if output.combines:
        return [windows]
    layers: list[list[Stretch]] = []
    for window in sorted(windows, key=lambda window: (window.start or date.min, window.end or date.max)):
        for layer in layers:
            last = layer[-1]
            if window == last or (
                window.gap is None
                and last.gap is None
                and last.end is not None
                and window.start is not None
                and last.end <= window.start
            ):
                layer.append(window)
                break
        else:
            layers.append([window])
    return layers


def _segments(
    windows: set[Stretch], *, spreads: bool
) -> tuple[tuple[date, ...], tuple[tuple[date | None, date | None], ...]]:
    """Return the sorted bounds and the covered pieces; no bounds for all time."""
    only = next(iter(windows))
    if only.gap is not None and only.start is not None and only.end is not None:
        return (only.start, only.end), only.covered
    bounded = sorted(
        (window.start, window.end)
        for window in windows
        if window.start is not None and window.end is not None
    )
    if len(bounded) < len(windows):
        return (), only.covered
    if spreads:
        bounded = [(start_of(Grain.MONTH, start), _month_end(end)) for start, end in bounded]
    bounds = {day for stretch in bounded for day in stretch}
    covered: list[tuple[date, date]] = []
    for start, end in bounded:
        if covered and start <= covered[-1][1]:
            covered[-1] = (covered[-1][0], max(end, covered[-1][1]))
        else:
            covered.append((start, end))
    if spreads:
        bounds |= {month for start, end in covered for month in _months(start, end)}
    return tuple(sorted(bounds)), tuple(covered)


def _month_end(end: date) -> date:
    return shift(Grain.MONTH, start_of(Grain.MONTH, end - ONE_DAY), 1)


def _months(start: date, end: date) -> list[date]:
    months = []
    while start < end:
        months.append(start)
        start = shift(Grain.MONTH, start, 1)
    return months
