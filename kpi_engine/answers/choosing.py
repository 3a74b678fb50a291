"""Which groups of a large dimension a question shows, where the database chooses them.

The best customers of half a million are not found by reading them all. A dimension whose members are all
listed is still read as a whole where a member without rows might be among those shown.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from kpi_engine.answers.order import is_best_first
from kpi_engine.answers.question import Question
from kpi_engine.answers.setting import Setting
from kpi_engine.answers.windows import Windows
from kpi_engine.reading.member_figures import read_chosen
from kpi_engine.reading.members import MEMBER_LIMIT
from kpi_engine.reading.wanted import ChosenOf
from kpi_engine.sql.planner import LARGE


def narrowed(setting: Setting, asked: Windows, now: datetime) -> Windows:
    """Return what a question needs, with only the groups that it shows where the database can choose those.

    Raises DataError and WarehouseError where a database can't answer.
    """
    size = _size(setting, asked.question)
    if size <= LARGE or (size <= MEMBER_LIMIT and not _ranks_above_nothing(asked.question)):
        return asked
    wanted = _wanted(asked)
    found = read_chosen(setting.reader, wanted, now)
    if found is None or (size <= MEMBER_LIMIT and (found.last <= 0 or found.passed < (wanted.count or 0))):
        return asked  # members without rows may be among those shown
    return replace(
        asked,
        main=replace(asked.main, only=found.keys),
        others={
            name: replace(other, main=replace(other.main, only=found.keys), active=())
            for name, other in asked.others.items()
        },
        active=(),
        chosen=found,
    )


def _size(setting: Setting, question: Question) -> int:
    """Return how many members the groups are chosen from; 0 where every group is shown."""
    query = question.query
    if len(query.by) != 1 or not (query.top or query.sizes) or question.window.is_empty:
        return 0
    return setting.reader.sizes(query.by)[query.by[0]]


def _wanted(asked: Windows) -> ChosenOf:
    """Return what the database is to choose."""
    question = asked.question
    query, metric = question.query, question.metric
    best = is_best_first(query, metric)
    most_first = (metric.better != "down") == best
    specs = {name: other.question.metric.spec for name, other in asked.others.items()}
    return ChosenOf(
        metric.spec,
        question.filters,
        question.window,
        query.by[0],
        query.top.count if query.top else None,
        most_first,
        _end(question, best=best) if metric.spec.is_share else None,
        tuple((specs.get(entry.metric, metric.spec), entry) for entry in query.sizes),
    )


def _ranks_above_nothing(question: Question) -> bool:
    """Whether a member without rows can't be among those shown before others with rows."""
    query, metric = question.query, question.metric
    shows_most = query.top is not None and query.top.best and metric.better != "down"
    return shows_most and not query.sizes and metric.spec.is_additive and not metric.spec.can_be_negative


def _end(question: Question, *, best: bool) -> Literal["low", "high"]:
    """Return by which end of its interval a share ranks (see order)."""
    return "low" if (question.metric.better != "down") == best else "high"
