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
from kpi_engine.answers.answer import answer
from kpi_engine.answers.reach import metric_named, models_of
from kpi_engine.answers.setting import Setting
from kpi_engine.domain.answer import Answer, Comparison, Verdict
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.explanation import Breakdown, ChangePart, Explanation, VolumePriceMix
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Kind, Metric
from kpi_engine.domain.models import Model
from kpi_engine.domain.periods import Grain, Period, Window, like_for_like, previous, year_before
from kpi_engine.domain.query import Baseline, Compare, Filter, Query, Scope
from kpi_engine.domain.translatable import said
from kpi_engine.language.canonical import canonical
from kpi_engine.reading import readings
from kpi_engine.reading.frames import GroupKey
from kpi_engine.reading.metric_readings import Reading
from kpi_engine.reading.reader import MemberRow
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
    """A question why: `dimensions` are those to try, `refused` those that would mislead."""

    setting: Setting
    metric: Metric
    query: Query
    scope: Scope
    filters: tuple[Filter, ...]
    dimensions: tuple[str, ...]
    refused: tuple[str, ...]
    now: datetime


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


def splits(metric: Metric, models: Mapping[str, Model]) -> bool:
    """Whether a change of the metric is made of its members' parts: medians, means and pairs aren't."""
    return metric.spec.splits(models, metric.dimensions)


def explanation(
    setting: Setting, query: Query, scope: Scope, now: datetime, without: Collection[str] = ()
) -> Explanation:
    """Return why the figure of a question differs from its first comparison's.

    `without` names dimensions that are not looked at. Raises QueryError where there is nothing to compare
    or to split, else as answer.answer does.
    """
    asked = _why_question(setting, query, scope, now, without)
    now_answer = _answered(asked, replace(query, by=()))
    comparison = _compared(asked, now_answer)
    split = _split(asked, now_answer, comparison, tells_sold=True)
    found = _read(asked, split.wanted)
    parts = {name: _parts(asked.metric, found.figures[of], split.windows) for name, of in split.by.items()}
    labels = _read(asked, [MembersOf(name, asked.metric) for name, entry in parts.items() if entry]).members
    return Explanation(
        question=replace(now_answer.query, by=query.by),
        answer=now_answer,
        comparison=comparison,
        breakdowns=_breakdowns(asked.metric, parts, labels),
        skipped=(*(name for name, entry in parts.items() if entry is None), *asked.refused),
        sold=_sold(found.figures[split.sold[0]], found.figures[split.sold[1]], split.windows)
        if split.sold
        else None,
        season=_season(asked, now_answer, comparison),
        sql=(*now_answer.sql, *found.sql),
    )


def ranking(setting: Setting, query: Query, scope: Scope, now: datetime) -> tuple[str, ...]:
    """Return the dimensions that concentrate the change of a figure, the most first. Raises as above."""
    asked = _why_question(setting, query, scope, now, ())
    now_answer = _answered(asked, replace(query, by=()))
    split = _split(asked, now_answer, _compared(asked, now_answer), tells_sold=False)
    found = _read(asked, split.wanted).figures
    parts = {name: _parts(asked.metric, found[of], split.windows) for name, of in split.by.items()}
    told = [(entry.concentration, name) for name, entry in parts.items() if entry]
    return tuple(name for share, name in sorted(told, key=lambda entry: -entry[0]) if share)


def _why_question(
    setting: Setting, query: Query, scope: Scope, now: datetime, without: Collection[str]
) -> WhyQuestion:
    metric = metric_named(setting.catalogue, query.metrics[0])
    _refuse(metric, setting.catalogue.models, query)
    filters = (*query.filters, *scope.filters)
    models = models_of(setting.catalogue, metric)
    refused = () if query.by else _refused(metric, models, without)
    single = {entry.dimension for entry in filters if len(entry.members) == 1 and not entry.exclude}
    left_out = {*refused, *single, *without}
    dimensions = query.by or tuple(name for name in metric.dimensions if name not in left_out)
    return WhyQuestion(setting, metric, query, scope, filters, dimensions, refused, now)


def _refused(metric: Metric, models: Sequence[Model], without: Collection[str]) -> tuple[str, ...]:
    """Return the dimensions by which the metric says nothing, or customers count twice."""
    return tuple(
        name
        for name in metric.dimensions
        if name not in without and any(metric.spec.refuses(model, name) for model in models)
    )


def _answered(asked: WhyQuestion, query: Query) -> Answer:
    return answer(asked.setting, query, asked.scope, asked.now)


def _compared(asked: WhyQuestion, found: Answer) -> Comparison:
    title = asked.metric.title
    if not found.comparisons:
        raise _without_a_change(asked, found)
    comparison = found.comparisons[0]
    if comparison.verdict is Verdict.NOT_COMPARABLE:
        raise QueryError(
            said(
                "{metric} can't be compared between these two periods, so there is no change to explain.",
                metric=title,
            ),
            hint="Without why the answer says what is wrong with them.",
            suggestions=(canonical(found.query),),
        )
    if comparison.change is None:
        raise QueryError(
            said(
                "{metric} has no data in one of the two periods, so there is no change to explain.",
                metric=title,
            ),
            hint="Ask for another period, or name the other one with vs.",
        )
    return comparison


def _without_a_change(asked: WhyQuestion, found: Answer) -> QueryError:
    """Return why nothing is compared, with the nearest question that has a change where there is one."""
    title, today = asked.metric.title, asked.setting.today(asked.now)
    baselines = {entry.baseline for entry in asked.query.compare}
    window = found.window
    begun = "Ask why of a month, a week or a year that has begun."
    if baselines == {Baseline.TARGET}:
        return QueryError(
            "Why compares a period with another one, not with a target.",
            suggestions=(f"why {canonical(replace(asked.query, compare=()))}",),
        )
    if baselines == {Baseline.NONE}:
        return QueryError(
            "Why compares a period with another one, and the line wants none.",
            suggestions=(f"why {canonical(replace(asked.query, compare=()))}",),
        )
    if window.end is not None and window.start == today:
        before = replace(asked.query, period=previous(found.period), compare=())
        return QueryError(
            said(
                "{metric} has no whole day yet in this period, so there is no change to explain.",
                metric=title,
            ),
            hint="Ask about the one before it.",
            suggestions=(f"why {canonical(before)}",),
        )
    if window.is_empty:
        return QueryError(
            said("{metric} of this period has not begun, so there is no change to explain.", metric=title),
            hint=begun,
        )
    return QueryError(
        said("{metric} of this period has no earlier one to be explained by.", metric=title),
        hint=begun,
    )


# what is read, and what it says


def _split(asked: WhyQuestion, found: Answer, comparison: Comparison, *, tells_sold: bool) -> _Split:
    """Return what splits a change; `tells_sold`: with volume and price."""
    windows = (found.window, comparison.window)
    return _Split(
        windows,
        {name: _by(asked, asked.metric.spec, name, windows) for name in asked.dimensions},
        _sold_wanted(asked, windows) if tells_sold else None,
    )


def _by(asked: WhyQuestion, spec: Kind, dimension: str, windows: Sequence[Window]) -> FiguresOf:
    distinct = tuple(dict.fromkeys(windows))
    return FiguresOf(spec, asked.filters, distinct, (dimension,), distinct)


def _sold_wanted(asked: WhyQuestion, windows: Sequence[Window]) -> tuple[FiguresOf, FiguresOf] | None:
    """Return the figures of a value and of its pieces by product; None where no pieces are told."""
    if asked.metric.unit != "money" or _ITEM not in asked.metric.dimensions:
        return None
    pieces = asked.metric.spec.pieces(asked.setting.catalogue.models)
    if pieces is None:
        return None
    return _by(asked, asked.metric.spec, _ITEM, windows), _by(asked, pieces, _ITEM, windows)


def _read(asked: WhyQuestion, wanted: Collection[Wanted]) -> Readings:
    return readings.read(asked.setting.reader, asked.setting.targets, wanted, asked.now)


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


def _season(asked: WhyQuestion, found: Answer, comparison: Comparison) -> Answer | None:
    """Return what the same days did a year before; None without data, or where that year is compared."""
    if comparison.to is not Baseline.PREVIOUS:
        return None
    now, base = (
        _same_days(asked, year_before(period), found) for period in (found.period, comparison.period)
    )
    if now is None or base is None:
        return None
    query = replace(asked.query, by=(), period=now, compare=(Compare(Baseline.PERIOD, base),))
    season = _answered(asked, query)
    return season if season.comparisons and season.comparisons[0].change is not None else None


def _same_days(asked: WhyQuestion, period: Period, found: Answer) -> Period | None:
    """Return the days of an earlier period that are like those that were read of the answer's."""
    if found.window.complete or asked.metric.spec.matures:
        return period
    window = like_for_like(period, found.window, asked.setting.is_working_day)
    return None if window.is_empty else Period(window.start, window.end, Grain.DAY)


def _refuse(metric: Metric, models: Mapping[str, Model], query: Query) -> None:
    """Raise QueryError for a question whose change has no parts, or that asks for more than two periods."""
    if not splits(metric, models):
        raise QueryError(
            said("A change of {metric} isn't made of parts that add up.", metric=metric.title),
            hint="Ask for it by a dimension instead.",
        )
    if query.per or query.top or query.sizes or query.flags - {"table"}:
        raise QueryError(
            "Why looks at one period and what it is compared with.",
            hint="Leave out per, top, bottom, sizes, chart and files.",
        )
    if len(query.by) > 1:
        raise QueryError("Why splits by one dimension at a time.", hint="Leave out the others.")


def _sold(value: Reading, pieces: Reading, windows: Sequence[Window]) -> VolumePriceMix | None:
    """Return volume, price and mix; None where the items don't make the total or nothing was sold."""
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
