"""Subscriptions as deliveries, each answered with the rights of its owner and its reader at that moment.

If the owner may no longer see it, or its line can no longer be read, the subscription is paused and the owner
is told once in private. If the owner has left the workspace, admins can take it over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from time import perf_counter
from zoneinfo import ZoneInfo

from bot.conversation.audit_words import rows_of, rows_of_summary, words_of
from bot.deliveries.audit_notes import audit_note, note_in_audit
from bot.deliveries.content import Ending, Hold, LanguageOf, OrdinaryContent
from bot.deliveries.made_summaries import MadeSummaries
from bot.deliveries.subscription_gate import SubscriptionGate
from bot.deliveries.subscription_planning import SubscriptionPlanner, grace_of
from bot.deliveries.summary_details import plan_thread
from bot.render.answer import answer_message
from bot.render.message import Message
from bot.render.schedule_words import missed_posts
from bot.render.sentences import Sentences
from bot.render.subscription_list import introduced
from bot.render.summary import missed_remarks, summary_message
from bot.render.words.corrections import corrected_remarks
from bot.rights import Account, Membership, Rights, answers_for
from bot.runtime.errors import NothingToPostError
from bot.runtime.references import current_reference
from bot.store.audit import Entry
from bot.store.deliveries import HANDOVER, SUBSCRIPTION, Deliveries, Delivery, State, What
from bot.store.subscriptions import Paused, Recipients, Subscription, SubscriptionTerms, number_of
from bot.subscriptions.recipients import Reader, reader_for, require_may_send
from bot.subscriptions.shown_figures import figures_hash
from bot.subscriptions.standing import is_left, preview_line, question_of, shown_as, zone_of
from bot.workspace.reading_again import reading_again
from bot.workspace.restatements import restated, restated_by_summary
from bot.workspace.services import Services, subscriptions_of
from bot.workspace.summaries import require_private, spec_named
from kpi_engine import parse_period
from kpi_engine.domain.errors import ForbiddenError, QueryError
from kpi_engine.domain.periods import Period
from kpi_engine.domain.summary import Summary

log = logging.getLogger(__name__)

_NOW = "now"
"""The period of a delivery begins with it if somebody pressed Send now."""

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
    planner: SubscriptionPlanner

    def plan(self, now: datetime) -> None:
        """Plan every occurrence that was due of the subscriptions that aren't paused."""
        self.planner.plan(now)

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return how a post ends that is no longer wanted or too late; None if it is to be posted."""
        subscription = _subscription(delivery, self.services)
        if subscription is None or subscription.key != delivery.what.subscription:
            return Ending(State.FAILED, "it was stopped or changed")
        if subscription.paused and not delivery.what.period.startswith(_NOW):
            return Ending(State.FAILED, "it is paused")
        if not self._is_recipient(subscription, delivery.what.target):
            return Ending(State.SKIPPED, "they no longer want it")
        if now - delivery.wanted_at > grace_of(subscription.terms, self.services):
            return Ending(State.MISSED, delivery.reason or "too late")
        return None

    @property
    def gate(self) -> SubscriptionGate:
        """What the posts wait for."""
        return SubscriptionGate(self.services, self.account_of, self._sentences)

    def hold(self, delivery: Delivery, now: datetime) -> Hold | None:
        """Return the hold of a post whose rows haven't arrived. Raises WarehouseError and DeliveryError."""
        return self.gate.hold(delivery, now)

    def _is_recipient(self, subscription: Subscription, target: str) -> bool:
        terms = subscription.terms
        if terms.recipients is Recipients.PEOPLE:
            return target in terms.people
        if terms.recipients is Recipients.REPS:
            return target not in subscriptions_of(self.services).who_left(subscription.id)
        return True

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """Return what is posted, as far as its owner and its readers may see it now.

        Raises KpiError. If it may not be seen, or can't be read any more, the subscription is paused first.
        """
        subscription = _subscription(delivery, self.services)
        if subscription is None:
            raise QueryError("The subscription was stopped.")
        terms, target, started = subscription.terms, delivery.what.target, perf_counter()
        sentences = self._sentences(terms, target)
        with reading_again(self.services, delivery.not_before, now):
            owner = self._owner(subscription, delivery, now)
            try:
                reader = reader_for(terms, target, owner, self._rights_of(now), self.services, now)
                made, words, rows, figures = self._made(terms, delivery, reader, sentences, now)
            except QueryError as wrong:
                if terms.recipients is Recipients.ONE or not isinstance(wrong, ForbiddenError):
                    self._pause(subscription, delivery, _why(wrong), now)
                raise
        if self._is_unchanged(subscription, delivery, figures):
            raise NothingToPostError("No figure has changed since the last post.")
        in_vain = self.gate.remarks(subscription, delivery, sentences, now)
        made = replace(made, foot=(*made.foot, *in_vain))
        milliseconds = round((perf_counter() - started) * 1000)
        entry = Entry(
            terms.owner,
            target,
            SUBSCRIPTION,
            words,
            "answered",
            rows,
            milliseconds,
            now,
            current_reference(),
        )
        if not self.deliveries.was_sent(subscription.key, target):
            shown = shown_as(subscription, now, self.services, sentences, may_stop=False, may_edit=False)
            made = introduced(made, shown, sentences, self.services.command)
        return replace(self.services.marked(made, sentences), note=f"{figures} {audit_note(entry)}")

    def sent(self, delivery: Delivery, now: datetime) -> None:
        """Keep the hash of the figures, and note in the audit what was posted; a summary's thread is next."""
        figures, _, audited = delivery.note.partition(" ")
        number = number_of(delivery.what.subscription)
        if figures and number is not None:
            subscriptions_of(self.services).note_figures(number, delivery.what.target, figures)
        note_in_audit(self.services.audit, audited)
        if self.is_summary(delivery):
            plan_thread(self.deliveries, delivery, now)

    def _sentences(self, terms: SubscriptionTerms, target: str) -> Sentences:
        """Return the sentences of the reader's language; in a channel, of the language of its set-up."""
        language = terms.language if terms.channel else self.language_of(target) or terms.language
        return self.services.sentences(language)

    def _rights_of(self, now: datetime) -> Callable[[str], Rights]:
        return lambda user: self.services.rights_of(self.account_of(user), now)

    def _owner(self, subscription: Subscription, delivery: Delivery, now: datetime) -> Rights:
        """Return the rights of the owner, who may have it sent. Raises KpiError, after it is paused.

        What belongs to a deactivated account is paused until an admin takes it over.
        """
        terms = subscription.terms
        account = self.account_of(terms.owner)
        rights = self.services.rights_of(account, now)
        if account.membership is Membership.GONE:
            self._pause(subscription, delivery, Paused.LEFT, now)
            raise NothingToPostError("Its owner's account is deactivated.")
        try:
            require_may_send(terms, rights.own, self.services, now)
        except ForbiddenError:
            self._pause(subscription, delivery, Paused.ROLE, now)
            raise
        return rights

    def _is_unchanged(self, subscription: Subscription, delivery: Delivery, figures: str) -> bool:
        """Whether a post that is wanted only after a change shows what the last one to its target did."""
        what = delivery.what
        if not subscription.terms.only_changes or what.period.startswith(_NOW):
            return False
        return subscriptions_of(self.services).figures(subscription.id, what.target) == figures

    def _made(
        self,
        terms: SubscriptionTerms,
        delivery: Delivery,
        reader: Reader,
        sentences: Sentences,
        now: datetime,
    ) -> tuple[Message, str, int, str]:
        """Return what is posted, its question in canonical words, and how many figures with which hash."""
        services, viewer, target = self.services, reader.viewer, delivery.what.target
        missed = self.deliveries.missed_before(delivery.what.subscription, target, delivery.due_at)
        if not terms.is_summary:
            query = question_of(terms, delivery.due_at, services)
            answers = answers_for(services.engine, query, viewer, services.totals, now)
            drivers = services.drivers_of(answers, viewer, now)
            before = restated(services, delivery, viewer, answers, answers, sentences, now)
            shown = answer_message(answers, sentences, drivers=drivers)
            said = (
                *corrected_remarks(before.corrections, sentences),
                *before.arrived,
                *missed_posts(_due_days(missed, zone_of(terms, services)), sentences),
            )
            return (
                replace(shown, foot=(*shown.foot, *said)),
                words_of(answers),
                rows_of(answers),
                figures_hash(answers, sentences.formats),
            )
        summary = self._summary(terms, delivery, reader, now)
        before = restated_by_summary(services, delivery, viewer, summary, sentences, now)
        remarks = (*before.arrived, *missed_remarks(self._periods(missed, now), sentences))
        shown_answers = [answer for section in summary.sections for answer in section.answers]
        figures = figures_hash(shown_answers, sentences.formats)
        shown = summary_message(summary, sentences, remarks, before.corrections)
        return shown, preview_line(terms), rows_of_summary(summary), figures

    def repeats_unclear(self, delivery: Delivery) -> bool:
        """Whether it is a summary whose file says so."""
        subscription = _subscription(delivery, self.services)
        if subscription is None or not subscription.terms.is_summary:
            return False
        spec = self.services.catalogue.summaries.get(subscription.terms.line)
        return spec is not None and spec.if_unclear == "repeat"

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
            with reading_again(self.services, post.not_before, now):
                owner, target = self._rights_of(now)(terms.owner), post.what.target
                reader = reader_for(terms, target, owner, self._rights_of(now), self.services, now)
                summary = self._summary(terms, post, reader, now)
        return summary, self._sentences(terms, post.what.target)

    def _summary(
        self, terms: SubscriptionTerms, delivery: Delivery, reader: Reader, now: datetime
    ) -> Summary:
        is_asked_for = delivery.what.period.startswith(_NOW)
        today = self.services.engine.today(now)
        period = None if is_asked_for else parse_period(delivery.what.period, today)
        spec = spec_named(self.services.catalogue, terms.line)
        if terms.channel is not None:
            require_private(spec)  # it may have been another one's when it was subscribed to
        viewer = reader.viewer
        rep = reader.rep
        if rep is None and spec.is_private:
            rep = self.services.asker(delivery.what.target, now, viewer).rep
        return self.made.make(delivery, spec, viewer, now, period, rep)

    def _periods(self, missed: Sequence[Delivery], now: datetime) -> Sequence[Period]:
        """Return the periods of the summaries that were missed before one."""
        today = self.services.engine.today(now)
        periods = [entry.what.period for entry in missed if not entry.what.period.startswith(_NOW)]
        return [parse_period(period, today) for period in periods]

    def _pause(self, subscription: Subscription, delivery: Delivery, reason: Paused, now: datetime) -> None:
        """Pause a subscription; its owner is told of it as of an incident.

        Of an owner who has left, the admins are offered it: that is planned before the pause, so that both
        happen later if the bot is killed in between.
        """
        log.warning("%s is paused (%s)", subscription.key, reason)
        if reason is Paused.LEFT and is_left(replace(subscription, paused=reason)):
            for admin in sorted(self.services.roles.listed.admins):
                offer = What(delivery.what.subscription, reason, admin, HANDOVER)
                self.deliveries.plan(offer, now, now)
        subscriptions_of(self.services).pause(subscription.id, reason)


def _why(wrong: QueryError) -> Paused:
    return Paused.ROLE if isinstance(wrong, ForbiddenError) else Paused.LINE


def _due_days(missed: Sequence[Delivery], zone: ZoneInfo) -> Sequence[date]:
    """Return the days on which posts were due, in the time zone of their subscription."""
    return [
        entry.due_at.astimezone(zone).date() for entry in missed if not entry.what.period.startswith(_NOW)
    ]


def _subscription(delivery: Delivery, services: Services) -> Subscription | None:
    """Return the subscription of a delivery, None if it was stopped."""
    number = number_of(delivery.what.subscription)
    return None if number is None else subscriptions_of(services).get(number)
