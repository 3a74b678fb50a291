"""Answers as far as a viewer may see them, with a team's totals for its reps.

A rep sees a total of their team only if at least three colleagues contribute to each of its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from bot.rights.scoping import not_narrow, not_theirs, scope, scoped, total_wanted, without_team
from bot.rights.viewer import REP, TEAM, Viewer
from kpi_engine import SERIES_LENGTH, Engine, against_team, canonical
from kpi_engine.domain.answer import Answer, Group
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.figure import Figure
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.periods import Grain, Period, add_months, whole_months
from kpi_engine.domain.query import Baseline, Compare, Filter, Member, Query
from kpi_engine.domain.translatable import said

OTHERS_NEEDED = 3
"""How many colleagues whom the rep doesn't see must contribute to a team's total."""
_NO_COMPARISON = (Compare(Baseline.TARGET),)


def answers_for(engine: Engine, query: Query, viewer: Viewer, now: datetime) -> tuple[Answer, ...]:
    """Return the answers to a question as far as the viewer may see them. Raises KpiError."""
    if any(entry.baseline is Baseline.TEAM for entry in query.compare):
        return _beside_team(engine, query, viewer, now)
    if viewer.everything:
        return engine.answer(scope(query, viewer, engine.catalogue), now)
    total = total_wanted(query, viewer)
    found: tuple[Answer, ...] = ()
    if total != "alone":
        asked = without_team(query) if total else query
        found = engine.answer(scope(asked, viewer, engine.catalogue), now)
    if total:
        try:
            found += _team_total(engine, query, viewer, now)
        except QueryError:
            if not found:
                raise
    return tuple(replace(answer, statements=()) for answer in found)


# a team's total, for one of its reps


def _team_total(engine: Engine, query: Query, viewer: Viewer, now: datetime) -> tuple[Answer, ...]:
    """Return the team's totals, each number of which at least three colleagues contribute to.

    Only whole months of the whole team that are over: any finer cut could be one colleague's, and so
    could the difference of two cuts. Reps whose own figures the viewer sees don't count as colleagues.
    Raises QueryError.
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
    return tuple(_one_total(engine, replace(asked, metrics=(name,)), viewer, now) for name in query.metrics)


def _one_total(engine: Engine, asked: Query, viewer: Viewer, now: datetime) -> Answer:
    metric = engine.catalogue.metrics[asked.metrics[0]]
    period = _over(engine, asked, now)
    if period is None:
        raise _not_over(engine, asked, now)
    compared = [entry.period for entry in asked.compare if entry.period is not None]
    until = _over_until(engine, metric, now)
    if any(_whole_months(other) != 1 or other.bounds()[1] > until for other in compared):
        raise _not_total()
    is_single = _whole_months(period) == 1 and asked.per is None
    asked = replace(asked, period=period, compare=asked.compare if is_single else _NO_COMPARISON)
    split = replace(asked, by=(REP,), per=None if is_single else Grain.MONTH)
    (answer,) = engine.answer(scoped(asked, asked.filters), now)
    (by_rep,) = engine.answer(scoped(split, asked.filters), now)
    seen = {None, *(rep.key for rep in viewer.people)}
    groups = [group for group in by_rep.groups if group.keys[0] not in seen]
    if not all(_is_covered(figures, metric) for figures in _cells(groups, is_single=is_single)):
        raise ForbiddenError(
            said(
                "I show a team's total only if at least {count} of your colleagues contribute to it.",
                count=OTHERS_NEEDED,
            ),
            hint="Ask for your own figures, or for an earlier month.",
        )
    return _shown_total(answer, groups, metric)


def _shown_total(answer: Answer, groups: Sequence[Group], metric: Metric) -> Answer:
    """Return a team's answer without the numbers that too few contribute to; `groups` are the colleagues."""
    comparisons = tuple(
        replace(comparison, figure=_bare(comparison.figure, metric))
        for at, comparison in enumerate(answer.comparisons)
        if _is_covered([group.comparisons[at].figure for group in groups], metric)
    )
    aimed = sum(group.target is not None for group in groups)
    is_shown = answer.target is not None and (not answer.target.summed or aimed >= OTHERS_NEEDED)
    return replace(
        answer,
        figure=_bare(answer.figure, metric),
        comparisons=comparisons,
        target=answer.target if is_shown else None,
        series=tuple(
            replace(point, figure=_bare(point.figure, metric), usual=None) for point in answer.series
        ),
        findings=(),
        anomaly=None,
    )


def _bare(figure: Figure, metric: Metric) -> Figure:
    """Return a figure without its parts; the margin of a score would show who was satisfied."""
    is_score = metric.unit == "score"
    return replace(
        figure,
        numerator=None if is_score else figure.numerator,
        interval=None if is_score else figure.interval,
        parts=None,
    )


# a rep's figure beside their team's


def _beside_team(engine: Engine, query: Query, viewer: Viewer, now: datetime) -> tuple[Answer, ...]:
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
    own = answers_for(engine, replace(query, compare=rest or (Compare(Baseline.NONE),)), viewer, now)
    key = engine.belonging(REP, TEAM).get(rep.key)
    team = next((member for member in engine.members_of(TEAM) if member.key == key), None)
    if team is None or key is None:
        raise QueryError(said("{rep} isn't in a team.", rep=rep.label), hint="Try vs target or vs last year.")
    return tuple(_with_team(engine, answer, query.compare, (rep, team), viewer, now) for answer in own)


def _with_team(
    engine: Engine,
    own: Answer,
    compare: tuple[Compare, ...],
    whose: tuple[Member, Member],
    viewer: Viewer,
    now: datetime,
) -> Answer:
    rep, team = whose
    others = tuple(entry for entry in own.query.filters if entry.dimension != REP)
    of_team = Filter(TEAM, (team,))
    asked = replace(own.query, filters=(*others, of_team), compare=(Compare(Baseline.NONE),))
    if viewer.everything or team in viewer.teams:
        (total,) = engine.answer(scoped(asked, (of_team,)), now)
    elif (rep, team) == (viewer.own, viewer.own_team):
        if _over(engine, asked, now) != own.period:
            raise _not_over(engine, replace(own.query, compare=compare), now)
        (total,) = _team_total(engine, asked, viewer, now)
    else:
        raise not_theirs(TEAM, viewer)
    (by_rep,) = engine.answer(scoped(replace(asked, by=(REP,)), (of_team,)), now)
    compared = against_team(own, total, by_rep, engine.catalogue.metrics[own.metric], team.label)
    statements = (*own.statements, *total.statements, *by_rep.statements) if viewer.everything else ()
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


def _cells(groups: Sequence[Group], *, is_single: bool) -> list[list[Figure]]:
    """Return the colleagues' figures of the whole period and of each month.

    Each month must be covered by itself because it is shown, and so must the whole: in a net amount the
    months may cancel out.
    """
    whole = [group.figure for group in groups]
    if is_single:
        return [whole]
    months = max((len(group.series) for group in groups), default=0)
    return [whole, *([group.series[at].figure for group in groups] for at in range(months))]


def _is_covered(figures: Sequence[Figure], metric: Metric) -> bool:
    """Whether enough colleagues contribute to each number of a figure.

    Of a rate these are its cases, successes and failures: each follows from the other two.
    """
    numbers = [[figure.value or figure.denominator for figure in figures]]
    if any(figure.denominator is not None for figure in figures):
        numbers += [[figure.numerator for figure in figures], [figure.denominator for figure in figures]]
    if metric.spec.is_share:
        numbers.append([(figure.denominator or 0.0) - (figure.numerator or 0.0) for figure in figures])
    return all(sum(map(bool, several)) >= OTHERS_NEEDED for several in numbers)


def _not_total() -> ForbiddenError:
    return ForbiddenError(
        "I can only show your team's totals for whole months, without other filters or splits.",
        hint="Anything finer could reveal one colleague's figures. Try a team total: sales by team "
        "last month.",
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
