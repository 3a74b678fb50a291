"""The web server: few paths, and limits on what strangers can hold or cost.

aiohttp limits heads, bodies and idle connections. What it lacks is here: a time limit for the first head, a
limit on connections, and a brake on answers to requests that aren't signed. It is meant to stand behind a
proxy, which has more of this (see docs/slack.md).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

Trust = Callable[[], None]
"""Says that a request comes from Slack: its connection may stay open, and isn't closed for another one."""
Handler = Callable[[web.BaseRequest, Trust], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server takes. Times in seconds.

    `connections` at once, but no more than half of the files that the process may open; beyond that, one that
    is idle for `long_idle` is closed, else the oldest that sent nothing signed, else the one that is idle for
    longest. `head`: until the head of a connection's first request is there. `idle`: until a connection that
    sent something signed is closed; longer than the idle time of usual proxies (60), which would otherwise
    send into a closed connection. `linger`: for the rest of a body that isn't read.
    """

    connections: int = 512
    head: float = 10
    idle: float = 90
    linger: float = 1
    long_idle: float = 10

    @property
    def most_connections(self) -> int:
        """How many connections are taken."""
        files, _ = getrlimit(RLIMIT_NOFILE)
        return self.connections if files == RLIM_INFINITY else max(1, min(self.connections, files // 2))


class Brake:
    """Lets some a second pass at once and holds up the others, so that a flood waits."""

    def __init__(self, a_second: float, longest: float) -> None:
        """Those within `a_second` a second are free; none waits longer than `longest` seconds."""
        self._between = 1 / a_second
        self._longest = longest
        self._next = 0.0

    def wait(self) -> float:
        """Return in how many seconds it is the turn of the next one; 0 for at once."""
        now = asyncio.get_running_loop().time()
        self._next = min(max(self._next + self._between, now - 1), now + self._longest)
        return max(0.0, self._next - now)

    async def hold_up(self) -> None:
        """Wait until it is this one's turn."""
        if (seconds := self.wait()) > 0:
            await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Route:
    """A path with the methods that it takes. Its answers pass the brake, unless the request is signed."""

    methods: tuple[str, ...]
    handle: Handler
    brake: Brake


def _is_our_mistake(record: logging.LogRecord) -> bool:
    """Whether a line of aiohttp's log is about more than a broken connection or head of somebody else."""
    wrong = record.exc_info[1] if record.exc_info else None
    return not isinstance(wrong, HttpProcessingError | ConnectionError)


log = logging.getLogger(__name__)
_server_log = logging.getLogger(f"{__name__}.aiohttp")
_server_log.addFilter(_is_our_mistake)


_REFUSALS = (100.0, 2.0)
_ARRIVALS = (200.0, 0.5)
"""Brakes on refusals, and on reading what new connections send: also what is no HTTP costs time."""


class WebServer:
    """Serves paths on one address. All its methods belong to one event loop."""

    def __init__(self, routes: Mapping[str, Route], limits: Limits | None = None) -> None:
        """Serve nothing yet; `routes` by path."""
        self._routes = routes
        self._limits = limits or Limits()
        self._refused = Brake(*_REFUSALS)
        self._runner: web.ServerRunner | None = None

    async def start(self, host: str, port: int, *, grace: float) -> int:
        """Listen, and return the port (of 0: a free one). Raises OSError where it can't.

        `grace` is how many seconds running requests get when it stops.
        """
        server = _LimitedServer(self._answer, self._limits)
        runner = web.ServerRunner(server, shutdown_timeout=grace)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, backlog=self._limits.most_connections).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner = runner
        return int(runner.addresses[0][1])

    async def stop(self) -> None:
        """Close the address and its connections; does nothing the second time."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest, trust: Trust) -> web.Response:
        route, brake, is_trusted = self._routes.get(request.path), self._refused, False

        def trusted() -> None:
            nonlocal is_trusted
            is_trusted = True
            trust()

        try:
            if route is None:
                response = web.Response(status=404, text="not found")
            elif request.method not in route.methods:
                allowed = {"Allow": ", ".join(route.methods)}
                response = web.Response(status=405, text="method not allowed", headers=allowed)
            else:
                brake = route.brake
                response = await route.handle(request, trusted)
        except web.HTTPException as refused:
            response = web.Response(status=refused.status, text=refused.text)
        if not is_trusted:
            await brake.hold_up()
            response.force_close()
        return response


class _LimitedServer(web.Server):
    """aiohttp's server with a limit on connections and on the time of their first head."""

    def __init__(self, answer: Handler, limits: Limits) -> None:
        super().__init__(
            self._handled,
            keepalive_timeout=limits.idle,
            lingering_time=limits.linger,
            auto_decompress=False,  # Slack doesn't compress, and little can unpack to much
            access_log=None,
            logger=_server_log,
        )
        self._answer = answer
        self._limits = limits
        self._most = limits.most_connections
        self._arrivals = Brake(*_ARRIVALS)
        self._strangers: dict[web.RequestHandler, asyncio.TimerHandle] = {}
        self._trusted: dict[web.RequestHandler, float] = {}
        """When each was last used; the longest idle first, apart from those that are busy."""
        self._busy: set[web.RequestHandler] = set()

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Count a new connection; with too many, close the oldest stranger's, else an idle one, else this."""
        super().connection_made(handler, transport)
        if len(self._strangers) + len(self._trusted) >= self._most and not self._made_room():
            log.warning("all %d connections are in use; another one is refused", self._most)
            transport.abort()
            return
        loop = asyncio.get_running_loop()
        self._strangers[handler] = loop.call_later(self._limits.head, self._give_up, handler)
        if (seconds := self._arrivals.wait()) > 0:
            transport.pause_reading()
            loop.call_later(seconds, _resume, transport)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """Forget a connection."""
        super().connection_lost(handler, exc)
        self._trusted.pop(handler, None)
        self._busy.discard(handler)
        if timer := self._strangers.pop(handler, None):
            timer.cancel()

    async def _handled(self, request: web.BaseRequest) -> web.Response:
        handler = request.protocol
        if timer := self._strangers.get(handler):
            timer.cancel()  # its head is here

        def trust() -> None:
            if self._strangers.pop(handler, None):
                self._trusted[handler] = asyncio.get_running_loop().time()

        self._busy.add(handler)
        try:
            return await self._answer(request, trust)
        finally:
            self._busy.discard(handler)
            if self._trusted.pop(handler, None) is not None:
                self._trusted[handler] = asyncio.get_running_loop().time()  # the last one to be used

    def _made_room(self) -> bool:
        """Close one that is long idle, else the oldest stranger's, else an idle one; False if all are busy.

        A client that drops its idle connections may open new ones before those are seen to end, and until
        their heads are read, the new ones are strangers.
        """
        idle = next((handler for handler in self._trusted if handler not in self._busy), None)
        now = asyncio.get_running_loop().time()
        if self._strangers and (idle is None or now - self._trusted[idle] < self._limits.long_idle):
            self._give_up(next(iter(self._strangers)))
            return True
        if idle is None:
            return False
        del self._trusted[idle]
        if idle.transport is not None:
            idle.transport.abort()
        return True

    def _give_up(self, handler: web.RequestHandler) -> None:
        timer = self._strangers.pop(handler, None)
        if timer is not None:
            timer.cancel()
            if handler.transport is not None:
                handler.transport.abort()


def _resume(transport: asyncio.Transport) -> None:
    if not transport.is_closing():
        transport.resume_reading()
