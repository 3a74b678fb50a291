"""The rows of scans, put together: one value per ask, window and group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from kpi_engine.catalogue import Measure
from kpi_engine.periods import Grain, Window, shift
from kpi_engine.plan import Ask, Output, Scan, Stretch, clipped
from kpi_engine.query import Key
from kpi_engine.warehouse import Row

if TYPE_CHECKING:
    import pandas as pd

GroupKey = tuple[Key, ...]

_ZERO_WHEN_EMPTY = frozenset({"count", "count_distinct", "sum"})


def nothing(measure: Measure) -> float | None:
    """Return what a measure is over no rows at all."""
    return 0.0 if measure.agg in _ZERO_WHEN_EMPTY else None


@dataclass(frozen=True, slots=True)
class Frame:
    """A scan's rows as a frame: `segment`, `key_0` ..., `value_0`, `weight_0` ... (see plan.Scan).

    Keys stand as their place in `keys`, one sequence per key column: as an index of its own, pandas
    would turn numbers beside a missing one into floats, and long ids into each other.
    """

    scan: Scan
    rows: pd.DataFrame
    keys: tuple[Sequence[Key], ...]

    def cell(self, ask: Ask, window: Window, output: Output) -> dict[GroupKey, float | None]:
        """Return the groups of one window, put together from its segments."""
        index = self.scan.outputs.index(output)
        part = self.rows
        shares = self._shares(clipped(window, ask.need))
        if shares is not None:
            part = part[part["segment"].isin(list(shares))]
            weights = part["segment"].map(shares)
        names = [f"key_{i}" for i in range(len(ask.by))]
        value = f"value_{index}"
        if output.measure.agg == "avg":
            totals = _grouped(part[[*names, value, f"weight_{index}"]], names, "sum")
            made = totals[value] / totals[f"weight_{index}"]
        elif output.measure.agg in ("min", "max"):
            made = _grouped(part[[*names, value]], names, output.measure.agg)[value]
        else:
            scaled = part[[*names]].assign(
                **{value: part[value] if shares is None else part[value] * weights}
            )
            made = _grouped(scaled, names, "sum")[value]
        return {self._key(place, len(names)): _number(number) for place, number in made.items()}

    def _key(self, place: object, length: int) -> GroupKey:
        """Return the group that stands at a place of the index."""
        if not length:
            return ()
        places = place if isinstance(place, tuple) else (place,)
        return tuple(keys[code] for keys, code in zip(self.keys, places, strict=False))

    def _shares(self, window: Stretch) -> dict[int, float] | None:
        """Return the window's segments and the share of each that lies inside it; None is everything."""
        if not self.scan.bounds:
            return None
        start, end = window.start or date.min, window.end or date.max
        shares = {}
        for index, (low, high) in enumerate(zip(self.scan.bounds, self.scan.bounds[1:], strict=False)):
            if not self.scan.spreads:
                if start <= low and high <= end:
                    shares[index] = 1.0
                continue
            for month, following in _months_between(low, high):
                days = (min(following, end) - max(month, start)).days
                if days > 0:
                    shares[index] = days / (following - month).days
        return shares


def _months_between(low: date, high: date) -> list[tuple[date, date]]:
    following = shift(Grain.MONTH, low, 1)
    return [(low, following)] if following <= high else []


def _grouped(part: pd.DataFrame, names: list[str], how: str) -> pd.DataFrame:
    if not names:
        return part.agg([how]).set_axis([""]) if len(part) else part.iloc[:0]
    return part.groupby(names if len(names) > 1 else names[0], dropna=False, sort=False).agg(how)


def _is_missing(part: object) -> bool:
    return part is None or (isinstance(part, float) and math.isnan(part))


def _number(number: object) -> float | None:
    value = float(str(number)) if number is not None else math.nan
    return None if math.isnan(value) else value


def frame_of(scan: Scan, rows: Sequence[Row]) -> Frame:
    """Return a scan's rows as a frame; decimals become floats, keys stay as they are stored."""
    import pandas as pd  # noqa: PLC0415 - over a second of CPU, so not before the first answer

    keys = [f"key_{i}" for i in range(len(scan.by))]
    values = [name for index, output in enumerate(scan.outputs) for name in _names(index, output)]
    columns = ["segment", *keys, *values]
    table = pd.DataFrame([list(row) for row in rows], columns=columns, dtype=object)
    table["segment"] = table["segment"].astype(int)
    for name in values:
        table[name] = pd.to_numeric(table[name].map(lambda value: None if value is None else float(value)))
        table[name] = table[name].astype(float)
    found: list[list[Key]] = []
    for name in keys:
        places: dict[Key, int] = {}
        stored = [None if _is_missing(key) else key for key in table[name]]
        table[name] = [places.setdefault(key, len(places)) for key in stored]
        found.append(list(places))
    return Frame(scan, table, tuple(found))


def _names(index: int, output: Output) -> list[str]:
    return [f"value_{index}", f"weight_{index}"] if output.measure.agg == "avg" else [f"value_{index}"]
