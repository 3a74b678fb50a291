"""What people subscribed to as deliveries, each made under its owner's rights at that moment.

Who may no longer see it, or whose line can't be read any more, is told once in private, and the subscription
is paused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

from bot.conversation.audit_words import rows_of, rows_of_summary, words_of
from bot.deliveries.deliverer import Ending
from bot.render.answer import answer_message
from bot.render.demo_mark import marked
from bot.render.document import Channel, Line, filled
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.subscription_list import introduced, notice_message
from bot.render.summary import missed_remarks, summary_message
from bot.rights import access, team_totals
from bot.rights.access import Account, Viewer
from bot.store.audit import Entry
from bot.store.deliveries import NOTICE, SUBSCRIPTION, Deliveries, Delivery, State, What
from bot.store.subscriptions import Draft, Paused, Subscription, number_of
from bot.subscriptions import due_times
from bot.subscriptions.due_times import Occurrence
from bot.subscriptions.standing import preview_line, question_of, shown_as, viewer_for
from bot.workspace.services import Services, subscriptions_of
from bot.workspace.summaries import spec_named, summary_of
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.language.parser import parse_period
from kpi_engine.language.period_phrases import canonical_period

log = logging.getLogger(__name__)

NOW = "now"
"""What the period of a delivery begins with that somebody asked for."""
GRACE = {"week": timedelta(hours=12), "month": timedelta(hours=48)}
"""How late a question is still sent after the bot was down; a summary's file says it of that."""
_NOTICED_FOR = timedelta(days=2)
_CHANNEL_FIXES = {
    "not_in_channel": "Invite me there: type /invite and my name in that channel. Then press Send now.",
    "channel_not_found": "The channel is gone, or private: then invite me there, and press Send now.",
    "is_archived": "Unarchive the channel, or choose another one with Edit.",
}
"""What an owner does whose channel takes no message, by Slack's reason."""

AccountOf = Callable[[str], Account]
"""Tells who a user is, as Slack says it now. Raises DeliveryError where it says nothing."""
LanguageOf = Callable[[str], str | None]
"""Tells the language of a Slack user, None where nobody says."""


@dataclass(frozen=True, slots=True)
class SubscriptionPosts:
    """Plans and makes what the people of one workspace subscribed to."""

    services: Services
    deliveries: Deliveries
    account_of: AccountOf
    language_of: LanguageOf
    _planned: dict[str, datetime] = field(default_factory=dict)
    _asked: dict[int, Entry] = field(default_factory=dict)

    def plan(self, now: datetime) -> None:
        """Write down the latest occurrence of each subscription that runs."""
        self._asked.clear()  # another process has posted what this one made and didn't
        for subscription in subscriptions_of(self.services).active():
            draft = subscription.draft
            due = due_times.latest(draft.schedule, now, ZoneInfo(draft.zone), self.services.calendar)
            if due.at >= subscription.since and self._planned.get(subscription.key) != due.at:
                self._plan(subscription, due, now)
                self._planned[subscription.key] = due.at

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return the end of a post that nobody wants any more, or that is too late."""
        subscription = _subscription(delivery, self.services)
        if subscription is None or subscription.key != delivery.what.subscription:
            return Ending(State.FAILED, "it was stopped or changed")
        if subscription.paused and not delivery.what.period.startswith(NOW):
            return Ending(State.FAILED, "it is paused")
        if now - delivery.due_at > self._grace(subscription.draft):
            return Ending(State.MISSED, delivery.reason or "too late")
        return None

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """Return what is posted, as its owner and its readers may see it now.

        Raises KpiError; where it may not be seen or can't be read any more the subscription is paused first.
        """
        subscription = _subscription(delivery, self.services)
        if subscription is None:
            raise QueryError("The subscription was stopped.")
        draft, started = subscription.draft, perf_counter()
        owner = self.account_of(draft.owner)
        sentences = self.services.sentences(self._language(draft))
        try:
            viewer = viewer_for(owner, draft.channel, now, self.services)
            made, words, rows = self._made(draft, delivery, viewer, sentences, now)
        except QueryError as wrong:
            self._pause(subscription, delivery, wrong, now)
            raise
        milliseconds = round((perf_counter() - started) * 1000)
        self._asked[delivery.id] = Entry(
            draft.owner, draft.target, SUBSCRIPTION, words, "answered", rows, milliseconds, now
        )
        if not self.deliveries.was_sent(subscription.key):
            command = self.services.command
            made = introduced(made, subscription.id, draft.owner, draft.schedule, sentences, command)
        return marked(made, sentences) if self.services.demo else made

    def sent(self, delivery: Delivery, now: datetime) -> None:  # noqa: ARG002 - the protocol's signature
        """Note in the audit what was posted, as asked by its owner."""
        entry = self._asked.pop(delivery.id, None)
        if entry is not None and self.services.audit is not None:
            self.services.audit.note(entry)

    def not_sent(self, delivery: Delivery, now: datetime) -> None:
        """Nothing to note: the notices read it from the delivery."""

    def _language(self, draft: Draft) -> str:
        """Return the owner's language: theirs now, and of a channel that of when it was set up."""
        return draft.language if draft.channel else self.language_of(draft.owner) or draft.language

    def _plan(self, subscription: Subscription, due: Occurrence, now: datetime) -> None:
        draft = subscription.draft
        what = What(subscription.key, canonical_period(due.period), draft.target, SUBSCRIPTION)
        is_late = now - due.at > self._grace(draft)
        state = State.MISSED if is_late else State.PENDING
        if self.deliveries.plan(what, due.at, now, state=state) and is_late:
            log.warning("%s was missed for %s: the bot was down", what.subscription, what.period)

    def _grace(self, draft: Draft) -> timedelta:
        spec = self.services.catalogue.summaries.get(draft.line) if draft.is_summary else None
        return timedelta(hours=spec.grace_hours) if spec else GRACE[draft.schedule.every]

    def _made(
        self, draft: Draft, delivery: Delivery, viewer: Viewer, sentences: Sentences, now: datetime
    ) -> tuple[Message, str, int]:
        """Return what is posted, with its question in canonical words and how many figures it shows."""
        services, today = self.services, self.services.engine.today(now)
        if not draft.is_summary:
            query = question_of(draft, delivery.due_at, services)
            answers = team_totals.answers(services.engine, query, viewer, now)
            drivers = services.drivers_of(answers, viewer, now)
            shown = answer_message(answers, sentences, drivers=drivers)
            return shown, words_of(answers), rows_of(answers)
        is_asked_for = delivery.what.period.startswith(NOW)
        period = None if is_asked_for else parse_period(delivery.what.period, today)
        spec = spec_named(services.catalogue, draft.line)
        summary = summary_of(services.engine, spec, services.members(now), now, viewer, period)
        remarks = self._remarks(delivery, sentences, now)
        shown = summary_message(summary, sentences, remarks, is_own=True)
        return shown, preview_line(draft), rows_of_summary(summary)

    def _remarks(self, delivery: Delivery, sentences: Sentences, now: datetime) -> Sequence[str]:
        """Return what is said about summaries that were missed before this one."""
        what, today = delivery.what, self.services.engine.today(now)
        missed = self.deliveries.missed_before(what.subscription, what.target, delivery.due_at)
        periods = [entry.what.period for entry in missed if not entry.what.period.startswith(NOW)]
        return missed_remarks([parse_period(period, today) for period in periods], sentences)

    def _pause(
        self, subscription: Subscription, delivery: Delivery, wrong: QueryError, now: datetime
    ) -> None:
        """Let a subscription wait and have its owner told, in an order in which a kill loses neither."""
        reason = Paused.ROLE if isinstance(wrong, ForbiddenError) else Paused.LINE
        log.warning("%s is paused (%s): %s", subscription.key, reason, wrong)
        what = delivery.what
        notice = What(what.subscription, _of_notice(reason, delivery), subscription.draft.owner, NOTICE)
        self.deliveries.plan(notice, now, now)
        subscriptions_of(self.services).pause(subscription.id, reason)


@dataclass(frozen=True, slots=True)
class SubscriptionNotices:
    """Tells owners in private what became of their subscriptions: paused, or refused by the channel."""

    services: Services
    deliveries: Deliveries
    account_of: AccountOf
    language_of: LanguageOf

    def plan(self, now: datetime) -> None:
        """Write down what owners of refused posts are told; read from the deliveries, no kill loses it."""
        for failed in self.deliveries.failed_since(SUBSCRIPTION, now - _NOTICED_FOR):
            code = (failed.reason or "").partition(":")[0]
            if code not in _CHANNEL_FIXES:
                continue
            subscription = _subscription(failed, self.services)
            if subscription is not None and subscription.draft.channel:
                owner = subscription.draft.owner
                what = What(failed.what.subscription, _of_notice(code, failed), owner, NOTICE)
                if not self.deliveries.has(what):
                    self.deliveries.plan(what, now, now)

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return the end of a notice that is too late, or whose subscription is gone."""
        if _subscription(delivery, self.services) is None:
            return Ending(State.FAILED, "it was stopped")
        return Ending(State.MISSED, "too late") if now - delivery.due_at > _NOTICED_FOR else None

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """Return what the owner is told, and what to do. Raises KpiError."""
        subscription = _subscription(delivery, self.services)
        if subscription is None:
            raise QueryError("The subscription was stopped.")
        draft, code = subscription.draft, delivery.what.period.partition(" ")[0]
        sentences = self.services.sentences(self.language_of(draft.owner) or draft.language)
        say = sentences.say
        if code in _CHANNEL_FIXES:
            told: Line = filled(
                say("I couldn't post your subscription {number} in {channel}."),
                number=subscription.id,
                channel=Channel(draft.channel or ""),
            )
            reasons = [sentences.said(_CHANNEL_FIXES[code])]
        else:
            told = say("Your subscription {number} is paused: {why}.").format(
                number=subscription.id,
                why=say("it may not be seen any more")
                if code == Paused.ROLE
                else say("its question can't be read any more"),
            )
            reasons = self._reasons(subscription, sentences, now)
        entry = shown_as(subscription, now, self.services, sentences, may_stop=True, may_edit=True)
        made = notice_message(told, reasons, entry, sentences)
        return marked(made, sentences) if self.services.demo else made

    def sent(self, delivery: Delivery, now: datetime) -> None:
        """Nothing to note: the delivery says it."""

    def not_sent(self, delivery: Delivery, now: datetime) -> None:
        """Nothing to note: the list shows the subscription as paused."""

    def _reasons(self, subscription: Subscription, sentences: Sentences, now: datetime) -> list[str]:
        """Return what is wrong with a subscription now, in words."""
        draft = subscription.draft
        try:
            owner = self.account_of(draft.owner)
            viewer = viewer_for(owner, draft.channel, now, self.services)
            if not draft.is_summary:
                query = question_of(draft, now, self.services)
                access.require_part(query, viewer, self.services.catalogue)
        except QueryError as wrong:
            return [sentences.said(wrong.message), sentences.said(wrong.hint)]
        return []


def _subscription(delivery: Delivery, services: Services) -> Subscription | None:
    """Return what a delivery is of, None where it was stopped."""
    number = number_of(delivery.what.subscription)
    return None if number is None else subscriptions_of(services).get(number)


def _of_notice(code: str, delivery: Delivery) -> str:
    """Return what a notice is told by: what happened to which delivery."""
    return f"{code} {delivery.id}"
