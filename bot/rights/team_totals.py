"""Answers as far as a viewer may see them, with a team's totals for its reps.

A rep sees a month's total of their team as it was first shown, and only if it hides each colleague.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.rights.first_showing import TeamQuestion, shown_months
from bot.rights.scoping import not_narrow, not_theirs, scope, scoped, total_wanted, without_team
from bot.rights.viewer import REP, TEAM, Viewer
from kpi_engine import SERIES_LENGTH, Engine, against_team, canonical, kept_answer
from kpi_engine.domain.answer import Answer
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.models import Model
from kpi_engine.domain.periods import Grain, Period, add_months, whole_months
from kpi_engine.domain.query import Baseline, Compare, Filter, Member, Query
from kpi_engine.domain.team_totals import MONTHS_KEPT, KeptTotals
from kpi_engine.domain.translatable import said

_NO_COMPARISON = (Compare(Baseline.TARGET),)


@dataclass(frozen=True, slots=True)
class _Total:
    """A team's answer, and how many members stand behind it."""

    answer: Answer
    members: int


def answers_for(
    engine: Engine, query: Query, viewer: Viewer, kept: KeptTotals, now: datetime
) -> tuple[Answer, ...]:
    """Return the answers to a question as far as the viewer may see them; `kept` are the team totals shown.

    Raises KpiError.
    """
    if any(entry.baseline is Baseline.TEAM for entry in query.compare):
        return _beside_team(engine, query, viewer, kept, now)
    if viewer.everything:
        return engine.answer(scope(query, viewer, engine.catalogue), now)
    total = total_wanted(query, viewer)
    found: tuple[Answer, ...] = ()
    if total != "alone":
        asked = without_team(query) if total else query
        found = engine.answer(scope(asked, viewer, engine.catalogue), now)
    if total:
        try:
            found += tuple(total.answer for total in _team_total(engine, query, viewer, kept, now))
        except QueryError:
            if not found:
                raise
    return tuple(replace(answer, statements=()) for answer in found)


# a team's total, for one of its reps


def _team_total(
    engine: Engine, query: Query, viewer: Viewer, kept: KeptTotals, now: datetime
) -> tuple[_Total, ...]:
    """Return the team's totals as they were first shown.

    Only whole months of the whole team that are over: any finer cut could be one colleague's, and so
    could the difference of two cuts. Raises QueryError.
    """
    if viewer.own_team is None or "sql" in query.flags:
        raise _not_total()
    others = [entry for entry in query.filters if entry.dimension != TEAM]
    splits = [name for name in query.by if name not in (REP, TEAM)]
    is_chosen = query.sizes and REP not in query.by
    if others or splits or is_chosen or query.per not in (None, Grain.MONTH):
        raise _not_total()
    metrics = [engine.catalogue.metrics[name] for name in query.metrics]
    if not all(REP in metric.dimensions and TEAM in metric.dimensions for metric in metrics):
        raise not_narrow(query, metrics, engine.catalogue)
    team = Filter(TEAM, (viewer.own_team,))
    asked = replace(query, filters=(team,), sizes=(), by=(), top=None)
    return tuple(
        _one_total(
            replace(asked, metrics=(metric.name,)),
            TeamQuestion(engine, metric, viewer.own_team, viewer, kept, now),
        )
        for metric in metrics
    )


def _one_total(asked: Query, of_team: TeamQuestion) -> _Total:
    engine, metric, now = of_team.engine, of_team.metric, of_team.now
    models = engine.catalogue.models
    if metric.spec.lists_groups or _is_of_one_row(metric, models):
        raise _not_total()
    period = _over(engine, asked, now)
    if period is None:
        raise _not_over(engine, asked, now)
    until = _over_until(engine, metric, now)
    oldest = add_months(until, -MONTHS_KEPT)
    compared = [entry.period for entry in asked.compare if entry.period is not None]
    if any(_whole_months(other) != 1 or other.bounds()[1] > until for other in compared):
        raise _not_total()
    if period.bounds()[0] < oldest:
        raise _too_old()
    months = [add_months(period.bounds()[0], at) for at in range(_whole_months(period))]
    if len(months) > 1 and metric.spec.joined((), models) is None:
        raise _one_month(metric)
    is_single = len(months) == 1 and asked.per is None
    asked = replace(asked, period=period, compare=asked.compare if is_single else _NO_COMPARISON)
    (answer,) = engine.answer(scoped(asked, asked.filters), now)
    beside = [entry.period.bounds()[0] for entry in answer.comparisons if _whole_months(entry.period) == 1]
    shown = shown_months(of_team, months, [month for month in beside if oldest <= month < until])
    found = kept_answer(answer, metric, shown, models)
    if found is None:
        raise _one_month(metric)
    members = {member for month in months for member in shown[month].contributors}
    return _Total(found, len(members))


def _is_of_one_row(metric: Metric, models: Mapping[str, Model]) -> bool:
    """Return whether a figure is that of a single row, such as the largest order."""
    return any(
        models[ref.model].measures[ref.measure].agg in ("min", "max") for ref in metric.spec.measures()
    )


# a rep's figure beside their team's


def _beside_team(
    engine: Engine, query: Query, viewer: Viewer, kept: KeptTotals, now: datetime
) -> tuple[Answer, ...]:
    """Return a rep's answers, each compared with the same of their team. Raises QueryError."""
    metrics = [engine.catalogue.metrics[name] for name in query.metrics]
    wide = [metric for metric in metrics if not {REP, TEAM} <= set(metric.dimensions)]
    if TEAM not in engine.catalogue.dimensions or wide:
        told = (
            said("{what} can't be split by team.", what=wide[0].title)
            if wide
            else said("This database has no teams.")
        )
        raise QueryError(told, hint="Try vs target or vs last year.")
    named = [entry for entry in query.filters if entry.dimension in (REP, TEAM)]
    is_one = (
        len(named) == 1 and named[0].dimension == REP and len(named[0].members) == 1 and not named[0].exclude
    )
    if not is_one or query.by or query.per or query.top:
        one = replace(query, by=(), per=None, top=None, sizes=())
        raise QueryError(
            "“vs team” needs one metric and one rep.",
            hint="Name one rep and leave out splits.",
            suggestions=(canonical(one),) if is_one else (),
        )
    rep = named[0].members[0]
    rest = tuple(entry for entry in query.compare if entry.baseline is not Baseline.TEAM)
    own = answers_for(engine, replace(query, compare=rest or (Compare(Baseline.NONE),)), viewer, kept, now)
    key = engine.belonging(REP, TEAM).get(rep.key)
    team = next((member for member in engine.members_of(TEAM) if member.key == key), None)
    if team is None or key is None:
        raise QueryError(said("{rep} isn't in a team.", rep=rep.label), hint="Try vs target or vs last year.")
    return tuple(_with_team(engine, answer, query.compare, (rep, team), viewer, kept, now) for answer in own)


def _with_team(
    engine: Engine,
    own: Answer,
    compare: tuple[Compare, ...],
    whose: tuple[Member, Member],
    viewer: Viewer,
    kept: KeptTotals,
    now: datetime,
) -> Answer:
    rep, team = whose
    others = tuple(entry for entry in own.query.filters if entry.dimension != REP)
    of_team = Filter(TEAM, (team,))
    asked = replace(own.query, filters=(*others, of_team), compare=(Compare(Baseline.NONE),))
    if viewer.everything or team in viewer.teams:
        (answer,) = engine.answer(scoped(asked, (of_team,)), now)
        (by_rep,) = engine.answer(scoped(replace(asked, by=(REP,)), (of_team,)), now)
        total = _Total(answer, sum(group.keys[0] is not None for group in by_rep.groups))
        statements = (*own.statements, *answer.statements, *by_rep.statements) if viewer.everything else ()
    elif (rep, team) == (viewer.own, viewer.own_team):
        if _over(engine, asked, now) != own.period:
            raise _not_over(engine, replace(own.query, compare=compare), now)
        (total,) = _team_total(engine, asked, viewer, kept, now)
        statements = ()
    else:
        raise not_theirs(TEAM, viewer)
    metric = engine.catalogue.metrics[own.metric]
    compared = against_team(own, total.answer, total.members, metric, team.label)
    return replace(
        own,
        query=replace(own.query, compare=compare),
        comparisons=(compared, *own.comparisons),
        statements=statements,
    )


def _over(engine: Engine, asked: Query, now: datetime) -> Period | None:
    """Return the months of a team's question that are over; None if there is none. Raises ForbiddenError.

    Asking for the current month on two days would show what the team added in between; the same goes for a
    month whose entries still mature.
    """
    metric = engine.catalogue.metrics[asked.metrics[0]]
    period = asked.period or metric.spec.default_period(
        engine.today(now), Grain.MONTH, 1 if asked.per is None else SERIES_LENGTH
    )
    until = _over_until(engine, metric, now)
    if period.is_all_time:
        raise _not_total()
    start, end = period.bounds()
    if start >= until:
        return None
    over = period if end <= until else Period(start, until, Grain.MONTH)
    if not _whole_months(over):
        raise _not_total()
    return over


def _over_until(engine: Engine, metric: Metric, now: datetime) -> date:
    """Return the end of the newest month whose figure of a metric is final."""
    return metric.spec.default_period(engine.today(now), Grain.MONTH, SERIES_LENGTH).bounds()[1]


def _whole_months(period: Period) -> int:
    return 0 if period.is_all_time else whole_months(*period.bounds())


def _not_total() -> ForbiddenError:
    return ForbiddenError(
        "I can only show your team's totals for whole months, without other filters or splits.",
        hint="Anything finer could reveal one colleague's figures. Try a team total: sales by team "
        "last month.",
    )


def _too_old() -> ForbiddenError:
    return ForbiddenError(
        said("I show your team's totals of the last {count} months.", count=MONTHS_KEPT),
        hint="Ask for a later month, or for your own figures.",
    )


def _one_month(metric: Metric) -> ForbiddenError:
    return ForbiddenError(
        said("I can show your team's {metric} only for one month at a time.", metric=metric.title),
        hint="Ask for one month, for example last month.",
    )


def _not_over(engine: Engine, query: Query, now: datetime) -> ForbiddenError:
    """Return the refusal of the current month, with the newest month that is over."""
    until = _over_until(engine, engine.catalogue.metrics[query.metrics[0]], now)
    newest = Period(add_months(until, -1), until, Grain.MONTH)
    return ForbiddenError(
        "I can only show your team's totals for months that are over.",
        hint="What a team adds from one day to the next could reveal one colleague's figures. Ask for "
        "this instead:",
        suggestions=(canonical(replace(query, period=newest, per=None)),),
    )
