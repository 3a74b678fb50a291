"""Subscriptions that stand: what they may show, who may do what with them, and as what they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.render.document import Code, Person, filled
from bot.render.sentences import Sentences
from bot.render.subscription_list import Listed, day_words
from bot.rights import access
from bot.rights.access import Account, Viewer
from bot.store.subscriptions import Draft, Paused, Subscription
from bot.subscriptions import due_times
from bot.subscriptions.due_times import Occurrence
from bot.workspace.request import Request
from bot.workspace.services import Services, subscriptions_of
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.query import Query
from kpi_engine.language.parser import NOBODY, parse


def viewer_for(owner: Account, channel: str | None, now: datetime, services: Services) -> Viewer:
    """Return what an order of somebody's may show: their part now, narrowed to the channel's.

    Raises ForbiddenError where that is nothing.
    """
    staff = services.staff(now)
    viewer = access.viewer_of(owner, services.roles, staff)
    if channel is None:
        return viewer
    try:
        return access.narrower(viewer, access.channel_viewer(channel, services.roles, staff))
    except ForbiddenError as wrong:
        raise not_for_readers() from wrong


def not_for_readers() -> ForbiddenError:
    """Return the refusal of what the readers of a channel may not see."""
    return ForbiddenError(
        "I can't post that there: the readers of that channel may not see it.",
        hint="The person who runs me can list the channel in access.yaml. Without a channel it comes to you.",
    )


def question_of(draft: Draft, at: datetime, services: Services) -> Query:
    """Return the question of an order as it is on the day of `at`. Raises QueryError."""
    members = services.members(at)
    return parse(draft.line, services.catalogue, members, NOBODY, services.engine.today(at))


def subscription_of(number: str, services: Services) -> Subscription:
    """Return the subscription of a number that is typed or that a button carries. Raises QueryError."""
    found = subscriptions_of(services).get(int(number)) if number.isdecimal() and len(number) < 10 else None  # noqa: PLR2004
    if found is None:
        raise gone()
    return found


def gone() -> QueryError:
    """Return what is said about a subscription that isn't there any more."""
    return QueryError(
        "That subscription is gone or was changed.", hint="These are yours:", suggestions=("subscriptions",)
    )


def may_stop(request: Request, subscription: Subscription, services: Services) -> bool:
    """Whether somebody may pause and stop a subscription: its owner, and whoever sees everything."""
    if subscription.draft.owner == request.user:
        return True
    try:
        return access.viewer_of(request.account, services.roles, services.staff(request.now)).everything
    except ForbiddenError:
        return False


def require_stopper(request: Request, subscription: Subscription, services: Services) -> None:
    """Raise ForbiddenError for whoever may not pause or stop a subscription."""
    if not may_stop(request, subscription, services):
        raise ForbiddenError(
            "That subscription is somebody else's.", hint="Only they or an admin can pause or stop it."
        )


def require_owner(request: Request, subscription: Subscription) -> None:
    """Raise ForbiddenError for whoever may not change a subscription: it shows what its owner may see."""
    if subscription.draft.owner != request.user:
        raise ForbiddenError(
            "That subscription is somebody else's.",
            hint="Only they can change it. Subscribe yourself to what you need.",
        )


def is_channel(place: str) -> bool:
    """Whether an id is a channel's, and not that of a person or of direct messages."""
    return place.startswith(("C", "G"))


def listed(request: Request, services: Services) -> Sequence[Subscription]:
    """Return the subscriptions that somebody is told of: their own, and those of the channel they ask in.

    Those of others only with a role; where others read along, those of the channel alone.
    """
    channel = request.channel if is_channel(request.channel) else None
    found = subscriptions_of(services).shown(request.user, channel)
    if not has_role(request, services):
        found = [entry for entry in found if entry.draft.owner == request.user]
    return [entry for entry in found if not _is_public(request) or entry.draft.channel == channel]


def has_role(request: Request, services: Services) -> bool:
    """Return whether somebody may see any figures."""
    try:
        require_role(request, services)
    except ForbiddenError:
        return False
    return True


def require_role(request: Request, services: Services) -> None:
    """Raise ForbiddenError for whoever may see no figures at all."""
    access.viewer_of(request.account, services.roles, services.staff(request.now))


def _is_public(request: Request) -> bool:
    return request.via == "mention" or (request.press is not None and request.press.is_public)


def _is_readable(draft: Draft, request: Request, services: Services) -> bool:
    """Whether those who read an answer may see what an order asks: a colleague's name isn't everybody's."""
    is_public = _is_public(request)
    if draft.is_summary or (draft.owner == request.user and not is_public):
        return True
    try:
        viewer = viewer_for(request.account, request.channel if is_public else None, request.now, services)
        if not viewer.everything:
            access.require_part(question_of(draft, request.now, services), viewer, services.catalogue)
    except QueryError:
        return False
    return True


def shown(subscription: Subscription, request: Request, services: Services, sentences: Sentences) -> Listed:
    """Return a subscription as it is shown to somebody."""
    draft = subscription.draft
    is_mine = draft.owner == request.user
    entry = shown_as(
        subscription,
        request.now,
        services,
        sentences,
        may_stop=is_mine or may_stop(request, subscription, services),
        may_edit=is_mine,
    )
    if _is_readable(draft, request, services):
        return entry
    what = filled(sentences.say("a subscription of {owner}"), owner=Person(draft.owner))
    return replace(entry, what=what, ask="")


def shown_as(
    subscription: Subscription,
    now: datetime,
    services: Services,
    sentences: Sentences,
    *,
    may_stop: bool,
    may_edit: bool,
) -> Listed:
    """Return a subscription as it is shown to somebody who may do this much."""
    draft, spec = subscription.draft, services.catalogue.summaries.get(subscription.draft.line)
    is_known = draft.is_summary and spec is not None
    return Listed(
        number=subscription.id,
        what=spec.title.in_language(sentences.language) if is_known and spec else (Code(draft.line),),
        ask=preview_line(draft),
        schedule=draft.schedule,
        owner=draft.owner,
        channel=draft.channel,
        next_at=None if subscription.paused else next_of(subscription, now, services).at,
        paused=_why(subscription.paused, sentences),
        may_stop=may_stop,
        may_edit=may_edit,
    )


def next_of(subscription: Subscription, now: datetime, services: Services) -> Occurrence:
    """Return when a subscription comes next."""
    draft = subscription.draft
    return due_times.following(draft.schedule, now, ZoneInfo(draft.zone), services.calendar)


def preview_line(draft: Draft) -> str:
    """Return the line that asks for the same now."""
    return f"summary {draft.line}" if draft.is_summary else draft.line


def _why(paused: Paused | None, sentences: Sentences) -> str:
    match paused:
        case Paused.ROLE:
            return sentences.say("it may not be seen any more")
        case Paused.LINE:
            return sentences.say("its question can't be read any more")
    return ""


def order_line(draft: Draft) -> str:
    """Return the line that orders the same: "subscribe sales every monday 08:30 in #sales"."""
    where = f" in <#{draft.channel}>" if draft.channel else ""
    return f"subscribe {draft.line} {day_words(draft.schedule)} {draft.schedule.at:%H:%M}{where}"
