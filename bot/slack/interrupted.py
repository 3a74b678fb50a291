"""Questions that a killed bot left unanswered: each asker is told once, by a way that is still open."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.deliveries.content import LanguageOf
from bot.render.waiting import interrupted_message
from bot.runtime.clock import Clock
from bot.runtime.errors import DeliveryError
from bot.runtime.logs import log_unexpected
from bot.slack.client import ThreadedSlack
from bot.slack.requests import Turn
from bot.store.errors import StoreError
from bot.store.open_questions import OpenQuestion, OpenQuestions
from bot.workspace.services import Services
from kpi_engine import normalised

log = logging.getLogger(__name__)

SIGN_OF_LIFE_SECONDS = 20
"""How often a process says that it still works on its questions, and looks for those of others."""
_ADDRESS_FOR = timedelta(minutes=29)
"""How long Slack takes an answer at the address of a command or press: half an hour."""


def open_question(turn: Turn, now: datetime) -> OpenQuestion | None:
    """Return what is kept of a turn until it is answered; None for presses and the Home tab."""
    if turn.press is not None or turn.via == "home":
        return None
    return OpenQuestion(
        token=secrets.token_hex(8),
        person=turn.user,
        channel=turn.channel,
        thread=turn.thread,
        is_open=turn.is_open,
        response_url=turn.response_url,
        line=normalised(turn.text),
        file=turn.files[0].name if turn.files else "",
        asked_at=now,
    )


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Looks after the open questions of one workspace."""

    questions: OpenQuestions
    services: Services
    slack: ThreadedSlack
    language_of: LanguageOf
    clock: Clock

    def look(self) -> None:
        """Give a sign of life, and tell the askers of questions that another process left. Never raises."""
        now = self.clock()
        try:
            self.questions.keep_alive(now)
            for question in self.questions.left(now):
                if self.questions.take(question, now):
                    self._tell(question, now)
        except StoreError:
            return  # the next look comes soon
        except Exception as wrong:  # noqa: BLE001 - logged; the next look comes soon
            log_unexpected(log, "what was left unanswered can't be told", wrong)

    def _tell(self, question: OpenQuestion, now: datetime) -> None:
        language = self.language_of(question.person) or self.services.language
        sentences = self.services.sentences(language)
        message = interrupted_message(question.line, question.file, sentences)
        is_valid = now - question.asked_at < _ADDRESS_FOR
        try:
            self.slack.answer(
                self.services.marked(message, sentences),
                person=question.person,
                channel=question.channel,
                thread=question.thread,
                is_open=question.is_open,
                response_url=question.response_url if is_valid else "",
            )
        except DeliveryError as refused:
            log.warning("that a question was left unanswered could not be said: %s", refused)
