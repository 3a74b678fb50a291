"""The groups and periods of an answer as tables and charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.render.document import Breakdown, Cell, Change, Detail, Point, Row, Series, Table
from bot.render.formats import NO_VALUE, UNUSUAL
from bot.render.sentences import Sentences, is_few, listed
from bot.render.words import comparisons, notes, targets
from kpi_engine.domain.answer import Answer, Comparison, Group, SeriesPoint, UsualRange, first_judged
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.periods import Period
from kpi_engine.domain.query import Baseline

ROWS_SHOWN = 10
"""Groups that a table shows where the question names no number."""
_MOST_ROWS = 100
"""Groups that a table shows at most."""
_COMPARISONS_SHOWN = 2
PAIR_TITLES = ("At least", "Together", "Of the first", "Revenue")


def breakdown(
    answer: Answer,
    sentences: Sentences,
    title: str,
    *,
    is_chart: bool,
    is_detailed: bool = True,
    is_whole: bool = False,
) -> Breakdown:
    """Return an answer's groups and periods.

    `is_detailed`: each group also says what its cells have no room for; `is_whole`: every group is in it.
    """
    found = answer.groups if is_whole and answer.pair_of is None else listed(answer)
    wanted = len(found) if is_whole and answer.pair_of is None else rows_shown(answer)
    answer = replace(answer, groups=found[:wanted])
    compared = _compared(answer)
    columns = _columns(answer, compared, sentences)
    rows = tuple(_row(group, answer, compared, sentences, is_detailed) for group in answer.groups)
    is_ranked = len({group.place for group in answer.groups if group.place is not None}) > 1
    rest = sentences.say("{shown} of {total} shown; add “top 50” for more.")
    number = sentences.formats.number
    return Breakdown(
        title=title,
        metric=sentences.metric(answer.metric),
        axis=_axis_title(answer, sentences),
        period_title=sentences.say("Period"),
        form="chart" if is_chart else "table",
        groups=Table(
            title, columns, rows, len(answer.by), len(found), sentences.say("Place") if is_ranked else ""
        )
        if found
        else None,
        series=_series(answer, sentences),
        usual_titles=(sentences.say("Usual"), sentences.say("usual, from"), sentences.say("usual, to")),
        rest=rest.format(shown=number(wanted), total=number(len(found))) if len(rows) < len(found) else "",
    )


def rows_shown(answer: Answer) -> int:
    """Return how many groups a table of this answer shows."""
    return min(answer.query.top.count, _MOST_ROWS) if answer.query.top else ROWS_SHOWN


def _columns(answer: Answer, compared: list[Comparison], sentences: Sentences) -> tuple[str, ...]:
    figure = sentences.say("Lift") if answer.pair_of is not None else sentences.metric(answer.metric)
    return (*map(sentences.dimension, answer.by), figure, *_extra_titles(answer, compared, sentences))


def _row(
    group: Group, answer: Answer, compared: list[Comparison], sentences: Sentences, is_detailed: bool
) -> Row:
    return Row(
        cells=tuple(_cells(group, answer, compared, sentences)),
        value=sentences.value(group.figure, answer),
        detail=_detail(group, answer, sentences) if is_detailed and answer.pair_of is None else None,
        drawn=_drawn(group.figure, answer),
        place=_place(group),
    )


def _place(group: Group) -> str:
    """Return the place of a member of a board: "1=" where it is shared."""
    if group.place is None:
        return NO_VALUE
    return f"{group.place}=" if group.is_tied else str(group.place)


def _detail(group: Group, answer: Answer, sentences: Sentences) -> Detail:
    judged = first_judged(group.comparisons)
    return Detail(
        made_of=sentences.made_of(group.figure, answer),
        changes=tuple(
            Change(
                comparisons.short_baseline(entry, sentences),
                comparisons.change(entry, answer, sentences, is_worded=entry is judged)
                if _is_told(entry, group, answer)
                else "",
            )
            for entry in group.comparisons
        ),
        target=targets.full_target(group.target, answer, sentences) if group.target else "",
    )


def _is_told(comparison: Comparison, group: Group, answer: Answer) -> bool:
    """Whether a change says something: neither figure is missing or rests on too few answers."""
    is_scored = not is_few(group.figure, answer.unit) and not is_few(comparison.figure, answer.unit)
    return comparison.verdict not in comparisons.UNCHANGING and is_scored


def _series(answer: Answer, sentences: Sentences) -> tuple[Series, ...]:
    if not answer.query.per:
        return ()
    names: dict[Period, tuple[str, str]] = {}
    if not answer.groups:
        points = tuple(_point(point, answer, names, sentences) for point in answer.series)
        return (Series(sentences.metric(answer.metric), (), points),)
    return tuple(
        Series(
            sentences.labels(group),
            tuple(map(sentences.label, group.labels)),
            tuple(_point(point, answer, names, sentences) for point in group.series),
        )
        for group in answer.groups
    )


def _point(
    point: SeriesPoint, answer: Answer, names: dict[Period, tuple[str, str]], sentences: Sentences
) -> Point:
    """Return one period of a series; `names` keeps the short names of periods that several groups have.

    A period of which rows are missing has a star, and says so in words where there is room.
    """
    if point.period not in names:
        formats, star = sentences.formats, "*" if point.is_incomplete else ""
        names[point.period] = formats.short_name(point.period) + star, formats.axis_label(point.period) + star
    short, label = names[point.period]
    full = sentences.period(point.period, point.window)
    if point.is_incomplete:
        full = sentences.say("{period}, incomplete").format(period=full)
    drawn, usual = _drawn(point.figure, answer), point.usual
    is_alone = not answer.groups
    return Point(
        name=full if is_alone else short,
        short=short,
        label=label,
        said=sentences.value(point.figure, answer) if is_alone else "",
        cell=sentences.short_value(point.figure, answer),
        drawn=drawn,
        value=None if drawn is None else point.figure.value,
        usual=_usual(usual, answer, sentences) if usual else "",
        usual_drawn=_usual_drawn(usual, answer) if usual else None,
        is_unusual=usual is not None and usual.is_unusual,
    )


def _usual(usual: UsualRange, answer: Answer, sentences: Sentences) -> str:
    """Return the usual range of a point for a table's cell, marked where the point is unusual."""
    low, high = notes.usual_bounds(usual.low, usual.high, answer, sentences)
    words = sentences.say("{low} to {high}").format(low=low, high=high)
    return f"{words} {UNUSUAL}" if usual.is_unusual else words


def _usual_drawn(usual: UsualRange, answer: Answer) -> tuple[float, float]:
    """Return the usual range of a point as a chart draws it: the numbers that are said."""
    low, high = comparisons.shown_range(usual.low, usual.high, answer.unit)
    return _scaled(low, answer), _scaled(high, answer)


def _drawn(figure: Figure, answer: Answer) -> float | None:
    """Return what a chart draws: a share in percent, money without cents; None for what isn't shown."""
    if figure.value is None or is_few(figure, answer.unit):
        return None
    return _scaled(figure.value, answer)


def _scaled(value: float, answer: Answer) -> float:
    is_share = answer.unit == "share"
    return round(value * (100 if is_share else 1), 1 if is_share else 2)


def _axis_title(answer: Answer, sentences: Sentences) -> str:
    title = sentences.metric(answer.metric)
    match answer.unit:
        case "share":
            return f"{title} (%)"
        case "money":
            return f"{title} ({answer.currency})"
    return title


def _extra_titles(answer: Answer, compared: list[Comparison], sentences: Sentences) -> list[str]:
    if answer.pair_of is not None:
        return [sentences.say(title) for title in PAIR_TITLES]
    titles = [] if answer.unit != "share" else [sentences.say("Out of")]
    titles += [comparisons.short_baseline(entry, sentences) for entry in compared]
    if any(group.target for group in answer.groups):
        titles.append(sentences.say("Of target"))
    return titles


def _compared(answer: Answer) -> list[Comparison]:
    """Return the comparisons that a table has room for."""
    changed = {
        other.period for group in answer.groups for other in group.comparisons if other.change is not None
    }
    with_base = [entry for entry in answer.comparisons if entry.period in changed]
    wanted = [entry for entry in with_base if entry.to is not Baseline.LAST_YEAR] or with_base
    return wanted[:_COMPARISONS_SHOWN]


def _cells(group: Group, answer: Answer, compared: list[Comparison], sentences: Sentences) -> list[Cell]:
    cells = [Cell(sentences.label(label)) for label in group.labels]
    value = None if _drawn(group.figure, answer) is None else group.figure.value
    cells.append(Cell(sentences.short_value(group.figure, answer), value))
    if answer.pair_of is not None:
        return [*cells, *_pair_cells(group.figure.parts or {}, answer, sentences)]
    if answer.unit == "share":
        size = group.figure.denominator
        cells.append(Cell(sentences.part(size, answer) if size is not None else NO_VALUE, size))
    shown = [next((e for e in group.comparisons if e.period == wanted.period), None) for wanted in compared]
    judged = first_judged(entry for entry in shown if entry)
    for found in shown:
        is_shown = found is not None and not is_few(group.figure, answer.unit)
        text = NO_VALUE
        if is_shown and found:
            text = comparisons.short_change(found, answer, sentences, is_worded=found is judged)
        cells.append(Cell(text, found.change if found else None))
    if any(entry.target for entry in answer.groups):
        cells.append(_target_cell(group, sentences))
    return cells


def _target_cell(group: Group, sentences: Sentences) -> Cell:
    if group.target is None:
        return Cell(NO_VALUE)
    return Cell(targets.short_target(group.target, sentences), group.target.attainment)


def _pair_cells(parts: Mapping[str, float | None], answer: Answer, sentences: Sentences) -> list[Cell]:
    formats = sentences.formats
    low, joint, share, revenue = (
        parts.get(name) or 0.0 for name in ("lift_low", "joint", "confidence", "revenue")
    )
    return [
        Cell(formats.number(low, 1), low),
        Cell(formats.number(joint), joint),
        Cell(formats.share(share), share),
        Cell(formats.money(revenue, answer.currency or "EUR"), revenue),
    ]
