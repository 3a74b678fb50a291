"""Planning subscriptions by set: every occurrence that was due becomes a delivery, in batches.

The work of a tick depends on what is due, not on how many subscriptions there are, and it is bounded: what is
left is planned by the next tick, which then comes at once. One that can't be planned is paused, and stops no
other.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from time import monotonic
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.runtime.logs import log_unexpected
from bot.store.deliveries import SUBSCRIPTION, Deliveries, State, What
from bot.store.due_subscriptions import DueSubscriptions, PlannedPost, PlannedSubscription
from bot.store.subscriptions import Paused, Recipients, Subscription, SubscriptionTerms
from bot.subscriptions import due_times
from bot.subscriptions.due_times import Occurrence
from bot.subscriptions.recipients import planned_reps
from bot.workspace.services import Services, subscriptions_of
from kpi_engine import canonical_period
from kpi_engine.domain.errors import KpiError
from kpi_engine.domain.posts import Schedule
from kpi_engine.domain.workdays import WorkingDays

log = logging.getLogger(__name__)

_BATCH = 2000
"""Subscriptions that are planned in one transaction."""
TICK_SECONDS = 0.4
"""After so long a tick begins no further batch, so that the rest of the tick isn't kept waiting."""
_GRACE, _LONG_GRACE = timedelta(hours=12), timedelta(hours=48)
"""How late a question is still sent after the bot was down; the latter by the month or longer.

Of a summary its file says it.
"""
_INSTANT = timedelta(microseconds=1)


def grace_of(terms: SubscriptionTerms, services: Services) -> timedelta:
    """Return how late a subscription is still sent."""
    spec = services.catalogue.summaries.get(terms.line) if terms.is_summary else None
    if spec:
        return timedelta(hours=spec.grace_hours)
    return _LONG_GRACE if terms.schedule.is_long else _GRACE


@dataclass(slots=True)
class Occurrences:
    """The occurrences of schedules until a moment; those of the same schedule and zone are found once."""

    now: datetime
    calendar: WorkingDays | None
    _known: dict[tuple[Schedule, str], tuple[datetime, list[tuple[Occurrence, str]]]] = field(
        default_factory=dict
    )

    def since(
        self, schedule: Schedule, zone: str, start: datetime
    ) -> tuple[Sequence[tuple[Occurrence, str]], datetime]:
        """Return the occurrences from `start` on with their periods in words, and when the next one is.

        Raises ZoneInfoNotFoundError or ValueError for an unknown zone.
        """
        place = ZoneInfo(zone)
        if (schedule, zone) not in self._known:
            coming = due_times.following(schedule, self.now, place, self.calendar)
            self._known[schedule, zone] = coming.at, []
        coming_at, found = self._known[schedule, zone]
        before = found[-1][0].at - _INSTANT if found else self.now
        while not found or found[-1][0].at >= start:
            due = due_times.latest(schedule, before, place, self.calendar)
            found.append((due, canonical_period(due.period)))
            before = due.at - _INSTANT
        return [entry for entry in reversed(found) if entry[0].at >= start], coming_at


@dataclass(slots=True)
class SubscriptionPlanner:
    """Plans what is due of the subscriptions of one workspace.

    `seconds` is how long one call of `plan` may begin new batches.
    """

    services: Services
    deliveries: Deliveries
    due: DueSubscriptions
    seconds: float = inf
    _last: Subscription | None = None
    """Behind which one to go on; what can't be planned now must not keep the others from their turn."""

    def plan(self, now: datetime) -> None:
        """Plan each occurrence until now of subscriptions that aren't paused; wake the bot for the rest."""
        started = monotonic()
        self._put_clock_right(now)
        occurrences = Occurrences(now, self.services.calendar)
        reps: dict[str, tuple[str, ...] | None] = {}
        while found := self.due.until(now, _BATCH, self._last):
            left = self.due.who_left(found)
            planned = [self._tried(entry, occurrences, left, reps) for entry in found]
            self.due.plan([entry for entry in planned if entry is not None], now)
            _log_missed([entry for entry in planned if entry is not None])
            self._last = found[-1]
            if len(found) < _BATCH:
                break
            if monotonic() - started > self.seconds:
                self.services.wake()
                return
        self._last = None

    def _put_clock_right(self, now: datetime) -> None:
        """Plan what was planned until a later moment than its next one again: the clock was set back."""
        count = 0
        for (schedule, zone), last in self.due.coming(now).items():
            try:
                coming = due_times.following(schedule, now, ZoneInfo(zone), self.services.calendar)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue  # it is paused once it is due
            if last > coming.at:
                count += self.due.pull_back(schedule, zone, coming.at, now)
        if count:
            log.warning("the clock was set back; %d subscriptions are planned again", count)

    def _tried(
        self,
        subscription: Subscription,
        occurrences: Occurrences,
        left: Mapping[int, frozenset[str]],
        reps: dict[str, tuple[str, ...] | None],
    ) -> PlannedSubscription | None:
        """Return what is due of one subscription; None if it can't be planned now. Never raises."""
        try:
            targets = self._targets(subscription, left, reps, occurrences.now)
            return None if targets is None else self._planned(subscription, targets, occurrences)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self._pause(subscription)
        except Exception as wrong:  # noqa: BLE001 - logged; the others are planned all the same
            log_unexpected(log, f"{subscription.key} can't be planned; trying again at the next tick", wrong)
        return None

    def _planned(
        self, subscription: Subscription, targets: Sequence[str], occurrences: Occurrences
    ) -> PlannedSubscription:
        terms, now = subscription.terms, occurrences.now
        start = subscription.next_due_at or now
        found, next_due_at = occurrences.since(terms.schedule, terms.zone, start)
        grace = grace_of(terms, self.services)
        posts = [
            PlannedPost(
                What(subscription.key, period, target, SUBSCRIPTION),
                due.at,
                State.MISSED if now - due.at > grace else State.PENDING,
            )
            for due, period in found
            for target in targets
        ]
        return PlannedSubscription(subscription, posts, next_due_at)

    def _targets(
        self,
        subscription: Subscription,
        left: Mapping[int, frozenset[str]],
        reps: dict[str, tuple[str, ...] | None],
        now: datetime,
    ) -> Sequence[str] | None:
        """Return whom a subscription is sent to; None if the reps can't be read now: it stays due."""
        terms = subscription.terms
        if terms.recipients is Recipients.ONE:
            return (terms.target,)
        if terms.recipients is Recipients.PEOPLE:
            return terms.people
        if terms.owner not in reps:
            try:
                reps[terms.owner] = planned_reps(self.services, terms.owner, now)
            except KpiError as wrong:
                log.warning("what is sent to each rep waits: %s", type(wrong).__name__)
                reps[terms.owner] = None
        known, gone = reps[terms.owner], left.get(subscription.id, frozenset())
        return None if known is None else tuple(user for user in known if user not in gone)

    def _pause(self, subscription: Subscription) -> None:
        """Pause a subscription; its owner is told of it as of an incident."""
        log.warning("%s is paused: its time zone isn't known", subscription.key)
        subscriptions_of(self.services).pause(subscription.id, Paused.ZONE)


def _log_missed(planned: Sequence[PlannedSubscription]) -> None:
    missed = [entry for entry in planned if any(post.state is State.MISSED for post in entry.posts)]
    if missed:
        count = sum(post.state is State.MISSED for entry in missed for post in entry.posts)
        log.warning("%d posts of %d subscriptions were missed: the bot was down", count, len(missed))
