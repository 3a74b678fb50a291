"""Socket Mode: Slack's requests over a WebSocket that the bot opens and keeps open.

https://docs.slack.dev/apis/events-api/using-socket-mode/. Written on aiohttp because the SDK's
clients retry the same single-use URL for ever once it failed, and hear nothing for up to a minute after a
connection is lost. Here every attempt asks for a new URL, a silent connection is replaced after two pings,
and one that Slack is about to close is replaced before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import aiohttp

from bot.slack.body import UnreadableBodyError, read_object

log = logging.getLogger(__name__)

OpenAddress = Callable[[], Awaitable[str]]
"""Asks Slack for a WebSocket URL. Raises NotNowError to try later, KpiError if no try will help."""

Payload = Mapping[str, Any]
EnvelopeHandler = Callable[[Payload], Awaitable[Payload | None]]
"""Takes an envelope; returns the payload of its acknowledgement, None not to acknowledge it."""

_DIAL_SECONDS = 5
_CLOSE_SECONDS = 1
_DRAIN_SECONDS = 15
"""How long the bot still listens to a connection that Slack is about to close."""


class NotNowError(Exception):
    """Slack gives no URL now; `retry_after` in seconds, if Slack says when to try again."""

    def __init__(self, reason: str, retry_after: float = 0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class SocketMode:
    """One connection, replaced whenever it is lost."""

    def __init__(
        self,
        open_address: OpenAddress,
        handle: EnvelopeHandler,
        *,
        ping_interval: float = 2.5,
        first_wait: float = 0.5,
        longest_wait: float = 30,
        trust_env: bool = True,
    ) -> None:
        """Connect to nothing yet. Intervals are in seconds; waits double from the first to the longest."""
        self._open_address = open_address
        self._handle = handle
        self._ping_interval = ping_interval
        self._first_wait = first_wait
        self._longest_wait = longest_wait
        self._trust_env = trust_env
        self._stopping = asyncio.Event()
        self._last_pong: float | None = None
        self._connections: set[asyncio.Task[None]] = set()

    def pong_age(self) -> float | None:
        """Return how many seconds ago Slack last answered a ping; None before the first answer."""
        return None if self._last_pong is None else _seconds() - self._last_pong

    async def run(self) -> None:
        """Stay connected until `stop`. Raises KpiError if Slack refuses for good."""
        wait = 0.0
        async with aiohttp.ClientSession(trust_env=self._trust_env) as session:
            try:
                while not self._stopping.is_set():
                    await self._pause(wait)
                    wait = await self._connect_once(session, wait)
            finally:
                await self._close_all()

    def stop(self) -> None:
        """Make `run` close its connections and return."""
        self._stopping.set()

    async def _connect_once(self, session: aiohttp.ClientSession, waited: float) -> float:
        """Stay connected until another connection is needed; return how long to wait before it."""
        longer = min(max(waited * 2, self._first_wait), self._longest_wait)
        if self._stopping.is_set():
            return 0
        try:
            async with asyncio.timeout(_DIAL_SECONDS):
                address = await self._open_address()
                socket = await session.ws_connect(
                    address, autoping=False, timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_SECONDS)
                )
        except (NotNowError, aiohttp.ClientError, OSError, TimeoutError) as failed:
            longer = max(longer, getattr(failed, "retry_after", 0.0))
            reason = str(failed) if isinstance(failed, NotNowError) else type(failed).__name__
            log.warning("Slack can't be reached (%s); trying again in %.1f s", reason, longer)
            return longer
        connection = _Connection(socket, self._handle, self._ping_interval, self._saw_pong)
        task = asyncio.create_task(connection.listen())
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        await _first_of(task, connection.replace.wait(), self._stopping.wait())
        if connection.greeted and not connection.unwanted:
            return 0 if connection.replace.is_set() else self._first_wait
        return longer

    def _saw_pong(self) -> None:
        self._last_pong = _seconds()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    async def _close_all(self) -> None:
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)


class _Connection:
    """One WebSocket from its greeting to its end."""

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        handle: EnvelopeHandler,
        ping_interval: float,
        saw_pong: Callable[[], None],
    ) -> None:
        self.replace = asyncio.Event()
        self.greeted = False
        self.unwanted = False
        self._socket = socket
        self._handle = handle
        self._ping_interval = ping_interval
        self._saw_pong = saw_pong
        self._heard = _seconds()
        self._answering: set[asyncio.Task[None]] = set()

    async def listen(self) -> None:
        """Answer what comes until the connection is lost, silent, or drained."""
        try:
            await _first_of(self._receive(), self._keep_alive(), self._drained())
        except (aiohttp.ClientError, OSError) as lost:
            log.warning("the connection to Slack was lost (%s)", type(lost).__name__)
        finally:
            await self._socket.close()
            log.info("a connection to Slack has ended")

    async def _receive(self) -> None:
        async for message in self._socket:
            self._heard = _seconds()
            match message.type:
                case aiohttp.WSMsgType.TEXT:
                    self._take(message.data)
                case aiohttp.WSMsgType.PING:
                    await self._socket.pong(message.data)
                case aiohttp.WSMsgType.PONG:
                    self._saw_pong()

    async def _keep_alive(self) -> None:
        while _seconds() - self._heard <= 2 * self._ping_interval:
            with suppress(ConnectionError):
                await self._socket.ping()
            await asyncio.sleep(self._ping_interval)
        log.warning("the connection to Slack has gone silent")

    async def _drained(self) -> None:
        await self.replace.wait()
        await asyncio.sleep(_DRAIN_SECONDS)

    def _take(self, text: str) -> None:
        try:
            envelope = read_object(text)
        except UnreadableBodyError as wrong:
            log.warning("Slack sent a frame that can't be read: %s", wrong)
            return
        match envelope:
            case {"type": "hello"}:
                self.greeted = True
                self._saw_pong()
                log.info("connected to Slack")
            case {"type": "disconnect", **rest}:
                reason = rest.get("reason")
                self.unwanted = reason in ("too_many_websockets", "link_disabled")
                log.info("Slack asks for a new connection (%s)", reason)
                self.replace.set()
            case {"envelope_id": str(_)}:
                task = asyncio.create_task(self._answer(envelope))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)

    async def _answer(self, envelope: Payload) -> None:
        payload = await self._handle(envelope)
        if payload is None:
            return
        answer = {"envelope_id": envelope["envelope_id"]} | ({"payload": payload} if payload else {})
        try:
            await self._socket.send_json(answer)
        except ConnectionError:
            log.warning("the connection was lost before an acknowledgement; Slack will send it again")


def _seconds() -> float:
    return asyncio.get_running_loop().time()


async def _first_of(*things: Awaitable[Any]) -> None:
    """Wait for the first to end and cancel the others; tasks passed in are left running."""
    given = {thing for thing in things if isinstance(thing, asyncio.Task)}
    tasks = {asyncio.ensure_future(thing) for thing in things}
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks - given:
            task.cancel()
        await asyncio.gather(*(tasks - given), return_exceptions=True)
