"""How far listed targets are: every result read together, as far as their reader may see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from bot.render.target_list import Progress
from bot.rights import Viewer, scope
from kpi_engine import Engine
from kpi_engine.domain.answer import Answer, TargetResult
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.periods import Grain, period_of
from kpi_engine.domain.query import Baseline, Compare, Filter, Key, Member, Query, ScopedQuery

Level = Mapping[str, Key]
Place = tuple[str, frozenset[tuple[str, Key]]]
"""A metric and the level of its target: the key of one member by dimension, none for the company."""


def place_of(metric: str, level: Level) -> Place:
    """Return the place of a target."""
    return metric, frozenset(level.items())


def progress_of(
    engine: Engine,
    wanted: Sequence[tuple[str, Level]],
    month: date,
    members: Mapping[str, Sequence[Member]],
    viewer: Viewer,
    now: datetime,
) -> Mapping[Place, Progress]:
    """Return how far the targets of a month are, by their places; those that the viewer may see.

    `wanted` are metrics and levels. Levels of the same dimensions are one question, and all questions are
    read together. A target without a result yet, or whose costs aren't booked, has no entry. Raises KpiError.
    """
    asked = [
        scoped
        for query in _questions(engine, wanted, month, members)
        if (scoped := _scoped(query, viewer, engine)) is not None
    ]
    if not asked:
        return {}
    found: dict[Place, Progress] = {}
    for (answer,) in engine.answer_all(asked, now):
        if not any(note.code == "provisional_costs" for note in answer.notes):
            found |= {
                place_of(answer.metric, level): Progress(target, answer)
                for level, target in _targets(answer)
                if target.result is not None
            }
    return found


def _questions(
    engine: Engine,
    wanted: Sequence[tuple[str, Level]],
    month: date,
    members: Mapping[str, Sequence[Member]],
) -> Iterable[Query]:
    by_split: dict[tuple[str, tuple[str, ...]], list[Level]] = {}
    for metric, level in wanted:
        if set(level) <= set(engine.catalogue.metrics[metric].dimensions):
            by_split.setdefault((metric, tuple(sorted(level))), []).append(level)
    labels = {name: {member.key: member for member in known} for name, known in members.items()}
    for (metric, split), levels in by_split.items():
        yield Query(
            (metric,),
            period_of(Grain.MONTH, month),
            tuple(
                Filter(name, _members(dict.fromkeys(level[name] for level in levels), labels.get(name, {})))
                for name in split
            ),
            compare=(Compare(Baseline.TARGET),),
            by=split,
        )


def _members(keys: Iterable[Key], known: Mapping[Key, Member]) -> tuple[Member, ...]:
    return tuple(known.get(key) or Member(key, str(key)) for key in keys)


def _scoped(query: Query, viewer: Viewer, engine: Engine) -> ScopedQuery | None:
    """Return a question as its reader may ask it; None where they see the target and not the result."""
    try:
        return scope(query, viewer, engine.catalogue)
    except ForbiddenError:
        return None


def _targets(answer: Answer) -> Iterable[tuple[Level, TargetResult]]:
    """Yield the targets of an answer with their levels."""
    if not answer.by and answer.target:
        yield {}, answer.target
    for group in answer.groups:
        if group.target:
            yield dict(zip(answer.by, group.keys, strict=True)), group.target
