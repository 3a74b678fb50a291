"""A process that delivers, with the real outbox, store and Slack client, until it is told to stop.

Its deliveries are numbered: posts in channels, direct messages, replies in threads, files, and some that are held
first. At the first step that is still to be tried it kills or stops itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any

import aiohttp
from sqlalchemy import Engine, select

from bot.deliveries.content import Ending, Hold, OrdinaryContent
from bot.deliveries.deliverer import Deliverer
from bot.deliveries.pace import Pace
from bot.render.document import Paragraph
from bot.render.message import File, Files, Message
from bot.runtime import failpoints
from bot.runtime.clock import system_clock
from bot.slack.client import Slack
from bot.slack.outlet import SlackOutlet
from bot.store import database
from bot.store.claims import Claims
from bot.store.deliveries import Deliveries, Delivery, What
from bot.store.post_tables import deliveries as table
from tests.shop import BRUSSELS

PART = "harness"
WORKSPACE = "T0DEMO"
TICK_SECONDS = 0.3
W, SENDING_LEASE, PREPARING_LEASE = 2.0, 5.0, 3.0
"""Seconds, instead of minutes: a request to the stand-in takes milliseconds."""
SENT_AT = "X-Sent-At"
"""When a request was written, by the clock that all processes of a machine share."""
STOP_SECONDS = SENDING_LEASE + 1
SHORT_STOP_SECONDS = 0.7
"""Between the check of the lease and the write no process is assumed to sleep longer than the margin in W."""

QUICKER: dict[str, dict[str, Any]] = {
    "bot.deliveries.sending": {
        "W": timedelta(seconds=W),
        "SENDING_LEASE": timedelta(seconds=SENDING_LEASE),
        "_FIRST_WAIT": timedelta(seconds=0.2),
        "_LONGEST_WAIT": timedelta(seconds=2),
        "_UNREACHED_SECONDS": 0.2,
        "_STORE_AGAIN_SECONDS": 0.1,
    },
    "bot.deliveries.reconciling": {
        "SENDING_LEASE": timedelta(seconds=SENDING_LEASE),
        "_AGAIN": timedelta(seconds=0.5),
    },
    "bot.deliveries.preparing": {
        "PREPARING_LEASE": timedelta(seconds=PREPARING_LEASE),
        "LATER": timedelta(seconds=1),
    },
    "bot.deliveries.circuit": {"_LOOK_EVERY": 0.5},
    "bot.deliveries.lanes": {"_LOOK_EVERY": 0.5, "_HISTORY_EVERY": 0.02},
    "bot.deliveries.crew": {"_STORE_AGAIN_SECONDS": 0.2, "_WRONG_AGAIN_SECONDS": 0.5},
    "bot.deliveries.pace": {"_IN_A_CHANNEL": 0.01, "_SLOWEST": 6_000, "_RECOVERS_AFTER": 1.0, "_UNSAID": 1.0},
    "bot.slack.client": {"_CLIENT_SECONDS": 1},
}
"""What the workers wait for, shortened: only durations, and none of the guards."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker is told: where it works, and at which steps it is killed or stopped.

    `todo` are the steps with "kill" or "stop", of which it does the first one that it reaches. `folder` holds
    `total`, how many deliveries there are by now, and `done`, which steps were tried.
    """

    name: str
    store: str
    slack: str
    token: str
    folder: str
    todo: tuple[tuple[str, str], ...]
    thread: str
    channels: tuple[str, ...]
    people: tuple[str, ...]

    @property
    def total(self) -> int:
        return int(Path(self.folder, "total").read_text())


class Numbered(OrdinaryContent):
    """Deliveries with a number each, which is all they say."""

    def __init__(self, orders: Orders, deliveries: Deliveries) -> None:
        self._orders = orders
        self._deliveries = deliveries
        self._planned = 0

    def plan(self, now: datetime) -> None:
        """Plan every number up to the total; other workers do the same."""
        for number in range(self._planned, self._orders.total):
            self._deliveries.plan(self._what(number), now, now)
            self._planned = number + 1

    def _what(self, number: int) -> What:
        orders = self._orders
        places = orders.people if kind_of(number) == "direct" else orders.channels
        target = orders.channels[0] if kind_of(number) == "reply" else places[number % len(places)]
        return What(str(number), "once", target, PART)

    def ending(self, delivery: Delivery, now: datetime) -> Ending | None:
        return None

    def hold(self, delivery: Delivery, now: datetime) -> Hold | None:
        """Hold some of them once."""
        if kind_of(int(delivery.what.subscription)) != "held" or delivery.held_until is not None:
            return None
        again = now + timedelta(seconds=0.4)
        return Hold("waiting for data", again, until=again)

    def message(self, delivery: Delivery, now: datetime) -> Message:
        number = int(delivery.what.subscription)
        said = (Paragraph((text_of(number),)),)
        if kind_of(number) == "file":
            return Message(said, files=Files((File(f"{number}.csv", "Numbers", b"a,b"),), (text_of(number),)))
        return Message(said, reply_to=self._orders.thread if kind_of(number) == "reply" else None)


def kind_of(number: int) -> str:
    """Return which kind of delivery has a number."""
    return {6: "direct", 7: "reply", 8: "file", 9: "held"}.get(number % 10, "channel")


def text_of(number: int) -> str:
    """Return what a delivery says, by which its message is counted."""
    return f"delivery number {number}."


def run(orders: Orders) -> None:
    """Work until a termination signal."""
    hurry()
    logging.basicConfig(
        filename=str(Path(orders.folder, f"{orders.name}.log")),
        level=logging.WARNING,
        format="%(asctime)s %(name)s %(message)s",
    )
    with failpoints.arm(_Armed(orders)):
        asyncio.run(_work(orders))


def hurry() -> None:
    """Shorten what the outbox waits for; fails if a name has changed."""
    for name, values in QUICKER.items():
        module = import_module(name)
        for constant, value in values.items():
            getattr(module, constant)
            setattr(module, constant, value)


class _Armed:
    """Kills or stops this process at the first step that is still to be tried."""

    def __init__(self, orders: Orders) -> None:
        self._todo = dict(orders.todo)
        self._done = Path(orders.folder, "done")
        self._lock = Lock()

    def __call__(self, step: str) -> None:
        with self._lock:
            what = self._todo.pop(step, None)
            if what is None or f"{what} {step}" in self._done.read_text().splitlines():
                return  # another worker was first
            with self._done.open("a") as done:
                done.write(f"{what} {step}\n")
            if what == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            seconds = SHORT_STOP_SECONDS if step == "sending.checked" else STOP_SECONDS
            subprocess.Popen(["sh", "-c", f"sleep {seconds}; kill -CONT {os.getpid()} 2>&-"])
            os.kill(os.getpid(), signal.SIGSTOP)


def _stamping() -> aiohttp.TraceConfig:
    """Return what writes into each request when it was written."""

    async def stamp(_: object, __: object, request: aiohttp.TraceRequestStartParams) -> None:
        request.headers[SENT_AT] = str(time.monotonic())

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(stamp)
    return trace


async def _work(orders: Orders) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    clock = system_clock(BRUSSELS)
    store = database.open_store(orders.store)
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(1), trace_configs=[_stamping()]
    ) as session:
        slack = Slack(orders.token, f"{orders.slack}/api/", session, clock)
        outlet = SlackOutlet(slack, await slack.identity(), loop)
        claims = Claims(store, WORKSPACE, orders.name)
        content = Numbered(orders, Deliveries(store, WORKSPACE))
        deliverer = Deliverer(claims, {PART: content}, outlet, clock, Pace(60_000))
        deliverer.start()
        while not stop.is_set():
            await asyncio.to_thread(deliverer.tick)
            try:
                await asyncio.wait_for(stop.wait(), TICK_SECONDS)
            except TimeoutError:
                continue
        await asyncio.to_thread(deliverer.stop, 5)
    store.dispose()


def outcomes(store: Engine) -> dict[int, tuple[str, str | None, str | None]]:
    """Return state, ts and reason of each delivery in a store, by its number."""
    with store.connect() as connection:
        rows = connection.execute(
            select(table.c.subscription, table.c.state, table.c.message_ts, table.c.reason).where(
                table.c.part == PART
            )
        ).all()
    return {int(row.subscription): (row.state, row.message_ts, row.reason) for row in rows}
