"""The stand-in's history is as strict as Slack's: scopes, threads, pages, metadata, and who may delete."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.workspace import Posted
from tests.bot.world import ANNA, BOT_TOKEN, DIRECT, SALES, SocketStandIn, stand_in
from tests.shop import BRUSSELS

SCOPES = "chat:write,channels:history,groups:history,im:history,files:read,files:write,im:write"
KEY = {"event_type": "kpi_delivery", "event_payload": {"key": "abc"}}
START = datetime(2026, 11, 23, 7, 0, tzinfo=BRUSSELS)


class Hand:
    """A clock that is turned by hand."""

    now = START

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def slack(scopes: str = SCOPES) -> AsyncIterator[tuple[AsyncWebClient, SocketStandIn, Hand]]:
    clock = Hand()
    async with stand_in(clock, scopes) as (standin, base):
        yield AsyncWebClient(token=BOT_TOKEN, base_url=f"{base}/api/", retry_handlers=[]), standin, clock


async def error_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


async def test_a_message_is_found_by_its_metadata() -> None:
    """Only if metadata is asked for; the message says which bot wrote it."""
    async with slack() as (client, _, _):
        posted = await client.chat_postMessage(channel=SALES, text="said", metadata=KEY)
        (found,) = (await client.conversations_history(channel=SALES, include_all_metadata=True))["messages"]
        assert (found["ts"], found["metadata"], found["text"]) == (posted["ts"], KEY, "said")
        assert found["bot_id"] == (await client.auth_test())["bot_id"]
        (plain,) = (await client.conversations_history(channel=SALES))["messages"]
        assert "metadata" not in plain


async def test_metadata_of_a_wrong_type_is_ignored_with_a_warning() -> None:
    """Slack takes the message without it: a bot that counts on it wouldn't find its message."""
    async with slack() as (client, standin, _):
        wrong = {**KEY, "event_type": "kpi.delivery"}
        answer = await client.chat_postMessage(channel=SALES, text="said", metadata=wrong)
        assert answer["warning"] == "invalid_metadata_schema"
        assert standin.workspace.messages[0].metadata is None


async def test_replies_are_only_in_their_thread() -> None:
    """The history has the parent; the thread has both, the parent first, whatever time is asked for."""
    async with slack() as (client, _, _):
        parent = (await client.chat_postMessage(channel=SALES, text="parent"))["ts"]
        reply = await client.chat_postMessage(channel=SALES, text="reply", thread_ts=parent, metadata=KEY)
        history = await client.conversations_history(channel=SALES)
        assert [entry["text"] for entry in history["messages"]] == ["parent"]
        thread = await client.conversations_replies(
            channel=SALES, ts=parent, oldest=reply["ts"], inclusive=True, include_all_metadata=True
        )
        assert [entry["text"] for entry in thread["messages"]] == ["parent", "reply"]
        assert thread["messages"][1]["metadata"] == KEY
        assert await error_of(client.conversations_replies(channel=SALES, ts="1.2")) == "thread_not_found"


async def test_a_history_comes_in_pages_and_within_a_time() -> None:
    """The newest first; `oldest` itself is left out unless `inclusive` is set."""
    async with slack() as (client, _, _):
        stamps = [
            (await client.chat_postMessage(channel=SALES, text=str(number)))["ts"] for number in range(5)
        ]
        page = await client.conversations_history(channel=SALES, limit=3)
        assert [entry["text"] for entry in page["messages"]] == ["4", "3", "2"]
        rest = await client.conversations_history(
            channel=SALES, limit=3, cursor=page["response_metadata"]["next_cursor"]
        )
        assert [entry["text"] for entry in rest["messages"]] == ["1", "0"]
        assert not rest["has_more"]
        for inclusive, expected in ((False, ["4"]), (True, ["4", "3"])):
            since = await client.conversations_history(channel=SALES, oldest=stamps[3], inclusive=inclusive)
            assert [entry["text"] for entry in since["messages"]] == expected
        for wrong, code in (
            ({"limit": 1000}, "invalid_limit"),
            ({"cursor": "?"}, "invalid_cursor"),
            ({"oldest": "yesterday"}, "invalid_ts_oldest"),
            ({"latest": "today"}, "invalid_ts_latest"),
        ):
            assert await error_of(client.conversations_history(channel=SALES, **wrong)) == code


async def test_each_kind_of_channel_needs_its_scope() -> None:
    """And the bot in it; a person's id is no channel to read."""
    async with slack("chat:write,im:history") as (client, standin, _):
        workspace = standin.workspace
        assert await error_of(client.conversations_history(channel=SALES)) == "missing_scope"
        workspace.channels = tuple(
            replace(entry, is_private=True) if entry.channel == SALES else entry
            for entry in workspace.channels
        )
        with pytest.raises(SlackApiError) as refused:
            await client.conversations_history(channel=SALES)
        assert refused.value.response["needed"] == "groups:history"
        assert (await client.conversations_history(channel=DIRECT))["messages"] == []
        assert await error_of(client.conversations_history(channel=ANNA)) == "channel_not_found"
        workspace.channels = tuple(replace(entry, has_bot=False) for entry in workspace.channels)
        assert await error_of(client.conversations_history(channel=DIRECT)) == "not_in_channel"


async def test_a_message_may_reach_the_history_late() -> None:
    """As in Slack, where what was just posted isn't always found at once."""
    async with slack() as (client, standin, clock):
        standin.history.lag = timedelta(seconds=3)
        await client.chat_postMessage(channel=SALES, text="said")
        for seconds, count in ((2, 0), (4, 1)):
            clock.now = START + timedelta(seconds=seconds)
            assert len((await client.conversations_history(channel=SALES))["messages"]) == count


async def test_a_bot_deletes_only_its_own_messages() -> None:
    async with slack() as (client, standin, _):
        own = await client.chat_postMessage(channel=SALES, text="own")
        other = standin.workspace.add(Posted(SALES, standin.workspace.next_ts(), ANNA, "hers"))
        assert await error_of(client.chat_delete(channel=SALES, ts=other.ts)) == "cant_delete_message"
        answer = await client.chat_delete(channel=SALES, ts=own["ts"])
        assert (answer["channel"], answer["ts"]) == (SALES, own["ts"])
        assert await error_of(client.chat_delete(channel=SALES, ts=own["ts"])) == "message_not_found"
        assert [entry.text for entry in standin.workspace.messages] == ["hers"]


async def test_a_file_tells_which_messages_show_it() -> None:
    """Before its upload is completed there is no such file."""
    async with slack() as (client, _, _):
        given = await client.files_getUploadURLExternal(filename="a.csv", length=3)
        file = given["file_id"]
        assert await error_of(client.files_info(file=file)) == "file_not_found"
        async with aiohttp.ClientSession() as session:
            await session.post(given["upload_url"], data=b"a,b")
        assert await error_of(client.files_info(file=file)) == "file_not_found"
        await client.files_completeUploadExternal(files=[{"id": file, "title": "A"}], channel_id=SALES)
        (posted,) = (await client.conversations_history(channel=SALES))["messages"]
        known = (await client.files_info(file=file))["file"]
        assert (known["name"], known["shares"]) == ("a.csv", {"public": {SALES: [{"ts": posted["ts"]}]}})
        assert posted["files"] == [{"id": file, "title": "A"}]


async def test_without_scopes_nothing_is_posted_read_or_deleted() -> None:
    async with slack("files:write") as (client, _, _):
        for call in (
            client.chat_postMessage(channel=SALES, text="said"),
            client.chat_delete(channel=SALES, ts="1.2"),
            client.files_info(file="F1"),
            client.conversations_replies(channel=SALES, ts="1.2"),
        ):
            assert await error_of(call) == "missing_scope"
