"""Questions of any kind answered together: figures in shared statements, pairs each by itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kpi_engine.answers.answer import answer_of, read
from kpi_engine.answers.choosing import narrowed
from kpi_engine.answers.pairs import pairs_answer
from kpi_engine.answers.reach import metric_named
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.soundness import sound
from kpi_engine.answers.windows import Windows, windows, without_landing
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.query import Query, Scope
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.target_table import TargetsOfRequest
from kpi_engine.reading.wanted import TargetsOf, Wanted

Asked = tuple[Query, Scope]
"""A question about one metric, and the rows that its asker may see."""


@dataclass(frozen=True, slots=True)
class Together:
    """The answers to questions in their order, what the questions about figures needed, and what was read."""

    answers: tuple[Answer, ...]
    asked: tuple[Windows, ...]
    readings: Readings


def _nothing(_: Sequence[Windows]) -> tuple[Wanted, ...]:
    return ()


def _with_targets(
    setting: Setting, planned: Sequence[Windows], more: Sequence[Wanted], now: datetime
) -> list[Windows]:
    """Return what questions need; the history that tells where a month ends only where it has a target.

    The targets among `more` are read in the same statement.
    """
    if not any(entry.aim.course for entry in planned):
        return list(planned)
    of_questions = (want for entry in planned for want in entry.aim.wanted)
    others = (want for want in more if isinstance(want, TargetsOf))
    found = setting.targets.read(tuple(dict.fromkeys((*of_questions, *others))), now)
    return [
        entry if any(found[want] for want in entry.aim.wanted) else without_landing(entry)
        for entry in planned
    ]


def answered(
    setting: Setting,
    questions: Sequence[Asked],
    now: datetime,
    beside: Callable[[Sequence[Windows]], Sequence[Wanted]] = _nothing,
    splits: Collection[str] = (),
    *,
    is_brief: bool = False,
) -> Together:
    """Answer questions about one metric each, read together.

    `beside` returns what else is read in the same statements, given what the questions need, by `splits`.
    With `is_brief` the answers have their figures and comparisons alone.
    Raises QueryError and ForbiddenError where one can't be asked, UnsoundError where the rows would make its
    figure wrong, DataError and WarehouseError where a database can't answer.
    """
    pairs = {
        place: found
        for place, (query, _) in enumerate(questions)
        if (found := metric_named(setting.catalogue, query.metrics[0]).spec.pairs) is not None
    }
    figures = [entry for place, entry in enumerate(questions) if place not in pairs]
    setting = replace(setting, targets=TargetsOfRequest(setting.targets))
    planned = [windows(setting, query, scope, now, is_brief=is_brief) for query, scope in figures]
    planned = sound(setting, planned, now, splits)
    more = beside(planned)
    asked = tuple(narrowed(setting, entry, now) for entry in _with_targets(setting, planned, more, now))
    readings = read(setting, asked, now, more)
    others = iter([answer_of(entry, readings) for entry in asked])
    answers = tuple(
        pairs_answer(setting, pairs[place], query, scope, now) if place in pairs else next(others)
        for place, (query, scope) in enumerate(questions)
    )
    return Together(answers, asked, readings)
