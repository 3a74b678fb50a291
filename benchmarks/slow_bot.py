"""The bot on the demo company, over a database that takes seconds for the questions about one year."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select

from benchmarks.bare_app import SLOW, SLOW_SECONDS
from bot.app import Bot
from bot.playground.company import demo_database
from bot.playground.demo import demo_services
from bot.runtime.clock import Clock, system_clock
from bot.runtime.memory import keep_for_good
from bot.runtime.settings import Settings
from bot.store import database
from bot.workspace.services import Services
from kpi_engine.database.warehouse import Row, SqlWarehouse
from kpi_engine.domain.periods import ONE_DAY
from kpi_engine.engine import Engine

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class SlowWarehouse(SqlWarehouse):
    """A database that waits before it reads a month of that year, without using a processor."""

    def read(self, statement: Select[Any]) -> Sequence[Row]:
        """Return the rows of a statement."""
        given = map(str, statement.compile().params.values())
        days = sorted(value for value in given if _DAY.fullmatch(value))
        if len(set(days)) > 2 and days[-1].startswith(SLOW):  # noqa: PLR2004 - targets have two
            time.sleep(SLOW_SECONDS)
        return super().read(statement)


def slow_services(settings: Settings, clock: Clock) -> Services:
    """Return the services of the demo company over such a database."""
    services = demo_services(settings, clock())
    file = demo_database(services.engine.today(clock()) - ONE_DAY)
    warehouse = SlowWarehouse(f"sqlite:///{file}", timeout=settings.kpi_query_timeout)
    engine = Engine(
        services.catalogue, {"sales": warehouse}, zone=services.zone, is_working_day=services.calendar
    )
    return replace(services, engine=engine)


async def serve() -> None:
    """Serve until the process is ended."""
    settings = Settings.load(env_file=None)
    clock = system_clock(settings.zone)
    store = database.open_store(settings.kpi_store_url.get_secret_value())
    database.migrate(store)
    bot = Bot(settings, slow_services(settings, clock), store, clock)
    await bot.run(asyncio.Event(), ready=lambda _: keep_for_good())


if __name__ == "__main__":
    sys.exit(asyncio.run(serve()))
