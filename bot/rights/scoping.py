"""Questions narrowed to what their viewer may see: the only place that makes a ScopedQuery.

A question is narrowed by its own filters, so that the answer says whose figures it shows. If that can't be
done, the question is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from bot.rights.viewer import REP, TEAM, Viewer, narrows_to, sees_only_own, visible_people
from kpi_engine import canonical
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.query import Filter, Flag, Query, Scope, ScopedQuery
from kpi_engine.domain.translatable import said

_OFFERED = 3
"""Names or lines that a refusal lists."""


def scoped(query: Query, filters: tuple[Filter, ...] = (), named: tuple[Filter, ...] = ()) -> ScopedQuery:
    """Return a question with its scope; the callers in this package decide what the scope is."""
    return ScopedQuery(query, Scope(filters, named))


def scope(query: Query, viewer: Viewer, catalogue: Catalogue) -> ScopedQuery:
    """Narrow a question to what the viewer may see. Raises ForbiddenError if that can't be done."""
    if viewer.everything:
        return scoped(query)
    if not viewer.people:
        raise ForbiddenError(
            "You don't have access to anyone's figures yet.",
            hint="The person who runs this bot can correct access.yaml; kpi-bot check says what is wrong.",
        )
    if "sql" in query.flags:
        raise ForbiddenError("Only an admin can see the SQL.", hint="Ask without it.")
    for entry in query.filters:
        _refuse_hidden(entry, query, viewer)
    narrowing = _narrowing(query, viewer, catalogue)
    filters = query.filters if narrowing in query.filters else (*query.filters, narrowing)
    named = tuple(Filter(dimension, members) for dimension, members in visible_people(viewer).items())
    return scoped(replace(query, filters=filters), (narrowing,), named)


def without_flags(asked: ScopedQuery, flags: frozenset[Flag]) -> ScopedQuery:
    """Return the same without some flags, which say in what form an answer is wanted."""
    query = replace(asked.query, flags=asked.query.flags - flags)
    return scoped(query, asked.scope.filters, asked.scope.named)


def require_visible(query: Query, viewer: Viewer, catalogue: Catalogue) -> None:
    """Raise ForbiddenError if the viewer may see nothing of a question, whatever the figures are.

    Whether a team's total may be shown depends on the figures; that is decided with each answer.
    """
    total = "" if viewer.everything else total_wanted(query, viewer)
    if total != "alone":
        scope(without_team(query) if total else query, viewer, catalogue)


def _refuse_hidden(entry: Filter, query: Query, viewer: Viewer) -> None:
    """Raise ForbiddenError for a filter on people whom the viewer doesn't see."""
    if entry.dimension not in (REP, TEAM):
        return
    seen = viewer.people if entry.dimension == REP else viewer.teams
    if entry.exclude:
        if sees_only_own(viewer):
            raise ForbiddenError(
                "Leaving people out would reveal someone else's figures.", hint="Ask for your own figures."
            )
        return
    is_of_own = entry.dimension == TEAM and any(
        other.dimension == REP and not other.exclude for other in query.filters
    )
    if not is_of_own and not all(member in seen for member in entry.members):
        raise not_theirs(entry.dimension, viewer)


def not_theirs(dimension: str, viewer: Viewer) -> ForbiddenError:
    """Return the refusal of figures of another rep or team, with what the viewer can ask instead."""
    return ForbiddenError(
        "You don't have access to that rep's figures."
        if dimension == REP
        else "You don't have access to that team's figures.",
        hint=_seen_words(viewer),
    )


def _seen_words(viewer: Viewer) -> str:
    if sees_only_own(viewer):
        if viewer.own_team:
            return said("You can ask for your own figures and your team's totals.")
        return said("You can ask for your own figures.")
    names = [*(team.label for team in viewer.teams)] or [rep.label for rep in viewer.people]
    shown = tuple(names[:_OFFERED])
    if len(names) > _OFFERED:
        return said("You can ask for {names} and others.", names=shown)
    return said("You can ask for {names}.", names=shown)


def _narrowing(query: Query, viewer: Viewer, catalogue: Catalogue) -> Filter:
    """Return the filter that narrows a question to the viewer's people: the question's own if it has one.

    It must not be wider than the question's own filter, which says whose targets are compared with.
    """
    metrics = [catalogue.metrics[name] for name in (*query.metrics, *(size.metric for size in query.sizes))]
    if any(metric.spec.narrowed() is None for metric in metrics):
        raise not_narrow(query, metrics, catalogue)
    for dimension in (REP, TEAM):
        own = [entry for entry in query.filters if entry.dimension == dimension and not entry.exclude]
        if own:
            return own[0]
    if viewer.are_whole_teams and all(TEAM in metric.dimensions for metric in metrics):
        return Filter(TEAM, viewer.teams)
    if all(REP in metric.dimensions for metric in metrics):
        return Filter(REP, viewer.people)
    raise not_narrow(query, metrics, catalogue)


def not_narrow(query: Query, metrics: Sequence[Metric], catalogue: Catalogue) -> ForbiddenError:
    """Return the refusal of metrics that can't be limited to some reps, with what can be asked instead."""
    narrow = {name for name, metric in catalogue.metrics.items() if narrows_to(REP, metric)}
    wide = next((metric for metric in metrics if metric.name not in narrow), metrics[0])
    rest = tuple(name for name in query.metrics if name in narrow)
    sizes = tuple(size for size in query.sizes if size.metric in narrow)
    others = [name for name in catalogue.metrics if name in narrow][:_OFFERED]
    lines = (
        [replace(query, metrics=rest, sizes=sizes)]
        if rest
        else [Query((name,), query.period) for name in others]
    )
    is_shared = wide.spec.narrowed() is None
    return ForbiddenError(
        said(
            "{metric} is made from the whole company's figures, so only people who see everything can see"
            " it.",
            metric=wide.title,
        )
        if is_shared
        else said(
            "{metric} can't be split by rep, so I can't limit it to what you have access to. Only people who "
            "see everything can see it.",
            metric=wide.title,
        ),
        hint="Ask for this instead:" if lines else "Ask one of them.",
        suggestions=tuple(canonical(line) for line in lines),
    )


def total_wanted(query: Query, viewer: Viewer) -> Literal["", "beside", "alone"]:
    """Return whether a rep asks for the team's total: alone, beside their own figure, or not at all ("")."""
    if viewer.own_team is None:
        return ""
    named = [entry for entry in query.filters if entry.dimension in (REP, TEAM)]
    if any(entry.exclude or entry.members != (viewer.own_team,) for entry in named):
        return ""
    if REP in query.by:
        return "beside"
    return "alone" if named or (TEAM in query.by and not viewer.teams) else ""


def without_team(query: Query) -> Query:
    """Return a rep's question without the team: about the rep alone."""
    return replace(
        query,
        filters=tuple(entry for entry in query.filters if entry.dimension != TEAM),
        by=tuple(name for name in query.by if name != TEAM),
    )
