"""The bot on the demo company, which notes how long each tick takes."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from time import perf_counter, thread_time

from bot.app import Bot
from bot.deliveries.deliverer import Deliverer
from bot.playground.demo import demo_services
from bot.runtime.clock import system_clock
from bot.runtime.settings import Settings
from bot.store import database

TICKS = "BENCH_TICKS"


async def serve(ticks: Path) -> None:
    """Serve until the process is ended; each tick adds a line to a file: its seconds, and those of CPU."""
    settings = Settings.load(env_file=None)
    clock = system_clock(settings.zone)
    store = database.open_store(settings.kpi_store_url.get_secret_value())
    usual = Deliverer.tick

    def timed(self: Deliverer) -> None:
        started, of_thread = perf_counter(), thread_time()
        usual(self)
        with ticks.open("a") as notes:
            notes.write(json.dumps([perf_counter() - started, thread_time() - of_thread]) + "\n")

    Deliverer.tick = timed  # type: ignore[method-assign]
    await Bot(settings, demo_services(settings, clock()), store, clock).run(asyncio.Event())


if __name__ == "__main__":
    sys.exit(asyncio.run(serve(Path(os.environ[TICKS]))))  # noqa: TID251 - a program of its own
