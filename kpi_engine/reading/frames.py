"""The rows of scans, put together: one value per ask, stretch of days and group."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kpi_engine.database.warehouse import Row
from kpi_engine.domain.models import Measure
from kpi_engine.domain.periods import Grain, shift
from kpi_engine.domain.query import Key
from kpi_engine.sql.scan import Place, Scan, Stretch, Tally

GroupKey = tuple[Key, ...]
Cell = Mapping[GroupKey, float | None]
"""The value of each group that has rows."""

Line = tuple[GroupKey, tuple[float | None, ...]]
"""A row of a scan without its place: the keys as they are stored, and the values as numbers."""

KnownKeys = Sequence[Callable[[Key], Key]]
"""For each dimension of a scan, what gives the key of the customer's database for its text."""

_ZERO_WHEN_EMPTY = frozenset({"count", "count_distinct", "sum"})


def nothing(measure: Measure) -> float | None:
    """Return what a measure is over no rows at all."""
    return 0.0 if measure.agg in _ZERO_WHEN_EMPTY else None


@dataclass(frozen=True, slots=True)
class SegmentFrame:
    """A scan's rows by grouping and segment, so that a stretch takes only those that lie in it."""

    scan: Scan
    groupings: Sequence[Mapping[int, Sequence[Line]]]

    def cell(self, place: Place, stretch: Stretch) -> Cell:
        """Return the groups of one stretch, put together from its segments."""
        at, output = self._column(place.output), self.scan.outputs[place.output]
        whole = self.groupings[place.grouping]
        if output.measure.agg in ("count", "sum") and self.scan.bounds.spreads:
            return {
                key: math.fsum(found) if found else None
                for key, found in self._spread(whole, place, stretch, at).items()
            }
        pieces = [whole[segment] for segment in self._segments(stretch) if segment in whole]
        found = _gathered(pieces, at, place.keys)
        match output.measure.agg:
            case "avg":
                rows = _gathered(pieces, at + 1, place.keys)
                return {key: _mean(math.fsum(parts), math.fsum(rows[key])) for key, parts in found.items()}
            case "sum":
                rows = _gathered(pieces, at + 1, place.keys) if output.is_weighed else {}
                is_nothing = {key for key, numbers in rows.items() if not any(numbers)}
                return {
                    key: math.fsum(parts) if parts or key in is_nothing else None
                    for key, parts in found.items()
                }
            case "min":
                return {key: min(parts, default=None) for key, parts in found.items()}
            case "max":
                return {key: max(parts, default=None) for key, parts in found.items()}
            case _:
                return {key: math.fsum(parts) for key, parts in found.items()}

    def _column(self, output: int) -> int:
        """Return where an output's value stands; some have their number of rows behind it."""
        return sum(2 if entry.is_weighed else 1 for entry in self.scan.outputs[:output])

    def _segments(self, stretch: Stretch) -> Sequence[int]:
        return (0,) if stretch.days else self.scan.bounds.places(stretch)

    def _spread(
        self, whole: Mapping[int, Sequence[Line]], place: Place, stretch: Stretch, at: int
    ) -> Mapping[GroupKey, list[float]]:
        """Return the amounts of whole months, each with the share of its days that lies in the stretch."""
        found: dict[GroupKey, list[float]] = {}
        for share, lines in self._shares(whole, stretch):
            for key, parts in _gathered([lines], at, place.keys).items():
                found.setdefault(key, []).extend(part * share for part in parts)
        return found

    def _shares(
        self, whole: Mapping[int, Sequence[Line]], stretch: Stretch
    ) -> Iterator[tuple[float, Sequence[Line]]]:
        days = self.scan.bounds.days
        if not days:
            yield from ((1.0, lines) for lines in whole.values())
            return
        start, end = stretch.start or date.min, stretch.end or date.max
        for segment in self.scan.bounds.touched(stretch):
            month = days[segment]
            following = shift(Grain.MONTH, month, 1)
            inside = (min(following, end) - max(month, start)).days
            if inside > 0 and segment in whole:
                yield inside / (following - month).days, whole[segment]


@dataclass(frozen=True, slots=True)
class TallyFrame:
    """The rows of a scan that counts something apart, by grouping: the keys, and its tallies' numbers."""

    scan: Scan
    groupings: Sequence[Sequence[Line]]

    def cell(self, place: Place, stretch: Stretch) -> Cell:
        """Return the groups that have rows in one stretch, with how many each counts."""
        tallies = self.scan.tallies[place.grouping]
        places = self.scan.bounds.places(stretch, self.scan.days)
        if not places:
            return {}
        at = tallies.index(Tally(place.output, places))
        lines = self.groupings[place.grouping]
        if not self.scan.groupings[place.grouping].by:
            return {key: values[at] for key, values in lines if values[at] is not None}
        rows = tallies.index(Tally(None, places))
        return {key: values[at] for key, values in lines if values[rows]}


Frame = SegmentFrame | TallyFrame


def _gathered(
    pieces: Iterable[Sequence[Line]], at: int, places: Sequence[int]
) -> dict[GroupKey, list[float]]:
    """Return the known values at one place, by some of the keys; a group without any is there too."""
    found: dict[GroupKey, list[float]] = {}
    for lines in pieces:
        for keys, values in lines:
            is_whole = len(places) == len(keys)
            group = found.setdefault(keys if is_whole else tuple(keys[place] for place in places), [])
            value = values[at]
            if value is not None:
                group.append(value)
    return found


def _mean(total: float, count: float) -> float | None:
    return total / count if count else None


def frame_of(scan: Scan, rows: Sequence[Row], known: KnownKeys | None = None) -> Frame:
    """Return a scan's rows as a frame; decimals become floats, keys stay as they are stored.

    `known` gives the keys to put in the place of their texts, where the scan's model stores keys as text.
    """
    keys = [_keys_of(scan, grouping.by, known) for grouping in scan.groupings]
    if scan.tallies:
        first = 1 + len(scan.dimensions)
        tallied: list[list[Line]] = [[] for _ in scan.groupings]
        for row in rows:
            tallied[row[0]].append((keys[row[0]](row[1:first]), tuple(map(_number, row[first:]))))
        return TallyFrame(scan, tallied)
    first = 2 + len(scan.dimensions)
    segments: list[dict[int, list[Line]]] = [{} for _ in scan.groupings]
    for row in rows:
        line = keys[row[0]](row[2:first]), tuple(map(_number, row[first:]))
        segments[row[0]].setdefault(int(row[1]), []).append(line)
    return SegmentFrame(scan, segments)


def _keys_of(scan: Scan, by: Sequence[str], known: KnownKeys | None) -> Callable[[Sequence[Any]], GroupKey]:
    """Return what takes a grouping's own keys, in its order, out of the keys of a row."""
    places = [scan.dimensions.index(name) for name in by]
    if known is None:
        return lambda stored: tuple(_key(stored[place]) for place in places)
    return lambda stored: tuple(known[place](stored[place]) for place in places)


def _key(stored: Key) -> Key:
    return None if isinstance(stored, float) and math.isnan(stored) else stored


def _number(stored: Any) -> float | None:
    """Return a value as a number; what is no number (NaN), or none to calculate with, is not known."""
    if stored is None:
        return None
    value = float(stored)
    return value if math.isfinite(value) else None
