"""The bot on the demo company, which notes how long each tick takes; its rate of posts may be raised."""

from __future__ import annotations

import asyncio
import os
import sys
from functools import partial
from pathlib import Path
from time import perf_counter

from bot.app import Bot
from bot.deliveries import deliverer
from bot.deliveries.deliverer import Deliverer
from bot.deliveries.pace import Pace
from bot.playground.demo import demo_services
from bot.runtime.clock import system_clock
from bot.runtime.settings import Settings
from bot.store import database

RATE, TICKS = "BENCH_A_MINUTE", "BENCH_TICKS"


async def serve(rate: int, ticks: Path) -> None:
    """Serve until the process is ended."""
    settings = Settings.load(env_file=None)
    clock = system_clock(settings.zone)
    store = database.open_store(settings.kpi_store_url.get_secret_value())
    usual = Deliverer.tick

    def timed(self: Deliverer) -> None:
        started = perf_counter()
        usual(self)
        with ticks.open("a") as notes:
            notes.write(f"{perf_counter() - started}\n")

    Deliverer.tick = timed  # type: ignore[method-assign]
    deliverer.Pace = partial(Pace, rate)  # type: ignore[misc, assignment]
    await Bot(settings, demo_services(settings, clock()), store, clock).run(asyncio.Event())


if __name__ == "__main__":
    given = os.environ  # noqa: TID251 - the settings of a program of its own
    sys.exit(asyncio.run(serve(int(given[RATE]), Path(given[TICKS]))))
