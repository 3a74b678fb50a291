"""Shortfalls of people as deliveries: told to the person and to their leads, in private, once a month.

They are planned when a monthly summary was posted. What a message says is worked out when it is sent, from
the rows that its reader may see then.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import perf_counter

from bot.deliveries.audit_notes import audit_note, note_in_audit
from bot.deliveries.content import Ending, LanguageOf, OrdinaryContent
from bot.deliveries.subscription_posts import AccountOf
from bot.render.message import Message
from bot.render.summary import shortfall_message
from bot.rights import EVERYTHING, Hearer, Viewer, hearers, posting_viewer
from bot.runtime.references import current_reference
from bot.store.audit import Entry
from bot.store.deliveries import SHORTFALL, SUMMARY, Deliveries, Delivery, State, What
from bot.workspace.services import Services
from bot.workspace.shortfalls import shortfalls_of
from kpi_engine import parse_period
from kpi_engine.domain.errors import KpiError, QueryError
from kpi_engine.domain.posts import SummarySpec
from kpi_engine.domain.query import Member
from kpi_engine.domain.summary import Candidate

log = logging.getLogger(__name__)

_PLANNED_FOR = timedelta(hours=6)
"""How long after its summary it is still looked for people who are to be told."""


@dataclass(frozen=True, slots=True)
class ShortfallNotices(OrdinaryContent):
    """The shortfalls of one workspace's people: who is told, and what."""

    services: Services
    deliveries: Deliveries
    account_of: AccountOf
    language_of: LanguageOf
    _looked: set[int] = field(default_factory=set)

    def plan(self, now: datetime) -> None:
        """Plan a message to each person who is to be told, for each summary that was posted lately."""
        for post in self.deliveries.sent_since((SUMMARY,), now - _PLANNED_FOR):
            spec = self._spec(post)
            if spec is None or post.id in self._looked:
                continue
            try:
                self._plan(post, spec, now)
            except KpiError as wrong:
                log.warning("the shortfalls of %s wait: %s", post.what.period, wrong)
            else:
                self._looked.add(post.id)

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return how a message ends that is switched off or too late; None if it is to be sent."""
        spec = self._spec(delivery)
        if spec is None:
            return Ending(State.FAILED, "it is no longer set up")
        if now - delivery.wanted_at > timedelta(hours=spec.grace_hours):
            return Ending(State.MISSED, delivery.reason or "too late")
        return None

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """Return what its reader is told, as far as they may see it now.

        Raises KpiError, also where there is nothing left that they may be told.
        """
        user, spec, started = delivery.what.target, self._spec(delivery), perf_counter()
        viewer = self.services.rights_of(self.account_of(user), now).own
        hearer = self._hearers(now).get(user, Hearer())
        told = self._shortfalls(delivery, spec, _visible(hearer.people, viewer), now) if spec else ()
        if not told:
            raise QueryError("There is no shortfall that they may see.")
        milliseconds = round((perf_counter() - started) * 1000)
        words = f"shortfalls {delivery.what.period}"
        entry = Entry(
            user,
            user,
            "subscription",
            words,
            "answered",
            len(told),
            milliseconds,
            now,
            current_reference(),
        )
        sentences = self.services.sentences(self.language_of(user) or self.services.language)
        own = [short for short in told if short.subject.member == hearer.own]
        others = [short for short in told if short not in own]
        made = self.services.marked(shortfall_message(own, others, sentences), sentences)
        return replace(made, note=audit_note(entry))

    def sent(self, delivery: Delivery, now: datetime) -> None:  # noqa: ARG002 - the protocol's signature
        """Note in the audit whom it told."""
        note_in_audit(self.services.audit, delivery.note)

    def _plan(self, post: Delivery, spec: SummarySpec, now: datetime) -> None:
        known = self._hearers(now)
        people = tuple(dict.fromkeys(rep for hearer in known.values() for rep in hearer.people))
        channel = posting_viewer(post.what.target, self.services.roles, self.services.staff(now))
        short = {
            entry.subject.member for entry in self._shortfalls(post, spec, _visible(people, channel), now)
        }
        for user, hearer in known.items():
            if short & set(hearer.people) and not self._is_told(post.what.period, user):
                self.deliveries.plan(What(spec.name, post.what.period, user, SHORTFALL), now, now)

    def _is_told(self, period: str, user: str) -> bool:
        """Whether a person is told about a month already, by whichever summary."""
        names = self.services.catalogue.summaries
        return any(self.deliveries.has(What(name, period, user, SHORTFALL)) for name in names)

    def _shortfalls(
        self, delivery: Delivery, spec: SummarySpec, people: tuple[Member, ...], now: datetime
    ) -> tuple[Candidate, ...]:
        engine = self.services.engine
        period = parse_period(delivery.what.period, engine.today(now))
        return shortfalls_of(engine, spec, self.services.members(now, EVERYTHING), now, people, period)

    def _hearers(self, now: datetime) -> dict[str, Hearer]:
        return dict(hearers(self.services.roles, self.services.staff(now)))

    def _spec(self, delivery: Delivery) -> SummarySpec | None:
        """Return the summary of a post, None where it tells no shortfalls."""
        spec = self.services.catalogue.summaries.get(delivery.what.subscription)
        return spec if spec is not None and spec.shortfalls and spec.schedule.every == "month" else None


def _visible(people: tuple[Member, ...], viewer: Viewer) -> tuple[Member, ...]:
    return people if viewer.everything else tuple(rep for rep in people if rep in viewer.people)
