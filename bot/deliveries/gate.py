"""The gate before a scheduled post: it is held while rows of its own days haven't arrived.

What counts are the days that the post is about, and those since the one before: for a hole in earlier days
that one has waited already. At the limit it is sent as it is, and says itself that it is incomplete.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.deliveries.content import Hold
from bot.render.document import Span
from bot.render.held import held_remark
from bot.render.sentences import Sentences
from bot.rights import Viewer
from bot.runtime.settings import Patience
from bot.store.deliveries import Delivery
from bot.subscriptions import due_times
from bot.workspace.reading_again import reading_again
from bot.workspace.services import Services
from kpi_engine import parse_period
from kpi_engine.domain.answer import PartialDay
from kpi_engine.domain.errors import DataError, QueryError
from kpi_engine.domain.lacking import Lacking
from kpi_engine.domain.posts import Schedule, SummarySpec
from kpi_engine.domain.query import Query

_JUST_BEFORE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """When a post is due, how late it may be, how long it waits for rows, and how often it looks again."""

    schedule: Schedule
    zone: ZoneInfo
    grace: timedelta
    patience: Patience

    def limit(self, due_at: datetime) -> datetime:
        """Return the moment from which a post is sent without missing rows, well before it is too late."""
        return due_at + min(self.patience.waits, max(self.grace - self.patience.looks_after, timedelta()))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a post asks, and who reads it."""

    queries: Sequence[Query]
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Awaited:
    """What a post waits for, until when at most, and the zone in which its readers are told so."""

    lacking: tuple[Lacking, ...]
    until: datetime
    zone: ZoneInfo


class Waiting(Protocol):
    """A kind of posts that wait for their data."""

    def awaited(self, delivery: Delivery, now: datetime) -> Awaited | None:
        """Return what a post waits for; None if it doesn't. Raises KpiError."""
        ...

    def title(self, delivery: Delivery) -> tuple[Span, Sentences] | None:
        """Return what a post is called, in its language; None if it is no longer wanted."""
        ...


def patience_of(spec: SummarySpec | None, usual: Patience) -> Patience:
    """Return how long a summary waits: as its file says, else as usual."""
    if spec is None:
        return usual
    waits, looks = spec.wait_hours, spec.look_again_minutes
    return Patience(
        usual.waits if waits is None else timedelta(hours=waits),
        usual.looks_after if looks is None else timedelta(minutes=looks),
    )


@dataclass(frozen=True, slots=True)
class Gate:
    """Looks for the rows that the posts of one workspace are about."""

    services: Services

    def hold(self, awaited: Awaited | None, patience: Patience, now: datetime) -> Hold | None:
        """Return the hold of a post that waits for something."""
        if awaited is None:
            return None
        return Hold(_reason(awaited), min(now + patience.looks_after, awaited.until), awaited.until)

    def awaited(
        self, delivery: Delivery, terms: Terms, reading: Callable[[], Reading], now: datetime
    ) -> Awaited | None:
        """Return what a post waits for; None if nothing is lacking, or if it has waited long enough.

        `reading` is called once the names are read again. Raises WarehouseError and DeliveryError.
        """
        until = terms.limit(delivery.due_at)
        if now >= until:
            return None
        found = self.lacking(delivery, terms, reading, now)
        return Awaited(found, until, terms.zone) if found else None

    def remarks(
        self,
        delivery: Delivery,
        terms: Terms,
        reading: Callable[[], Reading],
        sentences: Sentences,
        now: datetime,
    ) -> tuple[str, ...]:
        """Return what stands below a post that waited in vain. Raises WarehouseError and DeliveryError."""
        until = delivery.held_until
        if until is None or now < until or not self.lacking(delivery, terms, reading, now):
            return ()
        return (held_remark(until.astimezone(terms.zone), now, sentences),)

    def lacking(
        self, delivery: Delivery, terms: Terms, reading: Callable[[], Reading], now: datetime
    ) -> tuple[Lacking, ...]:
        """Return which rows of a post's days haven't arrived, as its readers may be told it.

        Nothing is lacking of what can't be asked: making the post says what is wrong with it. Raises
        WarehouseError and DeliveryError.
        """
        with reading_again(self.services, delivery.not_before, now):
            try:
                asked = reading()
                found = self.services.engine.lacking(asked.queries, self._since(delivery, terms, now), now)
            except (QueryError, DataError):
                return ()
        return found if asked.viewer.everything else tuple(map(_without_counts, found))

    def _since(self, delivery: Delivery, terms: Terms, now: datetime) -> date:
        """Return the first day that counts: of the post's period, or the day of the post before it."""
        earlier = due_times.latest(
            terms.schedule, delivery.due_at - _JUST_BEFORE, terms.zone, self.services.calendar
        )
        posted = earlier.at.astimezone(terms.zone).date()
        period = parse_period(delivery.what.period, self.services.engine.today(now))
        return min(posted, period.start or posted)


def _without_counts(entry: Lacking) -> Lacking:
    """Return the same without numbers of rows, which are those of the whole company."""
    if entry.missing is None:
        return entry
    partial = tuple(PartialDay(part.day, None, None) for part in entry.missing.partial)
    return replace(entry, missing=replace(entry.missing, partial=partial, usual=None))


def _reason(awaited: Awaited) -> str:
    """Return what a post waits for, for those who look after the bot."""
    said = [
        f"{entry.model} of {', '.join(str(day) for day in entry.days)}"
        if entry.month is None
        else f"{entry.model} of {entry.month:%Y-%m}"
        for entry in awaited.lacking
    ]
    return f"waits for {'; '.join(said)}"
