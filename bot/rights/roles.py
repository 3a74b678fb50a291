"""Who somebody is: their membership in Slack, their role, and the rep of the database that they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from bot.rights.viewer import EVERYTHING, REP, TEAM, Viewer
from kpi_engine.domain.access import AccessList, People
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.query import Key, Member
from kpi_engine.domain.translatable import said

DefaultRole = Literal["none", "admin"]


class Membership(StrEnum):
    """What a person is in the workspace.

    UNKNOWN: Slack was not asked or did not say. GONE: the account is deactivated, or belongs to an app.
    """

    FULL = "full"
    GUEST = "guest"
    EXTERNAL = "external"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Account:
    """A person as Slack describes them: user id, membership, e-mail (empty without users:read.email)."""

    user: str
    membership: Membership = Membership.UNKNOWN
    email: str = ""


@dataclass(frozen=True, slots=True)
class Roles:
    """The rules of one bot: the roles of access.yaml, and the role of full members whom it doesn't list.

    `default` applies to unlisted channels as well. With `are_reps_told` the reps table says which rep a
    person is; the demo, where everybody may look around, does without. `told_leads` are the demo's leads:
    they hear of their people's shortfalls, and see everything like everybody else.
    """

    listed: AccessList = field(default_factory=AccessList)
    default: DefaultRole = "none"
    are_reps_told: bool = True
    told_leads: Mapping[str, People] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Staff:
    """The reps and teams of the database.

    `team_of` maps a rep's key to a team's key, `users` a Slack user id to a rep, and `addresses` a folded
    e-mail address to a rep.
    """

    reps: tuple[Member, ...] = ()
    teams: tuple[Member, ...] = ()
    team_of: Mapping[Key, Key] = field(default_factory=dict)
    users: Mapping[str, Member] = field(default_factory=dict)
    addresses: Mapping[str, Member] = field(default_factory=dict)

    def rep_of(self, user: str, email: str) -> Member | None:
        """Return the rep that a person is: by Slack user id, else by e-mail address; None for no rep."""
        told = self.users.get(user) or self.addresses.get(email.strip().casefold())
        return told if told in self.reps else None

    def team(self, rep: Member) -> Member | None:
        """Return the team of a rep, None without one."""
        key = self.team_of.get(rep.key)
        return next((team for team in self.teams if team.key == key), None) if key is not None else None

    def of_team(self, team: Member) -> tuple[Member, ...]:
        """Return the reps of a team."""
        return tuple(rep for rep in self.reps if self.team_of.get(rep.key) == team.key)


def require_member(user: str, membership: Membership, roles: Roles) -> None:
    """Raise ForbiddenError for people who may not ask anything.

    Guests and people of other organisations must be listed. So must everybody if Slack doesn't say who is a
    guest (the app lacks users:read). Deactivated accounts are refused even if they are listed.
    """
    if membership is Membership.GONE:
        raise ForbiddenError(
            "Sales figures are for people with an active account in this workspace.",
            hint=said(
                "The person who runs this bot can remove {user} from access.yaml, or activate the account.",
                user=user,
            ),
        )
    if membership is Membership.FULL or user in roles.listed.people:
        return
    if membership is Membership.UNKNOWN:
        raise ForbiddenError(
            "I can't check with Slack whether you are a member of this workspace, so I only answer "
            "people who are listed.",
            hint=said(
                "The person who runs this bot can list {user} in access.yaml, or add the scope users:read.",
                user=user,
            ),
        )
    raise ForbiddenError(
        "Sales figures are for members of this workspace; guests can't see them.",
        hint="Ask a colleague who is a full member.",
    )


def viewer_of(account: Account, roles: Roles, staff: Staff) -> Viewer:
    """Return what a person may see, wherever they ask. Raises ForbiddenError if that is nothing.

    Guests are recognised by their e-mail address too: only listed guests get this far.
    """
    user, membership, listed = account.user, account.membership, roles.listed
    require_member(user, membership, roles)
    own = member_named(listed.reps[user], staff.reps) if user in listed.reps else None
    if own is None and roles.are_reps_told:
        own = staff.rep_of(user, account.email)
    if user in listed.admins:
        return replace(EVERYTHING, own=own)
    if user in listed.leads:
        return viewer_of_people(listed.leads[user], staff, own)
    if own is not None:
        return Viewer(people=(own,), own=own, own_team=staff.team(own))
    if membership is Membership.FULL and user not in listed.people and roles.default == "admin":
        return EVERYTHING
    raise ForbiddenError(
        "You have no role yet, so I can't show you figures.",
        hint=said(
            "The person who runs this bot can give {user} one in access.yaml or in the reps table.", user=user
        )
        if user
        else "The person who runs this bot can give you one in access.yaml or in the reps table.",
    )


def viewer_of_people(people: People, staff: Staff, own: Member | None) -> Viewer:
    """Return the viewer of the teams and reps that access.yaml lists; `own` is the rep that they are."""
    named = (member_named(name, staff.teams) for name in people.teams)
    teams = tuple(team for team in named if team is not None)
    listed = [rep for rep in (member_named(name, staff.reps) for name in people.reps) if rep is not None]
    of_teams = [rep for team in teams for rep in staff.of_team(team)]
    others = [rep for rep in (*listed, own) if rep is not None and rep not in of_teams]
    own_team = staff.team(own) if own else None
    return Viewer(
        people=tuple(dict.fromkeys((*of_teams, *others))),
        teams=teams,
        own=own,
        own_team=None if own_team in teams else own_team,
        are_whole_teams=bool(teams) and not others,
        led=tuple(dict.fromkeys((*of_teams, *(rep for rep in listed if rep != own)))),
    )


def member_named(name: str, members: Sequence[Member]) -> Member | None:
    """Return the only member with this key, else with this label."""
    found = [member for member in members if str(member.key) == name]
    found = found or [member for member in members if member.label == name]
    return found[0] if len(found) == 1 else None


def unknown_names(listed: AccessList, staff: Staff) -> list[tuple[tuple[str, ...], str, str]]:
    """Return the reps and teams of access.yaml that the database doesn't have: YAML path, dimension, name."""
    groups = [("leads", user, people) for user, people in listed.leads.items()]
    groups += [("channels", channel, people) for channel, people in listed.channels.items()]
    found = [
        ((top, who, f"{dimension}s", str(at)), dimension, name)
        for top, who, people in groups
        for dimension, names, known in ((TEAM, people.teams, staff.teams), (REP, people.reps, staff.reps))
        for at, name in enumerate(names)
        if member_named(name, known) is None
    ]
    reps = [(("reps", user), REP, name) for user, name in listed.reps.items()]
    return found + [entry for entry in reps if member_named(entry[2], staff.reps) is None]
