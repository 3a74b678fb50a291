"""Existing alerts: who may change them, what they may show, and how they are listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.alerts.judging import least_cases
from bot.alerts.typed_alert import alert_line
from bot.render.alerts import AlertListed
from bot.render.document import Person, filled
from bot.render.sentences import Sentences
from bot.rights import Viewer, require_several_people, require_visible, scope
from bot.store.alerts import Alert, AlertTerms, PausedAlert
from bot.subscriptions.standing import has_role, is_channel, viewer_for
from bot.workspace.context import RequestContext
from bot.workspace.services import Services, alerts_of
from kpi_engine import NOBODY, parse
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.query import Query


def question_of(terms: AlertTerms, at: datetime, services: Services) -> Query:
    """Return the question of an alert as it reads on the day of `at`. Raises QueryError."""
    return parse(terms.line, services.catalogue, services.members(at), NOBODY, services.engine.today(at))


def require_not_of_one(query: Query, viewer: Viewer, services: Services, now: datetime) -> None:
    """Raise ForbiddenError for an alert to a channel about one person, whose shortfall stays private."""
    try:
        require_several_people(
            scope(query, viewer, services.catalogue), services.catalogue, services.staff(now)
        )
    except ForbiddenError as wrong:
        raise ForbiddenError(
            "An alert about one person goes to a person, not to a channel.",
            hint="Without the channel, it is sent to you:",
        ) from wrong


def alert_of(number: str, services: Services) -> Alert:
    """Return the alert with the number that was typed or that a button has. Raises QueryError."""
    found = alerts_of(services).get(int(number)) if number.isdecimal() and len(number) < 10 else None  # noqa: PLR2004
    if found is None:
        raise gone()
    return found


def episode_of(alert: Alert) -> str:
    """Return what the buttons of an alert's last message carry behind its number."""
    return f"{alert.revision}.{alert.episode}"


def gone() -> QueryError:
    """Return the error for an alert that is gone or was changed."""
    return QueryError(
        "That alert was stopped or changed.", hint="The alerts that there are:", suggestions=("alerts",)
    )


def may_stop(context: RequestContext, alert: Alert) -> bool:
    """Whether the asker may pause and stop an alert: its owner may, and admins."""
    return context.owns_or_sees_everything(alert.terms.owner)


def require_stopper(context: RequestContext, alert: Alert) -> None:
    """Raise ForbiddenError if the asker may not pause and stop an alert."""
    if not may_stop(context, alert):
        raise ForbiddenError(
            "That alert belongs to someone else.", hint="Only its owner or an admin can pause or stop it."
        )


def require_owner(context: RequestContext, alert: Alert) -> None:
    """Raise ForbiddenError unless the asker owns the alert: it shows what its owner may see."""
    if alert.terms.owner != context.request.user:
        raise ForbiddenError(
            "That alert belongs to someone else.",
            hint="Only its owner can change it. You can set up your own.",
        )


def require_reader(context: RequestContext, alert: Alert) -> None:
    """Raise ForbiddenError unless the asker reads the alert: it is theirs, or in the channel they ask in.

    Readers may acknowledge and snooze it; so may admins.
    """
    if alert.terms.channel is not None and alert.terms.channel == context.request.channel:
        return
    if not may_stop(context, alert):
        raise ForbiddenError(
            "That alert belongs to someone else.", hint="Press the buttons of the alert in its channel."
        )


def listed(context: RequestContext) -> Sequence[Alert]:
    """Return the alerts that the asker is shown: their own, and those of the channel they ask in.

    People without a role see only their own. In public, only those of the channel are shown.
    """
    request = context.request
    channel = request.channel if is_channel(request.channel) else None
    found = alerts_of(context.services).shown(request.user, channel)
    if not has_role(context):
        found = [entry for entry in found if entry.terms.owner == request.user]
    return [entry for entry in found if not _is_public(context) or entry.terms.channel == channel]


def shown(alert: Alert, context: RequestContext) -> AlertListed:
    """Return an alert as the asker is shown it."""
    terms = alert.terms
    is_mine = terms.owner == context.request.user
    entry = shown_as(
        alert,
        context.now,
        context.services,
        context.sentences,
        may_stop=is_mine or may_stop(context, alert),
        may_edit=is_mine,
    )
    if _is_readable(terms, context):
        return entry
    what = filled(context.sentences.say("an alert of {owner}"), owner=Person(terms.owner))
    return replace(entry, what=what, ask="", again="", watch=None)


def shown_as(
    alert: Alert,
    now: datetime,
    services: Services,
    sentences: Sentences,
    *,
    may_stop: bool,
    may_edit: bool,
) -> AlertListed:
    """Return an alert as it is shown to somebody who may stop or edit it, or may not."""
    terms = alert.terms
    metric = services.catalogue.metrics.get(terms.metric)
    unit = metric.unit if metric else "count"
    is_snoozed = alert.snoozed_until is not None and alert.snoozed_until > now
    return AlertListed(
        number=alert.id,
        what=terms.line,
        ask=terms.line,
        again=alert_line(terms, unit),
        watch=terms.watch,
        unit=unit,
        currency=currency_of(terms.metric, services),
        cases=least_cases(terms.watch, unit),
        quiet=terms.quiet,
        owner=terms.owner,
        channel=terms.channel,
        standing=alert.standing,
        since=alert.told_at if alert.is_firing else None,
        snoozed_until=alert.snoozed_until if is_snoozed else None,
        seen_by=alert.seen_by if alert.is_firing else None,
        paused=why_paused(alert.paused, sentences),
        is_paused=alert.paused is not None,
        may_stop=may_stop,
        may_edit=may_edit,
    )


def currency_of(metric: str, services: Services) -> str | None:
    """Return the currency of a metric's amounts, None for a metric that isn't there any more."""
    found = services.catalogue.metrics.get(metric)
    if found is None:
        return None
    return services.catalogue.models[found.spec.measures()[0].model].currency


def why_paused(paused: PausedAlert | None, sentences: Sentences) -> str:
    """Return why an alert is paused; empty if it isn't, or if somebody wanted it."""
    match paused:
        case PausedAlert.ROLE:
            return sentences.say("its readers no longer have access to it")
        case PausedAlert.LINE:
            return sentences.say("I no longer understand its question")
    return ""


def _is_public(context: RequestContext) -> bool:
    """Whether others see the list: it answers a mention, or replaces a message that they see."""
    press = context.request.press
    return context.is_public or (press is not None and press.is_public)


def _is_readable(terms: AlertTerms, context: RequestContext) -> bool:
    """Whether the readers of a list may see what an alert watches: it can name a colleague."""
    is_public, request = _is_public(context), context.request
    if terms.owner == request.user and not is_public:
        return True
    try:
        viewer = viewer_for(context.rights, request.channel if is_public else None)
        if not viewer.everything:
            require_visible(question_of(terms, context.now, context.services), viewer, context.catalogue)
    except QueryError:
        return False
    return True
