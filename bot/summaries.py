"""Making a summary: from the lines of its file to answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot import access
from kpi_engine.catalogue import Catalogue, SummarySection, SummarySpec
from kpi_engine.engine import Engine
from kpi_engine.errors import Problem, QueryError, UnknownNameError
from kpi_engine.language import NOBODY, parse
from kpi_engine.periods import Grain, Period, last_complete
from kpi_engine.query import Member, ScopedQuery
from kpi_engine.result import Summary


def spec_named(catalogue: Catalogue, name: str) -> SummarySpec:
    """Return a summary by name. Raises UnknownNameError."""
    try:
        return catalogue.summaries[name]
    except KeyError:
        known = tuple(catalogue.summaries)
        raise UnknownNameError(
            f"There is no summary “{name[:40]}”." if name else "Which summary?",
            hint=f"There is {' and '.join(known)}." if known else "No summary is set up.",
            suggestions=tuple(f"summary {entry}" for entry in known),
        ) from None


def summary_of(
    engine: Engine,
    spec: SummarySpec,
    members: Mapping[str, Sequence[Member]],
    now: datetime,
    period: Period | None = None,
) -> Summary:
    """Return a summary as its channel may see it.

    `period` is the week or month that it is about, by default the last complete one at `now`.
    Metrics whose models aren't mapped are left out. Raises KpiError.
    """
    questions = [_questions(engine, spec, section, members, now) for section in spec.sections]
    return engine.summary(spec, questions, period or period_of(spec, engine, now), now)


def period_of(spec: SummarySpec, engine: Engine, now: datetime) -> Period:
    """Return the week or month that a summary made at `now` is about."""
    grain = Grain.WEEK if spec.schedule.every == "week" else Grain.MONTH
    return last_complete(grain, engine.today(now))


def question_problems(
    engine: Engine, members: Mapping[str, Sequence[Member]], now: datetime
) -> tuple[Problem, ...]:
    """Return the summaries' questions that can't be read, each with its file."""
    found = []
    for spec in engine.catalogue.summaries.values():
        try:
            for section in spec.sections:
                _questions(engine, spec, section, members, now)
        except QueryError as wrong:
            found.append(Problem(spec.place.file, spec.place.line, wrong.message, wrong.hint))
    return tuple(found)


def _questions(
    engine: Engine,
    spec: SummarySpec,
    section: SummarySection,
    members: Mapping[str, Sequence[Member]],
    now: datetime,
) -> list[ScopedQuery]:
    found = []
    for line in section.questions:
        if _names(line) & set(engine.catalogue.unmapped):
            continue
        try:
            query = parse(f"{line} {section.period}", engine.catalogue, members, NOBODY, engine.today(now))
        except QueryError as wrong:
            raise QueryError(
                f"The {spec.name} summary asks “{line}”, which can't be read: {wrong.message}",
                hint=f"Correct it in {spec.place.file}.",
            ) from wrong
        found.append(access.channel_scope(query))
    return found


def _names(line: str) -> set[str]:
    return set(line.replace(",", " ").split())
