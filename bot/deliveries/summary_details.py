"""The threads below summaries as deliveries: each is posted once, after its summary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.deliveries.content import Ending, OrdinaryContent
from bot.render.message import Message
from bot.render.sentences import Sentences
from bot.render.summary import details_message
from bot.store.deliveries import DETAILS, Deliveries, Delivery, State, What
from bot.workspace.services import Services
from kpi_engine.domain.errors import QueryError
from kpi_engine.domain.summary import Summary

_TRIED_FOR = timedelta(hours=6)
"""How long after its summary a thread is still posted."""

MakeAgain = Callable[[Delivery, datetime], tuple[Summary, Sentences] | None]
"""Returns the summary of a post that was sent, with the words of its language; None if it was no summary."""


@dataclass(frozen=True, slots=True)
class SummaryDetails(OrdinaryContent):
    """The threads of the summaries of one `part`; `make` returns the summary of a post."""

    services: Services
    deliveries: Deliveries
    part: str
    is_summary: Callable[[Delivery], bool]
    make: MakeAgain

    def plan(self, now: datetime) -> None:
        """Plan the thread of each summary that was posted lately."""
        for post in self.deliveries.sent_since((self.part,), now - _TRIED_FOR):
            if self.is_summary(post) and not self.deliveries.has(_thread_of(post)):
                plan_thread(self.deliveries, post, now)  # the process that posted it died before it could

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return how a thread ends that is too late or lost its post; None if it is to be posted."""
        if now - delivery.wanted_at > _TRIED_FOR:
            return Ending(State.MISSED, delivery.reason or "too late")
        return None if self._post(delivery) else Ending(State.FAILED, "its summary is gone")

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """Return what stands in the thread. Raises KpiError."""
        post = self._post(delivery)
        made = self.make(post, now) if post else None
        if post is None or made is None:
            raise QueryError("The summary is gone.")
        summary, sentences = made
        return replace(
            self.services.marked(details_message(summary, sentences), sentences), reply_to=post.message_ts
        )

    def _post(self, delivery: Delivery) -> Delivery | None:
        post = self.deliveries.of(replace(delivery.what, part=self.part))
        return post if post is not None and post.message_ts else None


def plan_thread(deliveries: Deliveries, post: Delivery, now: datetime) -> None:
    """Plan the thread of a summary that was posted."""
    deliveries.plan(_thread_of(post), now, now, priority=post.priority)


def _thread_of(post: Delivery) -> What:
    return replace(post.what, part=DETAILS[post.what.part])
