"""Why one metric changed: its change split by every dimension, the one that concentrates it most first.

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
from kpi_engine.answers.answer import answers
from kpi_engine.answers.reach import metric_named, reached
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.unexplained import compared, refuse_unexplained
from kpi_engine.domain.answer import Answer, Comparison
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.explanation import Breakdown, ChangePart, Explanation, VolumePriceMix
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Kind, Metric
from kpi_engine.domain.periods import Grain, IsWorkingDay, Period, Window, like_for_like, year_before
from kpi_engine.domain.query import Baseline, Compare, Filter, Query, Scope
from kpi_engine.reading import readings
from kpi_engine.reading.frames import GroupKey
from kpi_engine.reading.members import MemberRow
from kpi_engine.reading.metric_readings import Reading
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import FiguresOf, MembersOf, Wanted

_ITEM = "product"
"""The dimension of what is sold."""
_SCORE = 100
"""A Net Promoter Score is its ratio in points."""
_CLOSE = 1e-9
"""Of the amounts added up: sums in another order differ by less."""


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
    """What is read to split a change: figures by each dimension, and those of a value and its pieces by
    product where pieces are told. `windows` are the answer's own and the one it is compared with.
    """

    windows: tuple[Window, Window]
    by: Mapping[str, FiguresOf]
    sold: tuple[FiguresOf, FiguresOf] | None

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Everything to read."""
        return (*self.by.values(), *(self.sold or ()))


@dataclass(frozen=True, slots=True)
class _Parts:
    """A change in parts, one for each key: the figures of both periods, and what each adds to the change."""

    keys: tuple[GroupKey, ...]
    now: tuple[Figure, ...]
    base: tuple[Figure, ...]
    effects: tuple[drivers.Effect, ...]

    @property
    def sign(self) -> float:
        """The direction of the change."""
        return -1.0 if fsum(effect.part for effect in self.effects) < 0 else 1.0

    @property
    def concentration(self) -> float:
        """How much of the change few members make (see analysis.drivers)."""
        return drivers.concentration([effect.part for effect in self.effects])


def explanation(
    setting: Setting, query: Query, scope: Scope, now: datetime, without: Collection[str] = ()
) -> Explanation:
    """Return why the figure of a question differs from its first comparison's.

    `without` names dimensions that are not looked at. Raises QueryError where there is nothing to compare
    or to split, else as answer.answer does.
    """
    asked = _why_question(setting.catalogue, query, scope, without)
    found, comparison = _change(setting, asked, now)
    split = _split(asked, found, comparison, asked.pieces)
    read = _read(setting, split.wanted, now)
    parts = _parts_of(asked, split, read)
    members = [MembersOf(name, asked.metric) for name, entry in parts.items() if entry]
    labels = _read(setting, members, now).members
    return Explanation(
        question=replace(found.query, by=query.by),
        answer=found,
        comparison=comparison,
        breakdowns=_breakdowns(asked.metric, parts, labels),
        skipped=(*(name for name, entry in parts.items() if entry is None), *asked.refused),
        sold=_sold(split, read),
        season=_season(setting, asked, found, comparison, now),
        statements=(*found.statements, *read.statements_of(split.wanted)),
    )


def ranking(setting: Setting, query: Query, scope: Scope, now: datetime) -> tuple[str, ...]:
    """Return the dimensions that concentrate the change of a figure, the most first. Raises as above."""
    asked = _why_question(setting.catalogue, query, scope)
    split = _split(asked, *_change(setting, asked, now), None)
    parts = _parts_of(asked, split, _read(setting, split.wanted, now))
    told = [(entry.concentration, name) for name, entry in parts.items() if entry]
    return tuple(name for share, name in sorted(told, key=lambda entry: -entry[0]) if share)


def _why_question(
    catalogue: Catalogue, query: Query, scope: Scope, without: Collection[str] = ()
) -> WhyQuestion:
    """Return the question why that a query asks. Raises QueryError where its change has no parts."""
    metric = metric_named(catalogue, query.metrics[0])
    refuse_unexplained(metric, catalogue.models, query)
    filters = (*query.filters, *scope.filters)
    splittable = {*reached(catalogue, metric), *without}
    refused = () if query.by else tuple(name for name in metric.dimensions if name not in splittable)
    single = {entry.dimension for entry in filters if len(entry.members) == 1 and not entry.exclude}
    left_out = {*refused, *single, *without}
    dimensions = query.by or tuple(name for name in metric.dimensions if name not in left_out)
    tells_sold = metric.unit == "money" and _ITEM in metric.dimensions
    pieces = metric.spec.pieces(catalogue.models) if tells_sold else None
    return WhyQuestion(metric, query, scope, filters, dimensions, refused, pieces)


def _change(setting: Setting, asked: WhyQuestion, now: datetime) -> tuple[Answer, Comparison]:
    """Return the answer to the question without its why, and the comparison that is explained."""
    (found,) = answers(setting, [(replace(asked.query, by=()), asked.scope)], now)
    return found, compared(asked.metric, asked.query, found, setting.today(now))


# what is read, and what it says


def _split(asked: WhyQuestion, found: Answer, comparison: Comparison, pieces: Kind | None) -> _Split:
    """Return what splits a change; with `pieces` also into volume and price."""
    windows, spec = (found.window, comparison.window), asked.metric.spec
    by = {name: _by(asked, spec, name, windows) for name in asked.dimensions}
    sold = (_by(asked, spec, _ITEM, windows), _by(asked, pieces, _ITEM, windows)) if pieces else None
    return _Split(windows, by, sold)


def _by(asked: WhyQuestion, spec: Kind, dimension: str, windows: Sequence[Window]) -> FiguresOf:
    distinct = tuple(dict.fromkeys(windows))
    return FiguresOf(spec, asked.filters, distinct, (dimension,), distinct)


def _read(setting: Setting, wanted: Collection[Wanted], now: datetime) -> Readings:
    return readings.read(setting.reader, setting.targets, wanted, now)


def _parts_of(asked: WhyQuestion, split: _Split, read: Readings) -> Mapping[str, _Parts | None]:
    """Return the change by each dimension; None where its groups don't add up to the total."""
    return {name: _parts(asked.metric, read.figures[of], split.windows) for name, of in split.by.items()}


def _parts(metric: Metric, reading: Reading, windows: Sequence[Window]) -> _Parts | None:
    """Return the change by a dimension; None where its groups don't add up to the total."""
    keys = reading.keys(windows)
    now, base = (tuple(reading.group(window, key) for key in keys) for window in windows)
    if not keys or not all(
        _adds_up(side, reading.total(window)) for side, window in zip((now, base), windows, strict=True)
    ):
        return None
    effects = _effects(metric, now, base)
    return None if effects is None else _Parts(keys, now, base, effects)


def _breakdowns(
    metric: Metric, parts: Mapping[str, _Parts | None], labels: Mapping[MembersOf, Sequence[MemberRow]]
) -> tuple[Breakdown, ...]:
    """Return the change by each dimension by which it adds up, the most concentrated first."""
    made = [
        _breakdown(name, entry, labels[MembersOf(name, metric)]) for name, entry in parts.items() if entry
    ]
    return tuple(sorted(made, key=lambda entry: -entry.concentration))


def _breakdown(dimension: str, parts: _Parts, members: Sequence[MemberRow]) -> Breakdown:
    labels = {row.member.key: row.member.label for row in members}
    entries = [
        ChangePart(
            None if key is None else labels.get(key, str(key)),
            key,
            now,
            base,
            effect.part,
            effect.mix,
            effect.rate,
        )
        for (key,), now, base, effect in zip(parts.keys, parts.now, parts.base, parts.effects, strict=True)
    ]
    sign = parts.sign
    ordered = sorted(entries, key=lambda entry: (-sign * entry.part, entry.label or ""))
    return Breakdown(dimension, parts.concentration, tuple(ordered))


def _effects(
    metric: Metric, now: Sequence[Figure], base: Sequence[Figure]
) -> tuple[drivers.Effect, ...] | None:
    if not _is_ratio([*now, *base]):
        return drivers.amounts(*([entry.value or 0.0 for entry in side] for side in (now, base)))
    sides = [
        [drivers.Ratio(entry.numerator or 0.0, entry.denominator or 0.0) for entry in side]
        for side in (now, base)
    ]
    is_score = metric.unit == "score"
    found = drivers.rates(*sides) if metric.spec.is_share or is_score else drivers.ratios(*sides)
    return _scaled(found, _SCORE) if found and is_score else found


# season


def _season(
    setting: Setting, asked: WhyQuestion, found: Answer, comparison: Comparison, now: datetime
) -> Answer | None:
    """Return what the same days did a year before; None without data, or where that year is compared."""
    if comparison.to is not Baseline.PREVIOUS:
        return None
    here, there = (
        _same_days(asked.metric, year_before(period), found.window, setting.is_working_day)
        for period in (found.period, comparison.period)
    )
    if here is None or there is None:
        return None
    query = replace(asked.query, by=(), period=here, compare=(Compare(Baseline.PERIOD, there),))
    (season,) = answers(setting, [(query, asked.scope)], now)
    return season if season.comparisons and season.comparisons[0].change is not None else None


def _same_days(
    metric: Metric, period: Period, window: Window, is_working_day: IsWorkingDay | None
) -> Period | None:
    """Return the days of an earlier period that are like those of `window`, which were read."""
    if window.complete or metric.spec.matures:
        return period
    like = like_for_like(period, window, is_working_day)
    return None if like.is_empty else Period(like.start, like.end, Grain.DAY)


def _sold(split: _Split, read: Readings) -> VolumePriceMix | None:
    """Return volume, price and mix; None where the items don't make the total or nothing was sold."""
    if split.sold is None:
        return None
    windows = split.windows
    value, pieces = (read.figures[of] for of in split.sold)
    keys = tuple(dict.fromkeys((*value.keys(windows), *pieces.keys(windows))))
    sides = []
    for window in windows:
        figures = [value.group(window, key) for key in keys]
        if not _adds_up(figures, value.total(window)):
            return None
        counts = [pieces.group(window, key).value or 0.0 for key in keys]
        sides.append(
            [drivers.Ratio(figure.value or 0.0, count) for figure, count in zip(figures, counts, strict=True)]
        )
    made = volume_price_mix(*sides)
    if made is None:
        return None
    after, before = (fsum(entry.denominator for entry in side) for side in sides)
    return VolumePriceMix(_ITEM, made.volume, made.price, made.mix, made.other, after, before)


def _is_ratio(figures: Sequence[Figure]) -> bool:
    return any(entry.denominator is not None for entry in figures)


def _adds_up(groups: Sequence[Figure], total: Figure) -> bool:
    """Whether the groups make the total: its numerator and denominator, or its value."""
    if _is_ratio([total, *groups]):
        return _equal([entry.numerator for entry in groups], total.numerator) and _equal(
            [entry.denominator for entry in groups], total.denominator
        )
    return _equal([entry.value for entry in groups], total.value)


def _equal(parts: Sequence[float | None], total: float | None) -> bool:
    known = [part or 0.0 for part in parts]
    return abs(fsum(known) - (total or 0.0)) <= _CLOSE * max(1.0, fsum(map(abs, known)))


def _scaled(effects: Sequence[drivers.Effect], by: float) -> tuple[drivers.Effect, ...]:
    return tuple(
        drivers.Effect(
            by * effect.part,
            None if effect.mix is None else by * effect.mix,
            None if effect.rate is None else by * effect.rate,
        )
        for effect in effects
    )
