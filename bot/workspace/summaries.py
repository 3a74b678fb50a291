"""Making a summary: from the questions of its file to answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.rights import Viewer, reader_of, scope
from kpi_engine import COMMANDS, NOBODY, Engine, offered_in, parse
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import (
    DataError,
    ForbiddenError,
    Problem,
    QueryError,
    UnknownNameError,
    UnmappedError,
    UnsoundError,
)
from kpi_engine.domain.periods import Period, last_complete
from kpi_engine.domain.posts import SummarySection, SummarySpec
from kpi_engine.domain.query import Baseline, Member, Query, ScopedQuery
from kpi_engine.domain.summary import SubjectKey, Summary, SummaryRequest, Told
from kpi_engine.domain.titles import Title
from kpi_engine.domain.translatable import both, said

NAME_WORDS: Mapping[str, str] = COMMANDS.summaries
"""What else the weekly and the monthly summary are called, and those names themselves."""


def typed_summary(name: str) -> Title:
    """Return what people may type for a summary."""
    english, dutch = offered_in("en"), offered_in("nl")
    shipped = {
        "weekly": Title(english.weekly, dutch.weekly),
        "monthly": Title(english.monthly, dutch.monthly),
        "my_week": Title(english.my_week, dutch.my_week),
        "team_week": Title(english.team_week, dutch.team_week),
    }
    return shipped.get(name, Title(name, ""))


def spec_named(catalogue: Catalogue, name: str) -> SummarySpec:
    """Return a summary by name. Raises UnknownNameError, which offers those that everybody can ask for."""
    try:
        return catalogue.summaries[name]
    except KeyError:
        known = tuple(catalogue.summaries)
        named = [typed_summary(entry) for entry in known]
        raise UnknownNameError(
            said("There is no summary “{typed}”.", typed=name[:40]) if name else "Which summary?",
            hint=said("Choose from: {names}.", names=both(named)) if known else "No summary is set up.",
            suggestions=tuple(
                f"summary {entry}" for entry, spec in catalogue.summaries.items() if not spec.is_private
            ),
        ) from None


def summary_of(
    engine: Engine,
    spec: SummarySpec,
    members: Mapping[str, Sequence[Member]],
    now: datetime,
    viewer: Viewer,
    *,
    rep: Member | None = None,
    period: Period | None = None,
    told: Mapping[SubjectKey, Told] | None = None,
) -> Summary:
    """Return a summary as a viewer may see it.

    One that is written for a rep or a lead shows that person's own people alone; `rep` is the rep that its
    reader is, by default the viewer's own.
    `period` is its week or month, by default the last complete one at `now`; `told` is what was told in the
    same place before. Questions are left out if
    they name a metric, a split or a column that this database doesn't have, or if the viewer may see nothing
    of them.
    Raises KpiError.
    """
    viewer = reader_of(spec, viewer, rep)
    read = [questions_of(engine, spec, section, members, now) for section in spec.sections]
    kept = [
        {line: found for line, query in queries if (found := _seen(engine, query, viewer))}
        for queries in read
    ]
    questions = [tuple(lines.values()) for lines in kept]
    withheld = [
        line for queries, lines in zip(read, kept, strict=True) for line, _ in queries if line not in lines
    ]
    if withheld and not any(questions):
        raise ForbiddenError(said("Nothing in “{title}” may be shown here.", title=spec.title))
    asked = [line for section in spec.sections for line in section.questions]
    reached = {line for queries in read for line, _ in queries}
    left_out = [line for line in dict.fromkeys(asked) if line not in reached]
    about = period or period_of(spec, engine, now)
    request = SummaryRequest(spec, questions, about, left_out, told or {}, spec.is_private)
    try:
        made = engine.summary(request, now)
    except DataError:
        reasons: dict[str, dict[str, None]] = {}
        answered = [
            {line: found for line, found in lines.items() if _is_answered(engine, line, found, now, reasons)}
            for lines in kept
        ]
        lacking = [
            line for lines, rest in zip(kept, answered, strict=True) for line in lines if line not in rest
        ]
        if not lacking or not any(answered):
            raise
        questions = [tuple(lines.values()) for lines in answered]
        made = engine.summary(replace(request, questions=questions, left_out=[*left_out, *lacking]), now)
        refused = tuple((reason, tuple(lines)) for reason, lines in reasons.items())
        made = replace(made, refused=refused)
    made = replace(made, withheld=tuple(dict.fromkeys(withheld)))
    return made if viewer.everything else without_sql(made)


def visible_queries(
    engine: Engine,
    spec: SummarySpec,
    members: Mapping[str, Sequence[Member]],
    now: datetime,
    viewer: Viewer,
    rep: Member | None = None,
) -> tuple[Query, ...]:
    """Return the questions of a summary that a viewer may see, as in `summary_of`. Raises QueryError."""
    viewer = reader_of(spec, viewer, rep)
    read = (query for part in spec.sections for _, query in questions_of(engine, spec, part, members, now))
    return tuple(found.query for query in read if (found := _seen(engine, query, viewer)))


def without_sql(summary: Summary) -> Summary:
    """Return a summary whose answers don't carry their SQL, which only people who see everything may see."""
    sections = tuple(
        replace(section, answers=tuple(replace(answer, statements=()) for answer in section.answers))
        for section in summary.sections
    )
    return replace(summary, sections=sections)


def require_private(spec: SummarySpec) -> None:
    """Raise ForbiddenError for a summary about one person's or one lead's people where others read it."""
    if spec.is_private:
        raise ForbiddenError(
            said("“{title}” is for one person, so I don't show it in a channel.", title=spec.title),
            hint="Ask me in a direct message or with the slash command; then only you see it.",
        )


def period_of(spec: SummarySpec, engine: Engine, now: datetime) -> Period:
    """Return the last complete day, week, month, quarter or year, which a summary made at `now` is about."""
    return last_complete(spec.schedule.grain, engine.today(now))


def questions_of(
    engine: Engine,
    spec: SummarySpec,
    section: SummarySection,
    members: Mapping[str, Sequence[Member]],
    now: datetime,
) -> list[tuple[str, Query]]:
    """Return the lines of a section that this database can answer, each with its question."""
    found = []
    for line in section.questions:
        try:
            query = parse(f"{line} {section.period}", engine.catalogue, members, NOBODY, engine.today(now))
        except UnmappedError:
            continue
        except QueryError as wrong:
            raise QueryError(
                said(
                    "The {name} summary asks “{line}”, which I don't understand: {reason}",
                    name=spec.name,
                    line=line,
                    reason=wrong.message,
                ),
                hint=said("Correct it in {file}.", file=spec.place.file),
            ) from wrong
        if any(entry.baseline is Baseline.TEAM for entry in query.compare):
            raise QueryError(
                said(
                    "The {name} summary asks “{line}”, but a summary can't compare with a team.",
                    name=spec.name,
                    line=line,
                ),
                hint=said("Correct it in {file}.", file=spec.place.file),
            )
        if _is_reached(query, engine.catalogue):
            found.append((line, query))
    return found


def question_problems(
    engine: Engine, members: Mapping[str, Sequence[Member]], now: datetime
) -> tuple[Problem, ...]:
    """Return a problem for each question of a summary that can't be read."""
    found = []
    for spec in engine.catalogue.summaries.values():
        try:
            for section in spec.sections:
                questions_of(engine, spec, section, members, now)
        except QueryError as wrong:
            found.append(Problem(spec.place.file, spec.place.line, wrong.message, wrong.hint))
    return tuple(found)


def _is_answered(
    engine: Engine, line: str, question: ScopedQuery, now: datetime, reasons: dict[str, dict[str, None]]
) -> bool:
    """Whether the database has the columns of a question, such as when a lead became a customer.

    And whether its rows make the figure right; if not, the line is added to those of its reason.
    """
    try:
        engine.answer(question, now)
    except UnsoundError as wrong:
        reasons.setdefault(wrong.message, {})[line] = None
        return False
    except DataError:
        return False
    return True


def _seen(engine: Engine, query: Query, viewer: Viewer) -> ScopedQuery | None:
    try:
        return scope(query, viewer, engine.catalogue)
    except ForbiddenError:
        return None


def _is_reached(query: Query, catalogue: Catalogue) -> bool:
    """Whether all metrics of a question have its splits and filters."""
    named = {*query.by, *(entry.dimension for entry in query.filters)}
    metrics = (*query.metrics, *(size.metric for size in query.sizes))
    return all(named <= set(catalogue.metrics[name].dimensions) for name in metrics)
