"""What strangers can do to the web server: little, and not for long."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.response import BoltResponse

from bot.runtime.clock import Clock
from bot.slack.receiving import LARGEST_BODY, SlackReceiver
from bot.slack.signature import SignatureCheck
from bot.slack.web_server import Brake, Limits, Route, Trust, WebServer
from bot.workspace.services import Services
from tests.bot.slack.signed import signed
from tests.bot.world import ANNA, SALES, SECRET, world

QUICK = Limits(connections=20, head=0.5, idle=5, linger=0.2)


class Served:
    """A server with a receiver of signed requests, and what it received."""

    def __init__(self, clock: Clock, limits: Limits, body_seconds: float) -> None:
        self.clock = clock
        self.bodies: list[dict[str, object]] = []
        self.receiver = SlackReceiver(SignatureCheck(SECRET, clock), body_seconds=body_seconds)
        self.receiver.open(self.take)
        self.server = WebServer(
            self.receiver.routes() | {"/broken": Route(("GET",), _broken, Brake(100, 1))}, limits
        )
        self.port = 0
        self.opened: list[asyncio.StreamWriter] = []

    async def take(self, body: dict[str, object]) -> BoltResponse:
        self.bodies.append(body)
        return BoltResponse(status=200, body="")

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.opened.append(writer)
        return reader, writer

    async def raw(self, *pieces: bytes, pause: float = 0, seconds: float = 5) -> bytes:
        """Send pieces on a connection of their own; return all that comes until it is closed."""
        reader, writer = await self.connect()
        async with asyncio.timeout(seconds):
            with suppress(ConnectionError):
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(pause)
            with suppress(ConnectionError):
                return await reader.read()
            return b""

    def head(self, body: bytes, *more: bytes, **how: int) -> bytes:
        """Return the head of a signed request."""
        headers = signed(self, body, **how)  # type: ignore[arg-type]
        lines = [f"{name}: {value}".encode() for name, value in headers.items()]
        return b"\r\n".join([b"POST /slack/events HTTP/1.1", b"Host: x", *lines, *more, b"", b""])


async def _broken(_: web.BaseRequest, _trust: Trust) -> web.Response:
    raise ZeroDivisionError("ours")


@asynccontextmanager
async def served(clock: Clock, limits: Limits = QUICK, body_seconds: float = 0.5) -> AsyncIterator[Served]:
    found = Served(clock, limits, body_seconds)
    found.port = await found.server.start("127.0.0.1", 0, grace=0.5)
    try:
        yield found
    finally:
        await found.server.stop()
        for writer in found.opened:
            writer.transport.abort()
        await asyncio.sleep(0)


def length(body: bytes) -> bytes:
    return b"Content-Length: %d" % len(body)


async def right(served: Served, age: int = 0) -> bytes:
    """Send a right request on a connection of its own."""
    body = b'{"type": "url_verification"}'
    return await served.raw(served.head(body, length(body), b"Connection: close", age=age) + body)


UNSIGNED = [
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\nX-Slack-Request-Timestamp: {now}\r\n\r\n",
    (
        b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\nX-Slack-Request-Timestamp: {now}\r\n"
        b"X-Slack-Signature: v0=short\r\n\r\n"
    ),
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\nX-Slack-Request-Timestamp: {old}\r\n"
    b"X-Slack-Signature: v0=" + b"0" * 64 + b"\r\n\r\n",
    b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\nX-Slack-Request-Timestamp: {later}\r\n"
    b"X-Slack-Signature: v0=" + b"0" * 64 + b"\r\n\r\n",
]


@pytest.mark.parametrize("number", range(len(UNSIGNED)))
async def test_what_is_not_signed_is_refused_by_its_head(number: int, monday: Clock) -> None:
    """Before a byte of the body is sent, and the connection is closed."""
    now = int(monday().timestamp())
    head = UNSIGNED[number]
    for name, moment in (("now", now), ("old", now - 301), ("later", now + 301)):
        head = head.replace(b"{%s}" % name.encode(), str(moment).encode())
    async with served(monday) as found:
        started = time.monotonic()
        answer = await found.raw(head)
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert time.monotonic() - started < 2
        assert (await right(found)).startswith(b"HTTP/1.1 200 ")


async def test_a_body_that_is_too_large_is_refused_by_its_head(monday: Clock) -> None:
    """Or when it turns out to be, where it doesn't say."""
    async with served(monday) as found:
        head = found.head(b"{}", b"Content-Length: %d" % (LARGEST_BODY + 1))
        assert (await found.raw(head)).startswith(b"HTTP/1.1 413 ")
        chunk = b"%x\r\n" % 2**18 + b"a" * 2**18 + b"\r\n"
        head = found.head(b"{}", b"Transfer-Encoding: chunked", age=1)
        assert (await found.raw(head, *[chunk] * 5)).startswith(b"HTTP/1.1 413 ")
    assert found.bodies == []


async def test_a_head_or_body_that_never_ends_is_given_up(monday: Clock) -> None:
    """However steadily its bytes come; meanwhile Slack's requests are taken."""
    body = b'{"type": "x"}'
    async with served(monday) as found:
        started = time.monotonic()
        line = [b"GET / HTTP/1.1\r\n", *[b"X-A: b\r\n"] * 40]
        slow = asyncio.gather(
            found.raw(b""),
            found.raw(*line, pause=0.1),
            found.raw(*[bytes([byte]) for byte in b"POST /slack/events HTTP/1.1\r\nHost: x"], pause=0.1),
            found.raw(found.head(body, length(body)), *[bytes([byte]) for byte in body], pause=0.2),
            found.raw(found.head(body, b"Content-Length: 500000", age=1)),
            found.raw(found.head(body, b"Transfer-Encoding: chunked", age=2), b"1\r\n{\r\n"),
        )
        assert (await right(found)).startswith(b"HTTP/1.1 200 ")
        nothing, slow_head, slow_line, slow_body, no_body, no_chunk = await slow
        assert time.monotonic() - started < 5
    assert (nothing, slow_head, slow_line) == (b"", b"", b"")
    for answer in (no_body, no_chunk):
        assert answer.startswith(b"HTTP/1.1 408 ")
    assert slow_body in (no_body, b""), "it went on sending, and may have lost the answer"
    assert found.bodies == [{"type": "url_verification"}]


async def test_full_it_closes_the_oldest_stranger(monday: Clock) -> None:
    """Many idle or half-open connections don't keep Slack out, and they don't close its own."""
    async with served(monday, Limits(connections=20, head=30, idle=30, linger=0.2)) as found:
        body = b'{"type": "kept"}'
        reader, writer = await found.connect()
        writer.write(found.head(body, length(body)) + body)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        strangers = [await found.connect() for _ in range(60)]
        for _, stranger in strangers:
            stranger.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\n")
        for age in range(1, 6):
            assert (await right(found, age=age)).startswith(b"HTTP/1.1 200 ")
        writer.write(found.head(body, length(body), age=9) + body)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 "), "its connection is kept"
        closed = 0
        for stranger, _ in strangers:
            with suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(0.01):
                    await stranger.read()
                closed += 1
        assert closed >= 40


async def test_full_of_slacks_own_requests_it_refuses(monday: Clock) -> None:
    """There is neither a stranger nor an idle connection to close."""
    body, answered = b'{"type": "kept"}', asyncio.Event()
    async with served(monday, Limits(connections=3, head=5, idle=30, linger=0.2)) as found:

        async def take(given: dict[str, object]) -> BoltResponse:
            await answered.wait()
            return BoltResponse(status=200, body="")

        found.receiver.open(take)
        readers = []
        for age in range(3):
            reader, writer = await found.connect()
            writer.write(found.head(body, length(body), age=age) + body)
            readers.append(reader)
        await asyncio.sleep(0.2)
        assert await right(found, age=50) == b""
        answered.set()
        for reader in readers:
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        assert (await right(found, age=51)).startswith(b"HTTP/1.1 200 ")


ODD = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "a path without end": b"GET /" + b"a" * 50_000 + b" HTTP/1.1\r\n\r\n",
    "a header without end": b"GET /x HTTP/1.1\r\nX-A: " + b"a" * 50_000 + b"\r\n\r\n",
    "many headers": b"GET /x HTTP/1.1\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(5_000)) + b"\r\n",
    "two lengths": b"POST /slack/events HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "a length that is none": b"POST /slack/events HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    "a negative length": b"POST /slack/events HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    "a chunk that is none": b"POST /slack/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "length and chunks": b"POST /slack/events HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an upgrade": b"GET /slack/events HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    + b"\x81\x05hello"
    * 9_000,
    "an address": b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "another path": b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "a null in a path": b"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "another method": b"TRACE /slack/events HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("name", ODD)
async def test_what_is_no_request_of_slack_is_closed_without_a_traceback(
    name: str, monday: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(monday) as found:
        answer = await found.raw(ODD[name])
        assert answer == b"" or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4")), answer
        assert (await right(found)).startswith(b"HTTP/1.1 200 ")
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.exc_info]


async def test_many_requests_on_one_connection_are_one(monday: Clock) -> None:
    """Pipelined: after the first that isn't signed it is closed."""
    async with served(monday) as found:
        answer = await found.raw(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" * 500)
    assert answer.count(b"HTTP/1.1 401 ") == 1


async def test_a_half_open_connection_leaves_no_traceback(
    monday: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Closed or reset in the middle of a head, of a body, and before the answer."""
    body = b'{"type": "x"}'
    async with served(monday, body_seconds=5) as found:
        for sends in (
            b"POST /slack/ev",
            found.head(body, length(body)),
            found.head(body, length(body), age=1) + body[:4],
            found.head(body, b"Transfer-Encoding: chunked", age=2) + b"5\r\n{",
            found.head(body, length(body), age=3) + body,
            b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        ):
            for is_reset in (False, True):
                _, writer = await found.connect()
                writer.write(sends)
                await writer.drain()
                await asyncio.sleep(0.02)
                writer.transport.abort() if is_reset else writer.close()
        await asyncio.sleep(0.3)
        assert (await right(found, age=9)).startswith(b"HTTP/1.1 200 ")
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_mistake_of_ours_is_logged(monday: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """The filter leaves out what others do, and nothing else."""
    async with served(monday) as found:
        answer = await found.raw(b"GET /broken HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"ours" not in answer
    assert "ZeroDivisionError" in caplog.text


async def test_a_compressed_body_is_not_unpacked(monday: Clock) -> None:
    """A megabyte could unpack to a gigabyte; as it stands it isn't text that Slack sends."""
    bomb = gzip.compress(b'{"a": "' + b"a" * 50_000_000 + b'"}', compresslevel=1)
    small = gzip.compress(b'{"type": "url_verification"}')
    async with served(monday) as found:
        for age, body in enumerate((bomb, small)):
            head = found.head(body, length(body), b"Content-Encoding: gzip", b"Connection: close", age=age)
            started = time.process_time()
            assert (await found.raw(head + body)).startswith(b"HTTP/1.1 40"), len(body)
            assert time.process_time() - started < 0.5
    assert found.bodies == []


async def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(monday: Clock) -> None:
    """Expect: 100-continue; only where the head is right."""
    body = b'{"type": "url_verification"}'
    async with served(monday) as found:
        expect = b"Expect: 100-continue"
        reader, writer = await found.connect()
        writer.write(found.head(body, length(body), expect, b"Connection: close"))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        writer.write(body)
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
        refused = (
            b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
        )
        assert (await found.raw(refused)).startswith(b"HTTP/1.1 401 ")


async def test_a_brake_lets_some_pass_and_holds_up_the_others() -> None:
    """None longer than it may."""
    brake = Brake(20, 0.3)
    started = time.monotonic()

    async def passed() -> float:
        await brake.hold_up()
        return time.monotonic() - started

    first = [await passed() for _ in range(5)]
    rest = await asyncio.gather(*(passed() for _ in range(200)))
    assert max(first) < 0.1
    assert sum(seconds < 0.1 for seconds in rest) < 30
    assert max(rest) < 1


async def test_connections_that_send_no_http_are_held_up(monday: Clock) -> None:
    """600 of them, 60 at a time, take two seconds instead of a part of one; one more is served all the same."""
    async with served(monday, Limits()) as found:
        started, left = time.monotonic(), iter(range(600))

        async def stranger() -> None:
            for _ in left:
                await found.raw(b"nothing that is HTTP\r\n\r\n")

        strangers = [asyncio.create_task(stranger()) for _ in range(60)]
        await asyncio.sleep(0.3)
        asked = time.monotonic()
        assert (await right(found)).startswith(b"HTTP/1.1 200 ")
        assert time.monotonic() - asked < 2
        await asyncio.gather(*strangers)
        assert time.monotonic() - started > 1.5


async def test_idle_connections_make_room_for_new_ones(monday: Clock) -> None:
    """All that are allowed are Slack's and idle; each new one is served in place of the longest idle one."""
    body = b'{"type": "x"}'
    async with served(monday, Limits(connections=5, head=5, idle=30, linger=0.2)) as found:
        readers = []
        for age in range(8):
            reader, writer = await found.connect()
            writer.write(found.head(body, length(body), age=age) + body)
            await writer.drain()
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            readers.append(reader)
        async with asyncio.timeout(5):
            for reader in readers[:3]:
                with suppress(ConnectionError):
                    await reader.read()
                assert reader.at_eof() or reader.exception() is not None
        assert [reader.at_eof() for reader in readers[3:]] == [False] * 5
    assert len(found.bodies) == 8


async def test_a_burst_in_place_of_long_idle_connections_is_served_whole(monday: Clock) -> None:
    """None of the new ones, whose heads aren't read yet, is closed for another new one."""
    body = b'{"type": "x"}'
    limits = Limits(connections=5, head=5, idle=30, linger=0.2, long_idle=0.3)
    async with served(monday, limits) as found:
        for age in range(5):
            reader, writer = await found.connect()
            writer.write(found.head(body, length(body), age=age) + body)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        await asyncio.sleep(0.5)
        burst = [await found.connect() for _ in range(5)]
        await asyncio.sleep(0.1)
        for age, (_, writer) in enumerate(burst, 10):
            writer.write(found.head(body, length(body), age=age) + body)
        for reader, _ in burst:
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_before_slack_was_reached_it_says_so(monday: Clock) -> None:
    """Slack sends events again after 503."""
    async with served(monday) as found:
        found.receiver.close()
        assert (await right(found)).startswith(b"HTTP/1.1 503 ")
        unsigned = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        assert (await found.raw(unsigned)).startswith(b"HTTP/1.1 401 ")


async def flood(session: aiohttp.ClientSession, url: str, until: asyncio.Event) -> int:
    """Send one unsigned request after another; return how many were answered."""
    count = 0
    while not until.is_set():
        with suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(url, data=b"x" * 1000):
                count += 1
    return count


async def test_unsigned_floods_are_held_up_and_people_are_answered(
    demo_services: Services, monday: Clock, tmp_path: Path
) -> None:
    """100 strangers at once get a few hundred answers a second at most; ten people get theirs."""
    connector, timeout = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=10)
    async with (
        world("http", demo_services, monday, tmp_path / "store.sqlite") as slack,
        aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
    ):
        assert slack.sender
        await slack.say("sales last month")
        over, started, url = asyncio.Event(), time.monotonic(), f"{slack.app_url}/slack/events"
        strangers = [asyncio.create_task(flood(session, url, over)) for _ in range(100)]
        try:
            await asyncio.sleep(0.5)
            before = len(slack.workspace.messages)
            for line in ("sales", "leads", "orders", "conversion", "churn") * 2:
                await slack.sender.command(SALES, ANNA, f"/kpi {line} last month")
            await slack.until(lambda: len(slack.workspace.messages) == before + 10)
        finally:
            over.set()
            counts = await asyncio.gather(*strangers)
        assert sum(counts) / (time.monotonic() - started) < 250
