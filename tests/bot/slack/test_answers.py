"""Answers are sent again where Slack surely didn't take them, and never shown twice to others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from aiohttp import web

from bot.deliveries.sending import W
from bot.render.document import Paragraph
from bot.render.message import File, Files, Message
from bot.runtime.clock import Clock, fixed_clock
from bot.runtime.errors import DeliveryError
from bot.slack.answers import Answers
from bot.slack.client import Slack, http_session
from bot.workspace.services import Services
from tests.bot import world as bot_world
from tests.bot.world import ANNA, BOT_TOKEN, DIRECT, SALES, SCOPES, SocketStandIn, new_workspace
from tests.shop import BRUSSELS

NOW = fixed_clock(datetime(2026, 11, 23, 7, 0), BRUSSELS)
ANSWER, FOR_NOW = Message((Paragraph(("€ 7",)),)), Message((Paragraph(("wait",)),))
LOOK_UP = W.total_seconds()
READABLE = f"{SCOPES},channels:history,im:history"

Doing = Literal["full", "refused", "unread", "taken"] | None
"""What happens to a request: 429, a refusal for good, lost before it is taken, lost after; None: nothing."""
SENT = ("chat.", "files.complete", "views.publish", "response")


class DoubtfulStandIn(SocketStandIn):
    """A stand-in with which something happens to the next requests that show something."""

    def __init__(self, doings: list[Doing], scopes: str, retry_after: int) -> None:
        super().__init__(new_workspace(NOW), BOT_TOKEN, scopes)
        self.doings = doings
        self.retry_after = retry_after
        self.seen: list[str] = []
        self.running = self.most = 0

    async def _call(self, request: web.Request) -> web.Response:
        return await self._done(request.match_info["method"], request, super()._call)

    async def _respond(self, request: web.Request) -> web.Response:
        return await self._done("response", request, super()._respond)

    async def _done(self, name: str, request: web.Request, usual: Callable[..., Any]) -> Any:
        if not name.startswith(SENT):
            return await usual(request)
        self.seen.append(name)
        self.running += 1
        self.most = max(self.most, self.running)
        doing = self.doings.pop(0) if self.doings else None
        try:
            await asyncio.sleep(0)
            if doing == "full":
                await request.read()
                return web.Response(status=429, headers={"Retry-After": str(self.retry_after)})
            if doing == "refused":
                return web.json_response({"ok": False, "error": "is_archived"})
            response = None if doing == "unread" else await usual(request)
            if doing is not None:
                assert request.transport
                request.transport.abort()
            return response or web.Response()
        finally:
            self.running -= 1


@dataclass
class World:
    """Answers to a stand-in, and how long they waited."""

    answers: Answers
    standin: DoubtfulStandIn
    slept: list[float] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [entry.text for entry in self.standin.workspace.messages]

    def address(self) -> str:
        return self.standin.response_url(self.standin.base, SALES, ANNA)


@asynccontextmanager
async def answering(*doings: Doing, scopes: str = READABLE, retry_after: int = 7) -> AsyncIterator[World]:
    standin = DoubtfulStandIn(list(doings), scopes, retry_after)
    app = web.Application()
    app.add_routes(standin.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    standin.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    try:
        async with http_session(standin.base) as session:
            slack = Slack(BOT_TOKEN, f"{standin.base}/api/", session, NOW)
            yield World(Answers(slack, await slack.identity(), NOW, sleep), standin, slept)
    finally:
        await runner.cleanup()


async def post(world: World) -> None:
    await world.answers.post(SALES, ANSWER, thread=None)


async def post_to_person(world: World) -> None:
    await world.answers.post(ANNA, ANSWER)


async def privately(world: World) -> None:
    await world.answers.answer_privately(world.address(), SALES, ANNA, ANSWER)


async def privately_without_address(world: World) -> None:
    await world.answers.answer_privately(None, SALES, ANNA, ANSWER)


async def files(world: World) -> None:
    await world.answers.upload(Files((File("a.csv", "A", b"a,b"),), ("€ 7",)), SALES)


@pytest.mark.parametrize("send", [post, post_to_person, privately, privately_without_address, files])
async def test_what_slack_has_no_room_for_is_sent_again_when_it_says(send: Callable[..., Any]) -> None:
    """By the same way, once it is taken; nothing is shown twice."""
    async with answering("full", "full") as world:
        await send(world)
        assert world.slept == [7, 7]
        assert world.texts == ["€ 7"]
        assert len(set(world.standin.seen)) == 1


async def test_an_answer_waits_only_so_long() -> None:
    """Then it is given up, and the log has it."""
    async with answering(*["full"] * 9, retry_after=50) as world:
        with pytest.raises(DeliveryError):
            await post(world)
        assert world.slept == [50, 50]


async def test_a_refusal_for_good_is_not_repeated() -> None:
    async with answering("refused") as world:
        with pytest.raises(DeliveryError):
            await post(world)
        assert (world.slept, len(world.standin.seen)) == ([], 1)


async def test_answers_to_a_full_place_go_one_after_the_other() -> None:
    """Those for other places don't wait for them."""
    async with answering(*["full"] * 6) as world:
        await asyncio.gather(*(post(world) for _ in range(6)))
        world.standin.most = 0
        world.standin.doings = ["full"] * 6
        await asyncio.gather(*(post(world) for _ in range(6)))
        assert world.texts == ["€ 7"] * 12
        assert world.answers._lines == {}


async def test_one_at_a_time_is_sent_to_a_full_place(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering() as world:
        sending = most = 0
        full = [True] * 6

        async def send() -> None:
            nonlocal sending, most
            if full:
                full.pop()
                raise DeliveryError("Full.", outcome="not_sent", reason="ratelimited", retry_after=1)
            sending += 1
            most = max(most, sending)
            await asyncio.sleep(0.001)
            sending -= 1

        await asyncio.gather(*(world.answers._surely(SALES, send) for _ in range(6)))
        assert most == 1


@pytest.mark.parametrize("send", [post, post_to_person])
async def test_an_unclear_post_that_is_not_in_the_history_is_sent_again(send: Callable[..., Any]) -> None:
    """After the time within which it would have got there."""
    async with answering("unread") as world:
        await send(world)
        assert world.slept == [LOOK_UP]
        assert world.texts == ["€ 7"]


@pytest.mark.parametrize("send", [post, post_to_person])
async def test_an_unclear_post_that_is_in_the_history_stays_alone(send: Callable[..., Any]) -> None:
    async with answering("taken") as world:
        await send(world)
        assert world.texts == ["€ 7"]
        assert len(world.standin.seen) == 1


async def test_an_unclear_post_is_not_sent_again_where_the_history_cant_be_read() -> None:
    async with answering("unread", scopes="chat:write") as world:
        with pytest.raises(DeliveryError) as unclear:
            await post(world)
        assert unclear.value.outcome == "unknown"
        assert len(world.standin.seen) == 1


@pytest.mark.parametrize("doing", ["unread", "taken"])
async def test_an_unclear_private_answer_is_not_sent_again(doing: Doing) -> None:
    """Nobody can look it up; the next way isn't tried either."""
    async with answering(doing) as world:
        with pytest.raises(DeliveryError) as unclear:
            await privately(world)
        assert unclear.value.outcome == "unknown"
        assert world.standin.seen == ["response"]


@pytest.mark.parametrize("doing", ["full", "unread", "taken"])
async def test_what_replaces_a_message_is_sent_until_it_is_taken(doing: Doing) -> None:
    """Twice does no harm: a message, and what stands there for now until its answer comes."""
    async with answering() as world:
        replace = await world.answers.post_for_now(DIRECT, FOR_NOW)
        world.standin.doings = [doing]
        await replace(ANSWER)
        assert world.texts == ["€ 7"]
        (shown,) = world.standin.workspace.messages
        world.standin.doings = [doing]
        await world.answers.update(DIRECT, shown.ts, FOR_NOW)
        assert world.texts == ["wait"]


async def test_what_stands_for_now_is_posted_again_if_it_is_gone() -> None:
    async with answering() as world:
        replace = await world.answers.post_for_now(SALES, FOR_NOW)
        world.standin.workspace.messages.clear()
        await replace(ANSWER)
        assert (world.texts, world.slept) == (["€ 7"], [])


async def test_who_may_not_have_got_an_answer_is_told_so(
    demo_services: Services, monday: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a direct message, with a button that asks again."""
    usual, losses = SocketStandIn._respond, [True]

    async def lost(self: SocketStandIn, request: web.Request) -> web.Response:
        if not losses:
            return await usual(self, request)
        losses.clear()
        assert request.transport
        request.transport.abort()
        return web.Response()

    monkeypatch.setattr(SocketStandIn, "_respond", lost)
    async with bot_world.world("http", demo_services, monday, tmp_path / "store.sqlite") as slack:
        told = await slack.say("sales last month")
        assert "Slack didn't confirm that it showed my answer to `sales last month`." in told.text
        assert (told.channel, told.private_to) == (DIRECT, None)
        count = len(slack.workspace.messages)
        await slack.press(told, "Ask again")
        answer = await slack.message_after(count)
        assert answer.text.startswith("sales 2026-10")
