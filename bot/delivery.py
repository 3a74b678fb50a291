"""Posting summaries: each one once, whatever is started twice, killed or turned away.

What is due is derived from the schedules at every tick; a row of the store, unique per summary,
period and channel, says whose it is. A post is tried once. Where nobody knows whether Slack took
it, the row says so and it is not tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot import schedule
from bot.clock import Clock
from bot.errors import DeliveryError
from bot.render.demo_mark import marked
from bot.render.message import Message
from bot.render.summary import summary_message
from bot.schedule import Occurrence
from bot.services import Services
from bot.store.deliveries import Deliveries, Delivery, State, What
from bot.summaries import spec_named, summary_of
from kpi_engine.catalogue import SummarySpec
from kpi_engine.errors import KpiError, WarehouseError
from kpi_engine.language import parse_period
from kpi_engine.period_words import canonical_period

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""How long a claimed delivery may take; far longer than one post does."""
LATER = timedelta(minutes=5)
"""How long a summary waits whose database or whose Slack doesn't answer."""


class Poster(Protocol):
    """Posts a message to a channel, once."""

    def post(self, channel: str, message: Message) -> str:
        """Return the message's ts. Raises DeliveryError."""
        ...


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Plans and posts the summaries of one workspace. `owner` names this process."""

    services: Services
    deliveries: Deliveries
    poster: Poster
    clock: Clock
    owner: str

    def tick(self) -> None:
        """Plan what is due and post what is ready. Never raises."""
        now = self.clock()
        try:
            expired = self.deliveries.expire(now)
            if expired:
                log.warning("%d deliveries have an unknown outcome; see kpi-bot deliveries", expired)
            for spec in self.services.catalogue.summaries.values():
                self._plan(spec, now)
            ready = self.deliveries.ready(now)
        except Exception:
            log.exception("the deliveries can't be read; trying again at the next tick")
            return
        for delivery in ready:
            self._try(delivery)

    def send_now(self, name: str) -> str:
        """Post a summary to its first channel at once, whatever was posted before; return its ts.

        Raises KpiError and DeliveryError. It is what a person's own press of a button asks for.
        """
        spec = spec_named(self.services.catalogue, name)
        if not spec.channels:
            raise KpiError(f"The {name} summary has no channel.", hint=f"Add one in {spec.place.file}.")
        return self.poster.post(spec.channels[0], self._message(spec, (), self.clock()))

    def _plan(self, spec: SummarySpec, now: datetime) -> None:
        due = schedule.latest(spec.schedule, now, self.services.zone, self.services.calendar)
        for channel in spec.channels:
            what = What(spec.name, canonical_period(due.period), channel)
            if now - due.at <= timedelta(hours=spec.grace_hours):
                self.deliveries.plan(what, due.at, now)
            elif self.deliveries.knows(spec.name, channel):
                self._note_missed(what, due, now)

    def _note_missed(self, what: What, due: Occurrence, now: datetime) -> None:
        if self.deliveries.plan(what, due.at, now, state=State.MISSED):
            log.warning("the %s summary of %s was missed: the bot was down", what.subscription, what.period)

    def _try(self, delivery: Delivery) -> None:
        """Post one delivery, unless another process has it. Never raises."""
        try:
            self._deliver(delivery)
        except Exception:
            log.exception("the %s summary of %s failed", delivery.what.subscription, delivery.what.period)

    def _deliver(self, delivery: Delivery) -> None:
        now = self.clock()
        spec = self.services.catalogue.summaries.get(delivery.what.subscription)
        if spec is None or delivery.what.target not in spec.channels:
            self.deliveries.ended(delivery, State.PENDING, State.FAILED, "it is no longer set up", now)
            return
        if now - delivery.due_at > timedelta(hours=spec.grace_hours):
            self.deliveries.ended(delivery, State.PENDING, State.MISSED, delivery.reason or "too late", now)
            return
        try:
            message = self._message(spec, self._missed(delivery), now, delivery)
        except WarehouseError as wrong:
            log.warning("the %s summary waits: %s", spec.name, wrong)
            self.deliveries.postpone(delivery, State.PENDING, now + LATER, wrong.message, now)
            return
        except KpiError as wrong:
            log.error("the %s summary can't be made: %s", spec.name, wrong)  # noqa: TRY400 - it is said in full
            self.deliveries.ended(delivery, State.PENDING, State.FAILED, wrong.message, now)
            return
        if self.deliveries.claim(delivery, self.owner, now, now + LEASE):
            self._post(delivery, message)

    def _post(self, delivery: Delivery, message: Message) -> None:
        try:
            ts = self.poster.post(delivery.what.target, message)
        except DeliveryError as refused:
            self._refused(delivery, refused)
        else:
            self.deliveries.sent(delivery, ts, self.clock())

    def _refused(self, delivery: Delivery, refused: DeliveryError) -> None:
        now, reason = self.clock(), refused.reason or refused.message
        log.warning("the %s summary was not taken by Slack: %s", delivery.what.subscription, refused)
        if refused.outcome == "unknown":
            self.deliveries.ended(delivery, State.SENDING, State.UNKNOWN, reason, now)
        elif refused.permanent:
            self.deliveries.ended(
                delivery, State.SENDING, State.FAILED, f"{reason}: {refused.hint}".rstrip(": "), now
            )
        else:
            wait = LATER if refused.retry_after is None else timedelta(seconds=refused.retry_after)
            self.deliveries.postpone(delivery, State.SENDING, now + wait, reason, now)

    def _missed(self, delivery: Delivery) -> Sequence[Delivery]:
        what = delivery.what
        return self.deliveries.missed_before(what.subscription, what.target, delivery.due_at)

    def _message(
        self,
        spec: SummarySpec,
        missed: Sequence[Delivery],
        now: datetime,
        delivery: Delivery | None = None,
    ) -> Message:
        services = self.services
        period = parse_period(delivery.what.period, services.engine.today(now)) if delivery else None
        summary = summary_of(services.engine, spec, services.members(now), now, period)
        sentences = services.sentences(spec.language)
        remarks = [
            sentences.say("The summary of {period} was missed: the bot was down.").format(
                period=sentences.period(parse_period(entry.what.period, services.engine.today(now)))
            )
            for entry in missed
        ]
        message = summary_message(summary, sentences, remarks)
        return marked(message, sentences) if services.demo else message
