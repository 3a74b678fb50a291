"""The people far below target for two months: found for those who may hear of them, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.rights import REP, Viewer, scope
from bot.workspace.summaries import questions_of
from kpi_engine import Engine
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.periods import Period
from kpi_engine.domain.posts import SummarySection, SummarySpec
from kpi_engine.domain.query import Member, Query
from kpi_engine.domain.summary import Candidate, SummaryRequest


def shortfalls_of(
    engine: Engine,
    spec: SummarySpec,
    members: Mapping[str, Sequence[Member]],
    now: datetime,
    people: Sequence[Member],
    period: Period,
) -> tuple[Candidate, ...]:
    """Return the shortfalls among some people in the month of a summary, the furthest behind first.

    They are about the summary's first metric whose targets add up over people. Only rows of these people
    are read. Raises KpiError.
    """
    found = _question(engine, spec, members, now)
    if found is None or not people:
        return ()
    section, query = found
    asked = scope(replace(query, period=period), Viewer(people=tuple(people)), engine.catalogue)
    brief = replace(spec, sections=(section,), look_at=())
    made = engine.summary(SummaryRequest(brief, ((asked,),), period, is_private=True), now)
    return tuple(sorted(made.shortfalls, key=lambda entry: entry.effect))


def _question(
    engine: Engine, spec: SummarySpec, members: Mapping[str, Sequence[Member]], now: datetime
) -> tuple[SummarySection, Query] | None:
    """Return the question of a summary about people's results, with its section."""
    for section in spec.sections:
        if section.style != "scores":
            continue
        for line, query in questions_of(engine, spec, section, members, now):
            for name in query.metrics:
                if _adds_up(name, engine.catalogue) and not (query.by or query.per or query.sizes):
                    return replace(section, questions=(line,)), replace(query, metrics=(name,))
    return None


def _adds_up(name: str, catalogue: Catalogue) -> bool:
    metric = catalogue.metrics[name]
    return metric.spec.is_additive and metric.better == "up" and REP in metric.dimensions
