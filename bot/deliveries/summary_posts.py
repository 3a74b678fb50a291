"""Summaries as deliveries: at every tick it is worked out from their schedules which are due."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.deliveries.deliverer import Ending, Poster
from bot.render.message import Message
from bot.render.summary import missed_remarks, summary_message
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
from kpi_engine.domain.translatable import said

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SummaryPosts:
    """Plans and makes the summaries of one workspace."""

    services: Services
    deliveries: Deliveries

    def plan(self, now: datetime) -> None:
        """Write down each summary's latest occurrence for each of its channels."""
        for spec in self.services.catalogue.summaries.values():
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
        what = delivery.what
        missed = self.deliveries.missed_before(what.subscription, what.target, delivery.due_at)
        spec = spec_named(self.services.catalogue, what.subscription)
        return self._message(spec, what.target, missed, now, delivery)

    def sent(self, delivery: Delivery, now: datetime) -> None:
        """Do nothing: the delivery's row has it."""

    def not_sent(self, delivery: Delivery, now: datetime) -> None:
        """Do nothing: the delivery's row has it."""

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
        return poster.post(spec.channels[0], self._message(spec, spec.channels[0], (), now))

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

    def _message(
        self,
        spec: SummarySpec,
        channel: str,
        missed: Sequence[Delivery],
        now: datetime,
        delivery: Delivery | None = None,
    ) -> Message:
        services = self.services
        period = parse_period(delivery.what.period, services.engine.today(now)) if delivery else None
        viewer = posting_viewer(channel, services.roles, services.staff(now))
        summary = summary_of(services.engine, spec, services.members(now), now, viewer, period)
        sentences = services.sentences(spec.language)
        today = services.engine.today(now)
        remarks = (
            *arrived_remarks(services.holes, summary, channel, sentences, now),
            *missed_remarks([parse_period(entry.what.period, today) for entry in missed], sentences),
        )
        message = summary_message(summary, sentences, remarks)
        return services.marked(message, sentences)
