"""Existing subscriptions: what they may show, who may change them, and how they are listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.render.document import Code, Person, filled
from bot.render.schedule_words import order_words
from bot.render.sentences import Sentences
from bot.render.subscription_list import Listed
from bot.rights import Rights, Viewer, require_visible
from bot.store.subscriptions import Paused, Recipients, Subscription, SubscriptionTerms
from bot.subscriptions import due_times
from bot.subscriptions.due_times import Occurrence
from bot.workspace.context import RequestContext
from bot.workspace.services import Services, subscriptions_of
from kpi_engine import NOBODY, parse
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.query import Query


def viewer_for(rights: Rights, channel: str | None) -> Viewer:
    """Return what a person's subscription may show: what they may see now, narrowed to its channel.

    `channel` None: it is sent to them alone. Raises ForbiddenError if that is nothing.
    """
    own = rights.own
    if channel is None:
        return own
    try:
        return rights.in_channel(channel)
    except ForbiddenError as wrong:
        raise not_for_readers() from wrong


def not_for_readers() -> ForbiddenError:
    """Return the refusal to post what the readers of a channel may not see."""
    return ForbiddenError(
        "I can't post that there: the people in that channel aren't allowed to see it.",
        hint="The person who runs this bot can list the channel in access.yaml. Without a channel, it is "
        "sent to you.",
    )


def question_of(terms: SubscriptionTerms, at: datetime, services: Services) -> Query:
    """Return the question of a subscription as it reads on the day of `at` where its subscriber is.

    Raises QueryError.
    """
    members, today = services.members(at), at.astimezone(zone_of(terms, services)).date()
    return parse(terms.line, services.catalogue, members, NOBODY, today)


def zone_of(terms: SubscriptionTerms, services: Services) -> ZoneInfo:
    """Return the time zone of a subscription, the company's if it isn't known any more."""
    try:
        return ZoneInfo(terms.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return services.zone


def subscription_of(number: str, services: Services) -> Subscription:
    """Return the subscription with the number that was typed or that a button has. Raises QueryError."""
    found = subscriptions_of(services).get(int(number)) if number.isdecimal() and len(number) < 10 else None  # noqa: PLR2004
    if found is None:
        raise gone()
    return found


def gone() -> QueryError:
    """Return the error for a subscription that is gone or was changed."""
    return QueryError(
        "That subscription was stopped or changed.",
        hint="Your subscriptions:",
        suggestions=("subscriptions",),
    )


def may_stop(context: RequestContext, subscription: Subscription) -> bool:
    """Whether the asker may pause and stop a subscription: its owner may, and admins."""
    return context.owns_or_sees_everything(subscription.terms.owner)


def require_stopper(context: RequestContext, subscription: Subscription) -> None:
    """Raise ForbiddenError if the asker may not pause and stop a subscription."""
    if not may_stop(context, subscription):
        raise ForbiddenError(
            "That subscription belongs to someone else.",
            hint="Only its owner or an admin can pause or stop it.",
        )


def require_owner(context: RequestContext, subscription: Subscription) -> None:
    """Raise ForbiddenError unless the asker owns the subscription: it shows what its owner may see."""
    if subscription.terms.owner != context.request.user:
        raise ForbiddenError(
            "That subscription belongs to someone else.",
            hint="Only its owner can change it. You can subscribe to what you need yourself.",
        )


def is_channel(place: str) -> bool:
    """Whether an id is that of a channel, not of a person or a direct message."""
    return place.startswith(("C", "G"))


def listed(context: RequestContext) -> Sequence[Subscription]:
    """Return the subscriptions that the asker is shown: their own, and those of the channel they ask in.

    People without a role see only their own. In public, only those of the channel are shown.
    """
    request = context.request
    channel = request.channel if is_channel(request.channel) else None
    is_rep = has_role(context) and context.asker(context.rights.own).rep is not None
    found = subscriptions_of(context.services).shown(request.user, channel, is_rep=is_rep)
    if not has_role(context):
        found = [entry for entry in found if entry.terms.owner == request.user]
    return [entry for entry in found if not _is_public(context) or entry.terms.channel == channel]


def has_role(context: RequestContext) -> bool:
    """Whether the asker may see any figures."""
    try:
        context.rights.require_role()
    except ForbiddenError:
        return False
    return True


def _is_public(context: RequestContext) -> bool:
    """Whether others see the list: it answers a mention, or replaces a message that they see."""
    press = context.request.press
    return context.is_public or (press is not None and press.is_public)


def _is_readable(terms: SubscriptionTerms, context: RequestContext) -> bool:
    """Whether the readers of a list may see what a subscription asks: it can name a colleague."""
    is_public, request = _is_public(context), context.request
    if terms.is_summary or (terms.owner == request.user and not is_public):
        return True
    try:
        viewer = viewer_for(context.rights, request.channel if is_public else None)
        if not viewer.everything:
            require_visible(question_of(terms, context.now, context.services), viewer, context.catalogue)
    except QueryError:
        return False
    return True


def shown(subscription: Subscription, context: RequestContext) -> Listed:
    """Return a subscription as the asker is shown it."""
    terms = subscription.terms
    is_mine = terms.owner == context.request.user
    is_stopper = is_mine or may_stop(context, subscription)
    entry = shown_as(
        subscription,
        context.now,
        context.services,
        context.sentences,
        may_stop=is_stopper,
        may_edit=is_mine,
    )
    entry = replace(
        entry,
        may_leave=not is_mine and is_recipient(context, subscription),
        may_take=is_stopper and not is_mine and is_left(subscription),
    )
    if _is_readable(terms, context):
        return entry
    what = filled(context.sentences.say("a subscription of {owner}"), owner=Person(terms.owner))
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
    """Return a subscription as it is shown to somebody who may stop or edit it, or may not."""
    terms, spec = subscription.terms, services.catalogue.summaries.get(subscription.terms.line)
    is_known = terms.is_summary and spec is not None
    return Listed(
        number=subscription.id,
        what=spec.title.in_language(sentences.language) if is_known and spec else (Code(terms.line),),
        ask=preview_line(terms),
        schedule=terms.schedule,
        owner=terms.owner,
        channel=terms.channel,
        next_at=None if subscription.paused else _next_of(subscription, now, services).at,
        paused=why_paused(subscription.paused, sentences),
        may_stop=may_stop,
        may_edit=may_edit,
        zone=terms.zone,
        language=terms.language,
        only_changes=terms.only_changes,
        people=terms.people,
        to_reps=terms.recipients is Recipients.REPS,
    )


def is_recipient(context: RequestContext, subscription: Subscription) -> bool:
    """Whether a subscription that goes to several people goes to the asker."""
    terms = subscription.terms
    if terms.recipients is Recipients.REPS:
        return has_role(context) and context.asker(context.rights.own).rep is not None
    return context.request.user in terms.people


def is_left(subscription: Subscription) -> bool:
    """Whether a subscription's owner has left the workspace, and others still get it."""
    terms = subscription.terms
    is_shared = terms.channel is not None or terms.recipients is not Recipients.ONE
    return subscription.paused is Paused.LEFT and is_shared


def _next_of(subscription: Subscription, now: datetime, services: Services) -> Occurrence:
    """Return when a subscription is sent next."""
    terms = subscription.terms
    return due_times.following(terms.schedule, now, zone_of(terms, services), services.calendar)


def preview_line(terms: SubscriptionTerms) -> str:
    """Return the line that asks for the same right now."""
    return f"summary {terms.line}" if terms.is_summary else terms.line


def why_paused(paused: Paused | None, sentences: Sentences) -> str:
    """Return why a subscription is paused; "" if somebody paused it or it isn't paused."""
    match paused:
        case Paused.ROLE:
            return sentences.say("its readers no longer have access to it")
        case Paused.LINE:
            return sentences.say("I no longer understand its question")
        case Paused.ZONE:
            return sentences.say("its time zone isn't known")
        case Paused.LEFT:
            return sentences.say("its owner's account is deactivated")
    return ""


def subscribe_line(terms: SubscriptionTerms) -> str:
    """Return the line that subscribes to the same: "subscribe sales every monday 08:30 in #sales"."""
    words = order_words("en")
    people = ", ".join(f"<@{person}>" for person in terms.people)
    return " ".join(
        (
            words.subscribe,
            terms.line,
            words.day(terms.schedule),
            f"{terms.schedule.at:%H:%M}",
            *([f"in <#{terms.channel}>"] if terms.channel else []),
            *([words.each_rep] if terms.recipients is Recipients.REPS else []),
            *([words.to_people.format(people=people)] if people else []),
            *([words.only_changes] if terms.only_changes else []),
        )
    )
