"""Tables and charts: Slack's newer blocks, and the same in fixed width for where those are refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot import slack_limits as limits
from bot.render import blocks
from bot.render.formats import NO_VALUE
from bot.render.message import Block
from bot.render.sentences import Sentences, is_few, listed
from kpi_engine.domain.answer import Answer, Comparison, Group, SeriesPoint
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.query import Baseline

ROWS_SHOWN = 10
"""Groups that a table shows where the question names no number."""
_CHARACTERS_OF_TABLE = 6000
"""Of JSON, so that a message with its other blocks stays below Slack's ceiling."""
_CELL_OVERHEAD = 60
_HEAD_LINES = 2
"""Of a table in fixed width: caption and titles."""
_LONGEST_NAME = 60
_PAIR_TITLES = ("At least", "Together", "Of the first", "Revenue")
_BAR = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """A table or chart as the newer block, and the same in fixed width."""

    block: Block
    plain: Block


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    value: float | None = None


def group_table(answer: Answer, sentences: Sentences, caption: str) -> Shown:
    """Return the groups of an answer as a table, the best first."""
    columns, rows = _group_cells(answer, sentences)
    return _table(columns, rows, caption, names=len(answer.by))


def group_texts(answer: Answer, sentences: Sentences) -> tuple[list[str], list[list[str]]]:
    """Return the titles and the cells of the table of groups as texts."""
    columns, rows = _group_cells(answer, sentences)
    return columns, [[cell.text for cell in row] for row in rows]


def group_lines(answer: Answer, sentences: Sentences) -> list[str]:
    """Return what the table of groups shows, a line for each of them."""
    columns, rows = group_texts(answer, sentences)
    own = len(answer.by) + 1
    lines = []
    for group, row in zip(listed(answer), rows, strict=False):
        named = zip(columns[own:], row[own:], strict=True)
        parts = [f"{title[:1].lower()}{title[1:]} {text}" for title, text in named if text != NO_VALUE]
        lines.append(
            "; ".join([f"{sentences.labels(group)}: {sentences.value(group.figure, answer)}", *parts])
        )
    return lines


def _group_cells(answer: Answer, sentences: Sentences) -> tuple[list[str], list[list[_Cell]]]:
    figure = sentences.say("Lift") if answer.pair_of is not None else sentences.metric(answer.metric)
    titles = [*map(sentences.dimension, answer.by), figure]
    rows = [_row(group, answer, sentences) for group in listed(answer)[: rows_shown(answer)]]
    return [*titles, *_extra_titles(answer, sentences)], rows


def rows_shown(answer: Answer) -> int:
    """Return how many groups a table of this answer shows."""
    return min(answer.query.top.count, limits.TABLE_ROWS - 1) if answer.query.top else ROWS_SHOWN


def held(answer: Answer, sentences: Sentences) -> tuple[int, int]:
    """Return how many groups and how many periods the table or chart of an answer holds at most."""
    points = max([len(answer.series), *(len(group.series) for group in answer.groups)])
    groups = len(listed(answer))
    if answer.query.per and "table" not in answer.query.flags:
        return min(groups, rows_shown(answer)), points
    if "chart" in answer.query.flags and not answer.query.per:
        return min(groups, rows_shown(answer), limits.CHART_POINTS), points
    if answer.query.per and not answer.groups:
        columns, rows = _series_cells(answer, sentences)
        return 0, len(_fitting(columns, rows[::-1], "", names=1))
    cells = _series_cells if answer.query.per else _group_cells
    return len(_fitting(*cells(answer, sentences), "", names=len(answer.by))), points


def series_table(answer: Answer, sentences: Sentences, caption: str) -> Shown:
    """Return a series as a table, oldest first; with groups, one row for each of them."""
    return _table(*_series_cells(answer, sentences), caption, names=len(answer.by) or 1)


def _series_cells(answer: Answer, sentences: Sentences) -> tuple[list[str], list[list[_Cell]]]:
    if not answer.groups:
        return [sentences.say("Period"), sentences.metric(answer.metric)], [
            [_Cell(sentences.period(point.period, point.window)), _figure_cell(point, answer, sentences)]
            for point in answer.series
        ]
    points = answer.groups[0].series
    titles = [sentences.dimension(name) for name in answer.by]
    columns = [*titles, *(sentences.formats.short_name(point.period) for point in points)]
    rows = [
        [
            *(_Cell(sentences.label(label)) for label in group.labels),
            *(_figure_cell(point, answer, sentences) for point in group.series),
        ]
        for group in listed(answer)[: rows_shown(answer)]
    ]
    kept = min(len(columns), limits.TABLE_COLUMNS)
    start = len(columns) - kept
    names = len(titles)
    cut = [row[:names] + row[names + start :] for row in rows]
    return columns[:names] + columns[names + start :], cut


def series_chart(answer: Answer, sentences: Sentences, title: str) -> Shown | None:
    """Return a series as a line chart; None where there is nothing to draw.

    Only the newest periods that fit, and only those for which every line has a value.
    """
    named: list[tuple[str, Sequence[SeriesPoint]]] = (
        [(sentences.labels(group), group.series) for group in answer.groups[: limits.CHART_SERIES]]
        if answer.groups
        else [(sentences.metric(answer.metric), answer.series)]
    )
    known = [
        place
        for place in range(min((len(points) for _, points in named), default=0))
        if all(_is_drawn(points[place].figure, answer) for _, points in named)
    ][-limits.CHART_POINTS :]
    if not known:
        return None
    labels = _distinct([sentences.formats.axis_label(named[0][1][place].period) for place in known])
    series = [
        (name, [_drawn(points[place].figure.value, answer) for place in known]) for name, points in named
    ]
    block = _chart("line", title, labels, series, _axis_title(answer, sentences))
    shown = [
        f"{label:<9} {sentences.short_value(points[place].figure, answer):>12}  {_bar(points, place, known)}"
        for _, points in named[:1]
        for label, place in zip(labels, known, strict=True)
    ]
    if len(named) > 1:
        return Shown(block, series_table(answer, sentences, title).plain)
    return Shown(block, blocks.preformatted([title, *shown]))


def group_chart(answer: Answer, sentences: Sentences, title: str) -> Shown | None:
    """Return the groups of an answer as bars; None where none has a value."""
    known = [group for group in answer.groups if _is_drawn(group.figure, answer)][: limits.CHART_POINTS]
    if not known:
        return None
    labels = _distinct([limits.shorten(sentences.labels(group), limits.CHART_LABEL) for group in known])
    series = [(sentences.metric(answer.metric), [_drawn(group.figure.value, answer) for group in known])]
    block = _chart("bar", title, labels, series, _axis_title(answer, sentences))
    return Shown(block, group_table(answer, sentences, title).plain)


def _axis_title(answer: Answer, sentences: Sentences) -> str:
    if answer.unit == "share":
        return f"{sentences.metric(answer.metric)} (%)"
    if answer.unit == "money":
        return f"{sentences.metric(answer.metric)} ({answer.currency})"
    return sentences.metric(answer.metric)


def _is_drawn(figure: Figure, answer: Answer) -> bool:
    """Whether a figure has a value, and one that may be shown."""
    return figure.value is not None and not is_few(figure, answer.unit)


def _drawn(value: float | None, answer: Answer) -> float:
    """Return what a chart draws: a share in percent, money without cents."""
    scaled = (value or 0.0) * (100 if answer.unit == "share" else 1)
    return round(scaled, 1 if answer.unit == "share" else 2)


def _chart(
    kind: str, title: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[float]]], unit: str
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
            "axis_config": {"categories": list(labels), "y_label": limits.shorten(unit, limits.CHART_AXIS)},
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


def _bar(points: Sequence[SeriesPoint], place: int, known: Sequence[int]) -> str:
    values = [points[index].figure.value or 0.0 for index in known]
    highest = max(0.0, *values)
    value = points[place].figure.value or 0.0
    return "█" * round(_BAR * value / highest) if highest > 0 and value > 0 else ""


# tables


def table_of(
    columns: Sequence[str], rows: Sequence[Sequence[tuple[str, float | None]]], caption: str
) -> Shown:
    """Return rows of cells, each as its text and number (None: only text), as a table; names come first."""
    return _table(columns, [[_Cell(*cell) for cell in row] for row in rows], caption, names=1)


def _extra_titles(answer: Answer, sentences: Sentences) -> list[str]:
    if answer.pair_of is not None:
        return [sentences.say(title) for title in _PAIR_TITLES]
    titles = [] if answer.unit != "share" else [sentences.say("Out of")]
    titles += [sentences.short_baseline(entry) for entry in _compared(answer)]
    if any(group.target for group in answer.groups):
        titles.append(sentences.say("Of target"))
    return titles


def _compared(answer: Answer) -> list[Comparison]:
    """Return the comparisons that a table has room for."""
    with_base = [
        entry
        for entry in answer.comparisons
        if any(
            other.period == entry.period and other.change is not None
            for group in answer.groups
            for other in group.comparisons
        )
    ]
    wanted = [entry for entry in with_base if entry.to is not Baseline.LAST_YEAR] or with_base
    return wanted[:2]


def _row(group: Group, answer: Answer, sentences: Sentences) -> list[_Cell]:
    cells = [_Cell(sentences.label(label)) for label in group.labels]
    value = group.figure.value if _is_drawn(group.figure, answer) else None
    cells.append(_Cell(sentences.short_value(group.figure, answer), value))
    if answer.pair_of is not None:
        return [*cells, *_pair_cells(group, answer, sentences)]
    if answer.unit == "share":
        size = group.figure.denominator
        cells.append(_Cell(sentences.formats.number(size) if size is not None else "–", size))
    for wanted in _compared(answer):
        found = next((entry for entry in group.comparisons if entry.period == wanted.period), None)
        is_shown = found is not None and not is_few(group.figure, answer.unit)
        text = sentences.short_change(found, answer) if is_shown and found else NO_VALUE
        cells.append(_Cell(text, found.change if found else None))
    if any(entry.target for entry in answer.groups):
        target = group.target
        cells.append(
            _Cell(sentences.short_target(target) if target else "–", target.attainment if target else None)
        )
    return cells


def _pair_cells(group: Group, answer: Answer, sentences: Sentences) -> list[_Cell]:
    parts, formats = group.figure.parts or {}, sentences.formats
    low, joint, share, revenue = (
        parts.get(name) or 0.0 for name in ("lift_low", "joint", "confidence", "revenue")
    )
    return [
        _Cell(formats.number(low, 1), low),
        _Cell(formats.number(joint), joint),
        _Cell(formats.share(share), share),
        _Cell(formats.money(revenue, answer.currency or "EUR"), revenue),
    ]


def _figure_cell(point: SeriesPoint, answer: Answer, sentences: Sentences) -> _Cell:
    value = point.figure.value if _is_drawn(point.figure, answer) else None
    return _Cell(sentences.short_value(point.figure, answer), value)


def _table(columns: Sequence[str], rows: Sequence[Sequence[_Cell]], caption: str, *, names: int) -> Shown:
    kept = _fitting(columns, rows, caption, names=names)
    numeric = [all(row[place].value is not None for row in kept) for place in range(len(columns))]
    block = {
        "type": "data_table",
        "caption": limits.shorten(caption, limits.TABLE_CAPTION),
        "page_size": max(1, min(len(kept), 25)),
        "row_header_column_index": 0,
        "rows": [
            [_raw(_Cell(title or "–"), numeric=False) for title in columns],
            *(
                [_raw(cell, numeric=is_number) for cell, is_number in zip(row, numeric, strict=True)]
                for row in kept
            ),
        ],
    }
    return Shown(block, blocks.preformatted([caption, *aligned(columns, _texts(kept), names=names)]))


def _fitting(
    columns: Sequence[str], rows: Sequence[Sequence[_Cell]], caption: str, *, names: int
) -> list[Sequence[_Cell]]:
    """Return the first rows, which both forms of a table have room for."""
    room = _CHARACTERS_OF_TABLE
    kept: list[Sequence[_Cell]] = []
    for row in rows:
        room -= sum(len(cell.text) + _CELL_OVERHEAD for cell in row)
        if room < 0 and kept:
            break
        kept.append(row)
    lines = blocks.fitting(
        [caption or "x" * limits.TABLE_CAPTION, *aligned(columns, _texts(kept), names=names)]
    )
    return kept[: max(1, lines - _HEAD_LINES)]


def _raw(cell: _Cell, *, numeric: bool) -> dict[str, Any]:
    text = limits.shorten(cell.text, _LONGEST_NAME) or "–"
    if numeric and cell.value is not None:
        return {"type": "raw_number", "value": cell.value, "text": text}
    return {"type": "raw_text", "text": text}


def _texts(rows: Sequence[Sequence[_Cell]]) -> list[list[str]]:
    return [[limits.shorten(cell.text, 24) for cell in row] for row in rows]


def aligned(columns: Sequence[str], rows: Sequence[Sequence[str]], *, names: int) -> list[str]:
    """Return a table in fixed width, its first `names` columns to the left, the others to the right."""
    everything = [list(columns), *map(list, rows)]
    widths = [max(len(row[place]) for row in everything) for place in range(len(columns))]
    return [
        "  ".join(
            cell.ljust(width) if place < names else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in everything
    ]
