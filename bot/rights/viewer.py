"""What somebody may see, and which names and metrics that leaves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kpi_engine.domain.catalogue import REP as REP  # noqa: PLC0414 - re-exported: rights are given by it
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.query import Member, Query

TEAM = "team"
"""The dimension of teams, by which rights are given, as by REP."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """What one person, or every reader of a channel, may see.

    `people` are the reps whose own figures they see, `teams` the teams whose reps are all among them;
    `are_whole_teams` says that there are no other reps. Of `own_team` they see only the total, beside the
    figures of `own`, the rep that they are. `led` are the reps whose targets they set.
    """

    everything: bool = False
    people: tuple[Member, ...] = ()
    teams: tuple[Member, ...] = ()
    own: Member | None = None
    own_team: Member | None = None
    are_whole_teams: bool = False
    led: tuple[Member, ...] = ()


EVERYTHING, NOTHING = Viewer(everything=True), Viewer()


def visible_people(viewer: Viewer) -> dict[str, tuple[Member, ...]]:
    """Return the reps and teams whose names a viewer sees who doesn't see everything, by dimension."""
    own_team = [viewer.own_team] if viewer.own_team else []
    return {REP: viewer.people, TEAM: tuple(dict.fromkeys((*viewer.teams, *own_team)))}


def visible_members(
    members: Mapping[str, Sequence[Member]], viewer: Viewer
) -> Mapping[str, tuple[Member, ...]]:
    """Return the names that a viewer may type and is offered: all but the reps and teams they don't see."""
    found = {  # a roster is passed on as it is, so that its indexes are built once for everybody
        dimension: names if isinstance(names, tuple) else tuple(names) for dimension, names in members.items()
    }
    if viewer.everything:
        return found
    return found | {
        dimension: names for dimension, names in visible_people(viewer).items() if dimension in found
    }


def visible_metrics(catalogue: Catalogue, viewer: Viewer) -> tuple[str, ...]:
    """Return the metrics that a viewer is offered: those that can be narrowed to what they may see."""

    def is_seen(metric: Metric) -> bool:
        of_teams = viewer.are_whole_teams and narrows_to(TEAM, metric)
        return viewer.everything or (bool(viewer.people) and (of_teams or narrows_to(REP, metric)))

    return tuple(name for name, metric in catalogue.metrics.items() if is_seen(metric))


def narrows_to(dimension: str, metric: Metric) -> bool:
    """Whether a metric can be limited to members of a dimension.

    All its data must have the dimension, and its figure must not be made from the whole company's rows.
    """
    return dimension in metric.dimensions and metric.spec.narrowed() is not None


def hidden_members(query: Query, viewer: Viewer) -> tuple[Member, ...]:
    """Return the reps and teams in a question's filters whose names the viewer doesn't see."""
    seen = visible_people(viewer)
    return tuple(
        member
        for entry in query.filters
        for member in entry.members
        if member.key is not None and member not in seen.get(entry.dimension, (member,))
    )


def sees_only_own(viewer: Viewer) -> bool:
    """Whether a viewer is a rep who sees no other rep."""
    return viewer.own is not None and viewer.people == (viewer.own,)


def may_leave_out(dimension: str, viewer: Viewer) -> bool:
    """Whether a viewer may leave out members of a dimension; a rep who sees no other rep, no people."""
    return dimension not in (REP, TEAM) or viewer.everything or not sees_only_own(viewer)
