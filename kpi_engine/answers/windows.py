"""The first step of an answer: everything that will be read for a question, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kpi_engine.answers import findings
from kpi_engine.answers.comparisons import Against, comparisons_wanted
from kpi_engine.answers.coverage import spans_wanted
from kpi_engine.answers.question import Question, question_of
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.target_progress import Aim, aim_of
from kpi_engine.answers.unusual import history_wanted
from kpi_engine.domain.periods import Period, Window, split, window_of
from kpi_engine.domain.query import Baseline, Compare, Query, Scope
from kpi_engine.reading.wanted import ActiveMembersOf, FiguresOf, MembersOf, Wanted

Points = tuple[tuple[Period, Window], ...]


@dataclass(frozen=True, slots=True)
class Windows:
    """What a question about one metric needs.

    `against` are its comparisons, `points` the periods of its series, `history` the earlier periods of
    the usual range, `aim` what its target is for. `main` are its own figures, `labels` and `active` the
    names of its groups and the members that are listed without rows. `others` are the questions about
    other metrics by whose sizes its groups are chosen, by metric.
    """

    question: Question
    against: tuple[Against, ...]
    points: Points
    history: tuple[Window, ...]
    aim: Aim
    main: FiguresOf
    labels: tuple[MembersOf, ...]
    active: tuple[ActiveMembersOf, ...]
    others: Mapping[str, Windows]

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """All that has to be read; findings may want a little more when it is known (wanted_then)."""
        return (
            self.main,
            *findings.wanted(self.question),
            *spans_wanted(self.question),
            *self.labels,
            *self.active,
            *self.aim.wanted,
            *(want for other in self.others.values() for want in other.wanted),
        )


def windows(setting: Setting, query: Query, scope: Scope, now: datetime) -> Windows:
    """Return what a question needs.

    Raises QueryError and ForbiddenError where it can't be asked.
    """
    question = question_of(setting, query, scope, now)
    against, points = comparisons_wanted(question), _points(question)
    history, aim = history_wanted(question), aim_of(question)
    shown = (question.window, *(entry.window for entry in against), *(window for _, window in points))
    main = FiguresOf(
        question.metric.spec,
        question.filters,
        _distinct([*shown, *history, aim.window]),
        query.by,
        _distinct(shown) if query.by else (),
    )
    others = {
        name: windows(setting, _plain(question, name), scope, now)
        for name in dict.fromkeys(size.metric for size in query.sizes)
        if name != question.metric.name
    }
    labels = tuple(MembersOf(dimension, question.metric) for dimension in query.by)
    return Windows(question, against, points, history, aim, main, labels, _active(question, labels), others)


def _points(question: Question) -> Points:
    if question.query.per is None or question.period.is_all_time:
        return ()
    pieces = split(question.period, question.query.per)
    return tuple((piece, window_of(piece, question.today)) for piece in pieces)


def _active(question: Question, labels: Sequence[MembersOf]) -> tuple[ActiveMembersOf, ...]:
    """Return the members that are listed even where they have no rows: of a single dimension."""
    if len(labels) != 1:
        return ()
    named = [entry for entry in question.scope.named if entry.dimension == labels[0].dimension]
    return (ActiveMembersOf(labels[0], (*question.filters, *named), question.window),)


def _plain(question: Question, metric: str) -> Query:
    """Return the question for another metric's figures of the same groups, period and filters."""
    query, none = question.query, Compare(Baseline.NONE)
    return Query((metric,), question.period, query.filters, compare=(none,), by=query.by)


def _distinct(every: Sequence[Window]) -> tuple[Window, ...]:
    return tuple(dict.fromkeys(every))
