"""Tables and charts: Slack's newer blocks, and the same in fixed width for workspaces that refuse those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot import slack_limits as limits
from bot.render.block_kit import blocks
from bot.render.block_kit.blocks import Block
from bot.render.document import Breakdown, Cell, Point, Row, Series, Table
from bot.render.formats import UNUSUAL
from kpi_engine.domain.visible_text import visible

_CHARACTERS_OF_TABLE = 6000
"""Of JSON, so that a message with its other blocks stays below Slack's ceiling."""
_CELL_OVERHEAD = 60
_HEAD_LINES = 2
"""Of a table in fixed width: caption and titles."""
_LONGEST_NAME = 60
_LONGEST_CELL = 24
"""Characters of a cell in fixed width."""
_PAGE_SIZE = 25
_BAR = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """Something as a block, and the same without the newer block types."""

    block: Block
    plain: Block


def breakdown(part: Breakdown) -> Shown | None:
    """Return a breakdown as its table or chart; None where there is nothing to draw."""
    if part.form == "chart":
        return _series_chart(part) if part.series else _group_chart(part)
    if part.series:
        return table(_series_table(part))
    return table(part.groups) if part.groups else None


def held(part: Breakdown) -> tuple[int, int]:
    """Return how many groups and how many periods the table or chart of a breakdown holds at most."""
    points = max((len(series.points) for series in part.series), default=0)
    groups = len(part.groups.rows) if part.groups else 0
    if part.form == "chart":
        return (groups if part.series else min(groups, limits.CHART_POINTS)), points
    if part.series and not part.groups:
        shown = _series_table(part)
        return 0, len(_fitting(replace(shown, caption="", rows=shown.rows[::-1])))
    groups_shown = _series_table(part) if part.series else part.groups
    return (len(_fitting(replace(groups_shown, caption=""))) if groups_shown else 0), points


def _series_table(part: Breakdown) -> Table:
    """Return a series as a table, oldest first; with groups, a row for each with the newest that fit."""
    first = part.series[0]
    if part.groups is None:
        return _periods_table(part, first)
    names = part.groups.names
    newest = slice(max(0, len(first.points) + names - limits.TABLE_COLUMNS), None)
    columns = (*part.groups.columns[:names], *(point.short for point in first.points[newest]))
    rows = [
        Row((*map(Cell, series.labels), *(Cell(point.cell, point.value) for point in series.points[newest])))
        for series in part.series
    ]
    return Table(part.title, columns, tuple(rows), names=names)


def _periods_table(part: Breakdown, series: Series) -> Table:
    """Return a series as a table of its periods, with their usual ranges where there are any."""
    columns, has_usual = (part.period_title, part.metric), any(point.usual for point in series.points)
    rows = (
        (Cell(point.name), Cell(point.cell, point.value), *([Cell(point.usual)] if has_usual else []))
        for point in series.points
    )
    titles = (*columns, part.usual_titles[0]) if has_usual else columns
    return Table(part.title, titles, tuple(map(Row, rows)), names=1)


def _series_chart(part: Breakdown) -> Shown | None:
    """Return a series as a line chart; None where there is nothing to draw.

    Only the newest periods that fit, and only those for which every line has a value.
    """
    series = part.series[: limits.CHART_SERIES]
    known = [
        place
        for place in range(min((len(entry.points) for entry in series), default=0))
        if all(entry.points[place].drawn is not None for entry in series)
    ][-limits.CHART_POINTS :]
    if not known:
        return None
    labels = _distinct([series[0].points[place].label for place in known])
    values = [(entry.name, [entry.points[place].drawn or 0.0 for place in known]) for entry in series]
    if len(series) == 1:
        values += _band([series[0].points[place] for place in known], part)
    block = _chart("line", part.title, labels, values, part.axis)
    if len(series) > 1:
        return Shown(block, table(_series_table(part)).plain)
    return Shown(block, blocks.preformatted([part.title, *_bars(series[0], labels, known)]))


def _band(points: Sequence[Point], part: Breakdown) -> list[tuple[str, list[float]]]:
    """Return the usual range as two more lines, which Slack draws for every period or not at all."""
    if not any(point.usual_drawn for point in points):
        return []
    ranges = [_range_at(place, points) for place in range(len(points))]
    _, low, high = part.usual_titles
    return [(low, [bounds[0] for bounds in ranges]), (high, [bounds[1] for bounds in ranges])]


def _range_at(place: int, points: Sequence[Point]) -> tuple[float, float]:
    """Return the usual range that is drawn at a period.

    Without one of its own, such as for a period that lacks days, it lies on the straight line between those
    of its neighbours. At the ends it meets the line of the figures, as at a month that is still running.
    """
    known = {at: point.usual_drawn for at, point in enumerate(points) if point.usual_drawn}
    if place in known:
        return known[place]
    before, after = [at for at in known if at < place], [at for at in known if at > place]
    if not before or not after:
        drawn = points[place].drawn or 0.0
        return drawn, drawn
    (low, high), (next_low, next_high) = known[before[-1]], known[after[0]]
    part = (place - before[-1]) / (after[0] - before[-1])
    return low + part * (next_low - low), high + part * (next_high - high)


def _bars(series: Series, labels: Sequence[str], known: Sequence[int]) -> list[str]:
    points = [series.points[place] for place in known]
    highest = max(0.0, *(point.value or 0.0 for point in points))
    return [
        f"{label:<9} {point.cell:>12}  {_bar(point, highest)}{_mark(point)}"
        for label, point in zip(labels, points, strict=True)
    ]


def _mark(point: Point) -> str:
    return f" {UNUSUAL}" if point.is_unusual else ""


def _bar(point: Point, highest: float) -> str:
    value = point.value or 0.0
    return "█" * round(_BAR * value / highest) if highest > 0 and value > 0 else ""


def _group_chart(part: Breakdown) -> Shown | None:
    """Return groups as bars; None where none has a value."""
    groups = part.groups
    known = [row for row in groups.rows if row.drawn is not None][: limits.CHART_POINTS] if groups else []
    if groups is None or not known:
        return None
    names = [" · ".join(cell.text for cell in row.cells[: groups.names]) for row in known]
    labels = _distinct([limits.shorten(name, limits.CHART_LABEL) for name in names])
    block = _chart("bar", part.title, labels, [(part.metric, [row.drawn or 0.0 for row in known])], part.axis)
    return Shown(block, table(groups).plain)


def _chart(
    kind: str, title: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], axis: str
) -> Block:
    names = _distinct([limits.shorten(name, limits.CHART_LABEL) for name, _ in series])
    return {
        "type": "data_visualization",
        "title": limits.shorten(title, limits.CHART_TITLE),
        "chart": {
            "type": kind,
            "series": [
                {
                    "name": name,
                    "data": [
                        {"label": label, "value": value} for label, value in zip(labels, values, strict=True)
                    ],
                }
                for name, (_, values) in zip(names, series, strict=True)
            ],
            "axis_config": {"categories": list(labels), "y_label": limits.shorten(axis, limits.CHART_AXIS)},
        },
    }


def _distinct(names: Sequence[str]) -> list[str]:
    """Return names made unique after shortening: "Jan…", "Jan… 2"."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        suffix = f" {seen[name]}" if seen[name] > 1 else ""
        unique.append(limits.shorten(name, limits.CHART_LABEL - len(suffix)) + suffix)
    return unique


def table(part: Table) -> Shown:
    """Return a table, with as many of its first rows as both forms have room for."""
    part = part.with_places
    kept = _fitting(part)
    places = range(len(part.columns))
    numeric = [all(row.cells[place].value is not None for row in kept) for place in places]
    block = {
        "type": "data_table",
        "caption": limits.shorten(part.caption, limits.TABLE_CAPTION),
        "page_size": max(1, min(len(kept), _PAGE_SIZE)),
        "row_header_column_index": 0,
        "rows": [
            [_raw(Cell(title or "–"), numeric=False) for title in part.columns],
            *(
                [_raw(cell, numeric=is_number) for cell, is_number in zip(row.cells, numeric, strict=True)]
                for row in kept
            ),
        ],
    }
    return Shown(block, blocks.preformatted([part.caption, *_aligned(part, kept)]))


def _fitting(part: Table) -> Sequence[Row]:
    """Return the first rows, which both forms of a table have room for."""
    room = _CHARACTERS_OF_TABLE
    kept: list[Row] = []
    for row in part.rows:
        room -= sum(len(cell.text) + _CELL_OVERHEAD for cell in row.cells)
        if room < 0 and kept:
            break
        kept.append(row)
    lines = blocks.fitting([part.caption or "x" * limits.TABLE_CAPTION, *_aligned(part, kept)])
    return kept[: max(1, lines - _HEAD_LINES)]


def _raw(cell: Cell, *, numeric: bool) -> dict[str, Any]:
    text = limits.shorten(visible(cell.text), _LONGEST_NAME) or "–"
    if numeric and cell.value is not None:
        return {"type": "raw_number", "value": cell.value, "text": text}
    return {"type": "raw_text", "text": text}


def _aligned(part: Table, rows: Sequence[Row]) -> list[str]:
    """Return a table in fixed width, its names to the left, the other columns to the right."""
    texts = [[limits.shorten(cell.text, _LONGEST_CELL) for cell in row.cells] for row in rows]
    everything = [list(part.columns), *texts]
    widths = [max(len(row[place]) for row in everything) for place in range(len(part.columns))]
    return [
        "  ".join(
            cell.ljust(width) if place < part.names else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in everything
    ]
