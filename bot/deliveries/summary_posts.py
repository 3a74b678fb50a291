"""Summaries as deliveries: at every tick it is worked out from their schedules which are due."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.deliveries.content import Ending, OrdinaryContent
from bot.deliveries.deliverer import Poster
from bot.deliveries.made_summaries import MadeSummaries
from bot.deliveries.summary_details import plan_thread
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.summary import details_message, missed_remarks, summary_message
from bot.rights import posting_viewer
from bot.store.deliveries import Deliveries, Delivery, State, What
from bot.subscriptions import due_times
from bot.subscriptions.due_times import Occurrence
from bot.workspace.late_rows import arrived_remarks
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of
from kpi_engine import canonical_period, parse_period
from kpi_engine.domain.errors import KpiError
from kpi_engine.domain.posts import SummarySpec
from kpi_engine.domain.summary import Summary
from kpi_engine.domain.translatable import said

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SummaryPosts(OrdinaryContent):
    """Plans and makes the summaries of one workspace."""

    services: Services
    deliveries: Deliveries
    made: MadeSummaries

    def plan(self, now: datetime) -> None:
        """Write down each summary's latest occurrence for each of its channels."""
        for spec in self.services.catalogue.summaries.values():
            if not spec.is_private:
                self._plan(spec, now)

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return how a summary ends that is no longer set up or too late; None if it is to be posted."""
        spec = self.services.catalogue.summaries.get(delivery.what.subscription)
        if spec is None or delivery.what.target not in spec.channels:
            return Ending(State.FAILED, "it is no longer set up")
        if now - delivery.due_at > timedelta(hours=spec.grace_hours):
            return Ending(State.MISSED, delivery.reason or "too late")
        return None

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """Return the summary of a delivery's period. Raises KpiError."""
        what, today = delivery.what, self.services.engine.today(now)
        missed = self.deliveries.missed_before(what.subscription, what.target, delivery.due_at)
        summary, sentences = self._made(delivery, now)
        remarks = (
            *arrived_remarks(self.services.holes, summary, what.target, sentences, now),
            *missed_remarks([parse_period(entry.what.period, today) for entry in missed], sentences),
        )
        return self.services.marked(summary_message(summary, sentences, remarks), sentences)

    def repeats_unclear(self, delivery: Delivery) -> bool:
        """Whether the summary's file says so."""
        spec = self.services.catalogue.summaries.get(delivery.what.subscription)
        return spec is not None and spec.if_unclear == "repeat"

    def again(self, post: Delivery, now: datetime) -> tuple[Summary, Sentences]:
        """Return the summary of a post that was sent, for its thread. Raises KpiError."""
        summary = self.made.taken(post)
        if summary is None:
            return self._made(post, now)
        return summary, self.services.sentences(summary.spec.language)

    def sent(self, delivery: Delivery, now: datetime) -> None:
        """Plan the thread below the summary."""
        plan_thread(self.deliveries, delivery, now)

    def post_now(self, name: str, poster: Poster, now: datetime) -> str:
        """Post a summary to its first channel at once, even if it was posted before; return its ts.

        For the demo's button. Raises KpiError and DeliveryError.
        """
        spec = spec_named(self.services.catalogue, name)
        if not spec.channels:
            raise KpiError(
                said("The {name} summary has no channel.", name=name),
                hint=said("Add one in {file}.", file=spec.place.file),
            )
        summary = self._summary(spec, spec.channels[0], now)
        sentences = self.services.sentences(spec.language)
        post, below = summary_message(summary, sentences), details_message(summary, sentences)
        ts = poster.post(spec.channels[0], self.services.marked(post, sentences))
        poster.post(spec.channels[0], replace(self.services.marked(below, sentences), reply_to=ts))
        return ts

    def _plan(self, spec: SummarySpec, now: datetime) -> None:
        due = due_times.latest(spec.schedule, now, self.services.zone, self.services.calendar)
        for channel in spec.channels:
            what = What(spec.name, canonical_period(due.period), channel)
            if now - due.at <= timedelta(hours=spec.grace_hours):
                self.deliveries.plan(what, due.at, now)
            elif self.deliveries.knows(spec.name, channel):
                self._note_missed(what, due, now)

    def _note_missed(self, what: What, due: Occurrence, now: datetime) -> None:
        if self.deliveries.plan(what, due.at, now, state=State.MISSED):
            log.warning("the %s summary of %s was missed: the bot was down", what.subscription, what.period)

    def _made(self, delivery: Delivery, now: datetime) -> tuple[Summary, Sentences]:
        services, what = self.services, delivery.what
        spec = spec_named(services.catalogue, what.subscription)
        viewer = posting_viewer(what.target, services.roles, services.staff(now))
        period = parse_period(what.period, services.engine.today(now))
        return self.made.make(delivery, spec, viewer, now, period), services.sentences(spec.language)

    def _summary(self, spec: SummarySpec, channel: str, now: datetime) -> Summary:
        services = self.services
        viewer = posting_viewer(channel, services.roles, services.staff(now))
        return summary_of(services.engine, spec, services.members(now), now, viewer)
