"""The outbox's calls of Slack, against the stand-in: markers, histories, threads, files, the token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.deliveries.frozen import Frozen, frozen
from bot.deliveries.outlet import CLIENT_SECONDS, Wanted
from bot.render.document import Paragraph
from bot.render.message import File, Files, Message
from bot.runtime.clock import fixed_clock
from bot.runtime.errors import DeliveryError
from bot.slack.client import Slack, http_session
from bot.slack.outlet import SlackOutlet
from tests.bot.world import ANNA, BOT_TOKEN, DIRECT, SALES, SCOPES, SocketStandIn, stand_in
from tests.shop import BRUSSELS

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=BRUSSELS)
CLOCK = fixed_clock(NOW, BRUSSELS)
HISTORY = f"{SCOPES},channels:history,groups:history"
MARKER = "0" * 32


def message(text: str = "Week 47", reply_to: str | None = None) -> Frozen:
    return frozen(Message((Paragraph((text,)),), reply_to=reply_to), NOW)


def wanted(marker: str = MARKER, *files: str, reply_to: str | None = None) -> Wanted:
    return Wanted(marker, files, reply_to, NOW - timedelta(hours=1))


async def test_no_request_takes_longer_than_the_lease_reckons_with() -> None:
    """The time limit of every request, whatever the SDK is given."""
    async with http_session("http://127.0.0.1/") as session:
        assert session.timeout.total == CLIENT_SECONDS


def anyhow() -> None:
    """There is always time to write."""


@asynccontextmanager
async def outlet(scopes: str = HISTORY) -> AsyncIterator[tuple[SlackOutlet, SocketStandIn]]:
    async with stand_in(CLOCK, scopes) as (standin, base), http_session(base) as session:
        slack = Slack(BOT_TOKEN, f"{base}/api/", session, CLOCK)
        yield SlackOutlet(slack, await slack.identity(), asyncio.get_running_loop()), standin


async def test_a_post_is_found_by_its_marker_in_channels_threads_and_direct_messages() -> None:
    """Only the bot's own, only this one, also beyond the first page."""
    async with outlet() as (out, standin):
        first = await asyncio.to_thread(out.post, SALES, message(), MARKER, anyhow)
        for number in range(250):
            await asyncio.to_thread(out.post, SALES, message(str(number)), f"{number + 1:032}", anyhow)
        own = standin.workspace.find(SALES, first.ts)
        assert own is not None
        assert own.metadata == {"event_type": "kpi_bot_delivery", "event_payload": {"key": MARKER}}
        standin.workspace.add(replace(own, user=ANNA, ts=standin.workspace.next_ts()))
        assert await asyncio.to_thread(out.find, SALES, wanted()) == [first.ts]
        reply = await asyncio.to_thread(out.post, SALES, message(reply_to=first.ts), "a" * 32, anyhow)
        assert await asyncio.to_thread(out.find, SALES, wanted("a" * 32)) == []
        found = await asyncio.to_thread(out.find, SALES, wanted("a" * 32, reply_to=first.ts))
        assert found == [reply.ts]
        direct = await asyncio.to_thread(out.post, ANNA, message(), "b" * 32, anyhow)
        assert (direct.conversation, await asyncio.to_thread(out.conversation, ANNA)) == (DIRECT, DIRECT)
        assert await asyncio.to_thread(out.find, DIRECT, wanted("b" * 32)) == [direct.ts]
        assert await asyncio.to_thread(out.find, SALES, wanted(reply_to="1.0")) == ()


async def test_two_of_one_marker_are_both_found_the_oldest_first_and_can_be_deleted() -> None:
    async with outlet() as (out, standin):
        pair = [await asyncio.to_thread(out.post, SALES, message(), MARKER, anyhow) for _ in range(2)]
        found = await asyncio.to_thread(out.find, SALES, wanted())
        assert found == [taken.ts for taken in pair]
        await asyncio.to_thread(out.delete, SALES, found[1])
        assert [entry.ts for entry in standin.workspace.messages] == [found[0]]


async def test_a_history_that_may_not_be_read_says_which_scope_it_needs() -> None:
    async with outlet(SCOPES) as (out, _):
        with pytest.raises(DeliveryError) as refused:
            await asyncio.to_thread(out.find, SALES, wanted())
    assert (refused.value.permanent, refused.value.reason, refused.value.needed) == (
        True,
        "missing_scope",
        "channels:history",
    )


async def test_shown_files_are_found_by_their_ids() -> None:
    files = Files((File("a.csv", "A", b"a,b"),), ("here",))
    shown = frozen(Message((), files=files), NOW)
    async with outlet() as (out, standin):
        to = await asyncio.to_thread(out.begin_upload, shown.files[0])
        await asyncio.to_thread(out.upload, shown.files[0], to)
        assert await asyncio.to_thread(out.find, SALES, wanted(MARKER, to.file)) == []
        await asyncio.to_thread(out.show_files, SALES, shown, [to.file], anyhow)
        (posted,) = standin.workspace.messages
        assert posted.text == "here"
        assert await asyncio.to_thread(out.find, SALES, wanted(MARKER, to.file)) == [posted.ts]


async def test_nothing_is_written_once_it_is_too_late() -> None:
    """The check stands right before the request, also of files."""

    def too_late() -> None:
        raise DeliveryError("late", outcome="not_sent", reason="lease")

    async with outlet() as (out, standin):
        with pytest.raises(DeliveryError, match="late"):
            await asyncio.to_thread(out.post, SALES, message(), MARKER, too_late)
        with pytest.raises(DeliveryError, match="late"):
            await asyncio.to_thread(out.show_files, SALES, message(), [], too_late)
        assert standin.workspace.messages == []
        assert "chat.postMessage" not in [call.method for call in standin.workspace.calls]


@pytest.mark.parametrize(
    ("scopes", "token", "reason"),
    [
        (HISTORY, BOT_TOKEN, None),
        ("commands,im:history", BOT_TOKEN, "missing_scope"),
        (HISTORY, "xoxb-revoked", "invalid_auth"),
    ],
)
async def test_the_token_is_asked_whether_the_bot_may_post(
    scopes: str, token: str, reason: str | None
) -> None:
    async with outlet(scopes) as (out, _):
        out._client.token = token
        if reason is None:
            await asyncio.to_thread(out.require_token)
        else:
            with pytest.raises(DeliveryError) as refused:
                await asyncio.to_thread(out.require_token)
            assert refused.value.reason == reason
