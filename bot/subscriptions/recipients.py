"""Who gets a subscription that goes to several people, and what each of them may see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.rights import Account, Membership, Rights, Viewer, hearers, only_rep
from bot.store.subscriptions import Recipients, SubscriptionTerms
from bot.subscriptions.standing import viewer_for
from bot.workspace.services import Services
from kpi_engine.domain.errors import ForbiddenError
from kpi_engine.domain.query import Member


@dataclass(frozen=True, slots=True)
class Reader:
    """What the reader of a post may see; `rep` is the rep that they are, if a private summary needs it."""

    viewer: Viewer
    rep: Member | None = None


def planned_reps(services: Services, owner: str, now: datetime) -> tuple[str, ...]:
    """Return to whom an owner's subscription for each rep is planned, by Slack user id.

    Slack isn't asked who the owner is: that is done when each post is made. An owner who may send to nobody
    is the only one: making that post finds it out, and pauses the subscription. Raises KpiError if the reps
    can't be read.
    """
    rights = services.rights_of(Account(owner, Membership.FULL), now)
    try:
        own = rights.own
    except ForbiddenError:
        return (owner,)
    return tuple(reps_of(services, own, now)) if own.everything or own.led else (owner,)


def reps_of(services: Services, viewer: Viewer, now: datetime) -> Mapping[str, Member]:
    """Return the reps whom somebody may send their own rows, by Slack user id: all, or those they lead.

    A rep's id is known from access.yaml or the reps table. Raises KpiError if the reps can't be read.
    """
    known = hearers(services.roles, services.staff(now))
    return {
        user: hearer.own
        for user, hearer in known.items()
        if hearer.own is not None and (viewer.everything or hearer.own in viewer.led)
    }


def require_may_send(terms: SubscriptionTerms, own: Viewer, services: Services, now: datetime) -> None:
    """Raise ForbiddenError unless an owner may send a subscription to its recipients.

    Admins may send to everybody, leads to the reps whom they lead.
    """
    others = set(terms.people) - {terms.owner}
    if terms.recipients is Recipients.ONE or own.everything:
        return
    if terms.recipients is Recipients.PEOPLE and not others:
        return
    if not own.led:
        raise ForbiddenError(
            "Only admins and leads can have something sent to other people.",
            hint="Leave them out to get it yourself, or send it to a channel.",
        )
    if others - set(reps_of(services, own, now)):
        raise ForbiddenError(
            "You can only have it sent to reps whom you lead.",
            hint="Leave the others out, or ask an admin to set it up.",
        )


def reader_for(
    terms: SubscriptionTerms,
    target: str,
    owner: Rights,
    rights_of: Callable[[str], Rights],
    services: Services,
    now: datetime,
) -> Reader:
    """Return what the recipient of a post may see; `owner` are the rights of the subscription's owner.

    Everybody but the owner gets what their own rights allow. Raises ForbiddenError if that is nothing, and
    KpiError if Slack or the reps can't be read.
    """
    if terms.recipients is Recipients.ONE:
        return Reader(viewer_for(owner, terms.channel))
    if terms.recipients is Recipients.PEOPLE:
        return Reader(owner.own if target == terms.owner else rights_of(target).own)
    rep = reps_of(services, owner.own, now).get(target)
    if rep is None:
        raise ForbiddenError("They are no rep of the subscription's owner any more.")
    return Reader(only_rep(rights_of(target).own, rep), rep)
