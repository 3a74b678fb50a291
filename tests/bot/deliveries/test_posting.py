"""What we say to Slack is said once: dropped connections, refusals, rate limits, older workspaces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from aiohttp import web

from bot.playground.workspace import Json
from bot.render import block_kit
from bot.render.document import Cell, Paragraph, Row, Table
from bot.render.message import File, Files, Message
from bot.runtime.clock import Clock, fixed_clock
from bot.runtime.errors import DeliveryError
from bot.slack.client import Slack, http_session
from tests.bot.world import ANNA, BOT_TOKEN, SALES, SocketStandIn, new_workspace
from tests.shop import BRUSSELS

NOW = fixed_clock(datetime(2026, 11, 23, 7, 0), BRUSSELS)
TABLE = Table("c", ("a",), (Row((Cell("b"),)),), names=1)
PLAIN = Message((Paragraph(("plain",)),))
NEWER = Message((TABLE,))


@dataclass
class Trouble:
    """What the server does to the next posts instead of taking them."""

    doings: list[Any] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    refused_types: frozenset[str] = frozenset()


class TroubledStandIn(SocketStandIn):
    """A stand-in that reads a request and then misbehaves."""

    trouble: Trouble

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if method.startswith(("chat.", "files.")):
            self.trouble.seen.append(method)
            doing = self.trouble.doings.pop(0) if self.trouble.doings else None
            if doing is not None:
                return await self._misbehave(request, doing)
        return await super()._call(request)

    async def _misbehave(self, request: web.Request, doing: Any) -> web.Response:
        await request.read()
        if doing == "drop":
            assert request.transport
            request.transport.abort()
            await asyncio.sleep(0.1)
            return web.Response()
        if isinstance(doing, web.Response):
            return doing
        return web.json_response({"ok": False, "error": doing})

    def _post_message(self, given: Json) -> Json:
        if any(block["type"] in self.trouble.refused_types for block in given.get("blocks") or ()):
            from bot.playground.standin import RefusedError

            raise RefusedError("invalid_blocks")
        return super()._post_message(given)


@asynccontextmanager
async def slack(trouble: Trouble, clock: Clock = NOW) -> AsyncIterator[tuple[Slack, TroubledStandIn]]:
    standin = TroubledStandIn(new_workspace(clock), BOT_TOKEN, "chat:write,files:write")
    standin.trouble = trouble
    app = web.Application()
    app.add_routes(standin.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    standin.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with http_session(standin.base) as session:
            yield Slack(BOT_TOKEN, f"{standin.base}/api/", session, clock), standin
    finally:
        await runner.cleanup()


FILES = Files((File("a.csv", "A", b"a,b"),), ("here",))
GET, COMPLETE = "files.getUploadURLExternal", "files.completeUploadExternal"


@pytest.mark.parametrize(
    ("doings", "seen", "outcome"),
    [
        (["drop"], [GET], "not_sent"),
        ([web.Response(status=503, text="busy")], [GET], "not_sent"),
        ([None, "drop"], [GET, COMPLETE], "unknown"),
        ([None, "internal_error"], [GET, COMPLETE], "unknown"),
        ([None, "not_in_channel"], [GET, COMPLETE], "not_sent"),
    ],
)
async def test_an_upload_is_tried_once(doings: list[Any], seen: list[str], outcome: str) -> None:
    """Before the last call nobody sees it; only after that it is unknown whether they do."""
    trouble = Trouble(doings)
    async with slack(trouble) as (client, standin):
        with pytest.raises(DeliveryError) as lost:
            await client.upload(FILES, SALES)
        assert trouble.seen == seen
        assert lost.value.outcome == outcome
        assert not standin.workspace.files
        await client.upload(FILES, SALES)
        (posted,) = standin.workspace.messages
        assert (posted.text, [file["name"] for file in posted.files]) == ("here", ["a.csv"])


async def test_what_can_not_be_rendered_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery waits for a better version of us; its outcome is never unknown."""

    def broken(_: Message) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(block_kit, "payload", broken)
    trouble = Trouble()
    async with slack(trouble) as (client, _):
        with pytest.raises(DeliveryError) as lost:
            await client.post(SALES, PLAIN)
        assert (lost.value.outcome, lost.value.permanent, trouble.seen) == ("not_sent", False, [])


async def test_a_dropped_connection_is_unknown_and_not_tried_again() -> None:
    """Slack had read the message: a second attempt could double it."""
    trouble = Trouble(["drop"])
    async with slack(trouble) as (client, _):
        with pytest.raises(DeliveryError) as lost:
            await client.post(SALES, PLAIN)
        assert (lost.value.outcome, trouble.seen) == ("unknown", ["chat.postMessage"])


@pytest.mark.parametrize(
    ("doing", "outcome", "permanent"),
    [
        ("internal_error", "unknown", False),
        ("fatal_error", "unknown", False),
        (web.Response(status=503, text="sorry"), "unknown", False),
        ("ratelimited", "not_sent", False),
        (web.Response(status=429, headers={"Retry-After": "7"}), "not_sent", False),
        ("not_in_channel", "not_sent", True),
        ("token_revoked", "not_sent", True),
    ],
)
async def test_every_answer_says_whether_it_was_posted(doing: Any, outcome: str, permanent: bool) -> None:
    """Unknown, certainly not, or not for good; one attempt each."""
    trouble = Trouble([doing])
    async with slack(trouble) as (client, _):
        with pytest.raises(DeliveryError) as refused:
            await client.post(SALES, PLAIN)
    assert (refused.value.outcome, refused.value.permanent) == (outcome, permanent)
    assert len(trouble.seen) == 1
    assert BOT_TOKEN not in str(refused.value)
    if isinstance(doing, web.Response) and doing.status == 429:
        assert refused.value.retry_after == 7


async def test_nobody_there_is_certainly_not_posted() -> None:
    """A connection that was never made carried nothing."""
    async with http_session("http://127.0.0.1:9") as session:
        client = Slack(BOT_TOKEN, "http://127.0.0.1:9/api/", session, NOW)
        with pytest.raises(DeliveryError) as refused:
            await client.post(SALES, PLAIN)
    assert refused.value.outcome == "not_sent"


async def test_a_workspace_without_the_newer_blocks_gets_plain_ones() -> None:
    """Refused once, posted once; then plain at once."""
    trouble = Trouble(refused_types=frozenset({"data_table"}))
    async with slack(trouble) as (client, standin):
        for _ in range(2):
            await client.post(SALES, NEWER)
        assert len(trouble.seen) == 3
        assert [message.blocks[0]["type"] for message in standin.workspace.messages] == ["section", "section"]


async def test_a_response_address_that_is_used_up_is_followed_by_another_way() -> None:
    """Then the answer comes privately in the channel."""
    async with slack(Trouble()) as (client, standin):
        url = standin.response_url(standin.base, SALES, ANNA)
        for _ in range(6):
            await client.answer_privately(url, SALES, ANNA, PLAIN)
        assert [message.private_to for message in standin.workspace.messages] == [ANNA] * 6
        assert standin.trouble.seen == ["chat.postEphemeral"]
        await client.answer_privately(None, "C0NOWHERE", ANNA, PLAIN)
        assert standin.workspace.messages[-1].channel == "D0KPIBOT"
