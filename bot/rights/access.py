"""Who may see what: with team_totals the only maker of ScopedQuery.

A rep sees their own figures, and their team's totals where three others stand behind them; a lead the
people of their teams; an admin everything. A question is narrowed in its own words, so that the
answer says what it is of; where that can't be done it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

from kpi_engine.domain.access import AccessList, People
from kpi_engine.domain.catalogue import Catalogue
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.metrics import Metric
from kpi_engine.domain.query import Filter, Key, Member, Query, Scope, ScopedQuery
from kpi_engine.domain.translatable import said
from kpi_engine.language.parser import canonical

REP, TEAM = "rep", "team"
"""The dimensions by which people are told."""
_OFFERED = 3

DefaultRole = Literal["none", "admin"]


class Membership(StrEnum):
    """What a person is in the workspace; UNKNOWN where Slack was not asked or did not say.

    GONE is a deactivated account, and one that is no person's.
    """

    FULL = "full"
    GUEST = "guest"
    EXTERNAL = "external"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody as Slack tells them: user id, membership, and address (empty without users:read.email)."""

    user: str
    membership: Membership = Membership.UNKNOWN
    email: str = ""


@dataclass(frozen=True, slots=True)
class Roles:
    """The rules of one bot: who is listed, and what a full member gets who has no role.

    `default` holds for channels without a scope as well. With `are_reps_told` the rep table tells
    which rep somebody is; the demo, where everybody may look around, leaves that.
    """

    listed: AccessList = field(default_factory=AccessList)
    default: DefaultRole = "none"
    are_reps_told: bool = True


@dataclass(frozen=True, slots=True)
class Staff:
    """The sales people as the database knows them.

    `team_of` by a rep's key, `users` by Slack user id, `addresses` by e-mail address (folded).
    """

    reps: tuple[Member, ...] = ()
    teams: tuple[Member, ...] = ()
    team_of: Mapping[Key, Key] = field(default_factory=dict)
    users: Mapping[str, Member] = field(default_factory=dict)
    addresses: Mapping[str, Member] = field(default_factory=dict)

    def rep_of(self, user: str, email: str) -> Member | None:
        """Return which rep somebody is: by Slack user id, else by the address that Slack gives."""
        told = self.users.get(user) or self.addresses.get(email.strip().casefold())
        return told if told in self.reps else None

    def team(self, rep: Member) -> Member | None:
        """Return the team of a rep."""
        key = self.team_of.get(rep.key)
        return next((team for team in self.teams if team.key == key), None) if key is not None else None

    def of_team(self, team: Member) -> tuple[Member, ...]:
        """Return the reps of a team."""
        return tuple(rep for rep in self.reps if self.team_of.get(rep.key) == team.key)


@dataclass(frozen=True, slots=True)
class Viewer:
    """What somebody, or everybody in a channel, may see.

    `people` are the reps whose own figures, `teams` the teams of which everybody is among them
    (`are_whole_teams`: and nobody else is). Of `own_team` only the total is shown, to `own`. `led` are
    those of the people whose targets they set.
    """

    everything: bool = False
    people: tuple[Member, ...] = ()
    teams: tuple[Member, ...] = ()
    own: Member | None = None
    own_team: Member | None = None
    are_whole_teams: bool = False
    led: tuple[Member, ...] = ()


EVERYTHING, NOTHING = Viewer(everything=True), Viewer()


def require_member(user: str, membership: Membership, roles: Roles) -> None:
    """Raise ForbiddenError for whoever may not even ask: guests and strangers who aren't listed.

    Where Slack doesn't say who is a guest (the app lacks users:read), only listed people may. Whoever is
    gone may not, listed or not.
    """
    if membership is Membership.GONE:
        raise ForbiddenError(
            "Sales figures are for people with an active account in this workspace.",
            hint=said(
                "The person who runs me can take {user} off access.yaml, or activate the account.", user=user
            ),
        )
    if membership is Membership.FULL or user in roles.listed.people:
        return
    if membership is Membership.UNKNOWN:
        raise ForbiddenError(
            "I can't check with Slack whether you are a member of this workspace, so I answer only "
            "people who are listed.",
            hint=said(
                "The person who runs me can list {user} in access.yaml, or add the scope users:read.",
                user=user,
            ),
        )
    raise ForbiddenError(
        "Sales figures are for members of this workspace; guests can't see them.",
        hint="Ask a colleague who is a full member.",
    )


def viewer_of(account: Account, roles: Roles, staff: Staff) -> Viewer:
    """Return what somebody may see. Raises ForbiddenError where that is nothing.

    The address of a guest or stranger counts as well: they are listed, else they don't get this far.
    """
    user, membership, listed = account.user, account.membership, roles.listed
    require_member(user, membership, roles)
    own = _named(listed.reps[user], staff.reps) if user in listed.reps else None
    if own is None and roles.are_reps_told:
        own = staff.rep_of(user, account.email)
    if user in listed.admins:
        return replace(EVERYTHING, own=own)
    if user in listed.leads:
        return _of_people(listed.leads[user], staff, own)
    if own is not None:
        return Viewer(people=(own,), own=own, own_team=staff.team(own))
    if membership is Membership.FULL and user not in listed.people and roles.default == "admin":
        return EVERYTHING
    raise ForbiddenError(
        "You have no role yet, so I can't show you figures.",
        hint=said(
            "The person who runs me can give {user} one in access.yaml or in the table of reps.", user=user
        )
        if user
        else "The person who runs me can give you one in access.yaml or in the table of reps.",
    )


def channel_viewer(channel: str, roles: Roles, staff: Staff, *, is_shared: bool = False) -> Viewer:
    """Return what the readers of a channel may see.

    Of one that is known to be shared with another organisation (`is_shared`) nothing, unless it is listed.
    """
    people = roles.listed.channels.get(channel)
    if people is None:
        return EVERYTHING if roles.default == "admin" and not is_shared else NOTHING
    return EVERYTHING if people.everything else _of_people(people, staff, None)


def posting_viewer(channel: str, roles: Roles, staff: Staff) -> Viewer:
    """Return what is posted to a channel that a summary's file names: all, unless the channel is listed."""
    return channel_viewer(channel, roles, staff) if channel in roles.listed.channels else EVERYTHING


def narrower(asker: Viewer, channel: Viewer) -> Viewer:
    """Return what is shown where others read along. Raises ForbiddenError where that is nothing."""
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
            "I can't show that in this channel, where others read along.",
            hint="Ask me in a direct message, or with the slash command: then only you see it.",
        )
    return found


def seen_members(members: Mapping[str, Sequence[Member]], viewer: Viewer) -> Mapping[str, tuple[Member, ...]]:
    """Return the names that somebody may type and is offered: of reps and teams only their own."""
    found = {  # a roster stays one: its indexes are made once for everybody
        dimension: names if isinstance(names, tuple) else tuple(names) for dimension, names in members.items()
    }
    if viewer.everything:
        return found
    return found | {
        dimension: names for dimension, names in _seen_people(viewer).items() if dimension in found
    }


def seen_metrics(catalogue: Catalogue, viewer: Viewer) -> tuple[str, ...]:
    """Return the metrics that somebody is offered: those that can be narrowed to what they may see."""

    def is_seen(metric: Metric) -> bool:
        of_teams = viewer.are_whole_teams and TEAM in metric.dimensions
        return viewer.everything or (bool(viewer.people) and (of_teams or REP in metric.dimensions))

    return tuple(name for name, metric in catalogue.metrics.items() if is_seen(metric))


def may_leave_out(dimension: str, viewer: Viewer) -> bool:
    """Return whether somebody may leave members of a dimension out: a rep no people, see `scope`."""
    return dimension not in (REP, TEAM) or viewer.everything or not _is_own_only(viewer)


def require_part(query: Query, viewer: Viewer, catalogue: Catalogue) -> None:
    """Raise ForbiddenError for a question of which the viewer may see nothing, whatever the figures are.

    Whether a team's total may be shown depends on them, and is judged at each answer.
    """
    total = "" if viewer.everything else total_wanted(query, viewer)
    if total != "alone":
        scope(without_team(query) if total else query, viewer, catalogue)


def unseen_members(query: Query, viewer: Viewer) -> tuple[Member, ...]:
    """Return the reps and teams in a question's filters whose names the viewer doesn't see."""
    seen = _seen_people(viewer)
    return tuple(
        member
        for entry in query.filters
        for member in entry.members
        if member.key is not None and member not in seen.get(entry.dimension, (member,))
    )


def scope(query: Query, viewer: Viewer, catalogue: Catalogue) -> ScopedQuery:
    """Join to a question what the viewer may see. Raises ForbiddenError where that can't be done."""
    if viewer.everything:
        return ScopedQuery(query, Scope())
    if not viewer.people:
        raise ForbiddenError(
            "There is nobody whose figures are yours to see.",
            hint="The person who runs me can correct access.yaml; kpi-bot check says what is wrong.",
        )
    if "sql" in query.flags:
        raise ForbiddenError("Only an admin can see the SQL.", hint="Ask without it.")
    for entry in query.filters:
        _refuse_hidden(entry, query, viewer)
    narrowing = _narrowing(query, viewer, catalogue)
    filters = query.filters if narrowing in query.filters else (*query.filters, narrowing)
    named = tuple(Filter(dimension, members) for dimension, members in _seen_people(viewer).items())
    return ScopedQuery(replace(query, filters=filters), Scope((narrowing,), named))


def people_dimensions(catalogue: Catalogue) -> frozenset[str]:
    """Return the dimensions whose members are people: reps, and those of whom a model has the account."""
    told = {
        name
        for model in catalogue.models.values()
        for name, table in model.members.items()
        if table.user or table.email
    }
    return frozenset({REP, *told} & catalogue.dimensions.keys())


def unsaid_splits(query: Query, catalogue: Catalogue, staff: Staff) -> frozenset[str]:
    """Return the dimensions by which a change isn't split where others read along: a group may be one person.

    Those are people; whatever people belong to, where a question names or leaves out some of them; and
    teams, where one of those asked about has a single member.
    """
    people = people_dimensions(catalogue)
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


def _teams_asked(query: Query, staff: Staff) -> tuple[Member, ...]:
    """Return the teams that a question's filters keep."""
    named = [entry for entry in query.filters if entry.dimension == TEAM]
    return tuple(
        team for team in staff.teams if all((team in entry.members) != entry.exclude for entry in named)
    )


def require_nobody_named(asked: ScopedQuery, catalogue: Catalogue, staff: Staff) -> None:
    """Raise ForbiddenError for a question of one person, or by person: what somebody lacks isn't public."""
    people, query = people_dimensions(catalogue), asked.query
    is_of_one = any(entry.dimension in people and len(entry.members) == 1 for entry in query.filters)
    teams = _teams_asked(query, staff)
    is_of_one = is_of_one or (len(teams) == 1 and len(staff.of_team(teams[0])) == 1)
    if is_of_one or unsaid_splits(query, catalogue, staff) & set(query.by):
        raise ForbiddenError(
            "Where others read along, I don't say whom a change comes from.",
            hint="Ask me in a direct message, or with the slash command: then only you see it.",
        )


def sees_level(level: Mapping[str, Key], viewer: Viewer) -> bool:
    """Return whether a target of some members (key by dimension) is the viewer's to see."""
    if viewer.everything:
        return True
    own_team = [viewer.own_team] if viewer.own_team else []
    if REP in level:
        return level[REP] in {rep.key for rep in viewer.people}
    return TEAM in level and level[TEAM] in {team.key for team in (*viewer.teams, *own_team)}


def require_setter(level: Mapping[str, Key], viewer: Viewer) -> None:
    """Raise ForbiddenError for whoever may not set a target of some members.

    Admins may; leads those of the people and teams that they lead, their own only with such a team's.
    """
    if viewer.everything:
        return
    if not (viewer.led or viewer.teams):
        raise ForbiddenError("Targets are set by leads and admins.", hint="Ask your lead.")
    members = viewer.led if REP in level else viewer.teams
    if level.get(REP, level.get(TEAM)) not in {member.key for member in members}:
        raise ForbiddenError(
            "You can set targets for your own people only.", hint="Name one of them, like rep:anna."
        )


def _named(name: str, members: Sequence[Member]) -> Member | None:
    """Return the member with a key, else with a label, as a file writes them."""
    found = [member for member in members if str(member.key) == name]
    found = found or [member for member in members if member.label == name]
    return found[0] if len(found) == 1 else None


def unknown_names(listed: AccessList, staff: Staff) -> list[tuple[tuple[str, ...], str, str]]:
    """Return the reps and teams of access.yaml that the database doesn't have: path, dimension and name."""
    groups = [("leads", user, people) for user, people in listed.leads.items()]
    groups += [("channels", channel, people) for channel, people in listed.channels.items()]
    found = [
        ((top, who, f"{dimension}s", str(at)), dimension, name)
        for top, who, people in groups
        for dimension, names, known in ((TEAM, people.teams, staff.teams), (REP, people.reps, staff.reps))
        for at, name in enumerate(names)
        if _named(name, known) is None
    ]
    reps = [(("reps", user), REP, name) for user, name in listed.reps.items()]
    return found + [entry for entry in reps if _named(entry[2], staff.reps) is None]


def _of_people(people: People, staff: Staff, own: Member | None) -> Viewer:
    named = (_named(name, staff.teams) for name in people.teams)
    teams = tuple(team for team in named if team is not None)
    listed = [rep for rep in (_named(name, staff.reps) for name in people.reps) if rep is not None]
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


def _seen_people(viewer: Viewer) -> dict[str, tuple[Member, ...]]:
    """Return the reps and teams whose names somebody sees who doesn't see everything."""
    own_team = [viewer.own_team] if viewer.own_team else []
    return {REP: viewer.people, TEAM: tuple(dict.fromkeys((*viewer.teams, *own_team)))}


def _is_own_only(viewer: Viewer) -> bool:
    return viewer.own is not None and viewer.people == (viewer.own,)


def _refuse_hidden(entry: Filter, query: Query, viewer: Viewer) -> None:
    """Raise ForbiddenError for a filter that names, or leaves out, people who aren't the viewer's to see."""
    if entry.dimension not in (REP, TEAM):
        return
    seen = viewer.people if entry.dimension == REP else viewer.teams
    if entry.exclude:
        if _is_own_only(viewer):
            raise ForbiddenError(
                "Leaving people out would show what somebody else did.", hint="Ask for your own figures."
            )
        return
    is_of_own = entry.dimension == TEAM and any(
        other.dimension == REP and not other.exclude for other in query.filters
    )
    if not is_of_own and not all(member in seen for member in entry.members):
        raise not_theirs(entry.dimension, viewer)


def not_theirs(dimension: str, viewer: Viewer) -> ForbiddenError:
    """Return the refusal of a rep's or a team's figures that aren't the viewer's, with what they can ask."""
    return ForbiddenError(
        "The figures of that rep aren't yours to see."
        if dimension == REP
        else "The figures of that team aren't yours to see.",
        hint=_seen_words(viewer),
    )


def _seen_words(viewer: Viewer) -> str:
    if _is_own_only(viewer):
        if viewer.own_team:
            return said("You can ask for your own figures and your team's totals.")
        return said("You can ask for your own figures.")
    names = [*(team.label for team in viewer.teams)] or [rep.label for rep in viewer.people]
    shown = tuple(names[:_OFFERED])
    if len(names) > _OFFERED:
        return said("You can ask for {names} and others.", names=shown)
    return said("You can ask for {names}.", names=shown)


def _narrowing(query: Query, viewer: Viewer, catalogue: Catalogue) -> Filter:
    """Return the filter that keeps a question to the viewer's people: the question's own where it has one.

    It must be no wider than the question's, from whose level targets are taken.
    """
    metrics = [catalogue.metrics[name] for name in (*query.metrics, *(size.metric for size in query.sizes))]
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
    """Return the refusal of metrics that nobody's part can be told of, with what may be asked instead."""
    wide = next(metric for metric in metrics if REP not in metric.dimensions)
    rest = tuple(name for name in query.metrics if REP in catalogue.metrics[name].dimensions)
    sizes = tuple(size for size in query.sizes if REP in catalogue.metrics[size.metric].dimensions)
    others = [name for name, metric in catalogue.metrics.items() if REP in metric.dimensions][:_OFFERED]
    lines = (
        [replace(query, metrics=rest, sizes=sizes)]
        if rest
        else [Query((name,), query.period) for name in others]
    )
    return ForbiddenError(
        said("{metric} can't be split by rep, so I can't narrow it to what you may see.", metric=wide.title),
        hint="Ask for this instead:" if lines else "Ask an admin.",
        suggestions=tuple(canonical(line) for line in lines),
    )


def total_wanted(query: Query, viewer: Viewer) -> Literal["", "beside", "alone"]:
    """Return whether a rep's question is about the team: alone, or beside the rep's own figure."""
    if viewer.own_team is None:
        return ""
    named = [entry for entry in query.filters if entry.dimension in (REP, TEAM)]
    if any(entry.exclude or entry.members != (viewer.own_team,) for entry in named):
        return ""
    if REP in query.by:
        return "beside"
    return "alone" if named or (TEAM in query.by and not viewer.teams) else ""


def without_team(query: Query) -> Query:
    """Return a question as it is of the rep alone."""
    return replace(
        query,
        filters=tuple(entry for entry in query.filters if entry.dimension != TEAM),
        by=tuple(name for name in query.by if name != TEAM),
    )
