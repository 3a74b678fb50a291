"""Summaries as deliveries: at every tick it is worked out from their schedules which are due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.deliveries.content import Ending, Hold, OrdinaryContent
from bot.deliveries.deliverer import Poster
from bot.deliveries.gate import Awaited, Gate, Reading, Terms, patience_of
from bot.deliveries.made_summaries import MadeSummaries
from bot.deliveries.summary_details import plan_thread
from bot.render.document import Bold, Span
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.summary import details_message, missed_remarks, summary_message
from bot.rights import posting_viewer
from bot.store.deliveries import Deliveries, Delivery, State, What
from bot.subscriptions import due_times
from bot.subscriptions.due_times import Occurrence
from bot.workspace.reading_again import reading_again
from bot.workspace.restatements import restated_by_summary
from bot.workspace.services import Services
from bot.workspace.summaries import spec_named, summary_of, visible_queries
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
    _planned: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def plan(self, now: datetime) -> None:
        """Write down every occurrence since the last one of each summary for each of its channels."""
        for spec in self.services.catalogue.summaries.values():
            if not spec.is_private:
                self._plan(spec, now)

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return how a summary ends that is no longer set up or too late; None if it is to be posted."""
        spec = self.services.catalogue.summaries.get(delivery.what.subscription)
        if spec is None or delivery.what.target not in spec.channels:
            return Ending(State.FAILED, "it is no longer set up")
        if now - delivery.wanted_at > timedelta(hours=spec.grace_hours):
            return Ending(State.MISSED, delivery.reason or "too late")
        return None

    def hold(self, delivery: Delivery, now: datetime) -> Hold | None:
        """Return the hold of a summary whose rows haven't arrived. Raises WarehouseError."""
        spec = self.services.catalogue.summaries.get(delivery.what.subscription)
        patience = patience_of(spec, self.services.patience)
        return Gate(self.services).hold(self.awaited(delivery, now), patience, now)

    def awaited(self, delivery: Delivery, now: datetime) -> Awaited | None:
        """Return what a summary waits for. Raises WarehouseError."""
        spec = self.services.catalogue.summaries.get(delivery.what.subscription)
        if spec is None:
            return None
        reading = self._reading(spec, delivery, now)
        return Gate(self.services).awaited(delivery, self._terms(spec), reading, now)

    def title(self, delivery: Delivery) -> tuple[Span, Sentences] | None:
        """Return the title of a summary in its language; None if it is no longer set up."""
        spec = self.services.catalogue.summaries.get(delivery.what.subscription)
        if spec is None:
            return None
        return Bold(spec.title.in_language(spec.language)), self.services.sentences(spec.language)

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """Return the summary of a delivery's period. Raises KpiError."""
        what, today, services = delivery.what, self.services.engine.today(now), self.services
        missed = self.deliveries.missed_before(what.subscription, what.target, delivery.due_at)
        spec = spec_named(services.catalogue, what.subscription)
        with reading_again(services, delivery.not_before, now):
            summary, sentences = self._made(delivery, now)
            viewer = posting_viewer(what.target, services.roles, services.staff(now))
            before = restated_by_summary(services, delivery, viewer, summary, sentences, now)
        reading = self._reading(spec, delivery, now)
        remarks = (
            *Gate(services).remarks(delivery, self._terms(spec), reading, sentences, now),
            *before.arrived,
            *missed_remarks([parse_period(entry.what.period, today) for entry in missed], sentences),
        )
        made = summary_message(summary, sentences, remarks, before.corrections)
        return services.marked(made, sentences)

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
        latest = due_times.latest(spec.schedule, now, self.services.zone, self.services.calendar)
        grace = timedelta(hours=spec.grace_hours)
        for channel in spec.channels:
            if self._planned.get((spec.name, channel)) == latest.at:
                continue
            for due in self._due(spec, channel, latest, now):
                what = What(spec.name, canonical_period(due.period), channel)
                state = State.MISSED if now - due.at > grace else State.PENDING
                if self.deliveries.plan(what, due.at, now, state=state) and state is State.MISSED:
                    log.warning(
                        "the %s summary of %s was missed: the bot was down", what.subscription, what.period
                    )
            self._planned[spec.name, channel] = latest.at

    def _due(
        self, spec: SummarySpec, channel: str, latest: Occurrence, now: datetime
    ) -> Iterable[Occurrence]:
        """Return the occurrences since the last one that was planned for a channel.

        A new summary or schedule has missed nothing: only its latest one counts, if it isn't too late.
        """
        zone, calendar = self.services.zone, self.services.calendar
        last = self.deliveries.last_of(spec.name, channel)
        if last is not None:
            same = due_times.latest(spec.schedule, last.due_at, zone, calendar)
            if (same.at, canonical_period(same.period)) == (last.due_at, last.what.period):
                return due_times.between(spec.schedule, same.at, now, zone, calendar)
        is_late = now - latest.at > timedelta(hours=spec.grace_hours)
        return () if is_late and last is None else (latest,)

    def _made(self, delivery: Delivery, now: datetime) -> tuple[Summary, Sentences]:
        services, what = self.services, delivery.what
        spec = spec_named(services.catalogue, what.subscription)
        period = parse_period(what.period, services.engine.today(now))
        with reading_again(services, delivery.not_before, now):
            viewer = posting_viewer(what.target, services.roles, services.staff(now))
            return self.made.make(delivery, spec, viewer, now, period), services.sentences(spec.language)

    def _terms(self, spec: SummarySpec) -> Terms:
        services, grace = self.services, timedelta(hours=spec.grace_hours)
        return Terms(spec.schedule, services.zone, grace, patience_of(spec, services.patience))

    def _reading(self, spec: SummarySpec, delivery: Delivery, now: datetime) -> Callable[[], Reading]:
        def reading() -> Reading:
            services = self.services
            viewer = posting_viewer(delivery.what.target, services.roles, services.staff(now))
            queries = visible_queries(services.engine, spec, services.members(now), now, viewer)
            return Reading(queries, viewer)

        return reading

    def _summary(self, spec: SummarySpec, channel: str, now: datetime) -> Summary:
        services = self.services
        viewer = posting_viewer(channel, services.roles, services.staff(now))
        return summary_of(services.engine, spec, services.members(now), now, viewer)
