"""Questions of any kind answered together: figures in shared statements, pairs each by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from kpi_engine.answers.answer import answer_of, read
from kpi_engine.answers.choosing import narrowed
from kpi_engine.answers.pairs import pairs_answer
from kpi_engine.answers.reach import metric_named
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.windows import Windows, windows
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.query import Query, Scope
from kpi_engine.reading.readings import Readings
from kpi_engine.reading.wanted import Wanted

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


def answered(
    setting: Setting,
    questions: Sequence[Asked],
    now: datetime,
    beside: Callable[[Sequence[Windows]], Sequence[Wanted]] = _nothing,
) -> Together:
    """Answer questions about one metric each, read together.

    `beside` returns what else is read in the same statements, given what the questions need. Raises
    QueryError and ForbiddenError where one can't be asked, DataError and WarehouseError where a database
    can't answer.
    """
    pairs = {
        place: found
        for place, (query, _) in enumerate(questions)
        if (found := metric_named(setting.catalogue, query.metrics[0]).spec.pairs) is not None
    }
    figures = [entry for place, entry in enumerate(questions) if place not in pairs]
    asked = tuple(narrowed(setting, windows(setting, query, scope, now), now) for query, scope in figures)
    readings = read(setting, asked, now, beside(asked))
    others = iter([answer_of(entry, readings) for entry in asked])
    answers = tuple(
        pairs_answer(setting, pairs[place], query, scope, now) if place in pairs else next(others)
        for place, (query, scope) in enumerate(questions)
    )
    return Together(answers, asked, readings)
