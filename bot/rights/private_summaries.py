"""Who reads the private summaries: one rep, or the lead of some; and who hears of whose shortfalls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.rights.roles import Roles, Staff, member_named, viewer_of_people
from bot.rights.viewer import Viewer
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.posts import SummarySpec
from kpi_engine.domain.query import Member

_OWN, _TEAM, _ALL = "summary my week", "summary team week", "summary weekly"


@dataclass(frozen=True, slots=True)
class Hearer:
    """Whose shortfalls a Slack user hears of: their own as a rep, and those of the reps they lead."""

    own: Member | None = None
    led: tuple[Member, ...] = ()

    @property
    def people(self) -> tuple[Member, ...]:
        """Everybody whom they hear of, themselves first."""
        return tuple(dict.fromkeys((*([self.own] if self.own else []), *self.led)))


def reader_of(spec: SummarySpec, viewer: Viewer, rep: Member | None = None) -> Viewer:
    """Return what a summary shows its reader: of one rep that rep alone, of a lead the people they lead.

    `rep` is the rep that the reader is, by default the viewer's own. Raises ForbiddenError for a reader who
    is no rep, or leads nobody.
    """
    match spec.audience:
        case "rep":
            return only_rep(viewer, rep or viewer.own)
        case "lead":
            return _of_led(viewer)
        case "channel":
            return viewer


def hearers(roles: Roles, staff: Staff) -> Mapping[str, Hearer]:
    """Return who hears of shortfalls, by Slack user id: reps whose id is known, and leads in access.yaml.

    A rep's id is known from access.yaml or from the reps table; an e-mail address alone names nobody.
    """
    listed = roles.listed
    own = dict(staff.users)
    for user, name in listed.reps.items():
        rep = member_named(name, staff.reps)
        if rep is not None:
            own[user] = rep
    leads = {**roles.told_leads, **listed.leads}
    found = {}
    for user in dict.fromkeys((*own, *leads)):
        rep = own.get(user)
        led = viewer_of_people(leads[user], staff, rep).led if user in leads else ()
        found[user] = Hearer(rep, tuple(entry for entry in led if entry != rep))
    return found


def only_rep(viewer: Viewer, rep: Member | None) -> Viewer:
    """Return what somebody sees who is shown one rep alone. Raises ForbiddenError if they may not."""
    if rep is None or not (viewer.everything or rep in viewer.people):
        raise ForbiddenError(
            "That summary is about one rep, and I don't know you as one.",
            hint="The person who runs this bot can say which rep you are, in access.yaml or in the reps "
            "table. Ask for this instead:",
            suggestions=(_TEAM if viewer.led or viewer.everything else _ALL,),
        )
    return Viewer(people=(rep,), own=rep)


def _of_led(viewer: Viewer) -> Viewer:
    if viewer.everything:
        return viewer
    if not viewer.led:
        raise ForbiddenError(
            "That summary is about the people you lead, and access.yaml lists none for you.",
            hint="Ask for this instead:",
            suggestions=(_OWN if viewer.own else _ALL,),
        )
    return Viewer(
        people=viewer.led, teams=viewer.teams, are_whole_teams=viewer.are_whole_teams, led=viewer.led
    )
