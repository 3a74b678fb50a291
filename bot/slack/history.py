"""Look for the bot's own messages in what stands in a conversation or a thread.

https://docs.slack.dev/reference/methods/conversations.history
https://docs.slack.dev/messaging/message-metadata
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.deliveries.outlet import Wanted
from bot.runtime.errors import DeliveryError
from bot.slack.people import Identity
from bot.slack.refusals import outcome_of

_EVENT_TYPE = "kpi_bot_delivery"
_PAGE = 200
_NO_THREAD = "thread_not_found"


def metadata_of(marker: str) -> dict[str, Any]:
    """Return the metadata by which a message is found: everybody in the workspace can read it."""
    return {"event_type": _EVENT_TYPE, "event_payload": {"key": marker}}


async def find(
    client: AsyncWebClient, identity: Identity, conversation: str, wanted: Wanted
) -> Sequence[str]:
    """Return the ts of each message that is the wanted one, the oldest first. Raises DeliveryError."""
    read = (
        partial(client.conversations_history, channel=conversation)
        if wanted.reply_to is None
        else partial(client.conversations_replies, channel=conversation, ts=wanted.reply_to)
    )
    found: list[str] = []
    cursor = ""
    while True:
        try:
            page = await outcome_of(
                read(
                    oldest=f"{wanted.since.timestamp():.6f}",
                    limit=_PAGE,
                    include_all_metadata=True,
                    cursor=cursor or None,
                )
            )
        except DeliveryError as refused:
            if refused.reason == _NO_THREAD:
                return ()  # what isn't there has no replies
            raise
        found += [str(entry["ts"]) for entry in page["messages"] if _is_wanted(entry, wanted, identity)]
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return sorted(set(found), key=float)


def _is_wanted(message: Mapping[str, Any], wanted: Wanted, identity: Identity) -> bool:
    is_own = message.get("user") == identity.bot_user or (
        identity.bot is not None and message.get("bot_id") == identity.bot
    )
    if not is_own:
        return False
    metadata = message.get("metadata") or {}
    key = (metadata.get("event_payload") or {}).get("key")
    files = {str(file.get("id")) for file in message.get("files") or ()}
    has_marker = metadata.get("event_type") == _EVENT_TYPE and key == wanted.marker
    return has_marker or bool(files & set(wanted.files))
