"""Why one metric changed: its change split by every dimension, the one that concentrates it most first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import fsum

from kpi_engine.analysis import drivers
from kpi_engine.analysis.volume import volume_price_mix
from kpi_engine.answers.answer import Answering, Setting, metric_named
from kpi_engine.domain.answer import Answer, Comparison, Verdict
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.explanation import Breakdown, ChangePart, Explanation, VolumePriceMix
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import MeasureRef, Metric
from kpi_engine.domain.models import Model
from kpi_engine.domain.periods import Grain, Period, Window, like_for_like, previous, year_before
from kpi_engine.domain.query import Baseline, Compare, Query, Scope
from kpi_engine.domain.translatable import said
from kpi_engine.kinds.simple import Simple
from kpi_engine.language.canonical import canonical
from kpi_engine.reading.frames import GroupKey
from kpi_engine.reading.metric_readings import Reading, evaluate_together

_ITEM, _PIECES = "product", "quantity"
"""The dimension of what is sold, and the measure beside a value that counts its pieces."""
_SUMS = frozenset({"count", "count_distinct", "sum"})
_SCORE = 100
"""A Net Promoter Score is its ratio in points."""
_CLOSE = 1e-9
"""Of the amounts added up: sums in another order differ by less."""


def splits(metric: Metric, models: Mapping[str, Model]) -> bool:
    """Whether a change of the metric is made of its members' parts: medians, means and pairs aren't."""
    spec = metric.spec
    if isinstance(spec, Simple):
        return models[spec.measure.model].measures[spec.measure.measure].agg in _SUMS
    return not spec.lists_groups and bool(metric.dimensions)


class Explaining:
    """The work of one question why."""

    def __init__(
        self, setting: Setting, query: Query, scope: Scope, now: datetime, without: Collection[str] = ()
    ) -> None:
        self._setting, self._query, self._scope, self._now = setting, query, scope, now
        self._without = without
        self._metric = metric_named(setting.catalogue, query.metrics[0])
        self._filters = (*query.filters, *scope.filters)
        _refuse(self._metric, setting.catalogue.models, query)

    def explanation(self) -> Explanation:
        """Read the change and its parts by every dimension. Raises QueryError where there is none."""
        answer = self._answered(replace(self._query, by=()))
        comparison = self._compared(answer)
        windows = [answer.window, comparison.window]
        sold = self._sold_readings(windows)
        breakdowns, skipped, statements = self._breakdowns(windows, sold or ())
        return Explanation(
            question=replace(answer.query, by=self._query.by),
            answer=answer,
            comparison=comparison,
            breakdowns=breakdowns,
            skipped=(*skipped, *self._refused()),
            sold=_sold(*sold, windows) if sold else None,
            season=self._season(answer, comparison),
            sql=(*answer.sql, *statements),
        )

    def ranking(self) -> tuple[str, ...]:
        """Return the dimensions that concentrate the change, the most first. Raises QueryError as above."""
        answer = self._answered(replace(self._query, by=()))
        breakdowns, _, _ = self._breakdowns([answer.window, self._compared(answer).window], ())
        return tuple(entry.dimension for entry in breakdowns if entry.concentration)

    def _breakdowns(
        self, windows: Sequence[Window], beside: Sequence[Reading]
    ) -> tuple[tuple[Breakdown, ...], list[str], Sequence[str]]:
        """Return the change by each dimension, the most concentrated first, those by which it doesn't add
        up, and what was run; `beside` is read along.
        """
        readings = {name: self._reading(windows, name) for name in self._dimensions()}
        together = [*readings.values(), *beside]
        evaluation = evaluate_together(self._setting.reader, together, self._filters, self._now)
        made = {name: self._breakdown(name, reading, windows) for name, reading in readings.items()}
        found = [entry for entry in made.values() if entry is not None]
        found.sort(key=lambda entry: -entry.concentration)
        return tuple(found), [name for name, entry in made.items() if entry is None], evaluation.sql

    def _answered(self, query: Query) -> Answer:
        return Answering(self._setting, query, self._scope, self._now).answer()

    def _compared(self, answer: Answer) -> Comparison:
        title = self._metric.title
        if not answer.comparisons:
            raise self._without_a_change(answer)
        comparison = answer.comparisons[0]
        if comparison.verdict is Verdict.NOT_COMPARABLE:
            raise QueryError(
                said(
                    "{metric} can't be compared between these two periods, so there is no change to explain.",
                    metric=title,
                ),
                hint="Without why the answer says what is wrong with them.",
                suggestions=(canonical(answer.query),),
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

    def _without_a_change(self, answer: Answer) -> QueryError:
        """Return why nothing is compared, with the nearest question that has a change where there is one."""
        title, today = self._metric.title, self._setting.reader.today(self._now)
        asked = {entry.baseline for entry in self._query.compare}
        window = answer.window
        begun = "Ask why of a month, a week or a year that has begun."
        if asked == {Baseline.TARGET}:
            return QueryError(
                "Why compares a period with another one, not with a target.",
                suggestions=(f"why {canonical(replace(self._query, compare=()))}",),
            )
        if asked == {Baseline.NONE}:
            return QueryError(
                "Why compares a period with another one, and the line wants none.",
                suggestions=(f"why {canonical(replace(self._query, compare=()))}",),
            )
        if window.end is not None and window.start == today:
            before = replace(self._query, period=previous(answer.period), compare=())
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
                said(
                    "{metric} of this period has not begun, so there is no change to explain.", metric=title
                ),
                hint=begun,
            )
        return QueryError(
            said("{metric} of this period has no earlier one to be explained by.", metric=title),
            hint=begun,
        )

    # dimensions

    def _dimensions(self) -> tuple[str, ...]:
        """Return the dimensions to try: those of the question, else every one that may tell members apart."""
        if self._query.by:
            return self._query.by
        single = {entry.dimension for entry in self._filters if len(entry.members) == 1 and not entry.exclude}
        refused = {*self._refused(), *single, *self._without}
        return tuple(name for name in self._metric.dimensions if name not in refused)

    def _refused(self) -> tuple[str, ...]:
        """Return the dimensions by which the metric says nothing, or customers count twice."""
        if self._query.by:
            return ()
        models = [self._setting.catalogue.models[ref.model] for ref in self._metric.spec.measures()]
        return tuple(
            name
            for name in self._metric.dimensions
            if name not in self._without and any(self._metric.spec.refuses(model, name) for model in models)
        )

    def _sold_readings(self, windows: Sequence[Window]) -> tuple[Reading, Reading] | None:
        """Return the readings of a value and of its pieces by product; None where no pieces are told."""
        spec = self._metric.spec
        if (
            not isinstance(spec, Simple)
            or self._metric.unit != "money"
            or _ITEM not in self._metric.dimensions
        ):
            return None
        measures = self._setting.catalogue.models[spec.measure.model].measures
        value, pieces = measures[spec.measure.measure], measures.get(_PIECES)
        if pieces is None or value.agg != "sum" or pieces != replace(value, name=pieces.name, of=pieces.of):
            return None  # pieces of other rows than those of the value
        counted = replace(self._metric, spec=replace(spec, measure=MeasureRef(spec.measure.model, _PIECES)))
        return self._reading(windows, _ITEM), self._reading(windows, _ITEM, counted)

    def _reading(self, windows: Sequence[Window], dimension: str, metric: Metric | None = None) -> Reading:
        return Reading(
            self._setting.reader,
            metric or self._metric,
            today=self._setting.reader.today(self._now),
            windows=list(dict.fromkeys(windows)),
            by=(dimension,),
            group_windows=list(dict.fromkeys(windows)),
        )

    # parts

    def _breakdown(self, dimension: str, reading: Reading, windows: Sequence[Window]) -> Breakdown | None:
        """Return the change by a dimension; None where its groups don't add up to the total."""
        keys = reading.keys(windows)
        sides = [[reading.group(window, key) for key in keys] for window in windows]
        if not keys or not all(
            _adds_up(side, reading.total(window)) for side, window in zip(sides, windows, strict=True)
        ):
            return None
        effects = self._effects(*sides)
        if effects is None:
            return None
        parts = self._parts(dimension, keys, sides, effects)
        sign = -1.0 if fsum(entry.part for entry in parts) < 0 else 1.0
        ordered = sorted(parts, key=lambda entry: (-sign * entry.part, entry.label or ""))
        return Breakdown(dimension, drivers.concentration([entry.part for entry in ordered]), tuple(ordered))

    def _effects(self, now: Sequence[Figure], base: Sequence[Figure]) -> tuple[drivers.Effect, ...] | None:
        if not _is_ratio([*now, *base]):
            return drivers.amounts(*([entry.value or 0.0 for entry in side] for side in (now, base)))
        sides = [
            [drivers.Ratio(entry.numerator or 0.0, entry.denominator or 0.0) for entry in side]
            for side in (now, base)
        ]
        is_score = self._metric.unit == "score"
        found = drivers.rates(*sides) if self._metric.spec.is_share or is_score else drivers.ratios(*sides)
        return _scaled(found, _SCORE) if found and is_score else found

    def _parts(
        self,
        dimension: str,
        keys: Sequence[GroupKey],
        sides: Sequence[Sequence[Figure]],
        effects: Sequence[drivers.Effect],
    ) -> list[ChangePart]:
        labels = {
            row.member.key: row.member.label for row in self._setting.reader.members(dimension, self._metric)
        }
        return [
            ChangePart(
                None if key is None else labels.get(key, str(key)),
                key,
                now,
                base,
                effect.part,
                effect.mix,
                effect.rate,
            )
            for (key,), now, base, effect in zip(keys, *sides, effects, strict=True)
        ]

    # season

    def _season(self, answer: Answer, comparison: Comparison) -> Answer | None:
        """Return what the same days did a year before; None without data, or where that year is compared."""
        if comparison.to is not Baseline.PREVIOUS:
            return None
        now, base = (
            self._same_days(year_before(period), answer) for period in (answer.period, comparison.period)
        )
        if now is None or base is None:
            return None
        asked = replace(self._query, by=(), period=now, compare=(Compare(Baseline.PERIOD, base),))
        found = self._answered(asked)
        return found if found.comparisons and found.comparisons[0].change is not None else None

    def _same_days(self, period: Period, answer: Answer) -> Period | None:
        """Return the days of an earlier period that are like those that were read of the answer's."""
        if answer.window.complete or self._metric.spec.matures:
            return period
        window = like_for_like(period, answer.window, self._setting.is_working_day)
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
