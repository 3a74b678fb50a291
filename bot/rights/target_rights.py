"""Whose targets somebody may see and set."""

from __future__ import annotations

from collections.abc import Mapping

from bot.rights.viewer import REP, TEAM, Viewer
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.query import Key


def may_see_target(level: Mapping[str, Key], viewer: Viewer) -> bool:
    """Whether a viewer may see the target at a level: one member's key by dimension, none for the company."""
    if viewer.everything:
        return True
    own_team = [viewer.own_team] if viewer.own_team else []
    if REP in level:
        return level[REP] in {rep.key for rep in viewer.people}
    return TEAM in level and level[TEAM] in {team.key for team in (*viewer.teams, *own_team)}


def require_may_set_target(level: Mapping[str, Key], viewer: Viewer) -> None:
    """Raise ForbiddenError if a viewer may not set the target at a level.

    Admins may set every target, leads those of their teams and reps. Leads set their own only as a member
    of a team that they lead.
    """
    if viewer.everything:
        return
    if not (viewer.led or viewer.teams):
        raise ForbiddenError("Only leads and admins can set targets.", hint="Ask your lead.")
    members = viewer.led if REP in level else viewer.teams
    if level.get(REP, level.get(TEAM)) not in {member.key for member in members}:
        raise ForbiddenError(
            "You can only set targets for your own people.", hint="Name one of them, for example rep:anna."
        )
