"""The survey's questions as deliveries: each is a direct message that was planned when somebody sent them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.deliveries.deliverer import Ending
from bot.render.demo_mark import marked
from bot.render.message import Message
from bot.render.survey import prompt_message
from bot.store.deliveries import Delivery, State
from bot.store.responses import Responses
from bot.workspace.services import Services
from kpi_engine.domain.errors import QueryError

EXPIRES = timedelta(days=2)
"""A question that Slack didn't take for so long is not asked any more."""

LanguageOf = Callable[[str], str | None]
"""Tells the language of a Slack user, None where Slack doesn't say."""


@dataclass(frozen=True, slots=True)
class SurveyPrompts:
    """Makes the questions of one workspace."""

    services: Services
    responses: Responses
    language_of: LanguageOf

    def plan(self, now: datetime) -> None:
        """Nothing is due by itself: people send surveys."""

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        """Return the end of a question that is too late."""
        return (
            Ending(State.MISSED, delivery.reason or "too late") if now - delivery.due_at > EXPIRES else None
        )

    def message(self, delivery: Delivery, now: datetime) -> Message:  # noqa: ARG002 - the protocol's signature
        """Return the question in the person's language. Raises QueryError where nothing was planned."""
        what = delivery.what
        asked = self.responses.find(what.period, what.target)
        if asked is None:
            raise QueryError("The person was taken off the survey.")
        language = self.language_of(what.target) or self.services.language
        self.responses.speaks(what.period, what.target, language)
        sentences = self.services.sentences(language)
        message = prompt_message(asked.wave, asked.company, sentences)
        return marked(message, sentences) if self.services.demo else message

    def sent(self, delivery: Delivery, now: datetime) -> None:
        """Note that the person was asked."""
        self.responses.delivered(delivery.what.period, delivery.what.target, now)

    def not_sent(self, delivery: Delivery, now: datetime) -> None:  # noqa: ARG002 - the protocol's signature
        """Let the person be asked another time."""
        self.responses.not_delivered(delivery.what.period, delivery.what.target)
