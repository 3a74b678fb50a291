"""The target of an answer: which months it is for, what it is, and how far the result came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kpi_engine.analysis.targets import FoundTarget, TargetIndex, attainment, reached
from kpi_engine.answers.landings import Course, course_of
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Landing, TargetResult, TargetShare
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.periods import (
    ONE_DAY,
    Grain,
    Period,
    Window,
    add_months,
    period_of,
    whole_months,
    window_of,
)
from kpi_engine.domain.query import Baseline, Key
from kpi_engine.domain.quotas import QuotaPart
from kpi_engine.reading.wanted import TargetsOf


@dataclass(frozen=True, slots=True)
class Aim:
    """What a question's target is for: the days of `window`, whose result is held against it.

    `months` is None where the period is none that a target can be for: whole months, or a week of one.
    `members` are those that the question's filters allow. `is_wanted`: the question asks for a target that
    its filters can have. `course` is what tells where a running month ends.
    """

    question: Question
    months: Period | None
    window: Window
    members: Mapping[str, frozenset[Key]]
    is_wanted: bool
    course: Course | None = None

    @property
    def is_for_groups(self) -> bool:
        """Whether the groups' own figures are what a target is for: a week's aren't its month's."""
        return self.window == self.question.window

    @property
    def wanted(self) -> tuple[TargetsOf, ...]:
        """The targets to read."""
        if self.months is None or not self.is_wanted:
            return ()
        return (TargetsOf(self.question.metric.name, *self.months.bounds()),)


def aim_of(question: Question) -> Aim:
    """Return what the target of a question is for."""
    months, query = _months(question), question.query
    window = window_of(months, question.today) if months else question.window
    is_asked = not query.compare or any(entry.baseline is Baseline.TARGET for entry in query.compare)
    excludes = any(entry.exclude for entry in query.filters)
    members = {
        entry.dimension: frozenset(member.key for member in entry.members) for entry in question.filters
    }
    is_wanted = is_asked and not excludes
    course = course_of(question, months, window) if months and is_wanted else None
    return Aim(question, months, window, members, is_wanted, course)


def _months(question: Question) -> Period | None:
    """Return the months that a target is for: the period's own, or for a week the month it ends in."""
    period = question.period
    if period.is_all_time:
        return None
    start, end = period.bounds()
    if whole_months(start, end):
        return period
    if period.grain is Grain.WEEK and (end - start).days == 7:  # noqa: PLR2004 - a week
        return period_of(Grain.MONTH, max(min(end, question.today) - ONE_DAY, start))
    return None


def progress(
    aim: Aim,
    targets: TargetIndex,
    result: Figure,
    members: Mapping[str, Key],
    landing: Callable[[float], Landing | None] | None = None,
) -> TargetResult | None:
    """Return the target of some members (key by dimension) and how far `result` came, if there is one.

    `targets` are those that the aim wants; `landing` returns where the month of a target ends.
    """
    if aim.months is None or not targets:
        return None
    found = _value(aim, aim.months, targets, members)
    if found is None:
        return None
    value = float(found.amount)
    better = aim.question.metric.better
    return TargetResult(
        value=value,
        period=aim.months,
        result=result.value,
        attainment=attainment(result.value, value, better),
        reached=reached(result.value, value, better, complete=aim.window.complete),
        summed=found.is_summed,
        is_complete=aim.window.complete,
        landing=landing(value) if landing else None,
        share=_share(aim.months, found.parts),
    )


def _value(aim: Aim, period: Period, targets: TargetIndex, members: Mapping[str, Key]) -> FoundTarget | None:
    """Return the target of a period: of one month, or for additive metrics the sum over its months.

    A rate has a target of several months only if they are the quarter or the year that one was set for. A
    target whose quarter is only implied has no parts.
    """
    start, end = period.bounds()
    is_additive = aim.question.metric.spec.is_additive
    months = [add_months(start, index) for index in range(whole_months(start, end))]
    wanted = {**aim.members, **{name: frozenset({key}) for name, key in members.items()}}
    found = [targets.found(month, wanted, is_additive=is_additive) for month in months]
    known = [entry for entry in found if entry is not None]
    if not months or len(known) < len(months):
        return None
    parts = tuple(part for entry in known for part in entry.parts)
    if any(part.is_implied and not _is_within(part.period, period) for part in parts):
        return None
    if len(months) > 1 and not is_additive:
        is_one = len({part.value for part in parts}) == 1 and len(parts) == len(months)
        return known[0] if is_one and parts[0].period.bounds() == period.bounds() else None
    return FoundTarget(sum(entry.amount for entry in known), any(entry.is_summed for entry in known), parts)


def _share(period: Period, parts: tuple[QuotaPart, ...]) -> TargetShare | None:
    """Return the quarter or year of whose target a period has a part, None if it has whole ones only."""
    partly = [part for part in parts if not _is_within(part.period, period)]
    if not partly:
        return None
    spans = tuple(dict.fromkeys(part.period for part in partly))
    if len(spans) > 1 or not partly[0].is_split:
        return TargetShare(spans)
    days = {part.month: part.days for part in partly}
    whole = sum(part.value for part in partly if part.month == partly[0].month)
    return TargetShare(spans, whole, sum(days.values()), partly[0].of)


def _is_within(inner: Period, outer: Period) -> bool:
    (start, end), (first, last) = inner.bounds(), outer.bounds()
    return first <= start and end <= last
