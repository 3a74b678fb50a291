"""What the readers of a channel may see, and what is not shown to several readers at once."""

from __future__ import annotations

from bot.rights.roles import Roles, Staff, viewer_of_people
from bot.rights.viewer import EVERYTHING, NOTHING, TEAM, Viewer
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.query import Member, Query, ScopedQuery


def channel_viewer(channel: str, roles: Roles, staff: Staff, *, is_shared: bool = False) -> Viewer:
    """Return what every reader of a channel may see.

    `is_shared`: Slack says that the channel is shared with another organisation; its readers see nothing
    unless access.yaml lists it.
    """
    people = roles.listed.channels.get(channel)
    if people is None:
        return EVERYTHING if roles.default == "admin" and not is_shared else NOTHING
    return EVERYTHING if people.everything else viewer_of_people(people, staff, None)


def posting_viewer(channel: str, roles: Roles, staff: Staff) -> Viewer:
    """Return what a summary shows in a channel of its own file: everything, unless access.yaml lists it."""
    return channel_viewer(channel, roles, staff) if channel in roles.listed.channels else EVERYTHING


def narrower(asker: Viewer, channel: Viewer) -> Viewer:
    """Return what both an asker and a channel's readers may see. Raises ForbiddenError if that is nothing."""
    if asker.everything or channel.everything:
        found = channel if asker.everything else asker
    else:
        people = tuple(rep for rep in asker.people if rep in channel.people)
        teams = tuple(team for team in asker.teams if team in channel.teams)
        own_team = asker.own_team if asker.own_team in channel.teams else None
        own = asker.own if asker.own in people else None
        is_whole = asker.are_whole_teams and channel.are_whole_teams and bool(teams)
        led = tuple(rep for rep in asker.led if rep in people)
        found = Viewer(
            people=people, teams=teams, own=own, own_team=own_team, are_whole_teams=is_whole, led=led
        )
    if not (found.everything or found.people):
        raise ForbiddenError(
            "I can't show that in this channel, where others can read it.",
            hint="Ask me in a direct message or with the slash command; then only you see it.",
        )
    return found


def private_splits(query: Query, catalogue: Catalogue, staff: Staff) -> frozenset[str]:
    """Return the dimensions by which a change isn't split in public, because a group could be one person.

    These are: people; everything that people belong to, if the question names or leaves out some of them;
    and teams, if one of the teams asked about has a single member.
    """
    people = catalogue.people
    found = set(people)
    if any(entry.dimension in people for entry in query.filters):
        found |= {
            name
            for model in catalogue.models.values()
            if people & model.members.keys()
            for name in model.dimensions
        }
    if any(len(staff.of_team(team)) == 1 for team in _teams_asked(query, staff)):
        found.add(TEAM)
    return frozenset(found & catalogue.dimensions.keys())


def require_several_people(asked: ScopedQuery, catalogue: Catalogue, staff: Staff) -> None:
    """Raise ForbiddenError for a question about one person, or split by person: shortfalls stay private."""
    people, query = catalogue.people, asked.query
    is_of_one = any(entry.dimension in people and len(entry.members) == 1 for entry in query.filters)
    teams = _teams_asked(query, staff)
    is_of_one = is_of_one or (len(teams) == 1 and len(staff.of_team(teams[0])) == 1)
    if is_of_one or private_splits(query, catalogue, staff) & set(query.by):
        raise ForbiddenError(
            "Where others can read it, I don't say who a change comes from.",
            hint="Ask me in a direct message or with the slash command; then only you see it.",
        )


def require_no_worst(query: Query, catalogue: Catalogue) -> None:
    """Raise ForbiddenError for a list of the worst people: in public only the top of a board is shown."""
    if query.top and not query.top.best and catalogue.people & set(query.by):
        raise ForbiddenError(
            "Where others can read it, I show only the top of a leaderboard of people.",
            hint="Ask me in a direct message or with the slash command; then only you see it.",
        )


def _teams_asked(query: Query, staff: Staff) -> tuple[Member, ...]:
    """Return the teams that remain after a question's filters."""
    named = [entry for entry in query.filters if entry.dimension == TEAM]
    return tuple(
        team for team in staff.teams if all((team in entry.members) != entry.exclude for entry in named)
    )
