"""The rows of scans, put together: one value per ask, window and group."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kpi_engine.database.warehouse import Row
from kpi_engine.domain.models import Measure
from kpi_engine.domain.periods import Grain, Window, shift
from kpi_engine.domain.query import Key
from kpi_engine.sql.scan import Ask, Output, Scan, Stretch, clipped

GroupKey = tuple[Key, ...]
Line = tuple[GroupKey, tuple[float | None, ...]]
"""A row of a scan without its segment: the keys as they are stored, and the values as numbers."""

_ZERO_WHEN_EMPTY = frozenset({"count", "count_distinct", "sum"})


def nothing(measure: Measure) -> float | None:
    """Return what a measure is over no rows at all."""
    return 0.0 if measure.agg in _ZERO_WHEN_EMPTY else None


@dataclass(frozen=True, slots=True)
class Frame:
    """A scan's rows by segment (see sql.scan.Scan), so that a window takes only those that lie in it."""

    scan: Scan
    segments: Mapping[int, Sequence[Line]]

    def cell(self, ask: Ask, window: Window, output: Output) -> dict[GroupKey, float | None]:
        """Return the groups of one window, put together from its segments."""
        place, length = self._place(output), len(ask.by)
        spread = list(self._pieces(clipped(window, ask.need)))
        whole = [(1.0, lines) for _, lines in spread]
        match output.measure.agg:
            case "avg":
                sums, rows = _gathered(whole, place, length), _gathered(whole, place + 1, length)
                return {key: _mean(math.fsum(found), math.fsum(rows[key])) for key, found in sums.items()}
            case "min":
                return {
                    key: min(found, default=None) for key, found in _gathered(whole, place, length).items()
                }
            case "max":
                return {
                    key: max(found, default=None) for key, found in _gathered(whole, place, length).items()
                }
            case _:
                return {key: math.fsum(found) for key, found in _gathered(spread, place, length).items()}

    def _place(self, output: Output) -> int:
        """Return where an output's value stands; an average has its number of rows behind its sum."""
        earlier = self.scan.outputs[: self.scan.outputs.index(output)]
        return sum(2 if entry.measure.agg == "avg" else 1 for entry in earlier)

    def _pieces(self, window: Stretch) -> Iterator[tuple[float, Sequence[Line]]]:
        """Yield the rows of each segment of a window, with the share of it that lies inside."""
        if not self.scan.bounds:
            yield from ((1.0, lines) for lines in self.segments.values())
            return
        start, end = window.start or date.min, window.end or date.max
        for index, (low, high) in enumerate(zip(self.scan.bounds, self.scan.bounds[1:], strict=False)):
            lines = self.segments.get(index, ())
            if not self.scan.spreads:
                if start <= low and high <= end:
                    yield 1.0, lines
                continue
            for month, following in _months_between(low, high):
                days = (min(following, end) - max(month, start)).days
                if days > 0:
                    yield days / (following - month).days, lines


def _months_between(low: date, high: date) -> list[tuple[date, date]]:
    following = shift(Grain.MONTH, low, 1)
    return [(low, following)] if following <= high else []


def _gathered(
    pieces: Sequence[tuple[float, Sequence[Line]]], place: int, length: int
) -> dict[GroupKey, list[float]]:
    """Return the known values at one place, by the first `length` keys; a group without any is there too."""
    found: dict[GroupKey, list[float]] = {}
    for share, lines in pieces:
        for keys, values in lines:
            group = found.setdefault(keys[:length], [])
            value = values[place]
            if value is not None:
                group.append(value * share)
    return found


def _mean(total: float, count: float) -> float | None:
    return total / count if count else None


def frame_of(scan: Scan, rows: Sequence[Row]) -> Frame:
    """Return a scan's rows as a frame; decimals become floats, keys stay as they are stored."""
    segments: dict[int, list[Line]] = {}
    keys = len(scan.by)
    for segment, *rest in rows:
        line = tuple(map(_key, rest[:keys])), tuple(map(_number, rest[keys:]))
        segments.setdefault(int(segment), []).append(line)
    return Frame(scan, segments)


def _key(stored: Key) -> Key:
    return None if isinstance(stored, float) and math.isnan(stored) else stored


def _number(stored: Any) -> float | None:
    """Return a value as a number; what is no number (NaN) is not known."""
    if stored is None:
        return None
    value = float(stored)
    return None if math.isnan(value) else value
