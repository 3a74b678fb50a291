"""What people notice of a flood, and how many questions at once are answered: `make bench-flood`.

The bot runs as a process of its own (`kpi-bot serve --demo`), over HTTP and over Socket Mode, beside a
stand-in for Slack in this process. Strangers run in a third one, with a lower priority, because they wouldn't
be on the bot's machine. Prints times in milliseconds; the exit status is 1 if a promise isn't kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import statistics
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any, Literal

import aiohttp
from aiohttp import web

from bot.playground.sender import Sender
from bot.playground.workspace import Channel, Json, Person, Workspace
from bot.runtime.clock import system_clock
from tests.bot.world import APP_TOKEN, BOT_TOKEN, SALES, SCOPES, SECRET, SocketSender, SocketStandIn
from tests.shop import BRUSSELS

Mode = Literal["http", "socket"]

BOT = ("-m", "bot", "serve", "--demo")
PEOPLE, STRANGERS = 20, 200
ACK_SECONDS, ANSWER_SECONDS = 3.0, 120
TWICE = 2.0
LINES = (
    "sales 2025-{month:02}",
    "leads by region 2025-{month:02}",
    "conversion 2025-{month:02}",
    "sales by rep 2025-{month:02}",
    "orders per month last {month} months",
)
NOT_YET, TOO_MANY = "Still working", "Too many questions"


@dataclass(frozen=True)
class Asked:
    """One question: after how many seconds it was acknowledged and answered, and the answer's text."""

    acknowledged: float
    answered: float
    text: str


class TimedStandIn(SocketStandIn):
    """A stand-in that hands each answer to whoever waits for it."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace, BOT_TOKEN, SCOPES)
        self.waiting: dict[str, asyncio.Future[str]] = {}

    def expect(self, user: str) -> asyncio.Future[str]:
        """Return what will hold the text of the answer to a person's next command."""
        self.waiting[user] = asyncio.get_running_loop().create_future()
        return self.waiting[user]

    def _take_response(self, address: Any, given: Json) -> None:
        super()._take_response(address, given)
        future, text = self.waiting.get(address.user), str(given.get("text") or "")
        if future and not future.done() and not text.startswith(NOT_YET):
            future.set_result(text)


@dataclass
class World:
    """The bot's process and the people who ask it."""

    mode: Mode
    standin: TimedStandIn
    sender: Sender
    process: Process
    port: int

    async def ask(self, user: str, line: str) -> Asked:
        """Send a command, and wait for its answer."""
        answer, started = self.standin.expect(user), time.monotonic()
        await self.sender.command(SALES, user, f"/kpi {line}")
        acknowledged = time.monotonic() - started
        text = await asyncio.wait_for(answer, ANSWER_SECONDS)
        return Asked(acknowledged, time.monotonic() - started, text)


def _people(count: int) -> tuple[Person, ...]:
    return tuple(Person(f"U0P{number:04}", f"Person {number}") for number in range(count))


def _free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@asynccontextmanager
async def world(
    mode: Mode,
    program: Sequence[str] = BOT,
    people: int = STRANGERS,
    kind: type[TimedStandIn] = TimedStandIn,
    channels: Sequence[Channel] = (),
    given: Mapping[str, str] | None = None,
) -> AsyncIterator[World]:
    """Start a stand-in and a program that is its app, by default the bot, and stop both.

    `channels` are those besides #sales, `given` are settings of the program.
    """
    channels = (Channel(SALES, "sales"), *channels)
    clock = system_clock(BRUSSELS)
    workspace = Workspace("T0DEMO", "U0KPIBOT", "kpi-bot", _people(people), channels, clock)
    standin, served = kind(workspace), web.Application()
    served.add_routes([*standin.routes(), *standin.socket_routes()])
    runner = web.AppRunner(served, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    base = standin.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    port = _free_port()
    with TemporaryDirectory() as folder:
        settings = {
            "KPI_STORE_URL": f"sqlite:///{folder}/store.sqlite",
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"{base}/api/",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "KPI_LOG_LEVEL": "error",
        } | ({"SLACK_APP_TOKEN": APP_TOKEN} if mode == "socket" else {})
        settings |= given or {}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *program,
            env=dict(os.environ) | settings,  # noqa: TID251 - the bot's process needs a PATH and a cache
            stdout=DEVNULL,
        )
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            sends = SocketSender if mode == "socket" else Sender
            sender = sends(standin, session, f"http://127.0.0.1:{port}/slack/events", base, SECRET, "/kpi")
            try:
                await _until_healthy(session, f"http://127.0.0.1:{port}/healthz")
                if mode == "socket":
                    await _until_connected(standin)
                yield World(mode, standin, sender, process, port)
            finally:
                process.terminate()
                await process.wait()
                for open_socket in list(standin.sockets):
                    await open_socket.close()
                await runner.cleanup()


async def _until_healthy(session: aiohttp.ClientSession, url: str) -> None:
    async with asyncio.timeout(300):
        while True:
            with suppress(aiohttp.ClientError):
                async with session.get(url) as response:
                    if response.status == 200:  # noqa: PLR2004
                        return
            await asyncio.sleep(0.2)


async def _until_connected(standin: TimedStandIn) -> None:
    async with asyncio.timeout(60):
        while not standin.sockets:  # noqa: ASYNC110 - the stand-in has no event for it
            await asyncio.sleep(0.05)


async def asked_by(slack: World, count: int, rounds: int) -> list[Asked]:
    """Let some people ask one question after another, all at the same time."""

    async def one(number: int) -> list[Asked]:
        user = slack.standin.workspace.people[number].user
        lines = [LINES[(number + turn) % len(LINES)].format(month=1 + turn % 12) for turn in range(rounds)]
        return [await slack.ask(user, line) for line in lines]

    found = await asyncio.gather(*(one(number) for number in range(count)))
    return [asked for several in found for asked in several]


async def at_once(slack: World, count: int) -> list[Asked]:
    """Let many people ask one question each at the same moment."""
    people = slack.standin.workspace.people
    lines = [LINES[number % len(LINES)].format(month=1 + number % 12) for number in range(count)]
    return list(
        await asyncio.gather(*(slack.ask(people[number].user, line) for number, line in enumerate(lines)))
    )


# strangers


_POST = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1000\r\n"
_FORGED = b"X-Slack-Request-Timestamp: %d\r\nX-Slack-Signature: v0=" + b"0" * 64 + b"\r\n"
_BODY = b"\r\n" + b"a" * 1000
KINDS = {
    "unsigned": _POST + _BODY,
    "forged": _POST + _FORGED + _BODY,
    "health": b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "garbage": b"\x16\x03\x01 nothing that is HTTP\r\n\r\n",
}


async def _stranger(port: int, request: bytes, counts: list[int]) -> None:
    while True:
        writer = None
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request.replace(b"%d", str(int(time.time())).encode()))
            await reader.read()
            counts[0] += 1
        except OSError:
            await asyncio.sleep(0.01)
        finally:
            if writer is not None:
                writer.close()


async def _strangers(port: int, kind: str, count: int) -> None:
    """Send requests that aren't Slack's for ever, each on its own connection; print how many a second."""
    counts = [0]
    tasks = [asyncio.create_task(_stranger(port, KINDS[kind], counts)) for _ in range(count)]
    while tasks:
        await asyncio.sleep(1)
        print(json.dumps(counts[0]), flush=True)
        counts[0] = 0


@asynccontextmanager
async def flooded(port: int, kind: str) -> AsyncIterator[list[int]]:
    """Let strangers send requests; yields how many were answered in each second."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.flood", "--strangers", str(port), "--kind", kind, stdout=PIPE
    )
    assert process.stdout is not None
    a_second = [int(await process.stdout.readline())]

    async def read(lines: asyncio.StreamReader) -> None:
        a_second.extend([int(line) async for line in lines])

    reading = asyncio.create_task(read(process.stdout))
    try:
        yield a_second
    finally:
        process.kill()
        await process.wait()
        await reading


# tables


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f}"


def _quantiles(found: Sequence[Asked]) -> tuple[float, float, float]:
    answered = sorted(asked.answered for asked in found)
    return statistics.median(answered), answered[int(0.95 * (len(answered) - 1))], answered[-1]


async def measure_floods(rounds: int, repeats: int) -> bool:
    """Ask with and without strangers, in turns; print, and return whether none takes over twice as long."""
    print(f"\n| {PEOPLE} people ask beside | requests a second | median | 95th percentile | longest |")
    print("| --- | ---: | ---: | ---: | ---: |")
    is_kept = True
    async with world("http") as slack:
        await asked_by(slack, PEOPLE, 2)  # what is read once is read now
        alone: list[Asked] = []
        beside: dict[str, list[Asked]] = {kind: [] for kind in KINDS}
        rates: dict[str, list[int]] = {kind: [] for kind in KINDS}
        for _ in range(repeats):
            for kind in KINDS:
                alone += await asked_by(slack, PEOPLE, rounds)
                async with flooded(slack.port, kind) as a_second:
                    beside[kind] += await asked_by(slack, PEOPLE, rounds)
                rates[kind] += a_second
        usual = _quantiles(alone)
        print(f"| nobody | 0 | {' | '.join(map(_ms, usual))} |")
        for kind, found in beside.items():
            times = _quantiles(found)
            ratios = [took / before for took, before in zip(times, usual, strict=True)]
            cells = [f"{_ms(took)} ({ratio:.2f})" for took, ratio in zip(times, ratios, strict=True)]
            print(f"| {STRANGERS} {kind} | {statistics.median(rates[kind]):,.0f} | {' | '.join(cells)} |")
            is_kept = is_kept and max(ratios) <= TWICE and not _refused(found)
    return is_kept


async def measure_at_once() -> bool:
    """Ask many questions at once over both ways; print, and return whether all was as promised."""
    print("\n| at once | over | answered | asked to try again | slowest acknowledgement | last answer |")
    print("| ---: | --- | ---: | ---: | ---: | ---: |")
    is_kept = True
    modes: tuple[Mode, ...] = ("http", "socket")
    for mode in modes:
        async with world(mode) as slack:
            await asked_by(slack, PEOPLE, 2)
            for count in (50, 200):
                found = await at_once(slack, count)
                refused, acknowledged = _refused(found), max(asked.acknowledged for asked in found)
                last = max(asked.answered for asked in found)
                cells = (count, mode, count - refused, refused, f"{_ms(acknowledged)} ms", f"{_ms(last)} ms")
                print(f"| {' | '.join(map(str, cells))} |")
                is_kept = is_kept and acknowledged < ACK_SECONDS and not (count == 50 and refused)  # noqa: PLR2004
    return is_kept


def _refused(found: Sequence[Asked]) -> int:
    return sum(asked.text.startswith(TOO_MANY) for asked in found)


def main() -> int:
    """Measure and print, or be the strangers."""
    parser = argparse.ArgumentParser(prog="benchmarks.flood", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="questions a person asks in a row")
    parser.add_argument("--repeats", type=int, default=2, help="how often each flood is measured")
    parser.add_argument("--strangers", type=int, metavar="PORT", help=argparse.SUPPRESS)
    parser.add_argument("--kind", choices=tuple(KINDS), default="unsigned", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.strangers:
        os.nice(10)
        asyncio.run(_strangers(given.strangers, given.kind, STRANGERS))
        return 0
    kept = [asyncio.run(measure_at_once()), asyncio.run(measure_floods(given.rounds, given.repeats))]
    if not all(kept):
        print("\nNot as promised.")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
