"""Why a post is held, as a delivery of its own: one line where the post will be, once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from bot.deliveries.content import Ending, OrdinaryContent
from bot.deliveries.gate import Waiting
from bot.render.held import held_message
from bot.render.message import Message
from bot.runtime.errors import NothingToPostError
from bot.store.deliveries import HELD, Deliveries, Delivery, State
from bot.workspace.services import Services
from kpi_engine.domain.errors import KpiError

_OVER = "its post doesn't wait any more"
_WAITING = (State.HELD, State.PENDING, State.PREPARING)


@dataclass(frozen=True, slots=True)
class HeldNotices(OrdinaryContent):
    """The notices beside held posts of one `part`; `posts` knows what they wait for."""

    services: Services
    deliveries: Deliveries
    part: str
    posts: Waiting

    def plan(self, now: datetime) -> None:
        """Plan a notice for each post that is held."""
        for post in self.deliveries.held(self.part):
            what = replace(post.what, part=HELD[self.part])
            if not self.deliveries.has(what):
                self.deliveries.plan(what, now, now)

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return how a notice ends whose post doesn't wait any more; None if it is to be posted."""
        post = self._post(delivery)
        if post is not None and post.state in _WAITING:
            with suppress(KpiError):  # making the message says what is wrong
                if self.posts.awaited(post, now) is None:
                    return Ending(State.SKIPPED, _OVER)
            return None
        return Ending(State.SKIPPED, _OVER)

    def message(self, delivery: Delivery, now: datetime) -> Message:
        """Return what the post waits for, and until when. Raises KpiError."""
        post = self._post(delivery)
        awaited = self.posts.awaited(post, now) if post else None
        titled = self.posts.title(post) if post else None
        if awaited is None or titled is None:
            raise NothingToPostError("Its post doesn't wait any more.")
        title, sentences = titled
        made = held_message(title, awaited.lacking, awaited.until.astimezone(awaited.zone), now, sentences)
        return self.services.marked(made, sentences)

    def _post(self, delivery: Delivery) -> Delivery | None:
        return self.deliveries.of(replace(delivery.what, part=self.part))
