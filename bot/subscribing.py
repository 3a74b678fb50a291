"""Subscribing: from a typed line to an order that is its owner's to give; and what an order may show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import access, schedule
from bot.access import Membership, Viewer
from bot.render.escape import code, marked_down
from bot.render.sentences import Sentences
from bot.render.subscribed import Listed
from bot.request import Request
from bot.schedule import Occurrence
from bot.schedule_words import (
    MONTHLY,
    WEEKLY,
    Ordered,
    every_words,
    read_order,
    scheduled,
)
from bot.services import Services, subscriptions_of
from bot.store.subscriptions import Draft, Paused, Subscription
from kpi_engine.catalogue import Schedule, SummarySpec
from kpi_engine.errors import ForbiddenError, QueryError, UnknownNameError
from kpi_engine.language import NOBODY, canonical, parse, parse_lasting
from kpi_engine.query import Query
from kpi_engine.said import said
from kpi_engine.words import fold

SUBSCRIBE = "subscribe"
"""The verb, as it stands in suggested lines."""
_DUTCH = {
    "wekelijks": "weekly",
    "weekly": "weekly",
    "week": "weekly",
    "maandelijks": "monthly",
    "monthly": "monthly",
    "month": "monthly",
    "maand": "monthly",
}
_AROUND_A_NAME = frozenset({"summary", "overzicht", "samenvatting", "the", "het", "de"})
_NOT_POSTED = frozenset({"csv", "xlsx", "sql", "share"})


@dataclass(frozen=True, slots=True)
class Kept:
    """An order that stands; `is_new` False where the same one stood already."""

    subscription: Subscription
    is_new: bool


def order(request: Request, line: str, services: Services, place: Subscription | None = None) -> Kept:
    """Set up what a line orders, or, with `place`, put it in the place of an order of the asker's.

    Raises QueryError, with whole lines to send instead.
    """
    book = subscriptions_of(services)
    draft = read_draft(request, line, services)
    if place is not None:
        require_owner(request, place)
        changed = book.change(place, draft, request.now)
        if changed is None:
            raise gone()
        return Kept(changed, is_new=True)
    for known in book.shown(request.user):
        if known.draft.owner == request.user and _same(known.draft, draft):
            return Kept(known, is_new=False)
    return Kept(book.add(draft, request.now), is_new=True)


def read_draft(request: Request, line: str, services: Services) -> Draft:
    """Return what a line orders, as far as its asker and its channel may see it. Raises QueryError."""
    ordered = read_order(line)
    channel = _channel(request, ordered)
    spec = _summary(ordered, services)
    when = scheduled(ordered, spec.schedule if spec else WEEKLY)
    try:
        viewer = viewer_for(request.user, request.membership, channel, request.now, services)
    except ForbiddenError as wrong:
        if channel is not None:
            what = ordered.what or ordered.frequency
            wrong.suggestions = (f"{SUBSCRIBE} {what} {every_words(when)}".replace("  ", " "),)
        raise
    if spec is not None:
        _require_its_own_rhythm(spec, when, ordered)
        _refuse_second(spec, channel)
        kept = spec.name
    else:
        kept = _question(request, ordered, when, viewer, services)
    return Draft(request.user, channel, kept, spec is not None, when, services.zone.key, request.language)


def viewer_for(
    owner: str, membership: Membership, channel: str | None, now: datetime, services: Services
) -> Viewer:
    """Return what an order of somebody's may show: their part now, narrowed to the channel's.

    Raises ForbiddenError where that is nothing.
    """
    staff = services.staff(now)
    viewer = access.viewer_of(owner, membership, services.roles, staff)
    if channel is None:
        return viewer
    try:
        return access.narrower(viewer, access.channel_viewer(channel, services.roles, staff))
    except ForbiddenError as wrong:
        raise _not_for_readers() from wrong


def question_of(draft: Draft, at: datetime, services: Services) -> Query:
    """Return the question of an order as it is on the day of `at`. Raises QueryError."""
    members = services.members(at)
    return parse(draft.line, services.catalogue, members, NOBODY, services.engine.today(at))


def next_of(subscription: Subscription, now: datetime, services: Services) -> Occurrence:
    """Return when a subscription comes next."""
    draft = subscription.draft
    return schedule.following(draft.schedule, now, ZoneInfo(draft.zone), services.calendar)


def preview_line(draft: Draft) -> str:
    """Return the line that asks for the same now."""
    return f"summary {draft.line}" if draft.is_summary else draft.line


def subscription_of(number: str, services: Services) -> Subscription:
    """Return the subscription of a number that is typed or that a button carries. Raises QueryError."""
    digits = number.lstrip("#")
    found = subscriptions_of(services).get(int(digits)) if digits.isdecimal() and len(digits) < 10 else None  # noqa: PLR2004
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
        return access.viewer_of(
            request.user, request.membership, services.roles, services.staff(request.now)
        ).everything
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


def _channel(request: Request, ordered: Ordered) -> str | None:
    """Return the channel that is meant, None for the asker's direct messages."""
    if not ordered.is_here:
        return ordered.channel
    return request.channel if is_channel(request.channel) else None


def is_channel(place: str) -> bool:
    """Whether an id is a channel's, and not that of a person or of direct messages."""
    return place.startswith(("C", "G"))


def _summary(ordered: Ordered, services: Services) -> SummarySpec | None:
    """Return the summary that a line names, None where it asks a question. Raises QueryError."""
    typed = [fold(word) for word in ordered.what.split()]
    words = [word for word in typed if word not in _AROUND_A_NAME]
    known = services.catalogue.summaries
    if not words and (ordered.frequency or typed):
        name = ordered.frequency
    elif len(words) == 1 and (words[0] in _DUTCH or words[0] in known):
        name = words[0] if words[0] in known else _DUTCH[words[0]]
    else:
        return None
    if name in known:
        return known[name]
    raise UnknownNameError(
        said("There is no summary “{name}”.", name=name) if name else "Which summary?",
        hint="One of these?" if known else "No summary is set up.",
        suggestions=tuple(f"{SUBSCRIBE} {entry}" for entry in known),
    )


def _require_its_own_rhythm(spec: SummarySpec, when: Schedule, ordered: Ordered) -> None:
    """Refuse a weekly summary every month: it would leave out most weeks."""
    if when.every == spec.schedule.every:
        return
    other = WEEKLY if spec.schedule.every == "week" else MONTHLY
    mended = Schedule(other.every, ordered.at or other.at, other.weekday, other.working_day)
    raise QueryError(
        "That summary is of one week, so it comes every week."
        if spec.schedule.every == "week"
        else "That summary is of one month, so it comes every month.",
        hint="Like this:",
        suggestions=(f"{SUBSCRIBE} {spec.name} {_rest(mended, ordered)}",),
    )


def _refuse_second(spec: SummarySpec, channel: str | None) -> None:
    if channel is not None and channel in spec.channels:
        raise QueryError(
            "That channel gets this summary already.",
            hint="The person who runs me set it up, in the summary's file.",
        )


def _question(
    request: Request,
    ordered: Ordered,
    when: Schedule,
    viewer: Viewer,
    services: Services,
) -> str:
    """Return the question to keep. Raises QueryError, its suggestions whole lines."""
    rest = _rest(when, ordered)
    if not ordered.what:
        raise _nothing_named(when, ordered, services)
    own = access.viewer_of(request.user, request.membership, services.roles, services.staff(request.now))
    try:
        query, kept = _read(request, ordered.what, own, services)
        _refuse_files(query, ordered.what)
        access.require_part(query, own, services.catalogue)
        _require_for_readers(query, viewer, services)
    except QueryError as wrong:
        wrong.suggestions = tuple(f"{SUBSCRIBE} {line} {rest}" for line in wrong.suggestions)
        raise
    return kept


def _read(request: Request, line: str, own: Viewer, services: Services) -> tuple[Query, str]:
    """Read a question with the names that its asker may use. Raises QueryError.

    ForbiddenError where it can only be read with a colleague's.
    """
    now = request.now
    asker, today = services.asker(request.user, now, own), services.engine.today(now)
    try:
        return parse_lasting(line, services.catalogue, services.members(now, own), asker, today)
    except QueryError:
        _refuse_colleague(line, own, services, now)
        raise


def _refuse_colleague(line: str, own: Viewer, services: Services, now: datetime) -> None:
    """Raise ForbiddenError where a line can only be read with a colleague's name."""
    try:
        query = parse(line, services.catalogue, services.members(now), NOBODY, services.engine.today(now))
    except QueryError:  # its suggestions may hold names that aren't the asker's to know
        return
    access.require_part(query, own, services.catalogue)


def _require_for_readers(query: Query, viewer: Viewer, services: Services) -> None:
    """Raise ForbiddenError for what the readers of a channel may not see."""
    try:
        access.require_part(query, viewer, services.catalogue)
    except ForbiddenError as wrong:
        raise _not_for_readers() from wrong


def _not_for_readers() -> ForbiddenError:
    return ForbiddenError(
        "I can't post that there: the readers of that channel may not see it.",
        hint="The person who runs me can list the channel in access.yaml. Without a channel it comes to you.",
    )


def _nothing_named(when: Schedule, ordered: Ordered, services: Services) -> QueryError:
    """Return what can be sent, for a line that only says when, or nothing at all."""
    catalogue = services.catalogue
    is_said = ordered.schedule is not None
    lines = [
        (spec.name, when if is_said else spec.schedule)
        for spec in catalogue.summaries.values()
        if not is_said or spec.schedule.every == when.every
    ]
    lines += [(name, when) for name in list(catalogue.metrics) if name == "sales"]
    return QueryError(
        "What should I send?",
        hint="A summary, or a question like sales by region last month.",
        suggestions=tuple(f"{SUBSCRIBE} {name} {_rest(at, ordered)}" for name, at in lines),
    )


def _refuse_files(query: Query, line: str) -> None:
    if query.flags & _NOT_POSTED:
        words = [word for word in line.split(" ") if fold(word) not in {*_NOT_POSTED, "excel", "deel"}]
        raise QueryError(
            "A subscription carries no files and no SQL.",
            hint="Without them:",
            suggestions=(" ".join(words) or canonical(query),),
        )


def _rest(when: Schedule, ordered: Ordered) -> str:
    """Return the words of a line behind its question."""
    place = f" in {ordered.place}" if ordered.place else " here" if ordered.is_here else ""
    return every_words(when) + place


def _same(one: Draft, other: Draft) -> bool:
    return (one.channel, one.line, one.is_summary, one.schedule) == (
        other.channel,
        other.line,
        other.is_summary,
        other.schedule,
    )


def shown(subscription: Subscription, request: Request, services: Services, sentences: Sentences) -> Listed:
    """Return a subscription as it is shown to somebody."""
    draft = subscription.draft
    is_mine = draft.owner == request.user
    return shown_as(
        subscription,
        request.now,
        services,
        sentences,
        may_stop=is_mine or may_stop(request, subscription, services),
        may_edit=is_mine,
    )


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
        what=marked_down(spec.title.in_language(sentences.language))
        if is_known and spec
        else code(draft.line),
        ask=preview_line(draft),
        schedule=draft.schedule,
        owner=draft.owner,
        channel=draft.channel,
        next_at=None if subscription.paused else next_of(subscription, now, services).at,
        paused=_why(subscription.paused, sentences),
        may_stop=may_stop,
        may_edit=may_edit,
    )


def _why(paused: Paused | None, sentences: Sentences) -> str:
    match paused:
        case Paused.ROLE:
            return sentences.say("it may not be seen any more")
        case Paused.LINE:
            return sentences.say("its question can't be read any more")
    return ""


def listed(request: Request, services: Services) -> Sequence[Subscription]:
    """Return what somebody may see of the subscriptions: their own, and those of the channel they ask in."""
    channel = request.channel if is_channel(request.channel) else None
    found = subscriptions_of(services).shown(request.user, channel)
    is_public = request.via == "mention" or (request.press is not None and request.press.is_public)
    return [entry for entry in found if not is_public or entry.draft.channel == channel]
