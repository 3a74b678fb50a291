"""Why one metric changed: its change split by every dimension, the one that tells most of it first.

As an answer is (answers.answer), it is made in steps over frozen values: the answers whose figures are
compared, what splits their change, and the parts that follow from what was read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import fsum

from kpi_engine.analysis import drivers
from kpi_engine.analysis.volume import volume_price_mix
from kpi_engine.answers.answer import answer_of, read
from kpi_engine.answers.breakdowns import Parts, adds_up, breakdowns, parts_of
from kpi_engine.answers.reach import metric_within, reached
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.soundness import sound
from kpi_engine.answers.unexplained import compared, refuse_unexplained
from kpi_engine.answers.windows import Windows, windows
from kpi_engine.domain.answer import Answer, Comparison
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import QueryError, UnsoundError
from kpi_engine.domain.explanation import Explanation, SeasonalPart, VolumePriceMix
from kpi_engine.domain.metrics import Kind, Metric
from kpi_engine.domain.periods import (
    Grain,
    IsWorkingDay,
    Period,
    Window,
    like_for_like,
    previous,
    year_before,
)
from kpi_engine.domain.query import Baseline, Compare, Filter, Key, Query, Scope
from kpi_engine.domain.translatable import said
from kpi_engine.reading import readings
from kpi_engine.reading.member_figures import Changed, read_changed
from kpi_engine.reading.members import MEMBER_LIMIT
from kpi_engine.reading.metric_readings import Reading
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import ChangedOf, FiguresOf, LabelsOf, Wanted
from kpi_engine.sql.planner import LARGE

ITEM = "product"
"""The dimension of what is sold."""
_EARLIER = 7
"""How many earlier periods tell how far members stray by chance: one more than there are pairs of them."""
_SEASONS = 3
"""How many years ago it is looked at whether the same days changed alike."""
_LEAST_SEASON = 0.2
"""The least part of a change for which a season is told."""


@dataclass(frozen=True, slots=True)
class WhyQuestion:
    """A question why: `dimensions` are those to try, `refused` those that would mislead.

    `pieces` counts what is sold behind the value, None where that isn't told.
    """

    metric: Metric
    query: Query
    scope: Scope
    filters: tuple[Filter, ...]
    dimensions: tuple[str, ...]
    refused: tuple[str, ...]
    pieces: Kind | None


@dataclass(frozen=True, slots=True)
class _Split:
    """What is read to split a change: figures by each dimension, and the pieces behind them where those are
    told. `windows` are the answer's own and the one it is compared with, `earlier` those before both, from
    which it follows how far members stray by chance.

    `sold` are the value and its pieces by product. `changed` tells of a large dimension whose groups are only
    those that moved most. `too_large` are the dimensions of which not even those can be had.
    """

    windows: tuple[Window, Window]
    earlier: tuple[Window, ...]
    by: Mapping[str, FiguresOf]
    pieces: Mapping[str, FiguresOf]
    sold: tuple[FiguresOf, FiguresOf] | None
    changed: Mapping[str, Changed]
    too_large: tuple[str, ...]

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Everything to read."""
        return (*self.by.values(), *self.pieces.values(), *(self.sold or ()))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question why with all that is read for it."""

    asked: WhyQuestion
    made: Windows
    seasons: tuple[Windows, ...]
    split: _Split


def explanation(
    setting: Setting, query: Query, scope: Scope, now: datetime, without: Collection[str] = ()
) -> Explanation:
    """Return why the figure of a question differs from its first comparison's.

    `without` names dimensions that are not looked at. Raises QueryError where there is nothing to compare
    or to split, else as answer.answers does.
    """
    entry = _asked(setting, query, scope, now, without)
    (found,) = _explained(setting, [entry], now)
    if isinstance(found, QueryError):
        raise found
    return found


def explanations(
    setting: Setting,
    questions: Sequence[tuple[Query, Scope]],
    now: datetime,
    without: Collection[str] = (),
) -> tuple[Explanation | None, ...]:
    """Return the explanations of several questions, read together; None where there is nothing to explain.

    Raises DataError and WarehouseError where a database can't answer.
    """
    entries: list[_Asked | None] = []
    for query, scope in questions:
        try:
            entries.append(_asked(setting, query, scope, now, without))
        except (QueryError, UnsoundError):
            entries.append(None)
    found = iter(_explained(setting, [entry for entry in entries if entry], now))
    made = (next(found) if entry else None for entry in entries)
    return tuple(None if isinstance(entry, QueryError) else entry for entry in made)


def ranking(setting: Setting, query: Query, scope: Scope, now: datetime) -> tuple[str, ...]:
    """Return the dimensions in the order in which an explanation has them. Raises as above.

    Only those of which some member goes beyond a change alike.
    """
    found = explanation(setting, query, scope, now)
    return tuple(entry.dimension for entry in found.breakdowns if entry.leading)


def _asked(setting: Setting, query: Query, scope: Scope, now: datetime, without: Collection[str]) -> _Asked:
    asked = _why_question(setting.catalogue, query, scope, without)
    (made,) = sound(setting, [_windows(setting, asked, now)], now, (*asked.dimensions, ITEM))
    if query.by:
        (split,) = sound(setting, [windows(setting, query, scope, now, is_brief=True)], now)
        made = replace(made, is_alone=made.is_alone or split.is_alone)
    asked = _in_sound_splits(asked, made)
    return _Asked(asked, made, _seasons(setting, asked, made, now), _split(setting, asked, made, now))


def _explained(
    setting: Setting, entries: Sequence[_Asked], now: datetime
) -> tuple[Explanation | QueryError, ...]:
    """Return the explanations, or why there is none, after reading for all of them together."""
    windows_of = [made for entry in entries for made in (entry.made, *entry.seasons)]
    found = read(setting, windows_of, now, [want for entry in entries for want in entry.split.wanted])
    parts = [_parts_of(entry, found) for entry in entries]
    labels = _read(setting, [want for known in parts for want in _labels_wanted(known)], now).labels
    return tuple(
        _made(setting, entry, found, known, labels, now) for entry, known in zip(entries, parts, strict=True)
    )


def _made(
    setting: Setting,
    entry: _Asked,
    found: Readings,
    parts: Mapping[str, Parts | None],
    labels: Mapping[LabelsOf, Mapping[Key, str]],
    now: datetime,
) -> Explanation | QueryError:
    asked, split = entry.asked, entry.split
    answer = answer_of(entry.made, found)
    try:
        comparison = compared(asked.metric, asked.query, answer, setting.today(now))
    except QueryError as wrong:
        return wrong
    told = {name: known for name, known in parts.items() if known}
    seasons = _known_seasons(entry.seasons, found)
    further = tuple(changed.statement for changed in split.changed.values())
    return Explanation(
        question=replace(answer.query, by=asked.query.by),
        answer=answer,
        comparison=comparison,
        breakdowns=breakdowns(told, {name: labels[_labels_of(name, known)] for name, known in told.items()}),
        skipped=(*(name for name, known in parts.items() if known is None), *asked.refused),
        too_large=split.too_large,
        sold=_sold(split, found),
        season=next(iter(seasons), None),
        seasonal=seasonal_part(comparison, [season.comparisons[0] for season in seasons]),
        statements=tuple(dict.fromkeys((*answer.statements, *further, *found.statements_of(split.wanted)))),
    )


def _why_question(
    catalogue: Catalogue, query: Query, scope: Scope, without: Collection[str] = ()
) -> WhyQuestion:
    """Return the question why that a query asks. Raises QueryError where its change has no parts."""
    metric = metric_within(catalogue, query.metrics[0], scope)
    refuse_unexplained(metric, catalogue.models, query)
    filters = (*query.filters, *scope.filters)
    splittable = {*reached(catalogue, metric), *without}
    refused = () if query.by else tuple(name for name in metric.dimensions if name not in splittable)
    single = {entry.dimension for entry in filters if len(entry.members) == 1 and not entry.exclude}
    left_out = {*refused, *single, *without}
    dimensions = query.by or tuple(name for name in metric.dimensions if name not in left_out)
    tells_sold = metric.unit == "money" and ITEM in metric.dimensions
    pieces = metric.spec.pieces(catalogue.models) if tells_sold else None
    return WhyQuestion(metric, query, scope, filters, dimensions, refused, pieces)


def _in_sound_splits(asked: WhyQuestion, made: Windows) -> WhyQuestion:
    """Return the question without the splits whose figures the rows would make wrong."""
    if made.is_alone:
        raise UnsoundError(
            said(
                "{metric} can't be explained: what it is compared with would be wrong.",
                metric=asked.metric.title,
            ),
            hint="Whoever connected the database can see with kpi-bot check how to mend it.",
        )
    left = made.question.metric.dimensions
    pieces = asked.pieces if ITEM in left else None
    return replace(asked, dimensions=tuple(name for name in asked.dimensions if name in left), pieces=pieces)


def _windows(setting: Setting, asked: WhyQuestion, now: datetime) -> Windows:
    """Return what the question without its why needs. Raises QueryError where nothing is compared."""
    made = windows(setting, replace(asked.query, by=()), asked.scope, now)
    if not made.against:
        compared(asked.metric, asked.query, answer_of(made, read(setting, (made,), now)), setting.today(now))
    return made


# what is read, and what it says


def _split(setting: Setting, asked: WhyQuestion, made: Windows, now: datetime) -> _Split:
    """Return what splits a change; with pieces also into volume and price."""
    against, spec, pieces = made.against[0], asked.metric.spec, asked.pieces
    pair = (made.question.window, against.window)
    earlier = _earlier(asked.metric, made.question.period, against.period)
    sizes = setting.reader.sizes((*asked.dimensions, *((ITEM,) if pieces else ())))
    changed = {
        name: found
        for name in asked.dimensions
        if sizes[name] > LARGE
        and not (pieces and name == ITEM and sizes[name] <= MEMBER_LIMIT)  # volume and price need all of them
        and (found := _changed(setting, asked, name, pair, now))
    }
    too_large = tuple(name for name in asked.dimensions if sizes[name] > MEMBER_LIMIT and name not in changed)
    changed = {name: found for name, found in changed.items() if found.members > len(found.keys)}
    names = [name for name in asked.dimensions if name not in too_large]
    only = {name: found.keys for name, found in changed.items()}
    by = {name: _by(asked, spec, name, pair, earlier, only.get(name)) for name in names}
    counted = {name: _by(asked, pieces, name, pair, (), only.get(name)) for name in names if pieces}
    sold = None
    if pieces and sizes[ITEM] <= MEMBER_LIMIT:
        whole = (
            (by[ITEM], counted[ITEM])
            if ITEM in by
            else tuple(_by(asked, kind, ITEM, pair, ()) for kind in (spec, pieces))
        )
        sold = (whole[0], whole[1])
    return _Split(pair, earlier, by, counted, sold, changed, too_large)


def _earlier(metric: Metric, period: Period, base: Period) -> tuple[Window, ...]:
    """Return the periods before both that are compared, oldest first, from which noise is measured.

    None for a rate, whose denominators tell its noise, and where every period needs scans of its own.
    """
    if metric.spec.is_share or metric.unit == "score" or metric.spec.compares_ends:
        return ()
    found = []
    first = min(period, base, key=Period.bounds)
    for _ in range(_EARLIER):
        try:
            first = previous(first)
        except (ValueError, OverflowError):  # before the year 1
            break
        found.append(Window(first.start, first.end))
    return tuple(reversed(found))


def _changed(
    setting: Setting, asked: WhyQuestion, dimension: str, pair: tuple[Window, Window], now: datetime
) -> Changed | None:
    """Return the members of a large dimension that moved most; None where all are read."""
    if asked.metric.spec.is_share or pair[0] == pair[1]:
        return None  # mix and rate of a share need every member
    want = ChangedOf(asked.metric.spec, asked.filters, *pair, dimension, LARGE)
    return read_changed(setting.reader, want, now)


def _by(
    asked: WhyQuestion,
    spec: Kind,
    dimension: str,
    pair: Sequence[Window],
    earlier: Sequence[Window],
    only: tuple[Key, ...] | None = None,
) -> FiguresOf:
    distinct = tuple(dict.fromkeys(pair))
    groups = tuple(dict.fromkeys((*pair, *earlier)))
    return FiguresOf(spec, asked.filters, distinct, (dimension,), groups, only)


def _read(setting: Setting, wanted: Collection[Wanted], now: datetime) -> Readings:
    return readings.read(setting.reader, setting.targets, wanted, now)


def _parts_of(entry: _Asked, found: Readings) -> Mapping[str, Parts | None]:
    """Return the change by each dimension; None where its groups don't add up to the total."""
    split = entry.split
    return {
        name: parts_of(
            entry.asked.metric,
            found.figures[of],
            split.windows,
            split.earlier,
            found.figures[split.pieces[name]] if name in split.pieces else None,
            split.changed.get(name),
        )
        for name, of in split.by.items()
    }


def _labels_wanted(parts: Mapping[str, Parts | None]) -> tuple[LabelsOf, ...]:
    return tuple(_labels_of(name, entry) for name, entry in parts.items() if entry)


def _labels_of(dimension: str, parts: Parts) -> LabelsOf:
    return LabelsOf(dimension, tuple(key for (key,) in parts.keys if key is not None))


# season


def _seasons(setting: Setting, asked: WhyQuestion, made: Windows, now: datetime) -> tuple[Windows, ...]:
    """Return what the same days did in the years before need; nothing where a year is compared."""
    against, question = made.against[0], made.question
    if against.baseline is not Baseline.PREVIOUS:
        return ()
    found: list[Windows] = []
    period, base = question.period, against.period
    for _ in range(1 if asked.metric.spec.compares_ends else _SEASONS):
        period, base = year_before(period), year_before(base)
        here, there = (
            _same_days(asked.metric, entry, question.window, setting.is_working_day)
            for entry in (period, base)
        )
        if here is None or there is None:
            break
        query = replace(asked.query, by=(), period=here, compare=(Compare(Baseline.PERIOD, there),))
        try:
            found += sound(setting, [windows(setting, query, asked.scope, now, is_brief=True)], now)
        except UnsoundError:
            break
    return tuple(found)


def _known_seasons(seasons: tuple[Windows, ...], found: Readings) -> tuple[Answer, ...]:
    """Return the same days in the years before, as far back as there is data without a gap."""
    answers = []
    for made in seasons:
        answer = answer_of(made, found)
        if not answer.comparisons or answer.comparisons[0].change is None:
            break
        answers.append(answer)
    return tuple(answers)


def seasonal_part(now: Comparison, before: Sequence[Comparison]) -> SeasonalPart | None:
    """Return the part of a change that came at the same time in each of the years before.

    That is the smallest of those years' changes, at most the change itself. None where one of them went the
    other way, and for less than a fifth of the change.
    """
    is_relative = now.change_pct is not None
    whole, *earlier = (entry.change_pct if is_relative else entry.change for entry in (now, *before))
    known = [value for value in earlier if value is not None]
    if not whole or not known or len(known) < len(earlier) or any(value * whole <= 0 for value in known):
        return None
    part = min(*map(abs, known), abs(whole))
    if part < _LEAST_SEASON * abs(whole):
        return None
    return SeasonalPart(part if whole > 0 else -part, whole, len(known), is_relative)


def _same_days(
    metric: Metric, period: Period, window: Window, is_working_day: IsWorkingDay | None
) -> Period | None:
    """Return the days of an earlier period that are like those of `window`, which were read."""
    if window.complete or metric.spec.matures:
        return period
    like = like_for_like(period, window, is_working_day)
    return None if like.is_empty else Period(like.start, like.end, Grain.DAY)


def _sold(split: _Split, found: Readings) -> VolumePriceMix | None:
    """Return volume, price and mix; None where the items don't make the total or nothing was sold."""
    if split.sold is None:
        return None
    pair = split.windows
    value, pieces = (found.figures[of] for of in split.sold)
    keys = tuple(dict.fromkeys((*value.keys(pair), *pieces.keys(pair))))
    for window in pair:
        if not adds_up([value.group(window, key) for key in keys], value.total(window)):
            return None
    return split_by_items(value, pieces, pair)


def split_by_items(value: Reading, pieces: Reading, pair: tuple[Window, Window]) -> VolumePriceMix | None:
    """Return what the change of a value from the second window to the first is made of, by what is sold.

    `value` and `pieces` are read by item. None where either window has no pieces.
    """
    keys = tuple(dict.fromkeys((*value.keys(pair), *pieces.keys(pair))))
    sides = [
        [
            drivers.Ratio(value.group(window, key).value or 0.0, pieces.group(window, key).value or 0.0)
            for key in keys
        ]
        for window in pair
    ]
    made = volume_price_mix(*sides)
    if made is None:
        return None
    after, before = (fsum(entry.denominator for entry in side) for side in sides)
    return VolumePriceMix(ITEM, made.volume, made.price, made.mix, made.other, after, before)
