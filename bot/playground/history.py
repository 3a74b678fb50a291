"""Read and delete messages as in Slack: conversations.history, conversations.replies and chat.delete.

https://docs.slack.dev/reference/methods/conversations.history
https://docs.slack.dev/reference/methods/conversations.replies
https://docs.slack.dev/reference/methods/chat.delete
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import timedelta

from bot.playground.refusal import RefusedError
from bot.playground.workspace import Channel, Json, Posted, Workspace
from bot.slack_limits import HISTORY_MESSAGES, REPLY_MESSAGES

BOT = "B0KPIBOT"
"""The id of the bot of the app, beside that of its user."""

_HISTORY, _REPLIES = 100, 1000
"""How many messages a page holds if a call doesn't say."""


class History:
    """What can be read of the messages of one workspace.

    A message is in the history from `lag` after it was posted.
    """

    def __init__(self, workspace: Workspace, scopes: str) -> None:
        """Take the workspace and the app's scopes (comma-separated)."""
        self._workspace = workspace
        self._scopes = scopes.split(",")
        self.lag = timedelta(0)

    def history(self, given: Json) -> Json:
        """conversations.history: a page of what stands in a channel, the newest first; no replies."""
        channel = self._readable(given)
        entries = [
            entry
            for entry in self._within(channel, given)
            if entry.thread is None or entry.thread == entry.ts  # a reply is only in its thread
        ]
        return self._page(entries[::-1], given, _HISTORY, HISTORY_MESSAGES) | {"pin_count": 0}

    def replies(self, given: Json) -> Json:
        """conversations.replies: a page of a thread, the oldest first, always with the parent."""
        channel = self._readable(given)
        asked = self._workspace.find(channel.channel, str(given.get("ts") or ""))
        if asked is None or asked.private_to or not self._is_visible(asked):
            raise RefusedError("thread_not_found")
        parent = asked.thread or asked.ts
        entries = [entry for entry in self._within(channel, given, keeping=parent) if _is_in(entry, parent)]
        return self._page(entries, given, _REPLIES, REPLY_MESSAGES)

    def delete(self, given: Json) -> Json:
        """chat.delete: the bot deletes a message of its own."""
        if "chat:write" not in self._scopes:
            raise RefusedError("missing_scope", needed="chat:write")
        channel = self._channel(given)
        message = self._workspace.find(channel.channel, str(given.get("ts") or ""))
        if message is None or message.private_to:
            raise RefusedError("message_not_found")
        if message.user != self._workspace.bot_user:
            raise RefusedError("cant_delete_message")
        self._workspace.remove(message)
        return {"channel": message.channel, "ts": message.ts}

    def _readable(self, given: Json) -> Channel:
        """Return the channel of a call, if the bot may read it."""
        channel = self._channel(given)
        needed = {"direct": "im:history", "channel": "channels:history"}[channel.kind]
        if channel.is_private:
            needed = "groups:history"
        if needed not in self._scopes:
            raise RefusedError("missing_scope", needed=needed)
        if not channel.has_bot:
            raise RefusedError("not_in_channel")
        return channel

    def _channel(self, given: Json) -> Channel:
        """Return a channel by its id; a person's id is no channel here."""
        named = str(given.get("channel") or "")
        found = None if self._workspace.person(named) else self._workspace.channel(named)
        if found is None:
            raise RefusedError("channel_not_found")
        return found

    def _within(self, channel: Channel, given: Json, keeping: str = "") -> Sequence[Posted]:
        """Return what everybody in a channel can read of the asked time, the oldest first."""
        oldest, latest = _moment(given, "oldest"), _moment(given, "latest")
        inclusive = str(given.get("inclusive")) in ("1", "true", "True")

        def is_asked_for(entry: Posted) -> bool:
            moment = float(entry.ts)
            if entry.ts == keeping or (inclusive and moment in (oldest, latest)):
                return True
            return (oldest is None or moment > oldest) and (latest is None or moment < latest)

        return [
            entry
            for entry in self._workspace.messages
            if entry.channel == channel.channel
            and entry.private_to is None
            and self._is_visible(entry)
            and is_asked_for(entry)
        ]

    def _is_visible(self, entry: Posted) -> bool:
        return float(entry.ts) <= (self._workspace.clock() - self.lag).timestamp() or not self.lag

    def _page(self, entries: Sequence[Posted], given: Json, usual: int, most: int) -> Json:
        limit = str(given.get("limit") or usual)
        if not limit.isdigit() or not 1 <= int(limit) <= most:
            raise RefusedError("invalid_limit")
        start = _place(str(given.get("cursor") or ""))
        end = start + int(limit)
        shows_metadata = str(given.get("include_all_metadata")) in ("1", "true", "True")
        page: Json = {
            "messages": [self._shown(entry, shows_metadata) for entry in entries[start:end]],
            "has_more": end < len(entries),
        }
        if page["has_more"]:
            page["response_metadata"] = {"next_cursor": b64encode(f"next:{end}".encode()).decode()}
        return page

    def _shown(self, entry: Posted, shows_metadata: bool) -> Json:
        shown: Json = {"type": "message", "user": entry.user, "ts": entry.ts, "text": entry.text}
        if entry.blocks:
            shown["blocks"] = list(entry.blocks)
        if entry.user == self._workspace.bot_user:
            shown |= {"bot_id": BOT, "app_id": self._workspace.app}
        if entry.thread:
            shown["thread_ts"] = entry.thread
        if entry.files:
            shown["files"] = [{"id": file["id"], "title": file["title"]} for file in entry.files]
        if shows_metadata and entry.metadata is not None:
            shown["metadata"] = dict(entry.metadata)
        return shown


def _is_in(entry: Posted, thread: str) -> bool:
    return thread in (entry.ts, entry.thread)


def _moment(given: Json, name: str) -> float | None:
    value = given.get(name)
    if value in (None, ""):
        return None
    try:
        return float(str(value))
    except ValueError as wrong:
        raise RefusedError(f"invalid_ts_{name}") from wrong


def _place(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        before, _, place = b64decode(cursor, validate=True).decode().partition(":")
    except ValueError as wrong:
        raise RefusedError("invalid_cursor") from wrong
    if before != "next" or not place.isdigit():
        raise RefusedError("invalid_cursor")
    return int(place)
