"""Survey questions as deliveries: direct messages, planned when somebody sends the survey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.deliveries.content import Ending, LanguageOf, OrdinaryContent
from bot.render.message import Message
from bot.render.survey import prompt_message
from bot.store.deliveries import Delivery, State
from bot.store.responses import ResponseBook
from bot.workspace.services import Services
from kpi_engine.domain.errors import QueryError

_EXPIRES = timedelta(days=2)
"""How long it is tried to deliver a question."""


@dataclass(frozen=True, slots=True)
class SurveyPrompts(OrdinaryContent):
    """The survey questions of one workspace."""

    services: Services
    responses: ResponseBook
    language_of: LanguageOf

    def plan(self, now: datetime) -> None:
        """Do nothing: surveys are sent by people."""

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return how a question ends that is too late; None if it is to be asked."""
        return (
            Ending(State.MISSED, delivery.reason or "too late")
            if now - delivery.wanted_at > _EXPIRES
            else None
        )

    def message(self, delivery: Delivery, now: datetime) -> Message:  # noqa: ARG002 - the protocol's signature
        """Return the question in the person's language. Raises QueryError if they are off the survey."""
        what = delivery.what
        asked = self.responses.find(what.period, what.target)
        if asked is None:
            raise QueryError("This person was removed from the survey.")
        language = self.language_of(what.target) or self.services.language
        self.responses.speaks(what.period, what.target, language)
        sentences = self.services.sentences(language)
        message = prompt_message(asked.wave, asked.company, sentences)
        return self.services.marked(message, sentences)

    def sent(self, delivery: Delivery, now: datetime) -> None:
        """Note that the person was asked."""
        self.responses.delivered(delivery.what.period, delivery.what.target, now)

    def not_sent(self, delivery: Delivery, now: datetime) -> None:  # noqa: ARG002 - the protocol's signature
        """Note that the person wasn't asked, so that they can be asked another time."""
        self.responses.not_delivered(delivery.what.period, delivery.what.target)
