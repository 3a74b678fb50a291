"""One question about one metric: which windows to read, and what is said about the figures."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from kpi_engine.analysis import anomalies, compare
from kpi_engine.analysis.ranking import differs_from_values, ranked
from kpi_engine.analysis.rates import trials_needed
from kpi_engine.answers.findings import Findings
from kpi_engine.answers.size_filter import passing, refuse_unsized, sized_note
from kpi_engine.answers.target_progress import Aim
from kpi_engine.domain.answer import (
    Anomaly,
    Answer,
    Comparison,
    Group,
    Note,
    SeriesPoint,
    TargetResult,
)
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.figure import NO_DATA, Figure
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.models import Model
from kpi_engine.domain.periods import (
    ONE_DAY,
    Grain,
    IsWorkingDay,
    Period,
    Window,
    like_for_like,
    period_of,
    previous,
    shift,
    split,
    start_of,
    whole_months,
    window_of,
    working_days,
    year_before,
)
from kpi_engine.domain.query import Baseline, Compare, Key, Query, Scope
from kpi_engine.domain.translatable import said
from kpi_engine.language.canonical import canonical
from kpi_engine.language.vocabulary import typed_name
from kpi_engine.language.words_of_line import short
from kpi_engine.reading.frames import GroupKey
from kpi_engine.reading.metric_readings import Reading, evaluate_together
from kpi_engine.reading.reader import MemberRow, Reader, Span
from kpi_engine.reading.target_table import Targets

HISTORY: dict[Grain, int] = {Grain.MONTH: 36, Grain.WEEK: 104}
"""How many earlier periods the usual range rests on."""

SERIES_LENGTH = 12
"""Points of a series whose question names no period."""

_ANOMALY_GRAIN: dict[Grain, Literal["week", "month"]] = {Grain.WEEK: "week", Grain.MONTH: "month"}
_DAYS_LATE = 2
"""Working days without rows, up to the period's end, from which the load is doubted."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What every question of an engine shares."""

    catalogue: Catalogue
    reader: Reader
    targets: Targets
    zone: ZoneInfo
    is_working_day: IsWorkingDay | None


@dataclass(frozen=True, slots=True)
class Against:
    """A comparison to be made: with which period, and which days of it.

    `runs_on` where these days aren't as much of it as was read of the answer's own period, because it
    is still running.
    """

    baseline: Baseline
    period: Period
    window: Window
    like_for_like: int | None
    runs_on: bool = False


class Answering:
    """The work of one question about one metric."""

    def __init__(self, setting: Setting, query: Query, scope: Scope, now: datetime) -> None:
        self._setting = setting
        self._reader = setting.reader
        self._metric = metric_named(setting.catalogue, query.metrics[0])
        self._now = now
        self._today = now.astimezone(setting.zone).date()
        self._query = query
        self._scope = scope
        self._filters = (*query.filters, *scope.filters)
        self._sql_of_sizes: list[str] = []
        refuse_unsized(setting.catalogue, query)
        refuse_unreachable(setting.catalogue, self._metric, query, scope)
        self._period = query.period or self._default_period()
        self._window = window_of(self._period, self._today)
        if self._metric.spec.compares_ends and self._period.is_all_time:
            raise QueryError(
                said(
                    "{metric} compares the two ends of a period, and all time has none.",
                    metric=self._metric.title,
                ),
                hint="Ask for a month or a year.",
            )
        self._against = self._comparisons_wanted()
        self._aim = Aim(
            setting.targets, self._metric, query, self._filters, self._period, self._window, self._today, now
        )

    def answer(self) -> Answer:
        """Read everything in shared scans and put the answer together."""
        points = self._series_windows()
        history = self._history()
        targeted = self._aim.window()
        shown = [self._window, *(against.window for against in self._against)]
        windows = [*shown, *(window for _, window in points), *(window for _, window in history), targeted]
        grouped = [*shown, *(window for _, window in points)]
        main = self._reading(windows, grouped)
        beside = Findings(self._reader, self._metric, self._query, self._filters, self._window, self._now)
        readings = [main, *beside.readings]
        evaluation = evaluate_together(self._reader, readings, self._filters, self._now)
        spans = self._spans()
        figure = self._known(main.total(self._window), self._window, spans)
        alike = frozenset(against for against in self._against if self._is_alike(against, spans))
        every = self._groups(main, grouped, points, spans, alike)
        passed = passing(
            every, self._query.sizes, self._metric.name, self._setting.catalogue, self._figures_of
        )
        groups = tuple(passed[: self._query.top.count] if self._query.top else passed)
        comparisons = tuple(
            self._comparison(
                against, figure, self._known(main.total(against.window), against.window, spans), alike
            )
            for against in self._against
        )
        series = tuple(
            SeriesPoint(period, window, self._known(main.total(window), window, spans))
            for period, window in points
        )
        until = self._data_until(spans)
        findings = beside.found(figure)
        target = self._aim.result(main.total(targeted), {})
        return Answer(
            query=replace(self._query, period=self._period),
            metric=self._metric.name,
            unit=self._metric.unit,
            currency=self._currency(),
            direction=self._metric.better,
            period=self._period,
            window=self._window,
            filters=self._query.filters,
            figure=figure,
            comparisons=comparisons,
            target=target,
            anomaly=self._anomaly(figure, [(main, window) for _, window in history], spans),
            groups=groups,
            series=series if not self._query.by else (),
            findings=findings,
            data_until=until,
            notes=(
                *sized_note(self._query, passed, every),
                *self._order_notes(passed, len(groups)),
                *self._baseline_notes(target, groups),
                *self._notes(figure, comparisons, groups, spans, until),
            ),
            sql=(*evaluation.sql, *beside.sql, *self._sql_of_sizes),
        )

    # windows

    def _default_period(self) -> Period:
        spec, query = self._metric.spec, self._query
        if not self._models_have_time():
            return Period(None, None, Grain.DAY)
        if query.per:
            return spec.default_period(self._today, query.per, SERIES_LENGTH)
        return spec.default_period(self._today, Grain.MONTH, 1)

    def _models_have_time(self) -> bool:
        models = self._setting.catalogue.models
        return all(
            models[ref.model].measures[ref.measure].time or models[ref.model].time
            for ref in self._metric.spec.measures()
        )

    def _comparisons_wanted(self) -> tuple[Against, ...]:
        asked = self._query.compare or (Compare(Baseline.PREVIOUS), Compare(Baseline.LAST_YEAR))
        if any(entry.baseline is Baseline.TEAM for entry in asked):
            raise QueryError(
                "Only a plain question can be compared with the team.",
                hint="Like: conversion rep:anna vs team.",
            )
        if self._period.is_all_time or self._window.is_empty:
            return ()
        made = []
        for entry in asked:
            if entry.baseline is Baseline.PREVIOUS:
                made.append(self._against_period(entry.baseline, previous(self._period)))
            elif entry.baseline is Baseline.LAST_YEAR:
                made.append(self._against_period(entry.baseline, year_before(self._period)))
            elif (
                entry.baseline is Baseline.PERIOD
                and entry.period is not None
                and not entry.period.is_all_time
            ):
                made.append(self._against_period(entry.baseline, entry.period))
        by_period = {against.period: against for against in reversed(made) if against is not None}
        return tuple(reversed(by_period.values()))

    def _against_period(self, baseline: Baseline, period: Period) -> Against | None:
        """Return what is compared; a running period only ever with as much of the earlier one."""
        read = window_of(period, self._today)
        if self._metric.spec.matures:
            return Against(baseline, period, read, None)
        if self._window.complete:
            return Against(baseline, period, read, None, runs_on=not read.complete)
        if self._is_today_alone:
            return None
        calendar = self._setting.is_working_day
        window = like_for_like(period, self._window, calendar)
        if window.end is not None and window.end > self._today:
            return Against(baseline, period, read, None, runs_on=True)
        if calendar and working_days(self._window, calendar):
            return Against(baseline, period, window, working_days(window, calendar))
        days = (window.end - window.start).days if window.start and window.end else 0
        return Against(baseline, period, window, days)

    @property
    def _is_today_alone(self) -> bool:
        """Whether the day that is still running is asked for, of which no part of an earlier day is like."""
        return self._window.end is not None and self._window.end > self._today

    def _series_windows(self) -> list[tuple[Period, Window]]:
        if self._query.per is None or self._period.is_all_time:
            return []
        return [(piece, window_of(piece, self._today)) for piece in split(self._period, self._query.per)]

    def _history(self) -> list[tuple[Period, Window]]:
        """Return the earlier periods of a single complete week or month, oldest first."""
        grain = self._period.grain
        if self._query.by or self._query.per or not self._window.complete or grain not in HISTORY:
            return []
        if self._metric.spec.compares_ends:
            return []  # every earlier period would need scans of its own
        start, end = self._period.bounds() if not self._period.is_all_time else (date.min, date.min)
        if start_of(grain, start) != start or shift(grain, start, 1) != end:
            return []
        earlier = [period_of(grain, shift(grain, start, -back)) for back in range(HISTORY[grain], 0, -1)]
        return [(period, window_of(period, self._today)) for period in earlier]

    def _reading(self, windows: Sequence[Window], grouped: Sequence[Window]) -> Reading:
        return Reading(
            self._reader,
            self._metric,
            today=self._today,
            windows=_distinct(windows),
            by=self._query.by,
            group_windows=_distinct(grouped) if self._query.by else (),
        )

    # figures

    def _spans(self) -> dict[str, Span]:
        models = self._setting.catalogue.models
        every = dict.fromkeys(ref.model for ref in self._metric.spec.measures())
        customers = [name for name in every if not models[name].is_own]
        # what the bot counts itself is always complete, and began when it was asked to
        return {name: self._reader.span(models[name], self._now) for name in customers or every}

    def _known(self, figure: Figure, window: Window, spans: dict[str, Span]) -> Figure:
        """Return no data for a window that ends before any row of the metric's models."""
        firsts = [span.first.date() for span in spans.values() if span.first]
        if (
            window.end is not None
            and len(firsts) == len(spans)
            and all(window.end <= first for first in firsts)
        ):
            return NO_DATA
        return figure

    def _comparison(
        self, against: Against, now: Figure, base: Figure, alike: Collection[Against]
    ) -> Comparison:
        metric = self._metric
        changed = compare.change(
            now,
            base,
            style=compare.style_of(metric),
            relative=metric.unit not in ("share", "score"),
            better=metric.better,
        )
        if changed.change is not None and against not in alike:
            changed = compare.NOT_COMPARABLE
        return Comparison(
            against.baseline,
            against.period,
            against.window,
            base,
            changed.change,
            changed.change_pct,
            changed.verdict,
            changed.good,
            against.like_for_like,
        )

    def _is_alike(self, against: Against, spans: dict[str, Span]) -> bool:
        """Whether both figures are of what they seem: of as many days, all in the data, with all costs."""
        return not against.runs_on and not any(
            self._unbooked(window, spans) or self._begins_before(window, spans)
            for window in (self._window, against.window)
        )

    def _currency(self) -> str | None:
        if self._metric.unit != "money":
            return None
        return self._setting.catalogue.models[self._metric.spec.measures()[0].model].currency

    def _data_until(self, spans: dict[str, Span]) -> datetime | None:
        models = self._setting.catalogue.models
        known = [span.until for name, span in spans.items() if span.until and models[name].grain == "day"]
        return min(known, default=None)

    # groups

    def _groups(
        self,
        main: Reading,
        windows: Sequence[Window],
        points: Sequence[tuple[Period, Window]],
        spans: dict[str, Span],
        alike: Collection[Against],
    ) -> tuple[Group, ...]:
        by = self._query.by
        if not by:
            return ()
        listed = [self._members_of(dimension) for dimension in by]
        labels = [{row.member.key: row.member.label for row in rows} for rows in listed]
        keys = dict.fromkeys(main.keys(windows))
        if len(by) == 1:
            named = [entry for entry in self._scope.named if entry.dimension == by[0]]
            active = self._reader.active_members(by[0], listed[0], (*self._filters, *named), self._window)
            keys |= dict.fromkeys((row.member.key,) for row in active)
        groups = [self._group(main, key, labels, points, spans, alike) for key in keys]
        return tuple(ranked(groups, self._metric, best=self._is_best_first))

    @property
    def _is_best_first(self) -> bool:
        """Whether the best groups lead; of those below or above a size alone, the furthest from it do."""
        if self._query.top:
            return self._query.top.best
        own = [size for size in self._query.sizes if size.metric == self._metric.name]
        are_most_best = self._metric.better != "down"
        if own and all(size.low is None for size in own):
            return not are_most_best
        if own and all(size.high is None for size in own):
            return are_most_best
        return True

    def _figures_of(self, metric: str) -> Mapping[GroupKey, Figure]:
        """Return the groups' figures of another metric, for the same period and scope."""
        plain = Query(
            (metric,), self._period, self._query.filters, compare=(Compare(Baseline.NONE),), by=self._query.by
        )
        answer = Answering(self._setting, plain, self._scope, self._now).answer()
        self._sql_of_sizes += answer.sql
        return {group.keys: group.figure for group in answer.groups}

    def _members_of(self, dimension: str) -> tuple[MemberRow, ...]:
        return self._reader.members(dimension, self._metric)

    def _group(
        self,
        main: Reading,
        key: GroupKey,
        labels: Sequence[dict[Key, str]],
        points: Sequence[tuple[Period, Window]],
        spans: dict[str, Span],
        alike: Collection[Against],
    ) -> Group:
        def known(window: Window) -> Figure:
            return self._known(main.group(window, key), window, spans)

        figure = known(self._window)
        members = {name: part for name, part in zip(self._query.by, key, strict=True) if part is not None}
        has_target = self._aims_at_groups and len(members) == len(key)
        return Group(
            labels=tuple(
                None if part is None else names.get(part, str(part))
                for part, names in zip(key, labels, strict=True)
            ),
            keys=key,
            figure=figure,
            comparisons=tuple(
                self._comparison(against, figure, known(against.window), alike) for against in self._against
            ),
            target=self._aim.result(figure, members) if has_target else None,
            series=tuple(SeriesPoint(period, window, known(window)) for period, window in points),
        )

    @property
    def _aims_at_groups(self) -> bool:
        """Whether the groups' own figures are what a target is for: a week's aren't its month's."""
        return self._aim.window() == self._window

    # what is unusual, what is still young

    def _anomaly(
        self, figure: Figure, history: Sequence[tuple[Reading, Window]], spans: dict[str, Span]
    ) -> Anomaly | None:
        if not history or self._period.grain not in _ANOMALY_GRAIN:
            return None
        figures = [self._known(reading.total(window), window, spans) for reading, window in history]
        first = min((span.first.date() for span in spans.values() if span.first), default=None)
        partly = [
            window.start is not None and first is not None and window.start < first for _, window in history
        ]
        past = [NO_DATA if cut else entry for entry, cut in zip(figures, partly, strict=True)]
        while past and past[0].value is None:
            past.pop(0)
        grain = _ANOMALY_GRAIN[self._period.grain]
        found = anomalies.detect(
            [entry.value for entry in (*past, figure)],
            grain,
            self._series_kind(),
            [entry.denominator for entry in (*past, figure)] if self._metric.spec.is_share else None,
        )
        return Anomaly(
            is_anomaly=found["is_anomaly"],
            expected=found["expected"],
            low=found["low"],
            high=found["high"],
            history=sum(entry.value is not None for entry in past),
            grain=grain,
            reason=found.get("reason"),
        )

    def _series_kind(self) -> anomalies.Kind:
        if self._metric.spec.is_share:
            return "rate"
        return "count" if self._metric.unit == "count" else "amount"

    # notes

    def _notes(
        self,
        figure: Figure,
        comparisons: Sequence[Comparison],
        groups: Sequence[Group],
        spans: dict[str, Span],
        until: datetime | None,
    ) -> tuple[Note, ...]:
        notes: list[Note] = []
        if self._window.is_empty:
            notes.append(Note("begun_today" if self._window.start == self._today else "not_begun"))
        notes += _maturing(figure)
        notes += self._few(figure, comparisons)
        notes += self._cost_notes(comparisons, spans)
        notes += self._load_notes(until)
        notes += self._history_notes(comparisons, spans)
        if self._filters and not figure.value and not figure.denominator and not figure.numerator:
            notes.append(Note("no_rows"))
        if groups and not (self._query.top or self._query.sizes) and self._overlaps(figure, groups):
            notes.append(Note("not_additive"))
        return tuple(notes)

    def _baseline_notes(self, target: TargetResult | None, groups: Sequence[Group]) -> list[Note]:
        """Say why a baseline that the question names gives nothing."""
        notes = []
        asked = [entry.baseline for entry in self._query.compare]
        if Baseline.TARGET in asked:
            notes += self._target_notes(target, groups)
        if {Baseline.PREVIOUS, Baseline.LAST_YEAR, Baseline.PERIOD} & {*asked}:
            if self._period.is_all_time:
                notes.append(Note("all_time"))
            elif self._is_today_alone and not self._metric.spec.matures:
                notes.append(Note("today_alone"))
        if any(entry.period and entry.period.is_all_time for entry in self._query.compare):
            notes.append(Note("against_all_time"))
        running = [entry for entry in self._against if entry.runs_on and not entry.window.is_empty]
        return [*notes, *(Note("runs_on", {"line": self._turned_round(entry)}) for entry in running[:1])]

    def _turned_round(self, against: Against) -> str:
        """Return the line that asks for the running period, against as much of the answer's own."""
        compare = (Compare(Baseline.PERIOD, self._period),)
        return canonical(replace(self._query, period=against.period, compare=compare))

    def _order_notes(self, groups: Sequence[Group], shown: int) -> list[Note]:
        differs = differs_from_values(groups, self._metric, best=self._is_best_first, shown=shown)
        return [Note("by_bound")] if differs else []

    def _target_notes(self, target: TargetResult | None, groups: Sequence[Group]) -> list[Note]:
        if not self._aim.is_by_month:
            return [Note("target_by_month")]
        if target is None and not any(group.target for group in groups):
            return [Note("no_target")]
        if not groups or any(group.target for group in groups):
            return []
        return [Note("no_group_target" if self._aims_at_groups else "target_by_month")]

    def _few(self, figure: Figure, comparisons: Sequence[Comparison]) -> list[Note]:
        """Say how many would be needed where not even a halving could be seen."""
        if not self._metric.spec.is_share or not figure.denominator or not comparisons:
            return []
        base = next((entry.figure.value for entry in comparisons if entry.figure.value), figure.value)
        if not base:
            return []
        needed = trials_needed(base, -base / 2)
        return (
            [Note("few", {"n": int(figure.denominator), "needed": needed})]
            if figure.denominator < needed
            else []
        )

    def _cost_notes(self, comparisons: Sequence[Comparison], spans: dict[str, Span]) -> list[Note]:
        if not self._monthly(spans) or self._window.start is None or self._window.end is None:
            return []
        notes = []
        if not self._window.is_empty and not whole_months(self._window.start, self._window.end):
            notes.append(Note("spread_costs"))
        windows = (self._window, *(entry.window for entry in comparisons))
        unbooked = sorted({month for window in windows if (month := self._unbooked(window, spans))})
        return notes + [Note("provisional_costs", {"month": month}) for month in unbooked]

    def _monthly(self, spans: dict[str, Span]) -> list[Model]:
        """Return the models of the metric that have one row a month: costs."""
        models = [self._setting.catalogue.models[ref.model] for ref in self._metric.spec.measures()]
        return [model for model in models if model.grain == "month" and model.name in spans]

    def _unbooked(self, window: Window, spans: dict[str, Span]) -> date | None:
        """Return the last month of a window if its costs may not be complete yet."""
        monthly = self._monthly(spans)
        if not monthly or window.end is None or window.is_empty:
            return None
        last = start_of(Grain.MONTH, window.end - ONE_DAY)
        booked = [span.until.date() for model in monthly if (span := spans[model.name]).until]
        is_running = last >= start_of(Grain.MONTH, self._today)
        return last if is_running or (booked and max(booked) < last) else None

    def _load_notes(self, until: datetime | None) -> list[Note]:
        if until is None or self._window.end is None or self._window.is_empty:
            return []
        is_late = self._is_long(until.date(), self._window.end)
        return [Note("partial_load", {"until": until.date()})] if is_late else []

    def _is_long(self, start: date, end: date) -> bool:
        """Whether days without rows are too many for a quiet spell."""
        missing, calendar = Window(start, end), self._setting.is_working_day
        if missing.is_empty:
            return False
        days = working_days(missing, calendar) if calendar else (end - start).days
        return days > _DAYS_LATE

    def _history_notes(self, comparisons: Sequence[Comparison], spans: dict[str, Span]) -> list[Note]:
        windows = (self._window, *(entry.window for entry in comparisons))
        cut = any(self._begins_before(window, spans) for window in windows)
        return [Note("no_history", {"since": _begin(spans)})] if cut else []

    def _begins_before(self, window: Window, spans: dict[str, Span]) -> bool:
        """Whether a window lies before the data, wholly or with its first days."""
        since = _begin(spans)
        if since is None or window.start is None or window.end is None or window.is_empty:
            return False
        return window.end <= since or self._is_long(window.start, since)

    def _overlaps(self, figure: Figure, groups: Sequence[Group]) -> bool:
        """Whether the groups' parts add up to something else than the total's."""
        shares = self._metric.spec.is_share or self._metric.spec.name == "ratio"
        total = figure.denominator if shares else figure.value
        parts = [group.figure.denominator if shares else group.figure.value for group in groups]
        if total is None or not (shares or self._metric.unit in ("count", "money")):
            return False
        return abs(sum(part or 0.0 for part in parts) - total) > max(0.01, abs(total) * 1e-9)


def metric_named(catalogue: Catalogue, name: str) -> Metric:
    """Return a metric. Raises QueryError where there is none of the name."""
    if name not in catalogue.metrics:
        raise QueryError(
            said("There is no metric “{typed}”.", typed=short(name)), hint="Type list to see them all."
        )
    return catalogue.metrics[name]


def refuse_unreachable(catalogue: Catalogue, metric: Metric, query: Query, scope: Scope) -> None:
    """Raise QueryError for a split or filter that the metric's tables don't lead to."""
    asked = [*query.by, *(entry.dimension for entry in query.filters)]
    for dimension in asked:
        if dimension not in metric.dimensions:
            possible = tuple(typed_name(catalogue, name) for name in metric.dimensions)
            raise QueryError(
                said(
                    "{metric} can't be split by {dimension}: its tables don't all lead there.",
                    metric=metric.title,
                    dimension=catalogue.titled(dimension).lower(),
                ),
                hint=said("It can by {keys}.", keys=possible) if possible else "It can't be split at all.",
            )
        reason = _says_nothing(catalogue, metric, dimension)
        if reason:
            raise QueryError(
                said(
                    "{metric} by {dimension} says nothing: {reason}.",
                    metric=metric.title,
                    dimension=catalogue.titled(dimension).lower(),
                    reason=reason,
                )
            )
    for entry in scope.filters:
        if entry.dimension not in metric.dimensions:
            raise ForbiddenError(
                said("{metric} can't be narrowed to what you may see.", metric=metric.title),
                hint="Ask for another metric.",
            )


def reached(catalogue: Catalogue, metric: Metric) -> tuple[str, ...]:
    """Return the dimensions by which a metric may be split and filtered: what isn't refused above."""
    return tuple(name for name in metric.dimensions if not _says_nothing(catalogue, metric, name))


def _says_nothing(catalogue: Catalogue, metric: Metric, dimension: str) -> str | None:
    reasons = (metric.spec.refuses(model, dimension) for model in _models(catalogue, metric))
    return next((reason for reason in reasons if reason), None)


def _models(catalogue: Catalogue, metric: Metric) -> list[Model]:
    return [catalogue.models[ref.model] for ref in metric.spec.measures()]


def _begin(spans: Mapping[str, Span]) -> date | None:
    """Return the day from which every model has rows."""
    return max((span.first.date() for span in spans.values() if span.first), default=None)


def _distinct(windows: Sequence[Window]) -> list[Window]:
    return list(dict.fromkeys(windows))


def _maturing(figure: Figure) -> list[Note]:
    parts = figure.parts or {}
    maturing, mature = parts.get("maturing"), parts.get("mature")
    if not maturing:
        return []
    return [Note("maturing", {"count": int(maturing), "share": maturing / (maturing + (mature or 0.0))})]
