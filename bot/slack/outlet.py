"""Slack as the outbox sees it: one attempt for each call, on the deliveries' own threads."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bot.deliveries.frozen import Frozen
from bot.deliveries.outlet import MayWrite, Taken, Upload, Wanted
from bot.render.block_kit import Payload
from bot.render.message import File
from bot.runtime.errors import DeliveryError
from bot.slack import history
from bot.slack.client import UNFURLED, Slack
from bot.slack.in_loop import InLoop
from bot.slack.newer_blocks import Content
from bot.slack.people import Identity
from bot.slack.refusals import outcome_of
from bot.slack.uploads import begin_upload, upload

_LONGEST_CALL = 100.0
"""Seconds: two attempts to post, or the bytes of a file, each with a time limit of its own."""
_POSTING = "chat:write"
_PERSON = ("U", "W")
"""The first letters of people's ids."""


class SlackOutlet:
    """Posts and looks up messages of one workspace; `bot.deliveries.outlet.Outlet` says what each does."""

    def __init__(self, slack: Slack, identity: Identity, loop: asyncio.AbstractEventLoop) -> None:
        """Take the connection, who the bot is, and the loop that the connection belongs to."""
        self._slack = slack
        self._client = slack.client
        self._identity = identity
        self._in_loop = InLoop(loop, _LONGEST_CALL)

    def post(self, target: str, message: Frozen, marker: str, may_write: MayWrite) -> Taken:
        """Post a message with its marker in the metadata."""

        async def send(content: Content) -> Taken:
            may_write()
            answer = await self._client.chat_postMessage(
                channel=target,
                thread_ts=message.reply_to,
                metadata=history.metadata_of(marker),
                **content,
                **UNFURLED,
            )
            return Taken(str(answer["channel"]), str(answer["ts"]))

        payload = Payload(message.text, message.blocks, message.plain)
        return self._in_loop(self._slack.newer_blocks.send(payload, send))

    def begin_upload(self, file: File) -> Upload:
        """Ask where a file may be uploaded to."""
        return self._in_loop(begin_upload(self._client, file))

    def upload(self, file: File, to: Upload) -> None:
        """Send the bytes of a file."""
        self._in_loop(upload(self._slack.session, file, to))

    def show_files(
        self, conversation: str, message: Frozen, files: Sequence[str], may_write: MayWrite
    ) -> Taken:
        """Show uploaded files in a conversation."""

        async def show() -> Taken:
            may_write()
            await self._client.files_completeUploadExternal(
                files=[
                    {"id": key, "title": file.title} for key, file in zip(files, message.files, strict=True)
                ],
                channel_id=conversation,
                initial_comment=message.text,
                thread_ts=message.reply_to,
            )
            return Taken(conversation, "")

        return self._in_loop(outcome_of(show()))

    def conversation(self, target: str) -> str:
        """Return the id of a channel, or of somebody's direct messages with the bot."""
        if not target.startswith(_PERSON):
            return target
        return self._in_loop(self._slack.direct_messages(target))

    def find(self, conversation: str, wanted: Wanted) -> Sequence[str]:
        """Return the ts of each message that is the wanted one, the oldest first."""
        return self._in_loop(history.find(self._client, self._identity, conversation, wanted))

    def delete(self, conversation: str, ts: str) -> None:
        """Delete a message of the bot."""
        self._in_loop(outcome_of(self._client.chat_delete(channel=conversation, ts=ts)))

    def require_token(self) -> None:
        """Raise DeliveryError unless Slack knows the bot and lets it post."""
        headers = self._in_loop(self._tested())
        scopes = headers.get("x-oauth-scopes")
        if scopes is not None and _POSTING not in [scope.strip() for scope in scopes.split(",")]:
            raise DeliveryError(
                "Slack doesn't let the bot post.", outcome="not_sent", permanent=True, reason="missing_scope"
            )

    async def _tested(self) -> Mapping[str, str]:
        answer = await outcome_of(self._client.auth_test())
        headers: Mapping[str, str] = answer.headers
        return headers
