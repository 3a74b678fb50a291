"""Where a running month's figure is expected to end: which days are read for it, and what they tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kpi_engine.analysis.pace import PastMonth, RunningMonth, forecast, seasons
from kpi_engine.answers.coverage import Coverage
from kpi_engine.answers.question import Question
from kpi_engine.domain.answer import Landing
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.periods import (
    ONE_DAY,
    Grain,
    IsWorkingDay,
    Period,
    Window,
    like_for_like,
    period_of,
    shift,
    whole_months,
    working_days,
)

HISTORY, OF_GROUPS = 36, 12
"""How many earlier months the end of a total is told from, and that of a group."""
_RECENT = 10
"""So many of the last working days are shown beside what is needed."""
_USUAL_LEVELS = frozenset({"rep", "team", "region"})
"""Dimensions whose members have targets, whatever the company's own table holds."""

Read = Callable[[Window], Figure]
"""The figure of a window, of the total or of one group."""


@dataclass(frozen=True, slots=True)
class CutMonth:
    """An earlier month, cut after as many working days as the running one."""

    period: Period
    first: Window
    rest: Window


@dataclass(frozen=True, slots=True)
class Course:
    """The windows from which the end of a running month is told.

    `to_date` are its days so far, `left` those that remain. `recent` holds the last ten working days. `past`
    are the months before it, oldest first. `is_working_day` is true of every day where there is no calendar.
    """

    question: Question
    period: Period
    to_date: Window
    left: Window
    recent: Window
    past: tuple[CutMonth, ...]
    is_working_day: IsWorkingDay

    @property
    def windows(self) -> tuple[Window, ...]:
        """The windows that are read of the total."""
        return (self.to_date, self.recent, *_parts(self.past))

    @property
    def group_windows(self) -> tuple[Window, ...]:
        """The windows that are read of each group: fewer months, since the season is the total's."""
        return (self.to_date, self.recent, *_parts(self.past[-OF_GROUPS:]))


def _parts(past: tuple[CutMonth, ...]) -> tuple[Window, ...]:
    return tuple(part for month in past for part in (month.first, month.rest) if not part.is_empty)


def course_of(question: Question, months: Period, to_date: Window) -> Course | None:
    """Return what tells where a target's month ends; None unless it is a running month of a sum.

    `to_date` are its days so far.
    """
    start, end = months.bounds()
    if question.is_brief or not question.metric.spec.is_additive or to_date.complete or to_date.is_empty:
        return None
    if whole_months(start, end) != 1 or to_date.end is None or to_date.end > question.today:
        return None
    is_working_day = question.is_working_day or _is_any_day
    return Course(
        question,
        months,
        to_date,
        Window(to_date.end, end),
        _recent(to_date, is_working_day),
        tuple(_cut(period, to_date, question.is_working_day) for period in _before(months)),
        is_working_day,
    )


def has_group_landings(question: Question) -> bool:
    """Whether the groups of a question may have targets: reps do, thousands of customers don't."""
    by = question.query.by
    return len(by) == 1 and by[0] in _USUAL_LEVELS | _levels(question.catalogue)


def _levels(catalogue: Catalogue) -> set[str]:
    return {name for model in catalogue.models.values() if model.targets for name in model.dimensions}


def _is_any_day(_: object) -> bool:
    return True


def _before(month: Period) -> list[Period]:
    start, _ = month.bounds()
    return [period_of(Grain.MONTH, shift(Grain.MONTH, start, -back)) for back in range(HISTORY, 0, -1)]


def _cut(period: Period, running: Window, calendar: IsWorkingDay | None) -> CutMonth:
    first = like_for_like(period, running, calendar)
    return CutMonth(period, Window(first.start, first.end), Window(first.end, period.end))


def _recent(to_date: Window, is_working_day: IsWorkingDay) -> Window:
    """Return the days of the last ten working days of a month so far, those of the month before included."""
    if to_date.end is None:
        raise ValueError("a running month has an end")
    day, found = to_date.end, 0
    while found < _RECENT:
        day -= ONE_DAY
        found += is_working_day(day)
    return Window(day, to_date.end)


@dataclass(frozen=True, slots=True)
class Landings:
    """Tells landings of a course out of what was read; `season` is the total's, None for the total itself."""

    course: Course
    coverage: Coverage
    season: Mapping[int, float] | None = None

    def of(self, read: Read, target: float) -> Landing | None:
        """Return where the month of a target ends; None where nothing tells it or costs may be missing."""
        course = self.course
        to_date = read(course.to_date).value
        if to_date is None or self.coverage.has_costs:
            return None
        metric, (start, _) = course.question.metric, course.period.bounds()
        done, left = self._days(course.to_date), self._days(course.left)
        now = RunningMonth(start.month, to_date, done, left)
        is_count = metric.unit == "count"
        found = forecast(now, self._past(read), is_count=is_count, season=self.season)
        if found is None:
            return None
        return Landing(
            expected=found.expected,
            low=found.low,
            high=found.high,
            chance=found.chance(target, metric.better),
            days_done=done,
            days=working_days(Window(*course.period.bounds()), course.is_working_day),
            needed=max(0.0, (target - to_date) / left) if left else None,
            recent=self._recent(read),
            is_plain=found.is_plain,
            days_missing=working_days(course.to_date, course.is_working_day) - done,
        )

    def for_groups(self, read: Read) -> Landings:
        """Return what tells the landings of groups; `read` gives the total's figures."""
        return Landings(self.course, self.coverage, seasons(self._past(read)))

    def _past(self, read: Read) -> list[PastMonth]:
        """Return the earlier months that the data covers."""
        past = self.course.past if self.season is None else self.course.past[-OF_GROUPS:]
        covered = (month for month in past if not self.coverage.begins_after(Window(*month.period.bounds())))
        return [
            PastMonth(
                month.period.bounds()[0].month,
                read(month.first).value or 0.0,
                self._days(month.first),
                read(month.rest).value or 0.0,
                self._days(month.rest),
            )
            for month in covered
        ]

    def _recent(self, read: Read) -> float | None:
        value, days = read(self.course.recent).value, self._days(self.course.recent)
        return value / days if value is not None and days else None

    def _days(self, window: Window) -> int:
        """Return how many working days of a window have data, or will."""
        if window.is_empty:
            return 0
        missing = sum(map(self.course.is_working_day, self.coverage.missing_in(window)))
        return working_days(window, self.course.is_working_day) - missing
