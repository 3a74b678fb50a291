"""Sending replies to where their requests came from."""

from __future__ import annotations

import logging

from bot.conversation.dispatch import refusal
from bot.render.message import Message, Modal, Replacement, Reply
from bot.runtime.errors import DeliveryError
from bot.slack.answers import Answers
from bot.slack.attachments import Attachments
from bot.slack.client import Slack
from bot.slack.requests import Turn
from bot.workspace.services import Services
from kpi_engine.domain.errors import KpiError, QueryError
from kpi_engine.domain.translatable import said

log = logging.getLogger(__name__)


class Replies:
    """Sends the replies of one workspace. All its methods belong to one event loop."""

    def __init__(self, slack: Slack, answers: Answers, services: Services, bot: str) -> None:
        """Take the connection, what sends answers, the words, and the name by which the bot is invited."""
        self._slack = slack
        self._services = services
        self._attachments = Attachments(answers, bot)

    async def send(self, turn: Turn, reply: Reply | None, language: str) -> None:
        """Send a reply: a message, one in place of another, or a window; None: nothing is left to say.

        Raises KpiError.
        """
        match reply:
            case Modal() if turn.window:
                await self._slack.update_modal(turn.window, reply)
            case Modal():
                await self._open(turn, reply, language)
            case Replacement() if turn.on_home:
                pass  # the tab is shown again instead
            case Replacement(message):
                await self._replace(turn, message)
            case Message(question=question) if turn.replace and question and question == turn.text:
                await self._replace(turn, reply)  # only the same question replaces its answer
            case Message():
                await self._bring(turn, reply, language)

    async def _replace(self, turn: Turn, message: Message) -> None:
        """Replace the message whose button was pressed; if it is gone, send a new one."""
        try:
            if turn.replace:
                await turn.replace(message)
                return
        except DeliveryError as refused:
            if refused.outcome == "unknown":
                raise
            log.info("a message can't be replaced (%s); a new one is sent", refused.reason)
        await turn.answer(message)

    async def _bring(self, turn: Turn, message: Message, language: str) -> None:
        """Send the attachments of an answer, and then the answer unless they are all of it."""
        try:
            is_said = await self._attachments.send(message, turn.place)
        except KpiError as wrong:
            log.warning("an attachment was not sent: %s", wrong.__cause__ or wrong)
            message, is_said = refusal(wrong, language, self._services), False
        if turn.is_announced or not is_said:
            await turn.answer(message)

    async def _open(self, turn: Turn, modal: Modal, language: str) -> None:
        """Open a window; if its trigger was used or is older than three seconds, say so."""
        try:
            await self._slack.open_modal(turn.trigger, modal)
        except DeliveryError as refused:
            if refused.reason not in ("expired_trigger_id", "exchanged_trigger_id"):
                raise
            late = QueryError(said("That window took too long to open."), hint=said("Try again now."))
            await turn.answer(refusal(late, language, self._services))
