"""Runs workers on one store against one Slack with faults, kills and stops them at each step, and counts.

What is counted is what people see: for each delivery, how many messages stand in Slack at the end.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from sqlalchemy import Engine

from bot.playground.workspace import Channel, Person, Posted, Workspace
from bot.runtime.clock import system_clock
from bot.runtime.failpoints import STEPS
from bot.store import database
from bot.store.errors import StoreError
from tests.bot import slack_faults as faults
from tests.bot.world import BOT_TOKEN, served
from tests.faults import worker
from tests.faults.worker import Orders
from tests.shop import BRUSSELS

READABLE = "chat:write,im:write,files:write,files:read,channels:history,groups:history,im:history"
UNREADABLE = "chat:write,im:write,files:write"
"""Without a scope that reads a history."""
CHANNELS = tuple(f"C0{number:02}" for number in range(20))
PEOPLE = tuple(f"U0{number:02}" for number in range(10))
EVERY_STEP = tuple(("kill", step) for step in STEPS) + tuple(("stop", step) for step in STEPS)
ENDED = ("sent", "failed", "unknown", "missed")


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: its store, workers, how many deliveries, what is tried, and how often Slack fails.

    `unclear`, `refused` and `doubled` are shares of the posts: with an unclear answer, with a 429, and those
    that Slack itself posts twice. `most` is how many deliveries there may be until each step was tried.
    `disturb` is done beside the deliveries, and must have ended before the run does.
    """

    store: str
    workers: int
    deliveries: int
    most: int
    tried: Sequence[tuple[str, str]] = EVERY_STEP
    unclear: float = 0.08
    refused: float = 0.03
    doubled: float = 0.02
    scopes: str = READABLE
    seed: int = 1
    seconds: float = 600
    disturb: Callable[[], Awaitable[None]] | None = None


@dataclass(slots=True)
class Result:
    """What came of a run."""

    deliveries: int = 0
    sent: int = 0
    lost: list[int] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    wrong_ts: list[int] = field(default_factory=list)
    untried: list[tuple[str, str]] = field(default_factory=list)
    kills: int = 0
    stops: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    deleted: int = 0
    too_late: int = 0
    seconds: float = 0
    wrong: str = ""
    details: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        """Whether every delivery stands in Slack once, or its store says that nobody knows."""
        return not (self.lost or self.doubled or self.failed or self.wrong_ts or self.untried or self.wrong)

    def __str__(self) -> str:
        parts = [
            (
                f"{self.deliveries} deliveries, {len(self.lost)} lost, {len(self.doubled)} doubled, "
                f"{len(self.unknown)} unknown, {len(self.failed)} failed"
            ),
            (
                f"{self.kills} kills, {self.stops} stops, {sum(self.faults.values())} faults of Slack, "
                f"{self.deleted} extra messages deleted, {self.seconds:.0f} s, "
                f"{self.too_late} requests came too late for a busy machine"
            ),
        ]
        if self.untried:
            parts.append(f"not tried: {self.untried}")
        if self.wrong_ts:
            parts.append(f"kept under a wrong ts: {self.wrong_ts}")
        if self.wrong:
            parts.append(self.wrong)
        parts += self.details
        return "; ".join(parts)


async def run(plan: Plan, folder: Path) -> Result:
    """Carry out a plan; `folder` takes the workers' logs."""
    started = time.monotonic()
    result = Result()
    store = database.open_store(plan.store)
    database.migrate(store)
    (folder / "total").write_text("0")
    (folder / "done").write_text("")
    clock = system_clock(BRUSSELS)
    workspace = Workspace(
        worker.WORKSPACE,
        "U0KPIBOT",
        "kpi-bot",
        tuple(Person(user, user) for user in PEOPLE),
        tuple(Channel(channel, channel.lower()) for channel in CHANNELS)
        + tuple(Channel(f"D{user[1:]}", "kpi-bot", "direct", user) for user in PEOPLE),
        clock,
        messages_kept=10 * plan.most,
    )
    thread = workspace.add(Posted(CHANNELS[0], workspace.next_ts(), "U0KPIBOT", "the thread")).ts
    standin = _TimelyStandIn(workspace, BOT_TOKEN, plan.scopes)
    standin.chosen = _chooser(plan, result)
    async with served(standin) as (_, base):
        team = _Team(plan, folder, base, thread, store, result)
        disturbing = asyncio.create_task(plan.disturb()) if plan.disturb else None
        try:
            await team.work()
            if disturbing:
                await disturbing
        finally:
            await team.stop()
    _count(store, workspace, standin, result)
    store.dispose()
    result.seconds = time.monotonic() - started
    return result


def _chooser(plan: Plan, result: Result) -> Callable[[str], faults.Fault | None]:
    """Return what chooses the fault of each call."""
    chance = random.Random(plan.seed)

    def chosen(method: str) -> faults.Fault | None:
        found = None
        at = chance.random()
        if method in faults.POSTING:
            if at < plan.unclear:
                found = chance.choice(faults.UNCLEAR)
            elif at < plan.unclear + plan.refused:
                found = faults.RATE_LIMITED
            elif at < plan.unclear + plan.refused + plan.doubled and method == "chat.postMessage":
                found = faults.TAKEN_TWICE
        elif method != "auth.test" and at < plan.unclear / 2:
            found = chance.choice((faults.SERVER_ERROR, faults.RESET, faults.RATE_LIMITED))
        if found is not None:
            result.faults[found.name] += 1
        return found

    return chosen


class _TimelyStandIn(faults.FaultyStandIn):
    """A Slack where a request takes effect in time or never, also if the machine is too busy to answer."""

    too_late = 0

    async def _call(self, request: web.Request) -> web.Response:
        sent_at = float(request.headers.get(worker.SENT_AT, "inf"))
        if time.monotonic() - sent_at < worker.W / 2:
            return await super()._call(request)
        self.too_late += 1
        assert request.transport
        request.transport.abort()
        return web.Response()


class _Team:
    """The workers of a run: killed ones are replaced until everything is tried and delivered."""

    def __init__(
        self, plan: Plan, folder: Path, base: str, thread: str, store: Engine, result: Result
    ) -> None:
        self._plan, self._folder, self._base, self._thread = plan, folder, base, thread
        self._store = store
        self._result = result
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.faults.worker"])
        self._workers: dict[str, multiprocessing.process.BaseProcess] = {}
        self._count = 0

    async def work(self) -> None:
        """Work until every delivery has ended and every step was tried, or the time is over."""
        until = time.monotonic() + self._plan.seconds
        total = 0
        while time.monotonic() < until:
            self._replace()
            await asyncio.sleep(0.4)
            untried = len(self._untried())
            share = 1 - untried / max(1, len(self._plan.tried))
            total = max(total, int(self._plan.deliveries * (0.1 + 0.9 * share)))  # some for each step
            try:
                found = await asyncio.to_thread(worker.outcomes, self._store)
            except StoreError:
                continue
            if len(found) >= total and all(state in ENDED for state, _, _ in found.values()):
                if not untried or total >= self._plan.most:
                    return
                total = min(total + 10, self._plan.most)
            (self._folder / "next").write_text(str(total))
            (self._folder / "next").replace(self._folder / "total")
        self._result.wrong = "the time was over: " + str(
            Counter(state for state, _, _ in worker.outcomes(self._store).values())
        )

    def _untried(self) -> list[tuple[str, str]]:
        done = [tuple(line.split()) for line in (self._folder / "done").read_text().splitlines()]
        return [entry for entry in self._plan.tried if entry not in done]

    def _replace(self) -> None:
        """Start a worker for each one that is missing."""
        for name, process in list(self._workers.items()):
            if process.exitcode is None:
                continue
            del self._workers[name]
            if process.exitcode != -9:
                self._result.wrong = f"{name} ended with {process.exitcode}"
        while len(self._workers) < self._plan.workers:
            self._count += 1
            todo: dict[str, str] = {}
            for what, step in self._untried():
                todo.setdefault(step, what)
            name = f"worker-{self._count}"
            orders = Orders(
                name,
                self._plan.store,
                self._base,
                BOT_TOKEN,
                str(self._folder),
                tuple(todo.items()),
                self._thread,
                CHANNELS,
                PEOPLE,
            )
            process = self._context.Process(target=worker.run, args=(orders,), daemon=True)
            process.start()
            self._workers[name] = process

    async def stop(self) -> None:
        """End the workers in order."""
        for process in self._workers.values():
            process.terminate()
        for process in self._workers.values():
            await asyncio.to_thread(process.join, worker.STOP_SECONDS + 10)
            if process.exitcode is None:
                process.kill()
                self._result.wrong = "a worker didn't stop"
        self._result.untried = self._untried()
        done = Counter(line.split()[0] for line in (self._folder / "done").read_text().splitlines())
        self._result.kills, self._result.stops = done["kill"], done["stop"]


def _count(store: Engine, workspace: Workspace, standin: _TimelyStandIn, result: Result) -> None:
    """Compare what stands in Slack with what the store says."""
    standing: dict[str, list[str]] = {}
    for message in workspace.messages:
        standing.setdefault(message.text, []).append(message.ts)
    found = worker.outcomes(store)
    result.deliveries = len(found)
    result.too_late = standin.too_late
    result.deleted = standin.seen.count("chat.delete")
    for number, (state, ts, reason) in sorted(found.items()):
        there = standing.get(worker.text_of(number), [])
        if len(there) != 1 or state != "sent":
            result.details.append(f"{number} is {state} ({ts}, {reason}), stands at {there}")
        if len(there) > 1:
            result.doubled.append(number)
        elif state == "unknown":
            result.unknown.append(number)
        elif state != "sent":
            result.failed.append(number)
        elif not there:
            result.lost.append(number)
        else:
            result.sent += 1
            if ts and ts not in there:
                result.wrong_ts.append(number)
