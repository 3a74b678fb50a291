"""The third step of an answer: every number that it shows, out of what was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from kpi_engine.analysis.compare import Evidence, style_of
from kpi_engine.analysis.targets import NO_TARGETS, TargetIndex
from kpi_engine.answers import findings
from kpi_engine.answers.comparisons import Against, alike, comparison
from kpi_engine.answers.coverage import Coverage, coverage_of
from kpi_engine.answers.judgement import Judgement, judgement
from kpi_engine.answers.landings import Landings
from kpi_engine.answers.noise import evidence_of
from kpi_engine.answers.order import BOARD, is_chosen_by_level, listed
from kpi_engine.answers.question import Question
from kpi_engine.answers.size_filter import passing
from kpi_engine.answers.target_progress import progress
from kpi_engine.answers.unusual import anomaly, with_usual_ranges
from kpi_engine.answers.windows import Windows
from kpi_engine.domain.answer import Anomaly, Comparison, Group, Landing, SeriesPoint, TargetResult
from kpi_engine.domain.figure import Figure, is_without_yield
from kpi_engine.domain.findings import Finding
from kpi_engine.domain.periods import Period, Window
from kpi_engine.domain.query import Key
from kpi_engine.domain.quotas import QuotaPart
from kpi_engine.reading.frames import GroupKey
from kpi_engine.reading.metric_readings import Reading
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import LabelsOf


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of one answer. Of `every` group, so many `passed` the question's sizes.

    `ranked` are those of them that were read, in order, `groups` those that are shown. `implied` is a part of
    a target of which only the dates tell that it is a quarter's or a year's.
    """

    coverage: Coverage
    figure: Figure
    comparisons: tuple[Comparison, ...]
    target: TargetResult | None
    are_targets_known: bool
    anomaly: Anomaly | None
    judgement: Judgement
    every: int
    passed: int
    ranked: tuple[Group, ...]
    groups: tuple[Group, ...]
    series: tuple[SeriesPoint, ...]
    findings: tuple[Finding, ...]
    implied: QuotaPart | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """What the numbers of all groups are made from."""

    asked: Windows
    main: Reading
    coverage: Coverage
    alike: frozenset[Against]
    evidence: Mapping[Against, Evidence]
    targets: TargetIndex
    landings: Landings | None
    group_landings: Landings | None

    def total(self, window: Window) -> Figure:
        return self.coverage.known(self.main.total(window), window)

    def point(self, period: Period, window: Window, figure: Figure) -> SeriesPoint:
        return SeriesPoint(period, window, figure, is_incomplete=bool(self.coverage.missing_in(window)))

    def group(self, window: Window, key: GroupKey) -> Figure:
        return self.coverage.known(self.main.group(window, key), window)

    def landing(self, target: float) -> Landing | None:
        """Return where the total's month ends."""
        return self.landings.of(self.total, target) if self.landings else None

    def group_landing(self, key: GroupKey, target: float) -> Landing | None:
        """Return where a group's month ends."""
        landings = self.group_landings
        return landings.of(lambda window: self.group(window, key), target) if landings else None

    def known(self, against: Against, figure: Figure, *, is_group: bool) -> Evidence:
        """Return what tells the noise of a figure; that of a group by the rows behind it, else not at all."""
        known = self.evidence.get(against, Evidence(season=None))
        has_own = figure.rows is not None or style_of(self.asked.question.metric) == "count"
        return known if has_own or not is_group else replace(known, noise=None)


def figures(asked: Windows, readings: Readings) -> Figures:
    """Return the numbers of an answer; `readings` hold what the question wants."""
    question, query, aim = asked.question, asked.question.query, asked.aim
    found = _found(asked, readings)
    coverage = found.coverage
    figure = found.total(question.window)
    every = _groups(found, readings)
    others = {name: _by_group(other, readings) for name, other in asked.others.items()}
    passed = passing(every, query.sizes, question.metric.name, question.catalogue, others)
    comparisons = _comparisons(found, figure, found.total)
    history = [(window, found.main.total(window)) for window in asked.history]
    unusual = anomaly(question, figure, history, coverage)
    return Figures(
        coverage=coverage,
        figure=figure,
        comparisons=comparisons,
        target=progress(aim, found.targets, found.main.total(aim.window), {}, found.landing),
        are_targets_known=found.targets.is_known,
        anomaly=unusual,
        judgement=judgement(question, figure, comparisons, unusual, coverage),
        every=asked.chosen.every if asked.chosen else len(every),
        passed=asked.chosen.passed if asked.chosen else len(passed),
        ranked=tuple(passed),
        groups=tuple(passed[: query.top.count] if query.top else passed),
        series=() if query.by else with_usual_ranges(question, _points(found), history, coverage),
        findings=findings.found(question, readings, figure, passed),
        implied=found.targets.implied,
    )


def _found(asked: Windows, readings: Readings) -> _Found:
    question, aim, main = asked.question, asked.aim, readings.figures[asked.main]
    coverage = coverage_of(question, readings)
    targets = next((readings.targets[want] for want in aim.wanted), NO_TARGETS)
    landings = Landings(aim.course, coverage) if aim.course and targets else None
    of_groups = None
    if landings and asked.has_group_landings:
        of_groups = landings.for_groups(lambda window: coverage.known(main.total(window), window))
    alikes = alike(question, asked.against, coverage)
    evidence = evidence_of(question, asked.background, main.total, coverage)
    return _Found(asked, main, coverage, alikes, evidence, targets, landings, of_groups)


def _points(found: _Found) -> list[SeriesPoint]:
    return [found.point(period, window, found.total(window)) for period, window in found.asked.points]


def _comparisons(
    found: _Found, figure: Figure, in_window: Callable[[Window], Figure], *, is_group: bool = False
) -> tuple[Comparison, ...]:
    metric = found.asked.question.metric
    return tuple(
        comparison(
            metric,
            against,
            figure,
            in_window(against.window),
            found.known(against, figure, is_group=is_group),
            is_alike=against in found.alike,
        )
        for against in found.asked.against
    )


# groups


def _groups(found: _Found, readings: Readings) -> tuple[Group, ...]:
    """Return the groups that have rows, and the members that are listed without any, in order."""
    asked = found.asked
    if not asked.question.query.by:
        return ()
    labels = [readings.labels[want] for want in labels_wanted(asked, readings)]
    question = asked.question
    groups = [_group(found, key, labels) for key in _keys(asked, readings)]
    is_board = asked.chosen is None and len(groups) <= BOARD
    noise = next((entry.noise for entry in found.evidence.values() if entry.noise), None)
    ordered = listed(question, groups, noise, is_board=is_board)
    return tuple(
        ordered if question.query.top and question.query.top.best else _waste_first(ordered, question)
    )


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
    coverage, window = coverage_of(asked.question, readings), asked.question.window
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
        comparisons=()
        if is_chosen_by_level(asked.question)
        else _comparisons(found, figure, lambda window: found.group(window, key), is_group=True),
        target=progress(aim, found.targets, figure, members, lambda target: found.group_landing(key, target))
        if has_target
        else None,
        series=tuple(
            found.point(period, window, found.group(window, key)) for period, window in asked.points
        ),
    )
