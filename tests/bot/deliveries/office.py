"""A small shop with a weekly summary, a bot that posts it, and a Slack with faults, in seconds instead of minutes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bot.playground.workspace import Channel, Posted
from bot.runtime.clock import shifted_clock
from bot.runtime.settings import Settings
from bot.store.deliveries import SUMMARY, Deliveries, Delivery, State
from bot.store.errors import StoreError
from bot.workspace.opening import services_of
from bot.workspace.services import Services
from tests.bot.deliveries.test_deliverer import DAYS, DUE, MODEL, WEEKLY
from tests.bot.slack_faults import FaultyStandIn
from tests.bot.world import SALES, SCOPES, World, world
from tests.faults.worker import QUICKER
from tests.shop import BRUSSELS, write_config, write_tables

ADMINS = "C0ADMINS"
READING = f"{SCOPES},channels:history,groups:history"
TICK_SECONDS = 0.2


class Moving:
    """A clock that runs on from a moment, and can be put forward."""

    def __init__(self, start: datetime) -> None:
        self._running = shifted_clock(start, BRUSSELS)
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return self._running() + self.ahead


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test wait for seconds where the bot waits for minutes."""
    for name, values in QUICKER.items():
        for constant, value in values.items():
            monkeypatch.setattr(import_module(name), constant, value)


@contextmanager
def shop_in(folder: Path, *, a_day: int = 2, **changes: Any) -> Iterator[tuple[Services, Path]]:
    """Return a shop with so many deals on each working day, and its database."""
    days = [day for day in DAYS if day.weekday() < 5 for _ in range(a_day)]
    deals = [(number, day.isoformat(), 100 + number % 7) for number, day in enumerate(days)]
    file = folder / "shop.sqlite"
    url = write_tables(file, {"deals": ("id INTEGER, sold_on TEXT, amount NUMERIC", deals)})
    config = write_config(folder / "config", {"sales": MODEL})
    (config / "summaries").mkdir()
    (config / "summaries" / "weekly.yaml").write_text(WEEKLY, encoding="utf-8")
    given = {"kpi_config_dir": config, "kpi_admin_channel": ADMINS} | changes
    with closing(services_of(Settings.load(env_file=None).model_copy(update=given), url)) as services:
        yield services, file


@dataclass
class Office:
    """The running bot, its clock and its Slack."""

    world: World
    clock: Moving

    @property
    def slack(self) -> FaultyStandIn:
        assert isinstance(self.world.standin, FaultyStandIn)
        return self.world.standin

    def row(self) -> Delivery | None:
        """Return the delivery of the summary; None also while the store is away."""
        try:
            found = Deliveries(self.world.bot._store, self.world.workspace.team).newest(50)
        except StoreError:
            return None
        return next((row for row in found if row.what.part == SUMMARY), None)

    def posts(self) -> list[Posted]:
        """Return the summaries that stand in the channel."""
        return [
            entry
            for entry in self.world.workspace.messages
            if entry.channel == SALES and entry.thread is None and "Week 47" in entry.text
        ]

    def told(self) -> list[str]:
        """Return what the admins were told."""
        return [entry.text for entry in self.world.workspace.messages if entry.channel == ADMINS]

    async def until(self, holds: Callable[[], bool]) -> None:
        await self.world.until(holds)

    async def until_it_is(self, state: State) -> Delivery:
        """Wait until the summary's delivery is in a state."""

        def is_there() -> bool:
            row = self.row()
            return row is not None and row.state is state

        await self.world.until(is_there)
        row = self.row()
        assert row
        return row

    async def quiet(self) -> None:
        """Let the bot look a few times more."""
        await asyncio.sleep(5 * TICK_SECONDS)


@asynccontextmanager
async def office(
    services: Services,
    folder: Path,
    *,
    prepare: Callable[[FaultyStandIn], None] = lambda _: None,
    start: datetime = DUE,
    scopes: str = READING,
) -> AsyncIterator[Office]:
    """Run a bot at the moment when the summary is due."""

    def prepared(standin: Any) -> None:
        standin.workspace.channels = (*standin.workspace.channels, Channel(ADMINS, "admins"))
        prepare(standin)

    clock = Moving(start)
    async with world(
        "http",
        services,
        clock,
        folder / "store.sqlite",
        scopes=scopes,
        every=TICK_SECONDS,
        prepare=prepared,
        kind=FaultyStandIn,
        kpi_admin_channel=ADMINS,
    ) as running:
        yield Office(running, clock)
