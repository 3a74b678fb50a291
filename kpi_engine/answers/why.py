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
from kpi_engine.answers.answer import answer_of, read
from kpi_engine.answers.reach import metric_named, reached
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.unexplained import compared, refuse_unexplained
from kpi_engine.answers.windows import Windows, windows
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.explanation import OTHERS_LABEL, Breakdown, ChangePart, Explanation, VolumePriceMix
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Kind, Metric
from kpi_engine.domain.periods import Grain, IsWorkingDay, Period, Window, like_for_like, year_before
from kpi_engine.domain.query import Baseline, Compare, Filter, Key, Query, Scope
from kpi_engine.reading import readings
from kpi_engine.reading.frames import GroupKey
from kpi_engine.reading.member_figures import Changed, read_changed
from kpi_engine.reading.members import MEMBER_LIMIT
from kpi_engine.reading.metric_readings import Reading
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import ChangedOf, FiguresOf, LabelsOf, Wanted
from kpi_engine.sql.planner import LARGE

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

    `changed` tells of a large dimension whose groups are only those that moved most. `too_large` are the
    dimensions of which not even those can be had.
    """

    windows: tuple[Window, Window]
    by: Mapping[str, FiguresOf]
    sold: tuple[FiguresOf, FiguresOf] | None
    changed: Mapping[str, Changed]
    too_large: tuple[str, ...]

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """Everything to read."""
        return (*self.by.values(), *(self.sold or ()))


@dataclass(frozen=True, slots=True)
class _Parts:
    """A change in parts, one for each key: the figures of both periods, and what each adds to the change.

    With `rest`, the last figures and effect are of so many members together, which have no key here.
    """

    keys: tuple[GroupKey, ...]
    now: tuple[Figure, ...]
    base: tuple[Figure, ...]
    effects: tuple[drivers.Effect, ...]
    changed: Changed | None

    @property
    def rest(self) -> int:
        """How many members have no part of their own."""
        return self.changed.members - len(self.keys) if self.changed else 0

    @property
    def sign(self) -> float:
        """The direction of the change."""
        return -1.0 if fsum(effect.part for effect in self.effects) < 0 else 1.0

    @property
    def concentration(self) -> float:
        """How much of the change few members make (see analysis.drivers)."""
        parts = [effect.part for effect in self.effects]
        if self.changed is None:
            return drivers.concentration(parts)
        return drivers.concentration(parts[: len(self.keys)], self.changed.movement, self.changed.members)


def explanation(
    setting: Setting, query: Query, scope: Scope, now: datetime, without: Collection[str] = ()
) -> Explanation:
    """Return why the figure of a question differs from its first comparison's.

    `without` names dimensions that are not looked at. Raises QueryError where there is nothing to compare
    or to split, else as answer.answers does.
    """
    asked = _why_question(setting.catalogue, query, scope, without)
    made = _windows(setting, asked, now)
    season = _season(setting, asked, made, now)
    split = _split(setting, asked, made, asked.pieces, now)
    found = read(setting, (made, *season), now, split.wanted)
    answer = answer_of(made, found)
    comparison = compared(asked.metric, asked.query, answer, setting.today(now))
    parts = _parts_of(asked, split, found)
    labels = _read(setting, _labels_wanted(parts), now).labels
    further = tuple(entry.statement for entry in split.changed.values())
    return Explanation(
        question=replace(answer.query, by=query.by),
        answer=answer,
        comparison=comparison,
        breakdowns=_breakdowns(parts, labels),
        skipped=(*(name for name, entry in parts.items() if entry is None), *asked.refused),
        too_large=split.too_large,
        sold=_sold(split, found),
        season=_known_season(season, found),
        statements=tuple(dict.fromkeys((*answer.statements, *further, *found.statements_of(split.wanted)))),
    )


def ranking(setting: Setting, query: Query, scope: Scope, now: datetime) -> tuple[str, ...]:
    """Return the dimensions that concentrate the change of a figure, the most first. Raises as above."""
    asked = _why_question(setting.catalogue, query, scope)
    made = _windows(setting, asked, now)
    split = _split(setting, asked, made, None, now)
    found = read(setting, (made,), now, split.wanted)
    compared(asked.metric, asked.query, answer_of(made, found), setting.today(now))
    parts = _parts_of(asked, split, found)
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


def _windows(setting: Setting, asked: WhyQuestion, now: datetime) -> Windows:
    """Return what the question without its why needs. Raises QueryError where nothing is compared."""
    made = windows(setting, replace(asked.query, by=()), asked.scope, now)
    if not made.against:
        compared(asked.metric, asked.query, answer_of(made, read(setting, (made,), now)), setting.today(now))
    return made


# what is read, and what it says


def _split(setting: Setting, asked: WhyQuestion, made: Windows, pieces: Kind | None, now: datetime) -> _Split:
    """Return what splits a change; with `pieces` also into volume and price."""
    pair, spec = (made.question.window, made.against[0].window), asked.metric.spec
    sizes = setting.reader.sizes((*asked.dimensions, *((_ITEM,) if pieces else ())))
    changed = {
        name: found
        for name in asked.dimensions
        if sizes[name] > LARGE
        and not (
            pieces and name == _ITEM and sizes[name] <= MEMBER_LIMIT
        )  # volume and price need all of them
        and (found := _changed(setting, asked, name, pair, now))
    }
    too_large = tuple(name for name in asked.dimensions if sizes[name] > MEMBER_LIMIT and name not in changed)
    changed = {name: found for name, found in changed.items() if found.members > len(found.keys)}
    by = {
        name: _by(asked, spec, name, pair, changed[name].keys if name in changed else None)
        for name in asked.dimensions
        if name not in too_large
    }
    sold = None
    if pieces and sizes[_ITEM] <= MEMBER_LIMIT:
        sold = (_by(asked, spec, _ITEM, pair), _by(asked, pieces, _ITEM, pair))
    return _Split(pair, by, sold, changed, too_large)


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
    only: tuple[Key, ...] | None = None,
) -> FiguresOf:
    distinct = tuple(dict.fromkeys(pair))
    return FiguresOf(spec, asked.filters, distinct, (dimension,), distinct, only)


def _read(setting: Setting, wanted: Collection[Wanted], now: datetime) -> Readings:
    return readings.read(setting.reader, setting.targets, wanted, now)


def _parts_of(asked: WhyQuestion, split: _Split, found: Readings) -> Mapping[str, _Parts | None]:
    """Return the change by each dimension; None where its groups don't add up to the total."""
    return {
        name: _parts(asked.metric, found.figures[of], split.windows, split.changed.get(name))
        for name, of in split.by.items()
    }


def _parts(
    metric: Metric, reading: Reading, pair: tuple[Window, Window], changed: Changed | None
) -> _Parts | None:
    """Return the change by a dimension; None where its groups don't add up to the total."""
    keys = reading.keys(pair)
    now, base = (tuple(reading.group(window, key) for key in keys) for window in pair)
    if changed:
        now, base = (*now, _rest(changed, "now", now)), (*base, _rest(changed, "base", base))
    if not keys or not all(
        _adds_up(side, reading.total(window)) for side, window in zip((now, base), pair, strict=True)
    ):
        return None
    effects = _effects(metric, now, base)
    return None if effects is None else _Parts(keys, now, base, effects, changed)


def _rest(changed: Changed, side: str, shown: Sequence[Figure]) -> Figure:
    """Return the figure of the members that have no part of their own."""
    above, below = changed.whole[f"above_{side}"], changed.whole.get(f"below_{side}")
    if below is None:
        return Figure(above - fsum(figure.value or 0.0 for figure in shown))
    numerator = above - fsum(figure.numerator or 0.0 for figure in shown)
    denominator = below - fsum(figure.denominator or 0.0 for figure in shown)
    return Figure(numerator / denominator if denominator else None, numerator, denominator)


def _labels_wanted(parts: Mapping[str, _Parts | None]) -> tuple[LabelsOf, ...]:
    return tuple(_labels_of(name, entry) for name, entry in parts.items() if entry)


def _labels_of(dimension: str, parts: _Parts) -> LabelsOf:
    return LabelsOf(dimension, tuple(key for (key,) in parts.keys if key is not None))


def _breakdowns(
    parts: Mapping[str, _Parts | None], labels: Mapping[LabelsOf, Mapping[Key, str]]
) -> tuple[Breakdown, ...]:
    """Return the change by each dimension by which it adds up, the most concentrated first."""
    made = [
        _breakdown(name, entry, labels[_labels_of(name, entry)]) for name, entry in parts.items() if entry
    ]
    return tuple(sorted(made, key=lambda entry: -entry.concentration))


def _breakdown(dimension: str, parts: _Parts, labels: Mapping[Key, str]) -> Breakdown:
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
        for (key,), now, base, effect in zip(
            parts.keys, parts.now, parts.base, parts.effects, strict=not parts.rest
        )
    ]
    sign = parts.sign
    ordered = sorted(entries, key=lambda entry: (-sign * entry.part, entry.label or ""))
    if parts.rest:
        rest = (OTHERS_LABEL, None, parts.now[-1], parts.base[-1], parts.effects[-1].part)
        ordered.append(ChangePart(*rest, members=parts.rest))
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


def _season(setting: Setting, asked: WhyQuestion, made: Windows, now: datetime) -> tuple[Windows, ...]:
    """Return what the same days did a year before needs; nothing where that year is compared."""
    against, question = made.against[0], made.question
    if against.baseline is not Baseline.PREVIOUS:
        return ()
    here, there = (
        _same_days(asked.metric, year_before(period), question.window, setting.is_working_day)
        for period in (question.period, against.period)
    )
    if here is None or there is None:
        return ()
    query = replace(asked.query, by=(), period=here, compare=(Compare(Baseline.PERIOD, there),))
    return (windows(setting, query, asked.scope, now, is_brief=True),)


def _known_season(season: tuple[Windows, ...], found: Readings) -> Answer | None:
    """Return the same days a year before; None without data."""
    for made in season:
        answer = answer_of(made, found)
        if answer.comparisons and answer.comparisons[0].change is not None:
            return answer
    return None


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
    sides = []
    for window in pair:
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
