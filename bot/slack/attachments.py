"""What is sent besides an answer: its files, and an answer that is shared with a whole channel."""

from __future__ import annotations

from dataclasses import dataclass

from bot.render.message import Files, Message
from bot.runtime.errors import DeliveryError
from bot.slack.answers import Answers
from bot.slack.undelivered import file_undelivered, share_undelivered


@dataclass(frozen=True, slots=True)
class AnswerPlace:
    """Where a request comes from; `is_open`: the answer is visible to everybody in the conversation."""

    user: str
    channel: str
    thread: str | None
    is_open: bool


class Attachments:
    """Sends what goes with answers. All its methods belong to one event loop."""

    def __init__(self, answers: Answers, bot: str) -> None:
        """Take what sends answers, and the name by which the bot is invited."""
        self._answers = answers
        self._bot = bot

    async def send(self, message: Message, place: AnswerPlace) -> bool:
        """Send a message's files and post what it shares; return whether the message needn't be sent itself.

        Raises KpiError with what to do if Slack didn't take them.
        """
        if message.shared is not None:
            try:
                thread = message.shared.reply_to or place.thread
                await self._answers.post(place.channel, message.shared, thread=thread)
            except DeliveryError as refused:
                raise share_undelivered(refused, self._bot) from refused
        if message.files is None:
            return False
        try:
            await self._send_files(message.files, place)
        except DeliveryError as refused:
            raise file_undelivered(refused) from refused
        return place.is_open

    async def _send_files(self, files: Files, place: AnswerPlace) -> None:
        """Send files to the conversation, or to the person's direct messages if the answer is private."""
        channel = place.channel if place.is_open else await self._answers.direct_messages(place.user)
        await self._answers.upload(files, channel, thread=place.thread if place.is_open else None)
