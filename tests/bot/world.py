"""A stand-in of Slack with a real bot connected to it: over HTTP with signatures, or over a WebSocket."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from bot.app import Bot, Running
from bot.playground.sender import Sender
from bot.playground.standin import RefusedError, StandIn
from bot.playground.workspace import Channel, Json, Person, Posted, Workspace
from bot.runtime.clock import Clock
from bot.runtime.settings import Settings
from bot.slack.turns import Patience
from bot.store import database
from bot.workspace.services import Services

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-test", "xapp-test", "shh"
SALES, DIRECT = "C0DEMOSALES", "D0KPIBOT"
ANNA, LEAD, GUEST = "U0ANNA", "U0LEAD", "U0GUEST"
SCOPES = "commands,chat:write,app_mentions:read,im:history,users:read,files:read,files:write,im:write"
WAIT = 60
"""Seconds until what doesn't happen is given up; a busy machine may take many of them."""

Mode = Literal["http", "socket"]
Kind = TypeVar("Kind", bound="SocketStandIn")


class SocketStandIn(StandIn):
    """The stand-in with Socket Mode: it hands out addresses and keeps the WebSocket behind them."""

    def __init__(self, workspace: Workspace, token: str, scopes: str) -> None:
        super().__init__(workspace, token, scopes)
        self.base = ""
        self.sockets: list[web.WebSocketResponse] = []
        self.connections = 0
        self.refuse_open = 0
        self.refuse_auth = 0
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self._count = 0

    def socket_routes(self) -> list[web.RouteDef]:
        return [web.get("/socket", self._socket)]

    def _answer(self, method: str, authorization: str | None, given: Json) -> Json:
        if method == "auth.test" and self.refuse_auth:
            self.refuse_auth -= 1
            raise RefusedError("internal_error")
        if method != "apps.connections.open":
            return super()._answer(method, authorization, given)
        if authorization != f"Bearer {APP_TOKEN}":
            raise RefusedError("invalid_auth")
        if self.refuse_open:
            self.refuse_open -= 1
            raise RefusedError("internal_error")
        return {"url": self.base.replace("http", "ws") + "/socket"}

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.connections += 1
        self.sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": 1})
        async for message in socket:
            found = json.loads(message.data)
            future = self._acks.pop(found["envelope_id"], None)
            if future and not future.done():
                future.set_result(found)
        self.sockets.remove(socket)
        return socket

    async def send(self, kind: str, payload: Json) -> tuple[Json, float]:
        """Send an envelope; return its acknowledgement and after how many seconds it came."""
        self._count += 1
        envelope = f"envelope-{self._count}"
        future = asyncio.get_running_loop().create_future()
        self._acks[envelope] = future
        async with asyncio.timeout(WAIT):
            while not self.sockets:  # on a busy machine the client may be connecting again
                await asyncio.sleep(0.01)
        started = time.monotonic()
        await self.sockets[-1].send_json(
            {"envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": True}
        )
        ack = await asyncio.wait_for(future, WAIT)
        return ack, time.monotonic() - started

    async def drop(self) -> None:
        """Lose every connection abruptly: no closing handshake."""
        for socket in list(self.sockets):
            transport = socket._req.transport
            assert transport is not None
            transport.abort()


class SocketSender(Sender):
    """Sends what people do over the WebSocket instead of HTTP."""

    async def _send(self, name: str, body: str, shown: Any, content_type: str) -> Json:
        kinds = {"slash": "slash_commands", "event": "events_api"}
        assert isinstance(self._standin, SocketStandIn)
        kind = kinds.get(name.split(" ", maxsplit=1)[0], "interactive")
        ack, _ = await self._standin.send(kind, shown)
        return ack.get("payload") or {}


@dataclass
class World:
    """The running stand-in and bot."""

    workspace: Workspace
    standin: SocketStandIn
    base: str
    settings: Settings
    services: Services
    clock: Clock
    store: Path
    session: aiohttp.ClientSession
    bot: Bot
    running: Running | None = None
    sender: Sender | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def in_pool(self) -> int:
        """How many questions run or wait for a thread."""
        return len(self.bot._pool._unfinished)

    @property
    def app_url(self) -> str:
        assert self.running
        return f"http://127.0.0.1:{self.running.port}"

    def command_payload(self, text: str, user: str = ANNA) -> Json:
        return {
            "type": "slash_commands",
            "team_id": self.workspace.team,
            "channel_id": SALES,
            "channel_name": "sales",
            "user_id": user,
            "command": "/kpi",
            "text": text,
            "response_url": self.standin.response_url(self.base, SALES, user),
            "trigger_id": self.workspace.new_trigger(user),
        }

    async def say(self, text: str, user: str = ANNA) -> Posted:
        """Type a slash command and return the answer."""
        before = len(self.workspace.messages)
        if self.settings.slack_app_token:
            await self.standin.send("slash_commands", self.command_payload(text, user))
        else:
            assert self.sender
            await self.sender.command(SALES, user, f"/kpi {text}")
        return await self.message_after(before)

    async def press(self, message: Posted, label: str, user: str = ANNA) -> None:
        """Press the button with a label in a message, as it stands now."""
        assert self.sender
        shown = self.workspace.find(message.channel, message.ts) or message
        rows = [block for block in shown.blocks if block["type"] == "actions"]
        block, button = next(
            (row, entry) for row in rows for entry in row["elements"] if entry["text"]["text"] == label
        )
        await self.sender.click(message.channel, user, message.ts, block["block_id"], button)

    async def message_after(self, count: int) -> Posted:
        """Return the bot's first message beyond the first `count`."""

        def found() -> list[Posted]:
            newer = self.workspace.messages[count:]
            return [message for message in newer if message.user == self.workspace.bot_user]

        await self.until(lambda: bool(found()))
        return found()[0]

    async def until(self, holds: Callable[[], bool], seconds: float = WAIT) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(0.01)


def new_workspace(clock: Clock) -> Workspace:
    people = (Person(ANNA, "Anna"), Person(LEAD, "Lead"), Person(GUEST, "Guest", is_guest=True))
    channels = (
        Channel(SALES, "sales"),
        Channel(DIRECT, "kpi-bot", "direct", ANNA),
        *(Channel(f"D{user[1:]}", "kpi-bot", "direct", user) for user in (LEAD, GUEST)),
    )
    return Workspace("T0DEMO", "U0KPIBOT", "kpi-bot", people, channels, clock)


def settings_of(mode: Mode, base: str, store: Path, **changes: Any) -> Settings:
    given: dict[str, Any] = {
        "kpi_store_url": SecretStr(f"sqlite:///{store}"),
        "slack_bot_token": SecretStr(BOT_TOKEN),
        "slack_app_token": SecretStr(APP_TOKEN) if mode == "socket" else None,
        "slack_signing_secret": SecretStr(SECRET),
        "slack_api_url": f"{base}/api/",
        "host": "127.0.0.1",
        "port": 0,
    }
    return Settings.load(env_file=None).model_copy(update=given | changes)


@asynccontextmanager
async def stand_in(clock: Clock, scopes: str = SCOPES) -> AsyncIterator[tuple[SocketStandIn, str]]:
    """Serve a stand-in and yield it with its address."""
    async with served(SocketStandIn(new_workspace(clock), BOT_TOKEN, scopes)) as (standin, base):
        yield standin, base


@asynccontextmanager
async def served(standin: Kind) -> AsyncIterator[tuple[Kind, str]]:
    """Serve any kind of stand-in and yield it with its address."""
    app = web.Application(client_max_size=2**28)
    app.add_routes([*standin.routes(), *standin.socket_routes()])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    standin.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield standin, standin.base
    finally:
        for socket in list(standin.sockets):
            await socket.close()
        await runner.cleanup()


@asynccontextmanager
async def world(
    mode: Mode,
    services: Services,
    clock: Clock,
    store: Path,
    *,
    scopes: str = SCOPES,
    every: float = 3600,
    prepare: Callable[[SocketStandIn], None] | None = None,
    kind: type[SocketStandIn] = SocketStandIn,
    patience: Patience | None = None,
    **changes: Any,
) -> AsyncIterator[World]:
    """Run a bot over the stand-in until the block ends; it must stop within ten seconds.

    `patience` says when the bot calls a question slow, by default never. `kind` is the class of the stand-in.
    `changes` are settings.
    """
    made = kind(new_workspace(clock), BOT_TOKEN, scopes)
    async with served(made) as (standin, base), aiohttp.ClientSession() as session:
        if prepare:
            prepare(standin)
        settings = settings_of(mode, base, store, **changes)
        engine = database.open_store(f"sqlite:///{store}")
        database.migrate(engine)
        bot = Bot(settings, services, engine, clock, patience or asyncio.Event().wait)
        found = World(standin.workspace, standin, base, settings, services, clock, store, session, bot)
        ready = asyncio.Event()

        def connected(running: Running) -> None:
            found.running = running
            found.sender = (SocketSender if mode == "socket" else Sender)(
                standin, session, f"http://127.0.0.1:{running.port}/slack/events", base, SECRET, "/kpi"
            )
            ready.set()

        task = asyncio.create_task(bot.run(found.stop, ready=connected, every=every))
        try:
            waiting = asyncio.create_task(ready.wait())
            await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED, timeout=WAIT)
            waiting.cancel()
            if task.done():
                task.result()
            if mode == "socket":
                await found.until(lambda: bool(standin.sockets))
            yield found
        finally:
            found.stop.set()
            async with asyncio.timeout(10):
                await task
            engine.dispose()
