"""Notes below earlier posts, as deliveries: which of their figures a later post has corrected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.deliveries.content import Ending, OrdinaryContent
from bot.deliveries.gate import Waiting
from bot.render.message import Message
from bot.render.words.corrections import corrected_message
from bot.store.deliveries import CORRECTION, Deliveries, Delivery, State
from bot.store.posted import PostedFigures
from bot.workspace.services import Services
from kpi_engine.domain.errors import QueryError

_TRIED_FOR = timedelta(hours=6)
"""How long after the later post a note is still posted."""
_BY = " by "


@dataclass(frozen=True, slots=True)
class CorrectionNotes(OrdinaryContent):
    """The notes below posts of one `part`; `posts` knows their language."""

    services: Services
    deliveries: Deliveries
    posted: PostedFigures
    part: str
    posts: Waiting

    def plan(self, now: datetime) -> None:
        """Plan a note for each post that one which was sent lately corrects."""
        for number, what, earlier in self.posted.corrected_since(self.part, now - _TRIED_FOR):
            note = replace(what, part=CORRECTION[self.part], period=f"{earlier}{_BY}{number}")
            if not self.deliveries.has(note):
                self.deliveries.plan(note, now, now)

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return how a note ends that is too late; None if it is to be posted."""
        if now - delivery.due_at > _TRIED_FOR:
            return Ending(State.MISSED, delivery.reason or "too late")
        return None

    def message(self, delivery: Delivery, now: datetime) -> Message:  # noqa: ARG002 - the protocol's signature
        """Return which figures of the earlier post have changed. Raises QueryError where it is gone."""
        earlier, _, number = delivery.what.period.partition(_BY)
        found = [post for post in self.posted.corrected_by(int(number)) if post.delivery == int(earlier)]
        titled = self.posts.title(delivery)
        if not found or titled is None:
            raise QueryError("The earlier post is gone.")
        _, sentences = titled
        made = corrected_message(found[0].corrections, sentences)
        return replace(self.services.marked(made, sentences), reply_to=found[0].ts)
