"""The first step of an answer: everything that will be read for a question, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kpi_engine.answers import findings
from kpi_engine.answers.comparisons import Against, comparisons_wanted
from kpi_engine.answers.coverage import spans_wanted
from kpi_engine.answers.landings import has_group_landings
from kpi_engine.answers.noise import Background, background_wanted
from kpi_engine.answers.question import Question, question_of
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.target_progress import Aim, aim_of
from kpi_engine.answers.unusual import history_wanted
from kpi_engine.domain.answer import Note
from kpi_engine.domain.periods import Period, Window, split, window_of
from kpi_engine.domain.query import Baseline, Compare, Query, Scope
from kpi_engine.reading.member_figures import Chosen
from kpi_engine.reading.wanted import ActiveMembersOf, FiguresOf, MembersOf, Wanted

Points = tuple[tuple[Period, Window], ...]


@dataclass(frozen=True, slots=True)
class Windows:
    """What a question about one metric needs.

    `against` are its comparisons, `points` the periods of its series, `history` the earlier periods of
    the usual range, `background` those that tell its noise, `aim` what its target is for. `main` are its
    own figures, `active` the members that are listed without rows. `others` are the questions about other
    metrics by whose sizes its groups are chosen, by metric; `chosen` are the groups that the database chose
    (see choosing), None where every group is read. `doubts` are what the rows say against its figures;
    `is_alone` where they say it against the periods that it is compared with (see soundness).
    """

    question: Question
    against: tuple[Against, ...]
    points: Points
    history: tuple[Window, ...]
    background: Background
    aim: Aim
    main: FiguresOf
    active: tuple[ActiveMembersOf, ...]
    others: Mapping[str, Windows]
    chosen: Chosen | None = None
    doubts: tuple[Note, ...] = ()
    is_alone: bool = False

    @property
    def shown(self) -> tuple[Window, ...]:
        """The windows whose groups are shown; those that tell where a month ends may hold former members."""
        return _shown(self.question, self.against, self.points)

    @property
    def has_group_landings(self) -> bool:
        """Whether it is read where each group's month ends."""
        return _has_group_landings(self.aim)

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """All that has to be read; findings may want a little more when it is known (wanted_then)."""
        return (
            self.main,
            *findings.wanted(self.question),
            *spans_wanted(self.question),
            *(want.members for want in self.active),
            *self.active,
            *self.aim.wanted,
            *(want for other in self.others.values() for want in other.wanted),
        )


def windows(
    setting: Setting, query: Query, scope: Scope, now: datetime, *, is_brief: bool = False
) -> Windows:
    """Return what a question needs; of a brief one without the history and findings beside its figure.

    Raises QueryError and ForbiddenError where it can't be asked.
    """
    question = question_of(setting, query, scope, now, is_brief=is_brief)
    against, points = comparisons_wanted(question), _points(question)
    history, aim = history_wanted(question), aim_of(question)
    background = background_wanted(question, against, history)
    judged = (*history, *background.windows)
    main = _main(question, _shown(question, against, points), judged, aim)
    others = {
        name: windows(setting, _plain(question, name), scope, now)
        for name in dict.fromkeys(size.metric for size in query.sizes)
        if name != question.metric.name
    }
    return Windows(question, against, points, history, background, aim, main, _active(question), others)


def without_landing(asked: Windows) -> Windows:
    """Return what the same question needs where it has no target: a landing isn't told without one."""
    aim = replace(asked.aim, course=None)
    return replace(
        asked,
        aim=aim,
        main=_main(asked.question, asked.shown, (*asked.history, *asked.background.windows), aim),
    )


def _main(question: Question, shown: Sequence[Window], history: Sequence[Window], aim: Aim) -> FiguresOf:
    by, course = question.query.by, aim.course
    return FiguresOf(
        question.metric.spec,
        question.filters,
        _distinct([*shown, *history, aim.window, *(course.windows if course else ())]),
        by,
        _distinct([*shown, *_of_groups(aim)]) if by else (),
    )


def _shown(question: Question, against: Sequence[Against], points: Points) -> tuple[Window, ...]:
    every = (question.window, *(entry.window for entry in against), *(window for _, window in points))
    return _distinct(every)


def _of_groups(aim: Aim) -> tuple[Window, ...]:
    """Return the windows that tell where each group's month ends."""
    return aim.course.group_windows if aim.course and _has_group_landings(aim) else ()


def _has_group_landings(aim: Aim) -> bool:
    return aim.course is not None and aim.is_for_groups and has_group_landings(aim.question)


def _points(question: Question) -> Points:
    if question.query.per is None or question.period.is_all_time:
        return ()
    pieces = split(question.period, question.query.per)
    return tuple((piece, window_of(piece, question.today)) for piece in pieces)


def _active(question: Question) -> tuple[ActiveMembersOf, ...]:
    """Return the members that are listed even where they have no rows: of a single dimension."""
    if len(question.query.by) != 1:
        return ()
    (dimension,) = question.query.by
    named = [entry for entry in question.scope.named if entry.dimension == dimension]
    members = MembersOf(dimension, question.metric)
    return (ActiveMembersOf(members, (*question.filters, *named), question.window),)


def _plain(question: Question, metric: str) -> Query:
    """Return the question for another metric's figures of the same groups, period and filters."""
    query, none = question.query, Compare(Baseline.NONE)
    return Query((metric,), question.period, query.filters, compare=(none,), by=query.by)


def _distinct(every: Sequence[Window]) -> tuple[Window, ...]:
    return tuple(dict.fromkeys(every))
