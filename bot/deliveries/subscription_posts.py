"""Subscriptions as deliveries, each answered with its owner's rights at that moment.

If the owner may no longer see it, or its line can no longer be read, the subscription is paused and the owner
is told once in private.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

from bot.conversation.audit_words import rows_of, rows_of_summary, words_of
from bot.deliveries.content import Ending, LanguageOf, OrdinaryContent
from bot.deliveries.made_summaries import MadeSummaries
from bot.render.answer import answer_message
from bot.render.document import Channel, Line, filled
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.subscription_list import introduced, notice_message
from bot.render.summary import missed_remarks, summary_message
from bot.render.words.missing import arrived_sentences
from bot.rights import Account, Viewer, answers_for, require_visible
from bot.runtime.references import current_reference
from bot.store.audit import Entry
from bot.store.deliveries import NOTICE, SUBSCRIPTION, Deliveries, Delivery, State, What
from bot.store.subscriptions import Paused, Subscription, SubscriptionTerms, number_of
from bot.subscriptions import due_times
from bot.subscriptions.due_times import Occurrence
from bot.subscriptions.standing import preview_line, question_of, shown_as, viewer_for
from bot.workspace.late_rows import arrived_remarks, arrived_since
from bot.workspace.services import Services, subscriptions_of
from bot.workspace.summaries import require_private, spec_named
from kpi_engine import canonical_period, parse_period
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.summary import Summary

log = logging.getLogger(__name__)

_NOW = "now"
"""The period of a delivery begins with it if somebody pressed Send now."""
_GRACE = {"week": timedelta(hours=12), "month": timedelta(hours=48)}
"""How late a question is still sent after the bot was down; for summaries their file says it."""
_NOTICED_FOR = timedelta(days=2)
_CHANNEL_FIXES = {
    "not_in_channel": "Invite me there: type /invite and my name in that channel. Then press Send now.",
    "channel_not_found": "The channel no longer exists or is private. If it is private, invite me there "
    "and press Send now.",
    "is_archived": "Unarchive the channel, or choose another one with Edit.",
}
"""What owners can do if Slack refuses to post in the channel, by Slack's error code."""

AccountOf = Callable[[str], Account]
"""Returns who a user is, as Slack says now. Raises DeliveryError if Slack doesn't answer."""


@dataclass(frozen=True, slots=True)
class SubscriptionPosts(OrdinaryContent):
    """The subscriptions of one workspace: which are due, and what is posted."""

    services: Services
    deliveries: Deliveries
    account_of: AccountOf
    language_of: LanguageOf
    made: MadeSummaries
    _planned: dict[str, datetime] = field(default_factory=dict)
    _asked: dict[int, Entry] = field(default_factory=dict)

    def plan(self, now: datetime) -> None:
        """Plan the latest occurrence of each subscription that isn't paused."""
        self._asked.clear()  # what this process made and didn't post, another one has posted
        for subscription in subscriptions_of(self.services).active():
            terms = subscription.terms
            due = due_times.latest(terms.schedule, now, ZoneInfo(terms.zone), self.services.calendar)
            if due.at >= subscription.since and self._planned.get(subscription.key) != due.at:
                self._plan(subscription, due, now)
                self._planned[subscription.key] = due.at

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return how a post ends that is no longer wanted or too late; None if it is to be posted."""
        subscription = _subscription(delivery, self.services)
        if subscription is None or subscription.key != delivery.what.subscription:
            return Ending(State.FAILED, "it was stopped or changed")
        if subscription.paused and not delivery.what.period.startswith(_NOW):
            return Ending(State.FAILED, "it is paused")
        if now - delivery.due_at > self._grace(subscription.terms):
            return Ending(State.MISSED, delivery.reason or "too late")
        return None

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """Return what is posted, as far as its owner and its readers may see it now.

        Raises KpiError. If it may not be seen, or can't be read any more, the subscription is paused first.
        """
        subscription = _subscription(delivery, self.services)
        if subscription is None:
            raise QueryError("The subscription was stopped.")
        terms, started = subscription.terms, perf_counter()
        rights = self.services.rights_of(self.account_of(terms.owner), now)
        sentences = self.services.sentences(self._language(terms))
        try:
            viewer = viewer_for(rights, terms.channel)
            made, words, rows = self._made(terms, delivery, viewer, sentences, now)
        except QueryError as wrong:
            self._pause(subscription, delivery, wrong, now)
            raise
        milliseconds = round((perf_counter() - started) * 1000)
        self._asked[delivery.id] = Entry(
            terms.owner,
            terms.target,
            SUBSCRIPTION,
            words,
            "answered",
            rows,
            milliseconds,
            now,
            current_reference(),
        )
        if not self.deliveries.was_sent(subscription.key):
            command = self.services.command
            made = introduced(made, subscription.id, terms.owner, terms.schedule, sentences, command)
        return self.services.marked(made, sentences)

    def sent(self, delivery: Delivery, now: datetime) -> None:  # noqa: ARG002 - the protocol's signature
        """Note in the audit what was posted, as a question of its owner."""
        entry = self._asked.pop(delivery.id, None)
        if entry is not None and self.services.audit is not None:
            self.services.audit.note(entry)

    def _language(self, terms: SubscriptionTerms) -> str:
        """Return the owner's language; in a channel, the language of when it was set up."""
        return terms.language if terms.channel else self.language_of(terms.owner) or terms.language

    def _plan(self, subscription: Subscription, due: Occurrence, now: datetime) -> None:
        terms = subscription.terms
        what = What(subscription.key, canonical_period(due.period), terms.target, SUBSCRIPTION)
        is_late = now - due.at > self._grace(terms)
        state = State.MISSED if is_late else State.PENDING
        if self.deliveries.plan(what, due.at, now, state=state) and is_late:
            log.warning("%s was missed for %s: the bot was down", what.subscription, what.period)

    def _grace(self, terms: SubscriptionTerms) -> timedelta:
        spec = self.services.catalogue.summaries.get(terms.line) if terms.is_summary else None
        return timedelta(hours=spec.grace_hours) if spec else _GRACE[terms.schedule.every]

    def _made(
        self,
        terms: SubscriptionTerms,
        delivery: Delivery,
        viewer: Viewer,
        sentences: Sentences,
        now: datetime,
    ) -> tuple[Message, str, int]:
        """Return what is posted, its question in canonical words, and how many figures it shows."""
        services = self.services
        if not terms.is_summary:
            query = question_of(terms, delivery.due_at, services)
            answers = answers_for(services.engine, query, viewer, services.totals, now)
            drivers = services.drivers_of(answers, viewer, now)
            arrived = arrived_since(services.holes, answers, terms.target, now)
            shown = answer_message(answers, sentences, drivers=drivers)
            shown = replace(shown, foot=(*shown.foot, *arrived_sentences(arrived, sentences)))
            return shown, words_of(answers), rows_of(answers)
        summary = self._summary(terms, delivery, viewer, now)
        remarks = (
            *arrived_remarks(services.holes, summary, terms.target, sentences, now),
            *self._remarks(delivery, sentences, now),
        )
        shown = summary_message(summary, sentences, remarks)
        return shown, preview_line(terms), rows_of_summary(summary)

    def is_summary(self, post: Delivery) -> bool:
        """Whether a post is a summary, which has a thread."""
        subscription = _subscription(post, self.services)
        return subscription is not None and subscription.terms.is_summary

    def again(self, post: Delivery, now: datetime) -> tuple[Summary, Sentences] | None:
        """Return the summary of a post, for its thread; None if it was stopped. Raises KpiError."""
        subscription = _subscription(post, self.services)
        if subscription is None:
            return None
        terms = subscription.terms
        summary = self.made.taken(post)
        if summary is None:
            viewer = viewer_for(self.services.rights_of(self.account_of(terms.owner), now), terms.channel)
            summary = self._summary(terms, post, viewer, now)
        return summary, self.services.sentences(self._language(terms))

    def _summary(
        self, terms: SubscriptionTerms, delivery: Delivery, viewer: Viewer, now: datetime
    ) -> Summary:
        is_asked_for = delivery.what.period.startswith(_NOW)
        today = self.services.engine.today(now)
        period = None if is_asked_for else parse_period(delivery.what.period, today)
        spec = spec_named(self.services.catalogue, terms.line)
        if terms.channel is not None:
            require_private(spec)  # it may have been another one's when it was subscribed to
        rep = self.services.asker(terms.owner, now, viewer).rep if spec.is_private else None
        return self.made.make(delivery, spec, viewer, now, period, rep)

    def _remarks(self, delivery: Delivery, sentences: Sentences, now: datetime) -> Sequence[str]:
        """Return the remarks about summaries that were missed before this one."""
        what, today = delivery.what, self.services.engine.today(now)
        missed = self.deliveries.missed_before(what.subscription, what.target, delivery.due_at)
        periods = [entry.what.period for entry in missed if not entry.what.period.startswith(_NOW)]
        return missed_remarks([parse_period(period, today) for period in periods], sentences)

    def _pause(
        self, subscription: Subscription, delivery: Delivery, wrong: QueryError, now: datetime
    ) -> None:
        """Plan the owner's notice and then pause; if the bot is killed in between, both happen later."""
        reason = Paused.ROLE if isinstance(wrong, ForbiddenError) else Paused.LINE
        log.warning("%s is paused (%s, %s)", subscription.key, reason, type(wrong).__name__)
        what = delivery.what
        notice = What(what.subscription, _of_notice(reason, delivery), subscription.terms.owner, NOTICE)
        self.deliveries.plan(notice, now, now)
        subscriptions_of(self.services).pause(subscription.id, reason)


@dataclass(frozen=True, slots=True)
class SubscriptionNotices(OrdinaryContent):
    """Private notices to owners whose subscription was paused, or refused by the channel."""

    services: Services
    deliveries: Deliveries
    account_of: AccountOf
    language_of: LanguageOf

    def plan(self, now: datetime) -> None:
        """Plan a notice for each post that its channel refused, as the rows of deliveries say."""
        for failed in self.deliveries.failed_since(SUBSCRIPTION, now - _NOTICED_FOR):
            code = (failed.reason or "").partition(":")[0]
            if code not in _CHANNEL_FIXES:
                continue
            subscription = _subscription(failed, self.services)
            if subscription is not None and subscription.terms.channel:
                owner = subscription.terms.owner
                what = What(failed.what.subscription, _of_notice(code, failed), owner, NOTICE)
                if not self.deliveries.has(what):
                    self.deliveries.plan(what, now, now)

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return how a notice ends that is too late or has no subscription left; None if it is to be sent."""
        if _subscription(delivery, self.services) is None:
            return Ending(State.FAILED, "it was stopped")
        return Ending(State.MISSED, "too late") if now - delivery.due_at > _NOTICED_FOR else None

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """Return what happened and what the owner can do. Raises KpiError."""
        subscription = _subscription(delivery, self.services)
        if subscription is None:
            raise QueryError("The subscription was stopped.")
        terms, code = subscription.terms, delivery.what.period.partition(" ")[0]
        sentences = self.services.sentences(self.language_of(terms.owner) or terms.language)
        say = sentences.say
        if code in _CHANNEL_FIXES:
            told: Line = filled(
                say("I couldn't post your subscription {number} in {channel}."),
                number=subscription.id,
                channel=Channel(terms.channel or ""),
            )
            reasons = [sentences.said(_CHANNEL_FIXES[code])]
        else:
            told = say("Your subscription {number} is paused: {why}.").format(
                number=subscription.id,
                why=say("its readers no longer have access to it")
                if code == Paused.ROLE
                else say("I no longer understand its question"),
            )
            reasons = self._reasons(subscription, sentences, now)
        entry = shown_as(subscription, now, self.services, sentences, may_stop=True, may_edit=True)
        made = notice_message(told, reasons, entry, sentences)
        return self.services.marked(made, sentences)

    def _reasons(self, subscription: Subscription, sentences: Sentences, now: datetime) -> list[str]:
        """Return the sentences that say what is wrong with a subscription now."""
        terms = subscription.terms
        try:
            rights = self.services.rights_of(self.account_of(terms.owner), now)
            viewer = viewer_for(rights, terms.channel)
            if not terms.is_summary:
                query = question_of(terms, now, self.services)
                require_visible(query, viewer, self.services.catalogue)
        except QueryError as wrong:
            return [sentences.said(wrong.message), sentences.said(wrong.hint)]
        return []


def _subscription(delivery: Delivery, services: Services) -> Subscription | None:
    """Return the subscription of a delivery, None if it was stopped."""
    number = number_of(delivery.what.subscription)
    return None if number is None else subscriptions_of(services).get(number)


def _of_notice(code: str, delivery: Delivery) -> str:
    """Return the period of a notice, which identifies it: what happened to which delivery."""
    return f"{code} {delivery.id}"
