"""Alerts as deliveries: what began, what still holds, what is over, and that one is paused.

What a message says is worked out when it is sent, with its owner's rights at that moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter

from bot.alerts.judging import look_at
from bot.alerts.standing import question_of, shown_as
from bot.conversation.audit_words import rows_of, words_of
from bot.deliveries.alert_looks import BEGUN, OVER, PAUSED, STILL, answer_of
from bot.deliveries.audit_notes import audit_note, note_in_audit
from bot.deliveries.content import Ending, LanguageOf, OrdinaryContent
from bot.deliveries.subscription_posts import AccountOf
from bot.render.alert_post import begun_message, introduced, over_message, paused_message
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.rights import require_visible
from bot.runtime.references import current_reference
from bot.store.alerts import Alert, AlertTerms, Judged, number_of
from bot.store.audit import Entry
from bot.store.deliveries import ALERT, Deliveries, Delivery, State, What
from bot.subscriptions.standing import viewer_for
from bot.workspace.services import Services, alerts_of
from kpi_engine.domain.alerts import Standing
from kpi_engine.domain.errors import QueryError

_OVER_FOR = timedelta(days=2)
"""How long it is tried to tell that something is over, or that an alert is paused."""


@dataclass(frozen=True, slots=True)
class AlertPosts(OrdinaryContent):
    """The messages of one workspace's alerts; `AlertLooks` plans them."""

    services: Services
    deliveries: Deliveries
    account_of: AccountOf
    language_of: LanguageOf

    def plan(self, now: datetime) -> None:
        """Do nothing: looks at the figures plan what is to be told."""

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return how a message ends that is no longer true or wanted; None if it is to be posted."""
        reason = self._why_not(delivery, self._alert(delivery), now)
        return Ending(State.FAILED, reason) if reason else None

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """Return what is posted. Raises KpiError."""
        alert = self._alert(delivery)
        if alert is None:
            raise QueryError("The alert was stopped.")
        sentences = self.services.sentences(self._language(alert.terms))
        if _kind(delivery) == PAUSED:
            entry = shown_as(alert, now, self.services, sentences, may_stop=True, may_edit=True)
            made = paused_message(entry, self._reasons(alert, sentences, now), sentences)
            return self.services.marked(made, sentences)
        return self.services.marked(self._told(alert, delivery, sentences, now), sentences)

    def sent(self, delivery: Delivery, now: datetime) -> None:  # noqa: ARG002 - the protocol's signature
        """Note in the audit what was posted, as a question of its owner."""
        note_in_audit(self.services.audit, delivery.note)

    def _why_not(self, delivery: Delivery, alert: Alert | None, now: datetime) -> str:
        """Return why a message isn't posted; empty if it is."""
        if alert is None or alert.key != delivery.what.subscription:
            return "it was stopped or changed"
        kind, is_firing = _kind(delivery), alert.standing is Standing.FIRING
        if kind == PAUSED:
            return "" if alert.paused else "it is on again"
        if alert.paused:
            return "it is paused"
        if kind != OVER:
            return "" if is_firing else "it is over"
        if _is_untold(self._begun(alert, _number(delivery))):
            return "nobody was told that it had begun"
        return "it is no news any more" if is_firing or now - delivery.due_at > _OVER_FOR else ""

    def _told(self, alert: Alert, delivery: Delivery, sentences: Sentences, now: datetime) -> Message:
        terms, started = alert.terms, perf_counter()
        answer = answer_of(alert, self.services, self.account_of, now)
        milliseconds = round((perf_counter() - started) * 1000)
        words, rows = words_of([answer]), rows_of([answer])
        entry = Entry(
            terms.owner,
            terms.target,
            ALERT,
            words,
            "answered",
            rows,
            milliseconds,
            now,
            current_reference(),
        )
        if _kind(delivery) == OVER:
            begun = self._begun(alert, _number(delivery))
            since = begun.changed_at if begun else None
            made = over_message(answer, terms.watch, since, alert.seen_by, sentences)
            return replace(made, note=audit_note(entry))
        look = look_at(answer, terms.watch, self.services.calendar)
        if look.standing is Standing.CLEAR:  # then this isn't posted: `ending` is asked once more
            alerts_of(self.services).judged([Judged(alert, Standing.CLEAR, look.period, alert.mark)])
        value = f"{alert.id} {alert.revision}.{_number(delivery)}"
        is_reminder = _kind(delivery) == STILL
        made = begun_message(answer, terms.watch, value, sentences, is_reminder=is_reminder)
        if not self.deliveries.was_sent(alert.key, terms.target):
            made = introduced(made, alert.id, terms.owner, sentences, self.services.command)
        return replace(made, note=audit_note(entry))

    def _begun(self, alert: Alert, number: int) -> Delivery | None:
        """Return the delivery that told the beginning of what is over with message `number`."""
        kinds = (f"{kind} {number - 1}" for kind in (BEGUN, STILL))
        rows = (self.deliveries.of(What(alert.key, kind, alert.terms.target, ALERT)) for kind in kinds)
        return next((row for row in rows if row is not None), None)

    def _reasons(self, alert: Alert, sentences: Sentences, now: datetime) -> list[str]:
        """Return the sentences that say what is wrong with an alert now."""
        try:
            viewer = viewer_for(
                self.services.rights_of(self.account_of(alert.terms.owner), now), alert.terms.channel
            )
            require_visible(question_of(alert.terms, now, self.services), viewer, self.services.catalogue)
        except QueryError as wrong:
            return [sentences.said(wrong.message), sentences.said(wrong.hint)]
        return []

    def _language(self, terms: AlertTerms) -> str:
        """Return the owner's language; in a channel, the language of when it was set up."""
        return terms.language if terms.channel else self.language_of(terms.owner) or terms.language

    def _alert(self, delivery: Delivery) -> Alert | None:
        """Return the alert of a delivery, None if it was stopped."""
        number = number_of(delivery.what.subscription)
        return None if number is None else alerts_of(self.services).get(number)


def _is_untold(begun: Delivery | None) -> bool:
    """Whether readers never heard of a beginning; one whose row was deleted since is old and was told."""
    return begun is not None and begun.state is State.FAILED


def _kind(delivery: Delivery) -> str:
    """Return what a delivery tells."""
    return delivery.what.period.partition(" ")[0]


def _number(delivery: Delivery) -> int:
    """Return which message of its alert a delivery is."""
    number = delivery.what.period.partition(" ")[2]
    return int(number) if number.isdecimal() else 0
