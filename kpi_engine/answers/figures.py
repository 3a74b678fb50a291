"""The third step of an answer: every number that it shows, out of what was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kpi_engine.analysis.targets import NO_TARGETS, TargetIndex
from kpi_engine.answers import findings
from kpi_engine.answers.comparisons import Against, alike, comparison
from kpi_engine.answers.coverage import Coverage, coverage_of
from kpi_engine.answers.landings import Landings
from kpi_engine.answers.order import is_best_first, ranked
from kpi_engine.answers.question import Question
from kpi_engine.answers.size_filter import passing
from kpi_engine.answers.target_progress import progress
from kpi_engine.answers.unusual import anomaly
from kpi_engine.answers.windows import Windows
from kpi_engine.domain.answer import Anomaly, Comparison, Group, Landing, SeriesPoint, TargetResult
from kpi_engine.domain.figure import Figure, is_without_yield
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.periods import Window
from kpi_engine.domain.query import Key
from kpi_engine.reading.frames import GroupKey
from kpi_engine.reading.metric_readings import Reading
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import LabelsOf


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of one answer. Of `every` group, so many `passed` the question's sizes.

    `ranked` are those of them that were read, in order, `groups` those that are shown.
    """

    coverage: Coverage
    figure: Figure
    comparisons: tuple[Comparison, ...]
    target: TargetResult | None
    anomaly: Anomaly | None
    every: int
    passed: int
    ranked: tuple[Group, ...]
    groups: tuple[Group, ...]
    series: tuple[SeriesPoint, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """What the numbers of all groups are made from."""

    asked: Windows
    main: Reading
    coverage: Coverage
    alike: frozenset[Against]
    targets: TargetIndex
    landings: Landings | None
    group_landings: Landings | None

    def total(self, window: Window) -> Figure:
        return self.coverage.known(self.main.total(window), window)

    def group(self, window: Window, key: GroupKey) -> Figure:
        return self.coverage.known(self.main.group(window, key), window)

    def landing(self, target: float) -> Landing | None:
        """Return where the total's month ends."""
        return self.landings.of(self.total, target) if self.landings else None

    def group_landing(self, key: GroupKey, target: float) -> Landing | None:
        """Return where a group's month ends."""
        landings = self.group_landings
        return landings.of(lambda window: self.group(window, key), target) if landings else None


def figures(asked: Windows, readings: Readings) -> Figures:
    """Return the numbers of an answer; `readings` hold what the question wants."""
    question, query, aim = asked.question, asked.question.query, asked.aim
    found = _found(asked, readings)
    coverage = found.coverage
    figure = found.total(question.window)
    every = _groups(found, readings)
    others = {name: _by_group(other, readings) for name, other in asked.others.items()}
    passed = passing(every, query.sizes, question.metric.name, question.catalogue, others)
    return Figures(
        coverage=coverage,
        figure=figure,
        comparisons=_comparisons(found, figure, found.total),
        target=progress(aim, found.targets, found.main.total(aim.window), {}, found.landing),
        anomaly=anomaly(
            question, figure, [(window, found.main.total(window)) for window in asked.history], coverage
        ),
        every=asked.chosen.every if asked.chosen else len(every),
        passed=asked.chosen.passed if asked.chosen else len(passed),
        ranked=tuple(passed),
        groups=tuple(passed[: query.top.count] if query.top else passed),
        series=()
        if query.by
        else tuple(SeriesPoint(period, window, found.total(window)) for period, window in asked.points),
        findings=findings.found(question, readings, figure),
    )


def _found(asked: Windows, readings: Readings) -> _Found:
    question, aim, main = asked.question, asked.aim, readings.figures[asked.main]
    coverage = coverage_of(question, readings.spans)
    targets = next((readings.targets[want] for want in aim.wanted), NO_TARGETS)
    landings = Landings(aim.course, coverage) if aim.course and targets else None
    of_groups = None
    if landings and asked.has_group_landings:
        of_groups = landings.for_groups(lambda window: coverage.known(main.total(window), window))
    alikes = alike(question, asked.against, coverage)
    return _Found(asked, main, coverage, alikes, targets, landings, of_groups)


def _comparisons(
    found: _Found, figure: Figure, in_window: Callable[[Window], Figure]
) -> tuple[Comparison, ...]:
    metric = found.asked.question.metric
    return tuple(
        comparison(metric, against, figure, in_window(against.window), is_alike=against in found.alike)
        for against in found.asked.against
    )


# groups


def _groups(found: _Found, readings: Readings) -> tuple[Group, ...]:
    """Return the groups that have rows, and the members that are listed without any, in order."""
    asked = found.asked
    if not asked.question.query.by:
        return ()
    labels = [readings.labels[want] for want in labels_wanted(asked, readings)]
    query, metric = asked.question.query, asked.question.metric
    groups = [_group(found, key, labels) for key in _keys(asked, readings)]
    listed = ranked(groups, metric, best=is_best_first(query, metric))
    return tuple(listed if query.top and query.top.best else _waste_first(listed, asked.question))


def _waste_first(groups: Sequence[Group], question: Question) -> list[Group]:
    """Return the groups with those first whose cost brought nothing, the most expensive of them leading.

    A cost that belongs to no member stays where it was: what it brought can't be known.
    """
    if question.yields is None:
        return list(groups)

    def order(group: Group) -> float:
        is_waste = None not in group.keys and is_without_yield(group.figure)
        return -(group.figure.numerator or 0) if is_waste else 0

    return sorted(groups, key=order)  # a stable sort: the others stay as they are


def labels_wanted(asked: Windows, readings: Readings) -> tuple[LabelsOf, ...]:
    """Return the names that the groups of an answer need, once its figures are read."""
    by = asked.question.query.by
    keys = _keys(asked, readings) if by else {}
    return tuple(
        LabelsOf(dimension, tuple(dict.fromkeys(key[place] for key in keys if key[place] is not None)))
        for place, dimension in enumerate(by)
    )


def _keys(asked: Windows, readings: Readings) -> Mapping[GroupKey, None]:
    keys = dict.fromkeys(readings.figures[asked.main].keys(asked.shown))
    for want in asked.active:
        keys |= dict.fromkeys((row.member.key,) for row in readings.active[want])
    return keys


def _by_group(asked: Windows, readings: Readings) -> Mapping[GroupKey, Figure]:
    """Return the figures of a question by its groups, for another one that chooses by them."""
    coverage, window = coverage_of(asked.question, readings.spans), asked.question.window
    main = readings.figures[asked.main]
    return {key: coverage.known(main.group(window, key), window) for key in _keys(asked, readings)}


def _group(found: _Found, key: GroupKey, labels: Sequence[Mapping[Key, str]]) -> Group:
    asked, aim = found.asked, found.asked.aim
    figure = found.group(asked.question.window, key)
    by = asked.question.query.by
    members = {name: part for name, part in zip(by, key, strict=True) if part is not None}
    has_target = aim.is_for_groups and len(members) == len(key)
    return Group(
        labels=tuple(
            None if part is None else names.get(part, str(part))
            for part, names in zip(key, labels, strict=True)
        ),
        keys=key,
        figure=figure,
        comparisons=_comparisons(found, figure, lambda window: found.group(window, key)),
        target=progress(aim, found.targets, figure, members, lambda target: found.group_landing(key, target))
        if has_target
        else None,
        series=tuple(
            SeriesPoint(period, window, found.group(window, key)) for period, window in asked.points
        ),
    )
